//! Power: a switching that takes its time, and what goes with it when it goes.

use super::{Deed, Kernel, Place, Reason, Request, Status, Taken};
use crate::mgmt::protocol::Setting;

/// What Set Powered answers while rfkill holds the controller off: recorded, since 6.1 at the
/// latest. The document's RFKilled was lost when the kernel came to switch power in its queue of
/// commands.
const BLOCKED: Status = Status::FAILED;

impl Kernel {
    pub(super) fn set_powered(&mut self, place: Place, request: &Request) -> Taken {
        let wanted = request.switch("powered")?;
        self.check_idle(place, &["Set Powered"])?;
        let controller = &self.controllers[place];
        if controller.is_on() == wanted {
            self.complete_settings(place, request);
            return Ok(());
        }
        if wanted && controller.is_blocked() {
            return Err(BLOCKED);
        }
        let after = controller.spec.power.draw(&mut self.chance);
        self.later_after(place, request, after)
    }

    /// The controller has been switched on or off for a client.
    pub(super) fn switched(&mut self, place: Place, request: &Request) -> Taken {
        let on = request.number("powered") > 0;
        if on && self.controllers[place].is_blocked() {
            return Err(BLOCKED);
        }
        match on {
            true => self.goes_on(place, Some(request)),
            false => self.goes_off(place, Some(request), Reason::LocalHost),
        }
        Ok(())
    }

    /// A controller goes on, for a client or for bluetoothd.
    pub(super) fn goes_on(&mut self, place: Place, request: Option<&Request>) {
        let before = self.controllers[place].shown_settings();
        let controller = &mut self.controllers[place];
        controller.settings = controller.settings.with(Setting::Powered, true);
        let class_is_due = std::mem::take(&mut controller.class_is_due);
        self.answer_power(place, request);
        self.tell_settings(place, before, request.map(|request| request.client));
        if class_is_due {
            self.tell_class(place);
        }
        self.report_power(place, request, true);
    }

    /// A controller goes off: its links end first, then the scan; the others hear the class before
    /// the settings, and so does who asked, after the answer (recorded).
    pub(super) fn goes_off(&mut self, place: Place, request: Option<&Request>, reason: Reason) {
        self.end_pairing(place, Status::NOT_POWERED);
        self.end_all_links(place, reason);
        self.scan_stops(place);
        let before = self.controllers[place].shown_settings();
        let class = self.controllers[place].class();
        let controller = &mut self.controllers[place];
        controller.settings = controller.settings.with(Setting::Powered, false);
        // Recorded with bluetoothd's three minutes: a limit on being found ends with power, and
        // being found with it.
        if let Some(timer) = controller.hides.take() {
            controller.settings = controller.settings.with(Setting::Discoverable, false);
            controller.limited = false;
            self.timers.disarm(timer);
        }
        self.answer_power(place, request);
        self.end_pending(place, Status::NOT_POWERED);
        if class != 0 {
            self.tell_class(place);
        }
        self.tell_settings(place, before, request.map(|request| request.client));
        self.report_power(place, request, false);
        if request.is_some() {
            self.report_modes(place, before);
        }
    }

    fn answer_power(&mut self, place: Place, request: Option<&Request>) {
        if let Some(request) = request {
            self.complete_settings(place, request);
        }
    }

    /// bluetoothd hears of what a client did; what it did itself, it knows.
    fn report_power(&mut self, place: Place, request: Option<&Request>, on: bool) {
        if request.is_some() {
            self.deeds.push(Deed::Powered(place.number(), on));
        }
    }
}
