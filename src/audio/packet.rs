//! SBC frames in RTP packets (A2DP 4.3.4; RFC 3550, 5.1).

use super::{Encoder, Tone};

/// RTP's header, and the byte of A2DP's own behind it.
const HEADER: usize = 13;
/// The number of frames of a packet has four bits.
const MOST_FRAMES: usize = 15;
/// A payload type that is not assigned.
const PAYLOAD_TYPE: u8 = 96;

/// The packets of a tone.
#[derive(Debug)]
pub struct Packets {
    encoder: Encoder,
    tone: Tone,
    frames: usize,
    sequence: u16,
    /// In samples.
    timestamp: u32,
}

impl Packets {
    /// Packets that fit into what the link takes at once; none, where no frame fits.
    #[must_use]
    pub fn new(encoder: Encoder, tone: Tone, mtu: u16) -> Option<Self> {
        let frames = usize::from(mtu).saturating_sub(HEADER) / encoder.frame_length();
        let frames = frames.min(MOST_FRAMES);
        (frames > 0).then_some(Self { encoder, tone, frames, sequence: 0, timestamp: 0 })
    }

    /// How many samples of each channel a packet has.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.frames * self.encoder.configuration().samples()
    }

    /// The next one.
    pub fn next_packet(&mut self) -> Vec<u8> {
        let mut packet = vec![0x80, PAYLOAD_TYPE];
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(self.timestamp.to_be_bytes());
        // The source of the stream, which is alone.
        packet.extend(1_u32.to_be_bytes());
        packet.push(u8::try_from(self.frames).unwrap_or(0));
        for _ in 0..self.frames {
            let samples = self.tone.take(self.encoder.configuration().samples());
            packet.extend(self.encoder.encode(&samples));
        }
        self.sequence = self.sequence.wrapping_add(1);
        let samples = u32::try_from(self.samples()).unwrap_or(0);
        self.timestamp = self.timestamp.wrapping_add(samples);
        packet
    }
}

/// How many SBC frames a packet says that it has; none, where it is no RTP packet of version 2 with something in it.
#[must_use]
pub fn frames_in(packet: &[u8]) -> Option<u8> {
    let first = packet.first()?;
    let sources = usize::from(first & 0x0f);
    let count = packet.get(12 + 4 * sources)?;
    (first >> 6 == 2).then_some(count & 0x0f)
}

#[cfg(test)]
mod tests {
    use super::super::Configuration;
    use super::*;

    #[test]
    fn packets_are_numbered_timed_and_no_longer_than_the_link_takes() {
        let configuration = Configuration::read(&[0x21, 0x15, 2, 53]).unwrap();
        let packets = |mtu| {
            let tone = Tone::new(440.0, configuration.frequency);
            Packets::new(Encoder::new(configuration), tone, mtu)
        };
        let mut stream = packets(672).unwrap();
        assert_eq!(stream.samples(), 5 * 128);
        let (first, second) = (stream.next_packet(), stream.next_packet());
        assert_eq!(first.len(), 13 + 5 * 119);
        assert_eq!(second[..13], [0x80, 96, 0, 1, 0, 0, 2, 128, 0, 0, 0, 1, 5]);
        assert_eq!(frames_in(&second), Some(5));
        assert_eq!(frames_in(&second[..12]), None);
        assert_eq!(frames_in(&[0; 20]), None);
        assert!(packets(100).is_none());
        assert_eq!(packets(u16::MAX).unwrap().samples(), 15 * 128);
    }
}
