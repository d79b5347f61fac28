//! What comes from a management socket: answers to commands, and events.

use super::decode;
use super::packet::split;
use super::table::{Command, EventKind, command_of, event_of};
use super::{Field, Index, Record, Status, Torn};

/// The events that answer commands.
const COMMAND_COMPLETE: u16 = 0x0001;
const COMMAND_STATUS: u16 = 0x0002;

/// A packet from the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A command is done, or failed.
    Complete {
        /// The command's code.
        opcode: u16,
        /// The controller it was for.
        index: Index,
        /// How it ended.
        status: Status,
        /// What it gives back. Where it failed and gives back something else than documented, all of it is `rest`.
        reply: Record,
    },
    /// A command failed, or goes on.
    Status {
        /// The command's code.
        opcode: u16,
        /// The controller it was for.
        index: Index,
        /// How it ended; success: it has begun.
        status: Status,
    },
    /// Something happened.
    Event {
        /// What.
        kind: &'static EventKind,
        /// To which controller.
        index: Index,
        /// The rest of the story.
        record: Record,
    },
    /// An event that is not documented.
    Unknown {
        /// Its code.
        code: u16,
        /// The controller it is about.
        index: Index,
        /// What it says.
        octets: Vec<u8>,
    },
}

impl Message {
    /// Reads a packet from the kernel. Whatever is in it, it is delivered.
    ///
    /// # Errors
    /// When there are fewer octets than the header, or than it names.
    pub fn decode(octets: &[u8]) -> Result<Self, Torn> {
        let (code, index, parameters) = split(octets)?;
        if let COMMAND_COMPLETE | COMMAND_STATUS = code
            && let Some(([low, high, status], rest)) = parameters.split_first_chunk()
        {
            let opcode = u16::from_le_bytes([*low, *high]);
            let status = Status(*status);
            if code == COMMAND_COMPLETE {
                let reply = reply(opcode, status, rest);
                return Ok(Self::Complete { opcode, index, status, reply });
            }
            if rest.is_empty() {
                return Ok(Self::Status { opcode, index, status });
            }
        }
        Ok(match event_of(code) {
            Some(kind) => Self::Event { kind, index, record: kind.decode(parameters) },
            None => Self::Unknown { code, index, octets: parameters.to_vec() },
        })
    }

    /// The controller it is about.
    #[must_use]
    pub fn index(&self) -> Index {
        match self {
            Self::Complete { index, .. }
            | Self::Status { index, .. }
            | Self::Event { index, .. }
            | Self::Unknown { index, .. } => *index,
        }
    }

    /// The command it answers, if it is an answer and the command is known.
    #[must_use]
    pub fn command(&self) -> Option<&'static Command> {
        match self {
            Self::Complete { opcode, .. } | Self::Status { opcode, .. } => command_of(*opcode),
            Self::Event { .. } | Self::Unknown { .. } => None,
        }
    }
}

/// The reply in the octets after opcode and status.
fn reply(opcode: u16, status: Status, octets: &[u8]) -> Record {
    let fields = command_of(opcode).map_or::<&'static [Field], _>(&[], |command| command.reply);
    if status.is_success() {
        return decode::record(fields, octets);
    }
    let secret = fields.iter().any(|field| field.kind.may_hold_secrets());
    decode::fits(fields, octets).unwrap_or_else(|| Record::unread(octets, secret))
}
