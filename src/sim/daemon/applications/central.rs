//! A device that is a central, on the link that it has made: what it does with the applications of clients, as
//! bluetoothd passes it on to them (`send_read`, `send_write`, `ccc_write_cb` in `src/gatt-database.c`).

use std::{collections::BTreeMap, time::Duration};

use zbus::{ObjectPath, Variant, message::Message};

use super::{Application, Awaited, Characteristic};
use crate::sim::{
    bus::Client,
    daemon::{AdapterId, Daemon, DeviceId, Due, Reason},
    error::Bearer,
    scene::{Deed, Operation, Security, Uuid},
    timers::TimerId,
};

const CHARACTERISTIC: &str = "org.bluez.GattCharacteristic1";
/// How soon a device tries again that could not connect, for one because nobody advertises.
const TRIES_AGAIN: Duration = Duration::from_secs(1);
/// How long a device waits for a pairing that an attribute needs (Core Spec Vol 3, Part H, 3.4).
const PATIENCE: Duration = Duration::from_secs(30);

/// What a central is at.
#[derive(Default)]
pub(super) struct Doing {
    /// Which of its links.
    link: usize,
    is_linked: bool,
    /// Which of its deeds comes next.
    next: usize,
    /// Whether it pairs for that one, or has.
    pairs: bool,
    timer: Option<TimerId>,
}

/// A characteristic that a device uses.
struct Used {
    client: Client,
    path: String,
    needs: Option<Security>,
}

impl Daemon {
    /// An application has been registered: devices that are centrals will come.
    pub(super) fn centrals_may_come(&mut self, adapter: AdapterId) {
        for id in self.devices.ids::<DeviceId>().collect::<Vec<_>>() {
            let device = &self.devices[id];
            let is_central = device.adapter == adapter && !device.peer.spec.central.is_empty();
            let links = device.peer.spec.central.len();
            let doing = self.applications.doing.get(&id);
            let is_free = doing.is_none_or(|doing| !doing.is_linked && doing.link >= links);
            if is_central && is_free {
                self.applications.doing.insert(id, Doing::default());
                self.plan_link(id);
            }
        }
    }

    fn plan_link(&mut self, id: DeviceId) {
        let Some(doing) = self.applications.doing.get(&id) else { return };
        let peer = &mut self.devices[id].peer;
        let Some(after) = peer.spec.central.get(doing.link).map(|central| central.after) else {
            return;
        };
        let after = peer.notifies_after(after);
        self.plan_deed(id, after);
    }

    fn plan_deed(&mut self, id: DeviceId, after: Duration) {
        let timer = self.timers.arm(after, Due::CentralActs(id));
        let doing = self.applications.doing.get_mut(&id);
        if let Some(earlier) = doing.and_then(|doing| doing.timer.replace(timer)) {
            self.timers.disarm(earlier);
        }
    }

    /// A central does the next thing.
    pub(in crate::sim::daemon) fn central_acts(&mut self, id: DeviceId) {
        let Some(doing) = self.applications.doing.get_mut(&id) else { return };
        doing.timer = None;
        let (link, next, is_linked) = (doing.link, doing.next, doing.is_linked);
        if !is_linked {
            return self.central_connects(id);
        }
        let Some(central) = self.devices[id].peer.spec.central.get(link) else { return };
        match central.does.get(next).cloned() {
            Some(deed) => self.carry_out_deed(id, &deed),
            None if central.stays => {}
            None => self.link_ended(id, Bearer::Le, Reason::Remote),
        }
    }

    fn central_connects(&mut self, id: DeviceId) {
        let device = &self.devices[id];
        let is_blocked = device.record.as_ref().is_some_and(|record| record.stored.blocked);
        let can = device.peer.is_present() && !is_blocked && device.bearer() == Bearer::Le;
        let is_heard = self.advertisements.are_sent(device.adapter);
        if !can || !is_heard || !self.adapter_of(id).power.is_on() {
            return self.plan_deed(id, TRIES_AGAIN);
        }
        if !self.devices[id].is_connected() {
            if self.devices[id].record.is_none() {
                self.make_record(id, None);
            }
            self.link_came_up(id, Bearer::Le);
            // bluetoothd wants to know the device's own services too.
            self.resolve_services(id, Bearer::Le);
        }
        if let Some(doing) = self.applications.doing.get_mut(&id) {
            doing.is_linked = true;
        }
        let after = self.devices[id].peer.takes(Operation::Resolve);
        self.plan_deed(id, after);
    }

