//! The lists of a controller: devices that it looks out for or lets connect, with their flags, and
//! devices that it keeps away. Others hear of a change before who made it has the answer
//! (recorded).

use super::{
    Deed, Happening, Kernel, Peers, Place, Request, Status, Taken, Version, device_record,
};
use crate::mgmt::protocol::{Address, AddressType, Record};

/// The most devices on a list.
const MOST_LISTED: usize = 1024;
const NOBODY: Address = Address::new([0; 6]);
/// Let it connect (BR/EDR); connect it whenever it is seen.
pub(super) const ALLOW: u8 = 1;
pub(super) const AUTO_CONNECT: u8 = 2;

/// A device on the list.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    address: Address,
    kind: AddressType,
    flags: u32,
}

impl Kernel {
    pub(super) fn edit_list(
        &mut self,
        place: Place,
        request: &Request,
        air: &mut dyn Peers,
    ) -> Taken {
        match request.command.name {
            "Block Device" => self.block_device(place, request, air),
            "Unblock Device" => self.unblock_device(place, request, air),
            "Add Device" => self.add_device(place, request),
            "Remove Device" => self.remove_device(place, request),
            "Get Device Flags" => self.get_flags(place, request),
            _ => self.set_flags(place, request),
        }
    }

    fn block_device(&mut self, place: Place, request: &Request, air: &mut dyn Peers) -> Taken {
        let (address, kind) = request.valid_device()?;
        let kept_away = &mut self.controllers[place].kept_away;
        if address == NOBODY
            || kept_away.len() >= MOST_LISTED
            || !kept_away.insert((address, kind.0))
        {
            return Err(Status::FAILED);
        }
        self.tell(place, "Device Blocked", &request.echo(), Some(request.client));
        self.complete_device(request, Status::SUCCESS);
        let peer = self.find_peer(place, (address, kind), air);
        self.deeds.extend(peer.map(|peer| Deed::Blocked(peer, true)));
        Ok(())
    }

    /// No address at all stands for all of them.
    fn unblock_device(&mut self, place: Place, request: &Request, air: &mut dyn Peers) -> Taken {
        let (address, kind) = request.valid_device()?;
        let kept_away = &mut self.controllers[place].kept_away;
        let all = address == NOBODY && kind == AddressType::BREDR;
        if all {
            kept_away.clear();
        } else if !kept_away.remove(&(address, kind.0)) {
            return Err(Status::INVALID_PARAMETERS);
        }
        self.tell(place, "Device Unblocked", &request.echo(), Some(request.client));
        self.complete_device(request, Status::SUCCESS);
        let peer = self.find_peer(place, (address, kind), air);
        self.deeds.extend(peer.map(|peer| Deed::Blocked(peer, false)));
        Ok(())
    }

    fn add_device(&mut self, place: Place, request: &Request) -> Taken {
        let (address, kind) = request.device();
        let action = request.octet("action");
        kind.bit().filter(|_| address != NOBODY).ok_or(Status::INVALID_PARAMETERS)?;
        let fits = if kind.is_le() { action <= AUTO_CONNECT } else { action == ALLOW };
        if !fits {
            return Err(Status::INVALID_PARAMETERS);
        }
        let is_listed = self.listed(place, (address, kind)).is_some();
        // Of a BR/EDR device that is listed, the kernel does not even take the packet (recorded:
        // EEXIST).
        if is_listed && !kind.is_le() {
            return Err(Status::FAILED);
        }
        if self.controllers[place].listed.len() >= MOST_LISTED && !is_listed {
            return Err(Status::NO_RESOURCES);
        }
        self.put_on_list(place, (address, kind), action, Some(request));
        self.complete_device(request, Status::SUCCESS);
        Ok(())
    }

    /// Puts a device on the list, for a client or for bluetoothd; everybody hears its flags.
    pub(super) fn put_on_list(
        &mut self,
        place: Place,
        (address, kind): (Address, AddressType),
        action: u8,
        request: Option<&Request>,
    ) {
        if self.listed(place, (address, kind)).is_none() {
            self.controllers[place].listed.push(Listed { address, kind, flags: 0 });
        }
        let flags = self.listed(place, (address, kind)).map_or(0, |listed| listed.flags);
        let record = device_record(address, kind);
        let added = record.clone().with("action", action);
        self.tell(place, "Device Added", &added, request.map(|request| request.client));
        let flags = self.with_flags(record, flags);
        self.tell(place, "Device Flags Changed", &flags, None);
    }

