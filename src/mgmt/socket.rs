//! How: packets to and from the kernel, over an HCI socket.
//!
//! A socket is one of the kernel's channels (BlueZ `lib/bluetooth/hci.h`; `doc/mgmt-protocol.rst`), or one end of a
//! [pair](Socket::pair) within the process, at whose other end the simulator is the kernel. Either way a
//! packet goes out whole and comes in whole, and the socket is closed when it is dropped. Nothing here
//! knows what a packet says.
//!
//! The pair is not one of the system's sockets: tokio's paused clock would run on while the system holds
//! a packet.

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::io::Errno;
use rustix::net::{AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::address::HciAddress;

/// The largest packet that there can be: a header of six octets, and a length of sixteen bits.
pub const LARGEST: usize = 6 + 0xFFFF;

/// How much the kernel is asked to keep for a reader that is busy, in octets. A burst of advertisements
/// of a crowded room is some hundred kilobytes; what does not fit is lost without a word.
const KEPT: usize = 2 << 20;

/// Which of the kernel's channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// The management API.
    Control,
    /// What passes between the kernel, its controllers and its management clients; read only.
    Monitor,
}

impl Channel {
    /// `HCI_CHANNEL_…`.
    fn number(self) -> u16 {
        match self {
            Self::Monitor => 2,
            Self::Control => 3,
        }
    }

    /// The capability that the kernel asks for (`capabilities(7)`).
    #[must_use]
    pub fn capability(self) -> &'static str {
        match self {
            Self::Control => "CAP_NET_ADMIN",
            Self::Monitor => "CAP_NET_RAW",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Control => "the kernel's Bluetooth management API",
            Self::Monitor => "the kernel's HCI monitor channel",
        })
    }
}

/// Why a channel could not be opened.
#[derive(Debug)]
pub struct OpenError {
    channel: Channel,
    error: io::Error,
}

impl OpenError {
    /// Whether it is for want of a right.
    #[must_use]
    pub fn is_permission(&self) -> bool {
        self.error.kind() == io::ErrorKind::PermissionDenied
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self.error.kind() {
            io::ErrorKind::PermissionDenied => {
                format!("{}; in a container, it must be given to that too", how_to_get_rights())
            }
            _ if self.is_unknown_to_kernel() => {
                "is there Bluetooth in this kernel? `sudo modprobe bluetooth`; containers and virtual machines often \
                 have none; without hardware, run with --sim"
                    .to_owned()
            }
            _ => "see `dmesg`".to_owned(),
        }
    }

    fn is_unknown_to_kernel(&self) -> bool {
        let unknown = [Errno::AFNOSUPPORT, Errno::PROTONOSUPPORT, Errno::INVAL];
        unknown.into_iter().any(|errno| self.error.raw_os_error() == Some(errno.raw_os_error()))
    }
}

/// What to run to be let into the kernel's channels.
#[must_use]
pub fn how_to_get_rights() -> String {
    let program = std::env::current_exe()
        .map_or_else(|_| "$(command -v bttest)".to_owned(), |path| format!("'{}'", path.display()));
    format!("run `sudo setcap cap_net_admin,cap_net_raw+ep {program}` once, or run bttest as root")
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be opened: ", self.channel)?;
        match self.error.kind() {
            io::ErrorKind::PermissionDenied => write!(f, "it needs {}", self.channel.capability()),
            _ if self.is_unknown_to_kernel() => {
                write!(f, "this kernel does not have it ({})", self.error)
            }
            _ => write!(f, "{}", self.error),
        }
    }
}

impl std::error::Error for OpenError {}

/// A socket, in its two directions.
#[derive(Debug)]
pub struct Socket {
    sender: Sender,
    receiver: Receiver,
}

/// Sends packets. Clones are the same.
#[derive(Debug, Clone)]
pub struct Sender(Out);

#[derive(Debug, Clone)]
enum Out {
    Kernel(Arc<AsyncFd<OwnedFd>>),
    Pair(UnboundedSender<Vec<u8>>),
}

/// Receives packets.
#[derive(Debug)]
pub struct Receiver {
    source: Source,
    buffer: Vec<u8>,
}

#[derive(Debug)]
enum Source {
    Kernel(Arc<AsyncFd<OwnedFd>>),
    Pair(UnboundedReceiver<Vec<u8>>),
}

impl Socket {
    /// Opens one of the kernel's channels.
    ///
    /// # Errors
    /// The kernel has no Bluetooth, or does not let this process in.
    ///
    /// # Panics
    /// Outside of a tokio runtime with its I/O driver.
    pub fn open(channel: Channel) -> Result<Self, OpenError> {
        let opened = raw(channel).map_err(io::Error::from).and_then(Self::over);
        opened.map_err(|error| OpenError { channel, error })
    }

