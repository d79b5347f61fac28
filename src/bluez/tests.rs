//! A session against a peer that the test itself plays: what the simulator never does.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_core::Stream;
use tokio::sync::mpsc;
use zbus::connection::{Builder, socket::Channel};
use zbus::message::{Message, Type};
use zbus::{Connection, MessageStream, ObjectPath, OwnedObjectPath, OwnedVariant};

use super::*;

mod agent;
mod notifications;

const GUID: &str = "b77e57b77e57b77e57b77e57b77e57b7";
type Objects = HashMap<OwnedObjectPath, HashMap<String, HashMap<String, OwnedVariant>>>;

/// The other end of the wire.
#[derive(Clone, Default)]
struct Peer {
    /// Every connection that was made to it, the last one last.
    made: Arc<Mutex<Vec<Connection>>>,
    /// It lets messages lie.
    silent: Arc<AtomicBool>,
    /// Nobody can connect.
    closed: Arc<AtomicBool>,
    /// Replies and errors that the session sent.
    replies: Arc<Mutex<Vec<mpsc::UnboundedSender<Message>>>>,
}

impl Peer {
    fn bus(&self) -> Bus {
        let peer = self.clone();
        Bus::Peer(Arc::new(move || Box::pin(peer.clone().dial())))
    }

    async fn dial(self) -> zbus::Result<Connection> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(zbus::Error::Failure("closed".into()));
        }
        let (ours, theirs) = Channel::pair();
        let stream = Builder::authenticated_socket(ours, GUID).p2p().build_message_stream().await?;
        let client = Builder::authenticated_socket(theirs, GUID).p2p().build().await?;
        self.made.lock().unwrap().push(Connection::from(&stream));
        tokio::spawn(self.serve(stream));
        Ok(client)
    }

    async fn serve(self, mut stream: MessageStream) {
        let connection = Connection::from(&stream);
        while let Some(Ok(message)) =
            std::future::poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await
        {
            if message.message_type() != Type::MethodCall {
                self.replies.lock().unwrap().retain(|told| told.send(message.clone()).is_ok());
                continue;
            }
            let member = message.header().member().map(ToString::to_string).unwrap_or_default();
            let reply = Message::method_return(&message.header()).sender(":1.1");
            let reply = match member.as_str() {
                "GetManagedObjects" => reply.build(&Objects::new()),
                "Ping" if !self.silent.load(Ordering::Relaxed) => reply.build(&()),
                _ => continue,
            };
            connection.send(&reply.unwrap()).await.unwrap();
        }
    }

    /// Calls the session's agent under a name, and gives the kind of what comes back.
    async fn asks(&self, sender: &str) -> Type {
        let device = ObjectPath::from_static_str_unchecked("/org/bluez/hci0/dev_C0");
        let call = Message::method_call("/org/bttest/agent", "RequestConfirmation")
            .interface("org.bluez.Agent1")
            .sender(sender)
            .build(&(device, 7_u32));
        self.calls(&call.unwrap()).await.message_type()
    }

    /// Whether the lamp at a path is on; what else comes back is an error's name.
    async fn lamp(&self, path: &str) -> std::result::Result<bool, String> {
        let call = Message::method_call(path, "Get")
            .interface("org.freedesktop.DBus.Properties")
            .sender(":1.1")
            .build(&("org.bttest.Lamp1", "On"));
        let reply = self.calls(&call.unwrap()).await;
        match reply.header().error_name() {
            Some(name) => Err(name.to_string()),
            None => Ok(reply.body().deserialize::<OwnedVariant>().unwrap().try_into().unwrap()),
        }
    }

    async fn calls(&self, call: &Message) -> Message {
        let (told, mut replies) = mpsc::unbounded_channel();
        self.replies.lock().unwrap().push(told);
        self.last().send(call).await.unwrap();
        replies.recv().await.unwrap()
    }

    fn last(&self) -> Connection {
        self.made.lock().unwrap().last().unwrap().clone()
    }
}

/// An object that a test serves.
#[derive(Clone)]
pub(super) struct Lamp {
    pub(super) on: bool,
}

