//! The wire: connections within the process, at whose other ends clients find bluetoothd, or the
//! kernel.
//!
//! One task is the simulator; each connection, a line, has one that takes in and one that sends. The
//! simulator never waits for a line, so a client that reads slowly stops nobody but itself.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    io,
    pin::{Pin, pin},
    sync::Arc,
};

use tokio::{
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, WeakUnboundedSender, unbounded_channel},
        oneshot,
    },
    task::AbortHandle,
    time::{Instant, sleep_until},
};
use zbus::{
    Connection, MessageStream,
    connection::{Builder, socket::Channel},
    export::futures_core::Stream,
    message::Message,
};

use super::{Scene, bus::Line, host::Host, kernel::ClientId};
use crate::mgmt::socket::{Receiver, Sender, Socket};

/// Both ends have to name the same server.
const GUID: &str = "b77e57b77e57b77e57b77e57b77e57b7";
/// Where the simulator's bus would be, if it were one.
const ADDRESS: &str = "unix:path=/simulated";

/// A simulated bluetoothd. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Simulator {
    news: UnboundedSender<News>,
}

/// What reaches the simulator.
#[derive(Debug)]
enum News {
    /// Somebody connects; the answer is whether there is a bus.
    Knock(Box<MessageStream>, oneshot::Sender<bool>),
    Message(Line, Message),
    Closed(Line),
    /// Somebody opens a management socket; this is the kernel's end of it.
    Manager(Box<Socket>),
    Packet(ClientId, Vec<u8>),
    ManagerLeft(ClientId),
}

/// Starts a simulated bluetoothd with the adapters and devices of a scene. Whatever in the scene is left
/// to chance follows from the seed.
///
/// It ends when the last copy of the [`Simulator`] is dropped and the last connection to it is closed.
///
/// Time is tokio's: with `tokio::time::pause` it runs as fast as the work does.
///
/// # Panics
///
/// Outside of a tokio runtime.
#[must_use]
pub fn start(scene: Scene, seed: u64) -> Simulator {
    let (news, to_work_off) = unbounded_channel();
    let lines = Lines { open: BTreeMap::new(), opened: 0, news: news.downgrade() };
    let managers = Managers { open: BTreeMap::new(), opened: 0, news: news.downgrade() };
    tokio::spawn(work_off(Host::new(scene, seed), lines, managers, to_work_off));
    Simulator { news }
}

impl Simulator {
    /// A new connection to the simulated bluetoothd.
    ///
    /// It is peer-to-peer: no `Hello`, no names, every message reaches bluetoothd, and all its signals
    /// arrive without match rules. A scene's incident can close it, as a bus that goes away does.
    ///
    /// # Errors
    ///
    /// The scene has taken the bus away for now; or those of zbus when the connection cannot be made.
    pub async fn connect(&self) -> zbus::Result<Connection> {
        let (ours, theirs) = Channel::pair();
        let server = Builder::authenticated_socket(ours, GUID).p2p().build_message_stream().await?;
        let client = Builder::authenticated_socket(theirs, GUID).p2p().build().await?;
        let (answer, answered) = oneshot::channel();
        // The simulator lives as long as this handle.
        let _ = self.news.send(News::Knock(Box::new(server), answer));
        match answered.await {
            Ok(true) => Ok(client),
            _ => Err(no_bus()?),
        }
    }

    /// Opens a management socket of the simulated kernel: what is sent and received there are the
    /// packets of `doc/mgmt-protocol.rst`.
    ///
    /// The kernel goes on while bluetoothd is dead, hung or without a bus. The socket does not keep
    /// the simulator alive; it is closed when the simulator ends.
    #[must_use]
    pub fn connect_kernel(&self) -> Socket {
        let (ours, theirs) = Socket::pair();
        // The simulator lives as long as this handle.
        let _ = self.news.send(News::Manager(Box::new(ours)));
        theirs
    }
}

/// What a client hears that connects to no bus.
fn no_bus() -> zbus::Result<zbus::Error> {
    let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
    Ok(zbus::Error::Connection(Arc::new(refused), Box::new(ADDRESS.try_into()?)))
}

/// The connections.
struct Lines {
    open: BTreeMap<Line, Open>,
    /// How many there have been.
    opened: u64,
    /// Weak, so that the simulator does not keep itself alive.
    news: WeakUnboundedSender<News>,
}

/// A connection that is open.
struct Open {
    to_send: UnboundedSender<Message>,
    takes_in: AbortHandle,
}

impl Lines {
    fn open(&mut self, stream: MessageStream) {
        let Some(news) = self.news.upgrade() else {
            return;
        };
        self.opened += 1;
        let line = Line(self.opened);
        let (to_send, queue) = unbounded_channel();
        tokio::spawn(send(Connection::from(&stream), queue));
        let takes_in = tokio::spawn(take_in(line, stream, news)).abort_handle();
        self.open.insert(line, Open { to_send, takes_in });
    }

