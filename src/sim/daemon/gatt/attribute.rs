//! A characteristic or descriptor that has an object, and who does what with it just now.

use super::RequestId;
use crate::sim::{
    bus::{Client, Interface},
    scene::Permissions,
    sockets::Socket,
};

/// A characteristic or descriptor with an object.
pub(super) struct Attribute {
    pub(super) path: String,
    pub(super) interface: &'static Interface,
    /// The handle of the value that is read and written.
    pub(super) target: u16,
    pub(super) permissions: Permissions,
    /// Whether it says whether the client listens: clients of bluetoothd do not write it.
    pub(super) is_configuration: bool,
    /// Whether a profile of bluetoothd's own has its service, which clients may then read only.
    pub(super) is_claimed: bool,
    /// The value that was last read or heard.
    pub(super) value: Vec<u8>,
    pub(super) reading: Option<RequestId>,
    pub(super) writing: Option<RequestId>,
    /// Who listens, or will as soon as there is a link.
    pub(super) sessions: Vec<Session>,
    /// What `Notifying` shows.
    pub(super) notifying: bool,
    /// A client that wants the notifications over a socket, before and after it has it.
    pub(super) acquirer: Option<Acquirer>,
    /// Over which a client writes.
    pub(super) write_socket: Option<Socket>,
}

/// A client that listens.
pub(super) struct Session {
    pub(super) client: Client,
    /// Whether the device knows.
    pub(super) is_subscribed: bool,
}

/// A client that has, or waits for, a socket with the notifications.
#[derive(Default)]
pub(super) struct Acquirer {
    /// None: the device has not answered yet.
    pub(super) socket: Option<Socket>,
}

impl Attribute {
    /// One that nobody has touched yet.
    pub(super) fn new(
        path: String,
        interface: &'static Interface,
        target: u16,
        permissions: Permissions,
    ) -> Self {
        Attribute {
            path,
            interface,
            target,
            permissions,
            is_configuration: false,
            is_claimed: false,
            value: Vec::new(),
            reading: None,
            writing: None,
            sessions: Vec::new(),
            notifying: false,
            acquirer: None,
            write_socket: None,
        }
    }

    /// Whether the device sends its value to a client.
    pub(super) fn is_listened_to(&self) -> bool {
        self.acquirer.as_ref().is_some_and(|acquirer| acquirer.socket.is_some())
            || self.has_subscription()
    }

    /// Whether a client hears of it by signals.
    pub(super) fn has_subscription(&self) -> bool {
        self.sessions.iter().any(|session| session.is_subscribed)
    }

    /// The session of a client.
    pub(super) fn session(&mut self, client: &Client) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| session.client == *client)
    }
}
