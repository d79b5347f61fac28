//! A session with BlueZ: one connection, read by one task.
//!
//! The task takes every message off the wire in order. Signals go into the mirror, replies to whoever
//! called: when a call returns, the mirror already shows every change that BlueZ told before it answered.
//! That order is what lets steps be written without sleeps, so replies do not take zbus's own way round
//! the queue. The task never waits for anything but the wire; an undrained queue would stall every reply.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_core::Stream;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use zbus::message::{Message, Type};
use zbus::{DynamicType, MessageStream, OwnedObjectPath, OwnedVariant, connection};

use super::mirror::{Change, Interfaces, Mirror, Properties, Tree};
use super::value::{to_json, to_wire};
use super::{Error, ErrorKind, Result};

pub(crate) const BLUEZ: &str = "org.bluez";
const BUS: &str = "org.freedesktop.DBus";
const OBJECT_MANAGER: &str = "org.freedesktop.DBus.ObjectManager";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// How long the bus and bluetoothd may take to answer at all when a session starts.
const HELLO: Duration = Duration::from_secs(20);

/// Where BlueZ is.
#[derive(Debug)]
pub enum Bus {
    /// The system bus (or where `DBUS_SYSTEM_BUS_ADDRESS` points).
    System,
    /// A bus with this D-Bus address.
    Address(String),
    /// The other end of a connection without a bus: the simulator.
    Peer(zbus::Connection),
}

/// A connection to BlueZ, with its mirror. Clones are the same session.
#[derive(Debug, Clone)]
pub struct Session {
    connection: zbus::Connection,
    replies: Replies,
    mirror: Mirror,
}

/// Who waits for which reply, by the serial of the call.
type Replies = Arc<Mutex<HashMap<u32, Waiting>>>;

/// Who waits for a reply.
#[derive(Debug)]
struct Waiting {
    caller: oneshot::Sender<Message>,
    /// The reply is the whole tree, and goes into the mirror in its place among the signals.
    seeds_mirror: bool,
}

impl Session {
    /// Connects, and waits until the mirror shows BlueZ's whole tree.
    ///
    /// Also gives what the mirror tells from now on. Whoever takes it must keep reading: it is not
    /// bounded, so that the task which feeds it never waits.
    ///
    /// # Errors
    /// No bus at the address, no permission, or no bluetoothd on it.
    pub async fn open(bus: Bus) -> Result<(Self, mpsc::UnboundedReceiver<Change>)> {
        tokio::time::timeout(HELLO, Self::connect(bus)).await.unwrap_or_else(|_| {
            Err(Error::from_bus(
                "org.freedesktop.DBus.Error.NoReply",
                "bluetoothd did not answer within 20 s",
                "org.freedesktop.DBus.ObjectManager.GetManagedObjects",
            ))
        })
    }

    async fn connect(bus: Bus) -> Result<(Self, mpsc::UnboundedReceiver<Change>)> {
        let has_bus = !matches!(bus, Bus::Peer(_));
        let connection = match bus {
            Bus::System => connection::Builder::system().build().await,
            Bus::Address(address) => connection::Builder::address(address.as_str()).build().await,
            Bus::Peer(connection) => Ok(connection),
        }
        .map_err(|error| Error::wire(&error, "connecting to D-Bus"))?;
        let (mirror, mut told) = Mirror::new();
        let session = Self { connection, replies: Replies::default(), mirror };
        // The stream is made before the first call, so that nothing is missed.
        let stream = MessageStream::from(&session.connection);
        tokio::spawn(Reader { session: session.clone(), owner: None }.run(stream));
        if has_bus {
            session.subscribe().await?;
        }
        session.seed().await?;
        session.mirror.present().await;
        // What was there before the session is no change.
        while told.try_recv().is_ok() {}
        Ok((session, told))
    }

    async fn subscribe(&self) -> Result<()> {
        for rule in [
            "type='signal',sender='org.bluez'".to_owned(),
            format!("type='signal',sender='{BUS}',member='NameOwnerChanged',arg0='{BLUEZ}'"),
        ] {
            self.call_on(BUS, "/org/freedesktop/DBus", BUS, "AddMatch", &rule).await?;
        }
        Ok(())
    }

