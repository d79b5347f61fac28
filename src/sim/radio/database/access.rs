//! What a client of a device's GATT server may read and write, how much of it, and the errors that it gets
//! otherwise (Core Spec Vol 3, Part F, 3.2.5 and 3.4.1.1).

use super::{Database, ServedDescriptor};
use crate::sim::scene::{OnWrite, Permissions, Security};

/// An error code of the Attribute Protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) struct AttError(pub(in crate::sim) u8);

impl AttError {
    pub(in crate::sim) const INVALID_HANDLE: Self = AttError(0x01);
    pub(in crate::sim) const READ_NOT_PERMITTED: Self = AttError(0x02);
    pub(in crate::sim) const WRITE_NOT_PERMITTED: Self = AttError(0x03);
    pub(in crate::sim) const INSUFFICIENT_AUTHENTICATION: Self = AttError(0x05);
    pub(in crate::sim) const INVALID_OFFSET: Self = AttError(0x07);
    pub(in crate::sim) const INSUFFICIENT_AUTHORIZATION: Self = AttError(0x08);
    pub(in crate::sim) const NOT_LONG: Self = AttError(0x0B);
    pub(in crate::sim) const INVALID_LENGTH: Self = AttError(0x0D);
    pub(in crate::sim) const UNLIKELY: Self = AttError(0x0E);
    pub(in crate::sim) const INSUFFICIENT_ENCRYPTION: Self = AttError(0x0F);

    /// Whether a more secure link may help.
    pub(in crate::sim) fn asks_for_security(self) -> bool {
        matches!(self, Self::INSUFFICIENT_AUTHENTICATION | Self::INSUFFICIENT_ENCRYPTION)
    }
}

/// What a client wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Right {
    Read,
    Write,
    Subscribe,
}

impl Database {
    /// The value of an attribute from an offset on, for a client on a link of this security and MTU.
    pub(in crate::sim) fn read(
        &mut self,
        handle: u16,
        offset: u16,
        (security, mtu): (Security, u16),
    ) -> Result<Vec<u8>, AttError> {
        let attribute = self.attribute(handle).ok_or(AttError::INVALID_HANDLE)?;
        check(attribute.permissions, Right::Read, security)?;
        let value = &*attribute.value;
        let rest = value.get(usize::from(offset)..).ok_or(AttError::INVALID_OFFSET)?;
        // Recorded: a server has no more to give of a value that one answer holds.
        if offset > 0 && value.len() < usize::from(mtu.saturating_sub(1)) {
            return Err(AttError::NOT_LONG);
        }
        Ok(rest.to_vec())
    }

    /// Writes an attribute, from an offset on. Returns whether who listens is to be told.
    pub(in crate::sim) fn write(
        &mut self,
        handle: u16,
        offset: u16,
        bytes: &[u8],
        security: Security,
    ) -> Result<bool, AttError> {
        let attribute = self.attribute(handle).ok_or(AttError::INVALID_HANDLE)?;
        check(attribute.permissions, Right::Write, security)?;
        let offset = usize::from(offset);
        let kept = attribute.value.get(..offset).ok_or(AttError::INVALID_OFFSET)?;
        if offset + bytes.len() > attribute.longest {
            return Err(AttError::INVALID_LENGTH);
        }
        let value = [kept, bytes].concat();
        if attribute.on_write != OnWrite::Ignore {
            *attribute.value = value;
        }
        Ok(attribute.on_write == OnWrite::Notify)
    }

    /// How long the value of an attribute is, in bytes.
    pub(in crate::sim) fn length(&mut self, handle: u16) -> usize {
        self.attribute(handle).map_or(0, |attribute| attribute.value.len())
    }

    /// Whether a client on a link of this security may do that with an attribute.
    pub(in crate::sim) fn permits(
        &mut self,
        handle: u16,
        right: Right,
        security: Security,
    ) -> Result<(), AttError> {
        let attribute = self.attribute(handle).ok_or(AttError::INVALID_HANDLE)?;
        check(attribute.permissions, right, security)
    }

    /// The attribute of a handle, if it is the value of a characteristic, or a descriptor.
    fn attribute(&mut self, handle: u16) -> Option<Attribute<'_>> {
        let all = self.services.iter_mut().flat_map(|service| &mut service.characteristics);
        for characteristic in all {
            if characteristic.value_handle() == handle {
                return Some(Attribute {
                    permissions: characteristic.spec.permissions,
                    longest: characteristic.spec.longest,
                    on_write: characteristic.spec.on_write,
                    value: &mut characteristic.value,
                });
            }
            let is_it = |descriptor: &&mut ServedDescriptor| descriptor.handle == handle;
            if let Some(descriptor) = characteristic.descriptors.iter_mut().find(is_it) {
                return Some(Attribute {
                    permissions: descriptor.permissions,
                    longest: crate::sim::scene::LONGEST_VALUE,
                    on_write: OnWrite::Store,
                    value: &mut descriptor.value,
                });
            }
        }
        None
    }
}

/// An attribute with a value.
struct Attribute<'d> {
    permissions: Permissions,
    longest: usize,
    on_write: OnWrite,
    value: &'d mut Vec<u8>,
}

/// Whether a right is given on a link of this security.
fn check(permissions: Permissions, right: Right, security: Security) -> Result<(), AttError> {
    let (given, refused) = match right {
        Right::Read => (permissions.read, AttError::READ_NOT_PERMITTED),
        Right::Write => (permissions.write, AttError::WRITE_NOT_PERMITTED),
        Right::Subscribe => (permissions.subscribe, AttError::WRITE_NOT_PERMITTED),
    };
    let needed = given.ok_or(refused)?;
    if security < needed {
        // A server that wants an encrypted link says so while there are no keys, and that the keys do not
        // suffice once there are some (Core Spec Vol 3, Part C, 10.3.1).
        return Err(match security {
            Security::None if needed == Security::Encrypted => AttError::INSUFFICIENT_ENCRYPTION,
            _ => AttError::INSUFFICIENT_AUTHENTICATION,
        });
    }
    if permissions.authorize && right != Right::Subscribe {
        return Err(AttError::INSUFFICIENT_AUTHORIZATION);
    }
    Ok(())
}
