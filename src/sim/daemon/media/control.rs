//! AVRCP: `org.bluez.MediaControl1` of a device that has it, and `org.bluez.MediaPlayer1` of one with a player
//! (`profiles/audio/control.c`, `avrcp.c` and `player.c`). What is told, and in which order, was recorded on 5.66, 5.82 and 5.87.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::sim::{
    bus::{Answer, Answered, Call, Refusal, Value, arguments},
    daemon::{
        Daemon, DeviceId, Due,
        interfaces::{MEDIA_CONTROL, MEDIA_PLAYER},
        value::object_path,
    },
    error::Bearer,
    scene::{SETTINGS, Status, Track, Uuid, Version},
};

/// How long after the profiles of a device AVRCP is connected.
const CONNECTS: Duration = Duration::from_millis(40);
/// How long a device's player takes to tell of itself, and to do as it is asked.
const ANSWERS: Duration = Duration::from_millis(40);

/// AVRCP with a device.
pub(super) struct Remote {
    pub(super) device: DeviceId,
    /// How the device's player stands, if it has one.
    player: Option<Player>,
    /// How many of the device's presses have been.
    pub(super) pressed: usize,
}

/// A device's player.
struct Player {
    status: Status,
    /// What it goes back to after a seek.
    before: Status,
    track: usize,
}

/// A service of the device's, by its number.
fn assigned(number: u16) -> Uuid {
    Uuid::assigned(number)
}

impl Daemon {
    /// Whether a device has one of these services.
    fn has_service_of(&self, id: DeviceId, numbers: &[u16]) -> bool {
        let spec = &self.devices[id].peer.spec;
        let mut services = spec.services.iter().chain(&spec.hidden_services);
        services.any(|uuid| numbers.iter().any(|number| assigned(*number) == *uuid))
    }

    /// The services of a device are known: one with AVRCP has an interface for it.
    pub(in crate::sim::daemon) fn show_control(&mut self, id: DeviceId) {
        let path = self.devices[id].path.clone();
        let has_it = self.bus.tree.interface(&path, MEDIA_CONTROL.name).is_some();
        if self.has_service_of(id, &[0x110c, 0x110e]) && !has_it {
            self.bus.tree.add(&path, &MEDIA_CONTROL, vec![("Connected", false.into())]);
        }
    }

    /// The profiles of a device are connected: AVRCP is soon.
    pub(in crate::sim::daemon) fn connects_control(&mut self, id: DeviceId) {
        if self.has_service_of(id, &[0x110c, 0x110e]) && self.remote(id).is_none() {
            self.timers.arm(CONNECTS, Due::Controlled(id));
        }
    }

    fn remote(&mut self, id: DeviceId) -> Option<&mut Remote> {
        self.media.remotes.iter_mut().find(|remote| remote.device == id)
    }

    /// The path of a device's player: 5.87 tells players by what they are known over.
    fn player_path(&self, id: DeviceId) -> String {
        let over = if self.version < Version::V5_87 { "" } else { "/avrcp" };
        format!("{}{over}/player0", self.devices[id].path)
    }

    /// AVRCP with a device is connected.
    pub(in crate::sim::daemon) fn controlled(&mut self, id: DeviceId) {
        let is_up = self.devices[id].is_up_on(Bearer::BrEdr);
        if !is_up || self.devices[id].is_dropping_on(Bearer::BrEdr) || self.remote(id).is_some() {
            return;
        }
        let path = self.devices[id].path.clone();
        let spec = &self.devices[id].peer.spec;
        let player = spec.player.as_ref().filter(|_| self.has_service_of(id, &[0x110c]));
        let player =
            player.map(|player| Player { status: player.status, before: player.status, track: 0 });
        if player.is_some() {
            let object = self.player_path(id);
            let values = vec![("Position", 0_u32.into()), ("Device", object_path(&path))];
            self.bus.tree.add(&object, &MEDIA_PLAYER, values);
            self.bus.flush();
            self.bus.tree.set(&path, &MEDIA_CONTROL, "Player", Some(object_path(&object)));
            self.timers.arm(ANSWERS, Due::PlayerTold(id));
        }
        self.bus.tree.set(&path, &MEDIA_CONTROL, "Connected", Some(true.into()));
        self.media.remotes.push(Remote { device: id, player, pressed: 0 });
        self.arm_press(id);
    }

