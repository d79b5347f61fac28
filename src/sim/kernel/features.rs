//! Experimental features, which are there and off (recorded).

use super::{Kernel, Place, Request, Status, Taken, Version};
use crate::mgmt::protocol::{Index, Record, Uuid};

/// Isochronous sockets, which belong to no controller and are listed with each.
const ISO_SOCKET: Uuid = Uuid(0x6fbaf188_05e0_496a_9885_d6ddfdb4e03e_u128.to_be_bytes());
/// Simultaneous central and peripheral.
const ROLES: Uuid = Uuid(0x671b10b5_42c0_4696_9227_eb28d1b049d6_u128.to_be_bytes());
/// Address resolution in the controller, up to 6.12; it changes the supported settings.
const LL_PRIVACY: Uuid = Uuid(0x15c0a148_c273_11ea_b3de_0242ac130004_u128.to_be_bytes());
/// Codecs in the controller.
const CODECS: Uuid = Uuid(0xa6695ace_ee7f_4fb9_881a_5fac66c629af_u128.to_be_bytes());
/// The mesh.
const MESH: Uuid = Uuid(0x2ce463d7_7a03_4d8d_bf05_5f24e8f36e76_u128.to_be_bytes());
const ALL: Uuid = Uuid([0; 16]);

const ACTIVE: u8 = 0x01;
const CHANGES_SETTINGS: u8 = 0x02;

impl Kernel {
    /// The features of a controller, in the order in which they are listed.
    fn features(&self, place: Option<Place>) -> Vec<Uuid> {
        match (place, self.version) {
            (None, _) => vec![ISO_SOCKET],
            (Some(_), Version::V5_66 | Version::V5_82) => {
                vec![ROLES, LL_PRIVACY, CODECS, ISO_SOCKET, MESH]
            }
            (Some(_), Version::V5_87) => vec![ROLES, CODECS, ISO_SOCKET, MESH],
        }
    }

    fn flags(&self, place: Option<Place>, feature: Uuid) -> u8 {
        let active = place.is_some_and(|place| self.controllers[place].features.contains(&feature));
        let changes = if feature == LL_PRIVACY { CHANGES_SETTINGS } else { 0 };
        changes | if active { ACTIVE } else { 0 }
    }

    /// From here on the client hears when a feature changes.
    pub(super) fn read_features(&mut self, place: Option<Place>, request: &Request) -> Taken {
        if let Some(hears) = self.clients.hears(request.client) {
            hears.features = true;
        }
        let record = |uuid| Record::new().with("uuid", uuid).with("flags", self.flags(place, uuid));
        let records: Vec<_> = self.features(place).into_iter().map(record).collect();
        self.complete(request, &Record::new().with("features", records));
        Ok(())
    }

    pub(super) fn set_feature(&mut self, place: Option<Place>, request: &Request) -> Taken {
        let feature = request.arguments.uuid("uuid").unwrap_or(ALL);
        if feature == ALL {
            // All of them go off (recorded).
            if let Some(place) = place {
                self.controllers[place].features.clear();
            }
            self.complete(request, &Record::new().with("uuid", ALL).with("flags", 0_u8));
            return Ok(());
        }
        if !self.features(place).contains(&feature) {
            return Err(Status::NOT_SUPPORTED);
        }
        // The feature of no controller, and the two that would change what the simulator plays,
        // stay off.
        let Some(place) = place.filter(|_| feature != ISO_SOCKET) else {
            return Err(Status::INVALID_INDEX);
        };
        let on = request.switch("action")?;
        if (feature == LL_PRIVACY && self.controllers[place].is_on()) || feature == MESH {
            return Err(Status::REJECTED);
        }
        let features = &mut self.controllers[place].features;
        let changed = if on { features.insert(feature) } else { features.remove(&feature) };
        let record =
            Record::new().with("uuid", feature).with("flags", self.flags(Some(place), feature));
        self.complete(request, &record);
        if changed {
            let index: Index = self.controllers[place].index;
            let name = "Experimental Feature Changed";
            self.clients.tell_some(name, index, &record, |client, hears| {
                hears.features && client != request.client
            });
        }
        Ok(())
    }
}
