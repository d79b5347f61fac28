//! What went wrong, as one word, whichever version of BlueZ said it.
//!
//! BlueZ puts the detail of an error into its message, spells some of them in two ways, and moved some
//! from `org.bluez.Error.Failed` to names of their own. Plans assert on the kind and statistics count
//! it, so it is one value over all of them. Source: `src/error.h`, `src/error.c` and the "Possible
//! errors" of `doc/org.bluez.*.rst`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! error_kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident = $word:literal,)+) => {
        /// The kind of an error from BlueZ or from the bus.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum ErrorKind {
            $($(#[doc = $doc])+ #[serde(rename = $word)] $variant,)+
        }

        impl ErrorKind {
            /// Every kind there is.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word that plans and reports use.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}

impl ErrorKind {
    /// Whether BlueZ answers so of a registration that it knows no more: its daemon was started again, or its adapter was
    /// away.
    pub(super) fn is_forgotten(self) -> bool {
        matches!(self, Self::DoesNotExist | Self::UnknownObject | Self::UnknownMember)
    }
}

error_kinds! {
    /// The device did not answer the page (BR/EDR), or the page timed out while pairing.
    PageTimeout = "page-timeout",
    /// The connection did not come up in time.
    Timeout = "timeout",
    /// The device, or its host, refused the connection.
    Refused = "refused",
    /// The device ended the connection before it was up.
    AbortedByRemote = "aborted-by-remote",
    /// This host ended the connection before it was up.
    AbortedByLocal = "aborted-by-local",
    /// The device has lost its bond: it no longer knows the key that this host uses.
    KeyMissing = "key-missing",
    /// No service on this host or on the device carries the profile.
    ProfileUnavailable = "profile-unavailable",
    /// The device's list of services (SDP) could not be read.
    SdpSearch = "sdp-search",
    /// The device's GATT database could not be read.
    GattBrowsing = "gatt-browsing",
    /// A protocol error on the link (LMP, Link Layer).
    LinkProtocol = "link-protocol",
    /// Too many connections at once.
    ConnectionLimit = "connection-limit",
    /// The adapter is busy with another request, or blocked by rfkill.
    Busy = "busy",
    /// The operation was cancelled.
    Canceled = "canceled",
    /// A socket or memory of the host could not be had.
    HostResource = "host-resource",
    /// The connection attempt failed while pairing.
    ConnectionAttemptFailed = "connection-attempt-failed",
    /// Pairing failed: the two sides did not agree, or the key was wrong.
    AuthenticationFailed = "authentication-failed",
    /// Pairing was refused.
    AuthenticationRejected = "authentication-rejected",
    /// Pairing was cancelled.
    AuthenticationCanceled = "authentication-canceled",
    /// Pairing took too long.
    AuthenticationTimeout = "authentication-timeout",
    /// The adapter is off.
    NotReady = "not-ready",
    /// The same operation is under way.
    InProgress = "in-progress",
    /// It is there already: a bond, an agent, a registration.
    AlreadyExists = "already-exists",
    /// The device is connected already.
    AlreadyConnected = "already-connected",
    /// The device is not connected.
    NotConnected = "not-connected",
    /// BlueZ does not know it.
    DoesNotExist = "does-not-exist",
    /// There is no such object on the bus: the device was forgotten or has gone out of range.
    UnknownObject = "unknown-object",
    /// BlueZ of this version has no such method, interface or property.
    UnknownMember = "unknown-member",
    /// BlueZ or the controller cannot do it.
    NotSupported = "not-supported",
    /// The device or BlueZ does not permit it.
    NotPermitted = "not-permitted",
    /// BlueZ or the bus refuses it to this user.
    NotAuthorized = "not-authorized",
    /// What it needs is not there, or not yet.
    NotAvailable = "not-available",
    /// An argument is wrong.
    InvalidArguments = "invalid-arguments",
    /// A value is too long or too short.
    InvalidLength = "invalid-length",
    /// The attribute wants a link that is encrypted or authenticated, and it is not: the device is not paired.
    NotPaired = "not-paired",
    /// The attribute cannot be read.
    ReadNotPermitted = "read-not-permitted",
    /// The attribute cannot be written.
    WriteNotPermitted = "write-not-permitted",
    /// Another program, or another step, has the characteristic to itself.
    Acquired = "acquired",
    /// The device wants its user's consent before the attribute is used, or BlueZ keeps the service to itself.
    InsufficientAuthorization = "insufficient-authorization",
    /// The offset lies beyond the end of the value.
    InvalidOffset = "invalid-offset",
    /// The device knows no attribute of this handle.
    InvalidHandle = "invalid-handle",
    /// The device has no room for more parts of a long write.
    PrepareQueueFull = "prepare-queue-full",
    /// The device has no attribute as asked for.
    AttributeNotFound = "attribute-not-found",
    /// The value is not one that is read or written in parts.
    AttributeNotLong = "attribute-not-long",
    /// The device met an error that it has no name for.
    Unlikely = "unlikely",
    /// The device has not the resources.
    InsufficientResources = "insufficient-resources",
    /// The device's database is not the one that BlueZ knows.
    DatabaseOutOfSync = "database-out-of-sync",
    /// The device does not take this value.
    ValueNotAllowed = "value-not-allowed",
    /// An error of the device's own, `0x80` to `0x9f`.
    ApplicationError = "application-error",
    /// The device refuses to write, by its profile.
    WriteRequestRejected = "write-request-rejected",
    /// The subscription is not as the profile wants it.
    CccdImproperlyConfigured = "cccd-improperly-configured",
    /// The device is still at what it was asked before.
    ProcedureInProgress = "procedure-in-progress",
    /// The value is out of its range, by the profile.
    OutOfRange = "out-of-range",
    /// The agent refused.
    Rejected = "rejected",
    /// bluetoothd is not on the bus, or left it in the middle of the call.
    BluezGone = "bluez-gone",
    /// bluetoothd did not answer in time.
    NoReply = "no-reply",
    /// BlueZ says that it failed, and nothing more that is known here.
    Failed = "failed",
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
