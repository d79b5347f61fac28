//! The players that clients register with `org.bluez.Media1`, and the buttons that devices press
//! (`register_player` and `media_player_send` in `profiles/audio/media.c`).

use std::collections::BTreeMap;

use zbus::{OwnedObjectPath, OwnedVariant};

use crate::sim::{
    bus::{Answer, Answered, Call, Client, Refusal, Value, arguments},
    daemon::{AdapterId, Daemon, DeviceId, Due},
    scene::{Key, Uuid},
};

const PLAYER: &str = "org.mpris.MediaPlayer2.Player";
/// The most players at once.
const MOST: usize = 64;

/// A client's player.
pub(super) struct ClientPlayer {
    adapter: AdapterId,
    client: Client,
    path: String,
    /// The methods that it can do with.
    takes: Vec<&'static str>,
}

impl Daemon {
    pub(super) fn register_player(&mut self, adapter: AdapterId, call: &Call) -> Answered {
        let (path, properties): (OwnedObjectPath, BTreeMap<String, OwnedVariant>) =
            arguments(call)?;
        let (client, path) = (call.client().clone(), path.as_str().to_owned());
        if self.player_of(adapter, &client, &path).is_some() {
            return Err(Refusal::already_exists());
        }
        let takes = takes(&properties).ok_or_else(Refusal::invalid_arguments)?;
        if self.media.players.len() >= MOST {
            return Err(Refusal::invalid_arguments());
        }
        self.media.players.push(ClientPlayer { adapter, client, path, takes });
        Ok(Answer::Empty)
    }

    pub(super) fn unregister_player(&mut self, adapter: AdapterId, call: &Call) -> Answered {
        let path: OwnedObjectPath = arguments(call)?;
        let at = self
            .player_of(adapter, call.client(), path.as_str())
            .ok_or_else(Refusal::does_not_exist)?;
        self.media.players.remove(at);
        Ok(Answer::Empty)
    }

    fn player_of(&self, adapter: AdapterId, client: &Client, path: &str) -> Option<usize> {
        self.media.players.iter().position(|player| {
            player.adapter == adapter && player.client == *client && player.path == path
        })
    }

    /// A client has left the bus, and its players with it.
    pub(super) fn end_players_of(&mut self, client: &Client) {
        self.media.players.retain(|player| player.client != *client);
    }

    /// An adapter has been pulled out: its players are told.
    pub(super) fn end_players_on(&mut self, adapter: AdapterId) {
        let here = |player: &ClientPlayer| player.adapter == adapter;
        while let Some(at) = self.media.players.iter().position(here) {
            let ClientPlayer { client, path, .. } = self.media.players.remove(at);
            self.bus.notify(&client, &path, (PLAYER, "Release"), &());
        }
    }

    /// The next press of a device's comes in its time.
    pub(super) fn arm_press(&mut self, id: DeviceId) {
        let remote = self.media.remotes.iter().find(|remote| remote.device == id);
        let Some(number) = remote.map(|remote| remote.pressed) else { return };
        if let Some(press) = self.devices[id].peer.spec.presses.get(number) {
            self.timers.arm(press.after, Due::Presses(id, number));
        }
    }

    /// A device presses one of its buttons: the first player of the adapter is asked.
    pub(in crate::sim::daemon) fn presses(&mut self, id: DeviceId, number: usize) {
        let mut remotes = self.media.remotes.iter_mut();
        let Some(remote) = remotes.find(|remote| remote.device == id && remote.pressed == number)
        else {
            return;
        };
        remote.pressed += 1;
        let spec = &self.devices[id].peer.spec;
        let mut services = spec.services.iter().chain(&spec.hidden_services);
        let has_buttons = services.any(|uuid| *uuid == Uuid::assigned(0x110e));
        let key = spec.presses.get(number).map(|press| method(press.key));
        let adapter = self.devices[id].adapter;
        let player = self.media.players.iter().find(|player| player.adapter == adapter);
        if let (true, Some(key), Some(player)) = (has_buttons, key, player)
            && player.takes.contains(&key)
        {
            let (client, path) = (player.client.clone(), player.path.clone());
            self.bus.notify(&client, &path, (PLAYER, key), &());
        }
        self.arm_press(id);
    }
}

fn method(key: Key) -> &'static str {
    match key {
        Key::Play => "Play",
        Key::Pause => "Pause",
        Key::Stop => "Stop",
        Key::Next => "Next",
        Key::Previous => "Previous",
    }
}

/// The methods that a player can do with; none, where its properties are wrong (`set_player_property`).
fn takes(properties: &BTreeMap<String, OwnedVariant>) -> Option<Vec<&'static str>> {
    let value = |name: &str| properties.get(name).cloned().map(Value::from);
    if ["PlaybackStatus", "Identity"]
        .into_iter()
        .filter_map(value)
        .any(|value| !matches!(value, Value::Str(_)))
    {
        return None;
    }
    let flag = |name: &str| match value(name) {
        None => Some(false),
        Some(Value::Bool(on)) => Some(on),
        Some(_) => None,
    };
    let controlled = flag("CanControl")?;
    let keys = [
        ("Play", flag("CanPlay")?),
        ("Pause", flag("CanPause")?),
        ("Stop", true),
        ("Next", flag("CanGoNext")?),
        ("Previous", flag("CanGoPrevious")?),
    ];
    let can = keys.into_iter().filter(|(_, can)| controlled && *can);
    Some(can.map(|(key, _)| key).collect())
}
