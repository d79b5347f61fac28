//! Fields of packets: little-endian, and not there where a packet is too short.

/// The 16-bit number at `at`.
pub(super) fn le16(octets: &[u8], at: usize) -> Option<u16> {
    octets.get(at..)?.first_chunk().copied().map(u16::from_le_bytes)
}

/// The 32-bit number at `at`.
pub(super) fn le32(octets: &[u8], at: usize) -> Option<u32> {
    octets.get(at..)?.first_chunk().copied().map(u32::from_le_bytes)
}

/// What is after the first `at` octets; nothing, where there are fewer.
pub(super) fn rest(octets: &[u8], at: usize) -> &[u8] {
    octets.get(at..).unwrap_or_default()
}
