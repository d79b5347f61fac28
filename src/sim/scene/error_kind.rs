//! BlueZ's errors by kind, as a scene names them. Which name and message a bluetoothd has for a
//! kind depends on its release, the transport and the call: `sim::error` knows.

use super::fault::Operation;

/// Why a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The device does not answer.
    PageTimeout,
    /// The device refuses the connection.
    Refused,
    /// The device ends the connection while it is made.
    AbortedByRemote,
    /// The bench ends the connection while it is made.
    AbortedByLocal,
    /// The connection takes too long.
    Timeout,
    /// The device has forgotten the bond.
    KeyMissing,
    /// Another connection is being made.
    Busy,
    /// The connection is called off.
    Canceled,
    /// No profile of the device has a counterpart here.
    ProfileUnavailable,
    /// The controller has as many connections as it can.
    ConnectionLimit,
    /// Something that BlueZ has no word for.
    Unknown,
    /// Pairing fails: wrong passkey, or keys that do not fit.
    AuthenticationFailed,
    /// The device refuses to pair.
    AuthenticationRejected,
    /// Pairing is called off.
    AuthenticationCanceled,
    /// Pairing takes too long.
    AuthenticationTimeout,
    /// Another operation is under way.
    InProgress,
    /// The adapter is not ready.
    NotReady,
    /// BlueZ's general error.
    Failed,
}

/// Every kind with its word.
const WORDS: &[(&str, ErrorKind)] = &[
    ("page-timeout", ErrorKind::PageTimeout),
    ("refused", ErrorKind::Refused),
    ("aborted-by-remote", ErrorKind::AbortedByRemote),
    ("aborted-by-local", ErrorKind::AbortedByLocal),
    ("timeout", ErrorKind::Timeout),
    ("key-missing", ErrorKind::KeyMissing),
    ("busy", ErrorKind::Busy),
    ("canceled", ErrorKind::Canceled),
    ("profile-unavailable", ErrorKind::ProfileUnavailable),
    ("connection-limit", ErrorKind::ConnectionLimit),
    ("unknown", ErrorKind::Unknown),
    ("authentication-failed", ErrorKind::AuthenticationFailed),
    ("authentication-rejected", ErrorKind::AuthenticationRejected),
    ("authentication-canceled", ErrorKind::AuthenticationCanceled),
    ("authentication-timeout", ErrorKind::AuthenticationTimeout),
    ("in-progress", ErrorKind::InProgress),
    ("not-ready", ErrorKind::NotReady),
    ("failed", ErrorKind::Failed),
];

impl ErrorKind {
    /// The kind of this word, if a call of this kind can fail so.
    pub(super) fn parse(word: &str, on: Operation) -> Result<Self, String> {
        let fitting = || WORDS.iter().filter(|(_, kind)| kind.fits(on));
        if let Some((_, kind)) = fitting().find(|(known, _)| *known == word) {
            return Ok(*kind);
        }
        let words: Vec<_> = fitting().map(|(known, _)| format!("`{known}`")).collect();
        Err(format!(
            "`{}` is no error of this operation; there are {}",
            word.escape_default(),
            words.join(", ")
        ))
    }

    fn fits(self, on: Operation) -> bool {
        use ErrorKind::*;
        match self {
            InProgress | NotReady | Failed => true,
            PageTimeout => {
                matches!(on, Operation::Connect | Operation::ConnectProfile | Operation::Pair)
            }
            AuthenticationFailed
            | AuthenticationRejected
            | AuthenticationCanceled
            | AuthenticationTimeout => on == Operation::Pair,
            _ => matches!(on, Operation::Connect | Operation::ConnectProfile),
        }
    }
}
