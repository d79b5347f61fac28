//! Putting the bench back as it was found.
//!
//! Each attempt of a case, and the run as a whole, is a scope. A step says what it is about to change;
//! the first word on a thing keeps how it was. At its end a scope restores that in the reverse order of
//! what matters on the air: discovery, devices, adapter, agent. What a case is told to keep passes to the
//! scope around it, and so lasts until the run ends.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::Bench;
use crate::bluez::{Adapter, Device, Error, ErrorKind};
use crate::event::Event;
use crate::plan::Keep;

/// How long one restoration may take. A bench that hangs must not hold up the reports.
const LIMIT: Duration = Duration::from_secs(10);

/// What BlueZ may still be at when a step was cut off in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ongoing {
    Pairing,
    Connecting,
}

/// How a device was before the scope changed it.
#[derive(Debug, Clone, PartialEq)]
struct Before {
    known: bool,
    paired: bool,
    connected: bool,
    trusted: bool,
    blocked: bool,
}

/// What one scope has to put back.
#[derive(Debug, Default)]
pub(super) struct PutBack {
    /// Paths of the devices that BlueZ knew when the scope began.
    known: BTreeSet<String>,
    devices: BTreeMap<String, Before>,
    /// Values of the adapter's properties by name.
    adapter: BTreeMap<&'static str, Value>,
    /// What was begun on a device and has not ended yet, by path.
    ongoing: BTreeMap<String, Ongoing>,
}

/// What a scope leaves to the scope around it.
#[derive(Debug, Default)]
pub(super) struct Kept {
    devices: BTreeMap<String, Before>,
    adapter: BTreeMap<&'static str, Value>,
}

impl PutBack {
    pub(super) fn new(known: &[Device]) -> Self {
        Self {
            known: known.iter().map(|device| device.path().to_owned()).collect(),
            ..Self::default()
        }
    }

    /// A step is about to change the device.
    pub(super) fn touch(&mut self, device: &Device) {
        let known = self.known.contains(device.path());
        self.devices.entry(device.path().to_owned()).or_insert_with(|| Before {
            known,
            paired: device.is("Paired"),
            connected: device.is("Connected"),
            trusted: device.is("Trusted"),
            blocked: device.is("Blocked"),
        });
    }

    /// Something begins that BlueZ would go on with if the step were cut off; none: it has ended.
    pub(super) fn ongoing(&mut self, device: &Device, what: Option<Ongoing>) {
        match what {
            Some(what) => self.ongoing.insert(device.path().to_owned(), what),
            None => self.ongoing.remove(device.path()),
        };
    }

    /// A step is about to change the property.
    pub(super) fn touch_adapter(&mut self, adapter: &Adapter, property: &'static str) {
        if let Some(value) = adapter.property(property) {
            self.adapter.entry(property).or_insert(value);
        }
    }

    /// Whether there is anything to put back, or to keep.
    fn has_work(&self) -> bool {
        !self.devices.is_empty() || !self.adapter.is_empty()
    }

    /// Takes over what an inner scope kept. What this scope knows of a thing is older, and stays.
    pub(super) fn adopt(&mut self, kept: Kept) {
        for (path, mut before) in kept.devices {
            before.known &= self.known.contains(&path);
            self.devices.entry(path).or_insert(before);
        }
        for (property, value) in kept.adapter {
            self.adapter.entry(property).or_insert(value);
        }
    }

