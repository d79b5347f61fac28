//! What a capture tells of why something failed.
//!
//! bluetoothd reports a connection that broke or a pairing that failed in a few words of its own; the codes
//! that the controller and the device gave are in the packets only. [`Reasons`] reads them there, and a
//! [`Reason`] is one such code with what a person needs to know of it.

mod attempts;
mod names;
mod reader;

use std::fmt;

pub use reader::Reasons;

use super::acl::Direction;
use crate::address::Address;

/// Why something failed or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// When it was told, in microseconds since the Unix epoch.
    pub at: u64,
    /// On which controller: 0 for hci0.
    pub index: u16,
    /// With which device, where that is known.
    pub address: Option<Address>,
    /// What failed or ended.
    pub what: What,
    /// Who says so.
    pub layer: Layer,
    /// The code; of L2CAP it has 16 bits.
    pub code: u16,
    /// What the code is called; nothing, if it is not known.
    pub name: Option<&'static str>,
    /// Which side it comes from, where that is known.
    pub side: Option<Side>,
    /// The HCI command that it is the answer to, where it is one.
    pub answer_to: Option<&'static str>,
}

/// What failed or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// A connection ended although nobody wanted that.
    LinkLost,
    /// A connection ended because one side wanted that.
    Disconnected,
    /// There was no connection to begin with.
    ConnectionFailed,
    /// A connection could not be ended.
    DisconnectionFailed,
    /// There is no bond.
    PairingFailed,
    /// The other side did not prove that it has the link key.
    AuthenticationFailed,
    /// The connection could not be encrypted.
    EncryptionFailed,
    /// A SCO, eSCO or isochronous link could not be set up.
    AudioFailed,
    /// A SCO, eSCO or isochronous link ended.
    AudioEnded,
    /// An L2CAP channel was refused.
    ChannelRefused,
    /// An attribute was not given for want of security.
    AttributeRefused,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::LinkLost => "link lost",
            Self::Disconnected => "disconnected",
            Self::ConnectionFailed => "connection failed",
            Self::DisconnectionFailed => "disconnection failed",
            Self::PairingFailed => "pairing failed",
            Self::AuthenticationFailed => "authentication failed",
            Self::EncryptionFailed => "encryption failed",
            Self::AudioFailed => "audio link failed",
            Self::AudioEnded => "audio link ended",
            Self::ChannelRefused => "channel refused",
            Self::AttributeRefused => "attribute refused",
        })
    }
}

/// Whose code it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layer {
    /// The controller's (Core Specification Vol 1 Part F).
    Hci,
    /// The Security Manager's (Vol 3 Part H 3.5.5).
    Smp,
    /// That of a channel (Vol 3 Part A 4).
    L2cap,
    /// That of an attribute (Vol 3 Part F 3.4.1.1).
    Att,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Hci => "HCI",
            Self::Smp => "SMP",
            Self::L2cap => "L2CAP",
            Self::Att => "ATT",
        })
    }
}

/// One end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The device.
    Device,
    /// This host.
    Host,
}

impl From<Direction> for Side {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Sent => Self::Host,
            Direction::Received => Self::Device,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Device => "the device",
            Self::Host => "this host",
        })
    }
}

/// As a person reads it: `link lost: HCI 0x08 Connection Timeout`.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        match (self.layer, self.side) {
            // The controller tells that one side ended it; the others send their codes themselves.
            (Layer::Hci, Some(side)) => write!(f, " by {side}: ")?,
            (_, Some(side)) => write!(f, ": {side} sent ")?,
            (_, None) => write!(f, ": ")?,
        }
        let width = if self.layer == Layer::L2cap { 6 } else { 4 };
        write!(f, "{} {:#0width$x}", self.layer, self.code)?;
        if let Some(name) = self.name {
            write!(f, " {name}")?;
        }
        match self.answer_to {
            Some(command) => write!(f, ", in answer to {command}"),
            None => Ok(()),
        }
    }
}
