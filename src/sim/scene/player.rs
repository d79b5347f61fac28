//! AVRCP of a device of a scene: the player of a phone (`[device.player]`), and the buttons of a headset
//! (`presses = [{ key = "play" }]`).

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::latency;

/// The most tracks of a player, and the most presses of a device.
const MOST: usize = 1000;

/// The player of a device.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Player {
    /// How it stands when it is shown.
    #[serde(default)]
    pub status: Status,
    /// What it has to play; the first is the current one.
    #[serde(deserialize_with = "tracks")]
    pub tracks: Vec<Track>,
    /// What it repeats, if it has that setting: a word of BlueZ's, such as `off`.
    #[serde(default, deserialize_with = "repeat")]
    pub repeat: Option<String>,
    /// What it shuffles, if it has that setting.
    #[serde(default, deserialize_with = "shuffle")]
    pub shuffle: Option<String>,
    /// Whether it does nothing that it is asked.
    #[serde(default)]
    pub ignores_keys: bool,
}

/// A track of a player.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Track {
    /// Its title.
    pub title: String,
    /// Who plays it.
    pub artist: Option<String>,
    /// The album that it is from.
    pub album: Option<String>,
    /// Its genre.
    pub genre: Option<String>,
    /// How long it is, if the player tells.
    #[serde(default, deserialize_with = "latency::deserialize_optional")]
    pub duration: Option<Duration>,
}

/// How a player stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It plays.
    Playing,
    /// It would go on.
    #[default]
    Paused,
    /// It would begin anew.
    Stopped,
    /// It goes on in large steps.
    ForwardSeek,
    /// It goes back in large steps.
    ReverseSeek,
}

impl Status {
    /// BlueZ's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Status::Playing => "playing",
            Status::Paused => "paused",
            Status::Stopped => "stopped",
            Status::ForwardSeek => "forward-seek",
            Status::ReverseSeek => "reverse-seek",
        }
    }
}

/// A press of a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Press {
    /// Which button.
    pub key: Key,
    /// How long after AVRCP is connected, or after the press before.
    #[serde(default = "soon", deserialize_with = "latency::deserialize_duration")]
    pub after: Duration,
}

fn soon() -> Duration {
    Duration::from_secs(1)
}

/// A button, as bluetoothd passes it on to players.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// Play.
    Play,
    /// Pause.
    Pause,
    /// Stop.
    Stop,
    /// The next track.
    Next,
    /// The track before.
    Previous,
}

/// The settings of a player and their values (`doc/org.bluez.MediaPlayer.rst`).
pub const SETTINGS: [(&str, &[&str]); 2] = [
    ("Repeat", &["off", "singletrack", "alltracks", "group"]),
    ("Shuffle", &["off", "alltracks", "group"]),
];

fn tracks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Track>, D::Error> {
    let tracks = Vec::<Track>::deserialize(deserializer)?;
    match tracks.len() {
        1..=MOST => Ok(tracks),
        _ => Err(D::Error::custom(format!("a player has from 1 to {MOST} tracks"))),
    }
}

/// The presses of a device.
pub fn presses<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Press>, D::Error> {
    let presses = Vec::<Press>::deserialize(deserializer)?;
    match presses.len() {
        0..=MOST => Ok(presses),
        _ => Err(D::Error::custom(format!("{MOST} presses are the most"))),
    }
}

fn repeat<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    setting(deserializer, "Repeat")
}

fn shuffle<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    setting(deserializer, "Shuffle")
}

fn setting<'de, D: Deserializer<'de>>(
    deserializer: D,
    setting: &str,
) -> Result<Option<String>, D::Error> {
    let value = String::deserialize(deserializer)?;
    let known = SETTINGS.iter().find(|(name, _)| *name == setting);
    let values = known.map(|(_, values)| *values).unwrap_or_default();
    match values.contains(&value.as_str()) {
        true => Ok(Some(value)),
        false => Err(D::Error::custom(format!("it is one of {}", values.join(", ")))),
    }
}
