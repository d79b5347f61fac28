//! An error of BlueZ or of the bus, with its kind, and the raw name and message kept.

use std::fmt;

use super::ErrorKind;

/// What came back instead of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    pub kind: ErrorKind,
    /// D-Bus name of the error, such as `org.bluez.Error.Failed`.
    pub name: String,
    /// The message with it, such as `br-connection-page-timeout`.
    pub message: String,
    /// The call that failed, such as `org.bluez.Device1.Connect on /org/bluez/hci0/dev_…`.
    pub call: String,
}

/// The result of asking BlueZ something.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error as it came over the bus.
    pub(crate) fn from_bus(name: &str, message: &str, call: impl Into<String>) -> Self {
        Self {
            kind: classify(name, message),
            name: name.to_owned(),
            message: message.chars().take(500).collect(),
            call: call.into(),
        }
    }

    /// bluetoothd is not there (any more).
    pub(crate) fn gone(call: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::BluezGone,
            name: String::new(),
            message: "bluetoothd is not on the bus".to_owned(),
            call: call.into(),
        }
    }

    /// The bus is not there (any more), and bluetoothd with it.
    pub(crate) fn no_bus(call: impl Into<String>) -> Self {
        Self { message: "the bus is gone".to_owned(), ..Self::gone(call) }
    }

    /// The connection to the bus, or a message on it, is broken.
    pub(crate) fn wire(error: &zbus::Error, call: impl Into<String>) -> Self {
        let call = call.into();
        match error {
            zbus::Error::MethodError(name, message, _) => {
                Self::from_bus(name, message.as_deref().unwrap_or_default(), call)
            }
            zbus::Error::Connection(cause, address) => {
                Self { message: format!("no D-Bus bus at {address}: {cause}"), ..Self::gone(call) }
            }
            zbus::Error::InputOutput(_) => Self {
                message: format!("the connection to the bus broke: {error}"),
                ..Self::gone(call)
            },
            other => Self {
                kind: ErrorKind::Failed,
                name: String::new(),
                message: other.to_string(),
                call,
            },
        }
    }

    /// Whether it says something about the bench rather than about the device under test.
    #[must_use]
    pub fn is_of_bench(&self) -> bool {
        matches!(self.kind, ErrorKind::BluezGone | ErrorKind::NoReply | ErrorKind::NotAuthorized)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed: {}", self.call, self.kind)?;
        match (self.name.is_empty(), self.message.is_empty()) {
            (true, true) => Ok(()),
            (true, false) => write!(f, " ({})", self.message),
            (false, true) => write!(f, " ({})", self.name),
            (false, false) => write!(f, " ({}: {})", self.name, self.message),
        }
    }
}

impl std::error::Error for Error {}

/// The kind that a name and a message stand for, in every version of BlueZ that was met.
fn classify(name: &str, message: &str) -> ErrorKind {
    let detail = message
        .strip_prefix("br-connection-")
        .or_else(|| message.strip_prefix("le-connection-"))
        .and_then(connection_detail);
    if let Some(kind) = detail {
        return kind;
    }
    if let Some(kind) =
        name.strip_prefix("org.bluez.Error.").and_then(|short| bluez_error(short, message))
    {
        return kind;
    }
    name.strip_prefix("org.freedesktop.DBus.Error.")
        .and_then(|short| bus_error(short, message))
        .unwrap_or(ErrorKind::Failed)
}

/// What follows `br-connection-` or `le-connection-` (`src/error.h`).
fn connection_detail(detail: &str) -> Option<ErrorKind> {
    Some(match detail {
        "already-connected" => ErrorKind::AlreadyConnected,
        "page-timeout" => ErrorKind::PageTimeout,
        "profile-unavailable" => ErrorKind::ProfileUnavailable,
        "sdp-search" => ErrorKind::SdpSearch,
        "create-socket" | "bad-socket" | "memory-allocation" => ErrorKind::HostResource,
        "invalid-argument" | "invalid-arguments" => ErrorKind::InvalidArguments,
        "adapter-not-powered" => ErrorKind::NotReady,
        "not-supported" => ErrorKind::NotSupported,
        "busy" => ErrorKind::Busy,
        "concurrent-connection-limit" => ErrorKind::ConnectionLimit,
        "timeout" => ErrorKind::Timeout,
        "refused" => ErrorKind::Refused,
        "aborted-by-remote" | "abort-by-remote" => ErrorKind::AbortedByRemote,
        "aborted-by-local" | "abort-by-local" => ErrorKind::AbortedByLocal,
        "lmp-protocol-error" | "link-layer-protocol-error" => ErrorKind::LinkProtocol,
        "gatt-browsing" => ErrorKind::GattBrowsing,
        "canceled" => ErrorKind::Canceled,
        "key-missing" => ErrorKind::KeyMissing,
        // BlueZ 5.87 says so of a profile without an endpoint, where 5.82 names the cause.
        "unknown" => ErrorKind::Failed,
        _ => return None,
    })
}

