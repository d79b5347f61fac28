//! The radio: the devices themselves, whether or not bluetoothd knows of them, and the controllers that
//! hear them. They outlive bluetoothd: its crash does not make a headset forget.

mod air;
mod controller;
mod database;
mod faults;
mod latencies;
mod presence;

use std::{collections::HashSet, time::Duration};

use fastrand::Rng;
use tokio::time::Instant;

use air::{Air, Path};
pub(super) use controller::{Controller, controllers};
use database::Database;
pub(super) use database::{
    AttError, CONFIGURATION, Right, ServedCharacteristic, ServedDescriptor, ServedService,
};
use faults::Faults;
use latencies::Latencies;
pub(super) use presence::Presence;

use super::{
    dice::Dice,
    error::Bearer,
    scene::{Address, AddressType, Device, Effect, Latency, Operation, Scene, Transport, whole},
};

/// Names a device in the air, on one of its bearers: for the kernel a dual-mode device is two, of which links, keys and
/// lists are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PeerId {
    /// Its place in the scene, behind which comes the crowd.
    pub(super) place: usize,
    pub(super) bearer: Bearer,
}

/// Everything in the air, whoever keeps it just now.
pub(super) trait Peers {
    fn count(&self) -> usize;
    /// The device of a name, whatever the bearer.
    fn peer(&mut self, id: PeerId) -> Option<&mut Peer>;

    /// Every device, on each of its bearers.
    fn ends(&mut self) -> Vec<PeerId> {
        let mut ends = Vec::with_capacity(self.count());
        for place in 0..self.count() {
            let peer = self.peer(PeerId { place, bearer: Bearer::Le });
            let bearers = peer.map_or(&[][..], |peer| Bearer::all_of(peer.spec.transport));
            ends.extend(bearers.iter().map(|bearer| PeerId { place, bearer: *bearer }));
        }
        ends
    }
}

/// A device in the air.
pub(super) struct Peer {
    pub(super) spec: Device,
    pub(super) address: Address,
    /// The place in the scene of the adapter that hears it.
    pub(super) adapter: usize,
    /// Whether it holds the keys of a pairing with the bench.
    pub(super) bonded: bool,
    /// Whether it has lost the keys that the bench still holds.
    pub(super) has_lost_keys: bool,
    /// Its name for a pairing: the bench's own passkeys are drawn here too.
    pub(super) passkeys: Rng,
    presence: Presence,
    faults: Faults,
    path: Path,
    latencies: Latencies,
    strengths: Rng,
    /// Its GATT server; made when it is first needed, for there may be thousands of devices.
    database: Option<Box<Database>>,
}

impl Peer {
    fn new(spec: Device, address: Address, adapter: usize, dice: Dice, air: &Air) -> Self {
        Peer {
            path: Path::new(air, dice, address),
            bonded: spec.is_bonded() && !spec.half_bonded,
            has_lost_keys: spec.half_bonded,
            presence: Presence::new(&spec),
            faults: Faults::new(&spec.fault, dice, address),
            latencies: Latencies::new(dice, address),
            strengths: dice.generator("rssi", address),
            database: None,
            passkeys: dice.generator("passkey", address),
            spec,
            address,
            adapter,
        }
    }

    /// Whether it can be reached now.
    pub(super) fn is_present(&self) -> bool {
        self.presence.at(Instant::now())
    }

    /// How long it is until it can be reached, if it ever can.
    pub(super) fn returns_in(&self) -> Option<Duration> {
        let now = Instant::now();
        let change = |from: &Instant| self.presence.next_change(*from);
        let mut changes = std::iter::successors(Some(now), change);
        let back = changes.find(|change| self.presence.at(*change))?;
        Some(back.saturating_duration_since(now))
    }

    /// When it next comes or goes by itself.
    pub(super) fn next_change(&self) -> Option<Instant> {
        self.presence.next_change(Instant::now())
    }

    /// It leaves the air, for a time or for good.
    pub(super) fn vanish(&mut self, lasting: Option<Duration>) {
        self.presence.leave(Instant::now(), lasting);
    }

    /// What goes wrong with this operation, the next of its kind.
    pub(super) fn strike(&mut self, operation: Operation) -> Option<Effect> {
        self.faults.strike(operation)
    }

