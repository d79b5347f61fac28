//! Reads btsnoop files, also such as were torn when a program was killed, or made to do harm.
//!
//! What stands before the place where a file breaks off is read; nothing is taken into memory because a
//! length in the file says so.

use std::fmt;
use std::io::{self, Read};

use super::{EPOCH, FILE_HEADER, MAGIC, MONITOR, RECORD_HEADER, VERSION};
use crate::mgmt::capture::packet::Monitored;

/// The longest packet that is read, in octets: what the 16-bit length of the monitor channel can tell.
const LONGEST_READ: u32 = u16::MAX as u32;

/// A record of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The packet, or its beginning.
    pub packet: Monitored,
    /// How long the packet was, in octets, where the writer of the file told it.
    pub original: u32,
    /// How many packets were lost between the first of the file and this one.
    pub drops: u32,
}

/// Why a file cannot be read on.
#[derive(Debug)]
pub struct Broken {
    /// How many octets of the file are good.
    pub offset: u64,
    /// How many records are good.
    pub records: u64,
    /// What is wrong behind them.
    pub why: Why,
}

/// What is wrong with a file.
#[derive(Debug)]
pub enum Why {
    /// It does not begin as btsnoop does.
    NotBtsnoop,
    /// It is of another version than 1.
    Version(u32),
    /// It holds something else than the monitor channel: the data link type.
    DataLink(u32),
    /// It ends within a record.
    Torn,
    /// A record tells of a packet that is longer than a packet can be, in octets.
    TooLong(u32),
    /// The system cannot read it.
    Unreadable(io::Error),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Why::NotBtsnoop => return write!(f, "is not a btsnoop file"),
            Why::Version(version) => return write!(f, "is btsnoop of version {version}, not 1"),
            Why::DataLink(link) => {
                return write!(
                    f,
                    "is btsnoop with data link type {link}, not {MONITOR} as `btmon -w` writes it"
                );
            }
            Why::Torn => write!(f, "ends within a record")?,
            Why::TooLong(length) => write!(f, "tells of a packet of {length} octets")?,
            Why::Unreadable(error) => write!(f, "cannot be read: {error}")?,
        }
        write!(f, ", after {} good records ({} octets)", self.records, self.offset)
    }
}

impl std::error::Error for Broken {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.why {
            Why::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}

/// Reads records one by one, and ends after the first error.
#[derive(Debug)]
pub struct Reader<R> {
    source: R,
    offset: u64,
    records: u64,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Reads the header of the file; the records are read as they are asked for. The source should be
    /// buffered.
    ///
    /// # Errors
    /// It is no such file, or the system cannot read it.
    pub fn new(source: R) -> Result<Self, Broken> {
        let mut reader = Self { source, offset: 0, records: 0, ended: false };
        let mut header = [0; FILE_HEADER];
        let there = reader.fill(&mut header).map_err(|error| reader.broken(error))?;
        let [magic @ .., a, b, c, d, e, f, g, h] = header;
        let why = if there < FILE_HEADER || magic != MAGIC {
            Why::NotBtsnoop
        } else if u32::from_be_bytes([a, b, c, d]) != VERSION {
            Why::Version(u32::from_be_bytes([a, b, c, d]))
        } else if u32::from_be_bytes([e, f, g, h]) != MONITOR {
            Why::DataLink(u32::from_be_bytes([e, f, g, h]))
        } else {
            reader.offset = FILE_HEADER as u64;
            return Ok(reader);
        };
        Err(reader.broken(why))
    }

    fn broken(&self, why: impl Into<Why>) -> Broken {
        Broken { offset: self.offset, records: self.records, why: why.into() }
    }

