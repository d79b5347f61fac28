//! Where a channel is meant to be heard (Assigned Numbers, 6.12.1).

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

/// The place of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Location {
    FrontLeft,
    FrontRight,
    FrontCenter,
    BackLeft,
    BackRight,
    SideLeft,
    SideRight,
}

impl Location {
    const ALL: [(Self, u32, &'static str); 7] = [
        (Self::FrontLeft, 0x1, "front-left"),
        (Self::FrontRight, 0x2, "front-right"),
        (Self::FrontCenter, 0x4, "front-center"),
        (Self::BackLeft, 0x10, "back-left"),
        (Self::BackRight, 0x20, "back-right"),
        (Self::SideLeft, 0x400, "side-left"),
        (Self::SideRight, 0x800, "side-right"),
    ];
}

/// Places, one for each channel; none at all is one channel for everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Locations(pub u32);

impl Locations {
    /// These.
    #[must_use]
    pub fn of(several: &[Location]) -> Self {
        let bit = |wanted: &Location| {
            Location::ALL.iter().find(|(one, ..)| one == wanted).map_or(0, |(_, bit, _)| *bit)
        };
        Self(several.iter().fold(0, |bits, one| bits | bit(one)))
    }

    /// How many channels they are.
    #[must_use]
    pub fn channels(self) -> u16 {
        u16::try_from(self.0.count_ones().max(1)).unwrap_or(1)
    }
}

impl fmt::Display for Locations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Location::ALL.iter().filter(|(_, bit, _)| self.0 & bit != 0);
        let mut words: Vec<String> = known.map(|(.., word)| (*word).to_owned()).collect();
        let rest = Location::ALL.iter().fold(self.0, |rest, (_, bit, _)| rest & !bit);
        if rest != 0 {
            words.push(format!("{rest:#x}"));
        }
        match words.as_slice() {
            [] => f.write_str("mono"),
            words => f.write_str(&words.join(" and ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_in_words_and_counted() {
        let both = Locations::of(&[Location::FrontRight, Location::FrontLeft]);
        assert_eq!((both, both.channels()), (Locations(3), 2));
        assert_eq!(both.to_string(), "front-left and front-right");
        assert_eq!((Locations(0).to_string().as_str(), Locations(0).channels()), ("mono", 1));
        assert_eq!(Locations(0x4000_0001).to_string(), "front-left and 0x40000000");
    }
}
