//! Advertising instances: what a client has the controller advertise. Nobody in the scene listens,
//! so that only their coming and going is played.

use super::{Kernel, Place, Request, Status, Taken};
use crate::mgmt::protocol::{Eir, Record, Value, eir::Part};

/// What the emulated controllers can (recorded): every documented flag, extended advertising, three
/// instances.
const FLAGS: u64 = 0x1_FFFF;
const MOST_DATA: u8 = 251;
const INSTANCES: u8 = 3;
/// Flags that put something into the data: how it can be discovered (three kinds), the power,
/// appearance and name.
const ADDS_FLAGS: u64 = 0x0E;
const ADDS_POWER: u64 = 0x10;
const ADDS_APPEARANCE: u64 = 0x20;
const ADDS_NAME: u64 = 0x40;
/// The flags for one of the secondary channels each.
const SECONDARY: u64 = 0x380;

/// An instance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instance {
    number: u8,
    flags: u64,
    /// Whether its parameters are there and its data is not.
    is_new: bool,
}

/// The instances of a controller, the newest first, as they are listed (recorded).
#[derive(Default)]
pub(super) struct Instances(Vec<Instance>);

impl Instances {
    fn get(&self, number: u8) -> Option<Instance> {
        self.0.iter().find(|instance| instance.number == number).copied()
    }

    /// Puts an instance in, in place of the one of its number. Returns whether there was none.
    fn put(&mut self, instance: Instance) -> bool {
        let known = self.0.iter_mut().find(|known| known.number == instance.number);
        let is_new = known.is_none();
        match known {
            Some(known) => *known = instance,
            None => self.0.insert(0, instance),
        }
        is_new
    }

    fn remove(&mut self, number: u8) {
        self.0.retain(|instance| instance.number != number);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    fn numbers(&self) -> impl Iterator<Item = u8> {
        self.0.iter().map(|instance| instance.number)
    }
}

impl Kernel {
    pub(super) fn advertise(&mut self, place: Place, request: &Request) -> Taken {
        match request.command.name {
            "Read Advertising Features" => self.read_advertising(place, request),
            "Get Advertising Size Information" => self.get_size(place, request),
            "Add Advertising" => self.add_advertising(place, request),
            "Remove Advertising" => self.remove_advertising(place, request),
            "Add Extended Advertising Parameters" => self.add_parameters(place, request),
            _ => self.add_data(place, request),
        }
    }

    fn read_advertising(&mut self, place: Place, request: &Request) -> Taken {
        self.check_le(place)?;
        let instances = self.controllers[place].instances.numbers().map(Value::from);
        let reply = Record::new()
            .with("supported-flags", FLAGS)
            .with("max-adv-data-len", MOST_DATA)
            .with("max-scan-rsp-len", MOST_DATA)
            .with("max-instances", INSTANCES)
            .with("instance", Value::Values(instances.collect()));
        self.complete(request, &reply);
        Ok(())
    }

    fn get_size(&mut self, place: Place, request: &Request) -> Taken {
        self.check_le(place)?;
        let (instance, flags) = check_instance(request)?;
        let (data, response) = self.room(place, flags);
        let reply = Record::new()
            .with("instance", instance)
            .with("flags", flags)
            .with("max-adv-data-len", data)
            .with("max-scan-rsp-len", response);
        self.complete(request, &reply);
        Ok(())
    }

    /// What is left of the data and of the scan response, less what the flags put there (recorded).
    fn room(&self, place: Place, flags: u64) -> (u8, u8) {
        let taken = |adds: u64, octets: usize| if flags & adds != 0 { octets } else { 0 };
        let name = self.controllers[place].name.octets().len().min(usize::from(MOST_DATA));
        let data = taken(ADDS_FLAGS, 3) + taken(ADDS_POWER, 3);
        let response = taken(ADDS_APPEARANCE, 4) + taken(ADDS_NAME, name + 2);
        let left = |taken| MOST_DATA.saturating_sub(u8::try_from(taken).unwrap_or(MOST_DATA));
        (left(data), left(response))
    }

