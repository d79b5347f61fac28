//! A set of bits, and the words for them.

use std::fmt;

use super::table::plain;

/// The words for the bits of a set, from bit 0 on. An empty word is a bit without a meaning.
#[derive(Debug, PartialEq, Eq)]
pub struct BitNames(pub &'static [&'static str]);

impl BitNames {
    /// The word for a bit, if it has one.
    #[must_use]
    pub fn word(&self, bit: u32) -> Option<&'static str> {
        let at = usize::try_from(bit).ok()?;
        self.0.get(at).copied().filter(|word| !word.is_empty())
    }

    /// The bit of a word, however it is spelt; `bit-31` for those without.
    #[must_use]
    pub fn bit(&self, word: &str) -> Option<u32> {
        let wanted = plain(word);
        let named = self.0.iter().position(|known| !known.is_empty() && plain(known) == wanted);
        let numbered = || {
            let digits = wanted.strip_prefix("bit")?;
            let number = digits.bytes().all(|digit| digit.is_ascii_digit()).then_some(digits)?;
            number.parse().ok().filter(|bit| *bit < u32::BITS)
        };
        named.and_then(|at| u32::try_from(at).ok()).or_else(numbered)
    }

    /// All words.
    pub fn words(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().copied().filter(|word| !word.is_empty())
    }
}

/// Bits with the words they are shown by. A bit without a word is kept.
#[derive(Clone, Copy)]
pub struct Bits {
    /// The bits.
    pub bits: u32,
    /// The words.
    pub names: &'static BitNames,
}

impl Bits {
    /// The words of the bits that are set, from the lowest on; `bit-31` for those without.
    pub fn words(self) -> impl Iterator<Item = String> {
        (0..u32::BITS).filter(move |bit| self.bits >> bit & 1 == 1).map(move |bit| {
            self.names.word(bit).map_or_else(|| format!("bit-{bit}"), ToOwned::to_owned)
        })
    }

    /// Whether the bit of a word is set; not for a word that there is not.
    #[must_use]
    pub fn has(self, word: &str) -> bool {
        self.names.bit(word).is_some_and(|bit| self.bits >> bit & 1 == 1)
    }
}

impl PartialEq for Bits {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}

impl Eq for Bits {}

impl fmt::Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.words().collect();
        f.write_str(&words.join(" "))
    }
}

impl fmt::Debug for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static NAMES: BitNames = BitNames(&["le-public", "", "le-random"]);

    #[test]
    fn bits_without_a_word_are_kept() {
        let bits = Bits { bits: 0x8000_0007, names: &NAMES };
        assert_eq!(bits.to_string(), "le-public bit-1 le-random bit-31");
        assert!(bits.has("bit-31") && bits.has("LE Random") && !bits.has("bit-3"));
        let read = bits.words().map(|word| 1 << NAMES.bit(&word).unwrap()).sum::<u32>();
        assert_eq!(read, bits.bits);
        for wrong in ["", "bit-32", "bit", "le", "bit+1"] {
            assert_eq!(NAMES.bit(wrong), None, "{wrong}");
        }
    }
}