    /// The mirror of BlueZ's tree.
    #[must_use]
    pub fn mirror(&self) -> &Mirror {
        &self.mirror
    }

    /// The connection, to serve an agent on.
    pub(crate) fn connection(&self) -> &zbus::Connection {
        &self.connection
    }

    /// Calls a method of BlueZ. There is no time limit here; dropping the future forgets the reply.
    ///
    /// # Errors
    /// What BlueZ or the bus answered instead, or that bluetoothd left.
    pub async fn call<B>(
        &self,
        path: &str,
        interface: &str,
        member: &str,
        body: &B,
    ) -> Result<Message>
    where
        B: Serialize + DynamicType,
    {
        self.call_on(BLUEZ, path, interface, member, body).await
    }

    /// Sets a property.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub async fn set(
        &self,
        path: &str,
        interface: &str,
        property: &str,
        value: &Value,
    ) -> Result<()> {
        let call = || format!("setting {property} on {path}");
        let wire = to_wire(value).ok_or_else(|| Error {
            kind: ErrorKind::InvalidArguments,
            name: String::new(),
            message: format!("{value} is no value that BlueZ takes"),
            call: call(),
        })?;
        self.call(path, PROPERTIES, "Set", &(interface, property, wire))
            .await
            .map(|_| ())
            .map_err(|error| Error { call: call(), ..error })
    }

    async fn call_on<B>(
        &self,
        destination: &str,
        path: &str,
        interface: &str,
        member: &str,
        body: &B,
    ) -> Result<Message>
    where
        B: Serialize + DynamicType,
    {
        let name = || format!("{interface}.{member} on {path}");
        let message = Message::method_call(path, member)
            .destination(destination)
            .interface(interface)
            .build(body)
            .map_err(|error| Error::wire(&error, name()))?;
        self.exchange(&message, false, name).await
    }

    /// Asks for the whole tree, for the mirror.
    async fn seed(&self) -> Result<()> {
        let name = || format!("{OBJECT_MANAGER}.GetManagedObjects on /");
        let message = Message::method_call("/", "GetManagedObjects")
            .destination(BLUEZ)
            .interface(OBJECT_MANAGER)
            .build(&())
            .map_err(|error| Error::wire(&error, name()))?;
        self.exchange(&message, true, name).await.map(|_| ())
    }

    async fn exchange(
        &self,
        message: &Message,
        seeds_mirror: bool,
        name: impl Fn() -> String,
    ) -> Result<Message> {
        let (caller, reply) = oneshot::channel();
        let serial = message.primary_header().serial_num().get();
        lock(&self.replies).insert(serial, Waiting { caller, seeds_mirror });
        let _forget = Forget { replies: &self.replies, serial };
        self.connection.send(message).await.map_err(|error| Error::wire(&error, name()))?;
        let reply = reply.await.map_err(|_| Error::gone(name()))?;
        match reply.message_type() {
            Type::Error => Err(error_of(&reply, name())),
            _ => Ok(reply),
        }
    }
}

/// Forgets a call whose caller no longer waits, so that an answer that never comes holds no memory.
struct Forget<'a> {
    replies: &'a Replies,
    serial: u32,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        lock(self.replies).remove(&self.serial);
    }
}

fn lock(replies: &Replies) -> MutexGuard<'_, HashMap<u32, Waiting>> {
    replies.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Name and message of an error reply.
fn error_of(reply: &Message, call: String) -> Error {
    let header = reply.header();
    let name = header.error_name().map(|name| name.as_str()).unwrap_or_default();
    // BlueZ sends a text with each error, but an error without one is an error all the same.
    let message: String = reply.body().deserialize().unwrap_or_default();
    Error::from_bus(name, &message, call)
}

/// The task that reads the wire.
struct Reader {
    session: Session,
    /// Unique name of bluetoothd on the bus; none without a bus, and before it answered.
    owner: Option<String>,
}

impl Reader {
    async fn run(mut self, mut stream: MessageStream) {
        while let Some(Ok(message)) = next(&mut stream).await {
            match message.message_type() {
                Type::Signal => self.signal(&message),
                Type::MethodReturn | Type::Error => self.reply(message),
                // Calls are for the agent, which zbus serves.
                Type::MethodCall => {}
            }
        }
        self.gone();
    }

