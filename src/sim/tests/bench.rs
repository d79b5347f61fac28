//! A client of the simulator that writes down all it sees, in wire order.

use std::{
    collections::{BTreeMap, HashMap},
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::time::Instant;
use zbus::{
    Connection, DBusError, DynamicType, MessageStream, ObjectPath, OwnedObjectPath, OwnedVariant,
    Variant,
    export::futures_core::Stream,
    message::{Message, Type},
    names::UniqueName,
};

use crate::sim::{Scene, Simulator, start};

/// How the agent at `/agent` answers.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    Yes,
    Passkey(u32),
    /// What an audio endpoint chooses; it says yes to everything else.
    Configuration([u8; 4]),
    /// What an endpoint of LE Audio chooses: this row of LC3.
    Properties(&'static [u8]),
    /// What an advertisement monitor below `/root` looks for, and its timeouts of the high and the low threshold.
    Monitor {
        patterns: &'static [(u8, u8, &'static [u8])],
        timeouts: Option<[u16; 2]>,
    },
    Error(&'static str),
    Silence,
}

/// A client, and its notes.
pub(super) struct Bench {
    pub(super) simulator: Simulator,
    pub(super) connection: Connection,
    start: Instant,
    notes: Arc<Mutex<Vec<String>>>,
    agent: Arc<Mutex<Answer>>,
}

/// An answer: its message, or the error's name and message.
pub(super) type Outcome = Result<Message, (String, String)>;

impl Bench {
    pub(super) async fn new(scene: &str) -> Self {
        Bench::seeded(scene, 0).await
    }

    pub(super) async fn seeded(scene: &str, seed: u64) -> Self {
        let scene = Scene::parse(scene).expect("a scene");
        Bench::connected(start(scene, seed)).await
    }

    /// Another client of the same simulator.
    pub(super) async fn again(&self) -> Self {
        Bench::connected(self.simulator.clone()).await
    }

    async fn connected(simulator: Simulator) -> Self {
        let connection = simulator.connect().await.expect("a connection");
        let notes = Arc::new(Mutex::new(Vec::new()));
        let agent = Arc::new(Mutex::new(Answer::Yes));
        let stream = MessageStream::from(&connection);
        tokio::spawn(watch(connection.clone(), stream, notes.clone(), agent.clone()));
        Bench { simulator, connection, start: Instant::now(), notes, agent }
    }

    /// Calls a method of a BlueZ object, whose path may leave out `/org/bluez/`.
    pub(super) async fn call<B>(&self, path: &str, method: &str, body: &B) -> Outcome
    where
        B: serde::Serialize + DynamicType,
    {
        let path = whole(path);
        let (interface, member) = method.rsplit_once('.').expect("Interface.Method");
        let interface = match interface.contains('.') {
            true => interface.to_owned(),
            false => format!("org.bluez.{interface}"),
        };
        let reply = self.connection.call_method(
            None::<UniqueName<'_>>,
            path.as_str(),
            Some(interface.as_str()),
            member,
            body,
        );
        reply.await.map_err(|error| match error {
            zbus::Error::MethodError(name, message, _) => {
                (name.to_string(), message.unwrap_or_default())
            }
            zbus::Error::FDO(error) => {
                let message = error.description().unwrap_or_default().to_owned();
                (error.name().to_string(), message)
            }
            other => panic!("{other}"),
        })
    }

    /// Like `call`, without arguments, in the words of the notes.
    pub(super) async fn say(&self, path: &str, method: &str) -> String {
        verdict(self.call(path, method, &()).await)
    }

    pub(super) async fn get(&self, path: &str, property: &str) -> Result<OwnedVariant, String> {
        let interface = interface_of(path);
        let body = (interface, property);
        let reply = self.call(path, "org.freedesktop.DBus.Properties.Get", &body).await;
        reply
            .map(|message| message.body().deserialize().expect("a variant"))
            .map_err(|(name, message)| format!("{name}: {message}"))
    }

    pub(super) async fn is(&self, path: &str, property: &str) -> bool {
        self.get(path, property).await.is_ok_and(|value| value == OwnedVariant::from(true))
    }

    pub(super) async fn set(&self, path: &str, property: &str, value: Variant<'_>) -> String {
        let body = (interface_of(path), property, value);
        verdict(self.call(path, "org.freedesktop.DBus.Properties.Set", &body).await)
    }

    /// From now on, the object at `/agent` answers so.
    pub(super) fn answers(&self, answer: Answer) {
        *self.agent.lock().expect("unpoisoned") = answer;
    }

