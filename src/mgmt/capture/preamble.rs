//! What a reader must know before the first packet that it is shown.
//!
//! When a monitor socket is opened, the kernel tells first which controllers there are and which control
//! sockets are open. A capture that begins later needs the same, and also the links that are there: without
//! them nothing says whose packets they are. These are the packets that told it first, with their own times.

use super::field::le32;
use super::link;
use super::packet::{Kind, Monitored};
use super::recent::Recent;

/// How many texts of the kernel are kept: it tells its version and that of its Bluetooth subsystem.
const NOTES: usize = 8;
/// How many packets about controllers are kept: three for each.
const INDICES: usize = 96;
/// How many control sockets are kept.
const CONTROLS: usize = 64;
/// How many links are kept.
const LINKS: usize = 64;
/// The longest packet that is kept, in octets; true ones are far shorter.
const LONGEST: usize = 512;

/// The packets that a capture must begin with to be understood.
#[derive(Debug, Clone)]
pub struct Preamble {
    notes: Recent<Vec<u8>, Kept>,
    indices: Recent<(u16, Kind), Kept>,
    controls: Recent<u32, Kept>,
    links: Recent<(u16, u16), Kept>,
    /// How many packets were observed.
    observed: u64,
}

/// A packet, and which in the order of all it was.
#[derive(Debug, Clone)]
struct Kept {
    number: u64,
    packet: Monitored,
}

impl Default for Preamble {
    fn default() -> Self {
        Self {
            notes: Recent::new(NOTES),
            indices: Recent::new(INDICES),
            controls: Recent::new(CONTROLS),
            links: Recent::new(LINKS),
            observed: 0,
        }
    }
}

impl Preamble {
    /// Keeps the packet if what follows needs it, and forgets what it puts an end to.
    pub fn observe(&mut self, packet: &Monitored) {
        self.observed += 1;
        let Some(kind) = packet.kind().filter(|_| packet.octets.len() <= LONGEST) else { return };
        let (index, octets) = (packet.index, &packet.octets);
        match kind {
            Kind::SystemNote => self.notes.put(octets.clone(), self.kept(packet)),
            Kind::NewIndex | Kind::OpenIndex | Kind::IndexInfo => {
                self.indices.put((index, kind), self.kept(packet));
            }
            Kind::DelIndex => {
                self.indices.retain(|(other, _)| *other != index);
                self.links.retain(|(other, _)| *other != index);
            }
            Kind::CloseIndex => {
                self.indices.retain(|key| *key != (index, Kind::OpenIndex));
                self.links.retain(|(other, _)| *other != index);
            }
            Kind::CtrlOpen => {
                if let Some(cookie) = le32(octets, 0) {
                    self.controls.put(cookie, self.kept(packet));
                }
            }
            Kind::CtrlClose => {
                let cookie = le32(octets, 0);
                self.controls.retain(|other| Some(*other) != cookie);
            }
            Kind::Event => self.observe_event(packet),
            _ => {}
        }
    }

    fn observe_event(&mut self, packet: &Monitored) {
        if let Some(link) = link::connected(&packet.octets).filter(|link| link.status == 0) {
            self.links.put((packet.index, link.handle), self.kept(packet));
        } else if let Some(link) =
            link::disconnected(&packet.octets).filter(|link| link.status == 0)
        {
            self.links.retain(|key| *key != (packet.index, link.handle));
        }
    }

    fn kept(&self, packet: &Monitored) -> Kept {
        Kept { number: self.observed, packet: packet.clone() }
    }

    /// The packets, in the order in which they came.
    #[must_use]
    pub fn packets(&self) -> Vec<&Monitored> {
        let about_controllers = self.notes.values().chain(self.indices.values());
        let mut kept: Vec<&Kept> =
            about_controllers.chain(self.controls.values()).chain(self.links.values()).collect();
        kept.sort_by_key(|kept| kept.number);
        kept.into_iter().map(|kept| &kept.packet).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mgmt::capture::sample::{any_packet, packet};

    fn after(packets: &[Monitored]) -> Vec<u64> {
        let mut preamble = Preamble::default();
        packets.iter().for_each(|packet| preamble.observe(packet));
        preamble.packets().iter().map(|packet| packet.at).collect()
    }

    fn opened() -> Vec<Monitored> {
        vec![
            packet(0, Kind::SystemNote, b"Linux version 6.12\0"),
            packet(1, Kind::SystemNote, b"Bluetooth subsystem version 2.22\0"),
            packet(2, Kind::NewIndex, &[0; 16]),
            packet(3, Kind::OpenIndex, &[]),
            packet(4, Kind::IndexInfo, &[0; 8]),
            packet(5, Kind::CtrlOpen, &[1, 0, 0, 0, 2, 0]),
            packet(6, Kind::Event, &[0x03, 11, 0, 0x40, 0, 1, 2, 3, 4, 5, 6, 1, 0]),
        ]
    }

    #[test]
    fn what_is_there_is_kept_in_its_order() {
        let mut packets = opened();
        assert_eq!(after(&packets), [0, 1, 2, 3, 4, 5, 6]);
        packets.push(packet(7, Kind::AclRx, &[0x40, 0x20, 1, 0, 9]));
        packets.push(packet(8, Kind::IndexInfo, &[1; 8]));
        assert_eq!(after(&packets), [0, 1, 2, 3, 5, 6, 8]);
    }

    #[test]
    fn what_is_gone_is_forgotten() {
        for (kind, octets, left) in [
            (Kind::DelIndex, &[][..], &[0, 1, 5][..]),
            (Kind::CloseIndex, &[], &[0, 1, 2, 4, 5]),
            (Kind::CtrlClose, &[1, 0, 0, 0], &[0, 1, 2, 3, 4, 6]),
            (Kind::CtrlClose, &[2, 0, 0, 0], &[0, 1, 2, 3, 4, 5, 6]),
            (Kind::Event, &[0x05, 4, 0, 0x40, 0, 0x13], &[0, 1, 2, 3, 4, 5]),
            (Kind::Event, &[0x05, 4, 0x0c, 0x40, 0, 0x13], &[0, 1, 2, 3, 4, 5, 6]),
        ] {
            let mut packets = opened();
            packets.push(packet(7, kind, octets));
            assert_eq!(after(&packets), left, "{kind} {octets:?}");
        }
    }

    proptest! {
        #[test]
        fn it_is_bounded_and_nothing_in_it_is_new(
            packets in proptest::collection::vec(any_packet(), 0..300),
        ) {
            let mut preamble = Preamble::default();
            packets.iter().for_each(|packet| preamble.observe(packet));
            let kept = preamble.packets();
            prop_assert!(kept.len() <= NOTES + INDICES + CONTROLS + LINKS);
            prop_assert!(kept.iter().all(|packet| packets.contains(packet)));
        }
    }
}
