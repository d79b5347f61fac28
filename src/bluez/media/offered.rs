//! A player of the tester's own, for devices with buttons: an object of `org.mpris.MediaPlayer2.Player` that is
//! registered with BlueZ (`doc/org.bluez.Media.rst`).
//!
//! BlueZ calls it when a device asks for something over AVRCP, and follows its properties (`media_player_send` and
//! `set_player_property` in `profiles/audio/media.c`). It does what it is asked, as a real player would, and what it
//! was asked is kept, for steps to look at.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;
use zbus::{ObjectPath, Variant};

use crate::bluez::mirror::Change;
use crate::bluez::session::{PROPERTIES, lock};
use crate::bluez::{Adapter, Result, Session};

const MEDIA: &str = "org.bluez.Media1";
const PLAYER: &str = "org.mpris.MediaPlayer2.Player";
/// How many requests are kept; the oldest go first.
const KEPT: usize = 4096;

/// A track of the player.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Track {
    pub(crate) title: String,
    pub(crate) artist: Option<String>,
    pub(crate) album: Option<String>,
    pub(crate) genre: Option<String>,
    /// In milliseconds.
    pub(crate) duration: Option<u64>,
}

/// What a player is when it is offered.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    /// Its name.
    pub(crate) name: String,
    pub(crate) status: Status,
    /// At least one; the first is the current one.
    pub(crate) tracks: Vec<Track>,
}

/// How a player stands (`PlaybackStatus`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Playing,
    Paused,
    Stopped,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Playing => "Playing",
            Self::Paused => "Paused",
            Self::Stopped => "Stopped",
        }
    }
}

/// What the object and the steps share.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Changes with each request.
    news: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    offered: Option<Offered>,
    /// The methods that BlueZ has called, in order.
    asked: Vec<String>,
}

#[derive(Debug)]
struct Offered {
    adapter: String,
    offer: Offer,
    /// Which track is the current one.
    track: usize,
}

/// The player of a session; there is one at a time.
#[derive(Debug, Clone)]
pub(crate) struct OfferedPlayer {
    session: Session,
    shared: Arc<Shared>,
}

impl OfferedPlayer {
    /// None yet.
    pub(crate) fn new(session: &Session) -> Self {
        Self { session: session.clone(), shared: Arc::default() }
    }

    /// Offers a player on an adapter, instead of the one before. Gives its path.
    ///
    /// # Errors
    /// What BlueZ answered: `not-supported` where it runs without AVRCP.
    pub(crate) async fn offer(&self, adapter: &Adapter, offer: Offer) -> Result<String> {
        let path = format!("/org/bttest/player/{}", adapter.name());
        if let Some(before) = self.path() {
            self.withdraw(&before).await?;
        }
        let object = Object {
            session: self.session.clone(),
            shared: self.shared.clone(),
            path: path.clone(),
        };
        self.session.serve(&path, object).await?;
        let offered = Offered { adapter: adapter.path().to_owned(), offer, track: 0 };
        let body = (ObjectPath::from_str_unchecked(&path), offered.properties());
        let answer = self.session.call(adapter.path(), MEDIA, "RegisterPlayer", &body).await;
        if let Err(error) = answer {
            self.session.withdraw::<Object>(&path).await?;
            return Err(error);
        }
        let mut state = lock(&self.shared.state);
        state.offered = Some(offered);
        state.asked.clear();
        Ok(path)
    }

    fn path(&self) -> Option<String> {
        let state = lock(&self.shared.state);
        let adapter = state.offered.as_ref()?.adapter.rsplit('/').next()?;
        Some(format!("/org/bttest/player/{adapter}"))
    }

    /// Takes the player at a path away from BlueZ.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub(crate) async fn withdraw(&self, path: &str) -> Result<()> {
        let offered = lock(&self.shared.state).offered.take();
        let Some(Offered { adapter, .. }) = offered else { return Ok(()) };
        let object = ObjectPath::from_str_unchecked(path);
        let answer = self.session.call(&adapter, MEDIA, "UnregisterPlayer", &object).await;
        self.session.withdraw::<Object>(path).await?;
        match answer {
            Err(error) if error.kind.is_forgotten() => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// bluetoothd left, and with it the registration.
    pub(crate) fn forgotten(&self) {
        lock(&self.shared.state).offered = None;
    }

    /// How it stands, where one is offered.
    pub(crate) fn status(&self) -> Option<Status> {
        lock(&self.shared.state).offered.as_ref().map(|offered| offered.offer.status)
    }

    /// The title of its track, where one is offered.
    pub(crate) fn title(&self) -> Option<String> {
        let state = lock(&self.shared.state);
        state.offered.as_ref().map(|offered| offered.current().title)
    }

    /// How it stands, in words, where one is offered.
    pub(crate) fn told(&self) -> Option<String> {
        lock(&self.shared.state).offered.as_ref().map(Offered::told)
    }

    /// The methods that BlueZ has called since the player is offered.
    pub(crate) fn asked(&self) -> Vec<String> {
        lock(&self.shared.state).asked.clone()
    }

    /// Waits until something holds of the player, which is asked again after each request.
    pub(crate) async fn wait_until(&self, holds: impl Fn(&Self) -> bool) {
        let mut news = self.shared.news.subscribe();
        while !holds(self) {
            if news.changed().await.is_err() {
                return;
            }
        }
    }
}

type Values = HashMap<&'static str, Variant<'static>>;

impl Offered {
    fn current(&self) -> Track {
        self.offer.tracks.get(self.track).cloned().unwrap_or_default()
    }

