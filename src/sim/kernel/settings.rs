//! The settings that a client can switch (doc/mgmt-protocol.rst): what changes with each, and who
//! hears of it.

use std::time::Duration;

use super::{ClientId, Deed, Due, Kernel, Mode, Place, Request, Taken, allowed::When};
use crate::mgmt::protocol::{Address, Record, Setting, Settings};

impl Kernel {
    pub(super) fn set(&mut self, place: Place, request: &Request) -> Taken {
        match self.allowed(place, request)? {
            When::Now => self.apply(place, request),
            When::Later => self.later(place, request),
        }
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

    /// Tells the settings if they have changed: the clients, but for the one that asked for it, and
    /// bluetoothd.
    pub(super) fn settings_changed(
        &mut self,
        place: Place,
        before: Settings,
        except: Option<ClientId>,
    ) {
        self.tell_settings(place, before, except);
        self.report_modes(place, before);
    }

    /// bluetoothd hears which of the settings that it shows have changed.
    pub(super) fn report_modes(&mut self, place: Place, before: Settings) {
        let now = self.controllers[place].settings;
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
