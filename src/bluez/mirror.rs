//! The mirror: one picture of BlueZ's object tree.
//!
//! It is seeded by `GetManagedObjects` and fed by signals, both in the order in which they came over the
//! wire, by the one task that reads the connection. Everybody else asks it, or waits for it to show
//! something; there is no other copy of BlueZ's state.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::{mpsc, watch};

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
    /// BlueZ asked the agent of this session, and what it got.
    Asked { method: String, path: String, answer: String },
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
            tree.objects = objects;
            if back {
                changes.push(Change::Back);
            }
        });
    }

    pub(crate) fn add(&self, path: &str, interfaces: Interfaces) {
        self.update(|tree, changes| {
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
            *tree = Tree::default();
        });
    }

    pub(crate) fn tell(&self, change: Change) {
        // Nobody listens once the session ends; then there is nobody to tell.
        let _ = self.changes.send(change);
    }

    fn update(&self, change: impl FnOnce(&mut Tree, &mut Vec<Change>)) {
        let mut changes = Vec::new();
        change(&mut self.lock(), &mut changes);
        changes.into_iter().for_each(|change| self.tell(change));
        self.revision.send_modify(|revision| *revision += 1);
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
    fn a_withdrawn_property_is_gone_and_told() {
        let (mirror, mut told) = seeded();
        mirror.set(PATH, ADAPTER, Properties::new(), &["Powered".to_owned(), "Nothing".to_owned()]);
        assert_eq!(mirror.read(powered), None);
        let all: Vec<_> = std::iter::from_fn(|| told.try_recv().ok()).skip(2).collect();
        assert_eq!(all, [property_change(PATH, ADAPTER, "Powered", None)]);
    }
}
