//! Which attribute a step is about, and finding it in a device's database.

use std::num::NonZeroUsize;
use std::time::Duration;

use serde_json::Value;

use super::super::{Bench, Failure, Outcome};
use super::id::{CharacteristicId, DescriptorId, ServiceId};
use super::value::{hex, text};
use crate::bluez::gatt::{Attribute, Characteristic, Database};
use crate::bluez::{Device, Error, ErrorKind, Tree};
use crate::event::{Access, Event, Object};
use crate::plan::DeviceName;

/// How long an attribute may come into the tree after BlueZ has said that all are known: it tells of each object by
/// itself.
const LATE: Duration = Duration::from_secs(1);

/// A characteristic of a device of the plan, or a descriptor of one.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) device: DeviceName,
    pub(super) service: Option<ServiceId>,
    pub(super) characteristic: CharacteristicId,
    pub(super) descriptor: Option<DescriptorId>,
    pub(super) instance: Option<NonZeroUsize>,
}

/// The attribute that a step is about.
pub(super) struct Found {
    pub(super) device: Device,
    pub(super) attribute: Attribute,
}

impl Target {
    /// The attribute in a few words, such as `battery-level (2a19)`.
    pub(super) fn what(&self) -> String {
        match &self.descriptor {
            Some(descriptor) => format!("{descriptor} of {}", self.characteristic),
            None => self.characteristic.to_string(),
        }
    }

    /// The same with its device.
    pub(super) fn told(&self) -> String {
        format!("{} of {}", self.what(), self.device)
    }

    /// Finds it, once BlueZ has read the device's database.
    ///
    /// # Errors
    /// The device is not connected, it has no such attribute, or several.
    pub(super) async fn find(&self, bench: &Bench) -> Outcome<Found> {
        let device = resolved(bench, &self.device).await?;
        let mirror = bench.session().mirror();
        let there = mirror.wait_for(|tree| self.look(&Database::of(tree, device.path())).ok());
        let found = match tokio::time::timeout(LATE, there).await {
            Ok(found) => Ok(found?),
            Err(_) => mirror.read(|tree| self.look(&Database::of(tree, device.path()))),
        };
        Ok(found_at(bench, device, found?))
    }

    /// The same among the attributes that are there now.
    pub(super) async fn find_now(&self, bench: &Bench) -> Outcome<Found> {
        let device = resolved(bench, &self.device).await?;
        let look = |tree: &Tree| self.look(&Database::of(tree, device.path()));
        let found = bench.session().mirror().read(look)?;
        Ok(found_at(bench, device, found))
    }

    fn look(&self, database: &Database) -> Outcome<(Characteristic, Option<String>)> {
        let is_here = |uuid: &str| self.service.as_ref().is_none_or(|service| service.is(uuid));
        let services: Vec<_> =
            database.services.iter().filter(|service| is_here(&service.uuid)).collect();
        if services.is_empty() {
            return Err(self.no_service(database));
        }
        let all = services.iter().flat_map(|service| &service.characteristics);
        let fitting: Vec<_> = all.filter(|one| self.characteristic.is(&one.uuid)).collect();
        let characteristic = match (fitting.as_slice(), self.instance) {
            ([], _) => return Err(self.absent(&services)),
            (several, Some(number)) => several.get(number.get() - 1).copied(),
            ([only], None) => Some(*only),
            (several, None) => return Err(self.ambiguous(several.len())),
        };
        let characteristic = characteristic.ok_or_else(|| self.too_few(fitting.len()))?.clone();
        let Some(wanted) = &self.descriptor else { return Ok((characteristic, None)) };
        let own = characteristic.descriptors.iter().find(|own| wanted.is(&own.uuid));
        let path = own.map(|own| own.path.clone()).ok_or_else(|| {
            let names = characteristic.descriptors.iter().map(|own| DescriptorId::told(&own.uuid));
            self.missing("descriptor", listed(names))
        })?;
        Ok((characteristic, Some(path)))
    }

