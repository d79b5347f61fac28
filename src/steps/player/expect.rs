//! `player-expect`: what a device's player shows.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::found::{becomes, find, ten_seconds};
use super::setting::{Among, Equalizer, Repeat};
use super::status::PlayerStatus;
use super::text::Text;
use crate::bluez::{Player, Properties};
use crate::plan::{DeviceName, Span};
use crate::steps::number::Number;
use crate::steps::{Bench, Failure, Outcome, Step};

/// Check what a device's player shows (AVRCP), or wait until it is as wanted.
///
/// It is BlueZ's MediaPlayer1 that is looked at: status and track as the device tells them, and the settings that its
/// player has.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlayerExpect {
    /// The device of the plan.
    device: DeviceName,
    /// How the player stands.
    status: Option<PlayerStatus>,
    /// What is played.
    #[serde(default)]
    track: WantedTrack,
    /// What it repeats.
    repeat: Option<Repeat>,
    /// What it shuffles.
    shuffle: Option<Among>,
    /// What it scans.
    scan: Option<Among>,
    /// Whether its equalizer is on.
    equalizer: Option<Equalizer>,
    /// How far the track has been played when BlueZ was last told, in milliseconds.
    position: Option<Number>,
    /// The player's own name, where it tells one: a text, or a table as in `expect`.
    name: Option<Text>,
    /// How long it may take.
    #[serde(default = "ten_seconds")]
    within: Span,
}

/// What a track must be. Each text is a text, or a table as in `expect`: `{ matches = "^First" }`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct WantedTrack {
    /// Its title.
    title: Option<Text>,
    /// Who plays it.
    artist: Option<Text>,
    /// The album that it is from.
    album: Option<Text>,
    /// Its genre.
    genre: Option<Text>,
    /// Which track of the album it is.
    number: Option<Number>,
    /// How many tracks the album has.
    of: Option<Number>,
    /// How long it is, in milliseconds.
    duration: Option<Number>,
}

impl WantedTrack {
    /// What is wanted of it, by BlueZ's names.
    fn wanted(&self) -> Vec<(&'static str, Wanted<'_>)> {
        let texts = [
            ("Title", &self.title),
            ("Artist", &self.artist),
            ("Album", &self.album),
            ("Genre", &self.genre),
        ];
        let numbers = [
            ("TrackNumber", self.number),
            ("NumberOfTracks", self.of),
            ("Duration", self.duration),
        ];
        let texts =
            texts.into_iter().filter_map(|(name, text)| Some((name, Wanted::Text(text.as_ref()?))));
        let numbers =
            numbers.into_iter().filter_map(|(name, number)| Some((name, Wanted::Number(number?))));
        texts.chain(numbers).collect()
    }
}

/// What a value must be.
enum Wanted<'a> {
    Word(&'static str),
    Text(&'a Text),
    Number(Number),
}

impl Wanted<'_> {
    fn holds(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Word(word) => value.and_then(Value::as_str) == Some(*word),
            Self::Text(text) => text.holds(value),
            Self::Number(number) => {
                value.and_then(Value::as_i64).is_some_and(|value| number.holds(value))
            }
        }
    }

    fn told(&self) -> String {
        match self {
            Self::Word(word) => (*word).to_owned(),
            Self::Text(text) => text.told(),
            Self::Number(number) => number.told(|number| number.to_string()),
        }
    }
}

impl Step for PlayerExpect {
    const VERB: &'static str = "player-expect";
    const EXAMPLE: &'static str = r#"{ do = "player-expect", device = "headset", status = "paused", track = { title = "First Light", artist = { matches = "^The " } } }"#;

    fn describe(&self) -> String {
        match self.told() {
            nothing if nothing.is_empty() => format!("expect a player of {}", self.device),
            wanted => format!("expect the player of {}: {wanted}", self.device),
        }
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(1)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let began = tokio::time::Instant::now();
        let player: Player = find(bench, &self.device, self.within.0).await?;
        let left = self.within.0.saturating_sub(began.elapsed());
        bench.saw("the player is not as expected");
        match becomes(bench, &player, left, |now| self.holds(now)).await? {
            None => Ok(()),
            Some(seen) => Err(Failure::unmet(
                format!("the player of {} is not as expected", self.device),
                self.told(),
                seen,
            )),
        }
    }
}

impl PlayerExpect {
    /// What is wanted of the player itself, by BlueZ's names.
    fn wanted(&self) -> Vec<(&'static str, Wanted<'_>)> {
        let all = [
            ("Status", self.status.map(|status| Wanted::Word(status.word()))),
            ("Repeat", self.repeat.map(|repeat| Wanted::Word(repeat.word()))),
            ("Shuffle", self.shuffle.map(|shuffle| Wanted::Word(shuffle.word()))),
            ("Scan", self.scan.map(|scan| Wanted::Word(scan.word()))),
            ("Equalizer", self.equalizer.map(|equalizer| Wanted::Word(equalizer.word()))),
            ("Position", self.position.map(Wanted::Number)),
            ("Name", self.name.as_ref().map(Wanted::Text)),
        ];
        all.into_iter().filter_map(|(name, wanted)| Some((name, wanted?))).collect()
    }

    fn holds(&self, now: &Properties) -> bool {
        let track = now.get("Track");
        self.wanted().iter().all(|(name, wanted)| wanted.holds(now.get(*name)))
            && self
                .track
                .wanted()
                .iter()
                .all(|(name, wanted)| wanted.holds(track.and_then(|track| track.get(*name))))
    }

    fn told(&self) -> String {
        let all = self.wanted().into_iter().chain(self.track.wanted());
        let all: Vec<String> =
            all.map(|(name, wanted)| format!("{name} {}", wanted.told())).collect();
        all.join(", ")
    }
}
