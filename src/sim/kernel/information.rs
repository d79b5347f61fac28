//! What is read of the kernel and of a controller: versions, commands, indexes, information,
//! capabilities.

use super::{Kernel, Place, Request, Status, Taken, Version, controller};
use crate::mgmt::protocol::{
    Eir, Index, Record, Setting, Value,
    eir::{Namespace, kind},
};

/// The commands that a kernel lists begin with this one: it leaves out the two that one must know
/// to ask.
const FIRST_LISTED: u16 = 0x0003;
/// What the emulated controllers tell of themselves: security flags, the longest keys of BR/EDR and
/// LE, the range of power (recorded).
const CAPABILITIES: [u8; 11] = [0x02, 0x01, 0x0E, 0x03, 0x03, 0x10, 0x00, 0x03, 0x04, 0xDE, 0x07];
/// Controller type and bus: a primary controller that is emulated.
const PRIMARY: u8 = 0;
const VIRTUAL: u8 = 0;

impl Kernel {
    pub(super) fn read_version(&mut self, request: &Request) -> Taken {
        // Recorded: 6.1 says 1.22, 6.12 and 7.2 say 1.23.
        let revision: u16 = if self.version == Version::V5_66 { 22 } else { 23 };
        self.complete(request, &Record::new().with("version", 1_u8).with("revision", revision));
        Ok(())
    }

    pub(super) fn read_commands(&mut self, request: &Request) -> Taken {
        let numbers =
            |codes: &mut dyn Iterator<Item = u16>| Value::Values(codes.map(Value::from).collect());
        let commands = numbers(&mut (FIRST_LISTED..=u16::MAX).take_while(|code| self.knows(*code)));
        let events = numbers(&mut listed_events());
        self.complete(request, &Record::new().with("command", commands).with("event", events));
        Ok(())
    }

    pub(super) fn read_indexes(&mut self, request: &Request) -> Taken {
        let plugged = self.controllers.plugged();
        let indexes = plugged.into_iter().map(|place| Value::from(self.controllers[place].index.0));
        let indexes = Value::Values(indexes.collect());
        self.complete(request, &Record::new().with("controller-index", indexes));
        Ok(())
    }

    pub(super) fn read_unconfigured(&mut self, request: &Request) -> Taken {
        self.complete(request, &Record::new().with("controller-index", Value::Values(Vec::new())));
        Ok(())
    }

    /// From here on the client hears of indexes in the extended form.
    pub(super) fn read_extended_indexes(&mut self, request: &Request) -> Taken {
        let plugged = self.controllers.plugged();
        let entry =
            |place| type_and_bus().with("controller-index", self.controllers[place].index.0);
        let entries: Vec<_> = plugged.into_iter().map(entry).collect();
        if let Some(hears) = self.clients.hears(request.client) {
            hears.extended_index = true;
        }
        self.complete(request, &Record::new().with("controllers", entries));
        Ok(())
    }

    fn basic_information(&self, place: Place) -> Record {
        let controller = &self.controllers[place];
        Record::new()
            .with("address", controller.address)
            .with("bluetooth-version", controller.spec.version)
            .with("manufacturer", controller.spec.manufacturer)
            .with("supported-settings", controller::supported(self.version))
            .with("current-settings", controller.shown_settings())
    }

    pub(super) fn read_information(&mut self, place: Place, request: &Request) -> Taken {
        let controller = &self.controllers[place];
        let reply = self
            .basic_information(place)
            .with("class-of-device", controller.class())
            .with("name", controller.name.clone())
            .with("short-name", controller.short_name.clone());
        self.complete(request, &reply);
        Ok(())
    }

    /// From here on the client hears of class, name and appearance in the extended form.
    pub(super) fn read_extended_information(&mut self, place: Place, request: &Request) -> Taken {
        if let Some(hears) = self.clients.hears(request.client) {
            hears.extended_information = true;
        }
        let reply = self.basic_information(place).with("eir-data", self.own_eir(place));
        self.complete(request, &reply);
        Ok(())
    }

    /// Class, appearance and names in a row (recorded).
    pub(super) fn own_eir(&self, place: Place) -> Eir {
        let controller = &self.controllers[place];
        let mut eir = Eir::default();
        if controller.has(Setting::Bredr) {
            let [low, middle, high, _] = controller.class().to_le_bytes();
            eir = eir.with(kind::CLASS_OF_DEVICE, &[low, middle, high]);
        }
        if controller.has(Setting::Le) {
            eir = eir.with(kind::APPEARANCE, &controller.appearance.to_le_bytes());
        }
        eir.with(kind::COMPLETE_NAME, controller.name.octets())
            .with(kind::SHORTENED_NAME, controller.short_name.octets())
    }

    pub(super) fn read_options(&mut self, place: Place, request: &Request) -> Taken {
        let manufacturer = self.controllers[place].spec.manufacturer;
        let reply = Record::new()
            .with("manufacturer", manufacturer)
            .with("supported-options", 0_u8)
            .with("missing-options", 0_u8);
        self.complete(request, &reply);
        Ok(())
    }

    /// There is nothing to configure on these controllers (recorded).
    pub(super) fn set_options(&mut self, place: Place) -> Taken {
        Err(match self.controllers[place].is_on() {
            true => Status::REJECTED,
            false => Status::NOT_SUPPORTED,
        })
    }

    pub(super) fn read_capabilities(&mut self, request: &Request) -> Taken {
        let capabilities = Eir::within(Namespace::Capabilities, &CAPABILITIES);
        self.complete(request, &Record::new().with("capabilities-data", capabilities));
        Ok(())
    }

    /// A controller has come or gone, in the form that each client listens for.
    pub(super) fn tell_index(&mut self, place: Place, comes: bool) {
        let index: Index = self.controllers[place].index;
        let (plain, extended) = match comes {
            true => ("Index Added", "Extended Index Added"),
            false => ("Index Removed", "Extended Index Removed"),
        };
        self.clients.tell_some(plain, index, &Record::new(), |_, hears| !hears.extended_index);
        let record = type_and_bus();
        self.clients.tell_some(extended, index, &record, |_, hears| hears.extended_index);
    }
}

fn type_and_bus() -> Record {
    Record::new().with("controller-type", PRIMARY).with("controller-bus", VIRTUAL)
}

/// The events that a kernel lists (recorded; no kernel has Default System or Runtime Configuration
/// Changed, and the mesh's are not listed).
fn listed_events() -> impl Iterator<Item = u16> {
    (0x0003..=0x0030).filter(|code| !matches!(code, 0x0028 | 0x0029))
}
