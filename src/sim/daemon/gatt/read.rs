//! `ReadValue`: the value as the device has it, which is then what `Value` shows (`characteristic_read_value`,
//! `chrc_read_cb`).

use std::collections::HashMap;

use zbus::OwnedVariant;

use super::{Options, errors, request::Wanted};
use crate::sim::{
    bus::{Answer, Answered, Call, Refusal, arguments},
    daemon::{Daemon, DeviceId},
    error::Bearer,
};

impl Daemon {
    pub(super) fn read_value(&mut self, id: DeviceId, handle: u16, call: &Call) -> Answered {
        if !self.devices[id].is_up_on(Bearer::Le) {
            return Err(errors::not_connected());
        }
        let written: HashMap<String, OwnedVariant> = arguments(call)?;
        let Options { offset, .. } = Options::read(written)?;
        let under_way = self.attribute(id, handle)?.reading;
        let request = under_way.and_then(|id_of| self.gatt(id)?.requests.get_mut(&id_of));
        match request {
            None => self.ask_device(id, handle, Wanted::Read { offset }, Some(call)),
            // One answer serves all who ask for the same.
            Some(request) if request.wanted == (Wanted::Read { offset }) => {
                request.calls.push(call.clone());
                Ok(Answer::Later)
            }
            Some(_) => Err(Refusal::in_progress()),
        }
    }

    /// The device has told its value, from an offset on.
    pub(super) fn value_read(
        &mut self,
        id: DeviceId,
        handle: u16,
        offset: u16,
        value: Vec<u8>,
        calls: &[Call],
    ) {
        let Ok(attribute) = self.attribute(id, handle) else { return };
        let known = attribute.value.get(..usize::from(offset)).unwrap_or_default().to_vec();
        self.show_value(id, handle, [known, value.clone()].concat());
        for call in calls {
            self.bus.reply(call, &value);
        }
    }

    /// Shows a value that came from the device, also if it is the one that was known.
    pub(super) fn show_value(&mut self, id: DeviceId, handle: u16, value: Vec<u8>) {
        let Ok(attribute) = self.attribute(id, handle) else { return };
        attribute.value.clone_from(&value);
        let (path, interface) = (attribute.path.clone(), attribute.interface);
        self.bus.tree.set(&path, interface, "Value", Some(value.into()));
        self.bus.tree.touch(&path, interface, "Value");
    }
}
