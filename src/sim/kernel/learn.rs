//! What the kernel does for bluetoothd, as the other clients hear it. What it knows already changes
//! nothing.

use super::{
    Happening, Kernel, Mode, PeerId, Peers, Place, Reason, Status, Unanswered, UserRequest,
    device_record, eir,
};
use crate::mgmt::protocol::{Address, AddressType, Record, Secret, Setting, Settings, Value};

impl Kernel {
    /// Something was done for bluetoothd.
    pub(in crate::sim) fn learn(&mut self, happening: &Happening, air: &mut dyn Peers) {
        match *happening {
            Happening::Powered(number, on) => self.learn_power(number, on),
            Happening::Set(number, mode, on) => self.learn_setting(number, mode, on),
            Happening::DiscoverableFor(number, seconds) => {
                if let Some(place) = self.plugged_at(number) {
                    self.hide_after(place, seconds.into());
                }
            }
            Happening::Named(number, ref name) => self.learn_name(number, name),
            Happening::Scans(number, types) => {
                if let Some(place) = self.plugged_at(number) {
                    self.bluetoothd_scans(place, types);
                }
            }
            Happening::Answered(peer, ref verdict) => self.bluetoothd_answered(peer, verdict, air),
            Happening::Listed(..) => self.relisted(happening, air),
            Happening::Heard(peer, _)
            | Happening::Connected(peer)
            | Happening::NotConnected(peer, _)
            | Happening::Disconnected(peer, _)
            | Happening::Asked(peer, _)
            | Happening::NotAuthenticated(peer)
            | Happening::Paired(peer, _)
            | Happening::Unpaired(peer)
            | Happening::KeysLoaded(peer)
            | Happening::Blocked(peer, _) => {
                if let Some(place) = self.place_of(peer, air) {
                    self.learn_of_device(place, peer, happening, air);
                }
            }
        }
    }

    fn learn_of_device(
        &mut self,
        place: Place,
        peer: PeerId,
        happening: &Happening,
        air: &mut dyn Peers,
    ) {
        let Some(device) =
            air.peer(peer).map(|device| (device.address, eir::address_type(device, peer.bearer)))
        else {
            return;
        };
        match *happening {
            Happening::Heard(_, strength) => self.bluetoothd_heard(place, peer, strength, air),
            Happening::Connected(_) => self.link_up(place, peer, air),
            Happening::NotConnected(_, why) => self.tell_not_connected(place, device, why),
            Happening::Disconnected(_, reason) => self.link_down(place, peer, reason),
            Happening::Asked(_, request) => {
                self.controllers[place].asked = Some((peer, request));
                self.tell_request(place, device, request);
            }
            Happening::NotAuthenticated(_) => {
                self.controllers[place].asked = None;
                self.tell_not_authenticated(place, device, None);
            }
            Happening::Paired(_, keys) => {
                self.controllers[place].asked = None;
                self.new_keys(place, peer, keys, air);
            }
            Happening::KeysLoaded(_) => {
                self.controllers[place].keys.insert(peer);
            }
            Happening::Unpaired(_) => self.learn_unpaired(place, peer, device),
            Happening::Blocked(_, away) => self.kept_away(place, device, away),
            _ => {}
        }
    }

    fn plugged_at(&self, number: usize) -> Option<Place> {
        self.controllers.at(number).filter(|place| self.controllers[*place].is_plugged())
    }

    fn learn_power(&mut self, number: usize, on: bool) {
        let Some(place) = self.plugged_at(number) else {
            return;
        };
        let controller = &self.controllers[place];
        match on {
            _ if controller.is_on() == on => {}
            true if controller.is_blocked() => {}
            true => self.goes_on(place, None),
            false => self.goes_off(place, None, Reason::LocalHost),
        }
    }

    fn learn_setting(&mut self, number: usize, mode: Mode, on: bool) {
        let Some(place) = self.plugged_at(number) else {
            return;
        };
        let before = self.controllers[place].shown_settings();
        let class = self.controllers[place].class();
        let controller = &mut self.controllers[place];
        let set = |setting| Settings::with(controller.settings, setting, on);
        match mode {
            Mode::Connectable if !on => self.hide(place),
            Mode::Connectable => controller.settings = set(Setting::Connectable),
            Mode::Bondable => controller.settings = set(Setting::Bondable),
            Mode::Discoverable => {
                controller.settings = set(Setting::Discoverable);
                controller.limited = false;
                self.hide_after(place, 0);
            }
        }
        if self.controllers[place].class() != class {
            self.tell_class(place);
        }
        self.tell_settings(place, before, None);
    }

    fn learn_name(&mut self, number: usize, name: &str) {
        if let Some(place) = self.plugged_at(number) {
            let name = name.as_bytes();
            let name = crate::mgmt::protocol::Text::new(name.get(..LONGEST_NAME).unwrap_or(name));
            if std::mem::replace(&mut self.controllers[place].name, name.clone()) != name {
                self.tell_name(place, None);
            }
        }
    }

    /// bluetoothd throws keys away and, where there is a link, ends that first: the event comes
    /// after the link's.
    fn learn_unpaired(
        &mut self,
        place: Place,
        peer: PeerId,
        (address, kind): (Address, AddressType),
    ) {
        let controller = &mut self.controllers[place];
        if !controller.keys.remove(&peer) {
            return;
        }
        match controller.links.iter_mut().find(|link| link.peer == peer) {
            Some(link) => link.unpairs = true,
            None => self.tell(place, "Device Unpaired", &device_record(address, kind), None),
        }
    }

    pub(super) fn tell_not_connected(
        &mut self,
        place: Place,
        (address, kind): (Address, AddressType),
        why: Unanswered,
    ) {
        let status = match why {
            Unanswered::PageTimeout | Unanswered::Failed => Status::CONNECT_FAILED,
            // Recorded: what bluetoothd, or a client, calls off.
            Unanswered::GivenUp => Status::DISCONNECTED,
        };
        let record = device_record(address, kind).with("status", status);
        self.tell(place, "Connect Failed", &record, None);
    }

    /// A pairing has failed; who asked for it has its answer.
    pub(super) fn tell_not_authenticated(
        &mut self,
        place: Place,
        (address, kind): (Address, AddressType),
        except: Option<super::ClientId>,
    ) {
        let record = device_record(address, kind).with("status", Status::AUTHENTICATION_FAILED);
        self.tell(place, "Authentication Failed", &record, except);
    }

    /// A user is asked something: everybody hears it, and any of them may answer.
    pub(super) fn tell_request(
        &mut self,
        place: Place,
        (address, kind): (Address, AddressType),
        request: UserRequest,
    ) {
        let record = device_record(address, kind);
        let passkey = |number| Value::Secret(Secret::Number(number));
        let (name, record): (_, Record) = match request {
            UserRequest::Consent => {
                let number = self.chance.u32(..1_000_000);
                (
                    "User Confirmation Request",
                    record.with("confirm-hint", true).with("value", passkey(number)),
                )
            }
            UserRequest::Comparison(number) => (
                "User Confirmation Request",
                record.with("confirm-hint", false).with("value", passkey(number)),
            ),
            UserRequest::Passkey => ("User Passkey Request", record),
            UserRequest::PinCode => ("PIN Code Request", record.with("secure", false)),
            UserRequest::Display(number) => {
                ("Passkey Notify", record.with("passkey", passkey(number)).with("entered", 0_u8))
            }
        };
        self.tell(place, name, &record, None);
    }
}

/// The longest name of a controller, in octets.
const LONGEST_NAME: usize = 248;
