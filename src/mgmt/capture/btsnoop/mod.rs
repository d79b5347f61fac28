//! The file format btsnoop as BlueZ writes it, which `btmon -r` and Wireshark open.
//!
//! A file is a header and records, both big-endian. The 32 bits that btsnoop calls flags hold the index
//! of the controller and the opcode of the monitor channel (data link type 2001).
//!
//! Source: BlueZ `src/shared/btsnoop.h` and `src/shared/btsnoop.c`.

mod reader;

pub use reader::{Broken, Reader, Recorded, Why, read};

use super::packet::Monitored;

/// What a file begins with.
const MAGIC: [u8; 8] = *b"btsnoop\0";
const VERSION: u32 = 1;
/// The data link type of the monitor channel.
const MONITOR: u32 = 2001;

/// The length of the header of a file, in octets.
pub const FILE_HEADER: usize = 16;
/// The length of the header of a record, in octets.
pub const RECORD_HEADER: usize = 24;

/// The longest packet that is written whole, in octets (`BTSNOOP_MAX_PACKET_SIZE`): `btmon -r` ends at the
/// first longer one. Of a longer packet the beginning is written, as if that were all: up to BlueZ 5.66
/// btmon takes the original length for the one that is included.
pub const LONGEST: usize = 1490;

/// The Unix epoch on btsnoop's clock: microseconds since the year 0.
const EPOCH: u64 = 0x00DC_DDB3_0F2F_8000;

/// Appends the header of a file.
pub fn write_header(out: &mut Vec<u8>) {
    out.extend(MAGIC);
    out.extend(VERSION.to_be_bytes());
    out.extend(MONITOR.to_be_bytes());
}

/// Appends the record of a packet. `drops` is how many packets were lost between the first of the file
/// and this one.
pub fn write_record(packet: &Monitored, drops: u64, out: &mut Vec<u8>) {
    let included = packet.octets.get(..LONGEST).unwrap_or(&packet.octets);
    let flags = u32::from(packet.index) << 16 | u32::from(packet.opcode);
    let length = bounded(included.len());
    for field in [length, length, flags, bounded(drops)] {
        out.extend(field.to_be_bytes());
    }
    out.extend(packet.at.saturating_add(EPOCH).to_be_bytes());
    out.extend(included);
}

/// The number, or the largest that there is room for.
fn bounded(number: impl TryInto<u32>) -> u32 {
    number.try_into().unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_laid_out_as_bluez_does_it() {
        let mut file = Vec::new();
        write_header(&mut file);
        let packet = Monitored { at: 1, opcode: 3, index: 2, octets: vec![0xaa, 0xbb] };
        write_record(&packet, 5, &mut file);
        #[rustfmt::skip]
        let expected = [
            0x62, 0x74, 0x73, 0x6e, 0x6f, 0x6f, 0x70, 0x00, 0, 0, 0, 1, 0, 0, 0x07, 0xd1,
            0, 0, 0, 2, 0, 0, 0, 2, 0, 2, 0, 3, 0, 0, 0, 5,
            0x00, 0xdc, 0xdd, 0xb3, 0x0f, 0x2f, 0x80, 0x01, 0xaa, 0xbb,
        ];
        assert_eq!(file, expected);
    }

    #[test]
    fn of_a_packet_that_btmon_would_not_read_the_beginning_is_written() {
        let mut record = Vec::new();
        let packet = Monitored { at: 0, opcode: 16, index: 0, octets: vec![7; LONGEST + 10] };
        write_record(&packet, u64::MAX, &mut record);
        assert_eq!(record.len(), RECORD_HEADER + LONGEST);
        assert_eq!(record[..8], [0, 0, 0x05, 0xd2, 0, 0, 0x05, 0xd2]);
        assert_eq!(record[12..16], [0xff; 4], "as many drops as there is room for");
    }
}
