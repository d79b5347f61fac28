//! What bluetoothd and the kernel tell each other: what the kernel carried out for bluetoothd, and
//! what it did without having been asked by it. Either is told of things that it knows already;
//! that changes nothing then.

use crate::sim::daemon::{Reason, Verdict};
use crate::sim::radio::PeerId;

/// What the kernel did for bluetoothd, which other management clients hear of. A controller is
/// named by its place in the scene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Happening {
    /// A controller was switched on or off.
    Powered(usize, bool),
    /// A setting was changed.
    Set(usize, Mode, bool),
    /// It lets itself be found for so many seconds from now; zero is without end.
    DiscoverableFor(usize, u32),
    /// A controller was given a name.
    Named(usize, String),
    /// A scan for these address types began, or the scan ended.
    Scans(usize, Option<u8>),
    /// A scan of bluetoothd's heard a device, this strongly.
    Heard(PeerId, i16),
    /// A link came up.
    Connected(PeerId),
    /// No link came up.
    NotConnected(PeerId, Unanswered),
    /// A link went down.
    Disconnected(PeerId, Reason),
    /// A user is asked something.
    Asked(PeerId, UserRequest),
    /// A pairing failed over a link that is up.
    NotAuthenticated(PeerId),
    /// Two sides have keys in common, which are to be stored or not.
    Paired(PeerId, Keys),
    /// The keys of a device were thrown away.
    Unpaired(PeerId),
    /// The keys of a device were loaded from storage.
    KeysLoaded(PeerId),
    /// A device was put on the blocked list, or taken off it.
    Blocked(PeerId, bool),
    /// A device was put on the device list, or taken off it.
    Listed(PeerId, bool),
    /// A user of bluetoothd's has answered what a client's pairing asks.
    Answered(PeerId, Verdict),
}

/// What the kernel did without bluetoothd, which hears of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Deed {
    Powered(usize, bool),
    Set(usize, Mode, bool),
    Named(usize, String),
    Class(usize, u32),
    /// bluetoothd's scan was stopped by somebody else.
    ScanStopped(usize),
    Connected(PeerId),
    Disconnected(PeerId, Reason),
    /// A client's pairing asks bluetoothd's user something too.
    Asked(PeerId, UserRequest),
    /// A client has answered what bluetoothd's pairing asks.
    Answered(PeerId, Verdict),
    Paired(PeerId),
    /// A client's pairing has failed over a link that is up.
    NotPaired(PeerId),
    Unpaired(PeerId),
    Blocked(PeerId, bool),
}

/// A setting of the kernel's that bluetoothd shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Mode {
    Discoverable,
    Connectable,
    Bondable,
}

/// What a user is asked in a pairing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum UserRequest {
    /// Whether to go on: there is nothing to compare.
    Consent,
    /// Whether this number is the one that the device shows.
    Comparison(u32),
    /// The number that the device shows.
    Passkey,
    /// The device's PIN.
    PinCode,
    /// Nothing; this number is to be typed into the device.
    Display(u32),
}

/// Why no link came up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Unanswered {
    /// The device did not answer a page (BR/EDR).
    PageTimeout,
    /// The device did not advertise (LE).
    GivenUp,
    /// It was there, and there came no link all the same.
    Failed,
}

/// What keys a pairing made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) struct Keys {
    /// Whether they are to be stored.
    pub(in crate::sim) stored: bool,
    /// Whether a user saw to it that nobody sits in between.
    pub(in crate::sim) authenticated: bool,
    /// The length of the PIN that they come from, if there was one.
    pub(in crate::sim) pin_length: u8,
}
