//! A session with BlueZ: one connection, read by one task.
//!
//! The task takes every message off the wire in order. Signals go into the mirror, replies to whoever
//! called: when a call returns, the mirror already shows every change that BlueZ told before it answered.
//! That order is what lets steps be written without sleeps, so replies do not take zbus's own way round
//! the queue. The task never waits for anything but the wire; an undrained queue would stall every reply.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use zbus::message::{Flags, Message, Type};
use zbus::object_server::Interface;
use zbus::{DynamicType, MessageStream, Variant};

use super::bus::Bus;
use super::mirror::{Change, Mirror};
use super::reader::Reader;
use super::served::Served;
use super::value::to_wire;
use super::{Error, ErrorKind, Result};

pub(crate) const BLUEZ: &str = "org.bluez";
pub(super) const BUS: &str = "org.freedesktop.DBus";
pub(super) const OBJECT_MANAGER: &str = "org.freedesktop.DBus.ObjectManager";
pub(super) const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const PEER: &str = "org.freedesktop.DBus.Peer";

/// How long the bus and bluetoothd may take to answer at all when a session starts.
const HELLO: Duration = Duration::from_secs(20);

/// What fails where an object cannot be served.
const SERVING: &str = "serving an object to BlueZ";

/// A connection to BlueZ, with its mirror. Clones are the same session. It outlives the bus: when the
/// connection breaks, it is made again.
#[derive(Debug, Clone)]
pub struct Session {
    /// None while the bus is away.
    connection: Arc<Mutex<Option<zbus::Connection>>>,
    /// Unique name of bluetoothd; none while it is away, and before it answered.
    owner: Owner,
    /// The objects that BlueZ calls, to serve them on the next connection too.
    served: Arc<Mutex<Served>>,
    replies: Replies,
    mirror: Mirror,
}

/// Unique name of bluetoothd on the bus, shared with whoever must tell its messages from others.
pub(super) type Owner = Arc<Mutex<Option<String>>>;

/// Who waits for which reply, by the serial of the call.
type Replies = Arc<Mutex<HashMap<u32, Waiting>>>;

/// Who waits for a reply.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) caller: oneshot::Sender<Message>,
    /// The reply is the whole tree, and goes into the mirror in its place among the signals.
    pub(super) seeds_mirror: bool,
}

