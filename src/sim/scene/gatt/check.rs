//! What of a database needs the whole of it to be seen: handles that ascend and suffice, services that are
//! included and must be there.

use super::Service;
use crate::sim::scene::uuid::Uuid;

/// The most attributes of a device that a scene describes: far more than devices have, far fewer than 65,535.
const MOST_ATTRIBUTES: usize = 4096;

/// Looks for the first mistake.
pub(in crate::sim::scene) fn check(services: &[Service]) -> Result<(), String> {
    let mut next: usize = 1;
    let mut count = 0;
    for service in services {
        if let Some(handle) = service.handle {
            if usize::from(handle) < next {
                let uuid = &service.uuid;
                return Err(format!(
                    "the service {uuid} cannot have the handle {handle}: {next} is the next"
                ));
            }
            next = usize::from(handle);
        }
        let is_there = |wanted: &&Uuid| services.iter().any(|other| other.uuid == **wanted);
        if let Some(missing) = service.includes.iter().find(|uuid| !is_there(uuid)) {
            let uuid = &service.uuid;
            return Err(format!("the service {uuid} includes {missing}, which the device has not"));
        }
        next += attributes(service);
        count += attributes(service);
        if count > MOST_ATTRIBUTES || next > 0xFFFF {
            return Err(format!("a device has {MOST_ATTRIBUTES} attributes at the most"));
        }
    }
    Ok(())
}

/// How many handles a service takes.
fn attributes(service: &Service) -> usize {
    let own = |characteristic: &super::Characteristic| {
        let permissions = &characteristic.permissions;
        let made =
            usize::from(permissions.has_notifications()) + usize::from(permissions.is_extended());
        2 + made + characteristic.descriptor.len()
    };
    1 + service.includes.len() + service.characteristic.iter().map(own).sum::<usize>()
}
