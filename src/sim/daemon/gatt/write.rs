//! `WriteValue`: as a request, which the device answers, or as a command, which it does not
//! (`characteristic_write_value`, `descriptor_write_value`).

use std::collections::HashMap;

use zbus::OwnedVariant;

use super::{Options, errors, request::Wanted};
use crate::sim::{
    bus::{Answer, Answered, Call, Refusal, arguments},
    daemon::{Daemon, DeviceId, interfaces::GATT_DESCRIPTOR},
    error::Bearer,
    scene::{Effect, Operation, Permissions},
};

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Request,
    Command,
}

impl Daemon {
    pub(super) fn write_value(&mut self, id: DeviceId, handle: u16, call: &Call) -> Answered {
        if !self.devices[id].is_up_on(Bearer::Le) {
            return Err(errors::not_connected());
        }
        let attribute = self.attribute(id, handle)?;
        if attribute.write_socket.is_some() {
            return Err(errors::not_permitted("Write acquired"));
        }
        if attribute.writing.is_some() {
            return Err(Refusal::in_progress());
        }
        let (value, written): (Vec<u8>, HashMap<String, OwnedVariant>) = arguments(call)?;
        let options = Options::read(written)?;
        if attribute.is_claimed {
            return Err(errors::not_authorized());
        }
        if attribute.is_configuration {
            return Err(errors::not_permitted("Write not permitted"));
        }
        let is_descriptor = attribute.interface.name == GATT_DESCRIPTOR.name;
        let offset = options.offset;
        match way(attribute.permissions, &options) {
            _ if is_descriptor => {
                self.ask_device(id, handle, Wanted::Write { value, offset }, Some(call))
            }
            Some(Way::Request) => {
                self.ask_device(id, handle, Wanted::Write { value, offset }, Some(call))
            }
            Some(Way::Command) => self.write_command(id, handle, &value),
            None => Err(errors::not_supported()),
        }
    }

    fn write_command(&mut self, id: DeviceId, handle: u16, value: &[u8]) -> Answered {
        match self.device_fault(id, Operation::Write) {
            Ok(Some(Effect::Error(failure))) => {
                return Err(self.refusal(&failure, Operation::Write, Some(id)));
            }
            Ok(_) => {}
            Err(answer) => return answer,
        }
        self.command(id, handle, value);
        Ok(Answer::Empty)
    }

    /// A value reaches the device that nobody waits for. What it cannot do with it, it does not tell.
    pub(super) fn command(&mut self, id: DeviceId, handle: u16, value: &[u8]) {
        let security = self.security(id);
        let Ok(target) = self.attribute(id, handle).map(|attribute| attribute.target) else {
            return;
        };
        let peer = &mut self.devices[id].peer;
        if peer.is_present() && peer.database().write(target, 0, value, security) == Ok(true) {
            self.notify(id, handle);
        }
    }
}

/// How bluetoothd writes a characteristic, if it does.
fn way(permissions: Permissions, options: &Options) -> Option<Way> {
    let by_itself = options.kind.is_none();
    match options.kind.as_deref() {
        Some("reliable" | "request") => Some(Way::Request),
        _ if by_itself && (permissions.has_reliable_write() || permissions.has_write()) => {
            Some(Way::Request)
        }
        // A command has no offset.
        _ if options.offset > 0 => None,
        Some("command") => Some(Way::Command),
        None if permissions.has_write_without_response() => Some(Way::Command),
        _ => None,
    }
}