    /// How long an operation takes this time.
    pub(super) fn takes(&mut self, operation: Operation) -> Duration {
        let usual = self.latencies.of(&self.spec, operation);
        // It is not the air that bluetoothd waits for when it disconnects.
        let slower = if operation == Operation::Disconnect { 1.0 } else { self.path.slower() };
        whole(usual * slower)
    }

    /// Whether it does not hear what is sent to it now.
    pub(super) fn misses(&mut self) -> bool {
        self.path.loses()
    }

    /// Its GATT server.
    pub(super) fn database(&mut self) -> &mut Database {
        self.database.get_or_insert_with(|| Box::new(Database::of(&self.spec)))
    }

    /// How long it is until a characteristic notifies again.
    pub(super) fn notifies_after(&mut self, latency: Latency) -> Duration {
        self.latencies.of_notification(latency)
    }

    /// It drops everything, is away for a time, and starts anew.
    pub(super) fn reboot(&mut self, lasting: Duration, forgets_bonds: bool) {
        self.vanish(Some(lasting));
        self.latencies.start_over();
        if forgets_bonds {
            self.has_lost_keys |= self.bonded;
            self.bonded = false;
        }
    }

    /// A link to it has come up.
    pub(super) fn count_connection(&mut self) {
        self.latencies.count_connection();
    }

    /// How strongly it is heard this time, in dBm.
    pub(super) fn strength(&mut self) -> i16 {
        let varies = i16::from(self.spec.rssi_varies);
        let off = match varies {
            0 => 0,
            varies => self.strengths.i16(-varies..=varies),
        };
        (i16::from(self.spec.rssi) + off).clamp(-127, 127)
    }

    /// How long a discovery takes to hear it for the first time.
    ///
    /// A discovery of both transports scans for LE first, then inquires for BR/EDR, and rests
    /// before the next round (recorded: 5.5 s, then some 15 s).
    pub(super) fn appears_after(&mut self) -> Duration {
        let usual = match self.spec.transport {
            Transport::Le | Transport::Dual => Latency::millis(100),
            Transport::BrEdr => Latency::millis(5400),
        };
        self.latencies.on_air(self.spec.appears_after.unwrap_or(usual))
    }

    /// How long it is until a discovery hears it again.
    pub(super) fn heard_every(&mut self) -> Duration {
        let usual = match self.spec.transport {
            Transport::Le | Transport::Dual => Latency::millis(1000),
            Transport::BrEdr => Latency::millis(15_300),
        };
        self.latencies.on_air(self.spec.advertise_every.unwrap_or(usual))
    }

    /// How long it takes to connect by itself this time; none: it does not.
    pub(super) fn reconnects_after(&mut self) -> Option<Duration> {
        let latency = self.spec.reconnects_after?;
        Some(self.latencies.on_air(latency))
    }

    /// The kind of its address, in BlueZ's word.
    pub(super) fn address_type(&self) -> &'static str {
        match (self.spec.transport, self.spec.address_type) {
            (Transport::Le, AddressType::Random) => "random",
            _ => "public",
        }
    }
}

/// Everything in the air, in the order of the scene; the crowd comes last.
pub(super) fn peers(scene: &Scene, dice: Dice) -> Vec<Peer> {
    let air = Air::new(scene);
    let taken: HashSet<_> = (0..scene.device.len()).map(|i| scene.device_address(i)).collect();
    let named = scene.device.iter().enumerate().map(|(index, device)| {
        let adapter = scene.adapter_of(device).unwrap_or_default();
        Peer::new(device.clone(), scene.device_address(index), adapter, dice, &air)
    });
    let crowd = (0..scene.crowd.devices).map(|number| {
        let address = Address::new([0xCA, 0xFE, 0x00, 0, 0, 1]).sibling(number);
        Peer::new(filler(scene, number, dice), address, 0, dice, &air)
    });
    named.chain(crowd.filter(|filler| !taken.contains(&filler.address))).collect()
}

/// One of the crowd: a name, an advertisement, nothing else.
fn filler(scene: &Scene, number: u32, dice: Dice) -> Device {
    let mut rng = dice.generator("crowd", number);
    Device {
        name: Some(format!("Filler {number:05}")),
        address_type: AddressType::Random,
        rssi: -i8::try_from(rng.u8(40..100)).unwrap_or(i8::MAX),
        flags: Some(0x06),
        appears_after: Some(scene.crowd.appears_after),
        advertise_every: Some(scene.crowd.advertise_every),
        ..Device::default()
    }
}
