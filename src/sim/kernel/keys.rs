//! Keys: those that a pairing makes, those that a client loads, and those that it throws away.

use std::collections::BTreeSet;

use super::{Deed, Kernel, Keys, PeerId, Peers, Place, Request, Status, Taken, device_record, eir};
use crate::mgmt::protocol::{Address, AddressType, Record, Secret, Value};

/// Key types of New Link Key and of New Long Term Key (doc/mgmt-protocol.rst).
const COMBINATION: u8 = 0;
const P192: u8 = 4;
const P256: u8 = 7;
const LE_P256: u8 = 2;

impl Kernel {
    /// Two sides have keys in common: everybody hears them, to store them or not.
    pub(super) fn new_keys(&mut self, place: Place, peer: PeerId, keys: Keys, air: &mut dyn Peers) {
        let Some(device) = air.peer(peer) else {
            return;
        };
        let (address, kind) = (device.address, eir::address_type(device, peer.bearer));
        let secure = device.spec.secure_connections;
        let strength = u8::from(keys.authenticated);
        let record = device_record(address, kind)
            .with("store-hint", keys.stored)
            .with("value", self.random_key());
        if keys.stored {
            self.controllers[place].keys.insert(peer);
        }
        if !kind.is_le() {
            let key_type = match (keys.pin_length, secure) {
                (1.., _) => COMBINATION,
                (0, true) => P256 + strength,
                (0, false) => P192 + strength,
            };
            let record = record.with("key-type", key_type).with("pin-length", keys.pin_length);
            return self.tell(place, "New Link Key", &record, None);
        }
        // Secure Connections has one key for both sides, which is found without these numbers
        // (recorded).
        let (diversifier, number) =
            if secure { (0, 0) } else { (self.chance.u16(..), self.chance.u64(..)) };
        let record = record
            .with("key-type", strength + if secure { LE_P256 } else { 0 })
            .with("central", !secure)
            .with("encryption-size", 16_u8)
            .with("encryption-diversifier", diversifier)
            .with("random-number", number);
        self.tell(place, "New Long Term Key", &record, None);
    }

    /// 16 octets by chance, as a secret.
    pub(super) fn random_key(&mut self) -> Value {
        Value::Secret(Secret::Octets(self.random_octets().into()))
    }

    pub(super) fn random_octets(&mut self) -> [u8; 16] {
        self.chance.u128(..).to_le_bytes()
    }

    pub(super) fn unpair_device(
        &mut self,
        place: Place,
        request: &Request,
        air: &mut dyn Peers,
    ) -> Taken {
        let (address, kind) = request.valid_device()?;
        let ends_link = request.switch("disconnect")?;
        self.check_on(place)?;
        let peer = self.find_peer(place, (address, kind), air);
        let has_keys = peer.is_some_and(|peer| self.controllers[place].keys.contains(&peer));
        if !has_keys {
            return Err(Status::NOT_PAIRED);
        }
        if ends_link && self.controllers[place].link_to(address, kind).is_some() {
            return self.later(place, request);
        }
        self.complete_device(request, Status::SUCCESS);
        self.unpaired_for(place, request, air);
        Ok(())
    }

    /// A client has thrown a device's keys away: the others hear of it.
    pub(super) fn unpaired_for(&mut self, place: Place, request: &Request, air: &mut dyn Peers) {
        self.tell(place, "Device Unpaired", &request.echo(), Some(request.client));
        let Some(peer) = self.find_peer(place, request.device(), air) else {
            return;
        };
        self.controllers[place].keys.remove(&peer);
        if let Some(device) = air.peer(peer) {
            device.bonded = false;
        }
        self.deeds.push(Deed::Unpaired(peer));
    }

    /// Loads a list in place of the one that there was. What the kernel finds wrong with single
    /// entries it mostly leaves out without a word (recorded).
    pub(super) fn load(&mut self, place: Place, request: &Request, air: &mut dyn Peers) -> Taken {
        match request.command.name {
            "Load Link Keys" => {
                request.switch("debug-keys")?;
                self.load_keys(place, request, false, air);
            }
            "Load Long Term Keys" => {
                self.check_le(place).map_err(|_| Status::NOT_SUPPORTED)?;
                self.load_keys(place, request, true, air);
            }
            "Load Identity Resolving Keys" => {
                self.check_le(place).map_err(|_| Status::NOT_SUPPORTED)?;
                let keys = request.arguments.records("keys");
                if !keys.iter().all(is_identity) {
                    return Err(Status::INVALID_PARAMETERS);
                }
            }
            "Load Connection Parameters" => {
                self.check_le(place).map_err(|_| Status::NOT_SUPPORTED)?;
            }
            _ => {}
        }
        self.complete(request, &Record::new());
        Ok(())
    }

    fn load_keys(&mut self, place: Place, request: &Request, le: bool, air: &mut dyn Peers) {
        let named = request.arguments.records("keys").iter().filter_map(Record::device);
        let named: BTreeSet<(Address, u8)> =
            named.map(|(address, kind)| (address, kind.0)).collect();
        let keys = &mut self.controllers[place].keys;
        for id in air.ends() {
            let Some(peer) = air.peer(id).filter(|peer| peer.adapter == place.number()) else {
                continue;
            };
            let kind = eir::address_type(peer, id.bearer);
            if kind.is_le() != le {
                continue;
            }
            match named.contains(&(peer.address, kind.0)) {
                true => keys.insert(id),
                false => keys.remove(&id),
            };
        }
    }
}

/// Whether a key is for an address that stays what it is (`irk_is_valid` in the kernel): a public
/// one, or a static one.
fn is_identity(key: &Record) -> bool {
    match key.device() {
        Some((_, AddressType::LE_PUBLIC)) => true,
        Some((address, AddressType::LE_RANDOM)) => {
            let [.., highest] = address.to_wire();
            highest & 0xC0 == 0xC0
        }
        _ => false,
    }
}
