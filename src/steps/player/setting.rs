//! `player-set`: a setting of a device's player.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::found::{becomes, find, ten_seconds};
use crate::bluez::{ErrorKind, Player, Properties};
use crate::plan::{DeviceName, Span};
use crate::steps::{Bench, Failure, Outcome, Step};

/// Change how a device's player repeats, shuffles or sounds (AVRCP), and see that it follows.
///
/// BlueZ shows the settings that the player has; what was set is not put back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "SetTable")]
#[schemars(with = "SetTable")]
pub struct PlayerSet(SetTable);

/// [`PlayerSet`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SetTable {
    /// The device of the plan.
    device: DeviceName,
    /// What is repeated.
    repeat: Option<Repeat>,
    /// What is shuffled.
    shuffle: Option<Among>,
    /// What is scanned: played for a few seconds each.
    scan: Option<Among>,
    /// Whether the player's equalizer is on.
    equalizer: Option<Equalizer>,
    /// How long all of it may take.
    #[serde(default = "ten_seconds")]
    within: Span,
}

/// What a player repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Repeat {
    Off,
    SingleTrack,
    AllTracks,
    Group,
}

impl Repeat {
    /// BlueZ's word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::SingleTrack => "singletrack",
            Self::AllTracks => "alltracks",
            Self::Group => "group",
        }
    }
}

/// Which tracks a player shuffles or scans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Among {
    Off,
    AllTracks,
    Group,
}

impl Among {
    /// BlueZ's word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::AllTracks => "alltracks",
            Self::Group => "group",
        }
    }
}

/// Whether a player's equalizer is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Equalizer {
    Off,
    On,
}

impl Equalizer {
    /// BlueZ's word for it.
    pub(super) fn word(self) -> &'static str {
        if self == Self::On { "on" } else { "off" }
    }
}

impl TryFrom<SetTable> for PlayerSet {
    type Error = String;

    fn try_from(table: SetTable) -> Result<Self, String> {
        let set = Self(table);
        if set.settings().is_empty() {
            return Err("nothing is set; write repeat = \"alltracks\"".to_owned());
        }
        Ok(set)
    }
}

impl Step for PlayerSet {
    const VERB: &'static str = "player-set";
    const EXAMPLE: &'static str =
        r#"{ do = "player-set", device = "headset", repeat = "alltracks", shuffle = "off" }"#;

    fn describe(&self) -> String {
        let settings: Vec<String> =
            self.settings().into_iter().map(|(name, value)| format!("{name} {value}")).collect();
        format!("set the player of {}: {}", self.0.device, settings.join(", "))
    }

    fn limit(&self) -> Duration {
        self.0.within.0 + Duration::from_secs(5)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let SetTable { device: name, within, .. } = &self.0;
        let began = tokio::time::Instant::now();
        let left = || within.0.saturating_sub(began.elapsed());
        let player = find(bench, name, left()).await?;
        bench.touch(&bench.device(name)?);
        for (setting, value) in self.settings() {
            let has = |now: &Properties| now.contains_key(setting);
            bench.saw(format!("the player shows no {setting}"));
            if becomes(bench, &player, left(), has).await?.is_some() {
                return Err(lacking(name, setting));
            }
            self.set(bench, &player, setting, value, left()).await?;
        }
        Ok(())
    }
}

/// The player has no such setting.
fn lacking(name: &DeviceName, setting: &str) -> Failure {
    Failure::fail(
        "no-setting",
        format!("the player of {name} has no {setting}"),
        "it has no such setting of AVRCP; take it out of the step, or choose another player on the device",
    )
}

impl PlayerSet {
    /// What is set, by BlueZ's names.
    fn settings(&self) -> Vec<(&'static str, &'static str)> {
        let SetTable { repeat, shuffle, scan, equalizer, .. } = &self.0;
        let all = [
            ("Repeat", repeat.map(Repeat::word)),
            ("Shuffle", shuffle.map(Among::word)),
            ("Scan", scan.map(Among::word)),
            ("Equalizer", equalizer.map(Equalizer::word)),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    async fn set(
        &self,
        bench: &Bench,
        player: &Player,
        setting: &str,
        value: &str,
        left: Duration,
    ) -> Outcome {
        bench.saw(format!("the player has not taken {setting} {value}"));
        match player.set(setting, value).await {
            Err(error) if error.kind == ErrorKind::InvalidArguments => {
                return Err(Failure::from(error).hinted(
                    "the player does not take this value; `player-expect` shows what it has now",
                ));
            }
            other => other?,
        }
        let is_it = |now: &Properties| now.get(setting).is_some_and(|shown| shown == value);
        match becomes(bench, player, left, is_it).await? {
            None => Ok(()),
            Some(seen) => Err(Failure::unmet(
                format!("the player of {} does not follow", self.0.device),
                format!("{setting} {value}"),
                seen,
            )),
        }
    }
}
