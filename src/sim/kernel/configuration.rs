//! The configuration of a controller: its PHYs, and the defaults of the system for it.

use super::{Kernel, Place, Request, Status, Taken, Version, controller::ALL_PHYS};
use crate::mgmt::protocol::{Record, Value};

/// The PHYs that are always on: BR 1M in one slot, and LE 1M (recorded).
const FIXED_PHYS: u32 = 0x0601;
/// The command that the kernel answers in place of Set Default Runtime Configuration: recorded.
const SET_SYSTEM: u16 = 0x004C;

/// The default system configuration: number, octets, value (recorded; some of it a controller tells
/// only once it was needed).
const SYSTEM: [(u16, usize, u32); 32] = [
    (0x0000, 2, 0x0000),
    (0x0001, 2, 0x0800),
    (0x0002, 2, 0x0012),
    (0x0003, 2, 0x0000),
    (0x0004, 2, 0x0000),
    (0x0005, 2, 0x0000),
    (0x0006, 2, 0x0000),
    (0x0007, 2, 0x0000),
    (0x0008, 2, 0x0050),
    (0x0009, 2, 0x0320),
    (0x000A, 2, 0x0800),
    (0x000B, 2, 0x0800),
    (0x000C, 2, 0x0002),
    (0x000D, 2, 0x0060),
    (0x000E, 2, 0x0030),
    (0x000F, 2, 0x0800),
    (0x0010, 2, 0x0012),
    (0x0011, 2, 0x0012),
    (0x0012, 2, 0x0012),
    (0x0013, 2, 0x0060),
    (0x0014, 2, 0x0030),
    (0x0015, 2, 0x0060),
    (0x0016, 2, 0x0060),
    (0x0017, 2, 0x0018),
    (0x0018, 2, 0x0028),
    (0x0019, 2, 0x0000),
    (0x001A, 2, 0x002A),
    (0x001B, 2, 0x4E20),
    (0x001D, 2, 0x012C),
    (0x001E, 2, 0x01F4),
    (0x001F, 1, 0x0000),
    (0x0020, 4, 0x0000),
];
/// The last of them came after 6.12.
const SYSTEM_BEFORE: usize = 31;

impl Kernel {
    pub(super) fn get_phys(&mut self, place: Place, request: &Request) -> Taken {
        let reply = Record::new()
            .with("supported-phys", ALL_PHYS)
            .with("configurable-phys", ALL_PHYS & !FIXED_PHYS)
            .with("selected-phys", self.controllers[place].phys);
        self.complete(request, &reply);
        Ok(())
    }

    pub(super) fn set_phys(&mut self, place: Place, request: &Request) -> Taken {
        let phys = u32::try_from(request.number("selected-phys")).unwrap_or(u32::MAX);
        if phys & !ALL_PHYS != 0 || phys & FIXED_PHYS != FIXED_PHYS {
            return Err(Status::INVALID_PARAMETERS);
        }
        let controller = &self.controllers[place];
        if phys == controller.phys {
            self.complete(request, &Record::new());
            return Ok(());
        }
        if !controller.is_on() {
            return Err(Status::REJECTED);
        }
        self.check_idle(place, &["Set PHY Configuration"])?;
        self.later(place, request)
    }

    pub(super) fn phys_set(&mut self, place: Place, request: &Request) -> Taken {
        let phys = u32::try_from(request.number("selected-phys")).unwrap_or(ALL_PHYS);
        let changed = std::mem::replace(&mut self.controllers[place].phys, phys) != phys;
        self.complete(request, &Record::new());
        if changed {
            let record = Record::new().with("selected-phys", phys);
            self.tell(place, "PHY Configuration Changed", &record, Some(request.client));
        }
        Ok(())
    }

    fn system(&self) -> impl Iterator<Item = &'static (u16, usize, u32)> + use<> {
        let all = if self.version >= Version::V5_87 { SYSTEM.len() } else { SYSTEM_BEFORE };
        SYSTEM.iter().take(all)
    }

    pub(super) fn read_system(&mut self, place: Place, request: &Request) -> Taken {
        let configured = &self.controllers[place].configured;
        let records = self.system().map(|(number, octets, value)| {
            let start = value.to_le_bytes().into_iter().take(*octets).collect();
            let value: Vec<u8> = configured.get(number).cloned().unwrap_or(start);
            Record::new().with("parameter-type", *number).with("value", value)
        });
        let records: Vec<_> = records.collect();
        self.complete(request, &Record::new().with("parameters", Value::Records(records)));
        Ok(())
    }

    /// What the kernel does not know it leaves out without a word; a known value of the wrong
    /// length spoils all (recorded).
    pub(super) fn set_system(&mut self, place: Place, request: &Request) -> Taken {
        let parameters = request.arguments.records("parameters");
        if parameters.is_empty() {
            return Err(Status::INVALID_PARAMETERS);
        }
        let mut known = Vec::new();
        for parameter in parameters {
            let number =
                parameter.uint("parameter-type").and_then(|number| u16::try_from(number).ok());
            let Some((number, octets, _)) = self.system().find(|(of, ..)| Some(*of) == number)
            else {
                continue;
            };
            let value = parameter.octets("value").unwrap_or_default();
            if value.len() != *octets {
                return Err(Status::INVALID_PARAMETERS);
            }
            known.push((*number, value.to_vec()));
        }
        self.controllers[place].configured.extend(known);
        self.complete(request, &Record::new());
        Ok(())
    }

    /// There is no runtime configuration, and the kernel says so under the number of another
    /// command (recorded).
    pub(super) fn set_runtime(&mut self, request: &Request) -> Taken {
        self.clients.status(request.client, SET_SYSTEM, request.index, Status::INVALID_PARAMETERS);
        Ok(())
    }
}
