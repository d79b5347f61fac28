//! A packet of the kernel's monitor channel, which sees what goes between host and controller, and between
//! the kernel and its control sockets.
//!
//! Sources: BlueZ `lib/bluetooth/hci.h` and the kernel's `struct hci_mon_hdr` (the header),
//! `doc/btsnoop-protocol.rst` (the opcodes).

use std::fmt;

use super::field::{le16, rest};

/// The index of a packet that belongs to no controller (`HCI_DEV_NONE`).
pub const NO_INDEX: u16 = 0xffff;

/// The length of the header: opcode, index and length.
const HEADER: usize = 6;

/// A packet of the monitor channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monitored {
    /// When the kernel saw it, in microseconds since the Unix epoch.
    pub at: u64,
    /// What kind of packet it is; see [`Kind`].
    pub opcode: u16,
    /// The number of the controller: 0 for hci0; [`NO_INDEX`] where it is about none.
    pub index: u16,
    /// What follows the header.
    pub octets: Vec<u8>,
}

impl Monitored {
    /// The packet in a datagram of the channel that came at `at`.
    ///
    /// # Errors
    /// The datagram is shorter than its header, or not as long as that says.
    pub fn parse(at: u64, datagram: &[u8]) -> Result<Self, Malformed> {
        let field = |at| le16(datagram, at).ok_or(Malformed::NoHeader(datagram.len()));
        let (opcode, index, told) = (field(0)?, field(2)?, field(4)?);
        let octets = rest(datagram, HEADER);
        if octets.len() != usize::from(told) {
            return Err(Malformed::Length { told, there: octets.len() });
        }
        Ok(Self { at, opcode, index, octets: octets.to_vec() })
    }

    /// What kind of packet it is, where that is known.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        Kind::of(self.opcode)
    }
}

/// Why a datagram is no packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// There are fewer octets than a header has: how many.
    NoHeader(usize),
    /// The header tells another length than what follows it has.
    Length {
        /// The length in the header.
        told: u16,
        /// How many octets follow it.
        there: usize,
    },
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHeader(there) => {
                write!(
                    f,
                    "a datagram of the monitor channel has {there} of {HEADER} octets of header"
                )
            }
            Self::Length { told, there } => {
                write!(
                    f,
                    "a datagram of the monitor channel has {there} octets and tells of {told}"
                )
            }
        }
    }
}

impl std::error::Error for Malformed {}

/// Declares the kinds, so that number and name of each are in one line.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $opcode:literal, $name:literal;)+) => {
        /// What a packet is (`doc/btsnoop-protocol.rst`, Opcode definitions).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind {
            $($(#[$doc])* $kind = $opcode,)+
        }

        impl Kind {
            /// The kind with this opcode.
            #[must_use]
            pub fn of(opcode: u16) -> Option<Self> {
                match opcode {
                    $($opcode => Some(Self::$kind),)+
                    _ => None,
                }
            }

            /// Its opcode.
            #[must_use]
            pub fn opcode(self) -> u16 {
                self as u16
            }

            /// What a person calls it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }
        }
    };
}

kinds! {
    /// A controller is there.
    NewIndex = 0, "New Index";
    /// A controller is gone.
    DelIndex = 1, "Delete Index";
    /// The host sends a command to the controller.
    Command = 2, "HCI Command";
    /// The controller sends an event to the host.
    Event = 3, "HCI Event";
    /// Data for a device.
    AclTx = 4, "ACL Data TX";
    /// Data of a device.
    AclRx = 5, "ACL Data RX";
    /// Audio for a device.
    ScoTx = 6, "SCO Data TX";
    /// Audio of a device.
    ScoRx = 7, "SCO Data RX";
    /// The transport to the controller is open.
    OpenIndex = 8, "Open Index";
    /// The transport to the controller is closed.
    CloseIndex = 9, "Close Index";
    /// Address and manufacturer of the controller.
    IndexInfo = 10, "Index Info";
    /// What the controller tells its maker.
    VendorDiag = 11, "Vendor Diagnostic";
    /// A text of the kernel.
    SystemNote = 12, "System Note";
    /// A text of a program, such as what bluetoothd logs.
    UserLogging = 13, "User Logging";
    /// A program opened a control socket.
    CtrlOpen = 14, "Control Open";
    /// A program closed its control socket.
    CtrlClose = 15, "Control Close";
    /// A program sends a command to the kernel.
    CtrlCommand = 16, "Control Command";
    /// The kernel sends an event to a program.
    CtrlEvent = 17, "Control Event";
    /// Isochronous data for a device.
    IsoTx = 18, "ISO Data TX";
    /// Isochronous data of a device.
    IsoRx = 19, "ISO Data RX";
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_datagram_is_a_header_and_as_many_octets_as_it_says() {
        let datagram = [0x03, 0x00, 0x01, 0x00, 0x02, 0x00, 0xaa, 0xbb];
        let packet = Monitored::parse(7, &datagram).unwrap();
        assert_eq!(packet, Monitored { at: 7, opcode: 3, index: 1, octets: vec![0xaa, 0xbb] });
        assert_eq!(packet.kind(), Some(Kind::Event));
    }

    #[test]
    fn a_datagram_that_is_too_short_or_too_long_is_told_of() {
        assert_eq!(Monitored::parse(0, &[3, 0, 0, 0, 0]), Err(Malformed::NoHeader(5)));
        let told = Malformed::Length { told: 2, there: 1 };
        assert_eq!(Monitored::parse(0, &[3, 0, 0, 0, 2, 0, 1]), Err(told));
        assert_eq!(
            told.to_string(),
            "a datagram of the monitor channel has 1 octets and tells of 2"
        );
    }

    #[test]
    fn every_kind_has_its_opcode() {
        for opcode in 0..20 {
            assert_eq!(Kind::of(opcode).map(Kind::opcode), Some(opcode));
        }
        assert_eq!(Kind::of(20), None);
        assert_eq!(Kind::IsoRx.to_string(), "ISO Data RX");
    }

    proptest! {
        #[test]
        fn any_datagram_is_a_packet_or_an_error(octets in proptest::collection::vec(any::<u8>(), 0..40)) {
            let good = octets.len() >= 6
                && usize::from(u16::from_le_bytes([octets[4], octets[5]])) == octets.len() - 6;
            prop_assert_eq!(Monitored::parse(0, &octets).is_ok(), good);
        }
    }
}