/// Whether bluetoothd shows a sign of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It answers.
    Answers,
    /// It is on the bus, and does not answer.
    Silent,
    /// It is not on the bus, or the bus is not there.
    Gone,
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
        let connection = bus.connect().await;
        let connection = connection.map_err(|error| Error::wire(&error, "connecting to D-Bus"))?;
        let (mirror, mut told) = Mirror::new();
        let session = Self {
            connection: Arc::default(),
            owner: Owner::default(),
            served: Arc::default(),
            replies: Replies::default(),
            mirror,
        };
        let has_names = bus.has_names();
        let stream = session.take(connection);
        tokio::spawn(Reader::new(session.clone(), bus).run(stream));
        session.introduce(has_names).await?;
        session.mirror.present().await;
        // What was there before the session is no change.
        while told.try_recv().is_ok() {}
        Ok((session, told))
    }

    /// From now on, this is the connection. Whoever reads the stream misses nothing of it.
    pub(super) fn take(&self, connection: zbus::Connection) -> MessageStream {
        let stream = MessageStream::from(&connection);
        *lock(&self.connection) = Some(connection);
        stream
    }

    /// Makes itself known on a new connection, and asks for everything. The answers come through the
    /// reader, which must be at work.
    pub(super) async fn introduce(&self, has_names: bool) -> Result<()> {
        let served = lock(&self.served).clone();
        let connection = self.connected(SERVING)?;
        served.put_on(&connection).await.map_err(|error| Error::wire(&error, SERVING))?;
        if has_names {
            self.subscribe().await?;
        }
        self.seed().await
    }

    /// Serves an object at a path, on this connection and on those after it, in place of one of the same
    /// interface. An object may have several interfaces, each served by itself. Only bluetoothd is
    /// answered.
    ///
    /// The connection may be away: then the object is there with the next one.
    ///
    /// # Errors
    /// The connection broke, or the path is none.
    pub async fn serve<I: Interface + Clone>(&self, path: &str, object: I) -> Result<()> {
        lock(&self.served).add(path, object, self.owner.clone());
        let served = lock(&self.served).clone();
        let Ok(connection) = self.connected(SERVING) else { return Ok(()) };
        let put = served.put_one::<I>(path, &connection).await;
        put.map_err(|error| Error::wire(&error, SERVING))
    }

    /// Serves it no longer. One that is not served is left alone.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn withdraw<I: Interface>(&self, path: &str) -> Result<()> {
        let was_served = lock(&self.served).forget::<I>(path);
        let Ok(connection) = self.connected(SERVING) else { return Ok(()) };
        if !was_served {
            return Ok(());
        }
        match connection.object_server().remove_named(path, I::name()).await {
            // The connection is new, and the object was not there yet.
            Ok(_) | Err(zbus::Error::InterfaceNotFound) => Ok(()),
            Err(error) => Err(Error::wire(&error, SERVING)),
        }
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

    /// Unique name of bluetoothd, as it comes and goes.
    pub(super) fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Whether there is a connection to the bus.
    #[must_use]
    pub fn has_bus(&self) -> bool {
        lock(&self.connection).is_some()
    }

    /// Asks bluetoothd for a sign of life, which libdbus gives for it as soon as it reads its messages
    /// (`org.freedesktop.DBus.Peer`).
    pub async fn life(&self, limit: Duration) -> Life {
        let name = || format!("{PEER}.Ping on {BLUEZ}");
        let Ok(message) = Message::method_call("/", "Ping")
            .destination(BLUEZ)
            .interface(PEER)
            // One that is away must not be started by the question.
            .with_flags(Flags::NO_AUTO_START)
            .build(&())
        else {
            return Life::Gone;
        };
        match tokio::time::timeout(limit, self.exchange(&message, false, name)).await {
            Ok(Err(error)) if error.kind == ErrorKind::BluezGone => Life::Gone,
            Ok(Err(error)) if error.kind == ErrorKind::NoReply => Life::Silent,
            // An error is an answer too.
            Ok(_) => Life::Answers,
            Err(_) => Life::Silent,
        }
    }

    /// Whoever waits for this reply, which has come.
    pub(super) fn waiting(&self, serial: u32) -> Option<Waiting> {
        lock(&self.replies).remove(&serial)
    }

    /// Whatever bluetoothd told is void, and it will answer nothing any more.
    pub(super) fn bluez_left(&self) {
        lock(&self.owner).take();
        self.mirror.clear();
        lock(&self.replies).clear();
    }

    /// The bus is away, and bluetoothd with it.
    pub(super) fn bus_left(&self) {
        lock(&self.connection).take();
        self.mirror.tell(Change::BusGone);
        self.bluez_left();
    }

    /// The name that the bus gave this client.
    #[cfg(test)]
    pub(super) fn unique_name(&self) -> Option<String> {
        lock(&self.connection).as_ref()?.unique_name().map(ToString::to_string)
    }

    fn connected(&self, call: impl Into<String>) -> Result<zbus::Connection> {
        lock(&self.connection).clone().ok_or_else(|| Error::no_bus(call))
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
        self.set_wire(path, interface, property, wire).await
    }

    /// Sends a signal of one of the objects that are served here.
    ///
    /// # Errors
    /// The connection broke.
    pub(super) async fn signal<B>(
        &self,
        path: &str,
        interface: &str,
        member: &str,
        body: &B,
    ) -> Result<()>
    where
        B: Serialize + DynamicType,
    {
        let name = || format!("{interface}.{member} of {path}");
        let built = Message::signal(path, interface, member).build(body);
        let message = built.map_err(|error| Error::wire(&error, name()))?;
        let sent = self.connected(name())?.send(&message).await;
        sent.map_err(|error| Error::wire(&error, name()))
    }

    /// Sets a property whose type plain data does not tell, such as the numbers of media.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub(super) async fn set_wire(
        &self,
        path: &str,
        interface: &str,
        property: &str,
        value: Variant<'_>,
    ) -> Result<()> {
        let body = (interface, property, value);
        let answer = self.call(path, PROPERTIES, "Set", &body).await;
        let call = || format!("setting {property} on {path}");
        answer.map(drop).map_err(|error| Error { call: call(), ..error })
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
    pub(super) async fn seed(&self) -> Result<()> {
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
        let connection = self.connected(name())?;
        let (caller, reply) = oneshot::channel();
        let serial = message.primary_header().serial_num().get();
        lock(&self.replies).insert(serial, Waiting { caller, seeds_mirror });
        let _forget = Forget { replies: &self.replies, serial };
        connection.send(message).await.map_err(|error| Error::wire(&error, name()))?;
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

/// No code panics while it holds one of these locks.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Name and message of an error reply.
fn error_of(reply: &Message, call: String) -> Error {
    let header = reply.header();
    let name = header.error_name().map(|name| name.as_str()).unwrap_or_default();
    // BlueZ sends a text with each error, but an error without one is an error all the same.
    let message: String = reply.body().deserialize().unwrap_or_default();
    Error::from_bus(name, &message, call)
}
