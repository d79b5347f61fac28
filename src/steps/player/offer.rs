//! `serve-player`: a player of the bench, for a device under test that has buttons.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::bluez::{ErrorKind, Offer, Status, Track};
use crate::plan::{DeviceName, Span};
use crate::steps::begun::Begun;
use crate::steps::{Bench, Failure, Outcome, Step};

/// Offer a player of the bench to devices with buttons, until the scope ends or another `serve-player`.
///
/// BlueZ tells a headset or a speaker what is played, and asks the player for what its buttons say (AVRCP). The player
/// does as it is asked; what that was is kept for `serve-player-expect`. Where a sound server has a player too, BlueZ
/// takes the one that was there first: stop it for the test.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServePlayer {
    /// Its name.
    #[serde(default = "own_name")]
    name: String,
    /// How it stands at first.
    #[serde(default)]
    status: OfferedStatus,
    /// What it has to play; the first is the current one. Default: one without an artist.
    #[serde(default = "a_track", deserialize_with = "some_tracks")]
    #[schemars(length(min = 1, max = 1000))]
    tracks: Vec<OfferedTrack>,
    /// Offer it on the adapter that this device is on. Default: the plan's own adapter.
    device: Option<DeviceName>,
}

fn own_name() -> String {
    "bttest".to_owned()
}

fn a_track() -> Vec<OfferedTrack> {
    let title = "Test track".to_owned();
    vec![OfferedTrack { title, artist: None, album: None, genre: None, duration: None }]
}

fn some_tracks<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<OfferedTrack>, D::Error> {
    let tracks = Vec::<OfferedTrack>::deserialize(deserializer)?;
    match tracks.len() {
        1..=1000 => Ok(tracks),
        count => Err(serde::de::Error::custom(format!(
            "a player has from 1 to 1000 tracks, and this one {count}; write tracks = [{{ title = \"One\" }}]"
        ))),
    }
}

/// A track of the bench's player.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct OfferedTrack {
    /// Its title.
    title: String,
    /// Who plays it.
    artist: Option<String>,
    /// The album that it is from.
    album: Option<String>,
    /// Its genre.
    genre: Option<String>,
    /// How long it is.
    duration: Option<Span>,
}

/// How the bench's player stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum OfferedStatus {
    Playing,
    #[default]
    Paused,
    Stopped,
}

impl OfferedStatus {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Playing => "playing",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
        }
    }
}

impl From<OfferedStatus> for Status {
    fn from(status: OfferedStatus) -> Self {
        match status {
            OfferedStatus::Playing => Self::Playing,
            OfferedStatus::Paused => Self::Paused,
            OfferedStatus::Stopped => Self::Stopped,
        }
    }
}

impl From<&OfferedTrack> for Track {
    fn from(track: &OfferedTrack) -> Self {
        let OfferedTrack { title, artist, album, genre, duration } = track.clone();
        let duration = duration.map(|long| u64::try_from(long.0.as_millis()).unwrap_or(u64::MAX));
        Self { title, artist, album, genre, duration }
    }
}

impl Step for ServePlayer {
    const VERB: &'static str = "serve-player";
    const EXAMPLE: &'static str = r#"{ do = "serve-player", status = "paused", tracks = [{ title = "One", artist = "Somebody" }, { title = "Two" }] }"#;

    fn describe(&self) -> String {
        format!("offer a player, {}", self.status.word())
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let adapter = self.device.as_ref().map_or(bench.adapter(), |name| bench.adapter_of(name));
        let tracks = self.tracks.iter().map(Track::from).collect();
        let offer = Offer { name: self.name.clone(), status: self.status.into(), tracks };
        match bench.player().offer(adapter, offer).await {
            Ok(path) => {
                bench.begins(Begun::Player(path));
                Ok(())
            }
            Err(error)
                if matches!(error.kind, ErrorKind::UnknownMember | ErrorKind::NotSupported) =>
            {
                Err(Failure::bench(
                    "no-avrcp",
                    "this bluetoothd takes no players",
                    "it was built without AVRCP, or runs with `--noplugin`; see `systemctl cat bluetooth`",
                ))
            }
            Err(error) => Err(error.into()),
        }
    }
}