/// What follows `org.bluez.Error.` (`src/error.c`, `doc/org.bluez.*.rst`).
fn bluez_error(short: &str, message: &str) -> Option<ErrorKind> {
    Some(match short {
        "AlreadyConnected" => ErrorKind::AlreadyConnected,
        "AlreadyExists" => ErrorKind::AlreadyExists,
        "AuthenticationCanceled" => ErrorKind::AuthenticationCanceled,
        "AuthenticationFailed" => ErrorKind::AuthenticationFailed,
        "AuthenticationRejected" => ErrorKind::AuthenticationRejected,
        "AuthenticationTimeout" => ErrorKind::AuthenticationTimeout,
        "BREDR.ProfileUnavailable" => ErrorKind::ProfileUnavailable,
        "Busy" => ErrorKind::Busy,
        "Canceled" => ErrorKind::Canceled,
        "ConnectionAttemptFailed" if message.eq_ignore_ascii_case("page timeout") => {
            ErrorKind::PageTimeout
        }
        "ConnectionAttemptFailed" => ErrorKind::ConnectionAttemptFailed,
        "DoesNotExist" => ErrorKind::DoesNotExist,
        "InProgress" => ErrorKind::InProgress,
        "Failed" => return failed_detail(message),
        "InvalidArguments" => match message {
            "Invalid offset" => ErrorKind::InvalidOffset,
            "Invalid Length" => ErrorKind::InvalidLength,
            _ => ErrorKind::InvalidArguments,
        },
        "InvalidLength" => ErrorKind::InvalidLength,
        "NotAuthorized" => ErrorKind::NotAuthorized,
        "NotAvailable" => ErrorKind::NotAvailable,
        "NotConnected" => ErrorKind::NotConnected,
        "NotPermitted" => match message {
            "Not paired" => ErrorKind::NotPaired,
            "Read not permitted" => ErrorKind::ReadNotPermitted,
            "Write not permitted" => ErrorKind::WriteNotPermitted,
            "Write acquired" | "Notify acquired" => ErrorKind::Acquired,
            _ => ErrorKind::NotPermitted,
        },
        "NotReady" => ErrorKind::NotReady,
        "NotSupported" => ErrorKind::NotSupported,
        "Rejected" => ErrorKind::Rejected,
        _ => return None,
    })
}

/// What `org.bluez.Error.Failed` of an attribute says in its message (`create_gatt_dbus_error` in `src/gatt-client.c`,
/// the same from 5.66 to 5.87).
fn failed_detail(message: &str) -> Option<ErrorKind> {
    if message == "Not connected" {
        return Some(ErrorKind::NotConnected);
    }
    let code = message.strip_prefix("Operation failed with ATT error: 0x")?;
    att_error(u8::from_str_radix(code, 16).ok()?)
}

/// An error of the attribute protocol that BlueZ has no name for (Core Specification, Vol 3, Part F, 3.4.1.1, and
/// Core Specification Supplement, Part B, 1.2).
fn att_error(code: u8) -> Option<ErrorKind> {
    Some(match code {
        0x01 => ErrorKind::InvalidHandle,
        0x09 => ErrorKind::PrepareQueueFull,
        0x0a => ErrorKind::AttributeNotFound,
        0x0b => ErrorKind::AttributeNotLong,
        0x0e => ErrorKind::Unlikely,
        0x11 => ErrorKind::InsufficientResources,
        0x12 => ErrorKind::DatabaseOutOfSync,
        0x13 => ErrorKind::ValueNotAllowed,
        0x80..=0x9f => ErrorKind::ApplicationError,
        0xfc => ErrorKind::WriteRequestRejected,
        0xfd => ErrorKind::CccdImproperlyConfigured,
        0xfe => ErrorKind::ProcedureInProgress,
        0xff => ErrorKind::OutOfRange,
        _ => return None,
    })
}

