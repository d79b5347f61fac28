//! The settings that a client can switch (doc/mgmt-protocol.rst): when each is turned down, when it takes the controller
//! a while, and what goes with it.

use std::time::Duration;

use super::{ClientId, Deed, Due, Kernel, Mode, Place, Request, Status, Taken, Version};
use crate::mgmt::protocol::{Address, Record, Setting, Settings};

/// When a change that is allowed comes about.
enum When {
    Now,
    /// After the controller has been told.
    Later,
}

impl Kernel {
    pub(super) fn set(&mut self, place: Place, request: &Request) -> Taken {
        match self.check_setting(place, request)? {
            When::Now => self.apply(place, request),
            When::Later => self.later(place, request),
        }
    }

    fn check_setting(&self, place: Place, request: &Request) -> Result<When, Status> {
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
            // High Speed went from the kernel, and the controllers know no wideband speech (recorded).
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

    /// A controller that is on does not give up BR/EDR, and takes it back only where its identity stays what it is.
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

    /// The two highest bits of a static address are set (Core Specification Vol 6 Part B 1.3.2.1); none is no address.
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

    /// A setting is changed: who asked has the answer, the others the event.
    pub(super) fn apply(&mut self, place: Place, request: &Request) -> Taken {
        let before = self.controllers[place].shown_settings();
        let class = self.controllers[place].class();
        self.change(place, request);
        if self.controllers[place].class() != class {
            self.tell_class(place);
        }
        self.complete_settings(place, request);
        self.settings_changed(place, before, Some(request.client));
        Ok(())
    }

    fn change(&mut self, place: Place, request: &Request) {
        let controller = &mut self.controllers[place];
        let settings = controller.settings;
        let any = |name| request.number(name) > 0;
        controller.settings = match request.command.name {
            "Set Discoverable" => return self.change_discoverable(place, request),
            "Set Connectable" if any("connectable") => settings.with(Setting::Connectable, true),
            "Set Connectable" => return self.hide(place),
            "Set Fast Connectable" => settings.with(Setting::FastConnectable, any("enable")),
            "Set Bondable" => settings.with(Setting::Bondable, any("bondable")),
            "Set Link Security" => settings.with(Setting::LinkSecurity, any("link-security")),
            "Set Secure Simple Pairing" => {
                settings.with(Setting::Ssp, any("secure-simple-pairing"))
            }
            "Set High Speed" => settings.with(Setting::HighSpeed, any("high-speed")),
            "Set Low Energy" if any("low-energy") => settings.with(Setting::Le, true),
            "Set Low Energy" => {
                controller.instances.clear();
                settings.with(Setting::Le, false).with(Setting::Advertising, false)
            }
            "Set Advertising" => settings.with(Setting::Advertising, any("advertising")),
            "Set BR/EDR" if any("br-edr") => settings.with(Setting::Bredr, true),
            "Set BR/EDR" => without_bredr(settings),
            "Set Static Address" => {
                let address = request.arguments.address("address");
                controller.static_address =
                    address.filter(|address| *address != Address::new([0; 6]));
                settings
            }
            "Set Secure Connections" => {
                settings.with(Setting::SecureConnections, any("secure-connections"))
            }
            "Set Debug Keys" => settings.with(Setting::DebugKeys, any("debug-keys")),
            "Set Privacy" => settings.with(Setting::Privacy, any("privacy")),
            _ => settings,
        };
    }

    fn change_discoverable(&mut self, place: Place, request: &Request) {
        let mode = request.number("discoverable");
        let seconds = request.number("timeout");
        let controller = &mut self.controllers[place];
        controller.settings = controller.settings.with(Setting::Discoverable, mode > 0);
        controller.limited = mode == 2;
        self.hide_after(place, if mode > 0 { seconds } else { 0 });
    }

    /// It is no longer connectable, and with that not to be found.
    pub(super) fn hide(&mut self, place: Place) {
        let controller = &mut self.controllers[place];
        controller.limited = false;
        controller.settings = controller
            .settings
            .with(Setting::Connectable, false)
            .with(Setting::Discoverable, false);
        self.hide_after(place, 0);
    }

    /// Sets the time for being found, from now on; zero is without end.
    pub(super) fn hide_after(&mut self, place: Place, seconds: u64) {
        if let Some(earlier) = self.controllers[place].hides.take() {
            self.timers.disarm(earlier);
        }
        if seconds > 0 {
            let timer = self.timers.arm(Duration::from_secs(seconds), Due::Hidden(place));
            self.controllers[place].hides = Some(timer);
        }
    }

    /// The time for being found is over.
    pub(super) fn hidden(&mut self, place: Place) {
        let before = self.controllers[place].shown_settings();
        let class = self.controllers[place].class();
        let controller = &mut self.controllers[place];
        controller.hides = None;
        controller.limited = false;
        controller.settings = controller.settings.with(Setting::Discoverable, false);
        if self.controllers[place].class() != class {
            self.tell_class(place);
        }
        self.settings_changed(place, before, None);
    }

    /// Answers a command that gives back the settings.
    pub(super) fn complete_settings(&mut self, place: Place, request: &Request) {
        let settings = self.controllers[place].shown_settings();
        self.complete(request, &Record::new().with("current-settings", settings));
    }

    /// Tells the settings if they have changed: the clients, but for the one that asked for it, and bluetoothd.
    pub(super) fn settings_changed(
        &mut self,
        place: Place,
        before: Settings,
        except: Option<ClientId>,
    ) {
        self.tell_settings(place, before, except);
        let controller = &self.controllers[place];
        let now = controller.settings;
        for (setting, mode) in [
            (Setting::Connectable, Mode::Connectable),
            (Setting::Discoverable, Mode::Discoverable),
            (Setting::Bondable, Mode::Bondable),
        ] {
            if now.has(setting) != before.has(setting) {
                self.deeds.push(Deed::Set(place.number(), mode, now.has(setting)));
            }
        }
    }

    /// Tells the settings to the clients, if they have changed.
    pub(super) fn tell_settings(
        &mut self,
        place: Place,
        before: Settings,
        except: Option<ClientId>,
    ) {
        let settings = self.controllers[place].shown_settings();
        if settings != before {
            let record = Record::new().with("current-settings", settings);
            self.tell(place, "New Settings", &record, except);
        }
    }
}

/// The settings of a controller that gave up BR/EDR (recorded).
fn without_bredr(settings: Settings) -> Settings {
    let gone = [
        Setting::Bredr,
        Setting::Ssp,
        Setting::LinkSecurity,
        Setting::FastConnectable,
        Setting::Discoverable,
    ];
    gone.into_iter().fold(settings, |settings, setting| settings.with(setting, false))
}

fn up_to_two(request: &Request, name: &str) -> Result<u64, Status> {
    let number = request.number(name);
    if number <= 2 { Ok(number) } else { Err(Status::INVALID_PARAMETERS) }
}