    /// A socket over a file descriptor that keeps packets apart and does not block.
    pub(super) fn over(descriptor: OwnedFd) -> io::Result<Self> {
        let descriptor = Arc::new(watched(descriptor)?);
        Ok(Self {
            sender: Sender(Out::Kernel(descriptor.clone())),
            receiver: Receiver { source: Source::Kernel(descriptor), buffer: vec![0; LARGEST] },
        })
    }

    /// Two ends within the process: what one sends, the other receives.
    #[must_use]
    pub fn pair() -> (Self, Self) {
        let ((to_left, left), (to_right, right)) = (unbounded_channel(), unbounded_channel());
        let end = |out, source| Self {
            sender: Sender(Out::Pair(out)),
            receiver: Receiver { source: Source::Pair(source), buffer: Vec::new() },
        };
        (end(to_right, left), end(to_left, right))
    }

    /// The file descriptor below it; none of a pair.
    #[must_use]
    pub(super) fn into_descriptor(self) -> Option<Arc<AsyncFd<OwnedFd>>> {
        match self.receiver.source {
            Source::Kernel(descriptor) => Some(descriptor),
            Source::Pair(_) => None,
        }
    }

    /// Its two directions.
    #[must_use]
    pub fn split(self) -> (Sender, Receiver) {
        (self.sender, self.receiver)
    }
}

