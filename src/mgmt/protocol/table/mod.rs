//! Every command and every event: code, name, parameters. What else the protocol module does follows from here.

mod commands;
#[cfg(test)]
mod document;
mod events;
mod fields;
pub mod vocabulary;

use serde_json::{Map, Value as Json};

pub use commands::COMMANDS;
pub use events::EVENTS;

use super::{ArgumentError, Field, Record, arguments, decode, encode};
use crate::plan::{suggest, visible};

/// Whom a command is for, or whom an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// One controller.
    Controller,
    /// No controller: [`Index::NONE`](super::Index::NONE).
    NonController,
    /// One or none.
    Either,
}

/// A command.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    /// Its code.
    pub code: u16,
    /// Its documented name, such as `Set Powered`.
    pub name: &'static str,
    /// Whom it is for.
    pub target: Target,
    /// What it takes.
    pub parameters: &'static [Field],
    /// What it gives back if it succeeds.
    pub reply: &'static [Field],
}

impl Command {
    /// The name in kebab-case, such as `set-powered`.
    #[must_use]
    pub fn word(&self) -> String {
        kebab(self.name)
    }

    /// The octets for arguments as a plan or a program has them: numbers as numbers or text (`0x1f`), choices by word
    /// or number, bits as a list of words or a number, octets as hexadecimal text. Lengths and counts follow from the
    /// rest and are no arguments; what has a default can be left out.
    ///
    /// # Errors
    /// The first argument that is missing, unknown, of the wrong type, too large or too long.
    pub fn encode(&self, arguments: &Map<String, Json>) -> Result<Vec<u8>, ArgumentError> {
        self.encode_record(&arguments::read(self.parameters, arguments)?)
    }

    /// The octets for a record of arguments.
    ///
    /// # Errors
    /// As [`Command::encode`].
    pub fn encode_record(&self, arguments: &Record) -> Result<Vec<u8>, ArgumentError> {
        encode::octets(self.parameters, arguments)
    }

    /// The arguments in these octets.
    #[must_use]
    pub fn decode(&self, octets: &[u8]) -> Record {
        decode::record(self.parameters, octets)
    }

    /// The octets of a reply, less opcode and status, for values as [`Command::encode`] takes them.
    ///
    /// # Errors
    /// As [`Command::encode`].
    pub fn encode_reply(&self, values: &Map<String, Json>) -> Result<Vec<u8>, ArgumentError> {
        self.encode_reply_record(&arguments::read(self.reply, values)?)
    }

    /// The octets of a reply, less opcode and status, for a record.
    ///
    /// # Errors
    /// As [`Command::encode`].
    pub fn encode_reply_record(&self, reply: &Record) -> Result<Vec<u8>, ArgumentError> {
        encode::octets(self.reply, reply)
    }

    /// The reply in these octets, which follow opcode and status.
    #[must_use]
    pub fn decode_reply(&self, octets: &[u8]) -> Record {
        decode::record(self.reply, octets)
    }
}

/// A kind of event.
#[derive(Debug, PartialEq, Eq)]
pub struct EventKind {
    /// Its code.
    pub code: u16,
    /// Its documented name, such as `Device Found`.
    pub name: &'static str,
    /// Whom it is about.
    pub target: Target,
    /// What it says.
    pub parameters: &'static [Field],
}

impl EventKind {
    /// The name in kebab-case, such as `device-found`.
    #[must_use]
    pub fn word(&self) -> String {
        kebab(self.name)
    }

    /// The octets for values as [`Command::encode`] takes them.
    ///
    /// # Errors
    /// As [`Command::encode`].
    pub fn encode(&self, values: &Map<String, Json>) -> Result<Vec<u8>, ArgumentError> {
        self.encode_record(&arguments::read(self.parameters, values)?)
    }

    /// The octets for a record.
    ///
    /// # Errors
    /// As [`Command::encode`].
    pub fn encode_record(&self, record: &Record) -> Result<Vec<u8>, ArgumentError> {
        encode::octets(self.parameters, record)
    }

    /// What these octets say.
    #[must_use]
    pub fn decode(&self, octets: &[u8]) -> Record {
        decode::record(self.parameters, octets)
    }
}

/// The command of a name in any case, with spaces, dashes or underscores: `Set Powered`, `set-powered`.
///
/// # Errors
/// A sentence that names the nearest command.
pub fn command(name: &str) -> Result<&'static Command, String> {
    let wanted = plain(name);
    let known = COMMANDS.iter().find(|command| plain(command.name) == wanted);
    known.ok_or_else(|| unknown("command", name, COMMANDS.iter().map(|command| command.name)))
}

