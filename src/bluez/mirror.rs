//! The mirror: one picture of BlueZ's object tree.
//!
//! It is seeded by `GetManagedObjects` and fed by signals, both in the order in which they came over the
//! wire, by the one task that reads the connection. Everybody else asks it, or waits for it to show
//! something; there is no other copy of BlueZ's state.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::{mpsc, watch};

use super::gatt;
use super::heard::Heard;
use super::{Error, Result};

/// Properties of one interface by name.
pub type Properties = BTreeMap<String, Value>;
/// Interfaces of one object by name.
pub type Interfaces = BTreeMap<String, Properties>;

/// What happened to BlueZ's tree, or to BlueZ.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// An object has an interface that it had not, with its properties.
    Added { path: String, interface: String, properties: Properties },
    /// An object lost an interface.
    Removed { path: String, interface: String },
    /// A property has a new value; none: it was withdrawn.
    Property { path: String, interface: String, property: String, value: Option<Value> },
    /// A link to a device has ended, and BlueZ says why (5.83 on). The interface is the device's or a bearer's.
    Disconnected { path: String, interface: String, reason: String, message: String },
    /// BlueZ asked the agent of this session, and what it got.
    Asked { method: String, path: String, answer: String },
    /// BlueZ called an audio endpoint of this session, about a transport where there is one, and what it got.
    EndpointAsked { method: String, path: String, answer: String },
    /// BlueZ called an advertisement monitor of this session, about a device where there is one.
    Monitored { monitor: String, method: String, path: String },
    /// BlueZ called a profile of this session, about a device where there is one, and what it got.
    ProfileAsked { method: String, path: String, answer: String },
    /// A device has asked the player of this session for something, over BlueZ, and how the player then stands.
    PlayerAsked { method: String, answer: String },
    /// bluetoothd left the bus.
    Gone,
    /// bluetoothd is on the bus again, and the picture is whole again.
    Back,
    /// The bus itself went away; that bluetoothd did too is told after it.
    BusGone,
    /// There is a bus again. bluetoothd may not be on it yet.
    BusBack,
}

/// BlueZ's objects as last told.
#[derive(Debug, Default)]
pub struct Tree {
    objects: BTreeMap<String, Interfaces>,
    present: bool,
    touched: Touched,
    /// Why the last link to a device has ended, by path, until there is another.
    farewells: BTreeMap<String, String>,
    /// What characteristics that are listened to have told, by path.
    heard: BTreeMap<String, Heard>,
}

/// Which objects were told of last, so that a search among thousands looks at news alone.
#[derive(Debug, Default)]
struct Touched {
    /// Grows with each touch, for as long as the mirror lives.
    count: u64,
    by_path: BTreeMap<String, u64>,
    by_age: BTreeMap<u64, String>,
}

impl Touched {
    fn touch(&mut self, path: &str) {
        self.forget(path);
        self.count += 1;
        self.by_path.insert(path.to_owned(), self.count);
        self.by_age.insert(self.count, path.to_owned());
    }

    fn forget(&mut self, path: &str) {
        if let Some(age) = self.by_path.remove(path) {
            self.by_age.remove(&age);
        }
    }

    fn forget_all(&mut self) {
        self.by_path.clear();
        self.by_age.clear();
    }
}