/// A file descriptor that tokio watches for what it can do.
#[allow(
    unsafe_code,
    reason = "tokio cannot know that a descriptor stays open, and has no safe call"
)]
pub(crate) fn watched(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` is open, is nobody else's, and stays the same until it is dropped.
    unsafe { AsyncFd::register(descriptor) }.map_err(io::Error::from)
}

fn raw(channel: Channel) -> rustix::io::Result<OwnedFd> {
    // BTPROTO_HCI
    let hci = Protocol::from_raw(std::num::NonZeroU32::MIN);
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket =
        rustix::net::socket_with(AddressFamily::BLUETOOTH, SocketType::RAW, flags, Some(hci))?;
    // A smaller one works too, until a burst.
    let _ = rustix::net::sockopt::set_socket_recv_buffer_size(&socket, KEPT);
    rustix::net::bind(&socket, &HciAddress::no_controller(channel.number()))?;
    Ok(socket)
}

impl Sender {
    /// Sends one packet.
    ///
    /// # Errors
    /// The other end is gone, or the kernel did not take the packet as a whole.
    pub async fn send(&self, packet: &[u8]) -> io::Result<()> {
        match &self.0 {
            Out::Pair(other) => other.send(packet.to_vec()).map_err(|_| gone()),
            Out::Kernel(socket) => {
                let send = |socket: &OwnedFd| until_done(|| send_once(socket, packet));
                whole(socket.async_io(Interest::WRITABLE, send).await?, packet.len())
            }
        }
    }
}

fn send_once(socket: &OwnedFd, packet: &[u8]) -> rustix::io::Result<usize> {
    rustix::net::send(socket, packet, SendFlags::NOSIGNAL)
}

/// Whether a packet went out as a whole. Some kernels answer 0 where they took all of it (they give the
/// result of the command and not the count); none takes a part.
fn whole(sent: usize, of: usize) -> io::Result<()> {
    if sent == 0 || sent == of {
        return Ok(());
    }
    let text = format!("the kernel took {sent} of {of} octets of a packet");
    Err(io::Error::new(io::ErrorKind::WriteZero, text))
}

impl Receiver {
    /// The next packet, as soon as it is there. May be dropped while it waits: then nothing is lost.
    ///
    /// # Errors
    /// The other end is gone, or the packet is larger than any can be.
    pub async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match &mut self.source {
            Source::Pair(source) => source.recv().await.ok_or_else(gone),
            Source::Kernel(socket) => {
                let buffer = &mut self.buffer;
                let receive = |socket: &OwnedFd| until_done(|| receive_once(socket, buffer));
                let length = socket.async_io(Interest::READABLE, receive).await?;
                self.buffer.get(..length).map(<[u8]>::to_vec).ok_or_else(|| too_large(length))
            }
        }
    }
}

/// The length of a packet, also where it is larger than the buffer.
pub(super) fn receive_once(socket: &OwnedFd, buffer: &mut [u8]) -> rustix::io::Result<usize> {
    let (_, length) = rustix::net::recv(socket, buffer, RecvFlags::TRUNC)?;
    Ok(length)
}

/// A call of the system that a signal may interrupt.
pub(super) fn until_done<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            done => return done.map_err(io::Error::from),
        }
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "nobody is at the other end")
}

fn too_large(length: usize) -> io::Error {
    let text = format!("a packet of {length} octets, where none can have more than {LARGEST}");
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustix::net::socketpair;

    use super::*;

    /// Two ends that keep packets apart as the kernel's channels do.
    fn system_pair() -> (Socket, OwnedFd) {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None).unwrap();
        (Socket::over(ours).unwrap(), theirs)
    }

    #[tokio::test]
    async fn packets_go_out_and_come_in_whole_also_the_largest() {
        let (socket, other) = system_pair();
        let (sender, mut receiver) = socket.split();
        for length in [6, 100, LARGEST] {
            let packet: Vec<u8> = (0..length).map(|n| n.to_le_bytes()[0]).collect();
            send_once(&other, &packet).unwrap();
            assert_eq!(receiver.receive().await.unwrap(), packet);
            sender.send(&packet).await.unwrap();
            let mut buffer = vec![0; LARGEST];
            assert_eq!(receive_once(&other, &mut buffer), Ok(length));
            assert_eq!(buffer[..length], packet);
        }
    }

    #[tokio::test]
    async fn a_packet_that_is_too_large_is_an_error_and_not_cut() {
        let (socket, other) = system_pair();
        let (_, mut receiver) = socket.split();
        send_once(&other, &vec![1; LARGEST + 1]).unwrap();
        let error = receiver.receive().await.unwrap_err();
        assert!(error.to_string().contains("65542 octets"), "{error}");
        send_once(&other, b"next").unwrap();
        assert_eq!(receiver.receive().await.unwrap(), b"next");
    }

    #[tokio::test]
    async fn a_receiver_waits_and_loses_nothing_when_it_is_dropped_at_it() {
        let (socket, other) = system_pair();
        let (_, mut receiver) = socket.split();
        let early = tokio::time::timeout(Duration::from_millis(20), receiver.receive()).await;
        assert!(early.is_err());
        send_once(&other, b"late").unwrap();
        assert_eq!(receiver.receive().await.unwrap(), b"late");
    }

    #[tokio::test]
    async fn a_sender_waits_while_there_is_no_room() {
        let (socket, other) = system_pair();
        let (sender, _receiver) = socket.split();
        let packet = vec![7; 60_000];
        let many = async {
            for _ in 0..50 {
                sender.send(&packet).await.unwrap();
            }
        };
        let other = watched(other).unwrap();
        let drained = async {
            let mut buffer = vec![0; LARGEST];
            for _ in 0..50 {
                let receive = |socket: &OwnedFd| until_done(|| receive_once(socket, &mut buffer));
                assert_eq!(other.async_io(Interest::READABLE, receive).await.unwrap(), 60_000);
            }
        };
        tokio::join!(many, drained);
    }

    #[test]
    fn a_call_that_is_interrupted_is_made_again() {
        let mut calls = 0;
        let done = until_done(|| {
            calls += 1;
            if calls < 3 { Err(Errno::INTR) } else { Ok(calls) }
        });
        assert_eq!(done.unwrap(), 3);
        assert!(until_done(|| Err::<(), _>(Errno::IO)).is_err());
    }

    #[test]
    fn a_part_of_a_packet_is_an_error() {
        assert!(whole(10, 10).is_ok());
        assert!(whole(0, 10).is_ok());
        let error = whole(4, 10).unwrap_err();
        assert_eq!(error.to_string(), "the kernel took 4 of 10 octets of a packet");
    }

    #[tokio::test]
    async fn a_pair_carries_packets_until_one_end_is_dropped() {
        let (left, right) = Socket::pair();
        let (sender, _) = left.split();
        let (answers, mut receiver) = right.split();
        sender.send(b"ask").await.unwrap();
        assert_eq!(receiver.receive().await.unwrap(), b"ask");
        drop(sender);
        assert_eq!(receiver.receive().await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert!(answers.send(b"too late").await.is_err());
    }

    #[tokio::test]
    async fn ten_thousand_sockets_one_after_the_other_leave_no_descriptor() {
        let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
        let before = open();
        for _ in 0..10_000 {
            let (socket, _other) = system_pair();
            drop(socket);
        }
        // Other tests have theirs open meanwhile.
        assert!(open() < before + 1000, "{} descriptors, and {before} before", open());
    }

    #[test]
    fn why_a_channel_cannot_be_opened_says_what_to_run() {
        let error = |errno: Errno| OpenError { channel: Channel::Control, error: errno.into() };
        let denied = error(Errno::PERM);
        assert_eq!(
            denied.to_string(),
            "the kernel's Bluetooth management API cannot be opened: it needs CAP_NET_ADMIN"
        );
        assert!(denied.hint().contains("sudo setcap cap_net_admin,cap_net_raw+ep"));
        let absent = error(Errno::AFNOSUPPORT);
        assert!(absent.to_string().contains("this kernel does not have it"), "{absent}");
        assert!(absent.hint().contains("modprobe bluetooth"));
    }
}