    /// A device's player tells of itself.
    pub(in crate::sim::daemon) fn player_told(&mut self, id: DeviceId) {
        let Some(player) = self.devices[id].peer.spec.player.clone() else { return };
        for (setting, value) in [("Repeat", player.repeat), ("Shuffle", player.shuffle)] {
            if let Some(value) = value {
                self.show_player(id, setting, value.into());
            }
        }
        self.bus.flush();
        self.show_player_state(id);
    }

    /// Shows how a device's player stands, and what it plays.
    fn show_player_state(&mut self, id: DeviceId) {
        let Some(Player { status, track, .. }) =
            self.remote(id).and_then(|remote| remote.player.as_ref())
        else {
            return;
        };
        let (status, track) = (status.word(), *track);
        self.show_player(id, "Status", status.into());
        self.bus.flush();
        if let Some(shown) = self.track(id, track) {
            self.show_player(id, "Track", shown);
        }
        self.bus.flush();
        let path = self.player_path(id);
        self.bus.tree.touch(&path, &MEDIA_PLAYER, "Position");
    }

    fn show_player(&mut self, id: DeviceId, property: &'static str, value: Value) {
        let path = self.player_path(id);
        self.bus.tree.set(&path, &MEDIA_PLAYER, property, Some(value));
    }

