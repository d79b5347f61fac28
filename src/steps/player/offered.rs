//! `serve-player-expect`: what a device asks of the bench's player.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::found::ten_seconds;
use super::offer::OfferedStatus;
use crate::bluez::{OfferedPlayer, Status};
use crate::plan::Span;
use crate::steps::{Bench, Failure, Outcome, Step};

/// Wait until a device has asked the bench's player for something: a button of a headset was pressed.
///
/// What it has asked since `serve-player` counts. BlueZ does not tell which device it was; connect the one under test
/// alone.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServePlayerExpect {
    /// What is asked. A button for both play and pause asks for one of them, as the player stands.
    command: Asked,
    /// How many times at least.
    #[serde(default = "once")]
    times: u16,
    /// How the player stands thereafter.
    status: Option<OfferedStatus>,
    /// The title of its track thereafter.
    title: Option<String>,
    /// How long it may take.
    #[serde(default = "ten_seconds")]
    within: Span,
}

fn once() -> u16 {
    1
}

/// What BlueZ passes on to a player.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Asked {
    Play,
    Pause,
    Stop,
    Next,
    Previous,
}

impl Asked {
    fn method(self) -> &'static str {
        match self {
            Self::Play => "Play",
            Self::Pause => "Pause",
            Self::Stop => "Stop",
            Self::Next => "Next",
            Self::Previous => "Previous",
        }
    }
}

impl Step for ServePlayerExpect {
    const VERB: &'static str = "serve-player-expect";
    const EXAMPLE: &'static str =
        r#"{ do = "serve-player-expect", command = "play", status = "playing", within = "30s" }"#;

    fn describe(&self) -> String {
        format!("expect that a device asks the bench's player: {}", self.command.method())
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(1)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let player = bench.player();
        if player.status().is_none() {
            return Err(Failure::bench(
                "not-served",
                "the bench offers no player",
                "put { do = \"serve-player\" } before this step, and before `connect`",
            ));
        }
        bench.saw("no device has asked for it");
        let so = player.wait_until(|player| self.holds(player));
        if tokio::time::timeout(self.within.0, so).await.is_ok() {
            return Ok(());
        }
        let asked = player.asked();
        let mut failure = Failure::unmet(
            format!("{} is not so within {}", self.describe(), self.within),
            self.told(),
            told(player, &asked),
        );
        if asked.is_empty() {
            failure = failure.hinted(
                "was a button pressed, and is AVRCP connected (MediaControl1.Connected)? Is there another player, such \
                 as one of a sound server?",
            );
        }
        Err(failure)
    }
}

impl ServePlayerExpect {
    fn holds(&self, player: &OfferedPlayer) -> bool {
        let asked = player.asked();
        let times = asked.iter().filter(|method| *method == self.command.method()).count();
        times >= usize::from(self.times)
            && self.status.is_none_or(|wanted| player.status() == Some(Status::from(wanted)))
            && self.title.as_ref().is_none_or(|title| player.title().as_ref() == Some(title))
    }

    /// What is wanted, in words.
    fn told(&self) -> String {
        let status = self.status.map(|status| status.word().to_owned());
        let title = self.title.as_ref().map(|title| format!("track {title}"));
        let times = format!("{} {} times or more", self.command.method(), self.times);
        std::iter::once(times).chain(status).chain(title).collect::<Vec<_>>().join(", ")
    }
}

fn told(player: &OfferedPlayer, asked: &[String]) -> String {
    let stands = player.told().unwrap_or_else(|| "the player has gone".to_owned());
    match asked {
        [] => format!("nothing; {stands}"),
        some => format!("{}; {stands}", some.join(", ")),
    }
}
