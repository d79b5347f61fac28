//! Profiles of the bench's own: `org.bluez.ProfileManager1` and `org.bluez.Profile1`
//! (`doc/org.bluez.ProfileManager.rst`, `doc/org.bluez.Profile.rst`).
//!
//! BlueZ connects a device on a profile, over RFCOMM or L2CAP, and hands the socket over; what the two sides say on it
//! is theirs. A connection is held, and what comes over it is kept, until the profile ends.

mod link;
mod object;
mod options;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use zbus::ObjectPath;

use super::session::lock;
use super::{ErrorKind, Result, Session};
pub(crate) use link::{Link, Nature};
use object::Object;
pub(crate) use options::{Options, Side};

const MANAGER: &str = "org.bluez.ProfileManager1";
/// Where BlueZ keeps it.
const MANAGER_PATH: &str = "/org/bluez";
const ROOT: &str = "/org/bttest/profile/";

/// What the served objects and the steps share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// Changes with whatever happens on a connection.
    news: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    /// The UUIDs of the profiles that BlueZ knows, by path.
    registered: BTreeMap<String, String>,
    /// At most one for each profile and device: the last there was.
    links: Vec<Link>,
}

impl Shared {
    fn changed(&self) {
        self.news.send_modify(|count| *count += 1);
    }

    /// A new connection, in place of an earlier one with the same device.
    fn put(&self, link: Link) {
        let mut state = lock(&self.state);
        state.links.retain(|other| !other.is_of(link.profile(), link.device()));
        state.links.push(link);
        drop(state);
        self.changed();
    }

    /// Closes the connections of a profile: with one device, or with all. What has come over them can still be taken.
    fn close(&self, profile: &str, device: Option<&str>) {
        for link in &lock(&self.state).links {
            if link.profile() == profile && device.is_none_or(|device| device == link.device()) {
                link.close();
            }
        }
        self.changed();
    }
}

/// The profiles of a session.
#[derive(Debug, Clone)]
pub(crate) struct Profiles {
    session: Session,
    shared: Arc<Shared>,
}

impl Profiles {
    pub(crate) fn new(session: &Session) -> Self {
        Self { session: session.clone(), shared: Arc::default() }
    }

    /// Registers a profile, in place of one of the same UUID. Gives its path.
    ///
    /// # Errors
    /// What BlueZ answered: `not-permitted` where it, or another program, has the profile already.
    pub(crate) async fn register(&self, uuid: &str, options: &Options) -> Result<String> {
        let path = format!("{ROOT}{}", uuid.replace('-', "_"));
        self.unregister(&path).await?;
        lock(&self.shared.state).links.retain(|link| link.profile() != path);
        let object = Object::new(&path, self.shared.clone(), self.session.mirror().clone());
        self.session.serve(&path, object).await?;
        // Before BlueZ is told, since a device that is connected may be handed over at once.
        lock(&self.shared.state).registered.insert(path.clone(), uuid.to_owned());
        let body = (ObjectPath::from_str_unchecked(&path), uuid, options.wire());
        match self.session.call(MANAGER_PATH, MANAGER, "RegisterProfile", &body).await {
            Ok(_) => Ok(path),
            Err(error) => {
                lock(&self.shared.state).registered.remove(&path);
                self.session.withdraw::<Object>(&path).await?;
                Err(error)
            }
        }
    }

    /// Ends the connections of a profile, and takes it away from BlueZ. Whether it was registered.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub(crate) async fn unregister(&self, path: &str) -> Result<bool> {
        self.shared.close(path, None);
        if lock(&self.shared.state).registered.remove(path).is_none() {
            return Ok(false);
        }
        let object = ObjectPath::from_str_unchecked(path);
        let answer = self.session.call(MANAGER_PATH, MANAGER, "UnregisterProfile", &object).await;
        self.session.withdraw::<Object>(path).await?;
        match answer {
            // A bluetoothd that was restarted has forgotten it already.
            Err(error) if error.kind == ErrorKind::DoesNotExist => Ok(false),
            answer => answer.map(|_| true),
        }
    }

    /// The UUIDs of the profiles that are registered.
    pub(crate) fn registered(&self) -> Vec<String> {
        lock(&self.shared.state).registered.values().cloned().collect()
    }

    /// The last connection with a device on the profile of a UUID, also when it has ended.
    pub(crate) fn link(&self, uuid: &str, device: &str) -> Option<Link> {
        let state = lock(&self.shared.state);
        let (path, _) = state.registered.iter().find(|(_, known)| *known == uuid)?;
        state.links.iter().find(|link| link.is_of(path, device)).cloned()
    }

    /// Waits until the connections are so that `check` gives something.
    pub(crate) async fn wait_for<T>(&self, check: impl Fn() -> Option<T>) -> T {
        let mut news = self.shared.news.subscribe();
        loop {
            if let Some(found) = check() {
                return found;
            }
            if news.changed().await.is_err() {
                // The sender lives as long as this does.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Sends bytes over a connection, all of them.
    ///
    /// # Errors
    /// Nothing is taken for as long as `patience`, or the connection has ended.
    pub(crate) async fn send(
        &self,
        link: &Link,
        bytes: &[u8],
        patience: Duration,
    ) -> io::Result<()> {
        let sent = tokio::time::timeout(patience, link.send(bytes)).await;
        sent.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// bluetoothd left, and with it every registration. The connections are the kernel's, and stay.
    pub(crate) fn forgotten(&self) {
        let paths: Vec<String> = lock(&self.shared.state).registered.keys().cloned().collect();
        for path in &paths {
            self.shared.close(path, None);
        }
        lock(&self.shared.state).registered.clear();
    }
}