    fn reply(&mut self, message: Message) {
        let Some(serial) = message.header().reply_serial() else {
            return;
        };
        let Some(waiting) = lock(&self.session.replies).remove(&serial.get()) else {
            return;
        };
        if waiting.seeds_mirror && message.message_type() == Type::MethodReturn {
            self.owner = message.header().sender().map(ToString::to_string);
            let objects: Objects = message.body().deserialize().unwrap_or_default();
            let objects = objects
                .into_iter()
                .map(|(path, interfaces)| (path.to_string(), plain_interfaces(interfaces)));
            self.session.mirror.seed(objects.collect());
        }
        // The caller may have given up in the meantime.
        let _ = waiting.caller.send(message);
    }

    fn signal(&mut self, message: &Message) {
        let header = message.header();
        let sender = header.sender().map(|name| name.as_str());
        let (Some(path), Some(interface), Some(member)) =
            (header.path(), header.interface(), header.member())
        else {
            return;
        };
        if (interface.as_str(), member.as_str()) == (BUS, "NameOwnerChanged") {
            return self.owner_changed(message, sender);
        }
        // Anybody may send us a signal; only bluetoothd tells what is in its tree.
        if sender != self.owner.as_deref() || !self.session.mirror.read(Tree::is_present) {
            return;
        }
        let applied = match (interface.as_str(), member.as_str()) {
            (OBJECT_MANAGER, "InterfacesAdded") => self.added(message),
            (OBJECT_MANAGER, "InterfacesRemoved") => self.removed(message),
            (PROPERTIES, "PropertiesChanged") => self.changed(message, path.as_str()),
            _ => Ok(()),
        };
        // A signal whose body is not what its name says comes from no bluetoothd; there is nothing
        // in it to use, and nobody to answer.
        drop(applied);
    }

    fn added(&self, message: &Message) -> zbus::Result<()> {
        let body = message.body();
        let (path, interfaces): (OwnedObjectPath, WireInterfaces) = body.deserialize()?;
        self.session.mirror.add(path.as_str(), plain_interfaces(interfaces));
        Ok(())
    }

    fn removed(&self, message: &Message) -> zbus::Result<()> {
        let body = message.body();
        let (path, interfaces): (OwnedObjectPath, Vec<String>) = body.deserialize()?;
        self.session.mirror.remove(path.as_str(), &interfaces);
        Ok(())
    }

    fn changed(&self, message: &Message, path: &str) -> zbus::Result<()> {
        let body = message.body();
        let (interface, set, withdrawn): (String, WireProperties, Vec<String>) =
            body.deserialize()?;
        self.session.mirror.set(path, &interface, plain(set), &withdrawn);
        Ok(())
    }

    fn owner_changed(&mut self, message: &Message, sender: Option<&str>) {
        let body = message.body();
        let Ok((name, _old, new)) = body.deserialize::<(String, String, String)>() else {
            return;
        };
        if name != BLUEZ || sender.is_some_and(|sender| sender != BUS) {
            return;
        }
        self.gone();
        if !new.is_empty() {
            let session = self.session.clone();
            // In a task of its own: its reply comes through this one.
            tokio::spawn(async move { session.seed().await });
        }
    }

    /// Whatever bluetoothd told is void, and it will answer nothing any more.
    fn gone(&mut self) {
        self.owner = None;
        self.session.mirror.clear();
        lock(&self.session.replies).clear();
    }
}

type WireProperties = HashMap<String, OwnedVariant>;
type WireInterfaces = HashMap<String, WireProperties>;
type Objects = HashMap<OwnedObjectPath, WireInterfaces>;

fn plain(properties: WireProperties) -> Properties {
    properties.into_iter().map(|(name, value)| (name, to_json(&value))).collect()
}

fn plain_interfaces(interfaces: WireInterfaces) -> Interfaces {
    interfaces.into_iter().map(|(name, properties)| (name, plain(properties))).collect()
}

async fn next(stream: &mut MessageStream) -> Option<zbus::Result<Message>> {
    std::future::poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await
}