    /// Whether the data of an instance fits beside what its flags put there, and says nothing
    /// twice.
    fn check_data(&self, place: Place, flags: u64, data: [Option<&Eir>; 2]) -> Taken {
        let (room, response_room) = self.room(place, flags);
        let whole = |eir: &Eir| eir.parts().all(|part| matches!(part, Part::Structure(_)));
        for (eir, room) in data.into_iter().zip([room, response_room]) {
            if let Some(eir) = eir
                && (eir.raw().len() > usize::from(room) || !whole(eir))
            {
                return Err(Status::INVALID_PARAMETERS);
            }
        }
        // 0x01 is the type of the flags, which the kernel writes where it is asked to.
        let has_own = data.into_iter().flatten().any(|eir| eir.find(0x01).is_some());
        if has_own && flags & ADDS_FLAGS != 0 { Err(Status::INVALID_PARAMETERS) } else { Ok(()) }
    }

    fn add_advertising(&mut self, place: Place, request: &Request) -> Taken {
        self.check_le(place)?;
        let (instance, flags) = check_instance(request)?;
        if (flags & SECONDARY).count_ones() > 1 {
            return Err(Status::INVALID_PARAMETERS);
        }
        if request.number("timeout") > 0 && !self.controllers[place].is_on() {
            return Err(Status::REJECTED);
        }
        let data = ["adv-data", "scan-rsp"].map(|name| request.arguments.eir(name));
        self.check_data(place, flags, data)?;
        let instances = &mut self.controllers[place].instances;
        let is_new = instances.put(Instance { number: instance, flags, is_new: false });
        self.answer_added(place, request, instance, is_new);
        Ok(())
    }

    fn answer_added(&mut self, place: Place, request: &Request, instance: u8, is_new: bool) {
        let record = Record::new().with("instance", instance);
        if is_new {
            self.tell(place, "Advertising Added", &record, Some(request.client));
        }
        self.complete(request, &record);
    }

    fn remove_advertising(&mut self, place: Place, request: &Request) -> Taken {
        let instance = request.octet("instance");
        let instances = &mut self.controllers[place].instances;
        let gone: Vec<u8> = match instance {
            0 => instances.numbers().collect(),
            one => instances.get(one).map(|_| one).into_iter().collect(),
        };
        if gone.is_empty() {
            return Err(Status::INVALID_PARAMETERS);
        }
        // Here the kernel does not even take the packet (recorded: ENETDOWN).
        self.check_on(place)?;
        for one in gone {
            self.controllers[place].instances.remove(one);
            let record = Record::new().with("instance", one);
            self.tell(place, "Advertising Removed", &record, Some(request.client));
        }
        self.complete(request, &Record::new().with("instance", instance));
        Ok(())
    }

    fn add_parameters(&mut self, place: Place, request: &Request) -> Taken {
        self.check_le(place)?;
        let (instance, flags) = check_instance(request)?;
        if (flags & SECONDARY).count_ones() > 1 {
            return Err(Status::INVALID_PARAMETERS);
        }
        if !self.controllers[place].is_on() {
            return Err(Status::REJECTED);
        }
        let instances = &mut self.controllers[place].instances;
        let is_new = instances.get(instance).is_none_or(|known| known.is_new);
        instances.put(Instance { number: instance, flags, is_new });
        let (data, response) = self.room(place, flags);
        let reply = Record::new()
            .with("instance", instance)
            .with("tx-power", 0_i8)
            .with("max-adv-data-len", data)
            .with("max-scan-rsp-len", response);
        self.complete(request, &reply);
        Ok(())
    }

    fn add_data(&mut self, place: Place, request: &Request) -> Taken {
        let instance = request.octet("instance");
        let controller = &mut self.controllers[place];
        let known = controller.instances.get(instance).ok_or(Status::INVALID_PARAMETERS)?;
        let data = ["advertising-data", "scan-response"].map(|name| request.arguments.eir(name));
        let fits = match controller.is_on() {
            true => self.check_data(place, known.flags, data),
            false => Err(Status::REJECTED),
        };
        if let Err(status) = fits {
            // What was begun and not finished is forgotten, and without power all of it (recorded).
            if known.is_new || status == Status::REJECTED {
                self.controllers[place].instances.remove(instance);
            }
            return Err(status);
        }
        let instances = &mut self.controllers[place].instances;
        instances.put(Instance { is_new: false, ..known });
        self.answer_added(place, request, instance, known.is_new);
        Ok(())
    }
}

/// The instance and the flags of a command, if the controllers have them.
fn check_instance(request: &Request) -> Result<(u8, u64), Status> {
    let (instance, flags) = (request.octet("instance"), request.number("flags"));
    let fits = (1..=INSTANCES).contains(&instance) && flags & !FLAGS == 0;
    if fits { Ok((instance, flags)) } else { Err(Status::INVALID_PARAMETERS) }
}
