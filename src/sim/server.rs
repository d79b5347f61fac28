//! The wire: one connection within the process, at whose other end a client finds bluetoothd.
//!
//! Three tasks, all of which end with the connection: one takes in, one works off, one sends. The
//! middle one never waits for the wire, so a client that reads slowly stops nobody but itself.

use std::future::poll_fn;
use std::pin::{Pin, pin};

use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::{Instant, sleep_until},
};
use zbus::{
    Connection, MessageStream,
    connection::{Builder, socket::Channel},
    export::futures_core::Stream,
    message::Message,
};

use super::{Scene, host::Host};

/// Both ends have to name the same server.
const GUID: &str = "b77e57b77e57b77e57b77e57b77e57b7";

/// Starts a simulated bluetoothd with the adapters and devices of a scene, and returns a connection
/// to it. Whatever in the scene is left to chance follows from the seed.
///
/// The connection is peer-to-peer: no `Hello`, no names, every message reaches bluetoothd, and all
/// its signals arrive without match rules. The simulator ends when the last copy of the connection
/// is dropped.
///
/// Time is tokio's: with `tokio::time::pause` it runs as fast as the work does.
///
/// # Errors
///
/// Those of zbus when the connection cannot be made.
///
/// # Panics
///
/// Outside of a tokio runtime.
pub async fn start(scene: Scene, seed: u64) -> zbus::Result<Connection> {
    let (ours, theirs) = Channel::pair();
    let server = Builder::authenticated_socket(ours, GUID).p2p().build_message_stream().await?;
    let client = Builder::authenticated_socket(theirs, GUID).p2p().build().await?;
    let connection = Connection::from(&server);
    let (taken_in, to_work_off) = unbounded_channel();
    let (worked_off, to_send) = unbounded_channel();
    tokio::spawn(take_in(server, taken_in));
    tokio::spawn(work_off(Host::new(scene, seed), to_work_off, worked_off));
    tokio::spawn(send(connection, to_send));
    Ok(client)
}

async fn take_in(mut stream: MessageStream, queue: UnboundedSender<Message>) {
    while let Some(Ok(message)) = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await
    {
        if queue.send(message).is_err() {
            return;
        }
    }
}

async fn work_off(
    mut host: Host,
    mut queue: UnboundedReceiver<Message>,
    sender: UnboundedSender<Message>,
) {
    let mut alarm = pin!(sleep_until(Instant::now()));
    loop {
        let next = host.next();
        if let Some(next) = next.filter(|next| *next != alarm.deadline()) {
            alarm.as_mut().reset(next);
        }
        tokio::select! {
            biased;
            message = queue.recv() => match message {
                Some(message) => host.receive(message),
                None => return,
            },
            () = &mut alarm, if next.is_some() => {
                host.happen();
                // An alarm that has rung is wound again, even for the same time.
                alarm.as_mut().reset(host.next().unwrap_or_else(Instant::now));
            }
        }
        for message in host.outgoing() {
            if sender.send(message).is_err() {
                return;
            }
        }
    }
}

async fn send(connection: Connection, mut queue: UnboundedReceiver<Message>) {
    while let Some(message) = queue.recv().await {
        if connection.send(&message).await.is_err() {
            return;
        }
    }
}
