//! The last packets, in memory, so that what led to a failure can still be cut out when it is noticed.

use std::collections::VecDeque;
use std::mem::size_of;

use super::btsnoop;
use super::packet::Monitored;
use super::preamble::Preamble;

/// The last packets, up to a limit; when it is reached, the oldest go first.
#[derive(Debug)]
pub struct Ring {
    entries: VecDeque<Entry>,
    /// How many octets of memory the entries may take.
    limit: usize,
    /// How many they take.
    used: usize,
    /// What was before the oldest entry.
    before: Preamble,
    /// How many packets went out of the ring.
    gone: u64,
    /// The latest time of those.
    gone_until: u64,
    /// How many were lost before the latest of those.
    gone_lost: u64,
    /// How many were lost before they came here.
    lost: u64,
}

#[derive(Debug)]
struct Entry {
    packet: Monitored,
    /// How many were lost before it, since the ring was made.
    lost: u64,
}

impl Entry {
    fn cost(&self) -> usize {
        size_of::<Self>() + self.packet.octets.len()
    }
}

impl Ring {
    /// An empty ring that takes about `limit` octets of memory, besides the preamble, which is bounded by
    /// itself.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            limit,
            used: 0,
            before: Preamble::default(),
            gone: 0,
            gone_until: 0,
            gone_lost: 0,
            lost: 0,
        }
    }

    /// Adds a packet. It should be [redacted](super::Redactor) by now.
    pub fn push(&mut self, packet: Monitored) {
        let entry = Entry { packet, lost: self.lost };
        self.used += entry.cost();
        self.entries.push_back(entry);
        while self.used > self.limit {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.used -= oldest.cost();
            self.before.observe(&oldest.packet);
            self.gone += 1;
            self.gone_until = self.gone_until.max(oldest.packet.at);
            self.gone_lost = oldest.lost;
        }
    }

    /// So many packets were lost before they could be pushed, such as in a socket that was full.
    pub fn lose(&mut self, packets: u64) {
        self.lost = self.lost.saturating_add(packets);
    }

    /// The packets that are there, the oldest first.
    pub fn packets(&self) -> impl Iterator<Item = &Monitored> {
        self.entries.iter().map(|entry| &entry.packet)
    }

    /// How many packets went out of the ring to make room.
    #[must_use]
    pub fn gone(&self) -> u64 {
        self.gone
    }

    /// How many were lost before they came here.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// The packets from one time to another, in microseconds since the Unix epoch and both included, as a
    /// btsnoop file with a preamble in front.
    ///
    /// The field `drops` of its records counts what is missing before them: packets that were lost, and,
    /// where the part reaches back beyond the oldest packet that is there, all that went out of the ring.
    #[must_use]
    pub fn part(&self, from: u64, to: u64) -> Vec<u8> {
        let within = |entry: &&Entry| (from..=to).contains(&entry.packet.at);
        let first = self.entries.iter().position(|entry| within(&entry));
        let (earlier, rest) = match first {
            Some(first) => (first, self.entries.len() - first),
            // A clock may be set: without a first packet, what is earlier is told by the times.
            None => (self.entries.partition_point(|entry| entry.packet.at < from), 0),
        };
        let mut preamble = self.before.clone();
        self.entries.iter().take(earlier).for_each(|entry| preamble.observe(&entry.packet));

        let mut file = Vec::new();
        btsnoop::write_header(&mut file);
        for packet in preamble.packets() {
            btsnoop::write_record(packet, 0, &mut file);
        }
        let missing = if self.gone > 0 && self.gone_until >= from { self.gone } else { 0 };
        let lost_earlier = match earlier.checked_sub(1).and_then(|last| self.entries.get(last)) {
            Some(entry) => entry.lost,
            None if missing == 0 => self.gone_lost,
            None => 0,
        };
        for entry in self.entries.iter().skip(earlier).take(rest).filter(within) {
            let drops = missing.saturating_add(entry.lost.saturating_sub(lost_earlier));
            btsnoop::write_record(&entry.packet, drops, &mut file);
        }
        file
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mgmt::capture::btsnoop::read;
    use crate::mgmt::capture::packet::Kind;
    use crate::mgmt::capture::sample::{any_packet, packet};

    /// Room for so many packets of ten octets.
    fn room(packets: usize) -> usize {
        packets * (size_of::<Entry>() + 10)
    }

    fn data(at: u64) -> Monitored {
        packet(at, Kind::ScoRx, &[0; 10])
    }

    /// Time and drops of each record.
    fn told(file: &[u8]) -> Vec<(u64, u32)> {
        let (records, broken) = read(file);
        assert!(broken.is_none());
        records.iter().map(|record| (record.packet.at, record.drops)).collect()
    }

    #[test]
    fn the_oldest_go_and_are_counted() {
        let mut ring = Ring::new(room(3));
        (1..=5).for_each(|at| ring.push(data(at)));
        assert_eq!(ring.gone(), 2);
        assert_eq!(told(&ring.part(0, 9)), [(3, 2), (4, 2), (5, 2)]);
        assert_eq!(told(&ring.part(3, 4)), [(3, 0), (4, 0)], "nothing of that part is missing");
        assert_eq!(told(&ring.part(2, 4)), [(3, 2), (4, 2)]);
    }

    #[test]
    fn what_was_lost_before_is_counted_from_there_on() {
        let mut ring = Ring::new(room(9));
        ring.push(data(1));
        ring.lose(7);
        ring.push(data(2));
        ring.push(data(3));
        ring.lose(1);
        ring.push(data(4));
        assert_eq!(told(&ring.part(0, 9)), [(1, 0), (2, 7), (3, 7), (4, 8)]);
        assert_eq!(told(&ring.part(2, 9)), [(2, 7), (3, 7), (4, 8)]);
        assert_eq!(told(&ring.part(3, 9)), [(3, 0), (4, 1)]);
        ring.limit = room(2);
        ring.push(data(5));
        assert_eq!(told(&ring.part(4, 9)), [(4, 1), (5, 1)], "what is gone was lost no later");
        assert_eq!(told(&ring.part(3, 9)), [(4, 11), (5, 11)], "three are gone, eight were lost");
    }

    #[test]
    fn the_preamble_stays_whatever_goes() {
        let mut ring = Ring::new(room(3));
        ring.push(packet(1, Kind::NewIndex, &[1; 16]));
        ring.push(packet(2, Kind::OpenIndex, &[]));
        (3..=9).for_each(|at| ring.push(data(at)));
        ring.push(packet(10, Kind::CloseIndex, &[]));
        ring.push(data(11));
        assert_eq!(told(&ring.part(9, 9)), [(1, 0), (2, 0), (9, 0)]);
        assert_eq!(told(&ring.part(11, 11)), [(1, 0), (11, 0)], "it is closed by then");
        assert_eq!(told(&ring.part(20, 30)), [(1, 0)]);
        assert_eq!(told(&ring.part(30, 20)), [(1, 0)]);
    }

    #[test]
    fn a_packet_that_is_larger_than_the_ring_is_gone_at_once() {
        let mut ring = Ring::new(room(1));
        ring.push(packet(1, Kind::ScoRx, &[0; 500]));
        ring.push(data(2));
        assert_eq!(told(&ring.part(0, 9)), [(2, 1)]);
    }

    proptest! {
        #[test]
        fn it_takes_no_more_memory_than_it_may_and_holds_the_last(
            packets in proptest::collection::vec(any_packet(), 0..60), limit in 0..5000_usize,
        ) {
            let mut ring = Ring::new(limit);
            for packet in &packets {
                ring.push(packet.clone());
                prop_assert!(ring.entries.iter().map(Entry::cost).sum::<usize>() <= limit);
            }
            let kept: Vec<_> = ring.packets().collect();
            prop_assert_eq!(kept.len() as u64 + ring.gone(), packets.len() as u64);
            prop_assert!(kept.iter().rev().zip(packets.iter().rev()).all(|(a, b)| **a == *b));
            let (records, broken) = read(&ring.part(0, u64::MAX));
            prop_assert!(broken.is_none());
            prop_assert!(records.len() >= kept.len());
        }
    }
}
