//! A packet of the management socket: a header of six octets, and parameters (doc/mgmt-protocol.rst, Packet
//! Structures). Commands and events look alike; which of the two a packet is follows from who sent it.

use std::fmt;
use std::str::FromStr;

/// A command or an event, not yet read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Which command or event it is.
    pub code: u16,
    /// The controller it is about.
    pub index: Index,
    /// Everything after the header.
    pub parameters: Vec<u8>,
}

impl Packet {
    /// The length of a header, in octets.
    pub const HEADER: usize = 6;

    /// The packet as it is written to the socket. The header has room for 65,535 octets of parameters; what is beyond
    /// is left out, and no command is as long.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let length = u16::try_from(self.parameters.len()).unwrap_or(u16::MAX);
        let mut bytes = Vec::with_capacity(Self::HEADER + usize::from(length));
        bytes.extend(self.code.to_le_bytes());
        bytes.extend(self.index.0.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend(self.parameters.iter().take(usize::from(length)));
        bytes
    }

    /// Reads a packet. Octets beyond the length that its header names are not part of it.
    ///
    /// # Errors
    /// When there are fewer octets than the header, or than it names.
    pub fn parse(octets: &[u8]) -> Result<Self, Torn> {
        let (code, index, parameters) = split(octets)?;
        Ok(Self { code, index, parameters: parameters.to_vec() })
    }
}

/// The code, the index and the parameters of a packet.
pub(super) fn split(octets: &[u8]) -> Result<(u16, Index, &[u8]), Torn> {
    let torn = |announced| Torn { length: octets.len(), announced };
    let (header, rest) = octets.split_first_chunk::<{ Packet::HEADER }>().ok_or(torn(None))?;
    let [code, coded, index, indexed, length, lengthened] = *header;
    let length = u16::from_le_bytes([length, lengthened]);
    let parameters = rest.get(..usize::from(length)).ok_or(torn(Some(length)))?;
    let index = Index(u16::from_le_bytes([index, indexed]));
    Ok((u16::from_le_bytes([code, coded]), index, parameters))
}

/// A packet that is shorter than it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Torn {
    /// How many octets there are, with the header.
    pub length: usize,
    /// How many octets of parameters the header names; none where the header itself is torn.
    pub announced: Option<u16>,
}

impl fmt::Display for Torn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.announced {
            None => write!(f, "a packet of {} octets, too short for a header", self.length),
            Some(announced) => {
                let there = self.length.saturating_sub(Packet::HEADER);
                write!(
                    f,
                    "a packet of {there} octets of parameters, where its header says {announced}"
                )
            }
        }
    }
}

impl std::error::Error for Torn {}

/// Which controller a packet is about: `hci0` is index 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Index(pub u16);

impl Index {
    /// No controller in particular (0xFFFF).
    pub const NONE: Self = Self(0xFFFF);

    /// The number of the controller, if it is about one.
    #[must_use]
    pub fn controller(self) -> Option<u16> {
        (self != Self::NONE).then_some(self.0)
    }
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.controller() {
            Some(number) => write!(f, "hci{number}"),
            None => f.write_str("none"),
        }
    }
}

impl FromStr for Index {
    type Err = String;

    /// Reads `hci0`, `0` or `none`.
    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix("hci").unwrap_or(text);
        if text == "none" {
            return Ok(Self::NONE);
        }
        let all_digits = digits.bytes().all(|digit| digit.is_ascii_digit());
        let number = digits.parse().ok().filter(|number| all_digits && *number != Self::NONE.0);
        number.map(Self).ok_or_else(|| {
            format!("{} is no controller; write hci0, 0 or none", crate::plan::visible::quote(text))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let packet = Packet { code: 0x0005, index: Index(1), parameters: vec![1] };
        assert_eq!(packet.to_bytes(), [5, 0, 1, 0, 1, 0, 1]);
        assert_eq!(Packet::parse(&packet.to_bytes()), Ok(packet));
    }

    #[test]
    fn keeps_what_the_header_says() {
        let packet = Packet::parse(&[5, 0, 0xFF, 0xFF, 1, 0, 1, 2, 3]).unwrap();
        assert_eq!((packet.index, packet.parameters), (Index::NONE, vec![1]));
    }

    #[test]
    fn a_short_packet_is_torn() {
        assert_eq!(Packet::parse(&[5, 0, 1]), Err(Torn { length: 3, announced: None }));
        let torn = Packet::parse(&[5, 0, 1, 0, 4, 0, 1]).unwrap_err();
        assert_eq!(torn, Torn { length: 7, announced: Some(4) });
        assert_eq!(torn.to_string(), "a packet of 1 octets of parameters, where its header says 4");
    }

    #[test]
    fn more_than_fits_is_left_out() {
        let packet = Packet { code: 1, index: Index(0), parameters: vec![7; 70_000] };
        assert_eq!(Packet::parse(&packet.to_bytes()).unwrap().parameters.len(), 65_535);
    }

    #[test]
    fn an_index_is_written_as_people_do() {
        for (text, index) in [("hci0", Index(0)), ("12", Index(12)), ("none", Index::NONE)] {
            assert_eq!(text.parse(), Ok(index), "{text}");
        }
        assert_eq!(Index(3).to_string(), "hci3");
        assert_eq!(Index::NONE.to_string(), "none");
        for wrong in ["", "hci", "hci+1", "65535", "hci65536", "hci0 ", "any"] {
            assert!(wrong.parse::<Index>().is_err(), "{wrong}");
        }
    }
}
