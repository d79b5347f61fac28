//! The sockets that a client gets instead of calls and signals (`AcquireWrite`, `AcquireNotify`): one end is the
//! client's, of the other a task tells what is written there (`create_sock` in `src/gatt-client.c`).

use std::{io, os::fd::OwnedFd, sync::Arc, time::Duration};

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, Shutdown, SocketFlags, SocketType, recv, send, shutdown,
    socketpair,
};
use tokio::{
    io::unix::AsyncFd,
    sync::mpsc::{Receiver, Sender, channel},
    task::AbortHandle,
};

use crate::mgmt::socket::watched;

/// How many packets wait for bluetoothd; who writes more of them waits himself.
const AHEAD: usize = 16;
/// The longest packet that is taken (`sock_read`).
const LONGEST_PACKET: usize = 512;

/// Names a socket, also when it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SocketId(u64);

/// What has come over a socket.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) socket: SocketId,
    /// None: the client has closed its end.
    pub(super) packet: Option<Vec<u8>>,
}

/// Where sockets are opened. Clones open them for the same reader.
#[derive(Clone, Debug)]
pub(super) struct Sockets {
    news: Sender<Heard>,
}

/// bluetoothd's end of a socket; closed when it is dropped.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) id: SocketId,
    end: Arc<AsyncFd<OwnedFd>>,
    listens: AbortHandle,
}

impl Sockets {
    /// Opens no socket yet; what comes over those to be opened is read there.
    pub(super) fn new() -> (Self, Receiver<Heard>) {
        let (news, heard) = channel(AHEAD);
        (Sockets { news }, heard)
    }

    /// Opens a socket of this number. Each packet that comes over it takes its time.
    pub(super) fn open(&self, number: u64, pace: Duration) -> io::Result<(Socket, OwnedFd)> {
        self.open_as(SocketType::SEQPACKET, number, pace)
    }

    /// The same for one that keeps no packets apart, as RFCOMM does not.
    pub(super) fn open_stream(&self, number: u64) -> io::Result<(Socket, OwnedFd)> {
        self.open_as(SocketType::STREAM, number, Duration::ZERO)
    }

    fn open_as(
        &self,
        kind: SocketType,
        number: u64,
        pace: Duration,
    ) -> io::Result<(Socket, OwnedFd)> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let (ours, theirs) = socketpair(AddressFamily::UNIX, kind, flags, None)?;
        let end = Arc::new(watched(ours)?);
        let id = SocketId(number);
        let listens = tokio::spawn(listen(id, end.clone(), self.news.clone(), pace));
        Ok((Socket { id, end, listens: listens.abort_handle() }, theirs))
    }
}

impl Socket {
    /// Sends a packet. One that the client has no room for is lost, as in bluetoothd.
    pub(super) fn send(&self, packet: &[u8]) {
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        let _ = send(self.end.get_ref(), packet, flags);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.listens.abort();
        // The task ends a moment later, and the client is to see it now.
        let _ = shutdown(self.end.get_ref(), Shutdown::Both);
    }
}

async fn listen(socket: SocketId, end: Arc<AsyncFd<OwnedFd>>, news: Sender<Heard>, pace: Duration) {
    loop {
        let packet = receive(&end).await.ok().filter(|packet| !packet.is_empty());
        let is_closed = packet.is_none();
        if news.send(Heard { socket, packet }).await.is_err() || is_closed {
            return;
        }
        tokio::time::sleep(pace).await;
    }
}

async fn receive(end: &AsyncFd<OwnedFd>) -> io::Result<Vec<u8>> {
    let mut packet = vec![0; LONGEST_PACKET];
    loop {
        let mut ready = end.readable().await?;
        let received = ready
            .try_io(|end| Ok(recv(end.get_ref(), packet.as_mut_slice(), RecvFlags::DONTWAIT)?));
        if let Ok(received) = received {
            let (length, _) = received?;
            packet.truncate(length);
            return Ok(packet);
        }
    }
}
