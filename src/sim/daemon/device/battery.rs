//! The battery of an LE device (`doc/org.bluez.Battery.rst`): there while its service is connected,
//! gone as soon as somebody asks for the end of the link.

use super::DeviceId;
use crate::sim::{
    daemon::{Daemon, interfaces::BATTERY},
    error::Bearer,
};

impl Daemon {
    /// Shows the battery of a device that has one.
    pub(super) fn show_battery(&mut self, id: DeviceId) {
        let device = &mut self.devices[id];
        if device.is_dropping_on(Bearer::Le) {
            return;
        }
        let is_le = device.peer.spec.transport.has_le();
        let served = if is_le { device.peer.database().battery() } else { None };
        let Some(percentage) = served.map(|(_, level)| level).or(device.peer.spec.battery) else {
            return;
        };
        let values =
            vec![("Percentage", percentage.into()), ("Source", "GATT Battery Service".into())];
        self.bus.tree.add(&device.path, &BATTERY, values);
        if let Some((handle, _)) = served {
            self.configure_listening(id, handle);
        }
    }

    /// The battery's service is not connected any more.
    pub(super) fn hide_battery(&mut self, id: DeviceId) {
        let path = &self.devices[id].path;
        self.bus.tree.remove_interface(path, &BATTERY);
    }
}
