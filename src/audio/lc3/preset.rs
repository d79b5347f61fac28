//! The presets of the Basic Audio Profile: a configuration of LC3 and what the link has to do for it, under one name.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use serde_json::json;

use super::configuration::{Configuration, FrameDuration, SamplingFrequency};

/// What the link does for a stream (BAP 1.0.1, tables 5.2 and 6.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quality {
    /// How often what was not acknowledged is sent again.
    pub retransmissions: u8,
    /// How late it may be, in milliseconds.
    pub latency: u16,
}

/// A configuration of LC3 with its qualities: of a unicast with low latency and with high reliability, and of a
/// broadcast.
#[derive(Debug)]
struct Set {
    name: &'static str,
    frequency: SamplingFrequency,
    duration: FrameDuration,
    octets: u16,
    unicast: [Quality; 2],
    broadcast: [Quality; 2],
}

const fn quality(retransmissions: u8, latency: u16) -> Quality {
    Quality { retransmissions, latency }
}

const fn set(
    name: &'static str,
    hertz: u32,
    duration: FrameDuration,
    octets: u16,
    unicast: [Quality; 2],
    broadcast: [Quality; 2],
) -> Set {
    Set { name, frequency: SamplingFrequency(hertz), duration, octets, unicast, broadcast }
}

/// Those that bttest can code: all but 8 and 44.1 kHz, which no device has to have.
#[rustfmt::skip]
const SETS: &[Set] = {
    use FrameDuration::{Ms7_5, Ms10};
    &[
        set("16_1", 16_000, Ms7_5,  30, [quality(2,  8), quality(13,  75)], [quality(2,  8), quality(4, 45)]),
        set("16_2", 16_000, Ms10,   40, [quality(2, 10), quality(13,  95)], [quality(2, 10), quality(4, 60)]),
        set("24_1", 24_000, Ms7_5,  45, [quality(2,  8), quality(13,  75)], [quality(2,  8), quality(4, 45)]),
        set("24_2", 24_000, Ms10,   60, [quality(2, 10), quality(13,  95)], [quality(2, 10), quality(4, 60)]),
        set("32_1", 32_000, Ms7_5,  60, [quality(2,  8), quality(13,  75)], [quality(2,  8), quality(4, 45)]),
        set("32_2", 32_000, Ms10,   80, [quality(2, 10), quality(13,  95)], [quality(2, 10), quality(4, 60)]),
        set("48_1", 48_000, Ms7_5,  75, [quality(5, 15), quality(13,  75)], [quality(4, 15), quality(4, 50)]),
        set("48_2", 48_000, Ms10,  100, [quality(5, 20), quality(13,  95)], [quality(4, 20), quality(4, 65)]),
        set("48_3", 48_000, Ms7_5,  90, [quality(5, 15), quality(13,  75)], [quality(4, 15), quality(4, 50)]),
        set("48_4", 48_000, Ms10,  120, [quality(5, 20), quality(13, 100)], [quality(4, 20), quality(4, 65)]),
        set("48_5", 48_000, Ms7_5, 117, [quality(5, 15), quality(13,  75)], [quality(4, 15), quality(4, 50)]),
        set("48_6", 48_000, Ms10,  155, [quality(5, 20), quality(13, 100)], [quality(4, 20), quality(4, 65)]),
    ]
};

/// A preset, by its name in the profile, such as `48_2_1`.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    set: &'static Set,
    is_reliable: bool,
}

impl PartialEq for Preset {
    fn eq(&self, other: &Self) -> bool {
        self.set.name == other.set.name && self.is_reliable == other.is_reliable
    }
}

impl Eq for Preset {}

impl Preset {
    /// The one with the least bits.
    #[must_use]
    pub fn least() -> Self {
        const LEAST: &Set = &SETS[0];
        Self { set: LEAST, is_reliable: false }
    }