    /// Restores everything that is not kept, and says what was.
    pub(super) async fn restore(self, bench: &Bench, keep: Keep) -> Kept {
        let mut kept = Kept::default();
        if self.has_work()
            && let Err(failure) = bench.there().await
        {
            let error = Some(failure.cause.message);
            bench.record(Event::Restored { what: "the bench".to_owned(), error });
            // The scope around this one may end when it is there again.
            return Kept { devices: self.devices, adapter: self.adapter };
        }
        if bench.scanning().replace(false) {
            attempt(bench, "discovery", stop_discovery(bench)).await;
        }
        for (path, what) in self.ongoing {
            let device = Device::at(bench.session(), &path);
            attempt(bench, &format!("{what:?} of {path}"), stop(&device, what)).await;
        }
        for (path, before) in self.devices {
            let device = Device::at(bench.session(), &path);
            if keep.bonds {
                kept.devices.insert(path, before);
            } else {
                attempt(bench, &format!("device {path}"), restore_device(bench, &device, &before))
                    .await;
            }
        }
        attempt(bench, "agent", unregister(bench, self.adapter.get("Pairable"))).await;
        for (property, value) in self.adapter {
            if keep.adapter {
                kept.adapter.insert(property, value);
            } else {
                attempt(
                    bench,
                    &format!("adapter {property}"),
                    restore_adapter(bench, property, &value),
                )
                .await;
            }
        }
        kept
    }
}

/// Runs one restoration within its limit, and records it if it changed something or failed.
async fn attempt(bench: &Bench, what: &str, work: impl Future<Output = Result<bool, Error>>) {
    let error = match tokio::time::timeout(LIMIT, work).await {
        Ok(Ok(false)) => return,
        Ok(Ok(true)) => None,
        // What is gone needs no putting back.
        Ok(Err(error)) if error.kind == ErrorKind::UnknownObject => return,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("BlueZ did not answer within {} s", LIMIT.as_secs())),
    };
    bench.record(Event::Restored { what: what.to_owned(), error });
}

async fn stop_discovery(bench: &Bench) -> Result<bool, Error> {
    let adapter = bench.adapter();
    match adapter.stop_discovery().await {
        // It ended by itself: the adapter was switched off, or bluetoothd restarted.
        Err(error) if error.kind == ErrorKind::Failed => {}
        other => other?,
    }
    adapter.clear_discovery_filter().await?;
    Ok(true)
}

/// BlueZ answers first, and then takes back that the adapter is pairable; another client's agent keeps
/// it so, hence the limit.
async fn unregister(bench: &Bench, pairable: Option<&Value>) -> Result<bool, Error> {
    bench.agent().unregister().await?;
    if let Some(was) = pairable {
        let back = bench.adapter().wait_until("Pairable", |value| value == was);
        if let Ok(back) = tokio::time::timeout(Duration::from_secs(2), back).await {
            back?;
        }
    }
    Ok(false)
}

async fn stop(device: &Device, what: Ongoing) -> Result<bool, Error> {
    let stopped = match what {
        Ongoing::Pairing => device.cancel_pairing().await,
        Ongoing::Connecting => device.disconnect().await,
    };
    match stopped {
        // It ended in the meantime.
        Err(error) if matches!(error.kind, ErrorKind::DoesNotExist | ErrorKind::NotConnected) => {
            Ok(false)
        }
        other => other.map(|()| true),
    }
}

/// A device that was not there before, or was not paired, is forgotten; else its marks and its link are
/// set back.
async fn restore_device(bench: &Bench, device: &Device, before: &Before) -> Result<bool, Error> {
    if device.properties().is_none() {
        return Ok(false);
    }
    if !before.known || (device.is("Paired") && !before.paired) {
        bench.adapter().remove_device(device.path()).await?;
        device.gone().await?;
        return Ok(true);
    }
    let mut changed = false;
    for (property, was) in [("Trusted", before.trusted), ("Blocked", before.blocked)] {
        if device.is(property) != was {
            device.set(property, &Value::Bool(was)).await?;
            changed = true;
        }
    }
    if device.is("Connected") && !before.connected {
        device.disconnect().await?;
        device.wait_until("Connected", |value| value == &Value::Bool(false)).await?;
        changed = true;
    }
    Ok(changed)
}

async fn restore_adapter(bench: &Bench, property: &str, was: &Value) -> Result<bool, Error> {
    let adapter = bench.adapter();
    if adapter.property(property).as_ref() == Some(was) {
        return Ok(false);
    }
    if let ("Powered", Value::Bool(on)) = (property, was) {
        return bench.switch(*on).await.map(|()| true);
    }
    adapter.set(property, was).await?;
    adapter.wait_until(property, |value| value == was).await?;
    Ok(true)
}
