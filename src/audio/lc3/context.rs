//! What a stream is for (Assigned Numbers, 6.12.3): a device may take a call and refuse music.

use schemars::JsonSchema;
use serde::Deserialize;

use super::ltv;

/// The type of the streaming contexts among the metadata (Assigned Numbers, 6.12.6).
const STREAMING_CONTEXTS: u8 = 2;

/// What a stream is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Context {
    /// Nothing in particular.
    Unspecified,
    /// A call.
    Conversational,
    /// Music, a film.
    #[default]
    Media,
    /// A game.
    Game,
    /// Such as of a navigation.
    Instructional,
    /// What a machine says that is spoken to.
    VoiceAssistants,
    /// Where sound and sight go together in the room.
    Live,
    /// Such as a key that clicks.
    SoundEffects,
    /// Such as of a message that has come.
    Notifications,
    /// A call that comes in.
    Ringtone,
    /// Such as an alarm clock.
    Alerts,
    /// A fire.
    EmergencyAlarm,
}

impl Context {
    const ALL: [(Self, u16, &'static str); 12] = [
        (Self::Unspecified, 0x0001, "unspecified"),
        (Self::Conversational, 0x0002, "conversational"),
        (Self::Media, 0x0004, "media"),
        (Self::Game, 0x0008, "game"),
        (Self::Instructional, 0x0010, "instructional"),
        (Self::VoiceAssistants, 0x0020, "voice-assistants"),
        (Self::Live, 0x0040, "live"),
        (Self::SoundEffects, 0x0080, "sound-effects"),
        (Self::Notifications, 0x0100, "notifications"),
        (Self::Ringtone, 0x0200, "ringtone"),
        (Self::Alerts, 0x0400, "alerts"),
        (Self::EmergencyAlarm, 0x0800, "emergency-alarm"),
    ];

    /// The bits of all.
    pub const EVERY: u16 = 0x0fff;

    /// As a plan writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(one, ..)| *one == self).map_or("unspecified", |(.., word)| word)
    }

    /// Its bit.
    #[must_use]
    pub fn bit(self) -> u16 {
        Self::ALL.iter().find(|(one, ..)| *one == self).map_or(1, |(_, bit, _)| *bit)
    }

    /// The metadata of a stream that is for this.
    #[must_use]
    pub fn metadata(self) -> Vec<u8> {
        let mut row = Vec::new();
        ltv::push(&mut row, STREAMING_CONTEXTS, &self.bit().to_le_bytes());
        row
    }

    /// Whether the metadata of a stream say that it is for this.
    #[must_use]
    pub fn is_in(self, metadata: &[u8]) -> bool {
        let bits = ltv::value(metadata, STREAMING_CONTEXTS).and_then(ltv::number);
        bits.is_some_and(|bits| bits & self.bit() != 0)
    }

    /// What the metadata of a stream say that it is for, in words.
    #[must_use]
    pub fn told(metadata: &[u8]) -> Option<String> {
        let bits = ltv::value(metadata, STREAMING_CONTEXTS).and_then(ltv::number)?;
        let words: Vec<&str> = Self::ALL
            .iter()
            .filter(|(_, bit, _)| bits & bit != 0)
            .map(|(.., word)| *word)
            .collect();
        (!words.is_empty()).then(|| words.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stream_is_for_is_in_its_metadata() {
        let metadata = Context::Media.metadata();
        assert_eq!(metadata, [3, 2, 4, 0]);
        assert!(Context::Media.is_in(&metadata));
        assert!(!Context::Conversational.is_in(&metadata));
        assert_eq!(Context::told(&[3, 2, 6, 0]).as_deref(), Some("conversational and media"));
        assert_eq!(Context::told(&[]), None);
        let all = Context::ALL.iter().fold(0, |bits, (_, bit, _)| bits | bit);
        assert_eq!(all, Context::EVERY);
    }
}
