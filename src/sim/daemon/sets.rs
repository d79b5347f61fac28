//! Coordinated sets, as `bluetoothd --experimental` has them (`src/set.c`, `profiles/audio/csip.c`;
//! `doc/org.bluez.DeviceSet.rst`): there is a set while one of its members is known, and whoever is heard and belongs to
//! it is connected.

use std::collections::BTreeMap;

use super::{
    AdapterId, Daemon, DeviceId, Due,
    interfaces::DEVICE_SET,
    value::{dictionary, object_path},
};
use crate::sim::{
    bus::{Answer, Answered, Refusal, Value},
    error::Bearer,
    scene::{Membership, Operation, Security, Version},
};

/// A set that bluetoothd knows.
pub(super) struct Set {
    adapter: AdapterId,
    path: String,
    sirk: [u8; 16],
    auto_connect: bool,
    members: Vec<DeviceId>,
}

impl Daemon {
    /// A device whose services are known is connected, or its link has become secure: what it says of its set is read next.
    pub(super) fn reads_set(&mut self, id: DeviceId) {
        if self.membership(id).is_none() {
            return;
        }
        // Three characteristics, one after the other: key, size and rank.
        let peer = &mut self.devices[id].peer;
        let after = (0..3).map(|_| peer.takes(Operation::Read)).sum();
        self.timers.arm(after, Due::SetRead(id));
    }

    /// A device has said which set it belongs to, or wants to be paired with first.
    pub(in crate::sim) fn set_read(&mut self, id: DeviceId) {
        let device = &self.devices[id];
        if !device.is_connected() || device.is_dropping_on(Bearer::Le) {
            return;
        }
        if self.security(id) != Security::None {
            return self.joins_set(id, true);
        }
        if self.record(id).is_some_and(|record| record.bonding.is_none()) {
            self.begin_bonding(id, Bearer::Le, None, None);
            self.go_on_pairing(id);
        }
    }

    /// bluetoothd has loaded a device that it knew for a member.
    pub(super) fn loads_set(&mut self, id: DeviceId) {
        if self.membership(id).is_some() {
            self.joins_set(id, false);
        }
    }

    /// A device is a member: of a set that is known, or of a new one (`btd_set_add_device`).
    fn joins_set(&mut self, id: DeviceId, is_up: bool) {
        let Some(membership) = self.membership(id) else { return };
        let adapter = self.devices[id].adapter;
        let is_it = |set: &Set| set.adapter == adapter && set.sirk == membership.sirk;
        let at = match self.sets.iter().position(is_it) {
            Some(at) => {
                if !self.sets[at].members.contains(&id) {
                    self.sets[at].members.push(id);
                    self.show_members(at);
                }
                if is_up && self.sets[at].auto_connect {
                    self.connects_member(at);
                }
                at
            }
            None => self.makes_set(id, &membership),
        };
        let path = self.sets[at].path.clone();
        self.connects_strangers(at);
        if let Some(record) = self.record(id) {
            record.stored.in_set = true;
        }
        self.bus.flush();
        self.show_device(id, "Sets", Some(sets(path, membership.rank)));
    }

    fn makes_set(&mut self, id: DeviceId, membership: &Membership) -> usize {
        let adapter = self.devices[id].adapter;
        let on = &self.adapters[adapter].path;
        let digits: String =
            membership.sirk.iter().rev().map(|byte| format!("{byte:02x}")).collect();
        let set = Set {
            adapter,
            path: format!("{on}/set_{digits}"),
            sirk: membership.sirk,
            auto_connect: true,
            members: vec![id],
        };
        let values = vec![
            ("Adapter", object_path(on)),
            ("AutoConnect", true.into()),
            ("Devices", self.member_paths(&set)),
            ("Size", membership.size.into()),
        ];
        self.bus.tree.add(&set.path, &DEVICE_SET, values);
        self.sets.push(set);
        self.sets.len() - 1
    }

    /// bluetoothd forgets a device, and with the last member the set.
    pub(super) fn leaves_set(&mut self, id: DeviceId) {
        let Some(at) = self.sets.iter().position(|set| set.members.contains(&id)) else { return };
        self.sets[at].members.retain(|member| *member != id);
        if self.sets[at].members.is_empty() {
            let gone = self.sets.remove(at);
            return self.bus.tree.remove(&gone.path);
        }
        self.show_members(at);
    }

    /// Connects the first member that is not (`set_connect_next`).
    fn connects_member(&mut self, at: usize) {
        let members = self.sets[at].members.clone();
        let _ = members.into_iter().find(|member| self.connects_for_set(*member));
    }

    /// Connects who is heard and tells in its advertisement that it belongs to a set (RSI), and is no member yet.
    fn connects_strangers(&mut self, at: usize) {
        let (adapter, sirk) = (self.sets[at].adapter, self.sets[at].sirk);
        for id in self.known_devices(adapter) {
            let is_of_set = self.membership(id).is_some_and(|own| own.sirk == sirk);
            let is_heard = self.record(id).is_some_and(|record| record.found_in > 0);
            if is_of_set && is_heard && !self.sets[at].members.contains(&id) {
                self.connects_for_set(id);
            }
        }
    }

    /// Connects a device that nobody asked for. Returns whether that was begun.
    fn connects_for_set(&mut self, id: DeviceId) -> bool {
        if !self.is_unconnected(id) {
            return false;
        }
        if let Ok(effect) = self.device_fault(id, Operation::Connect) {
            self.attempt(id, effect);
        }
        true
    }

    fn show_members(&mut self, at: usize) {
        let set = &self.sets[at];
        let members = self.member_paths(set);
        self.bus.tree.set(&set.path, &DEVICE_SET, "Devices", Some(members));
    }

    fn member_paths(&self, set: &Set) -> Value {
        let paths = set.members.iter().map(|id| self.devices[*id].path.clone());
        let paths: Vec<_> = paths.map(zbus::ObjectPath::from_string_unchecked).collect();
        Value::from(paths)
    }

    /// What a device says of its set, where this bluetoothd reads that.
    fn membership(&self, id: DeviceId) -> Option<Membership> {
        let has_sets = self.shows_experimental && self.version >= Version::V5_82;
        self.devices[id].peer.spec.set.clone().filter(|_| has_sets)
    }

    /// A method of a set. bluetoothd has both without a body, and never answers (`TODO` in `src/set.c`, up to 5.87;
    /// seen in the lab).
    pub(super) fn set_method(&mut self) -> Answered {
        Ok(Answer::Later)
    }

    /// Changes the one property of a set that a client may change; nobody is told.
    pub(super) fn set_set(&mut self, path: &str, property: &str, value: &Value) -> Answered {
        let set = self.sets.iter_mut().find(|set| set.path == path);
        let set = set.ok_or_else(Refusal::does_not_exist)?;
        let ("AutoConnect", Value::Bool(on)) = (property, value) else {
            return Err(Refusal::invalid_arguments());
        };
        set.auto_connect = *on;
        self.bus.tree.set_in_silence(path, &DEVICE_SET, property, Some((*on).into()));
        Ok(Answer::Empty)
    }
}

/// `Device1.Sets`: the set that a device is a member of, and its rank in it.
fn sets(path: String, rank: u8) -> Value {
    let more = dictionary(BTreeMap::from([("Rank".to_owned(), Value::from(rank))]));
    let key = zbus::ObjectPath::from_string_unchecked(path);
    let mut sets = zbus::Dict::new(&zbus::Signature::ObjectPath, more.value_signature());
    // Key and value have the dictionary's types: it cannot refuse them.
    let _ = sets.append(key.into(), more);
    Value::Dict(sets)
}
