//! When a setting may be switched: what turns each down, in the kernel's order, and whether the
//! controller has to be told.

use super::{Kernel, Place, Request, Status, Taken, Version};
use crate::mgmt::protocol::{Address, Setting};

/// When a change that is allowed comes about.
pub(super) enum When {
    Now,
    /// After the controller has been told.
    Later,
}

impl Kernel {
    /// Whether a setting may be changed, and when it then is.
    pub(super) fn allowed(&self, place: Place, request: &Request) -> Result<When, Status> {
        let on = self.controllers[place].is_on();
        let by_power = Ok(if on { When::Later } else { When::Now });
        match request.command.name {
            "Set Discoverable" => self.check_discoverable(place, request),
            "Set Connectable" => {
                self.check_some_bearer(place)?;
                request.switch("connectable")?;
                self.check_idle(place, &["Set Discoverable", "Set Connectable"])?;
                by_power
            }
            "Set Fast Connectable" => {
                self.check_bredr(place, Status::NOT_SUPPORTED)?;
                let wanted = request.switch("enable")?;
                self.check_idle(place, &["Set Fast Connectable"])?;
                self.unless_same(place, Setting::FastConnectable, wanted)
            }
            "Set Bondable" => request.switch("bondable").map(|_| When::Now),
            "Set Link Security" => {
                self.check_bredr(place, Status::REJECTED)?;
                let wanted = request.switch("link-security")?;
                self.check_idle(place, &["Set Link Security"])?;
                self.unless_same(place, Setting::LinkSecurity, wanted)
            }
            "Set Secure Simple Pairing" => {
                self.check_bredr(place, Status::REJECTED)?;
                let wanted = request.switch("secure-simple-pairing")?;
                self.check_idle(place, &["Set Secure Simple Pairing"])?;
                self.unless_same(place, Setting::Ssp, wanted)
            }
            "Set Low Energy" => self.check_low_energy(place, request),
            "Set Advertising" => {
                self.check_le(place)?;
                up_to_two(request, "advertising")?;
                self.check_idle(place, &["Set Advertising", "Set Low Energy"])?;
                by_power
            }
            "Set BR/EDR" => self.check_switching_bredr(place, request),
            "Set Static Address" => self.check_static_address(place, request),
            "Set Secure Connections" => {
                let controller = &self.controllers[place];
                if controller.has(Setting::Bredr) && !controller.has(Setting::Ssp) {
                    return Err(Status::REJECTED);
                }
                up_to_two(request, "secure-connections")?;
                self.check_idle(place, &["Set Secure Connections"])?;
                by_power
            }
            "Set Debug Keys" => up_to_two(request, "debug-keys").map(|_| When::Now),
            "Set Privacy" => {
                up_to_two(request, "privacy")?;
                if on { Err(Status::REJECTED) } else { Ok(When::Now) }
            }
            "Set High Speed" if self.version == Version::V5_66 => {
                let wanted = request.switch("high-speed")?;
                if on && !wanted { Err(Status::REJECTED) } else { Ok(When::Now) }
            }
            // High Speed went from the kernel, and the controllers know no wideband speech
            // (recorded).
            _ => Err(Status::NOT_SUPPORTED),
        }
    }

    /// Recorded in this order, but for where nothing is enabled.
    fn check_discoverable(&self, place: Place, request: &Request) -> Result<When, Status> {
        self.check_some_bearer(place)?;
        let mode = up_to_two(request, "discoverable")?;
        let timeout = request.number("timeout");
        if (mode == 0 && timeout > 0) || (mode == 2 && timeout == 0) {
            return Err(Status::INVALID_PARAMETERS);
        }
        let controller = &self.controllers[place];
        if !controller.is_on() && timeout > 0 {
            return Err(Status::NOT_POWERED);
        }
        self.check_idle(place, &["Set Discoverable", "Set Connectable"])?;
        if !controller.has(Setting::Connectable) {
            return Err(Status::REJECTED);
        }
        let is_same = controller.has(Setting::Discoverable) == (mode > 0);
        let is_same = is_same && controller.limited == (mode == 2);
        Ok(if controller.is_on() && !is_same { When::Later } else { When::Now })
    }

    fn check_low_energy(&self, place: Place, request: &Request) -> Result<When, Status> {
        let wanted = request.switch("low-energy")?;
        let controller = &self.controllers[place];
        if !controller.has(Setting::Bredr) && !wanted {
            return Err(Status::REJECTED);
        }
        self.check_idle(place, &["Set Low Energy", "Set Advertising"])?;
        self.unless_same(place, Setting::Le, wanted)
    }

    /// A controller that is on does not give up BR/EDR, and takes it back only where its identity
    /// stays what it is.
    fn check_switching_bredr(&self, place: Place, request: &Request) -> Result<When, Status> {
        let controller = &self.controllers[place];
        if !controller.has(Setting::Le) {
            return Err(Status::REJECTED);
        }
        let wanted = request.switch("br-edr")?;
        if !controller.is_on() || wanted == controller.has(Setting::Bredr) {
            return Ok(When::Now);
        }
        let has_identity =
            controller.static_address.is_some() || controller.has(Setting::SecureConnections);
        if !wanted || has_identity {
            return Err(Status::REJECTED);
        }
        self.check_idle(place, &["Set BR/EDR"])?;
        Ok(When::Later)
    }

    /// The two highest bits of a static address are set (Core Specification Vol 6 Part B 1.3.2.1);
    /// none is no address.
    fn check_static_address(&self, place: Place, request: &Request) -> Result<When, Status> {
        if self.controllers[place].is_on() {
            return Err(Status::REJECTED);
        }
        let (none, all) = (Address::new([0; 6]), Address::new([0xFF; 6]));
        let address = request.arguments.address("address").unwrap_or(none);
        let [.., highest] = address.to_wire();
        let is_static = highest & 0xC0 == 0xC0 && address != all;
        if address == none || is_static { Ok(When::Now) } else { Err(Status::INVALID_PARAMETERS) }
    }

    fn check_some_bearer(&self, place: Place) -> Taken {
        let controller = &self.controllers[place];
        let some = controller.has(Setting::Le) || controller.has(Setting::Bredr);
        if some { Ok(()) } else { Err(Status::REJECTED) }
    }

    fn check_bredr(&self, place: Place, otherwise: Status) -> Taken {
        if self.controllers[place].has(Setting::Bredr) { Ok(()) } else { Err(otherwise) }
    }

    pub(super) fn check_le(&self, place: Place) -> Taken {
        if self.controllers[place].has(Setting::Le) { Ok(()) } else { Err(Status::REJECTED) }
    }

    pub(super) fn check_on(&self, place: Place) -> Taken {
        if self.controllers[place].is_on() { Ok(()) } else { Err(Status::NOT_POWERED) }
    }

    /// Whether none of these commands is being carried out.
    pub(super) fn check_idle(&self, place: Place, names: &[&str]) -> Taken {
        if self.is_pending(place, names) { Err(Status::BUSY) } else { Ok(()) }
    }

    fn unless_same(&self, place: Place, setting: Setting, wanted: bool) -> Result<When, Status> {
        let controller = &self.controllers[place];
        let is_same = controller.has(setting) == wanted;
        Ok(if controller.is_on() && !is_same { When::Later } else { When::Now })
    }
}

fn up_to_two(request: &Request, name: &str) -> Result<u64, Status> {
    let number = request.number(name);
    if number <= 2 { Ok(number) } else { Err(Status::INVALID_PARAMETERS) }
}
