//! `player`: a key of a device's player.

use schemars::JsonSchema;
use serde::Deserialize;

use super::found::{controls, find, ten_seconds, turns};
use super::status::PlayerStatus;
use crate::bluez::{Error, ErrorKind, Player};
use crate::plan::{DeviceName, Span};
use crate::steps::{Bench, Failure, Outcome, Step};

/// Press a key of a device's player (AVRCP), and wait for what comes of it.
///
/// The device under test is the one that plays, such as a phone, and the bench is its remote control. BlueZ connects
/// AVRCP with the audio of the device: `audio-endpoint` with the role `sink` stands before `connect`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "CommandTable")]
#[schemars(with = "CommandTable")]
pub struct PlayerCommand(CommandTable);

/// [`PlayerCommand`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CommandTable {
    /// The device of the plan.
    device: DeviceName,
    /// What is asked of it. `fast-forward` and `rewind` last until the next command; `press` and `hold` take any `key`,
    /// and `release` ends what `hold` has begun. `volume-up` and `volume-down` go via `control`.
    command: Command,
    /// The key of `press` and `hold`, by its number among the operations of AV/C (0 to 127): 0x44 plays.
    key: Option<u8>,
    /// The interface of BlueZ that is used: MediaPlayer1, or the older MediaControl1.
    #[serde(default)]
    via: Via,
    /// How the player must stand thereafter.
    status: Option<PlayerStatus>,
    /// How long that, and until the device shows a player, may take.
    #[serde(default = "ten_seconds")]
    within: Span,
}

/// A command of a player.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Command {
    Play,
    Pause,
    Stop,
    Next,
    Previous,
    FastForward,
    Rewind,
    Press,
    Hold,
    Release,
    VolumeUp,
    VolumeDown,
}

impl Command {
    /// As a plan writes it, and BlueZ's method for it.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Play => ("play", "Play"),
            Self::Pause => ("pause", "Pause"),
            Self::Stop => ("stop", "Stop"),
            Self::Next => ("next", "Next"),
            Self::Previous => ("previous", "Previous"),
            Self::FastForward => ("fast-forward", "FastForward"),
            Self::Rewind => ("rewind", "Rewind"),
            Self::Press => ("press", "Press"),
            Self::Hold => ("hold", "Hold"),
            Self::Release => ("release", "Release"),
            Self::VolumeUp => ("volume-up", "VolumeUp"),
            Self::VolumeDown => ("volume-down", "VolumeDown"),
        }
    }

    fn word(self) -> &'static str {
        self.names().0
    }

    fn method(self) -> &'static str {
        self.names().1
    }

    fn takes_key(self) -> bool {
        matches!(self, Self::Press | Self::Hold)
    }

    /// Whether the interface of BlueZ has it.
    fn is_known(self, via: Via) -> bool {
        match via {
            Via::Player => !matches!(self, Self::VolumeUp | Self::VolumeDown),
            Via::Control => !matches!(self, Self::Press | Self::Hold | Self::Release),
        }
    }
}

/// An interface of BlueZ with a player's keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Via {
    /// The player's own.
    #[default]
    Player,
    /// That of the device, which BlueZ has kept from before there were players.
    Control,
}

impl TryFrom<CommandTable> for PlayerCommand {
    type Error = String;

    fn try_from(table: CommandTable) -> Result<Self, String> {
        let CommandTable { command, key, via, .. } = &table;
        let word = command.word();
        match (command.is_known(*via), key) {
            (false, _) => {
                let other = if *via == Via::Player { "control" } else { "player" };
                Err(format!("this interface has no `{word}`; write via = \"{other}\""))
            }
            (true, None) if command.takes_key() => {
                Err(format!("`{word}` needs the key; write key = 0x44"))
            }
            (true, Some(_)) if !command.takes_key() => {
                Err(format!("`{word}` is a key itself; take `key` out"))
            }
            (true, Some(key @ 128..)) => {
                Err(format!("{key} is no key; AV/C has them from 0 to 127"))
            }
            _ => Ok(Self(table)),
        }
    }
}

/// Why BlueZ did not pass a key on, in words.
fn refused(error: Error) -> Failure {
    let hint = match error.kind {
        ErrorKind::NotConnected => "AVRCP has ended; is the device still connected for audio?",
        ErrorKind::NotSupported => {
            "the device has no AVRCP target (service 110c), which listens for keys"
        }
        _ => return error.into(),
    };
    Failure::from(error).hinted(hint)
}

impl Step for PlayerCommand {
    const VERB: &'static str = "player";
    const EXAMPLE: &'static str = r#"{ do = "player", device = "headset", command = "play", status = "playing", within = "5s" }"#;

    fn describe(&self) -> String {
        let CommandTable { device, command, key, .. } = &self.0;
        let key = key.map_or_else(String::new, |key| format!(" 0x{key:02x}"));
        format!("player {}{key} on {device}", command.word())
    }

    fn limit(&self) -> std::time::Duration {
        self.0.within.0 + std::time::Duration::from_secs(5)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let CommandTable { device: name, command, key, via, status, within } = &self.0;
        let began = tokio::time::Instant::now();
        let left = || within.0.saturating_sub(began.elapsed());
        let device = bench.device(name)?;
        let answer = match via {
            Via::Player => {
                let player = find(bench, name, left()).await?;
                bench.touch(&device);
                player.command(command.method(), *key).await
            }
            Via::Control => {
                controls(bench, name, &device, left()).await?;
                bench.touch(&device);
                Player::control(bench.session(), &device, command.method()).await
            }
        };
        answer.map_err(refused)?;
        let Some(status) = status else { return Ok(()) };
        let player = find(bench, name, left()).await?;
        turns(bench, name, &player, *status, left()).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_command_needs_its_key_and_an_interface_that_has_it() {
        for (more, wrong) in [
            (json!({ "command": "play" }), None),
            (json!({ "command": "hold", "key": 0x48 }), None),
            (json!({ "command": "volume-up", "via": "control" }), None),
            (json!({ "command": "volume-up" }), Some("via = \"control\"")),
            (json!({ "command": "release", "via": "control" }), Some("via = \"player\"")),
            (json!({ "command": "press" }), Some("key = 0x44")),
            (json!({ "command": "fast-forward", "key": 1 }), Some("take `key` out")),
            (json!({ "command": "press", "key": 128 }), Some("from 0 to 127")),
        ] {
            let mut table = json!({ "device": "phone" });
            table.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let read = serde_json::from_value::<PlayerCommand>(table);
            let error = read.err().map(|error| error.to_string());
            let is_so = match (&error, wrong) {
                (None, None) => true,
                (Some(error), Some(part)) => error.contains(part),
                _ => false,
            };
            assert!(is_so, "{more}: {error:?}");
        }
    }
}
