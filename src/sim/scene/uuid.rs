//! A service UUID, as people write it (16, 32 or 128 bits) and as BlueZ shows it (always 128).

use std::fmt;

use serde::{Deserialize, Deserializer, de::Error as _};

/// The part that every UUID of the Bluetooth SIG shares (Core Spec Vol 3, Part B, 2.5.1).
const BASE: &str = "-0000-1000-8000-00805f9b34fb";

/// A 128-bit UUID in BlueZ's spelling: lower case, with dashes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(String);

impl Uuid {
    /// The UUID that the Bluetooth SIG assigned the 16-bit number.
    pub fn assigned(number: u16) -> Self {
        Uuid(format!("0000{number:04x}{BASE}"))
    }

    /// Reads `180f`, `0x180F`, `0000180f` or the whole form.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        let short = digits.unwrap_or(text);
        if matches!(short.len(), 4 | 8) && short.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Some(Uuid(format!("{short:0>8}{BASE}").to_ascii_lowercase()));
        }
        is_whole(text).then(|| Uuid(text.to_ascii_lowercase()))
    }

    /// The UUID as BlueZ writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `text` is eight, four, four, four and twelve hexadecimal digits with dashes between.
fn is_whole(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Uuid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Uuid::parse(&text).ok_or_else(|| {
            D::Error::custom(format!(
                "`{}` is no UUID: write 4, 8 or 32 hexadecimal digits, such as \"180f\"",
                text.escape_default()
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Uuid;

    #[test]
    fn every_notation_becomes_the_whole_one() {
        let battery = Uuid::assigned(0x180f);
        let whole = "0000180F-0000-1000-8000-00805F9B34FB";
        for text in ["180f", "0x180F", "0000180f", whole] {
            assert_eq!(Uuid::parse(text), Some(battery.clone()), "{text}");
        }
        for wrong in ["", "18f", "180g", "0000180f-0000-1000-8000-00805f9b34f", "x180f"] {
            assert_eq!(Uuid::parse(wrong), None, "{wrong}");
        }
    }
}
