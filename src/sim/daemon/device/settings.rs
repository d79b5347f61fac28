//! The properties of a device that a client may change: alias, trusted, blocked, wake allowed. Unlike
//! an adapter's, they show before the reply.

use super::{DeviceId, Reason, appearance};
use crate::sim::{
    bus::{Answer, Answered, Refusal, Value},
    daemon::Daemon,
    kernel::Happening,
};

impl Daemon {
    /// Changes a property of a device for a client; its type has been checked.
    pub(in crate::sim) fn set_device(
        &mut self,
        id: DeviceId,
        property: &str,
        value: Value,
    ) -> Answered {
        let Some(record) = self.record(id) else {
            return Err(Refusal::does_not_exist());
        };
        match (property, value) {
            ("Alias", Value::Str(alias)) => {
                let alias = alias.as_str();
                record.stored.alias = (!alias.is_empty()).then(|| alias.to_owned());
                self.show_alias(id);
            }
            ("Trusted", Value::Bool(trusted)) => {
                record.stored.trusted = trusted;
                // Recorded: who is trusted is not forgotten.
                self.set_temporary(id, false);
                self.show_device(id, "Trusted", Some(trusted.into()));
            }
            ("Blocked", Value::Bool(blocked)) => {
                record.stored.blocked = blocked;
                if blocked {
                    self.links_ended(id, Reason::LocalHost);
                    self.set_temporary(id, false);
                }
                for bearer in self.devices[id].bearers() {
                    self.done(Happening::Blocked(id.on(*bearer), blocked));
                }
                self.show_device(id, "Blocked", Some(blocked.into()));
            }
            ("PreferredBearer", Value::Str(word)) => return self.prefer(id, word.as_str()),
            ("WakeAllowed", Value::Bool(allowed)) => {
                self.show_device(id, "WakeAllowed", Some(allowed.into()));
            }
            _ => return Err(Refusal::invalid_arguments()),
        }
        Ok(Answer::Empty)
    }

    fn show_alias(&mut self, id: DeviceId) {
        let device = &self.devices[id];
        let Some(record) = &device.record else { return };
        let alias = appearance::alias(&device.peer, &record.stored);
        self.show_device(id, "Alias", Some(alias.into()));
    }
}
