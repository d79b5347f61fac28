//! The words that bluetoothd has for a kind of error: they depend on the call, on the transport and
//! on the release (`src/error.h`, `src/error.c`, `new_authentication_return` in `src/device.c`).
//! The way back, from words to kind, is `bluez::Error`'s.

use super::{
    bus::Refusal,
    scene::{Failure, Operation, Transport, Version},
};
use crate::association::Procedure;
use crate::bluez::ErrorKind;

/// The link that a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bearer {
    Le,
    BrEdr,
}

impl Bearer {
    /// The bearer that bluetoothd chooses for a device that it has just heard: of two, BR/EDR
    /// (`select_conn_bearer` in `src/device.c`).
    pub(super) fn of(transport: Transport) -> Self {
        match transport {
            Transport::Le => Bearer::Le,
            Transport::BrEdr | Transport::Dual => Bearer::BrEdr,
        }
    }

    /// The bearers that a device has, in the order in which bluetoothd ends their links (`disconnect_all`).
    pub(super) fn all_of(transport: Transport) -> &'static [Self] {
        match transport {
            Transport::Le => &[Bearer::Le],
            Transport::BrEdr => &[Bearer::BrEdr],
            Transport::Dual => &[Bearer::BrEdr, Bearer::Le],
        }
    }

    /// The bearer on which a device is heard.
    pub(super) fn heard_on(transport: Transport) -> Self {
        if transport.has_le() { Bearer::Le } else { Bearer::BrEdr }
    }

    /// How a device on it pairs that knows Secure Connections, or does not.
    pub(super) fn procedure(self, secure_connections: bool) -> Procedure {
        match (self, secure_connections) {
            (Bearer::Le, true) => Procedure::LeSecureConnections,
            (Bearer::Le, false) => Procedure::LeLegacy,
            (Bearer::BrEdr, _) => Procedure::SecureSimplePairing,
        }
    }
}

/// The error that a scene asks for.
pub(super) fn refusal(failure: &Failure, on: Operation, at: Bearer, by: Version) -> Refusal {
    match failure {
        Failure::Raw { name, message } => Refusal::new(name.clone(), message.clone()),
        Failure::Kind(kind) => words(*kind, on, at, by).unwrap_or_else(unexplained),
    }
}

/// What bluetoothd says when a call fails in this way, if the call can.
pub(super) fn words(kind: ErrorKind, on: Operation, at: Bearer, by: Version) -> Option<Refusal> {
    let general = match kind {
        ErrorKind::InProgress => Refusal::in_progress(),
        ErrorKind::NotReady => Refusal::not_ready(),
        ErrorKind::Failed => unexplained(),
        ErrorKind::NotSupported => {
            Refusal::new("org.bluez.Error.NotSupported", "Operation is not supported")
        }
        ErrorKind::NotAvailable => {
            Refusal::new("org.bluez.Error.NotAvailable", "Operation currently not available")
        }
        ErrorKind::NotAuthorized => {
            Refusal::new("org.bluez.Error.NotAuthorized", "Operation Not Authorized")
        }
        ErrorKind::NotPermitted if on.is_of_attribute() => {
            Refusal::new("org.bluez.Error.NotPermitted", "Not paired")
        }
        ErrorKind::NotConnected if on.is_of_attribute() => {
            Refusal::new("org.bluez.Error.NotConnected", "Not Connected")
        }
        ErrorKind::InvalidLength if on.is_of_attribute() => {
            Refusal::new("org.bluez.Error.InvalidArguments", "Invalid Length")
        }
        _ => match on {
            Operation::Pair => return pairing_words(kind),
            Operation::Connect | Operation::ConnectProfile => {
                return connecting_words(kind, at, by).map(Refusal::failed);
            }
            _ => return None,
        },
    };
    Some(general)
}

/// Why a connection fails.
pub(super) fn connecting(kind: ErrorKind, at: Bearer, by: Version) -> Refusal {
    connecting_words(kind, at, by).map_or_else(unexplained, Refusal::failed)
}

/// Why pairing fails.
pub(super) fn pairing(kind: ErrorKind) -> Refusal {
    pairing_words(kind).unwrap_or_else(unexplained)
}

fn unexplained() -> Refusal {
    Refusal::failed("Input/output error")
}

fn connecting_words(kind: ErrorKind, at: Bearer, by: Version) -> Option<&'static str> {
    match at {
        Bearer::BrEdr => bredr(kind, by),
        Bearer::Le => le(kind),
    }
}