    fn no_service(&self, database: &Database) -> Failure {
        let names = database.services.iter().map(|service| ServiceId::told(&service.uuid));
        let mut failure = self.missing("service", listed(names));
        failure.cause.hint = Some(
            "BlueZ before 5.80 shows no service that it uses itself, such as battery and device information"
                .to_owned(),
        );
        failure
    }

    fn absent(&self, services: &[&crate::bluez::gatt::Service]) -> Failure {
        let all = services.iter().flat_map(|service| &service.characteristics);
        self.missing("characteristic", listed(all.map(|one| CharacteristicId::told(&one.uuid))))
    }

    fn missing(&self, what: &str, seen: String) -> Failure {
        let service = self.service.as_ref().map(|id| format!(" in {id}")).unwrap_or_default();
        let message = format!("{} has no {}{service}", self.device, self.what());
        let mut failure = Failure::unmet(message, format!("such a {what}"), seen);
        failure.cause.kind = "no-attribute".to_owned();
        failure
    }

    fn ambiguous(&self, count: usize) -> Failure {
        Failure::fail(
            "ambiguous",
            format!("{} has {count} of {}", self.device, self.characteristic),
            "say which: `service = …`, or `instance = 1` for the first by handle",
        )
    }

    fn too_few(&self, count: usize) -> Failure {
        let message = format!("{} has {count} of {}", self.device, self.characteristic);
        let wanted = self.instance.map_or(1, NonZeroUsize::get);
        let mut failure = Failure::unmet(message, format!("instance {wanted}"), count.to_string());
        failure.cause.kind = "no-attribute".to_owned();
        failure
    }

    /// Records a value of it.
    pub(super) fn record(
        &self,
        bench: &Bench,
        found: &Found,
        what: Access,
        value: &[u8],
        meaning: Option<String>,
    ) {
        let meaning = meaning.or_else(|| text(value).map(|text| format!("{text:?}")));
        bench.record(Event::Attribute {
            object: Object { name: self.device.0.clone(), path: found.attribute.path().to_owned() },
            attribute: self.what(),
            access: what,
            value: hex(value),
            meaning,
        });
    }
}

fn found_at(
    bench: &Bench,
    device: Device,
    (characteristic, descriptor): (Characteristic, Option<String>),
) -> Found {
    let attribute = match &descriptor {
        Some(path) => Attribute::descriptor(bench.session(), path),
        None => Attribute::characteristic(bench.session(), &characteristic.path),
    };
    Found { device, attribute }
}

/// The device, once it is connected and BlueZ has read its database.
///
/// # Errors
/// It is not connected, or the link ends before.
pub(super) async fn resolved(bench: &Bench, name: &DeviceName) -> Outcome<Device> {
    let device = bench.device(name)?;
    // BlueZ may pair when a protected attribute is used.
    bench.touch(&device);
    bench.saw("BlueZ has not yet read all services of the device");
    let is = |tree: &Tree, property: &str| {
        let value = tree.property(device.path(), Device::INTERFACE, property);
        value == Some(&Value::Bool(true))
    };
    let ready = bench.session().mirror().wait_for(|tree| {
        let connected = is(tree, "Connected");
        let ended = !connected || is(tree, "ServicesResolved");
        ended.then_some(connected)
    });
    let is_connected = ready.await?;
    bench.take_last_seen();
    if is_connected {
        return Ok(device);
    }
    Err(Error {
        kind: ErrorKind::NotConnected,
        name: String::new(),
        message: String::new(),
        call: format!("looking for the services of {name}"),
    }
    .into())
}

/// Names in a row, the first twenty.
pub(super) fn listed(names: impl Iterator<Item = impl ToString>) -> String {
    listed_by(names, ", ")
}

/// The same with something else between them.
pub(super) fn listed_by(names: impl Iterator<Item = impl ToString>, between: &str) -> String {
    let names: Vec<String> = names.map(|name| name.to_string()).collect();
    match names.as_slice() {
        [] => "none".to_owned(),
        all if all.len() <= 20 => all.join(between),
        all => {
            let (first, rest) = all.split_at(20);
            format!("{}{between}and {} more", first.join(between), rest.len())
        }
    }
}
