//! Pair Device: a client's own pairing, which bluetoothd watches, and whose questions its user is
//! asked too.

use std::time::Duration;

use super::{
    Deed, Due, Kernel, Keys, PeerId, Peers, Place, Reason, Request, Status, Taken, Unanswered,
    UserRequest, eir,
};
use crate::association::{Capability, Initiator, Model, model};
use crate::mgmt::protocol::Setting;
use crate::sim::{
    daemon::Verdict,
    error::Bearer,
    scene::{Operation, Pairing as Answer},
    timers::TimerId,
};

/// How long a page takes that nobody answers, and how long the kernel looks for an LE device to
/// pair with (as bluetoothd's pairing does).
const PAGE_TIMEOUT: Duration = Duration::from_millis(5120);
const LE_TIMEOUT: Duration = Duration::from_millis(120_400);
/// How long a side waits for the other (Core Specification Vol 3 Part H 3.4).
const SILENCE: Duration = Duration::from_secs(30);

/// A client's pairing.
pub(super) struct Pairing {
    pub(super) request: Request,
    /// The device, if there is one of this address.
    pub(super) peer: Option<PeerId>,
    pub(super) timer: TimerId,
    asked: Option<UserRequest>,
    /// What the device shows or is told.
    passkey: u32,
    /// Whether a user saw to it that nobody sits in between.
    authenticated: bool,
    pub(super) made_link: bool,
}

/// The next step of a pairing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Linked,
    NotLinked,
    /// Both sides know what the other can.
    Begun,
    Done,
    /// The other side has waited for too long.
    Silent,
}

impl Kernel {
    pub(super) fn pair_device(
        &mut self,
        place: Place,
        request: &Request,
        air: &mut dyn Peers,
    ) -> Taken {
        let (address, kind) = request.device();
        kind.bit()
            .filter(|_| request.number("io-capability") <= 4)
            .ok_or(Status::INVALID_PARAMETERS)?;
        self.check_on(place)?;
        let peer = self.find_peer(place, (address, kind), air);
        if peer.is_some_and(|peer| self.controllers[place].keys.contains(&peer)) {
            return Err(Status::ALREADY_PAIRED);
        }
        if self.controllers[place].pairing.is_some() || self.controllers[place].asked.is_some() {
            return Err(Status::BUSY);
        }
        let is_up = peer.is_some_and(|peer| self.controllers[place].link(peer).is_some());
        let away = self.controllers[place].kept_away.contains(&(address, kind.0));
        let mut passkey = 0;
        let (after, step) = match peer.and_then(|peer| air.peer(peer)) {
            Some(device) => {
                passkey = device.spec.passkey.unwrap_or_else(|| device.passkeys.u32(..1_000_000));
                let answers = device.is_present() && device.spec.connectable && !away;
                match (is_up, answers) {
                    (true, _) => (device.takes(Operation::Pair) / 2, Step::Begun),
                    (false, true) if !device.misses() => {
                        (device.takes(Operation::Connect), Step::Linked)
                    }
                    (false, _) => (patience(kind.is_le()), Step::NotLinked),
                }
            }
            None => (patience(kind.is_le()), Step::NotLinked),
        };
        let timer = self.timers.arm(after, Due::Pairs(place, step));
        let request = request.clone();
        let pairing = Pairing {
            request,
            peer,
            timer,
            asked: None,
            passkey,
            authenticated: false,
            made_link: !is_up,
        };
        self.controllers[place].pairing = Some(pairing);
        Ok(())
    }

    pub(super) fn pairs(&mut self, place: Place, step: Step, air: &mut dyn Peers) {
        let Some(pairing) = &self.controllers[place].pairing else {
            return;
        };
        match (step, pairing.peer) {
            (Step::Linked, Some(peer)) => self.pairing_linked(place, peer, air),
            (Step::Begun, Some(peer)) => self.pairing_begun(place, peer, air),
            (Step::Done, Some(peer)) => self.pairing_done(place, peer, air),
            (Step::Silent, Some(peer)) => {
                self.deeds.push(Deed::Disconnected(peer, Reason::Remote));
                self.link_down(place, peer, Reason::Remote);
            }
            (_, peer) => self.pairing_not_linked(place, peer),
        }
    }

    fn next_step(&mut self, place: Place, after: Duration, step: Step) {
        let timer = self.timers.arm(after, Due::Pairs(place, step));
        let earlier = match &mut self.controllers[place].pairing {
            Some(pairing) => std::mem::replace(&mut pairing.timer, timer),
            None => timer,
        };
        self.timers.disarm(earlier);
    }

    fn pairing_linked(&mut self, place: Place, peer: PeerId, air: &mut dyn Peers) {
        let Some(device) = air.peer(peer) else {
            return;
        };
        if !device.is_present() || !device.spec.connectable {
            let after = patience(eir::address_type(device, peer.bearer).is_le());
            return self.next_step(place, after, Step::NotLinked);
        }
        let after = device.takes(Operation::Pair) / 2;
        self.link_up(place, peer, air);
        self.deeds.push(Deed::Connected(peer));
        self.next_step(place, after, Step::Begun);
    }

    fn pairing_not_linked(&mut self, place: Place, peer: Option<PeerId>) {
        let Some(pairing) = self.controllers[place].pairing.take() else {
            return;
        };
        let device = pairing.request.device();
        let (why, status) = match device.1.is_le() {
            true => (Unanswered::GivenUp, Status::TIMEOUT),
            false => (Unanswered::PageTimeout, Status::CONNECT_FAILED),
        };
        self.tell_not_connected(place, device, why);
        self.complete_device(&pairing.request, status);
        self.deeds.extend(peer.map(Deed::NotPaired));
    }