impl Tree {
    /// Whether bluetoothd is there and the picture is whole.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.present
    }

    /// Properties of an interface of an object, where it has it.
    #[must_use]
    pub fn interface(&self, path: &str, interface: &str) -> Option<&Properties> {
        self.objects.get(path)?.get(interface)
    }

    /// One property, where it has a value.
    #[must_use]
    pub fn property(&self, path: &str, interface: &str, property: &str) -> Option<&Value> {
        self.interface(path, interface)?.get(property)
    }

    /// Every object that has the interface, with that interface's properties, in the order of paths.
    pub fn with_interface<'a>(
        &'a self,
        interface: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Properties)> {
        self.objects
            .iter()
            .filter_map(move |(path, interfaces)| Some((path.as_str(), interfaces.get(interface)?)))
    }

    /// Paths of the objects that were told of since `since`, the oldest news first, and what to ask with next. All
    /// of them since 0.
    pub fn touched_since(&self, since: u64) -> (impl Iterator<Item = &str>, u64) {
        let news = self.touched.by_age.range(since.saturating_add(1)..);
        (news.map(|(_, path)| path.as_str()), self.touched.count)
    }

    /// Why the last link to a device has ended, where BlueZ has told it and there is no other link since: the last
    /// word of its reason, such as `Timeout`.
    #[must_use]
    pub fn farewell(&self, path: &str) -> Option<&str> {
        self.farewells.get(path).map(String::as_str)
    }

    /// The objects below a path that have the interface, with that interface's properties, in the order of paths.
    pub fn below<'a>(
        &'a self,
        path: &'a str,
        interface: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Properties)> {
        let is_below =
            move |other: &str| other.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        self.objects
            .range(path.to_owned()..)
            .skip(1)
            .take_while(move |(other, _)| other.starts_with(path))
            .filter(move |(other, _)| is_below(other))
            .filter_map(move |(other, all)| Some((other.as_str(), all.get(interface)?)))
    }

    /// What a characteristic has told since it is listened to; none: it is not.
    #[must_use]
    pub fn heard(&self, path: &str) -> Option<&Heard> {
        self.heard.get(path)
    }

    /// All interfaces of an object.
    #[must_use]
    pub fn object(&self, path: &str) -> Option<&Interfaces> {
        self.objects.get(path)
    }
}

/// Shares the tree between the task that feeds it and everybody who asks. Clones are the same mirror.
#[derive(Debug, Clone)]
pub struct Mirror {
    tree: Arc<Mutex<Tree>>,
    revision: Arc<watch::Sender<u64>>,
    changes: mpsc::UnboundedSender<Change>,
}