    /// A track as bluetoothd shows it.
    fn track(&self, id: DeviceId, at: usize) -> Option<Value> {
        let tracks = &self.devices[id].peer.spec.player.as_ref()?.tracks;
        let Track { title, artist, album, genre, duration } = tracks.get(at)?.clone();
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let millis = duration.map(|long| u32::try_from(long.as_millis()).unwrap_or(u32::MAX));
        let values: BTreeMap<String, Value> = [
            ("Title", Some(title.into())),
            ("Artist", artist.map(Value::from)),
            ("Album", album.map(Value::from)),
            ("Genre", genre.map(Value::from)),
            ("TrackNumber", Some(number(at + 1).into())),
            ("NumberOfTracks", Some(number(tracks.len()).into())),
            ("Duration", millis.map(Value::from)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect();
        Some(Value::new(values))
    }

    /// AVRCP with a device ends.
    pub(in crate::sim::daemon) fn end_control(&mut self, id: DeviceId) {
        let Some(at) = self.media.remotes.iter().position(|remote| remote.device == id) else {
            return;
        };
        self.media.remotes.remove(at);
        let (path, player) = (self.devices[id].path.clone(), self.player_path(id));
        if self.bus.tree.contains(&player) {
            self.bus.tree.remove(&player);
            self.bus.flush();
        }
        self.bus.tree.set(&path, &MEDIA_CONTROL, "Connected", Some(false.into()));
        self.bus.tree.set(&path, &MEDIA_CONTROL, "Player", None);
        // A player that there never was is withdrawn, too: recorded.
        self.bus.tree.touch(&path, &MEDIA_CONTROL, "Player");
        self.bus.flush();
    }

    /// A method of `MediaControl1`.
    pub(in crate::sim::daemon) fn control_method(&mut self, id: DeviceId, call: &Call) -> Answered {
        if self.remote(id).is_none() {
            return Err(Refusal::new("org.bluez.Error.NotConnected", "Not Connected"));
        }
        if !self.has_service_of(id, &[0x110c]) {
            return Err(not_supported());
        }
        self.asks(id, call.member().to_string());
        Ok(Answer::Empty)
    }

    /// A method of `MediaPlayer1`.
    pub(in crate::sim::daemon) fn player_method(&mut self, call: &Call) -> Answered {
        let id = self.player_at(&call.path()).ok_or_else(Refusal::does_not_exist)?;
        let member = call.member().to_string();
        let asked = match member.as_str() {
            "Press" | "Hold" => match arguments::<u8>(call)? {
                0x44 => "Play",
                0x45 => "Stop",
                0x46 => "Pause",
                0x4b => "Next",
                0x4c => "Previous",
                0x48 if member == "Hold" => "Rewind",
                0x49 if member == "Hold" => "FastForward",
                // What the player does not know it refuses, which bluetoothd tells nobody.
                _ => return Ok(Answer::Empty),
            }
            .to_owned(),
            _ => member,
        };
        self.asks(id, asked);
        Ok(Answer::Empty)
    }

    fn player_at(&self, path: &str) -> Option<DeviceId> {
        let ids = self.media.remotes.iter().map(|remote| remote.device);
        ids.into_iter().find(|id| self.player_path(*id) == path)
    }

    fn asks(&mut self, id: DeviceId, what: String) {
        self.timers.arm(ANSWERS, Due::PlayerActs(id, what));
    }

    /// A device's player does what it was asked.
    pub(in crate::sim::daemon) fn player_acts(&mut self, id: DeviceId, what: &str) {
        let spec = self.devices[id].peer.spec.player.as_ref();
        let Some(spec) = spec.filter(|spec| !spec.ignores_keys) else { return };
        let count = spec.tracks.len().max(1);
        let Some(player) = self.remote(id).and_then(|remote| remote.player.as_mut()) else {
            return;
        };
        let seeks = matches!(player.status, Status::ForwardSeek | Status::ReverseSeek);
        if seeks {
            player.status = player.before;
        }
        let now = player.status;
        match what {
            "Play" => player.status = Status::Playing,
            "Pause" => player.status = Status::Paused,
            "Stop" => player.status = Status::Stopped,
            "Next" => player.track = (player.track + 1) % count,
            "Previous" => player.track = (player.track + count - 1) % count,
            "FastForward" => (player.before, player.status) = (now, Status::ForwardSeek),
            "Rewind" => (player.before, player.status) = (now, Status::ReverseSeek),
            _ => {}
        }
        self.show_player_state(id);
    }

    /// A client changes a setting of a device's player; the device answers by and by.
    pub(in crate::sim::daemon) fn set_player(
        &mut self,
        property: &'static str,
        value: &Value,
        call: &Call,
    ) -> Answered {
        let path = call.path();
        let id = self.player_at(&path).ok_or_else(Refusal::does_not_exist)?;
        let Value::Str(wanted) = value else { return Err(Refusal::invalid_arguments()) };
        let known = SETTINGS.iter().find(|(name, _)| *name == property);
        if !known.is_some_and(|(_, values)| values.contains(&wanted.as_str())) {
            return Err(Refusal::invalid_arguments());
        }
        match self.bus.tree.get(&path, MEDIA_PLAYER.name, property) {
            None => return Err(Refusal::failed("Invalid Parameter")),
            Some(now) if now == value => return Ok(Answer::Empty),
            Some(_) => {}
        }
        let value = wanted.as_str().to_owned();
        self.timers.arm(ANSWERS, Due::PlayerSet(id, property, value, call.clone()));
        Ok(Answer::Later)
    }

    /// A device's player has taken a setting.
    pub(in crate::sim::daemon) fn player_set(
        &mut self,
        id: DeviceId,
        property: &'static str,
        value: String,
        call: &Call,
    ) {
        if self.remote(id).is_none() {
            return self.bus.refuse(call, &Refusal::failed("Timeout"));
        }
        self.show_player(id, property, value.into());
        self.bus.flush();
        self.bus.reply(call, &());
    }
}

fn not_supported() -> Refusal {
    Refusal::new("org.bluez.Error.NotSupported", "Operation is not supported")
}
