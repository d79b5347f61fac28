//! The words that bluetoothd has for a kind of error: they depend on the call, on the transport and
//! on the release (`src/error.h`, `src/error.c`, `new_authentication_return` in `src/device.c`).

use super::{
    bus::Refusal,
    scene::{ErrorKind, Failure, Operation, Transport, Version},
};

/// The link that a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bearer {
    Le,
    BrEdr,
}

impl Bearer {
    /// The bearer that bluetoothd chooses for a device: of two, BR/EDR
    /// (`select_conn_bearer` in `src/device.c`).
    pub(super) fn of(transport: Transport) -> Self {
        match transport {
            Transport::Le => Bearer::Le,
            Transport::BrEdr | Transport::Dual => Bearer::BrEdr,
        }
    }
}

/// The error that a scene asks for.
pub(super) fn refusal(failure: &Failure, on: Operation, at: Bearer, by: Version) -> Refusal {
    match failure {
        Failure::Raw { name, message } => Refusal::new(name.clone(), message.clone()),
        Failure::Kind(ErrorKind::InProgress) => Refusal::in_progress(),
        Failure::Kind(ErrorKind::NotReady) => Refusal::not_ready(),
        Failure::Kind(ErrorKind::Failed) => Refusal::failed("Input/output error"),
        Failure::Kind(kind) if on == Operation::Pair => pairing(*kind),
        Failure::Kind(kind) => connecting(*kind, at, by),
    }
}

/// Why a connection fails.
pub(super) fn connecting(kind: ErrorKind, at: Bearer, by: Version) -> Refusal {
    let message = match at {
        Bearer::BrEdr => bredr(kind, by),
        Bearer::Le => le(kind),
    };
    Refusal::failed(message)
}

fn bredr(kind: ErrorKind, by: Version) -> &'static str {
    match kind {
        ErrorKind::PageTimeout => "br-connection-page-timeout",
        ErrorKind::Refused => "br-connection-refused",
        ErrorKind::AbortedByRemote => "br-connection-aborted-by-remote",
        ErrorKind::AbortedByLocal => "br-connection-aborted-by-local",
        ErrorKind::Timeout => "br-connection-timeout",
        // 5.66 has no word for it yet.
        ErrorKind::KeyMissing if by > Version::V5_66 => "br-connection-key-missing",
        ErrorKind::Busy => "br-connection-busy",
        ErrorKind::Canceled => "br-connection-canceled",
        ErrorKind::ConnectionLimit => "br-connection-concurrent-connection-limit",
        // 5.87 means to say more, and loses a sign on the way: recorded as unknown.
        ErrorKind::ProfileUnavailable if by < Version::V5_87 => "br-connection-profile-unavailable",
        _ => "br-connection-unknown",
    }
}

fn le(kind: ErrorKind) -> &'static str {
    match kind {
        // bluetoothd gives this for every LE connection that does not come about.
        ErrorKind::PageTimeout | ErrorKind::AbortedByLocal => "le-connection-abort-by-local",
        ErrorKind::Refused => "le-connection-refused",
        ErrorKind::AbortedByRemote => "le-connection-abort-by-remote",
        ErrorKind::Timeout => "le-connection-timeout",
        ErrorKind::KeyMissing => "le-connection-key-missing",
        ErrorKind::Busy => "le-connection-busy",
        // LE borrows this word.
        ErrorKind::Canceled => "br-connection-canceled",
        ErrorKind::ConnectionLimit => "le-connection-concurrent-connection-limit",
        _ => "le-connection-unknown",
    }
}

/// Why pairing fails.
pub(super) fn pairing(kind: ErrorKind) -> Refusal {
    let (name, message) = match kind {
        ErrorKind::PageTimeout => ("org.bluez.Error.ConnectionAttemptFailed", "Page Timeout"),
        ErrorKind::AuthenticationTimeout => {
            ("org.bluez.Error.AuthenticationTimeout", "Authentication Timeout")
        }
        ErrorKind::AuthenticationRejected => {
            ("org.bluez.Error.AuthenticationRejected", "Authentication Rejected")
        }
        ErrorKind::AuthenticationCanceled => {
            ("org.bluez.Error.AuthenticationCanceled", "Authentication Canceled")
        }
        _ => ("org.bluez.Error.AuthenticationFailed", "Authentication Failed"),
    };
    Refusal::new(name, message)
}
