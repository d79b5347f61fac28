//! The tester's own endpoints, and the object of those of A2DP: bluetoothd asks it which configuration of SBC a stream is
//! to have, and tells it of the transport that it made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use zbus::{ObjectPath, OwnedObjectPath, OwnedVariant, Variant};

use super::isochronous::{self, Isochronous};
use crate::audio::{Capabilities, Configuration};
use crate::bluez::mirror::{Change, Mirror};
use crate::bluez::session::lock;
use crate::bluez::{Adapter, Device, Result, Session};

const MEDIA: &str = "org.bluez.Media1";
/// The number of SBC among the codecs (Assigned Numbers, 6.5.1).
const SBC: u8 = 0;

/// How long BlueZ may take to show that an endpoint has come or gone.
const FOLLOWS: Duration = Duration::from_secs(2);

/// What this host is in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "AudioRole")]
pub enum Role {
    /// A2DP: it plays, as a phone does.
    Source,
    /// A2DP: it listens, as a speaker does.
    Sink,
    /// LE Audio: it plays to a device that it is connected with.
    UnicastSource,
    /// LE Audio: it listens to a device that it is connected with.
    UnicastSink,
    /// LE Audio: it plays to whoever listens.
    BroadcastSource,
    /// LE Audio: it listens to what somebody broadcasts.
    BroadcastSink,
}

impl Role {
    /// Those of A2DP.
    pub const A2DP: &'static [Self] = &[Self::Source, Self::Sink];
    /// Those of a unicast of LE Audio.
    pub const UNICAST: &'static [Self] = &[Self::UnicastSource, Self::UnicastSink];
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Source,
        Self::Sink,
        Self::UnicastSource,
        Self::UnicastSink,
        Self::BroadcastSource,
        Self::BroadcastSink,
    ];

    /// The word for it, which also ends its object's path.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Sink => "sink",
            Self::UnicastSource => "unicast-source",
            Self::UnicastSink => "unicast-sink",
            Self::BroadcastSource => "broadcast-source",
            Self::BroadcastSink => "broadcast-sink",
        }
    }

    /// What BlueZ knows a side by that has this role: a service, or a characteristic of one.
    #[must_use]
    pub fn uuid(self) -> &'static str {
        match self {
            Self::Source => "0000110a-0000-1000-8000-00805f9b34fb",
            Self::Sink => "0000110b-0000-1000-8000-00805f9b34fb",
            Self::UnicastSource => "00002bcb-0000-1000-8000-00805f9b34fb",
            Self::UnicastSink => "00002bc9-0000-1000-8000-00805f9b34fb",
            Self::BroadcastSource => "00001852-0000-1000-8000-00805f9b34fb",
            Self::BroadcastSink => "00001851-0000-1000-8000-00805f9b34fb",
        }
    }
}

/// What the endpoints' objects share with the steps.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The endpoints that BlueZ knows, by path.
    pub(super) registered: BTreeMap<String, Registered>,
    /// The transports that BlueZ has configured with one of them.
    pub(super) transports: BTreeSet<String>,
    /// How many streams BlueZ is about to configure with endpoints of devices, by their paths.
    pub(super) selected: BTreeMap<String, Selected>,
}

/// Streams for which a configuration was chosen in one go.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) streams: usize,
    pub(super) last: Instant,
}

#[derive(Debug, Clone)]
pub(super) struct Registered {
    adapter: String,
    role: Role,
    /// Whether the adapter offers the service for the sake of this endpoint alone.
    is_only: bool,
}

/// The endpoints of a session.
#[derive(Debug, Clone)]
pub struct Endpoints {
    session: Session,
    shared: Arc<Mutex<Shared>>,
}

impl Endpoints {
    /// Whether bluetoothd takes endpoints of a role on an adapter (`SupportedUUIDs` in `doc/org.bluez.Media.rst`). Where it
    /// does not tell, of a role of A2DP.
    #[must_use]
    pub fn supports(adapter: &Adapter, role: Role) -> bool {
        let mirror = adapter.mirror();
        let told =
            mirror.read(|tree| tree.property(adapter.path(), MEDIA, "SupportedUUIDs").cloned());
        match told {
            Some(uuids) => has(&uuids, role),
            None => Role::A2DP.contains(&role),
        }
    }