    /// What BlueZ is told of it when it is registered.
    fn properties(&self) -> Values {
        let can = ["CanControl", "CanPlay", "CanPause", "CanGoNext", "CanGoPrevious"];
        let can = can.into_iter().map(|name| (name, Variant::new(true)));
        let is = [
            ("Identity", Variant::new(self.offer.name.clone())),
            ("PlaybackStatus", Variant::new(self.offer.status.word().to_owned())),
            ("Metadata", self.metadata()),
        ];
        can.chain(is).collect()
    }

    /// The track, as MPRIS has it.
    fn metadata(&self) -> Variant<'static> {
        let Track { title, artist, album, genre, duration } = self.current();
        let several = |text: Option<String>| text.map(|text| Variant::new(vec![text]));
        let number = i32::try_from(self.track + 1).unwrap_or(i32::MAX);
        let length = duration.map(|ms| i64::try_from(ms.saturating_mul(1000)).unwrap_or(i64::MAX));
        let values: Values = [
            ("xesam:title", Some(Variant::new(title))),
            ("xesam:artist", several(artist)),
            ("xesam:album", album.map(Variant::new)),
            ("xesam:genre", several(genre)),
            ("xesam:trackNumber", Some(Variant::new(number))),
            ("mpris:length", length.map(Variant::new)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
        Variant::new(values)
    }

    /// Does what a key asks, and gives what has changed by it.
    fn act(&mut self, method: &str) -> Values {
        let count = self.offer.tracks.len().max(1);
        let turned = match method {
            "Play" => Status::Playing,
            "Pause" => Status::Paused,
            "Stop" => Status::Stopped,
            "PlayPause" if self.offer.status == Status::Playing => Status::Paused,
            "PlayPause" => Status::Playing,
            "Next" | "Previous" => {
                let step = if method == "Next" { 1 } else { count - 1 };
                self.track = (self.track + step) % count;
                return Values::from([("Metadata", self.metadata())]);
            }
            _ => return Values::new(),
        };
        if turned == self.offer.status {
            return Values::new();
        }
        self.offer.status = turned;
        Values::from([("PlaybackStatus", Variant::new(turned.word().to_owned()))])
    }

    /// How it stands, in words.
    fn told(&self) -> String {
        let status = self.offer.status.word().to_lowercase();
        format!("{status}, {}", self.current().title)
    }
}

/// The object that BlueZ calls.
#[derive(Debug, Clone)]
struct Object {
    session: Session,
    shared: Arc<Shared>,
    path: String,
}

impl Object {
    /// A device has asked for something: it is done, told to BlueZ, and kept.
    async fn asked(&self, method: &'static str) {
        let (told, changed) = {
            let mut state = lock(&self.shared.state);
            let Some(offered) = &mut state.offered else { return };
            let changed = offered.act(method);
            let told = offered.told();
            if state.asked.len() >= KEPT {
                state.asked.remove(0);
            }
            state.asked.push(method.to_owned());
            (told, changed)
        };
        self.session.mirror().tell(Change::PlayerAsked { method: method.to_owned(), answer: told });
        if !changed.is_empty() {
            let gone: [&str; 0] = [];
            let body = (PLAYER, changed, gone.as_slice());
            // The connection broke: whoever waits for an answer from BlueZ is told so.
            let _ = self.session.signal(&self.path, PROPERTIES, "PropertiesChanged", &body).await;
        }
        self.shared.news.send_modify(|count| *count += 1);
    }
}

#[zbus::interface(name = "org.mpris.MediaPlayer2.Player")]
impl Object {
    async fn play(&self) {
        self.asked("Play").await;
    }

    async fn pause(&self) {
        self.asked("Pause").await;
    }

    async fn play_pause(&self) {
        self.asked("PlayPause").await;
    }

    async fn stop(&self) {
        self.asked("Stop").await;
    }

    async fn next(&self) {
        self.asked("Next").await;
    }

    async fn previous(&self) {
        self.asked("Previous").await;
    }

    /// BlueZ itself has no use for the player any more.
    fn release(&self) {
        lock(&self.shared.state).offered = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(status: Status) -> Offered {
        let track = |title: &str| Track { title: title.to_owned(), ..Track::default() };
        let tracks = vec![track("One"), track("Two")];
        let offer = Offer { name: "Player".to_owned(), status, tracks };
        Offered { adapter: "/org/bluez/hci0".to_owned(), offer, track: 0 }
    }

    #[test]
    fn it_does_what_keys_ask_as_a_real_player_would() {
        let mut player = offered(Status::Paused);
        for (method, changes, told) in [
            ("Play", Some("PlaybackStatus"), "playing, One"),
            ("Play", None, "playing, One"),
            ("Next", Some("Metadata"), "playing, Two"),
            ("Next", Some("Metadata"), "playing, One"),
            ("Previous", Some("Metadata"), "playing, Two"),
            ("PlayPause", Some("PlaybackStatus"), "paused, Two"),
            ("Stop", Some("PlaybackStatus"), "stopped, Two"),
            ("Rewind", None, "stopped, Two"),
        ] {
            let changed: Vec<&str> = player.act(method).into_keys().collect();
            assert_eq!(changed, Vec::from_iter(changes), "{method}");
            assert_eq!(player.told(), told, "{method}");
        }
    }

    #[test]
    fn what_is_not_known_of_a_track_is_not_told() {
        let player = offered(Status::Stopped);
        let told = format!("{:?}", player.metadata());
        assert!(told.contains("xesam:title") && told.contains("xesam:trackNumber"), "{told}");
        assert!(!told.contains("xesam:artist") && !told.contains("mpris:length"), "{told}");
    }
}
