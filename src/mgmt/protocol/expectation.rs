//! What a parameter could be, in words.

use super::{Field, Kind, Status};

/// What an argument of this kind looks like, for the end of a sentence.
pub(super) fn expected(kind: &Kind) -> String {
    match kind {
        Kind::Unsigned(width) | Kind::Count(width) => {
            format!("a number from 0 to {}", width.most())
        }
        Kind::Signed => "a number from -128 to 127".to_owned(),
        Kind::Choice(_, choices) => one_of(choices.words()),
        Kind::Bits(_, names) => format!("a list of {}", one_of(names.words())),
        Kind::Status => one_of(Status::words()),
        Kind::Address => "an address such as C0:DE:00:00:00:01".to_owned(),
        Kind::Uuid => "a UUID such as 180f or 0000180f-0000-1000-8000-00805f9b34fb".to_owned(),
        Kind::Octets(length) => format!("{length} octets as hexadecimal digits"),
        Kind::Text(length) => format!("a text of at most {} octets", length.saturating_sub(1)),
        Kind::Key => "16 octets as hexadecimal digits".to_owned(),
        Kind::Passkey => "a number from 0 to 999999".to_owned(),
        Kind::Pin => "a PIN of at most 16 octets".to_owned(),
        Kind::Padded(length) => format!("at most {length} octets as hexadecimal digits"),
        Kind::Data(_) => "octets as hexadecimal digits".to_owned(),
        Kind::Eir(_) => "octets as hexadecimal digits, or a list of structures".to_owned(),
        Kind::Values(_, of) => format!("a list; each element is {}", expected(of)),
        Kind::Records(_, fields) => format!("a list of tables with {}", names(fields)),
    }
}

/// The names of arguments as a list for people.
pub(super) fn names(fields: &[Field]) -> String {
    let names = fields.iter().filter(|field| field.is_argument()).map(|field| field.name);
    crate::plan::suggest::list(names)
}

/// Words as a choice for people: `off`, `on` or `limited`.
fn one_of(words: impl Iterator<Item = impl Into<String>>) -> String {
    let words: Vec<String> = words.map(Into::into).collect();
    match words.split_last() {
        None => "a number".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}