    /// Reads until `octets` is full or the source ends, and says how many there are.
    fn fill(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        let mut there = 0;
        while let Some(room) = octets.get_mut(there..).filter(|room| !room.is_empty()) {
            match self.source.read(room) {
                Ok(0) => break,
                Ok(more) => there += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(there)
    }

    /// The next record; none at the end of the file.
    fn record(&mut self) -> Result<Option<Recorded>, Why> {
        let mut header = [0; RECORD_HEADER];
        match self.fill(&mut header)? {
            0 => return Ok(None),
            RECORD_HEADER => {}
            _ => return Err(Why::Torn),
        }
        let word = |at| {
            let word = header.get(at..).and_then(<[u8]>::first_chunk).copied();
            u32::from_be_bytes(word.unwrap_or_default())
        };
        let (original, included, flags, drops) = (word(0), word(4), word(8), word(12));
        if included > LONGEST_READ {
            return Err(Why::TooLong(included));
        }
        let mut octets = vec![0; included as usize];
        if self.fill(&mut octets)? < octets.len() {
            return Err(Why::Torn);
        }
        self.offset += RECORD_HEADER as u64 + u64::from(included);
        self.records += 1;
        let time = u64::from(word(16)) << 32 | u64::from(word(20));
        let [index_high, index_low, opcode_high, opcode_low] = flags.to_be_bytes();
        let packet = Monitored {
            // A time before 1970 is none that a capture of Bluetooth can have.
            at: time.saturating_sub(EPOCH),
            opcode: u16::from_be_bytes([opcode_high, opcode_low]),
            index: u16::from_be_bytes([index_high, index_low]),
            octets,
        };
        Ok(Some(Recorded { packet, original, drops }))
    }
}

impl From<io::Error> for Why {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Recorded, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.record().map_err(|why| self.broken(why)).transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

/// All records of a file that is in memory, up to where it breaks off, and how it does.
#[must_use]
pub fn read(file: &[u8]) -> (Vec<Recorded>, Option<Broken>) {
    let mut records = Vec::new();
    match Reader::new(file) {
        Err(broken) => return (records, Some(broken)),
        Ok(reader) => {
            for record in reader {
                match record {
                    Ok(record) => records.push(record),
                    Err(broken) => return (records, Some(broken)),
                }
            }
        }
    }
    (records, None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mgmt::capture::btsnoop::{LONGEST, write_header, write_record};
    use crate::mgmt::capture::sample::any_packet;

    fn file(packets: &[Monitored]) -> Vec<u8> {
        let mut file = Vec::new();
        write_header(&mut file);
        for (drops, packet) in (0..).zip(packets) {
            write_record(packet, drops, &mut file);
        }
        file
    }

    fn packet() -> Monitored {
        Monitored { at: 1_700_000_000_000_000, opcode: 2, index: 0, octets: vec![3, 0x0c, 0] }
    }

    #[test]
    fn what_is_no_such_file_is_told_of() {
        for (change, told) in [
            (0, "is not a btsnoop file"),
            (11, "is btsnoop of version 0, not 1"),
            (15, "is btsnoop with data link type 1792, not 2001 as `btmon -w` writes it"),
        ] {
            let mut file = file(&[]);
            file[change] = 0;
            assert_eq!(read(&file).1.unwrap().to_string(), told);
        }
        assert_eq!(read(b"btsn").1.unwrap().to_string(), "is not a btsnoop file");
    }

    #[test]
    fn a_torn_file_gives_what_is_before_the_tear() {
        let whole = file(&[packet(), packet()]);
        for cut in 1..27 {
            let (records, broken) = read(&whole[..whole.len() - cut]);
            assert_eq!(records.len(), 1, "{cut}");
            assert_eq!(
                broken.unwrap().to_string(),
                "ends within a record, after 1 good records (43 octets)"
            );
        }
        let (records, broken) = read(&whole[..43]);
        assert!(broken.is_none() && records.len() == 1, "the file ends where a record does");
    }

    #[test]
    fn a_length_that_no_packet_has_is_not_believed() {
        let mut hostile = file(&[packet(), packet()]);
        hostile[43 + 4..43 + 8].copy_from_slice(&[0xff; 4]);
        let (records, broken) = read(&hostile);
        assert_eq!(records[0].packet, packet());
        assert_eq!(
            broken.unwrap().to_string(),
            "tells of a packet of 4294967295 octets, after 1 good records (43 octets)"
        );
    }

    #[test]
    fn a_source_that_fails_ends_the_reading() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::PermissionDenied.into())
            }
        }
        let good = file(&[packet()]);
        let mut reader = Reader::new(io::Read::chain(&good[..], Failing)).unwrap();
        assert!(reader.next().unwrap().is_ok());
        assert!(matches!(reader.next().unwrap().unwrap_err().why, Why::Unreadable(_)));
        assert!(reader.next().is_none());
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(packets in proptest::collection::vec(any_packet(), 0..8)) {
            let (records, broken) = read(&file(&packets));
            prop_assert!(broken.is_none());
            prop_assert_eq!(records.len(), packets.len());
            for (drops, (record, packet)) in (0..).zip(records.iter().zip(&packets)) {
                let kept = packet.octets.len().min(LONGEST);
                prop_assert_eq!(&record.packet.octets, &packet.octets[..kept]);
                prop_assert_eq!(record.original as usize, kept);
                prop_assert_eq!(record.drops, drops);
                prop_assert_eq!(
                    (record.packet.at, record.packet.opcode, record.packet.index),
                    (packet.at, packet.opcode, packet.index)
                );
            }
        }

        #[test]
        fn a_file_with_any_damage_is_read_up_to_somewhere(
            packets in proptest::collection::vec(any_packet(), 0..4),
            damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        ) {
            let mut file = file(&packets);
            for (at, octet) in damage {
                let at = at.index(file.len());
                file[at] = octet;
            }
            let (records, broken) = read(&file);
            let good: usize = records.iter().map(|r| RECORD_HEADER + r.packet.octets.len()).sum();
            if let Some(broken) = broken {
                prop_assert_eq!(broken.records as usize, records.len());
                prop_assert!(broken.offset == 0 || broken.offset as usize == FILE_HEADER + good);
            } else {
                prop_assert_eq!(FILE_HEADER + good, file.len());
            }
        }

        #[test]
        fn any_octets_are_read_without_harm(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut file = file(&[]);
            file.extend(octets);
            let _ = read(&file);
        }
    }
}
