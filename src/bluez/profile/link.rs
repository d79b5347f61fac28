//! A connection on a profile: its socket, and what has come over it.
//!
//! A task reads, so that the end of a connection is noticed when it comes. What nobody takes is kept up to a bound; beyond
//! it the task stops reading, and the device is held up as by any program that does not read.

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};

use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, send, shutdown};
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::Shared;
use crate::bluez::session::lock;
use crate::mgmt::socket::watched;

/// How much is kept of what nobody has taken, in bytes.
pub(super) const ROOM: usize = 64 * 1024;
/// How much is read at once, in bytes.
const AT_ONCE: usize = 4096;

/// What BlueZ has read of the other side's profile in its service record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Nature {
    /// Major number in the high byte.
    pub(crate) version: Option<u16>,
    pub(crate) features: Option<u16>,
}

/// A connection. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Link {
    profile: Arc<str>,
    device: Arc<str>,
    nature: Nature,
    end: Arc<AsyncFd<OwnedFd>>,
    inbox: Arc<Inbox>,
    reader: AbortHandle,
}

#[derive(Default)]
struct Inbox {
    came: Mutex<Came>,
    /// Told when there is room again.
    taken: Notify,
}

#[derive(Default)]
struct Came {
    bytes: Vec<u8>,
    ended: bool,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("profile", &self.profile)
            .field("device", &self.device)
            .finish()
    }
}

impl Link {
    /// Takes over a connection that BlueZ hands over. Its socket is read from now on.
    ///
    /// # Errors
    /// It is no socket that can be waited for.
    pub(super) fn open(
        (profile, device): (&str, &str),
        nature: Nature,
        socket: OwnedFd,
        shared: Arc<Shared>,
    ) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&socket, true)?;
        let end = Arc::new(watched(socket)?);
        let inbox = Arc::new(Inbox::default());
        let reader = tokio::spawn(read(end.clone(), inbox.clone(), shared)).abort_handle();
        Ok(Self { profile: profile.into(), device: device.into(), nature, end, inbox, reader })
    }

    /// Path of the profile that it is on.
    pub(super) fn profile(&self) -> &str {
        &self.profile
    }

    /// Path of the device.
    pub(super) fn device(&self) -> &str {
        &self.device
    }

    pub(super) fn is_of(&self, profile: &str, device: &str) -> bool {
        *self.profile == *profile && *self.device == *device
    }

    pub(crate) fn nature(&self) -> Nature {
        self.nature
    }

    /// Whether it is up.
    pub(crate) fn is_up(&self) -> bool {
        !lock(&self.inbox.came).ended
    }

    /// Ends it. What has come can still be taken.
    pub(super) fn close(&self) {
        self.reader.abort();
        // The task ends a moment later, and the other side is to see it now.
        let _ = shutdown(self.end.get_ref(), Shutdown::Both);
        lock(&self.inbox.came).ended = true;
    }

    /// What has come and was not taken.
    pub(crate) fn came(&self) -> Vec<u8> {
        lock(&self.inbox.came).bytes.clone()
    }

    /// Takes the first of what has come.
    pub(crate) fn take(&self, length: usize) -> Vec<u8> {
        let mut came = lock(&self.inbox.came);
        let length = length.min(came.bytes.len());
        let taken = came.bytes.drain(..length).collect();
        drop(came);
        self.inbox.taken.notify_one();
        taken
    }

    /// Sends all of it: over L2CAP as one packet, which the MTU has to have room for.
    pub(super) async fn send(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let mut ready = self.end.writable().await?;
            let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
            let sent = ready.try_io(|end| Ok(send(end.get_ref(), bytes, flags)?));
            if let Ok(sent) = sent {
                bytes = bytes.get(sent?..).unwrap_or_default();
            }
        }
        Ok(())
    }
}

/// Reads until the end.
async fn read(end: Arc<AsyncFd<OwnedFd>>, inbox: Arc<Inbox>, shared: Arc<Shared>) {
    loop {
        let taken = inbox.taken.notified();
        let room = ROOM.saturating_sub(lock(&inbox.came).bytes.len());
        if room == 0 {
            taken.await;
            continue;
        }
        let bytes = receive(&end, room.min(AT_ONCE)).await.unwrap_or_default();
        let mut came = lock(&inbox.came);
        came.bytes.extend_from_slice(&bytes);
        came.ended = bytes.is_empty();
        drop(came);
        shared.changed();
        if bytes.is_empty() {
            return;
        }
    }
}

/// Receives some bytes; none: the connection has ended.
async fn receive(end: &AsyncFd<OwnedFd>, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; most];
    loop {
        let mut ready = end.readable().await?;
        let received =
            ready.try_io(|end| Ok(recv(end.get_ref(), bytes.as_mut_slice(), RecvFlags::DONTWAIT)?));
        if let Ok(received) = received {
            let (length, _) = received?;
            bytes.truncate(length);
            return Ok(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

    use super::*;

    fn opened() -> (Link, OwnedFd, Arc<Shared>) {
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
                .expect("sockets");
        let shared = Arc::<Shared>::default();
        let link = Link::open(("/p", "/d"), Nature::default(), ours, shared.clone());
        (link.expect("a connection"), theirs, shared)
    }

    async fn until(shared: &Shared, holds: impl Fn() -> bool) {
        let mut news = shared.news.subscribe();
        while !holds() {
            let changed = tokio::time::timeout(Duration::from_secs(5), news.changed()).await;
            changed.expect("in time").expect("news");
        }
    }

    #[tokio::test]
    async fn what_came_before_the_end_can_be_taken_after_it() {
        let (link, other, shared) = opened();
        rustix::io::write(&other, b"hello").expect("written");
        drop(other);
        until(&shared, || !link.is_up()).await;
        assert_eq!(
            (link.take(4), link.take(9), link.came()),
            (b"hell".to_vec(), b"o".to_vec(), vec![])
        );
    }

    #[tokio::test]
    async fn who_sends_without_end_is_held_up() {
        let (link, other, shared) = opened();
        rustix::io::ioctl_fionbio(&other, true).expect("set");
        let mut sent = 0;
        while link.came().len() < ROOM {
            sent += rustix::io::write(&other, &[7; 1000]).unwrap_or(0);
            tokio::task::yield_now().await;
        }
        while rustix::io::write(&other, &[7; 1000]).is_ok_and(|more| {
            sent += more;
            true
        }) {}
        tokio::task::yield_now().await;
        assert_eq!(link.came().len(), ROOM);
        let mut took = 0;
        while took < sent {
            until(&shared, || !link.came().is_empty()).await;
            took += link.take(usize::MAX).len();
        }
    }

    #[tokio::test]
    async fn what_is_closed_here_ends_there() {
        let (link, other, _) = opened();
        link.send(b"bye").await.expect("sent");
        link.close();
        let mut bytes = [0; 8];
        assert_eq!(rustix::io::read(&other, &mut bytes), Ok(3));
        assert_eq!(rustix::io::read(&other, &mut bytes), Ok(0));
        assert!(!link.is_up());
        assert!(link.send(b"more").await.is_err());
    }
}
