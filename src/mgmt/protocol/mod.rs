//! What is said on a management socket, typed both ways, from one table.
//!
//! A [`Packet`] is a header and octets. A line of [`COMMANDS`] or [`EVENTS`] lists the [`Field`]s of those octets; the
//! same list decodes them into a [`Record`], encodes a record, and reads a command's arguments from JSON. [`Message`]
//! does it for whatever comes from the socket.
//!
//! Decoding never fails and loses nothing: a number without a name stays a number, a bit without a name a bit, octets
//! beyond what is known stay octets, and so does what cannot be read because the packet is too short. Only encoding
//! can be wrong, and says what is: [`ArgumentError`].
//!
//! Source of all facts: BlueZ, `doc/mgmt-protocol.rst`. Where it differs from the structs of the kernel
//! (`include/net/bluetooth/mgmt.h`), the kernel's word counts, and the table says so.

mod address_type;
mod argument_error;
mod arguments;
mod bits;
mod choice;
mod decode;
pub mod eir;
mod encode;
mod expectation;
mod field;
mod json;
mod message;
mod octets;
mod packet;
mod record;
mod secret;
mod settings;
mod status;
pub mod table;
mod text;
mod uuid;
mod value;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod speed;
#[cfg(test)]
mod tests;

pub use crate::address::Address;
pub use address_type::AddressType;
pub use argument_error::{ArgumentError, Fault};
pub use bits::{BitNames, Bits};
pub use choice::{Choice, Choices};
pub use eir::Eir;
pub use field::{Extent, Field, Kind, Width};
pub use message::Message;
pub use packet::{Index, Packet, Torn};
pub use record::Record;
pub use secret::Secret;
pub use settings::{Setting, Settings};
pub use status::Status;
pub use table::{
    COMMANDS, Command, EVENTS, EventKind, Target, command, command_of, event, event_of,
};
pub use text::Text;
pub use uuid::Uuid;
pub use value::Value;
