//! Making a bench ready: an adapter that is there, and on.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::{Bench, Failure, Outcome};
use crate::bluez::{Adapter, Error, ErrorKind, NoAdapter, Session, choose_adapter};
use crate::event::{AdapterIdentity, BenchIdentity, Event};
use crate::mgmt::kernel::Kernel;
use crate::plan::{AdapterChoice, DeviceMatch, PowerPolicy};
use crate::recorder::Recorder;

/// How long an adapter may take to come up.
const POWER: Duration = Duration::from_secs(10);

/// Chooses the adapter, enters the scope of the whole run, and switches the adapter on if the plan lets
/// it. Records what the bench is.
///
/// # Errors
/// The bench cannot run; the failure says why and what to do.
pub async fn prepare(
    session: Session,
    choice: &AdapterChoice,
    devices: BTreeMap<String, DeviceMatch>,
    recorder: Recorder,
    kernel: Kernel,
) -> Result<Bench, Failure> {
    let adapter = choose_adapter(&session, choice.select.as_deref())?;
    let further = further(&session, &adapter, &devices)?;
    let bench = Bench::new(session, adapter, further, devices, recorder, kernel).await?;
    bench.health().power_left_alone().set(choice.power == PowerPolicy::Leave);
    bench.enter_scope();
    let mut powered = power(&bench, choice.power).await;
    for adapter in bench.adapters().skip(1) {
        if powered.is_ok() {
            powered = power_of(&bench, adapter, choice.power).await;
        }
    }
    if let Err(failure) = powered {
        bench.leave_scope(crate::plan::Keep::default()).await;
        return Err(failure);
    }
    bench.record(Event::BenchReady(identity(&bench)));
    Ok(bench)
}

/// The adapters that devices name, less the plan's own, by what they are called there.
fn further(
    session: &Session,
    own: &Adapter,
    devices: &BTreeMap<String, DeviceMatch>,
) -> Result<BTreeMap<String, Adapter>, Failure> {
    let mut further = BTreeMap::new();
    for (name, asked) in
        devices.iter().filter_map(|(name, device)| Some((name, device.adapter.as_ref()?)))
    {
        let adapter = choose_adapter(session, Some(asked)).map_err(|none| {
            let mut failure = Failure::from(none);
            failure.cause.hint =
                Some(format!("write one of these as `adapter` of [device.{name}]"));
            failure
        })?;
        if adapter.path() != own.path() {
            further.insert(asked.clone(), adapter);
        }
    }
    Ok(further)
}

impl From<NoAdapter> for Failure {
    fn from(none: NoAdapter) -> Self {
        Self::bench("no-adapter", none.to_string(), none.hint())
    }
}

/// Switches the plan's own adapter on.
async fn power(bench: &Bench, policy: PowerPolicy) -> Outcome {
    let adapter = bench.adapter();
    if may_switch_on(adapter, policy)? {
        bench.touch_adapter("Powered");
        return on(adapter, bench.switch(true)).await;
    }
    Ok(())
}

/// Switches another one on.
async fn power_of(bench: &Bench, adapter: &Adapter, policy: PowerPolicy) -> Outcome {
    if may_switch_on(adapter, policy)? {
        bench.touch_power_of(adapter);
        let switched = async {
            adapter.set("Powered", &Value::Bool(true)).await?;
            adapter.wait_until("Powered", |value| value == &Value::Bool(true)).await.map(drop)
        };
        return on(adapter, switched).await;
    }
    Ok(())
}

/// Whether an adapter is off and is to be switched on.
fn may_switch_on(adapter: &Adapter, policy: PowerPolicy) -> Result<bool, Failure> {
    if adapter.is("Powered") {
        return Ok(false);
    }
    let name = adapter.name();
    if policy == PowerPolicy::Leave {
        return Err(Failure::bench(
            "adapter-off",
            format!("the adapter {name} is off, and the plan says to leave it alone"),
            "switch it on with `bluetoothctl power on`, or set `power = \"on\"` in [adapter]",
        ));
    }
    if adapter.property("PowerState") == Some(Value::from("off-blocked")) {
        return Err(blocked(name));
    }
    Ok(true)
}

async fn on(
    adapter: &Adapter,
    switched: impl Future<Output = crate::bluez::Result<()>>,
) -> Outcome {
    let name = adapter.name();
    match tokio::time::timeout(POWER, switched).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) if error.kind == ErrorKind::Busy => Err(blocked(name)),
        Ok(Err(error)) => Err(off(name, &error)),
        Err(_) => Err(Failure::bench(
            "adapter-off",
            format!("the adapter {name} did not come on within {} s", POWER.as_secs()),
            "see `rfkill list` and `dmesg`; plugging it in again may help",
        )),
    }
}

fn blocked(name: &str) -> Failure {
    Failure::bench(
        "adapter-blocked",
        format!(
            "the adapter {name} is off, and cannot be switched on: rfkill blocks it, or it is busy"
        ),
        "see `rfkill list`, then `rfkill unblock bluetooth`",
    )
}

fn off(name: &str, error: &Error) -> Failure {
    Failure::bench(
        "adapter-off",
        format!("the adapter {name} is off, and cannot be switched on: {error}"),
        "see `rfkill list`, and `journalctl -u bluetooth`",
    )
}

fn text_of(adapter: &Adapter, property: &str) -> Option<String> {
    adapter.property(property)?.as_str().map(str::to_owned)
}

fn identity(bench: &Bench) -> BenchIdentity {
    let adapter = bench.adapter();
    let text = |property: &str| text_of(adapter, property);
    let company = adapter.property("Manufacturer").and_then(|value| value.as_u64());
    let named = |adapter: &Adapter| AdapterIdentity {
        adapter: adapter.name().to_owned(),
        address: text_of(adapter, "Address").unwrap_or_default(),
    };
    BenchIdentity {
        adapter: adapter.name().to_owned(),
        address: text("Address").unwrap_or_default(),
        further: bench.adapters().skip(1).map(named).collect(),
        bluez: adapter.bluez_version().map(|version| version.to_string()),
        modalias: text("Modalias"),
        manufacturer: company.and_then(|company| u16::try_from(company).ok()),
    }
}
