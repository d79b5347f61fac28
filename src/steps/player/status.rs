//! How a device's player stands, as a plan says it.

use schemars::JsonSchema;
use serde::Deserialize;

/// How a player stands (`Status` in `doc/org.bluez.MediaPlayer.rst`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PlayerStatus {
    Playing,
    Paused,
    Stopped,
    ForwardSeek,
    ReverseSeek,
    /// The player itself says that something is wrong.
    Error,
}

impl PlayerStatus {
    /// BlueZ's word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Playing => "playing",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::ForwardSeek => "forward-seek",
            Self::ReverseSeek => "reverse-seek",
            Self::Error => "error",
        }
    }
}
