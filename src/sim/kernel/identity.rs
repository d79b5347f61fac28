//! How a controller shows itself: class, names, services, appearance. A class or name takes the
//! controller a moment while it is on, and the event comes before the answer; while it is off there
//! is no class (recorded).

use super::{Deed, Kernel, Place, Request, Status, Taken};
use crate::mgmt::protocol::{Record, Setting, Text, Uuid};

/// The most services that a client can have added; BlueZ adds some ten.
const MOST_SERVICES: usize = 256;

impl Kernel {
    pub(super) fn identify(&mut self, place: Place, request: &Request) -> Taken {
        match request.command.name {
            "Set IO Capability" if request.number("io-capability") > 4 => {
                Err(Status::INVALID_PARAMETERS)
            }
            "Set Device ID" if request.number("source") > 2 => Err(Status::INVALID_PARAMETERS),
            "Set IO Capability" | "Set Device ID" => {
                self.complete(request, &Record::new());
                Ok(())
            }
            "Set Scan Parameters" => self.set_scan_parameters(place, request),
            "Set Appearance" => self.set_appearance(place, request),
            _ => self.set_identity(place, request),
        }
    }

    fn set_identity(&mut self, place: Place, request: &Request) -> Taken {
        self.check_identity(place, request)?;
        let names = ["Set Device Class", "Add UUID", "Remove UUID"];
        let is_name = request.command.name == "Set Local Name";
        self.check_idle(place, if is_name { &["Set Local Name"] } else { &names })?;
        let controller = &self.controllers[place];
        let is_same_name = is_name
            && names_in(request) == (controller.name.clone(), controller.short_name.clone());
        match controller.is_on() && !is_same_name {
            true => self.later(place, request),
            false => self.identified(place, request),
        }
    }

    fn check_identity(&self, place: Place, request: &Request) -> Taken {
        let controller = &self.controllers[place];
        let uuid = request.arguments.uuid("uuid").unwrap_or(Uuid([0; 16]));
        match request.command.name {
            "Set Device Class" => {
                let (major, minor) = (request.octet("major-class"), request.octet("minor-class"));
                let fits = minor & 0x03 == 0 && major & 0xE0 == 0;
                if fits { Ok(()) } else { Err(Status::INVALID_PARAMETERS) }
            }
            "Add UUID" if controller.uuids.len() >= MOST_SERVICES => Err(Status::NO_RESOURCES),
            "Remove UUID" => {
                let is_known = controller.uuids.iter().any(|(known, _)| *known == uuid);
                if is_known || uuid == Uuid([0; 16]) {
                    Ok(())
                } else {
                    Err(Status::INVALID_PARAMETERS)
                }
            }
            _ => Ok(()),
        }
    }

    /// The controller shows itself so.
    pub(super) fn identified(&mut self, place: Place, request: &Request) -> Taken {
        if request.command.name == "Set Local Name" {
            self.rename(place, request);
            return Ok(());
        }
        let before = self.controllers[place].class();
        let uuid = request.arguments.uuid("uuid").unwrap_or(Uuid([0; 16]));
        let controller = &mut self.controllers[place];
        match request.command.name {
            "Set Device Class" => {
                let (major, minor) = (request.octet("major-class"), request.octet("minor-class"));
                controller.device_class = u16::from_be_bytes([major, minor]);
            }
            "Add UUID" => controller.uuids.push((uuid, request.octet("svc-hint"))),
            _ if uuid == Uuid([0; 16]) => controller.uuids.clear(),
            _ => controller.uuids.retain(|(known, _)| *known != uuid),
        }
        let class = self.controllers[place].class();
        if class != before {
            self.tell_class(place);
            self.deeds.push(Deed::Class(place.number(), class));
        }
        self.complete(request, &Record::new().with("class-of-device", class));
        Ok(())
    }

    fn rename(&mut self, place: Place, request: &Request) {
        let (name, short_name) = names_in(request);
        let reply = Record::new().with("name", name.clone()).with("short-name", short_name.clone());
        let controller = &mut self.controllers[place];
        let is_same = name == controller.name && short_name == controller.short_name;
        if is_same {
            return self.complete(request, &reply);
        }
        controller.name = name;
        controller.short_name = short_name;
        self.tell_name(place, Some(request.client));
        self.complete(request, &reply);
        let name = self.controllers[place].name.shown().into_owned();
        self.deeds.push(Deed::Named(place.number(), name));
    }

    /// Tells the class to everybody, in the form that each listens for.
    pub(super) fn tell_class(&mut self, place: Place) {
        let controller = &self.controllers[place];
        let (index, record) =
            (controller.index, Record::new().with("class-of-device", controller.class()));
        let listens = |hears: &super::clients::Hears| !hears.extended_information;
        self.clients
            .tell_some("Class Of Device Changed", index, &record, |_, hears| listens(hears));
        self.tell_extended(place, None);
    }

    /// Tells the names to everybody but one, in the form that each listens for.
    pub(super) fn tell_name(&mut self, place: Place, except: Option<super::ClientId>) {
        let controller = &self.controllers[place];
        let index = controller.index;
        let record = Record::new()
            .with("name", controller.name.clone())
            .with("short-name", controller.short_name.clone());
        self.clients.tell_some("Local Name Changed", index, &record, |client, hears| {
            !hears.extended_information && Some(client) != except
        });
        self.tell_extended(place, except);
    }

    fn tell_extended(&mut self, place: Place, except: Option<super::ClientId>) {
        let record = Record::new().with("eir-data", self.own_eir(place));
        let index = self.controllers[place].index;
        let name = "Extended Controller Information Changed";
        self.clients.tell_some(name, index, &record, |client, hears| {
            hears.extended_information && Some(client) != except
        });
    }

    fn set_appearance(&mut self, place: Place, request: &Request) -> Taken {
        if !self.controllers[place].has(Setting::Le) {
            return Err(Status::NOT_SUPPORTED);
        }
        let appearance = u16::try_from(request.number("appearance")).unwrap_or_default();
        let controller = &mut self.controllers[place];
        if std::mem::replace(&mut controller.appearance, appearance) != appearance {
            self.tell_extended(place, Some(request.client));
        }
        self.complete(request, &Record::new());
        Ok(())
    }

    /// In units of 0.625 ms (Core Specification Vol 4 Part E 7.8.10).
    fn set_scan_parameters(&mut self, place: Place, request: &Request) -> Taken {
        if !self.controllers[place].has(Setting::Le) {
            return Err(Status::NOT_SUPPORTED);
        }
        let (interval, window) = (request.number("interval"), request.number("window"));
        let range = 0x0004..=0x4000;
        if !range.contains(&interval) || !range.contains(&window) || window > interval {
            return Err(Status::INVALID_PARAMETERS);
        }
        self.complete(request, &Record::new());
        Ok(())
    }
}

fn names_in(request: &Request) -> (Text, Text) {
    let text = |name| Text::new(request.arguments.octets(name).unwrap_or_default());
    (text("name"), text("short-name"))
}