    fn remove_device(&mut self, place: Place, request: &Request) -> Taken {
        let (address, kind) = request.valid_device()?;
        if address == NOBODY {
            if kind != AddressType::BREDR {
                return Err(Status::INVALID_PARAMETERS);
            }
            for listed in std::mem::take(&mut self.controllers[place].listed) {
                let record = device_record(listed.address, listed.kind);
                self.tell(place, "Device Removed", &record, Some(request.client));
            }
        } else if !self.take_off_list(place, (address, kind), Some(request)) {
            return Err(Status::INVALID_PARAMETERS);
        }
        self.complete_device(request, Status::SUCCESS);
        Ok(())
    }

    /// Takes a device off the list, for a client or for bluetoothd. Returns whether it was on it.
    pub(super) fn take_off_list(
        &mut self,
        place: Place,
        (address, kind): (Address, AddressType),
        request: Option<&Request>,
    ) -> bool {
        let listed = &mut self.controllers[place].listed;
        let before = listed.len();
        listed.retain(|listed| (listed.address, listed.kind) != (address, kind));
        let was_on = listed.len() < before;
        if was_on {
            let record = device_record(address, kind);
            self.tell(place, "Device Removed", &record, request.map(|request| request.client));
        }
        was_on
    }

    fn listed(&mut self, place: Place, device: (Address, AddressType)) -> Option<&mut Listed> {
        let mut listed = self.controllers[place].listed.iter_mut();
        listed.find(|listed| (listed.address, listed.kind) == device)
    }

    /// The flags that a device can have: remote wakeup, and with 7.2 all there are (recorded).
    fn supported_flags(&self) -> u32 {
        if self.version >= Version::V5_87 { 0x0F } else { 0x01 }
    }

    fn with_flags(&self, record: Record, flags: u32) -> Record {
        record.with("supported-flags", self.supported_flags()).with("current-flags", flags)
    }

    fn get_flags(&mut self, place: Place, request: &Request) -> Taken {
        let (address, kind) = request.device();
        let is_linked = self.controllers[place].link_to(address, kind).is_some();
        let listed = self.listed(place, (address, kind)).map(|listed| listed.flags);
        match listed.or(is_linked.then_some(0)) {
            Some(flags) => self.complete(request, &self.with_flags(request.echo(), flags)),
            None => {
                // Recorded: nothing but zeros.
                let nothing = device_record(NOBODY, AddressType::BREDR)
                    .with("supported-flags", 0_u8)
                    .with("current-flags", 0_u8);
                self.complete_with(request, Status::INVALID_PARAMETERS, &nothing);
            }
        }
        Ok(())
    }

    fn set_flags(&mut self, place: Place, request: &Request) -> Taken {
        let flags = u32::try_from(request.number("current-flags")).unwrap_or(u32::MAX);
        if flags & !self.supported_flags() != 0 {
            return Err(Status::INVALID_PARAMETERS);
        }
        let listed = self.listed(place, request.device()).ok_or(Status::INVALID_PARAMETERS)?;
        listed.flags = flags;
        let record = self.with_flags(request.echo(), flags);
        self.tell(place, "Device Flags Changed", &record, Some(request.client));
        self.complete_device(request, Status::SUCCESS);
        Ok(())
    }

    /// bluetoothd keeps a device away, or does so no longer.
    pub(super) fn kept_away(&mut self, place: Place, device: (Address, AddressType), away: bool) {
        let (address, kind) = device;
        let kept_away = &mut self.controllers[place].kept_away;
        let (changed, event) = match away {
            true => (kept_away.insert((address, kind.0)), "Device Blocked"),
            false => (kept_away.remove(&(address, kind.0)), "Device Unblocked"),
        };
        if changed {
            self.tell(place, event, &device_record(address, kind), None);
        }
    }

    /// bluetoothd puts a device on the list or takes it off.
    pub(super) fn relisted(&mut self, happening: &Happening, air: &mut dyn Peers) {
        let Happening::Listed(peer, on) = *happening else {
            return;
        };
        let (Some(place), Some(device)) = (self.place_of(peer, air), air.peer(peer)) else {
            return;
        };
        let device = (device.address, super::eir::address_type(device, peer.bearer));
        let action = if device.1.is_le() { AUTO_CONNECT } else { ALLOW };
        match on {
            true if self.listed(place, device).is_none() => {
                self.put_on_list(place, device, action, None)
            }
            true => {}
            false => {
                self.take_off_list(place, device, None);
            }
        }
    }
}