    /// The session that they are registered in.
    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// None yet.
    #[must_use]
    pub fn new(session: &Session) -> Self {
        Self { session: session.clone(), shared: Arc::default() }
    }

    /// Registers an SBC endpoint on an adapter, in place of the one that has this role there. Gives its path.
    ///
    /// # Errors
    /// What BlueZ answered; `unknown-member` where it runs without audio.
    pub async fn register(
        &self,
        adapter: &Adapter,
        role: Role,
        capabilities: Capabilities,
    ) -> Result<String> {
        let path = path_of(adapter, role);
        let object = Object {
            shared: self.shared.clone(),
            mirror: self.session.mirror().clone(),
            path: path.clone(),
            capabilities,
        };
        let properties = BTreeMap::from([
            ("Codec", Variant::new(SBC)),
            ("DelayReporting", Variant::new(true)),
            ("Capabilities", Variant::new(capabilities.bytes().to_vec())),
        ]);
        let is_only = !offers(adapter, role);
        self.enlist((adapter, role, is_only), &path, object, properties).await?;
        self.shows(adapter, role, true).await?;
        Ok(path)
    }

    /// Registers an endpoint of LE Audio on an adapter, in place of the one that has this role there. Gives its path.
    ///
    /// # Errors
    /// What BlueZ answered; `not-supported` where it runs without what is experimental in it or the kernel, and
    /// `unknown-member` where it runs without audio.
    pub async fn register_isochronous(
        &self,
        adapter: &Adapter,
        role: Role,
        offer: Isochronous,
    ) -> Result<String> {
        let path = path_of(adapter, role);
        let properties = offer.properties();
        let object = isochronous::Object {
            shared: self.shared.clone(),
            mirror: self.session.mirror().clone(),
            path: path.clone(),
            offer,
        };
        self.enlist((adapter, role, false), &path, object, properties).await?;
        Ok(path)
    }

    /// Serves an endpoint and tells BlueZ of it.
    async fn enlist<I: zbus::object_server::Interface + Clone>(
        &self,
        (adapter, role, is_only): (&Adapter, Role, bool),
        path: &str,
        object: I,
        mut properties: BTreeMap<&'static str, Variant<'static>>,
    ) -> Result<()> {
        self.unregister(path).await?;
        self.session.serve(path, object).await?;
        properties.insert("UUID", Variant::new(role.uuid()));
        let body = (ObjectPath::from_str_unchecked(path), properties);
        self.session.call(adapter.path(), MEDIA, "RegisterEndpoint", &body).await?;
        let registered = Registered { adapter: adapter.path().to_owned(), role, is_only };
        lock(&self.shared).registered.insert(path.to_owned(), registered);
        Ok(())
    }

    /// BlueZ answers first, and then shows the service among those of the adapter, or shows it no longer.
    async fn shows(&self, adapter: &Adapter, role: Role, on: bool) -> Result<()> {
        let follows = adapter.wait_until("UUIDs", |uuids| has(uuids, role) == on);
        match tokio::time::timeout(FOLLOWS, follows).await {
            Ok(shown) => shown.map(drop),
            // Another program's endpoint may be as good a reason to show it.
            Err(_) => Ok(()),
        }
    }

    /// Takes an endpoint away from BlueZ. Whether it was registered.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub async fn unregister(&self, path: &str) -> Result<bool> {
        let registered = lock(&self.shared).registered.remove(path);
        let Some(Registered { adapter, role, is_only }) = registered else { return Ok(false) };
        let adapter = Adapter::at(&self.session, &adapter);
        let object = ObjectPath::from_str_unchecked(path);
        let answer = self.session.call(adapter.path(), MEDIA, "UnregisterEndpoint", &object).await;
        // Until here: BlueZ tells the endpoint of the end of its stream. Objects of either kind are known by the name of
        // their interface, which is the same.
        self.session.withdraw::<Object>(path).await?;
        match answer {
            Err(error) if error.kind.is_forgotten() => Ok(false),
            answer => {
                answer?;
                if is_only {
                    self.shows(&adapter, role, false).await?;
                }
                Ok(true)
            }
        }
    }

    /// The roles that are registered on an adapter.
    #[must_use]
    pub fn roles_on(&self, adapter: &Adapter) -> Vec<Role> {
        let shared = lock(&self.shared);
        let on_it = shared.registered.values().filter(|one| one.adapter == adapter.path());
        on_it.map(|registered| registered.role).collect()
    }

    /// How many streams there are to be with the endpoints of a device, by their paths: as many as a configuration was
    /// chosen for when it was connected last. BlueZ asks for all of LE Audio before it makes any.
    #[must_use]
    pub fn selected(&self, device: &Device) -> Vec<(String, usize)> {
        let shared = lock(&self.shared);
        let of_it = shared.selected.iter().filter(|(path, _)| path.starts_with(device.path()));
        of_it.map(|(path, selected)| (path.clone(), selected.streams)).collect()
    }

    /// Whether a transport was configured with one of these endpoints.
    #[must_use]
    pub fn own(&self, transport: &str) -> bool {
        lock(&self.shared).transports.contains(transport)
    }

    /// bluetoothd left, and with it every registration.
    pub fn forgotten(&self) {
        *lock(&self.shared) = Shared::default();
    }
}

