//! The bytes that a device advertises, which a scene writes as hexadecimal digits under the number
//! of a company or the UUID of a service.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::uuid::Uuid;

/// `{ 0x004c = "0215" }`: company identifiers in hexadecimal (with `0x`) or decimal.
pub(super) fn manufacturer_data<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<u16, Vec<u8>>, D::Error> {
    keyed(deserializer, |key| {
        let number = match key.strip_prefix("0x") {
            Some(digits) => u16::from_str_radix(digits, 16),
            None => key.parse(),
        };
        number.map_err(|_| format!("`{}` is no company identifier", key.escape_default()))
    })
}

/// `{ 180f = "64" }`.
pub(super) fn service_data<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<Uuid, Vec<u8>>, D::Error> {
    keyed(deserializer, |key| {
        Uuid::parse(key).ok_or_else(|| format!("`{}` is no UUID", key.escape_default()))
    })
}

fn keyed<'de, D: Deserializer<'de>, K: Ord>(
    deserializer: D,
    read: impl Fn(&str) -> Result<K, String>,
) -> Result<BTreeMap<K, Vec<u8>>, D::Error> {
    BTreeMap::<String, String>::deserialize(deserializer)?
        .into_iter()
        .map(|(key, digits)| Ok((read(&key)?, bytes(&digits)?)))
        .collect::<Result<_, String>>()
        .map_err(D::Error::custom)
}

/// Bytes in hexadecimal digits, with or without spaces between.
pub(super) fn bytes(digits: &str) -> Result<Vec<u8>, String> {
    let refused = || format!("`{}` is no row of hexadecimal bytes", digits.escape_default());
    let nibbles: Option<Vec<u8>> = digits
        .chars()
        .filter(|symbol| *symbol != ' ')
        .map(|digit| digit.to_digit(16).and_then(|nibble| u8::try_from(nibble).ok()))
        .collect();
    let nibbles = nibbles.ok_or_else(refused)?;
    let (pairs, []) = nibbles.as_chunks::<2>() else {
        return Err(refused());
    };
    Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}
