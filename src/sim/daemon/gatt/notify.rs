//! `StartNotify` and `StopNotify`: each client listens for itself, the device sends once (`notify_client` in
//! `src/gatt-client.c`).

use super::{attribute::Session, errors, request::Wanted};
use crate::sim::{
    bus::{Answer, Answered, Call, Client, Refusal},
    daemon::{
        Daemon, DeviceId, Due,
        interfaces::{BATTERY, GATT_CHARACTERISTIC},
    },
    error::Bearer,
};

impl Daemon {
    pub(super) fn start_notify(&mut self, id: DeviceId, handle: u16, call: &Call) -> Answered {
        if self.devices[id].is_dropping_on(Bearer::Le) {
            return Err(Refusal::new("org.bluez.Error.NotConnected", "Not Connected"));
        }
        let is_up = self.devices[id].is_up_on(Bearer::Le);
        let is_heard = self.is_heard(id, handle);
        let attribute = self.attribute(id, handle)?;
        if attribute.acquirer.is_some() {
            return Err(errors::not_permitted("Notify acquired"));
        }
        if !attribute.permissions.has_notifications() {
            return Err(errors::not_supported());
        }
        if let Some(session) = attribute.session(call.client()) {
            return match session.is_subscribed {
                true => Ok(Answer::Empty),
                false => Err(Refusal::in_progress()),
            };
        }
        let client = call.client().clone();
        attribute.sessions.push(Session { client: client.clone(), is_subscribed: false });
        if !is_up {
            // It is made up for when there is a link.
            return Ok(Answer::Empty);
        }
        if is_heard {
            self.subscribed(id, handle, &client, &[]);
            return Ok(Answer::Empty);
        }
        self.ask_device(id, handle, Wanted::Subscribe(client), Some(call))
    }

    /// The device sends its value from now on.
    pub(super) fn subscribed(
        &mut self,
        id: DeviceId,
        handle: u16,
        client: &Client,
        calls: &[Call],
    ) {
        let Ok(attribute) = self.attribute(id, handle) else { return };
        if let Some(session) = attribute.session(client) {
            session.is_subscribed = true;
        }
        let has_begun = attribute.has_subscription() && !attribute.notifying;
        if has_begun {
            attribute.notifying = true;
            self.show_notifying(id, handle);
        }
        self.configure_listening(id, handle);
        for call in calls {
            self.bus.reply(call, &());
        }
    }

    pub(super) fn stop_notify(&mut self, id: DeviceId, handle: u16, call: &Call) -> Answered {
        let attribute = self.attribute(id, handle)?;
        if attribute.acquirer.as_ref().is_some_and(|acquirer| acquirer.socket.is_some()) {
            self.release_notify(id, handle);
            return Ok(Answer::Empty);
        }
        let before = attribute.sessions.len();
        attribute.sessions.retain(|session| session.client != *call.client());
        if attribute.sessions.len() == before {
            return Err(Refusal::failed("No notify session started"));
        }
        self.update_notifying(id, handle);
        Ok(Answer::Empty)
    }

    /// A client listens no more: is there another?
    pub(super) fn update_notifying(&mut self, id: DeviceId, handle: u16) {
        let Ok(attribute) = self.attribute(id, handle) else { return };
        if attribute.notifying && !attribute.has_subscription() {
            attribute.notifying = false;
            self.show_notifying(id, handle);
        }
        if !self.is_heard(id, handle) {
            self.stop_listening(id, handle);
        }
    }

    fn show_notifying(&mut self, id: DeviceId, handle: u16) {
        let Ok(attribute) = self.attribute(id, handle) else { return };
        let (path, notifying) = (attribute.path.clone(), attribute.notifying);
        self.bus.tree.set(&path, &GATT_CHARACTERISTIC, "Notifying", Some(notifying.into()));
    }

    /// Whether somebody has the device send a characteristic's value: a client, or bluetoothd for itself.
    fn is_heard(&mut self, id: DeviceId, handle: u16) -> bool {
        let is_clients = self.attribute(id, handle).is_ok_and(|each| each.is_listened_to());
        is_clients || self.is_battery(id, handle)
    }

    fn is_battery(&mut self, id: DeviceId, handle: u16) -> bool {
        let battery = self.devices[id].peer.database().battery();
        let path = &self.devices[id].path;
        battery.is_some_and(|(level, _)| level == handle)
            && self.bus.tree.interface(path, BATTERY.name).is_some()
    }

    /// The device knows that somebody listens.
    pub(in crate::sim::daemon) fn configure_listening(&mut self, id: DeviceId, handle: u16) {
        self.devices[id].peer.database().configure(handle, true);
        let is_planned = self.gatt(id).is_none_or(|gatt| gatt.notifications.contains_key(&handle));
        if !is_planned {
            self.plan_notification(id, handle);
        }
    }

    fn stop_listening(&mut self, id: DeviceId, handle: u16) {
        let timer = self.gatt(id).and_then(|gatt| gatt.notifications.remove(&handle));
        if let Some(timer) = timer {
            self.timers.disarm(timer);
        }
        if self.devices[id].is_up_on(Bearer::Le) {
            self.devices[id].peer.database().configure(handle, false);
        }
    }

    fn plan_notification(&mut self, id: DeviceId, handle: u16) {
        let peer = &mut self.devices[id].peer;
        let spec = peer.database().characteristic(handle).map(|each| each.spec.notify_every);
        let Some(pause) = spec.flatten() else { return };
        let after = peer.notifies_after(pause);
        let timer = self.timers.arm(after, Due::Notifies(id, handle));
        if let Some(gatt) = self.gatt(id) {
            gatt.notifications.insert(handle, timer);
        }
    }

    /// The time has come for a characteristic to be notified.
    pub(in crate::sim::daemon) fn notifies(&mut self, id: DeviceId, handle: u16) {
        if let Some(gatt) = self.gatt(id) {
            gatt.notifications.remove(&handle);
        }
        if self.devices[id].is_up_on(Bearer::Le) && self.is_heard(id, handle) {
            self.notify_next(id, handle);
            self.plan_notification(id, handle);
        }
    }

    fn notify_next(&mut self, id: DeviceId, handle: u16) {
        self.devices[id].peer.database().take_next_value(handle);
        self.notify(id, handle);
    }

    /// The device sends its value to who listens, if anybody does.
    pub(super) fn notify(&mut self, id: DeviceId, handle: u16) {
        if !self.is_heard(id, handle) || !self.devices[id].peer.is_present() {
            return;
        }
        let room = usize::from(self.mtu(id).saturating_sub(3));
        let served = self.devices[id].peer.database().characteristic(handle);
        let Some(mut value) = served.map(|served| served.value().to_vec()) else { return };
        value.truncate(room);
        if self.is_battery(id, handle)
            && let Some(level) = value.first()
        {
            let path = self.devices[id].path.clone();
            self.bus.tree.set(&path, &BATTERY, "Percentage", Some((*level).into()));
        }
        let Ok(attribute) = self.attribute(id, handle) else { return };
        if let Some(socket) = attribute.acquirer.as_ref().and_then(|each| each.socket.as_ref()) {
            socket.send(&value);
        }
        if attribute.has_subscription() {
            self.show_value(id, handle, value);
            // Each notification is a signal of its own, also of the same value.
            self.bus.flush();
        }
    }
}
