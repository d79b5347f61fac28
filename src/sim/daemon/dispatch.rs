//! Which part of bluetoothd a call is for.

use super::{
    AdapterId, Daemon, DeviceId,
    interfaces::{
        ADAPTER, ADVERTISING_MANAGER, AGENT_MANAGER, BEARER_BREDR, BEARER_LE, DEVICE, DEVICE_SET,
        GATT_CHARACTERISTIC, GATT_DESCRIPTOR, GATT_MANAGER, MEDIA, MEDIA_CONTROL, MEDIA_ENDPOINT,
        MEDIA_PLAYER, MEDIA_TRANSPORT, MONITOR_MANAGER, NETWORK, PROFILE_MANAGER,
    },
};
use crate::sim::{
    bus::{
        self, Answer, Answered, Call, INTROSPECTABLE, OBJECT_MANAGER, PEER, PROPERTIES, Refusal,
    },
    error::Bearer,
};

impl Daemon {
    /// Works a call off, and answers it if its answer is known.
    pub(in crate::sim) fn call(&mut self, call: &Call) {
        match self.route(call) {
            Ok(Answer::Empty) => self.bus.reply(call, &()),
            Ok(Answer::Message(message)) => self.bus.answer(call, &message),
            Ok(Answer::Later) => {}
            Err(refusal) => self.bus.refuse(call, &refusal),
        }
    }

    fn route(&mut self, call: &Call) -> Answered {
        let interface = bus::declared(&self.bus.tree, call)?;
        let path = call.path();
        if interface == ADAPTER.name {
            let id = self.adapter_at(&path).ok_or_else(Refusal::does_not_exist)?;
            self.adapter_method(id, call)
        } else if interface == DEVICE.name {
            let id = self.device_at(&path).ok_or_else(Refusal::does_not_exist)?;
            self.device_method(id, call)
        } else if [BEARER_LE.name, BEARER_BREDR.name].contains(&interface) {
            let id = self.device_at(&path).ok_or_else(Refusal::does_not_exist)?;
            let is_le = interface == BEARER_LE.name;
            self.bearer_method(id, if is_le { Bearer::Le } else { Bearer::BrEdr }, call)
        } else if [GATT_CHARACTERISTIC.name, GATT_DESCRIPTOR.name].contains(&interface) {
            self.gatt_method(call)
        } else if interface == ADVERTISING_MANAGER.name {
            let id = self.adapter_at(&path).ok_or_else(Refusal::does_not_exist)?;
            self.advertising_method(id, call)
        } else if interface == MONITOR_MANAGER.name {
            let id = self.adapter_at(&path).ok_or_else(Refusal::does_not_exist)?;
            self.monitor_method(id, call)
        } else if interface == GATT_MANAGER.name {
            let id = self.adapter_at(&path).ok_or_else(Refusal::does_not_exist)?;
            self.application_method(id, call)
        } else if interface == AGENT_MANAGER.name {
            self.agent_manager_method(call)
        } else if interface == PROFILE_MANAGER.name {
            self.profile_manager_method(call)
        } else if interface == NETWORK.name {
            let id = self.device_at(&path).ok_or_else(Refusal::does_not_exist)?;
            self.network_method(id, call)
        } else if interface == DEVICE_SET.name {
            self.set_method()
        } else if interface == MEDIA_TRANSPORT.name {
            match self.is_isochronous(&path) {
                true => self.isochronous_method(call),
                false => self.transport_method(call),
            }
        } else if interface == MEDIA_PLAYER.name {
            self.player_method(call)
        } else if interface == MEDIA_CONTROL.name {
            let id = self.device_at(&path).ok_or_else(Refusal::does_not_exist)?;
            self.control_method(id, call)
        } else if interface == MEDIA_ENDPOINT.name {
            match self.published_method(call) {
                Some(answered) => answered,
                None => self.remote_endpoint_method(),
            }
        } else if interface == MEDIA.name {
            let id = self.adapter_at(&path).ok_or_else(Refusal::does_not_exist)?;
            match self.media_method(id, call) {
                Some(answered) => answered,
                None => self.standard_method(interface, call),
            }
        } else {
            self.standard_method(interface, call)
        }
    }

    fn standard_method(&mut self, interface: &str, call: &Call) -> Answered {
        let tree = &self.bus.tree;
        let member = call.member();
        match member.as_str() {
            "Get" if interface == PROPERTIES.name => bus::get(tree, call),
            "GetAll" if interface == PROPERTIES.name => bus::get_all(tree, call),
            "Set" if interface == PROPERTIES.name => self.set_property(call),
            "Introspect" if interface == INTROSPECTABLE.name => bus::introspection(tree, call),
            "GetManagedObjects" if interface == OBJECT_MANAGER.name => {
                bus::managed_objects(tree, call)
            }
            "Ping" if interface == PEER.name => Ok(Answer::Empty),
            "GetMachineId" if interface == PEER.name => call.answer(&"0".repeat(32)),
            // Declared because a client looks for it; the simulator does not carry it out yet.
            _ => Err(Refusal::unknown(true, &member, &call.signature(), interface)),
        }
    }

    fn set_property(&mut self, call: &Call) -> Answered {
        let (interface, property, value) = bus::writable(&self.bus.tree, call)?;
        let path = call.path();
        if interface.name == ADAPTER.name {
            let id = self.adapter_at(&path).ok_or_else(Refusal::does_not_exist)?;
            self.set_adapter(id, property, value, call)
        } else if interface.name == MEDIA_TRANSPORT.name && self.is_isochronous(&path) {
            // Volume, metadata and the like, which no device of a scene takes.
            Err(Refusal::not_authorized())
        } else if interface.name == DEVICE_SET.name {
            self.set_set(&path, property, &value)
        } else if interface.name == MEDIA_TRANSPORT.name {
            self.set_transport(property, &value, call)
        } else if interface.name == MEDIA_PLAYER.name {
            self.set_player(property, &value, call)
        } else {
            let id = self.device_at(&path).ok_or_else(Refusal::does_not_exist)?;
            self.set_device(id, property, value)
        }
    }

    /// The adapter whose object is at a path.
    fn adapter_at(&self, path: &str) -> Option<AdapterId> {
        self.adapters.ids().find(|id| self.adapters[*id].path == path)
    }

    /// The device whose object is at a path, if bluetoothd knows it.
    pub(super) fn device_at(&self, path: &str) -> Option<DeviceId> {
        let id = *self.paths.get(path)?;
        self.devices[id].record.is_some().then_some(id)
    }
}
