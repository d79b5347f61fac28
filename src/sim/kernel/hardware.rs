//! What befalls a controller: it is pulled out and put back, rfkill blocks it and lets it go.
//! Whether a bluetoothd looks does not matter.

use super::{Kernel, Place, Reason, Status, Version};
use crate::mgmt::protocol::Setting;
use crate::sim::scene::Mishap;

impl Kernel {
    /// An incident begins or ends, for the controllers at those places of the scene.
    pub(in crate::sim) fn befall(
        &mut self,
        mishap: Mishap,
        begins: bool,
        reaches: impl Fn(usize) -> bool,
    ) {
        let reached: Vec<_> =
            self.controllers.places().filter(|place| reaches(place.number())).collect();
        for place in reached {
            let controller = &mut self.controllers[place];
            match mishap {
                Mishap::Unplug if hold(&mut controller.pulled, begins) => match begins {
                    true => self.pulled(place),
                    false => self.plugged(place),
                },
                Mishap::Rfkill if hold(&mut controller.blocked, begins) && begins => {
                    self.blocked(place);
                }
                _ => {}
            }
        }
    }

    /// Recorded on 7.2: what was under way fails, it is off, it is gone; nothing is said of its
    /// links.
    fn pulled(&mut self, place: Place) {
        self.end_pairing(place, Status::INVALID_INDEX);
        self.end_pending(place, Status::INVALID_INDEX);
        let controller = &mut self.controllers[place];
        controller.links.clear();
        controller.scan = None;
        controller.asked = None;
        let hides = controller.hides.take();
        let before = controller.shown_settings();
        let class = controller.class();
        controller.settings = controller.settings.with(Setting::Powered, false);
        if let Some(timer) = hides {
            self.timers.disarm(timer);
        }
        if class != 0 {
            self.tell_class(place);
        }
        self.tell_settings(place, before, None);
        self.tell_index(place, false);
    }

    fn plugged(&mut self, place: Place) {
        self.controllers[place].start_over(self.version);
        self.tell_index(place, true);
    }

    fn blocked(&mut self, place: Place) {
        let controller = &self.controllers[place];
        if !controller.is_plugged() || !controller.is_on() {
            return;
        }
        // 6.1 says nothing of the links then (recorded).
        if self.version == Version::V5_66 {
            self.controllers[place].links.clear();
        }
        self.goes_off(place, None, Reason::LocalHost);
    }
}

/// Counts who holds something. Returns whether it is the first to come or the last to go.
fn hold(holders: &mut u32, comes: bool) -> bool {
    match comes {
        true => *holders += 1,
        false => *holders = holders.saturating_sub(1),
    }
    *holders == u32::from(comes)
}