fn bredr(kind: ErrorKind, by: Version) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::AlreadyConnected => "br-connection-already-connected",
        ErrorKind::PageTimeout => "br-connection-page-timeout",
        ErrorKind::SdpSearch => "br-connection-sdp-search",
        ErrorKind::Refused => "br-connection-refused",
        ErrorKind::AbortedByRemote => "br-connection-aborted-by-remote",
        ErrorKind::AbortedByLocal => "br-connection-aborted-by-local",
        ErrorKind::LinkProtocol => "br-connection-lmp-protocol-error",
        ErrorKind::Timeout => "br-connection-timeout",
        // 5.66 has no word for it yet.
        ErrorKind::KeyMissing if by == Version::V5_66 => "br-connection-unknown",
        ErrorKind::KeyMissing => "br-connection-key-missing",
        ErrorKind::Busy => "br-connection-busy",
        ErrorKind::Canceled => "br-connection-canceled",
        ErrorKind::HostResource => "br-connection-create-socket",
        ErrorKind::ConnectionLimit => "br-connection-concurrent-connection-limit",
        // 5.87 means to say more, and loses a sign on the way: recorded as unknown.
        ErrorKind::ProfileUnavailable if by == Version::V5_87 => "br-connection-unknown",
        ErrorKind::ProfileUnavailable => "br-connection-profile-unavailable",
        _ => return None,
    })
}

fn le(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::AlreadyConnected => "le-connection-already-connected",
        // bluetoothd gives this for every LE connection that does not come about.
        ErrorKind::PageTimeout | ErrorKind::AbortedByLocal => "le-connection-abort-by-local",
        ErrorKind::GattBrowsing => "le-connection-gatt-browsing",
        ErrorKind::Refused => "le-connection-refused",
        ErrorKind::AbortedByRemote => "le-connection-abort-by-remote",
        ErrorKind::LinkProtocol => "le-connection-link-layer-protocol-error",
        ErrorKind::Timeout => "le-connection-timeout",
        ErrorKind::KeyMissing => "le-connection-key-missing",
        ErrorKind::Busy => "le-connection-busy",
        // LE borrows this word: recorded.
        ErrorKind::Canceled => "br-connection-canceled",
        ErrorKind::ConnectionLimit => "le-connection-concurrent-connection-limit",
        _ => return None,
    })
}

fn pairing_words(kind: ErrorKind) -> Option<Refusal> {
    let (name, message) = match kind {
        ErrorKind::PageTimeout => ("ConnectionAttemptFailed", "Page Timeout"),
        ErrorKind::AuthenticationTimeout => ("AuthenticationTimeout", "Authentication Timeout"),
        ErrorKind::AuthenticationRejected => ("AuthenticationRejected", "Authentication Rejected"),
        ErrorKind::AuthenticationCanceled => ("AuthenticationCanceled", "Authentication Canceled"),
        ErrorKind::AuthenticationFailed => ("AuthenticationFailed", "Authentication Failed"),
        ErrorKind::AlreadyExists => ("AlreadyExists", "Already Paired"),
        _ => return None,
    };
    Some(Refusal::new(format!("org.bluez.Error.{name}"), message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bluez::Error;

    /// Kinds that a bluetoothd has no words of its own for.
    fn is_blurred(kind: ErrorKind, at: Bearer, by: Version) -> bool {
        match (kind, at) {
            (ErrorKind::PageTimeout, Bearer::Le) => true,
            (ErrorKind::KeyMissing, Bearer::BrEdr) => by == Version::V5_66,
            (ErrorKind::ProfileUnavailable, Bearer::BrEdr) => by == Version::V5_87,
            _ => false,
        }
    }

    #[test]
    fn a_kind_said_in_bluetoothds_words_is_understood_as_that_kind() {
        for on in [Operation::Connect, Operation::Pair, Operation::Discover] {
            for at in [Bearer::Le, Bearer::BrEdr] {
                for by in [Version::V5_66, Version::V5_82, Version::V5_87] {
                    for kind in ErrorKind::ALL {
                        let Some(refusal) = words(*kind, on, at, by) else { continue };
                        let heard = Error::from_bus(&refusal.name, &refusal.message, "");
                        let blurred = on == Operation::Connect && is_blurred(*kind, at, by);
                        assert_eq!(heard.kind == *kind, !blurred, "{kind} {on:?} {at:?} {by:?}");
                    }
                }
            }
        }
    }
}