/// What follows `org.freedesktop.DBus.Error.` (D-Bus Specification, reference implementation).
fn bus_error(short: &str, message: &str) -> Option<ErrorKind> {
    Some(match short {
        "ServiceUnknown" | "NameHasNoOwner" | "Disconnected" => ErrorKind::BluezGone,
        // The bus says this of a client that left before it answered; only the message tells.
        "NoReply" if message.contains("disconnected") => ErrorKind::BluezGone,
        "NoReply" | "Timeout" | "TimedOut" => ErrorKind::NoReply,
        "UnknownObject" => ErrorKind::UnknownObject,
        // GLib and libdbus services say UnknownMethod also of an object that does not exist.
        "UnknownMethod" | "UnknownInterface" | "UnknownProperty" => ErrorKind::UnknownMember,
        "AccessDenied" | "AuthFailed" => ErrorKind::NotAuthorized,
        "InvalidArgs" | "InvalidSignature" => ErrorKind::InvalidArguments,
        "PropertyReadOnly" => ErrorKind::NotPermitted,
        "NotSupported" => ErrorKind::NotSupported,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_attribute_answers_has_its_kind() {
        for (short, message, kind) in [
            ("NotPermitted", "Not paired", ErrorKind::NotPaired),
            ("NotPermitted", "Read not permitted", ErrorKind::ReadNotPermitted),
            ("NotPermitted", "Write not permitted", ErrorKind::WriteNotPermitted),
            ("NotPermitted", "Write acquired", ErrorKind::Acquired),
            ("NotPermitted", "", ErrorKind::NotPermitted),
            ("InvalidArguments", "Invalid offset", ErrorKind::InvalidOffset),
            ("InvalidArguments", "Invalid Length", ErrorKind::InvalidLength),
            ("InvalidArguments", "Invalid arguments in method call", ErrorKind::InvalidArguments),
            ("Failed", "Operation failed with ATT error: 0x80", ErrorKind::ApplicationError),
            ("Failed", "Operation failed with ATT error: 0x0e", ErrorKind::Unlikely),
            ("Failed", "Operation failed with ATT error: 0x60", ErrorKind::Failed),
            ("Failed", "Operation failed with ATT error: 0x", ErrorKind::Failed),
            ("Failed", "Not connected", ErrorKind::NotConnected),
        ] {
            let name = format!("org.bluez.Error.{short}");
            assert_eq!(classify(&name, message), kind, "{name}: {message}");
        }
    }

    #[test]
    fn both_spellings_and_both_eras_are_one_kind() {
        const FAILED: &str = "org.bluez.Error.Failed";
        for (name, message, kind) in [
            (FAILED, "le-connection-abort-by-local", ErrorKind::AbortedByLocal),
            (FAILED, "br-connection-aborted-by-local", ErrorKind::AbortedByLocal),
            (FAILED, "br-connection-page-timeout", ErrorKind::PageTimeout),
            ("org.bluez.Error.ConnectionAttemptFailed", "Page Timeout", ErrorKind::PageTimeout),
            (FAILED, "br-connection-profile-unavailable", ErrorKind::ProfileUnavailable),
            ("org.bluez.Error.BREDR.ProfileUnavailable", "", ErrorKind::ProfileUnavailable),
            ("org.bluez.Error.NotAvailable", "br-connection-key-missing", ErrorKind::KeyMissing),
            (FAILED, "No discovery started", ErrorKind::Failed),
            (
                "org.freedesktop.DBus.Error.NoReply",
                "Message recipient disconnected from message bus without replying",
                ErrorKind::BluezGone,
            ),
            ("org.freedesktop.DBus.Error.NoReply", "timed out", ErrorKind::NoReply),
            ("com.example.Error", "whatever", ErrorKind::Failed),
        ] {
            assert_eq!(classify(name, message), kind, "{name}: {message}");
        }
    }
}
