//! Making a bench ready: an adapter that is there, and on.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::{Bench, Failure, Outcome};
use crate::bluez::{Error, ErrorKind, NoAdapter, Session, choose_adapter};
use crate::event::{BenchIdentity, Event};
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
    let bench = Bench::new(session, adapter, devices, recorder, kernel).await?;
    bench.health().power_left_alone().set(choice.power == PowerPolicy::Leave);
    bench.enter_scope();
    if let Err(failure) = power(&bench, choice.power).await {
        bench.leave_scope(crate::plan::Keep::default()).await;
        return Err(failure);
    }
    bench.record(Event::BenchReady(identity(&bench)));
    Ok(bench)
}

impl From<NoAdapter> for Failure {
    fn from(none: NoAdapter) -> Self {
        Self::bench("no-adapter", none.to_string(), none.hint())
    }
}

async fn power(bench: &Bench, policy: PowerPolicy) -> Outcome {
    let adapter = bench.adapter();
    if adapter.is("Powered") {
        return Ok(());
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
    bench.touch_adapter("Powered");
    match tokio::time::timeout(POWER, bench.switch(true)).await {
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

fn identity(bench: &Bench) -> BenchIdentity {
    let adapter = bench.adapter();
    let text = |property: &str| adapter.property(property)?.as_str().map(str::to_owned);
    let company = adapter.property("Manufacturer").and_then(|value| value.as_u64());
    BenchIdentity {
        adapter: adapter.name().to_owned(),
        address: text("Address").unwrap_or_default(),
        bluez: adapter.bluez_version().map(|version| version.to_string()),
        modalias: text("Modalias"),
        manufacturer: company.and_then(|company| u16::try_from(company).ok()),
    }
}