/// Where the endpoint of a role on an adapter is served.
fn path_of(adapter: &Adapter, role: Role) -> String {
    format!("/org/bttest/audio/{}/{}", adapter.name(), role.word().replace('-', "_"))
}

/// Whether an adapter offers the service of a role.
fn offers(adapter: &Adapter, role: Role) -> bool {
    adapter.property("UUIDs").is_some_and(|uuids| has(&uuids, role))
}

fn has(uuids: &Value, role: Role) -> bool {
    let is_it = |uuid: &Value| uuid.as_str().is_some_and(|uuid| uuid == role.uuid());
    uuids.as_array().is_some_and(|uuids| uuids.iter().any(is_it))
}

/// The errors that an endpoint may answer.
#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.bluez.Error")]
pub(super) enum Refusal {
    #[zbus(error)]
    ZBus(zbus::Error),
    InvalidArguments(String),
}

/// Tells that BlueZ has called an endpoint about the object at a path, and what it was answered.
pub(super) fn tell(mirror: &Mirror, method: &str, path: &str, answer: String) {
    let (method, path) = (method.to_owned(), path.to_owned());
    mirror.tell(Change::EndpointAsked { method, path, answer });
}

/// The object that BlueZ calls.
#[derive(Debug, Clone)]
struct Object {
    shared: Arc<Mutex<Shared>>,
    mirror: Mirror,
    path: String,
    capabilities: Capabilities,
}

impl Object {
    fn told(&self, method: &str, path: &str, answer: String) {
        tell(&self.mirror, method, path, answer);
    }

    fn refuse<T>(&self, method: &str, why: String) -> std::result::Result<T, Refusal> {
        self.told(method, "", format!("refused: {why}"));
        Err(Refusal::InvalidArguments(why))
    }
}

#[zbus::interface(name = "org.bluez.MediaEndpoint1")]
impl Object {
    fn select_configuration(&self, capabilities: Vec<u8>) -> std::result::Result<Vec<u8>, Refusal> {
        let method = "SelectConfiguration";
        let Some(theirs) = Capabilities::read(&capabilities) else {
            return self.refuse(method, "the device's capabilities are none of SBC".to_owned());
        };
        match self.capabilities.choose(theirs) {
            Ok(chosen) => {
                self.told(method, "", chosen.to_string());
                Ok(chosen.bytes().to_vec())
            }
            Err(what) => self.refuse(method, format!("the two sides have no {what} in common")),
        }
    }

    fn set_configuration(
        &self,
        transport: OwnedObjectPath,
        properties: BTreeMap<String, OwnedVariant>,
    ) -> std::result::Result<(), Refusal> {
        let method = "SetConfiguration";
        let bytes = properties.get("Configuration").cloned();
        let bytes = bytes.and_then(|value| Vec::<u8>::try_from(value).ok()).unwrap_or_default();
        let Some(configuration) = Configuration::read(&bytes) else {
            return self.refuse(method, "the configuration is none of SBC".to_owned());
        };
        lock(&self.shared).transports.insert(transport.as_str().to_owned());
        self.told(method, transport.as_str(), configuration.to_string());
        Ok(())
    }

    fn clear_configuration(&self, transport: OwnedObjectPath) {
        lock(&self.shared).transports.remove(transport.as_str());
        self.told("ClearConfiguration", transport.as_str(), "noted".to_owned());
    }

    fn release(&self) {
        lock(&self.shared).registered.remove(&self.path);
        self.told("Release", "", "noted".to_owned());
    }
}
