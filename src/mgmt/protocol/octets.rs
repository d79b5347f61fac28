//! Octets, as people write them.

use std::fmt::Write as _;

/// Two small hexadecimal digits for each octet.
pub(super) fn hex(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len() * 2);
    for octet in octets {
        // Writing to a String cannot fail.
        let _ = write!(text, "{octet:02x}");
    }
    text
}

/// Reads hexadecimal digits, with spaces and colons between octets where one likes.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|c| !matches!(c, b' ' | b':')).collect();
    let (pairs, odd) = digits.as_chunks::<2>();
    let octet = |pair: &[u8; 2]| {
        let digit = |c: u8| char::from(c).to_digit(16);
        let [high, low] = *pair;
        u8::try_from(digit(high)? * 16 + digit(low)?).ok()
    };
    odd.is_empty().then(|| pairs.iter().map(octet).collect()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        assert_eq!(hex(&[0, 0xAB]), "00ab");
        assert_eq!(from_hex("00:AB cd"), Some(vec![0, 0xAB, 0xCD]));
        assert_eq!(from_hex(""), Some(vec![]));
        for wrong in ["a", "0x00", "zz", "00,11", "é"] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }
}