    fn carry_out_deed(&mut self, id: DeviceId, deed: &Deed) {
        if let Deed::Wait(time) = deed {
            return self.deed_is_over(id, *time);
        }
        let Some(used) = self.used(id, deed) else {
            return self.deed_done(id);
        };
        let needs = used.needs.unwrap_or_default();
        if self.security(id) < needs {
            return self.pair_for_deed(id);
        }
        let client = &used.client;
        let serial = match deed {
            Deed::Read(_) => {
                let options = self.options(id);
                self.bus.request(client, &used.path, (CHARACTERISTIC, "ReadValue"), &options)
            }
            Deed::Write { value, command, .. } => {
                let body = (value, self.options(id));
                let method = (CHARACTERISTIC, "WriteValue");
                let serial = self.bus.request(client, &used.path, method, &body);
                // Nobody waits for the answer to a command.
                serial.filter(|_| !command)
            }
            Deed::Subscribe(_) => {
                if self.subscribe(id, &used.path, client) {
                    self.bus.request(client, &used.path, (CHARACTERISTIC, "StartNotify"), &());
                }
                None
            }
            Deed::Unsubscribe(_) => {
                self.unsubscribe(id, |characteristic| characteristic.path == used.path);
                None
            }
            Deed::Wait(_) => None,
        };
        match serial {
            Some(serial) => self.applications.awaited.push((serial, Awaited::Deed(id))),
            None => self.deed_done(id),
        }
    }

    /// A client has answered, or nobody has to: the device goes on.
    pub(super) fn deed_done(&mut self, id: DeviceId) {
        let after = self.devices[id].peer.takes(Operation::Read);
        self.deed_is_over(id, after);
    }

    fn deed_is_over(&mut self, id: DeviceId, after: Duration) {
        let Some(doing) = self.applications.doing.get_mut(&id).filter(|doing| doing.is_linked)
        else {
            return;
        };
        doing.next += 1;
        doing.pairs = false;
        self.plan_deed(id, after);
    }

    /// The device pairs because an attribute needs it, once for each deed.
    fn pair_for_deed(&mut self, id: DeviceId) {
        let Some(doing) = self.applications.doing.get_mut(&id) else { return };
        if std::mem::replace(&mut doing.pairs, true) {
            return self.deed_done(id);
        }
        self.plan_deed(id, PATIENCE);
        self.device_begins(id);
    }

    /// A device has paired: what it paired for comes next.
    pub(in crate::sim::daemon) fn central_is_paired(&mut self, id: DeviceId) {
        if self.applications.doing.get(&id).is_some_and(|doing| doing.pairs) {
            let after = self.devices[id].peer.takes(Operation::Read);
            self.plan_deed(id, after);
        }
    }

    /// The link of a device is down: it listens no more, and comes back if the scene says so.
    pub(in crate::sim::daemon) fn central_is_gone(&mut self, id: DeviceId) {
        self.unsubscribe(id, |_| true);
        self.applications.awaited.retain(|(_, awaited)| *awaited != Awaited::Deed(id));
        let Some(doing) = self.applications.doing.get_mut(&id).filter(|doing| doing.is_linked)
        else {
            return;
        };
        let timer = doing.timer.take();
        *doing = Doing { link: doing.link + 1, ..Doing::default() };
        if let Some(timer) = timer {
            self.timers.disarm(timer);
        }
        self.plan_link(id);
    }

