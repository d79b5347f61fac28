//! Data for pairing out of band: the controller's own, and that of devices.

use super::{Kernel, Place, Request, Status, Taken};
use crate::mgmt::protocol::{Address, AddressType, Eir, Record, Secret, Setting, Value, eir::kind};

const NOBODY: Address = Address::new([0; 6]);
/// The most devices that there can be data of.
const MOST: usize = 256;
/// Sets of address types (Read Local Out Of Band Extended Data): BR/EDR, and LE with both kinds of
/// address.
const BREDR: u8 = 0x01;
const LE: u8 = 0x06;
/// Types of structures (Assigned Numbers 2.3): hash and randomizer of P-192 and of P-256, the
/// address, the role, confirmation and random value.
const HASHES_192: [u8; 2] = [0x0E, 0x0F];
const HASHES_256: [u8; 2] = [0x1D, 0x1E];
const LE_ADDRESS: u8 = 0x1B;
const LE_ROLE: u8 = 0x1C;
const LE_VALUES: [u8; 2] = [0x22, 0x23];
/// Both roles, and peripheral is preferred.
const ROLE: u8 = 0x01;

impl Kernel {
    pub(super) fn out_of_band(&mut self, place: Place, request: &Request) -> Taken {
        match request.command.name {
            "Read Local Out Of Band Data" => self.read_local(place, request),
            "Read Local Out Of Band Extended Data" => self.read_local_extended(place, request),
            "Add Remote Out Of Band Data" => self.add_remote(place, request),
            _ => self.remove_remote(place, request),
        }
    }

    /// The emulated controllers give zeros (recorded); those of P-256 only where Secure Connections
    /// are on.
    fn read_local(&mut self, place: Place, request: &Request) -> Taken {
        self.check_on(place)?;
        let controller = &self.controllers[place];
        if !controller.has(Setting::Ssp) {
            return Err(Status::NOT_SUPPORTED);
        }
        let zeros = || Value::Secret(Secret::Octets([0; 16].into()));
        let mut reply = Record::new().with("hash-192", zeros()).with("randomizer-192", zeros());
        if controller.has(Setting::SecureConnections) {
            reply = reply.with("hash-256", zeros()).with("randomizer-256", zeros());
        }
        self.complete(request, &reply);
        Ok(())
    }

    fn read_local_extended(&mut self, place: Place, request: &Request) -> Taken {
        let types = request.octet("address-type");
        let controller = &self.controllers[place];
        let status = match types {
            _ if !controller.is_on() => Status::NOT_POWERED,
            BREDR if !controller.has(Setting::Bredr) => Status::REJECTED,
            LE if !controller.has(Setting::Le) => Status::REJECTED,
            BREDR | LE => Status::SUCCESS,
            _ => Status::INVALID_PARAMETERS,
        };
        let eir = match (status.is_success(), types) {
            (false, _) => Eir::default(),
            (true, BREDR) => self.bredr_data(place),
            (true, _) => self.le_data(place),
        };
        let reply = Record::new().with("address-type", types).with("eir-data", eir);
        self.complete_with(request, status, &reply);
        if status.is_success() {
            let index = self.controllers[place].index;
            let name = "Local Out Of Band Extended Data Updated";
            self.clients.tell_some(name, index, &reply, |client, hears| {
                hears.out_of_band && client != request.client
            });
            if let Some(hears) = self.clients.hears(request.client) {
                hears.out_of_band = true;
            }
        }
        Ok(())
    }

    fn bredr_data(&self, place: Place) -> Eir {
        let controller = &self.controllers[place];
        let [low, middle, high, _] = controller.class().to_le_bytes();
        let mut eir = Eir::default().with(kind::CLASS_OF_DEVICE, &[low, middle, high]);
        let is_secure = controller.has(Setting::SecureConnections);
        if controller.has(Setting::Ssp) {
            for kind in HASHES_192.into_iter().chain(HASHES_256.into_iter().filter(|_| is_secure)) {
                eir = eir.with(kind, &[0; 16]);
            }
        }
        eir
    }

    /// Drawn anew each time (recorded).
    fn le_data(&mut self, place: Place) -> Eir {
        let controller = &self.controllers[place];
        let (address, random) =
            match controller.static_address.filter(|_| !controller.has(Setting::Bredr)) {
                Some(address) => (address, 1),
                None => (controller.address, 0),
            };
        let limited = controller.limited;
        let found = controller.has(Setting::Discoverable);
        let flags = u8::from(limited)
            | u8::from(found && !limited) << 1
            | u8::from(!controller.has(Setting::Bredr)) << 2;
        let is_secure = controller.has(Setting::SecureConnections);
        let mut eir = Eir::default()
            .with(LE_ADDRESS, &[address.to_wire().as_slice(), &[random]].concat())
            .with(LE_ROLE, &[ROLE]);
        if is_secure {
            for kind in LE_VALUES {
                eir = eir.with(kind, &self.random_octets());
            }
        }
        eir.with(kind::FLAGS, &[flags])
    }

    /// Data of LE devices is only that of P-256; the other half of it is then zero.
    fn add_remote(&mut self, place: Place, request: &Request) -> Taken {
        let (address, kind) = request.valid_device()?;
        let is_zero = |name| {
            request.arguments.octets(name).is_none_or(|octets| octets.iter().all(|o| *o == 0))
        };
        let has_256 = request.arguments.get("hash-256").is_some();
        if request.arguments.get("randomizer-256").is_some() != has_256 {
            return Err(Status::INVALID_PARAMETERS);
        }
        let is_bredr = kind == AddressType::BREDR;
        if !is_bredr && (!has_256 || !is_zero("hash-192") || !is_zero("randomizer-192")) {
            return Err(Status::INVALID_PARAMETERS);
        }
        let known = &mut self.controllers[place].out_of_band;
        if known.len() >= MOST && !known.contains(&address) {
            return Err(Status::NO_RESOURCES);
        }
        if is_bredr {
            known.insert(address);
        }
        self.complete_device(request, Status::SUCCESS);
        Ok(())
    }

    fn remove_remote(&mut self, place: Place, request: &Request) -> Taken {
        let (address, kind) = request.device();
        if kind != AddressType::BREDR {
            return Err(Status::INVALID_PARAMETERS);
        }
        let known = &mut self.controllers[place].out_of_band;
        if address == NOBODY {
            known.clear();
        } else if !known.remove(&address) {
            return Err(Status::INVALID_PARAMETERS);
        }
        self.complete_device(request, Status::SUCCESS);
        Ok(())
    }
}
