//! Why a step did not pass, with what to do about it.

use serde_json::Value;

use crate::bluez::{Error, ErrorKind};
use crate::event::{Cause, Verdict};

/// Why a step did not pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    pub verdict: Verdict,
    pub cause: Box<Cause>,
    /// The error that BlueZ gave, where it was one: `expect-error` compares it.
    pub error: Option<ErrorKind>,
}

impl Failure {
    /// The device did not do as the plan wants.
    pub fn unmet(
        message: impl Into<String>,
        expected: impl Into<String>,
        seen: impl Into<String>,
    ) -> Self {
        let cause = Cause {
            kind: "unmet".to_owned(),
            message: message.into(),
            expected: Some(expected.into()),
            seen: Some(seen.into()),
            ..Cause::default()
        };
        Self { verdict: Verdict::Fail, cause: Box::new(cause), error: None }
    }

    /// A failure of the device with a kind of its own.
    pub fn fail(kind: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        let cause = Cause {
            kind: kind.to_owned(),
            message: message.into(),
            hint: Some(hint.into()),
            ..Cause::default()
        };
        Self { verdict: Verdict::Fail, cause: Box::new(cause), error: None }
    }

    /// The bench cannot go on; nothing is said about the device.
    pub fn bench(kind: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { verdict: Verdict::Inconclusive, ..Self::fail(kind, message, hint) }
    }

    /// With what was seen last.
    #[must_use]
    pub fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.cause.hint = Some(hint.into());
        self
    }

    /// The same with what was seen instead, where something was.
    #[must_use]
    pub fn seen(mut self, seen: Option<String>) -> Self {
        self.cause.seen = seen.or(self.cause.seen);
        self
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let raw = (!error.name.is_empty()).then(|| (error.name.clone(), error.message.clone()));
        let cause = Cause {
            kind: error.kind.as_str().to_owned(),
            message: format!("{} failed: {}", error.call, meaning(error.kind)),
            raw,
            hint: hint(error.kind).map(str::to_owned),
            ..Cause::default()
        };
        let verdict = if error.is_of_bench() { Verdict::Inconclusive } else { Verdict::Fail };
        Self { verdict, cause: Box::new(cause), error: Some(error.kind) }
    }
}

/// The kind in words that an engineer at the bench uses.
fn meaning(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::PageTimeout => "the device did not answer the page",
        ErrorKind::Timeout => "the connection did not come up in time",
        ErrorKind::Refused => "the connection was refused",
        ErrorKind::AbortedByRemote => "the device dropped the connection before it was up",
        ErrorKind::AbortedByLocal => "this host dropped the connection before it was up",
        ErrorKind::KeyMissing => "the device has lost its bond",
        ErrorKind::ProfileUnavailable => "no profile that both sides have",
        ErrorKind::SdpSearch => "the device's service records could not be read",
        ErrorKind::GattBrowsing => "the device's GATT database could not be read",
        ErrorKind::LinkProtocol => "a protocol error on the link",
        ErrorKind::ConnectionLimit => "too many connections at once",
        ErrorKind::Busy => "the adapter is busy",
        ErrorKind::Canceled => "it was cancelled",
        ErrorKind::HostResource => "this host had no socket or memory for it",
        ErrorKind::ConnectionAttemptFailed => "the connection attempt failed",
        ErrorKind::AuthenticationFailed => "the two sides did not agree on a key",
        ErrorKind::AuthenticationRejected => "pairing was refused",
        ErrorKind::AuthenticationCanceled => "pairing was cancelled",
        ErrorKind::AuthenticationTimeout => "pairing took too long",
        ErrorKind::NotReady => "the adapter is off",
        ErrorKind::InProgress => "the same is under way already",
        ErrorKind::AlreadyExists => "it is there already",
        ErrorKind::AlreadyConnected => "the device is connected already",
        ErrorKind::NotConnected => "the device is not connected",
        ErrorKind::DoesNotExist => "BlueZ does not know it",
        ErrorKind::UnknownObject => "BlueZ no longer knows the device",
        ErrorKind::UnknownMember => "this BlueZ does not have it",
        ErrorKind::NotSupported => "BlueZ or the controller cannot do it",
        ErrorKind::NotPermitted => "it is not permitted",
        ErrorKind::NotAuthorized => "this user may not do it",
        ErrorKind::NotAvailable => "what it needs is not there",
        ErrorKind::InvalidArguments => "BlueZ does not take these arguments",
        ErrorKind::InvalidLength => "a value has the wrong length",
        ErrorKind::NotPaired => "the device wants an encrypted link for it, and is not paired",
        ErrorKind::ReadNotPermitted => "it cannot be read",
        ErrorKind::WriteNotPermitted => "it cannot be written",
        ErrorKind::Acquired => "somebody has the characteristic to himself",
        ErrorKind::InsufficientAuthorization => "the device or BlueZ does not let this program",
        ErrorKind::InvalidOffset => "the offset lies beyond the end of the value",
        ErrorKind::InvalidHandle => "the device knows no attribute of this handle",
        ErrorKind::PrepareQueueFull => "the device has no room for a longer write",
        ErrorKind::AttributeNotFound => "the device has no such attribute",
        ErrorKind::AttributeNotLong => "the value is not one that goes in parts",
        ErrorKind::Unlikely => "the device met an error that it has no name for",
        ErrorKind::InsufficientResources => "the device has not the resources",
        ErrorKind::DatabaseOutOfSync => "the device's database has changed",
        ErrorKind::ValueNotAllowed => "the device does not take this value",
        ErrorKind::ApplicationError => "the device gives an error of its own",
        ErrorKind::WriteRequestRejected => "the device refuses to write it",
        ErrorKind::CccdImproperlyConfigured => "the subscription is not as the profile wants it",
        ErrorKind::ProcedureInProgress => "the device is still at what it was asked before",
        ErrorKind::OutOfRange => "the value is out of its range",
        ErrorKind::Rejected => "it was rejected",
        ErrorKind::BluezGone => "bluetoothd is not on the bus",
        ErrorKind::NoReply => "bluetoothd did not answer",
        ErrorKind::Failed => "BlueZ gives no reason that is known here",
    }
}

