//! The battery of an LE device (`doc/org.bluez.Battery.rst`): there while its service is connected,
//! gone as soon as somebody asks for the end of the link.

use super::DeviceId;
use crate::sim::daemon::{Daemon, interfaces::BATTERY};

impl Daemon {
    /// Shows the battery of a device that has one.
    pub(super) fn show_battery(&mut self, id: DeviceId) {
        let device = &self.devices[id];
        let Some(percentage) = device.peer.spec.battery.filter(|_| !device.is_dropping()) else {
            return;
        };
        let values =
            vec![("Percentage", percentage.into()), ("Source", "GATT Battery Service".into())];
        self.bus.tree.add(&device.path, &BATTERY, values);
    }

    /// The battery's service is not connected any more.
    pub(super) fn hide_battery(&mut self, id: DeviceId) {
        let path = &self.devices[id].path;
        self.bus.tree.remove_interface(path, &BATTERY);
    }
}