    /// Registers an agent at `/agent` that answers so.
    pub(super) async fn agent(&self, capability: &str, answer: Answer) {
        *self.agent.lock().expect("unpoisoned") = answer;
        let path = ObjectPath::from_str_unchecked("/agent");
        let outcome = self.call("", "AgentManager1.RegisterAgent", &(path, capability)).await;
        outcome.expect("an agent");
        self.settle().await;
    }

    /// Discovers for a while.
    pub(super) async fn discover(&self) {
        self.call("hci0", "Adapter1.StartDiscovery", &()).await.expect("a discovery");
        self.wait(6000).await;
        self.call("hci0", "Adapter1.StopDiscovery", &()).await.expect("its end");
        self.settle().await;
        self.forget();
    }

    pub(super) async fn wait(&self, milliseconds: u64) {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }

    /// Waits until this long after the client came.
    pub(super) async fn wait_until(&self, milliseconds: u64) {
        tokio::time::sleep_until(self.start + Duration::from_millis(milliseconds)).await;
    }

    /// Waits for what comes right after a reply.
    pub(super) async fn settle(&self) {
        self.wait(5).await;
    }

    /// Forgets the notes.
    pub(super) fn forget(&self) {
        self.notes.lock().expect("unpoisoned").clear();
    }

    /// The notes, for another client that writes into them too.
    pub(super) fn shared_notes(&self) -> Arc<Mutex<Vec<String>>> {
        self.notes.clone()
    }

    /// The notes since they were last taken, less the coming and going of attributes, which is another story.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = self.all_notes();
        notes.retain(|note| !note.starts_with(['+', '-']) || !note.contains("/service"));
        notes
    }

    /// All notes since they were last taken.
    pub(super) fn all_notes(&self) -> Vec<String> {
        std::mem::take(&mut *self.notes.lock().expect("unpoisoned"))
    }

    /// The devices that have objects.
    pub(super) async fn devices(&self) -> Vec<String> {
        let mut paths = self.objects().await;
        paths.retain(|path| path.contains("/dev_"));
        paths
    }

    /// The objects, in order of their paths.
    pub(super) async fn objects(&self) -> Vec<String> {
        let method = "org.freedesktop.DBus.ObjectManager.GetManagedObjects";
        let reply = self.call("/", method, &()).await.expect("objects");
        type Objects = HashMap<OwnedObjectPath, BTreeMap<String, BTreeMap<String, OwnedVariant>>>;
        let objects: Objects = reply.body().deserialize().expect("objects");
        let mut paths: Vec<_> =
            objects.into_keys().map(|path| short(path.as_str()).to_owned()).collect();
        paths.sort();
        paths
    }
}

/// What came of a call, in the words of the notes.
pub(super) fn verdict(outcome: Outcome) -> String {
    match outcome {
        Ok(_) => "reply".into(),
        Err((name, message)) => format!("error {name}: {message}"),
    }
}

fn whole(path: &str) -> String {
    match path {
        "" => "/org/bluez".into(),
        path if path.starts_with('/') => path.into(),
        path => format!("/org/bluez/{path}"),
    }
}

fn short(path: &str) -> &str {
    path.strip_prefix("/org/bluez/").unwrap_or(path)
}

fn interface_of(path: &str) -> &'static str {
    if path.contains("dev_") { "org.bluez.Device1" } else { "org.bluez.Adapter1" }
}

async fn watch(
    connection: Connection,
    mut stream: MessageStream,
    notes: Arc<Mutex<Vec<String>>>,
    agent: Arc<Mutex<Answer>>,
) {
    while let Some(Ok(message)) = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await
    {
        notes.lock().expect("unpoisoned").push(note(&message));
        if message.message_type() == Type::MethodCall {
            let answer = *agent.lock().expect("unpoisoned");
            answer_as_agent(&connection, &message, answer).await;
        }
    }
}

async fn answer_as_agent(connection: &Connection, call: &Message, answer: Answer) {
    let header = call.header();
    let is = |name: &str| header.member().is_some_and(|member| member.as_str() == name);
    let chooses = is("SelectConfiguration");
    let reply = match answer {
        Answer::Configuration(chosen) if chooses => {
            Message::method_return(&header).build(&chosen.to_vec())
        }
        Answer::Properties(row) if is("SelectProperties") => {
            Message::method_return(&header).build(&properties(row))
        }
        Answer::Monitor { patterns, timeouts } if is("GetManagedObjects") => {
            Message::method_return(&header).build(&monitor(patterns, timeouts))
        }
        Answer::Monitor { .. } | Answer::Configuration(_) | Answer::Properties(_) => {
            Message::method_return(&header).build(&())
        }
        Answer::Yes => Message::method_return(&header).build(&()),
        Answer::Passkey(passkey) => Message::method_return(&header).build(&passkey),
        Answer::Error(name) => Message::error(&header, name).build(&"no"),
        Answer::Silence => return,
    };
    connection.send(&reply.expect("a reply")).await.expect("a wire");
}

