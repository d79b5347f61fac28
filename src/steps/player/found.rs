//! A device's player: which it is, what is seen of it, and why there is none.

use std::time::Duration;

use serde_json::{Value, json};

use super::status::PlayerStatus;
use crate::bluez::{Device, Player, Properties, Tree};
use crate::plan::{DeviceName, Span};
use crate::steps::failure::shown;
use crate::steps::matching;
use crate::steps::{Bench, Failure, Outcome};

/// The service of a device that has a player (AVRCP target).
const TARGET: &str = "110c";

/// What a player shows that a person wants to see.
const SHOWN: [&str; 7] = ["Status", "Track", "Position", "Repeat", "Shuffle", "Equalizer", "Name"];

/// How long a player may take to be shown and to do as it is asked, where the plan does not say.
pub(super) fn ten_seconds() -> Span {
    Span(Duration::from_secs(10))
}

/// The player of a device, as soon as there is one.
///
/// # Errors
/// There is none after a while.
pub(super) async fn find(
    bench: &Bench,
    name: &DeviceName,
    within: Duration,
) -> Result<Player, Failure> {
    let device = bench.device(name)?;
    bench.saw(format!("{name} shows no player yet"));
    let mirror = bench.session().mirror();
    let some = mirror.wait_for(|tree| Player::path_of(tree, &device));
    match tokio::time::timeout(within, some).await {
        Ok(path) => Ok(Player::at(bench.session(), &path?)),
        Err(_) => Err(mirror.read(|tree| none(name, &device, tree))),
    }
}

/// Waits until a device takes keys, whether or not it shows a player.
///
/// # Errors
/// It does not after a while.
pub(super) async fn controls(
    bench: &Bench,
    name: &DeviceName,
    device: &Device,
    within: Duration,
) -> Outcome {
    bench.saw(format!("AVRCP of {name} is not connected yet"));
    let mirror = bench.session().mirror();
    let takes = mirror.wait_for(|tree| {
        let connected = tree.property(device.path(), Player::CONTROL, "Connected");
        (connected == Some(&json!(true))).then_some(())
    });
    match tokio::time::timeout(within, takes).await {
        Ok(takes) => Ok(takes?),
        Err(_) => Err(mirror.read(|tree| none(name, device, tree))),
    }
}

/// That there is no player, why, and what to do about it.
fn none(name: &DeviceName, device: &Device, tree: &Tree) -> Failure {
    let has_target = || {
        let target = crate::plan::ServiceUuid::try_from(TARGET.to_owned()).ok();
        let properties = tree.interface(device.path(), Device::INTERFACE);
        let both = properties.zip(target);
        both.is_some_and(|(properties, target)| matching::has_service(properties, &target))
    };
    let avrcp = tree.property(device.path(), Player::CONTROL, "Connected");
    let connected = tree.property(device.path(), Device::INTERFACE, "Connected");
    let (why, hint) = if connected != Some(&json!(true)) {
        ("it is not connected", "put { do = \"connect\", … } before this step")
    } else if !has_target() {
        (
            "it has no service of a player (AVRCP target, 110c)",
            "is it a phone or another player? For a headset with buttons there is `serve-player`",
        )
    } else if avrcp == Some(&json!(true)) {
        (
            "AVRCP is connected, and the device has told of no player",
            "open a player on the device; some show none until something has been played",
        )
    } else {
        (
            "AVRCP is not connected",
            "BlueZ connects it with the audio of the device: put { do = \"audio-endpoint\", role = \"sink\" } before \
             `connect`, or start a sound server",
        )
    };
    let message = format!("{name} shows no player: {why}");
    Failure::fail("no-player", message, hint)
}

/// Waits until a player's properties are as wanted. What is seen in the end, where they never are.
///
/// # Errors
/// The connection broke.
pub(super) async fn becomes(
    bench: &Bench,
    player: &Player,
    within: Duration,
    holds: impl Fn(&Properties) -> bool,
) -> Outcome<Option<String>> {
    let is_so = bench.session().mirror().wait_for(|tree| {
        let now = Player::properties_in(tree, player.path());
        now.map_or(Some(false), |now| holds(now).then_some(true))
    });
    match tokio::time::timeout(within, is_so).await {
        Ok(Ok(true)) => Ok(None),
        Ok(Err(error)) => Err(error.into()),
        Ok(Ok(false)) => Ok(Some("the player has gone".to_owned())),
        Err(_) => Ok(Some(told(player))),
    }
}

/// Waits until a player has this status.
///
/// # Errors
/// It has another after a while.
pub(super) async fn turns(
    bench: &Bench,
    name: &DeviceName,
    player: &Player,
    wanted: PlayerStatus,
    within: Duration,
) -> Outcome {
    bench.saw(format!("BlueZ answered; the player's status did not turn {}", wanted.word()));
    let is_it = |now: &Properties| now.get("Status").is_some_and(|status| status == wanted.word());
    match becomes(bench, player, within, is_it).await? {
        None => Ok(()),
        Some(seen) => Err(Failure::unmet(
            format!("the player of {name} does not follow"),
            format!("Status {}", wanted.word()),
            seen,
        )),
    }
}

/// What a player shows at the moment, in words.
pub(super) fn told(player: &Player) -> String {
    let properties = player.properties().unwrap_or_default();
    let told = |name: &&str| properties.get(*name).map(|value| format!("{name} {}", word(value)));
    let all: Vec<String> = SHOWN.iter().filter_map(told).collect();
    if all.is_empty() { "nothing yet".to_owned() } else { all.join(", ") }
}

/// A status or a name by itself, anything else as it is shown everywhere.
fn word(value: &Value) -> String {
    shown(Some(value))
}