    /// The characteristic that a deed is about, if an application of the device's adapter has it and lets it.
    fn used(&self, id: DeviceId, deed: &Deed) -> Option<Used> {
        let wanted = match deed {
            Deed::Read(uuid) | Deed::Subscribe(uuid) | Deed::Unsubscribe(uuid) => uuid,
            Deed::Write { uuid, .. } => uuid,
            Deed::Wait(_) => return None,
        };
        let (application, characteristic) = self.served(id, wanted)?;
        let permissions = characteristic.permissions;
        let needs = match deed {
            Deed::Read(_) => Some(permissions.read?),
            Deed::Write { .. } => Some(permissions.write?),
            Deed::Subscribe(_) => Some(permissions.subscribe?),
            _ => None,
        };
        let (client, path) = (application.client.clone(), characteristic.path.clone());
        Some(Used { client, path, needs })
    }

    fn served(&self, id: DeviceId, uuid: &Uuid) -> Option<(&Application, &Characteristic)> {
        let adapter = self.devices[id].adapter;
        let here = self.applications.row.iter().filter(|each| each.adapter == adapter);
        let mut all = here.flat_map(|each| each.characteristics.iter().map(move |c| (each, c)));
        all.find(|(_, characteristic)| characteristic.uuid == *uuid)
    }

    /// What a client is told of who asks (`append_options`).
    fn options(&self, id: DeviceId) -> BTreeMap<&'static str, Variant<'static>> {
        let path = ObjectPath::from_string_unchecked(self.devices[id].path.clone());
        BTreeMap::from([
            ("device", Variant::ObjectPath(path)),
            ("link", Variant::from("LE")),
            ("mtu", Variant::from(self.mtu(id))),
        ])
    }

    /// A device listens to a characteristic. Returns whether the client is to know: it is told of each.
    fn subscribe(&mut self, id: DeviceId, path: &str, client: &Client) -> bool {
        let own = self.applications.row.iter_mut().filter(|each| each.client == *client);
        let mut all = own.flat_map(|each| &mut each.characteristics);
        let Some(characteristic) = all.find(|each| each.path == path) else { return false };
        let is_new = !characteristic.subscribers.contains(&id);
        if is_new {
            characteristic.subscribers.push(id);
        }
        is_new
    }

    /// A device listens no more. A client whom nobody listens to any more is told.
    fn unsubscribe(&mut self, id: DeviceId, to: impl Fn(&Characteristic) -> bool) {
        let mut silent = Vec::new();
        for application in &mut self.applications.row {
            for characteristic in application.characteristics.iter_mut().filter(|each| to(each)) {
                let before = characteristic.subscribers.len();
                characteristic.subscribers.retain(|subscriber| *subscriber != id);
                if before > 0 && characteristic.subscribers.is_empty() {
                    silent.push((application.client.clone(), characteristic.path.clone()));
                }
            }
        }
        for (client, path) in silent {
            self.bus.request(&client, &path, (CHARACTERISTIC, "StopNotify"), &());
        }
    }

    /// A client tells a value of its application: devices that take indications confirm it.
    pub(super) fn value_told(&mut self, message: &Message) {
        let header = message.header();
        let Some(path) = header.path().map(|path| path.as_str().to_owned()) else { return };
        if header.member().is_none_or(|member| member.as_str() != "PropertiesChanged") {
            return;
        }
        let body = message.body();
        type Changes = (String, BTreeMap<String, zbus::OwnedVariant>, Vec<String>);
        let Ok((interface, changed, _)) = body.deserialize::<Changes>() else { return };
        if interface != CHARACTERISTIC || !changed.contains_key("Value") {
            return;
        }
        let confirmed = self.applications.row.iter().find_map(|application| {
            let sent = application.client.sent(message);
            let mut all = application.characteristics.iter().filter(|_| sent);
            let indicates = |each: &&Characteristic| {
                each.path == path && !each.subscribers.is_empty() && !each.permissions.has_notify()
            };
            all.find(indicates).map(|_| application.client.clone())
        });
        if let Some(client) = confirmed {
            self.bus.request(&client, &path, (CHARACTERISTIC, "Confirm"), &());
        }
    }
}
