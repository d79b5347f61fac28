//! A number that stands for one of several things, and the words for them.

use std::fmt;

use super::table::plain;

/// The words for the numbers of a choice.
#[derive(Debug, PartialEq, Eq)]
pub struct Choices(pub &'static [(u16, &'static str)]);

impl Choices {
    /// The word for a number.
    #[must_use]
    pub fn word(&self, number: u16) -> Option<&'static str> {
        self.0.iter().find(|(known, _)| *known == number).map(|(_, word)| *word)
    }

    /// The number of a word, however it is spelt: `LE Public`, `le-public`.
    #[must_use]
    pub fn number(&self, word: &str) -> Option<u16> {
        let wanted = plain(word);
        self.0.iter().find(|(_, known)| plain(known) == wanted).map(|(number, _)| *number)
    }

    /// All words.
    pub fn words(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().map(|(_, word)| *word)
    }
}

/// A number with the words it is shown by. A number without a word is kept.
#[derive(Clone, Copy)]
pub struct Choice {
    /// The number.
    pub number: u16,
    /// The words.
    pub choices: &'static Choices,
}

impl Choice {
    /// Its word, if it has one.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        self.choices.word(self.number)
    }
}

impl PartialEq for Choice {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Choice {}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.word() {
            Some(word) => f.write_str(word),
            None => write!(f, "{}", self.number),
        }
    }
}

impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