#[zbus::interface(name = "org.bttest.Lamp1")]
impl Lamp {
    #[zbus(property)]
    fn on(&self) -> bool {
        self.on
    }
}

async fn changes(told: &mut mpsc::UnboundedReceiver<Change>, count: usize) -> Vec<Change> {
    let mut all = Vec::new();
    while all.len() < count {
        all.push(told.recv().await.unwrap());
    }
    all
}

#[tokio::test(start_paused = true)]
async fn the_agent_answers_bluetoothd_and_nobody_else() {
    let peer = Peer::default();
    let (session, mut told) = Session::open(peer.bus()).await.unwrap();
    let _agent = Agent::serve(&session).await.unwrap();
    assert_eq!(peer.asks(":1.9").await, Type::Error);
    assert!(told.try_recv().is_err(), "what a stranger asks is told");
    assert_eq!(peer.asks(":1.1").await, Type::MethodReturn);
    assert!(matches!(told.try_recv(), Ok(Change::Asked { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_session_outlives_its_bus_and_serves_its_agent_on_the_next() {
    let peer = Peer::default();
    let (session, mut told) = Session::open(peer.bus()).await.unwrap();
    let _agent = Agent::serve(&session).await.unwrap();
    let waiting = session.clone();
    let pending =
        tokio::spawn(async move { waiting.call("/x", "org.bluez.X", "Never", &()).await });
    tokio::task::yield_now().await;

    peer.closed.store(true, Ordering::Relaxed);
    peer.last().close().await.unwrap();
    assert_eq!(changes(&mut told, 2).await, [Change::BusGone, Change::Gone]);
    assert_eq!(pending.await.unwrap().unwrap_err().kind, ErrorKind::BluezGone);
    assert!(!session.has_bus());
    assert_eq!(session.life(Duration::from_secs(2)).await, Life::Gone);
    let refused = session.call("/x", "org.bluez.X", "Later", &()).await.unwrap_err();
    assert_eq!(refused.message, "the bus is gone");

    tokio::time::sleep(Duration::from_secs(60)).await;
    peer.closed.store(false, Ordering::Relaxed);
    assert_eq!(changes(&mut told, 2).await, [Change::BusBack, Change::Back]);
    assert_eq!(peer.asks(":1.1").await, Type::MethodReturn);
}

#[tokio::test(start_paused = true)]
async fn a_bluetoothd_that_hangs_shows_no_life() {
    let peer = Peer::default();
    let (session, _told) = Session::open(peer.bus()).await.unwrap();
    let limit = Duration::from_secs(2);
    assert_eq!(session.life(limit).await, Life::Answers);
    peer.silent.store(true, Ordering::Relaxed);
    assert_eq!(session.life(limit).await, Life::Silent);
}

#[tokio::test(start_paused = true)]
async fn objects_are_served_on_this_connection_and_on_the_next_until_they_are_withdrawn() {
    let peer = Peer::default();
    let (session, mut told) = Session::open(peer.bus()).await.unwrap();
    for (path, on) in [("/a", false), ("/b", true), ("/c", true), ("/a", true)] {
        session.serve(path, Lamp { on }).await.unwrap();
    }
    session.withdraw::<Lamp>("/b").await.unwrap();
    session.withdraw::<Lamp>("/never").await.unwrap();
    let gone = Err("org.freedesktop.DBus.Error.UnknownObject".to_owned());
    assert_eq!(peer.lamp("/a").await, Ok(true), "the later of two");
    assert_eq!(peer.lamp("/b").await, gone);

    peer.closed.store(true, Ordering::Relaxed);
    peer.last().close().await.unwrap();
    assert_eq!(changes(&mut told, 2).await, [Change::BusGone, Change::Gone]);
    // What is done while the bus is away holds for the next connection.
    session.withdraw::<Lamp>("/c").await.unwrap();
    session.serve("/d", Lamp { on: false }).await.unwrap();
    peer.closed.store(false, Ordering::Relaxed);
    assert_eq!(changes(&mut told, 2).await, [Change::BusBack, Change::Back]);
    assert_eq!(peer.lamp("/a").await, Ok(true));
    assert_eq!(peer.lamp("/c").await, gone);
    assert_eq!(peer.lamp("/d").await, Ok(false));
}
