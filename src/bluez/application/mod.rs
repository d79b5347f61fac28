//! The tester's own GATT services, for devices under test that are centrals: an application of
//! `org.bluez.GattManager1` (`doc/org.bluez.GattManager.rst`).
//!
//! BlueZ asks the root for all objects when it is registered, and calls a characteristic whenever a device reads,
//! writes or subscribes. What devices have done is kept, for steps to look at.

mod database;
mod object;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;
use zbus::{ObjectPath, Variant};

pub(crate) use database::{Attribute, Characteristic, Service};
use object::{CharacteristicObject, DescriptorObject, Root, ServiceObject};

use super::session::lock;
use super::{ErrorKind, Result, Session};

const MANAGER: &str = "org.bluez.GattManager1";
const ROOT: &str = "/org/bttest/application";
/// How many deeds of devices are kept; the oldest go first.
const KEPT: usize = 4096;

/// What a device has done with a characteristic or a descriptor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deed {
    pub(crate) what: What,
    /// UUID of the attribute.
    pub(crate) uuid: String,
    /// What was read or written.
    pub(crate) value: Vec<u8>,
    /// Path of the device, where BlueZ tells it.
    pub(crate) device: Option<String>,
}

/// A kind of deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Read,
    Written,
    Subscribed,
    Unsubscribed,
    /// An indication has arrived.
    Confirmed,
}

/// What the served objects and the steps share.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Changes with each deed.
    news: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    services: Vec<Service>,
    deeds: Vec<Deed>,
    /// The adapter that BlueZ knows the application on.
    registered: Option<String>,
}

impl Shared {
    fn done(&self, deed: Deed) {
        let mut state = lock(&self.state);
        if state.deeds.len() >= KEPT {
            state.deeds.remove(0);
        }
        state.deeds.push(deed);
        drop(state);
        self.news.send_modify(|count| *count += 1);
    }
}

/// The application of a session; it serves one database at a time.
#[derive(Debug, Clone)]
pub(crate) struct Application {
    session: Session,
    shared: Arc<Shared>,
}

impl Application {
    pub(crate) fn new(session: &Session) -> Self {
        Self { session: session.clone(), shared: Arc::default() }
    }

    /// Serves these services on an adapter, instead of those before.
    ///
    /// # Errors
    /// What BlueZ answered: `invalid-arguments` where it does not like the database.
    pub(crate) async fn start(&self, adapter: &str, services: Vec<Service>) -> Result<()> {
        self.stop().await?;
        {
            let mut state = lock(&self.shared.state);
            state.services = services;
            state.deeds.clear();
        }
        self.put().await?;
        let root = ObjectPath::from_static_str_unchecked(ROOT);
        let options: HashMap<&str, Variant<'_>> = HashMap::new();
        match self.session.call(adapter, MANAGER, "RegisterApplication", &(root, options)).await {
            Ok(_) => {
                lock(&self.shared.state).registered = Some(adapter.to_owned());
                Ok(())
            }
            Err(error) => {
                self.take_away().await?;
                Err(error)
            }
        }
    }

    /// Serves them no longer; gives whether it did.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub(crate) async fn stop(&self) -> Result<bool> {
        let Some(adapter) = lock(&self.shared.state).registered.take() else { return Ok(false) };
        let root = ObjectPath::from_static_str_unchecked(ROOT);
        let told = self.session.call(&adapter, MANAGER, "UnregisterApplication", &root).await;
        self.take_away().await?;
        match told {
            Err(error) if error.kind == ErrorKind::DoesNotExist => Ok(false),
            other => other.map(|_| true),
        }
    }

    /// bluetoothd left, and with it the registration.
    pub(crate) fn forgotten(&self) {
        lock(&self.shared.state).registered = None;
    }

    /// Waits until this many deeds are as wanted, and gives the last of them.
    pub(crate) async fn wait_for(
        &self,
        times: usize,
        is_wanted: impl Fn(&Deed) -> bool,
    ) -> Option<Deed> {
        let mut news = self.shared.news.subscribe();
        loop {
            if let Some(deed) =
                self.deeds().into_iter().filter(&is_wanted).nth(times.saturating_sub(1))
            {
                return Some(deed);
            }
            news.changed().await.ok()?;
        }
    }

    /// What devices have done since the services are served.
    pub(crate) fn deeds(&self) -> Vec<Deed> {
        lock(&self.shared.state).deeds.clone()
    }

    /// Whether a characteristic of this UUID is served, and whether some device listens to it.
    pub(crate) fn is_heard(&self, uuid: &str) -> Option<bool> {
        let state = lock(&self.shared.state);
        state
            .services
            .iter()
            .flat_map(|service| &service.characteristics)
            .find_map(|known| (known.attribute.uuid == uuid).then_some(known.subscribed))
    }

    /// Whether a characteristic or a descriptor of this UUID is served.
    pub(crate) fn serves(&self, uuid: &str) -> bool {
        let state = lock(&self.shared.state);
        let mut all = state.services.iter().flat_map(|service| &service.characteristics);
        all.any(|known| {
            let mut attributes = known.descriptors.iter().chain([&known.attribute]);
            attributes.any(|attribute| attribute.uuid == uuid)
        })
    }

    /// Gives a characteristic a value, and sends it to whoever has subscribed.
    ///
    /// # Errors
    /// The connection broke.
    pub(crate) async fn set_value(&self, uuid: &str, value: &[u8]) -> Result<()> {
        let path = {
            let mut state = lock(&self.shared.state);
            database::find(&mut state.services, uuid).map(|(path, known)| {
                known.attribute.value = value.to_vec();
                path
            })
        };
        let Some(path) = path else { return Ok(()) };
        let changed: HashMap<&str, Variant<'_>> =
            HashMap::from([("Value", Variant::new(value.to_vec()))]);
        let gone: [&str; 0] = [];
        let body = (object::CHARACTERISTIC, changed, gone.as_slice());
        let path = format!("{ROOT}/{path}");
        self.session.signal(&path, super::session::PROPERTIES, "PropertiesChanged", &body).await
    }

    async fn put(&self) -> Result<()> {
        let places = database::places(&lock(&self.shared.state).services);
        for place in places {
            let path = format!("{ROOT}/{place}");
            match place {
                database::Place::Service(_) => self.session.serve(&path, ServiceObject).await?,
                database::Place::Characteristic(..) => {
                    let object = CharacteristicObject { shared: self.shared.clone(), place };
                    self.session.serve(&path, object).await?;
                }
                database::Place::Descriptor(..) => {
                    let object = DescriptorObject { shared: self.shared.clone(), place };
                    self.session.serve(&path, object).await?;
                }
            }
        }
        self.session.serve(ROOT, Root { shared: self.shared.clone() }).await
    }

    async fn take_away(&self) -> Result<()> {
        let places = database::places(&lock(&self.shared.state).services);
        self.session.withdraw::<Root>(ROOT).await?;
        for place in places {
            let path = format!("{ROOT}/{place}");
            match place {
                database::Place::Service(_) => {
                    self.session.withdraw::<ServiceObject>(&path).await?
                }
                database::Place::Characteristic(..) => {
                    self.session.withdraw::<CharacteristicObject>(&path).await?;
                }
                database::Place::Descriptor(..) => {
                    self.session.withdraw::<DescriptorObject>(&path).await?;
                }
            }
        }
        Ok(())
    }
}