    /// The model is chosen by what the client says that it can, and what the device can.
    fn pairing_begun(&mut self, place: Place, peer: PeerId, air: &mut dyn Peers) {
        let (Some(device), Some(pairing)) = (air.peer(peer), &self.controllers[place].pairing)
        else {
            return;
        };
        let spec = &device.spec;
        let bearer = peer.bearer;
        match spec.pairing {
            Answer::Accept => {}
            Answer::Refuse => return self.pairing_refused(place, peer),
            Answer::Ignore => return self.next_step(place, SILENCE, Step::Silent),
        }
        let ours = capability(pairing.request.octet("io-capability"));
        let passkey = pairing.passkey;
        let procedure = bearer.procedure(spec.secure_connections);
        let model = model(procedure, Initiator::Bench, ours, spec.io_capability);
        let question = match (&spec.pin, model) {
            (Some(_), _) => Some(UserRequest::PinCode),
            (None, Model::JustWorks) => Some(UserRequest::Consent).filter(|_| bearer == Bearer::Le),
            (None, Model::NumericComparison) => Some(UserRequest::Comparison(passkey)),
            (None, Model::TypedHere) => Some(UserRequest::Passkey),
            (None, Model::TypedThere) => Some(UserRequest::Display(passkey)),
        };
        // A side that can only show has confirmed by itself.
        let is_checked = ![ours, spec.io_capability].contains(&Capability::DisplayOnly)
            || model != Model::NumericComparison;
        let after = device.takes(Operation::Pair) / 2;
        let target = pairing.request.device();
        if let Some(pairing) = &mut self.controllers[place].pairing {
            pairing.asked =
                question.filter(|question| !matches!(question, UserRequest::Display(_)));
            pairing.authenticated =
                is_checked && !matches!(question, None | Some(UserRequest::Consent));
        }
        match question {
            None | Some(UserRequest::Display(_)) => self.next_step(place, after, Step::Done),
            Some(_) => self.next_step(place, SILENCE, Step::Silent),
        }
        if let Some(question) = question {
            self.tell_request(place, target, question);
            self.deeds.push(Deed::Asked(peer, question));
        }
    }

    fn pairing_done(&mut self, place: Place, peer: PeerId, air: &mut dyn Peers) {
        let (Some(device), Some(pairing)) =
            (air.peer(peer), self.controllers[place].pairing.take())
        else {
            return;
        };
        let stored = self.controllers[place].has(Setting::Bondable);
        device.bonded = stored;
        device.has_lost_keys = false;
        let pin = device.spec.pin.as_ref().map_or(0, String::len);
        let keys = Keys {
            stored,
            authenticated: pairing.authenticated,
            pin_length: u8::try_from(pin).unwrap_or(u8::MAX),
        };
        self.new_keys(place, peer, keys, air);
        self.complete_device(&pairing.request, Status::SUCCESS);
        self.deeds.push(if stored { Deed::Paired(peer) } else { Deed::NotPaired(peer) });
    }

    /// What a user says, by a client or by bluetoothd. Returns whether that was asked.
    pub(super) fn pairing_answered(
        &mut self,
        place: Place,
        peer: PeerId,
        verdict: &Verdict,
        air: &mut dyn Peers,
    ) -> bool {
        let (Some(pairing), Some(device)) = (&mut self.controllers[place].pairing, air.peer(peer))
        else {
            return false;
        };
        if pairing.peer != Some(peer) || pairing.asked.take().is_none() {
            return false;
        }
        // Where both sides type, what counts is that they type the same; the device's user does.
        let types = device.spec.io_capability == Capability::KeyboardOnly;
        let is_right = match verdict {
            Verdict::Accepted => true,
            Verdict::Passkey(typed) => types || *typed == pairing.passkey,
            Verdict::Pin(typed) => device.spec.pin.as_ref() == Some(typed),
            Verdict::Refused => {
                self.pairing_fails(place);
                return true;
            }
        };
        let after = device.takes(Operation::Pair) / 2;
        match is_right {
            true => self.next_step(place, after, Step::Done),
            false => self.pairing_refused(place, peer),
        }
        true
    }

    /// What a user of bluetoothd's says.
    pub(super) fn bluetoothd_answered(
        &mut self,
        peer: PeerId,
        verdict: &Verdict,
        air: &mut dyn Peers,
    ) {
        if let Some(place) = self.place_of(peer, air) {
            self.pairing_answered(place, peer, verdict, air);
        }
    }

    /// What this client may be asked for just now about a device.
    pub(super) fn asked_about(&self, place: Place, peer: PeerId) -> Option<UserRequest> {
        let controller = &self.controllers[place];
        let own = controller.pairing.as_ref().filter(|pairing| pairing.peer == Some(peer));
        let of_bluetoothd = controller.asked.filter(|(asked, _)| *asked == peer);
        own.and_then(|pairing| pairing.asked).or(of_bluetoothd.map(|(_, asked)| asked))
    }

    pub(super) fn has_pairing_with(&self, place: Place, peer: PeerId) -> bool {
        let pairing = &self.controllers[place].pairing;
        pairing.as_ref().is_some_and(|pairing| pairing.peer == Some(peer))
    }
}

/// How long the kernel waits for a device that does not answer.
fn patience(le: bool) -> Duration {
    if le { LE_TIMEOUT } else { PAGE_TIMEOUT }
}

fn capability(number: u8) -> Capability {
    match number {
        0 => Capability::DisplayOnly,
        1 => Capability::DisplayYesNo,
        2 => Capability::KeyboardOnly,
        4 => Capability::KeyboardDisplay,
        _ => Capability::NoInputNoOutput,
    }
}
