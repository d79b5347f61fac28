//! How each thing is put back: discovery, a device, the agent, a property of the adapter.

use std::time::Duration;

use serde_json::Value;

use super::Bench;
use super::bearer::PREFERRED;
use super::put_back::Before;
use crate::bluez::{Adapter, Device, DeviceSet, Error, ErrorKind, Transport};

/// How long one restoration may take. A bench that hangs must not hold up the reports.
const LIMIT: Duration = Duration::from_secs(10);

/// What BlueZ may still be at when a step was cut off in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ongoing {
    Pairing,
    Connecting,
    Streaming,
}

/// Runs one restoration within its limit, and says whether it changed something, or why it failed.
pub(super) async fn attempt(
    work: impl Future<Output = Result<bool, Error>>,
) -> Result<bool, String> {
    match tokio::time::timeout(LIMIT, work).await {
        Ok(Ok(changed)) => Ok(changed),
        // What is gone needs no putting back.
        Ok(Err(error)) if error.kind == ErrorKind::UnknownObject => Ok(false),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("BlueZ did not answer within {} s", LIMIT.as_secs())),
    }
}

pub(super) async fn stop_discovery(adapter: &Adapter) -> Result<bool, Error> {
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
pub(super) async fn unregister(bench: &Bench, pairable: Option<&Value>) -> Result<bool, Error> {
    bench.agent().unregister().await?;
    if let Some(was) = pairable {
        let back = bench.adapter().wait_until("Pairable", |value| value == was);
        if let Ok(back) = tokio::time::timeout(Duration::from_secs(2), back).await {
            back?;
        }
    }
    Ok(false)
}

pub(super) async fn stop(bench: &Bench, device: &Device, what: Ongoing) -> Result<bool, Error> {
    let stopped = match what {
        Ongoing::Streaming => return Transport::release_all(bench.session(), device).await,
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
pub(super) async fn restore_device(
    bench: &Bench,
    device: &Device,
    before: &Before,
) -> Result<bool, Error> {
    if device.properties().is_none() {
        return Ok(false);
    }
    if !before.known || (device.is("Paired") && !before.paired) {
        let adapter = bench.adapter_at(device.path()).unwrap_or(bench.adapter());
        adapter.remove_device(device.path()).await?;
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
    if let Some(was) = before.preferred.clone().map(Value::from)
        && device.property(PREFERRED).is_some_and(|now| now != was)
    {
        device.set(PREFERRED, &was).await?;
        changed = true;
    }
    if device.is("Connected") && !before.connected {
        device.disconnect().await?;
        device.wait_until("Connected", |value| value == &Value::Bool(false)).await?;
        changed = true;
    }
    Ok(changed)
}

/// Says again whether BlueZ connects a set as a whole, where there still is one.
pub(super) async fn restore_set(set: &DeviceSet, was: &Value) -> Result<bool, Error> {
    let was = was.as_bool().unwrap_or(true);
    if !set.is_there() || set.auto_connect().await? == was {
        return Ok(false);
    }
    set.set_auto_connect(was).await.map(|()| true)
}

/// Switches an adapter besides the plan's own off or on again.
pub(super) async fn restore_power(adapter: &Adapter, was: &Value) -> Result<bool, Error> {
    if adapter.property("Powered").as_ref() == Some(was) {
        return Ok(false);
    }
    adapter.set("Powered", was).await?;
    adapter.wait_until("Powered", |value| value == was).await?;
    Ok(true)
}

pub(super) async fn restore_adapter(
    bench: &Bench,
    property: &str,
    was: &Value,
) -> Result<bool, Error> {
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