/// The event of a name in any case, with spaces, dashes or underscores: `Device Found`, `device-found`.
///
/// # Errors
/// A sentence that names the nearest event.
pub fn event(name: &str) -> Result<&'static EventKind, String> {
    let wanted = plain(name);
    let known = EVENTS.iter().find(|event| plain(event.name) == wanted);
    known.ok_or_else(|| unknown("event", name, EVENTS.iter().map(|event| event.name)))
}

/// The command of a code.
#[must_use]
pub fn command_of(code: u16) -> Option<&'static Command> {
    COMMANDS.get(usize::from(code.checked_sub(1)?))
}

/// The event of a code.
#[must_use]
pub fn event_of(code: u16) -> Option<&'static EventKind> {
    EVENTS.get(usize::from(code.checked_sub(1)?))
}

fn unknown(what: &str, name: &str, known: impl Iterator<Item = &'static str>) -> String {
    let meant =
        suggest::nearest(name, known).map(|near| format!("; did you mean `{}`?", kebab(near)));
    let named = visible::quote(name);
    format!("{named} is no management {what}{}", meant.unwrap_or_default())
}

/// A name in kebab-case: `Set BR/EDR` is `set-br-edr`.
pub(super) fn kebab(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

/// A name without what people vary: case, spaces, dashes, underscores, slashes.
pub(super) fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '-' | '_' | ' ' | '/'))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::mgmt::protocol::{Extent, Kind};

    #[test]
    fn codes_have_no_gap_and_names_no_twin() {
        assert_eq!((COMMANDS.len(), EVENTS.len()), (0x5C, 0x33));
        for (code, line) in (1..).zip(COMMANDS) {
            assert_eq!(line.code, code, "{}", line.name);
            assert!(std::ptr::eq(command(&line.word()).unwrap(), command_of(code).unwrap()));
        }
        for (code, line) in (1..).zip(EVENTS) {
            assert_eq!(line.code, code, "{}", line.name);
            assert!(std::ptr::eq(event(&line.word()).unwrap(), event_of(code).unwrap()));
        }
        let commands: HashSet<String> = COMMANDS.iter().map(|line| plain(line.name)).collect();
        let events: HashSet<String> = EVENTS.iter().map(|line| plain(line.name)).collect();
        assert_eq!((commands.len(), events.len()), (COMMANDS.len(), EVENTS.len()));
        for code in [0, 0x5D, 0xFFFF] {
            assert_eq!((command_of(code), event_of(code)), (None, None));
        }
    }

    #[test]
    fn a_name_is_known_however_it_is_spelt() {
        for name in ["Set Powered", "set-powered", "SET_POWERED", "setpowered"] {
            assert_eq!(command(name).map(|command| command.code), Ok(0x0005), "{name}");
        }
        assert_eq!(command("set-bredr").map(Command::word), Ok("set-br-edr".to_owned()));
        assert_eq!(event("Device_Found").map(|event| event.code), Ok(0x0012));
        assert_eq!(
            command("set-powerd").unwrap_err(),
            "`set-powerd` is no management command; did you mean `set-powered`?"
        );
        assert_eq!(event("elephant").unwrap_err(), "`elephant` is no management event");
    }

    /// The rules that decoding and encoding rely on.
    fn check(fields: &[Field], of: &str) {
        let names: HashSet<&str> = fields.iter().map(|field| field.name).collect();
        assert_eq!(names.len(), fields.len(), "{of}: a name occurs twice");
        let counts = fields.iter().filter(|field| !field.is_argument()).count();
        let counted = fields.iter().filter(|field| field.kind.is_counted()).count();
        assert_eq!(counts, counted, "{of}: every count belongs to one field");
        assert!(counts <= 2, "{of}: there is room for two counts");
        let mut open = 0_usize;
        for (at, field) in fields.iter().enumerate() {
            assert_eq!(field.name, kebab(field.name), "{of}");
            open += usize::from(!field.is_argument());
            if field.kind.is_counted() {
                open = open.checked_sub(1).unwrap_or_else(|| panic!("{of}: {} first", field.name));
            }
            if let Kind::Records(_, inner) = field.kind {
                check(inner, of);
                assert!(!inner.is_empty() && !inner.iter().any(|field| field.optional), "{of}");
            }
            let to_end =
                matches!(field.kind, Kind::Data(Extent::ToEnd) | Kind::Records(Extent::ToEnd, _));
            assert!(!to_end || at + 1 == fields.len(), "{of}: nothing follows the rest");
            let last = fields.iter().skip(at).all(|later| later.optional);
            assert!(!field.optional || last, "{of}: only the last fields may be optional");
        }
    }

    #[test]
    fn every_line_can_be_decoded() {
        for line in COMMANDS {
            check(line.parameters, line.name);
            check(line.reply, line.name);
        }
        for line in EVENTS {
            check(line.parameters, line.name);
        }
    }
}
