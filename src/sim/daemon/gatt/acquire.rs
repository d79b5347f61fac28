//! `AcquireWrite` and `AcquireNotify`: a socket for a client alone, over which values pass without D-Bus
//! (`create_sock` in `src/gatt-client.c`).

use std::time::Duration;

use zbus::OwnedFd;

use super::{
    attribute::{Acquirer, Attribute},
    errors,
    request::Wanted,
};
use crate::sim::{
    bus::{Answer, Answered, Call, Refusal},
    daemon::{Daemon, DeviceId, interfaces::GATT_CHARACTERISTIC},
    error::Bearer,
    scene::{Operation, Version},
    sockets::{Heard, Socket},
};

/// How many packets that nobody answers fit in the time of one that is answered: some per connection event.
const PACKETS_AT_ONCE: u32 = 6;

impl Daemon {
    pub(super) fn acquire_write(&mut self, id: DeviceId, handle: u16, call: &Call) -> Answered {
        if !self.devices[id].is_up_on(Bearer::Le) {
            return Err(errors::not_connected());
        }
        let attribute = self.attribute(id, handle)?;
        if attribute.is_claimed {
            return Err(errors::not_authorized());
        }
        if attribute.write_socket.is_some() {
            return Err(errors::not_permitted("Write acquired"));
        }
        if !attribute.permissions.has_write_without_response() {
            return Err(errors::not_supported());
        }
        let (socket, theirs) = self.open_socket(id)?;
        let attribute = self.attribute(id, handle)?;
        attribute.write_socket = Some(socket);
        self.show_acquired(id, handle, "WriteAcquired", true);
        let body = (theirs, self.mtu(id));
        self.bus.reply(call, &body);
        Ok(Answer::Later)
    }

    pub(super) fn acquire_notify(&mut self, id: DeviceId, handle: u16, call: &Call) -> Answered {
        if !self.devices[id].is_up_on(Bearer::Le) {
            return Err(errors::not_connected());
        }
        let takes_indications = self.version > Version::V5_66;
        let attribute = self.attribute(id, handle)?;
        if attribute.acquirer.is_some() {
            return Err(errors::not_permitted("Notify acquired"));
        }
        if !attribute.sessions.is_empty() {
            return Err(Refusal::in_progress());
        }
        let permissions = attribute.permissions;
        let is_sent =
            permissions.has_notify() || (takes_indications && permissions.has_notifications());
        if !is_sent {
            return Err(errors::not_supported());
        }
        attribute.acquirer = Some(Acquirer::default());
        self.ask_device(id, handle, Wanted::Acquire, Some(call))
    }

    /// The device sends its value from now on, to the socket.
    pub(super) fn acquired(&mut self, id: DeviceId, handle: u16, calls: &[Call]) {
        let (socket, theirs) = match self.open_socket(id) {
            Ok(ends) => ends,
            Err(refusal) => {
                self.acquiring_failed(id, handle);
                return calls.iter().for_each(|call| self.bus.refuse(call, &refusal));
            }
        };
        let Ok(attribute) = self.attribute(id, handle) else { return };
        if let Some(acquirer) = &mut attribute.acquirer {
            acquirer.socket = Some(socket);
        }
        self.configure_listening(id, handle);
        self.show_acquired(id, handle, "NotifyAcquired", true);
        let body = (theirs, self.mtu(id));
        for call in calls {
            self.bus.reply(call, &body);
        }
    }

    /// The device does not send its value. Returns whether the client hears of it: before 5.87 it does not
    /// (`register_notify_io_cb`).
    pub(super) fn acquiring_failed(&mut self, id: DeviceId, handle: u16) -> bool {
        if let Ok(attribute) = self.attribute(id, handle) {
            attribute.acquirer = None;
        }
        self.version >= Version::V5_87
    }

    /// Nobody gets notifications over the socket any more.
    pub(super) fn release_notify(&mut self, id: DeviceId, handle: u16) {
        let Ok(attribute) = self.attribute(id, handle) else { return };
        let Some(acquirer) = attribute.acquirer.take() else { return };
        if acquirer.socket.is_some() {
            self.show_acquired(id, handle, "NotifyAcquired", false);
            self.update_notifying(id, handle);
        }
    }

    fn release_write(&mut self, id: DeviceId, handle: u16) {
        let Ok(attribute) = self.attribute(id, handle) else { return };
        if attribute.write_socket.take().is_some() {
            self.show_acquired(id, handle, "WriteAcquired", false);
        }
    }

    /// The link is down, and the sockets with it.
    pub(super) fn close_sockets(&mut self, id: DeviceId) {
        let Some(gatt) = self.gatt(id) else { return };
        let all: Vec<_> = gatt.attributes.keys().copied().collect();
        for handle in all {
            self.release_write(id, handle);
            self.release_notify(id, handle);
        }
    }

    /// A client has written into its socket, or closed it.
    pub(in crate::sim) fn heard_on_socket(&mut self, heard: &Heard) {
        if self.heard_on_profile(heard) {
            return;
        }
        for id in self.devices.ids::<DeviceId>().collect::<Vec<_>>() {
            let Some(gatt) = self.gatt(id) else { continue };
            let is_it = |socket: &&Socket| socket.id == heard.socket;
            let writes = |each: &Attribute| each.write_socket.as_ref().filter(is_it).is_some();
            let listens = |each: &Attribute| {
                each.acquirer.as_ref().and_then(|each| each.socket.as_ref()).filter(is_it).is_some()
            };
            let mut all = gatt.attributes.iter();
            let Some((handle, attribute)) = all.find(|(_, each)| writes(each) || listens(each))
            else {
                continue;
            };
            let (handle, writes) = (*handle, writes(attribute));
            return match &heard.packet {
                // What is written into the one for notifications is written all the same: `sock_read`.
                Some(packet) => self.command(id, handle, packet),
                None if writes => self.release_write(id, handle),
                None => self.release_notify(id, handle),
            };
        }
    }

    fn open_socket(&mut self, id: DeviceId) -> Result<(Socket, OwnedFd), Refusal> {
        let pace: Duration = self.devices[id].peer.takes(Operation::Write) / PACKETS_AT_ONCE;
        self.requests += 1;
        let opened = self.sockets.open(self.requests, pace);
        let (ours, theirs) = opened.map_err(|error| Refusal::failed(error.to_string()))?;
        Ok((ours, OwnedFd::from(theirs)))
    }

    fn show_acquired(&mut self, id: DeviceId, handle: u16, property: &str, is_so: bool) {
        let Ok(attribute) = self.attribute(id, handle) else { return };
        let path = attribute.path.clone();
        // It is there only where the flag is that goes with it.
        if self.bus.tree.get(&path, GATT_CHARACTERISTIC.name, property).is_some() {
            self.bus.tree.set(&path, &GATT_CHARACTERISTIC, property, Some(is_so.into()));
        }
    }
}