    /// The names of all.
    pub fn names() -> impl Iterator<Item = String> {
        SETS.iter().flat_map(|set| [1, 2].map(|quality| format!("{}_{quality}", set.name)))
    }

    /// The preset of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let (set, quality) = name.rsplit_once('_')?;
        let set = SETS.iter().find(|one| one.name == set)?;
        let is_reliable = match quality {
            "1" => false,
            "2" => true,
            _ => return None,
        };
        Some(Self { set, is_reliable })
    }

    /// Those that are tried where a plan names none, the best first: low latency, 10 ms before 7.5 ms, and the most
    /// bits. `16_2_1` is the last of each, since every device has to be able to do it (BAP 3.5.1).
    #[must_use]
    pub fn usual() -> Vec<Self> {
        const USUAL: [&str; 8] =
            ["48_4_1", "48_2_1", "32_2_1", "24_2_1", "16_2_1", "48_3_1", "24_1_1", "16_1_1"];
        USUAL.into_iter().filter_map(Self::named).collect()
    }

    /// Whether a configuration is that of a preset.
    pub(super) fn has(configuration: Configuration) -> bool {
        SETS.iter().any(|set| Self { set, is_reliable: false }.is(&configuration))
    }

    /// Whether a configuration is that of this preset, wherever it is heard.
    #[must_use]
    pub fn is(self, configuration: &Configuration) -> bool {
        self.set.frequency == configuration.frequency
            && self.set.duration == configuration.duration
            && self.set.octets == configuration.octets
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> String {
        format!("{}_{}", self.set.name, if self.is_reliable { 2 } else { 1 })
    }

    /// The sampling frequency.
    #[must_use]
    pub fn frequency(self) -> SamplingFrequency {
        self.set.frequency
    }

    /// How long a frame is.
    #[must_use]
    pub fn duration(self) -> FrameDuration {
        self.set.duration
    }

    /// How many octets a frame of one channel has.
    #[must_use]
    pub fn octets(self) -> u16 {
        self.set.octets
    }

    /// What the link does for it in a unicast.
    #[must_use]
    pub fn unicast(self) -> Quality {
        self.pick(self.set.unicast)
    }

    /// What the link does for it in a broadcast.
    #[must_use]
    pub fn broadcast(self) -> Quality {
        self.pick(self.set.broadcast)
    }

    fn pick(self, [low_latency, reliable]: [Quality; 2]) -> Quality {
        if self.is_reliable { reliable } else { low_latency }
    }
}

impl<'de> Deserialize<'de> for Preset {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| {
            let all: Vec<String> = Self::names().collect();
            de::Error::custom(format!("`{name}` is no preset of LC3; there are {}", all.join(", ")))
        })
    }
}

impl JsonSchema for Preset {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Lc3Preset".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<String> = Self::names().collect();
        json_schema!({ "type": "string", "enum": json!(names) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_is_what_the_profile_says() {
        let preset = Preset::named("48_4_2").unwrap();
        assert_eq!(preset.name(), "48_4_2");
        assert_eq!((preset.frequency().hertz(), preset.octets()), (48_000, 120));
        assert_eq!(preset.duration(), FrameDuration::Ms10);
        assert_eq!(preset.unicast(), Quality { retransmissions: 13, latency: 100 });
        assert_eq!(preset.broadcast(), Quality { retransmissions: 4, latency: 65 });
        assert_ne!(preset, Preset::named("48_4_1").unwrap());
    }

    #[test]
    fn every_name_is_one_and_others_are_refused() {
        assert_eq!(Preset::names().count(), 24);
        assert!(
            Preset::names().all(|name| Preset::named(&name).is_some_and(|one| one.name() == name))
        );
        assert_eq!(Preset::usual().len(), 8);
        for wrong in ["", "48_2", "48_2_3", "8_1_1", "441_1_1", "48_2_", "_1"] {
            assert!(Preset::named(wrong).is_none(), "{wrong}");
        }
    }
}
