//! A command that a client has given, for as long as it is not answered.

use super::ClientId;
use crate::mgmt::protocol::{Address, AddressType, Command, Index, Record, Status};

/// A command whose parameters have been read and fit.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// Tells it from all others.
    pub(super) serial: u64,
    pub(super) client: ClientId,
    pub(super) command: &'static Command,
    pub(super) index: Index,
    pub(super) arguments: Record,
}

/// Whether a command has been taken, or why not.
pub(super) type Taken = Result<(), Status>;

impl Request {
    /// The command with the arguments in these octets, and whether their length fits it.
    pub(super) fn read(
        serial: u64,
        client: ClientId,
        command: &'static Command,
        index: Index,
        octets: &[u8],
    ) -> (Self, bool) {
        let arguments = command.decode(octets);
        let whole = |name: &str| arguments.get(name).is_some();
        let needed =
            command.parameters.iter().filter(|field| field.is_argument() && !field.optional);
        let fits = arguments.rest().is_empty() && needed.map(|field| field.name).all(whole);
        (Self { serial, client, command, index, arguments }, fits)
    }

    /// A number among the arguments.
    pub(super) fn number(&self, name: &str) -> u64 {
        self.arguments.uint(name).unwrap_or_default()
    }

    /// An octet among the arguments.
    pub(super) fn octet(&self, name: &str) -> u8 {
        u8::try_from(self.number(name)).unwrap_or_default()
    }

    /// A number that the kernel takes for off or on, and no other.
    pub(super) fn switch(&self, name: &str) -> Result<bool, Status> {
        match self.number(name) {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Status::INVALID_PARAMETERS),
        }
    }

    /// The device that it is about.
    pub(super) fn device(&self) -> (Address, AddressType) {
        self.arguments.device().unwrap_or((Address::new([0; 6]), AddressType(u8::MAX)))
    }

    /// The device that it is about, of a kind that there is.
    pub(super) fn valid_device(&self) -> Result<(Address, AddressType), Status> {
        let (address, kind) = self.device();
        kind.bit().ok_or(Status::INVALID_PARAMETERS)?;
        Ok((address, kind))
    }

    /// The record that answers to it begin with: the device, or nothing.
    pub(super) fn echo(&self) -> Record {
        let (address, kind) = self.device();
        device_record(address, kind)
    }
}

/// The device that an answer or an event is about.
pub(super) fn device_record(address: Address, kind: AddressType) -> Record {
    Record::new().with("address", address).with("address-type", kind)
}