    /// Closes all of them. What has been sent before still arrives.
    fn close_all(&mut self) {
        for open in std::mem::take(&mut self.open).into_values() {
            open.takes_in.abort();
        }
    }

    fn send(&self, to: Option<Line>, message: Message) {
        // One that has been closed in the meantime hears nothing.
        match to {
            Some(line) => {
                if let Some(open) = self.open.get(&line) {
                    let _ = open.to_send.send(message);
                }
            }
            None => {
                for open in self.open.values() {
                    let _ = open.to_send.send(message.clone());
                }
            }
        }
    }
}

/// The management sockets.
struct Managers {
    open: BTreeMap<ClientId, Manager>,
    opened: u64,
    /// Weak, as a socket does not keep the simulator alive.
    news: WeakUnboundedSender<News>,
}

/// A management socket that is open; nobody listens to it any more when it is dropped.
struct Manager {
    sender: Sender,
    listens: AbortHandle,
}

impl Drop for Manager {
    fn drop(&mut self) {
        self.listens.abort();
    }
}

impl Managers {
    fn open(&mut self, socket: Socket) -> ClientId {
        self.opened += 1;
        let client = ClientId(self.opened);
        let (sender, receiver) = socket.split();
        let listens = tokio::spawn(listen(client, receiver, self.news.clone())).abort_handle();
        self.open.insert(client, Manager { sender, listens });
        client
    }

    /// Sends a packet; within the process nobody waits for that.
    async fn send(&self, client: ClientId, packet: &[u8]) {
        if let Some(manager) = self.open.get(&client) {
            // Whoever has gone has said so, or is about to.
            let _ = manager.sender.send(packet).await;
        }
    }
}

async fn listen(client: ClientId, mut receiver: Receiver, news: WeakUnboundedSender<News>) {
    loop {
        let packet = receiver.receive().await;
        let Some(news) = news.upgrade() else {
            return;
        };
        let Ok(packet) = packet else {
            let _ = news.send(News::ManagerLeft(client));
            return;
        };
        if news.send(News::Packet(client, packet)).is_err() {
            return;
        }
    }
}

async fn work_off(
    mut host: Host,
    mut lines: Lines,
    mut managers: Managers,
    mut queue: UnboundedReceiver<News>,
) {
    let mut alarm = pin!(sleep_until(Instant::now()));
    let Some(mut heard) = host.heard() else {
        return;
    };
    loop {
        let next = host.next();
        if let Some(next) = next.filter(|next| *next != alarm.deadline()) {
            alarm.as_mut().reset(next);
        }
        tokio::select! {
            biased;
            news = queue.recv() => match news {
                Some(news) => take_news(&mut host, &mut lines, &mut managers, news),
                None => return,
            },
            Some(heard) = heard.recv(), if !host.is_hung() => host.hear_socket(&heard),
            () = &mut alarm, if next.is_some() => {
                host.happen();
                // An alarm that has rung is wound again, even for the same time.
                alarm.as_mut().reset(host.next().unwrap_or_else(Instant::now));
            }
        }
        for (client, packet) in host.packets() {
            managers.send(client, &packet).await;
        }
        for letter in host.outgoing() {
            lines.send(letter.to, letter.message);
        }
        if !host.has_bus() {
            lines.close_all();
        }
    }
}

fn take_news(host: &mut Host, lines: &mut Lines, managers: &mut Managers, news: News) {
    match news {
        News::Knock(stream, answer) => {
            if host.has_bus() {
                lines.open(*stream);
            }
            let _ = answer.send(host.has_bus());
        }
        News::Message(line, message) if lines.open.contains_key(&line) => {
            host.receive(line, message);
        }
        News::Closed(line) if lines.open.remove(&line).is_some() => host.closed(line),
        News::Manager(socket) => host.manager_comes(managers.open(*socket)),
        News::Packet(client, packet) => host.manage(client, &packet),
        News::ManagerLeft(client) => {
            managers.open.remove(&client);
            host.manager_leaves(client);
        }
        // The last words over a line that the bus has closed.
        News::Message(..) | News::Closed(_) => {}
    }
}

async fn take_in(line: Line, mut stream: MessageStream, news: UnboundedSender<News>) {
    while let Some(Ok(message)) = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await
    {
        if news.send(News::Message(line, message)).is_err() {
            return;
        }
    }
    let _ = news.send(News::Closed(line));
}

async fn send(connection: Connection, mut queue: UnboundedReceiver<Message>) {
    while let Some(message) = queue.recv().await {
        if connection.send(&message).await.is_err() {
            return;
        }
    }
    // The other end may have been quicker.
    let _ = connection.close().await;
}