impl Mirror {
    /// An empty mirror, and where it tells what changes.
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Change>) {
        let (changes, told) = mpsc::unbounded_channel();
        let mirror =
            Self { tree: Arc::default(), revision: Arc::new(watch::channel(0).0), changes };
        (mirror, told)
    }

    /// Asks the tree something, as it is now.
    pub fn read<T>(&self, question: impl FnOnce(&Tree) -> T) -> T {
        question(&self.lock())
    }

    /// Waits until the tree answers: at once if it does so already, else with each change.
    ///
    /// # Errors
    /// bluetoothd is gone, or leaves in the meantime.
    pub async fn wait_for<T>(&self, mut question: impl FnMut(&Tree) -> Option<T>) -> Result<T> {
        let mut revision = self.revision.subscribe();
        loop {
            revision.mark_unchanged();
            {
                let tree = self.lock();
                if !tree.present {
                    return Err(Error::gone("waiting for BlueZ"));
                }
                if let Some(answer) = question(&tree) {
                    return Ok(answer);
                }
            }
            if revision.changed().await.is_err() {
                return Err(Error::gone("waiting for BlueZ"));
            }
        }
    }

    /// Waits until bluetoothd is there and the picture is whole.
    pub async fn present(&self) {
        let mut revision = self.revision.subscribe();
        // The sender lives in this very mirror, so the wait can only end by the condition.
        let _ = revision.wait_for(|_| self.lock().present).await;
    }

    /// The whole tree at once, from `GetManagedObjects`.
    pub(crate) fn seed(&self, objects: BTreeMap<String, Interfaces>) {
        self.update(|tree, changes| {
            let back = !tree.present;
            tree.present = true;
            let known = std::mem::take(&mut tree.objects);
            for (path, interfaces) in &objects {
                for (interface, properties) in interfaces {
                    if known.get(path).is_none_or(|old| !old.contains_key(interface)) {
                        changes.push(Change::Added {
                            path: path.clone(),
                            interface: interface.clone(),
                            properties: properties.clone(),
                        });
                    }
                }
            }
            tree.touched.forget_all();
            objects.keys().for_each(|path| tree.touched.touch(path));
            tree.objects = objects;
            if back {
                changes.push(Change::Back);
            }
        });
    }

    pub(crate) fn add(&self, path: &str, interfaces: Interfaces) {
        self.update(|tree, changes| {
            tree.touched.touch(path);
            let object = tree.objects.entry(path.to_owned()).or_default();
            for (interface, properties) in interfaces {
                object.insert(interface.clone(), properties.clone());
                changes.push(Change::Added { path: path.to_owned(), interface, properties });
            }
        });
    }

    pub(crate) fn remove(&self, path: &str, interfaces: &[String]) {
        self.update(|tree, changes| {
            let Some(object) = tree.objects.get_mut(path) else {
                return;
            };
            for interface in interfaces {
                if object.remove(interface).is_some() {
                    changes.push(Change::Removed {
                        path: path.to_owned(),
                        interface: interface.clone(),
                    });
                }
            }
            if object.is_empty() {
                tree.objects.remove(path);
                tree.touched.forget(path);
                tree.farewells.remove(path);
                tree.heard.remove(path);
            }
        });
    }

    pub(crate) fn set(&self, path: &str, interface: &str, set: Properties, withdrawn: &[String]) {
        self.update(|tree, changes| {
            let Some(properties) =
                tree.objects.get_mut(path).and_then(|object| object.get_mut(interface))
            else {
                return;
            };
            tree.touched.touch(path);
            if interface == gatt::CHARACTERISTIC
                && let (Some(heard), Some(value)) = (tree.heard.get_mut(path), set.get("Value"))
            {
                heard.tells(value);
            }
            if set.get("Connected") == Some(&Value::Bool(true)) {
                tree.farewells.remove(path);
            }
            for property in withdrawn {
                if properties.remove(property).is_some() {
                    changes.push(property_change(path, interface, property, None));
                }
            }
            for (property, value) in set {
                changes.push(property_change(path, interface, &property, Some(value.clone())));
                properties.insert(property, value);
            }
        });
    }

    /// bluetoothd is gone, and everything it told with it.
    pub(crate) fn clear(&self) {
        self.update(|tree, changes| {
            if tree.present {
                changes.push(Change::Gone);
            }
            tree.objects.clear();
            tree.present = false;
            tree.touched.forget_all();
            tree.farewells.clear();
            tree.heard.clear();
        });
    }

    /// A link to a device has ended, for a reason of which `last` is the last word.
    pub(crate) fn disconnected(&self, path: &str, interface: &str, last: &str, message: &str) {
        self.update(|tree, changes| {
            // Of an object that BlueZ has not told there is nothing to keep.
            if !tree.objects.contains_key(path) {
                return;
            }
            tree.farewells.insert(path.to_owned(), last.to_owned());
            changes.push(Change::Disconnected {
                path: path.to_owned(),
                interface: interface.to_owned(),
                reason: last.to_owned(),
                message: message.to_owned(),
            });
        });
    }

    /// From now on, what a characteristic tells is kept until it is taken.
    pub(crate) fn listen(&self, path: &str) {
        self.lock().heard.entry(path.to_owned()).or_default();
    }

    /// What it tells is kept no longer. Whether it was.
    pub(crate) fn listen_no_more(&self, path: &str) -> bool {
        self.lock().heard.remove(path).is_some()
    }

    /// Changes what is kept of a characteristic that is listened to.
    pub(crate) fn hear<T>(&self, path: &str, change: impl FnOnce(&mut Heard) -> T) -> Option<T> {
        self.lock().heard.get_mut(path).map(change)
    }

    /// Tells something that is not in the tree, and has whoever waits look again.
    pub(crate) fn tell_beside(&self, change: Change) {
        self.tell(change);
        self.revision.send_modify(|revision| *revision += 1);
    }

    pub(crate) fn tell(&self, change: Change) {
        // Nobody listens once the session ends; then there is nobody to tell.
        let _ = self.changes.send(change);
    }

    /// Whoever waits looks again: something that is no part of the tree has changed beside it.
    pub(super) fn look_again(&self) {
        self.revision.send_modify(|revision| *revision += 1);
    }

    fn update(&self, change: impl FnOnce(&mut Tree, &mut Vec<Change>)) {
        let mut changes = Vec::new();
        change(&mut self.lock(), &mut changes);
        changes.into_iter().for_each(|change| self.tell(change));
        self.look_again();
    }

    fn lock(&self) -> MutexGuard<'_, Tree> {
        // No code panics while it holds the lock in a way that leaves the tree half changed.
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn property_change(path: &str, interface: &str, property: &str, value: Option<Value>) -> Change {
    Change::Property {
        path: path.to_owned(),
        interface: interface.to_owned(),
        property: property.to_owned(),
        value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PATH: &str = "/org/bluez/hci0";
    const ADAPTER: &str = "org.bluez.Adapter1";

    fn seeded() -> (Mirror, mpsc::UnboundedReceiver<Change>) {
        let (mirror, told) = Mirror::new();
        let properties = Properties::from([("Powered".to_owned(), json!(true))]);
        let interfaces = Interfaces::from([(ADAPTER.to_owned(), properties)]);
        mirror.seed(BTreeMap::from([(PATH.to_owned(), interfaces)]));
        (mirror, told)
    }

    fn powered(tree: &Tree) -> Option<bool> {
        tree.property(PATH, ADAPTER, "Powered")?.as_bool()
    }

    #[tokio::test]
    async fn a_wait_sees_the_present_before_it_waits_for_the_future() {
        let (mirror, _told) = seeded();
        assert_eq!(mirror.wait_for(powered).await, Ok(true));
        let waiting = mirror.clone();
        let wait =
            tokio::spawn(
                async move { waiting.wait_for(|tree| powered(tree).filter(|on| !on)).await },
            );
        tokio::task::yield_now().await;
        mirror.set(PATH, ADAPTER, Properties::from([("Powered".to_owned(), json!(false))]), &[]);
        assert_eq!(wait.await.unwrap(), Ok(false));
    }

    #[tokio::test]
    async fn a_wait_ends_when_bluetoothd_leaves() {
        let (mirror, mut told) = seeded();
        let waiting = mirror.clone();
        let wait = tokio::spawn(async move { waiting.wait_for(|_| None::<()>).await });
        tokio::task::yield_now().await;
        mirror.clear();
        assert!(wait.await.unwrap().is_err());
        let all: Vec<_> = std::iter::from_fn(|| told.try_recv().ok()).collect();
        assert_eq!(all.last(), Some(&Change::Gone));
        assert!(mirror.read(|tree| tree.object(PATH).is_none()));
    }

    #[test]
    fn a_farewell_lasts_until_the_next_link() {
        let (mirror, mut told) = seeded();
        let why = || mirror.read(|tree| tree.farewell(PATH).map(str::to_owned));
        mirror.disconnected(PATH, "org.bluez.Device1", "Timeout", "Connection timeout");
        mirror.disconnected("/nobody", "org.bluez.Device1", "Remote", "");
        assert_eq!(why().as_deref(), Some("Timeout"));
        let all: Vec<_> = std::iter::from_fn(|| told.try_recv().ok()).skip(2).collect();
        assert!(matches!(all.as_slice(), [Change::Disconnected { .. }]), "{all:?}");
        let connected = |on: bool| Properties::from([("Connected".to_owned(), json!(on))]);
        mirror.set(PATH, ADAPTER, connected(false), &[]);
        assert_eq!(why().as_deref(), Some("Timeout"));
        mirror.set(PATH, ADAPTER, connected(true), &[]);
        assert_eq!(why(), None);
    }

    #[test]
    fn news_are_asked_for_once() {
        let (mirror, _told) = seeded();
        let news = |since| {
            mirror.read(|tree| {
                let (paths, next) = tree.touched_since(since);
                (paths.map(str::to_owned).collect::<Vec<_>>(), next)
            })
        };
        let (paths, next) = news(0);
        assert_eq!(paths, [PATH]);
        assert_eq!(news(next), (vec![], next));
        mirror.add("/a", Interfaces::from([("i".to_owned(), Properties::new())]));
        mirror.set(PATH, ADAPTER, Properties::new(), &[]);
        mirror.set("/a", "i", Properties::new(), &[]);
        let (paths, next) = news(next);
        assert_eq!(paths, [PATH, "/a"]);
        mirror.remove("/a", &["i".to_owned()]);
        assert_eq!(news(0).0, [PATH]);
        // What was asked before bluetoothd left is still before what it tells when it is back.
        mirror.clear();
        assert_eq!(news(0), (vec![], next));
        mirror.add("/b", Interfaces::from([("i".to_owned(), Properties::new())]));
        assert_eq!(news(next).0, ["/b"]);
    }

    #[test]
    fn a_withdrawn_property_is_gone_and_told() {
        let (mirror, mut told) = seeded();
        mirror.set(PATH, ADAPTER, Properties::new(), &["Powered".to_owned(), "Nothing".to_owned()]);
        assert_eq!(mirror.read(powered), None);
        let all: Vec<_> = std::iter::from_fn(|| told.try_recv().ok()).skip(2).collect();
        assert_eq!(all, [property_change(PATH, ADAPTER, "Powered", None)]);
    }
}