/// What to do next, where that can be said.
fn hint(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::PageTimeout | ErrorKind::Timeout => {
            "is the device switched on, in range, and connectable?"
        }
        ErrorKind::KeyMissing | ErrorKind::AuthenticationFailed => {
            "one of the two sides may have lost its half of the bond: forget the device, and pair it again"
        }
        ErrorKind::Canceled => {
            "where it happens each time, one of the two sides may have lost its half of the bond: forget \
             the device, and pair it again"
        }
        ErrorKind::ProfileUnavailable => {
            "a speaker or headset needs an audio service on this host (PipeWire, PulseAudio), \
             or an endpoint of bttest's own: put { do = \"audio-endpoint\", role = \"source\" } before `connect`"
        }
        ErrorKind::Busy => "see `rfkill list`; or another program is using the adapter",
        ErrorKind::NotReady => "put { do = \"power\", on = true } before this step",
        ErrorKind::InProgress => {
            "another program is pairing or connecting this device, or one that was killed left it so: \
             then `forget` the device, in the plan or in [recovery]"
        }
        ErrorKind::AlreadyExists => "to pair again, forget the device first",
        ErrorKind::UnknownObject => {
            "a device that was only discovered is forgotten about 30 s after discovery; discover it again"
        }
        ErrorKind::NotPaired => {
            "pair first, or let the step: `pair = { agent = \"NoInputNoOutput\" }`"
        }
        ErrorKind::InsufficientAuthorization => {
            "BlueZ lets nobody write in services that it uses itself (`ExportClaimedServices` in main.conf)"
        }
        ErrorKind::DatabaseOutOfSync => "forget the device, so that BlueZ reads its database anew",
        ErrorKind::NotConnected => "put { do = \"connect\", … } before this step",
        ErrorKind::BluezGone => "see `systemctl status bluetooth` and `journalctl -u bluetooth`",
        ErrorKind::NotAuthorized => "is the user in the group `bluetooth`?",
        ErrorKind::NoReply => "bluetoothd hangs; `systemctl restart bluetooth` helps for now",
        _ => return None,
    })
}

/// A property's value as a message shows it.
pub(crate) fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "not there".to_owned(),
        Some(Value::String(text)) => format!("{text:?}"),
        Some(other) => other.to_string(),
    }
}
