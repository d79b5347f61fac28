//! Coordinated sets (CSIP): devices that belong together, such as a pair of earbuds, as BlueZ knows them.

mod auto_connect;
mod connect;
mod expect;

pub use auto_connect::DeviceSetAutoConnect;
pub use connect::{DeviceSetConnect, DeviceSetDisconnect};
pub use expect::DeviceSetExpect;

use std::time::Duration;

use serde_json::json;

use super::matching;
use super::{Bench, Failure};
use crate::bluez::{Device, DeviceSet, Tree};
use crate::plan::{DeviceName, ServiceUuid, Span};

/// The service of a member (Coordinated Set Identification, CSIS 1.0).
const MEMBER: &str = "1846";
/// What an adapter shows only where bluetoothd runs with `--experimental`, as sets are.
const EXPERIMENTAL: &str = "org.bluez.AdvertisementMonitorManager1";

/// How long BlueZ may take to read what a device says of its set, where the plan does not say.
fn ten_seconds() -> Span {
    Span(Duration::from_secs(10))
}

/// The set of a device, as soon as BlueZ shows it.
///
/// # Errors
/// It does not after a while.
async fn find(bench: &Bench, name: &DeviceName, within: Duration) -> Result<DeviceSet, Failure> {
    let device = bench.device(name)?;
    bench.saw(format!("BlueZ shows no set of {name} yet"));
    let mirror = bench.session().mirror();
    let some = mirror.wait_for(|tree| DeviceSet::path_of(tree, &device));
    match tokio::time::timeout(within, some).await {
        Ok(path) => Ok(DeviceSet::at(bench.session(), &path?)),
        Err(_) => Err(mirror.read(|tree| none(bench, name, &device, tree))),
    }
}

/// That there is no set, why, and what to do about it.
fn none(bench: &Bench, name: &DeviceName, device: &Device, tree: &Tree) -> Failure {
    let adapter = bench.adapter_of(name);
    if tree.interface(adapter.path(), EXPERIMENTAL).is_none() {
        return Failure::bench(
            "no-sets",
            "this BlueZ shows no sets of devices",
            "BlueZ 5.67 and later does, started with `bluetoothd --experimental` (-E); `requires = { bluez = \"5.67\", \
             interfaces = [\"AdvertisementMonitorManager1\"] }` skips the case elsewhere",
        );
    }
    let is = |property: &str| {
        tree.property(device.path(), Device::INTERFACE, property) == Some(&json!(true))
    };
    let is_member = || {
        let service = ServiceUuid::try_from(MEMBER.to_owned()).ok();
        let both = tree.interface(device.path(), Device::INTERFACE).zip(service);
        both.is_some_and(|(properties, service)| matching::has_service(properties, &service))
    };
    let (why, hint) = if !is_member() {
        (
            "it has no service 1846 (Coordinated Set Identification)",
            "is it a member of a set at all?",
        )
    } else if !is("ServicesResolved") {
        (
            "its services are not resolved",
            "put { do = \"connect\", …, services = true } before this step",
        )
    } else if !is("Paired") {
        ("it is not paired, and tells its key (SIRK) over an encrypted link alone", "pair first")
    } else {
        (
            "BlueZ has not got what it says of it",
            "does `gatt-read` of its characteristic 2b84 succeed? BlueZ 5.67 and later keeps sets",
        )
    };
    Failure::fail("no-set", format!("BlueZ shows no set of {name}: {why}"), hint)
}

/// What the plan calls the device at a path; one that it does not name goes by the end of its path.
fn called(bench: &Bench, path: &str) -> String {
    let known = bench.recognised_devices();
    let own = known.into_iter().find(|(_, at)| at == path).map(|(name, _)| name);
    own.unwrap_or_else(|| path.rsplit('/').next().unwrap_or(path).to_owned())
}