/// A configuration of LC3, and what the link has to do for it.
fn properties(row: &[u8]) -> BTreeMap<&'static str, Variant<'static>> {
    let qos = BTreeMap::from([
        ("Interval", Variant::new(10_000_u32)),
        ("Latency", Variant::new(10_u16)),
        ("TargetLatency", Variant::new(2_u8)),
    ]);
    BTreeMap::from([("Capabilities", Variant::new(row.to_vec())), ("QoS", Variant::new(qos))])
}

type Objects =
    BTreeMap<ObjectPath<'static>, BTreeMap<&'static str, BTreeMap<&'static str, Variant<'static>>>>;

/// The objects of a client that has one advertisement monitor.
fn monitor(patterns: &[(u8, u8, &[u8])], timeouts: Option<[u16; 2]>) -> Objects {
    let patterns: Vec<(u8, u8, Vec<u8>)> =
        patterns.iter().map(|(offset, kind, bytes)| (*offset, *kind, bytes.to_vec())).collect();
    let mut properties = BTreeMap::from([
        ("Type", Variant::new("or_patterns")),
        ("Patterns", Variant::new(patterns)),
    ]);
    if let Some([high, low]) = timeouts {
        properties.insert("RSSIHighTimeout", Variant::new(high));
        properties.insert("RSSILowTimeout", Variant::new(low));
    }
    let faces = BTreeMap::from([("org.bluez.AdvertisementMonitor1", properties)]);
    BTreeMap::from([(ObjectPath::from_static_str_unchecked("/root/monitor"), faces)])
}

/// A message in a line.
fn note(message: &Message) -> String {
    let (header, body) = (message.header(), message.body());
    let member = header.member().map(ToString::to_string).unwrap_or_default();
    match message.message_type() {
        Type::MethodReturn => "reply".into(),
        Type::Error => {
            let text: String = body.deserialize().unwrap_or_default();
            format!("error {}: {text}", header.error_name().map_or("", |name| name.as_str()))
        }
        Type::MethodCall => format!("agent {member} {}", arguments(message)),
        Type::Signal => match member.as_str() {
            "PropertiesChanged" => properties_changed(message),
            "InterfacesAdded" => {
                let (path, interfaces): (
                    OwnedObjectPath,
                    BTreeMap<String, BTreeMap<String, OwnedVariant>>,
                ) = body.deserialize().expect("InterfacesAdded");
                format!("+ {} {}", short(path.as_str()), own(interfaces.into_keys()))
            }
            "InterfacesRemoved" => {
                let (path, interfaces): (OwnedObjectPath, Vec<String>) =
                    body.deserialize().expect("InterfacesRemoved");
                format!("- {} {}", short(path.as_str()), own(interfaces.into_iter()))
            }
            member => {
                let path = header.path().map_or("", |path| short(path.as_str()));
                format!("{path} {member} {}", arguments(message))
            }
        },
    }
}

/// A value without its type.
fn plain(value: &Variant<'_>) -> String {
    let text = value.to_string();
    let typed = ["uint32 ", "uint16 ", "int16 "].iter().find_map(|kind| text.strip_prefix(kind));
    typed.unwrap_or(&text).to_owned()
}

fn own(interfaces: impl Iterator<Item = String>) -> String {
    let own = interfaces.filter_map(|name| name.strip_prefix("org.bluez.").map(str::to_owned));
    own.collect::<Vec<_>>().join(" ")
}

fn arguments(message: &Message) -> String {
    let body = message.body();
    let fields: Result<zbus::Structure<'_>, _> = body.deserialize();
    match fields {
        Ok(fields) => {
            let fields = fields.fields().iter().map(|field| match field {
                Variant::ObjectPath(path) => short(path.as_str()).to_owned(),
                field => plain(field),
            });
            fields.collect::<Vec<_>>().join(" ")
        }
        Err(_) => String::new(),
    }
}

fn properties_changed(message: &Message) -> String {
    let body = message.body();
    let (interface, changed, gone): (String, BTreeMap<String, OwnedVariant>, Vec<String>) =
        body.deserialize().expect("PropertiesChanged");
    let header = message.header();
    let path = header.path().map_or("", |path| short(path.as_str()));
    let mut line = format!("{path} {}", interface.trim_start_matches("org.bluez."));
    for (name, value) in changed {
        line.push_str(&format!(" {name}={}", plain(&value)));
    }
    for name in gone {
        line.push_str(&format!(" -{name}"));
    }
    line
}
