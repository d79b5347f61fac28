//! The player of a device: `org.bluez.MediaPlayer1` (`doc/org.bluez.MediaPlayer.rst`), and the older
//! `org.bluez.MediaControl1` (`doc/org.bluez.MediaControl.rst`), which has the same keys and says whether AVRCP is
//! connected.

use serde_json::{Value, json};

use crate::bluez::{Device, Properties, Result, Session, Tree};

/// A device's player as BlueZ presents it.
#[derive(Debug, Clone)]
pub struct Player {
    session: Session,
    path: String,
}

impl Player {
    /// Interface of players.
    pub const INTERFACE: &'static str = "org.bluez.MediaPlayer1";
    /// Interface of the device that has keys alone.
    pub const CONTROL: &'static str = "org.bluez.MediaControl1";

    /// The player at a path.
    #[must_use]
    pub fn at(session: &Session, path: &str) -> Self {
        Self { session: session.clone(), path: path.to_owned() }
    }

    /// Path of a device's player: the one that the device listens for keys with, else the first.
    #[must_use]
    pub fn path_of(tree: &Tree, device: &Device) -> Option<String> {
        let addressed = tree.property(device.path(), Self::CONTROL, "Player");
        let addressed = addressed.and_then(Value::as_str);
        if let Some(path) = addressed.filter(|path| Self::properties_in(tree, path).is_some()) {
            return Some(path.to_owned());
        }
        let is_below = |path: &str| {
            path.strip_prefix(device.path()).is_some_and(|below| below.starts_with('/'))
        };
        let mut all = tree.with_interface(Self::INTERFACE).map(|(path, _)| path);
        all.find(|path| is_below(path)).map(str::to_owned)
    }

    /// Properties of the player at a path, where there is one.
    #[must_use]
    pub fn properties_in<'t>(tree: &'t Tree, path: &str) -> Option<&'t Properties> {
        tree.interface(path, Self::INTERFACE)
    }

    /// Path of the object.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is known of it, as last told.
    #[must_use]
    pub fn properties(&self) -> Option<Properties> {
        self.session.mirror().read(|tree| Self::properties_in(tree, &self.path).cloned())
    }

    /// Calls a method, with the key that it takes, if it takes one.
    ///
    /// # Errors
    /// What BlueZ answered; `not-supported` where it has no such key, `failed` where AVRCP is not connected.
    pub async fn command(&self, method: &str, key: Option<u8>) -> Result<()> {
        match key {
            Some(key) => self.session.call(&self.path, Self::INTERFACE, method, &key).await,
            None => self.session.call(&self.path, Self::INTERFACE, method, &()).await,
        }
        .map(drop)
    }

    /// Sets `Repeat`, `Shuffle`, `Equalizer` or `Scan`. BlueZ answers when the device has taken it.
    ///
    /// # Errors
    /// What BlueZ answered; `invalid-arguments` where AVRCP of the device is older than 1.3.
    pub async fn set(&self, setting: &str, value: &str) -> Result<()> {
        self.session.set(&self.path, Self::INTERFACE, setting, &json!(value)).await
    }

    /// Calls a method of a device's `MediaControl1`.
    ///
    /// # Errors
    /// What BlueZ answered: `not-connected`, or `not-supported` where the device is no player.
    pub async fn control(session: &Session, device: &Device, method: &str) -> Result<()> {
        session.call(device.path(), Self::CONTROL, method, &()).await.map(drop)
    }
}
