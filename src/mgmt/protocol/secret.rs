//! A key, a PIN or a passkey: it travels, and is not shown unless asked for by name.

use std::fmt;

/// What stands where a secret was.
pub const STRUCK: &str = "[secret]";

/// A value that must not be shown. Its debug text does not tell it.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// A number: a passkey.
    Number(u32),
    /// Octets: a key, a hash, a randomizer.
    Octets(Box<[u8]>),
    /// A PIN: UTF-8 if it was typed by a person.
    Pin(Box<[u8]>),
    /// It was struck out.
    Struck,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(STRUCK)
    }
}
