//! `Pair` and `CancelPairing`: a link, then keys by whichever model the two sides' capabilities
//! allow, with the agent asked where the model needs it (`pair_device`, `device_bonding_complete`
//! in `src/device.c`).

use std::time::Duration;

use super::DeviceId;
use crate::association::{Capability, Initiator, Model, model};
use crate::bluez::ErrorKind;
use crate::sim::{
    bus::{Answer, Answered, Call, Client, Refusal},
    daemon::{
        Daemon, Due, Reason,
        agent::{AgentId, Question},
    },
    error::{self, Bearer},
    kernel::{Happening, Keys, Unanswered, UserRequest},
    scene::{Effect, Failure, Operation, Pairing, Version},
    timers::TimerId,
};

/// How long a side waits for the other in a pairing (Core Spec Vol 3, Part H, 3.4).
const PROTOCOL_TIMEOUT: Duration = Duration::from_secs(30);
/// How soon a device drops the link after a wrong passkey: recorded.
const SLAMS_THE_DOOR: Duration = Duration::from_millis(50);
/// How long a no takes to the device and back.
const NO: Duration = Duration::from_millis(10);
/// How long bluetoothd leaves it to the device that has begun a pairing to look for services first (`DISCOVERY_TIMER`).
const LEFT_TO_DEVICE: Duration = Duration::from_secs(1);
/// How long the kernel keeps a BR/EDR link that nobody needs.
const IDLE: Duration = Duration::from_secs(2);

/// A pairing that a client asked for, or that the device has begun.
pub(in crate::sim) struct Bonding {
    /// None: the device began.
    call: Option<Call>,
    agent: Option<AgentId>,
    /// Its next step, if that is a matter of time.
    step: Option<TimerId>,
    /// What a fault makes of it.
    effect: Option<Effect>,
    /// What the device shows or was told, and the agent has to match.
    passkey: u32,
    /// Whether the link was made for it.
    made_link: bool,
    /// Whether a user sees to it that nobody sits in between.
    authenticated: bool,
}

/// What an agent's answer means for a pairing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Verdict {
    /// Yes, or it was shown.
    Accepted,
    /// The number that was typed.
    Passkey(u32),
    /// The PIN that was typed.
    Pin(String),
    /// No, in whichever words, or not in time.
    Refused,
}

/// What the kernel's clients are asked then.
fn asked(question: &Question) -> UserRequest {
    match *question {
        Question::PinCode => UserRequest::PinCode,
        Question::Passkey => UserRequest::Passkey,
        Question::Confirmation(passkey) => UserRequest::Comparison(passkey),
        Question::Authorization => UserRequest::Consent,
        Question::Display(passkey) => UserRequest::Display(passkey),
    }
}

impl Daemon {
    pub(super) fn pair(&mut self, id: DeviceId, call: &Call) -> Answered {
        self.set_temporary(id, false);
        let bearer = self.bearer_to_pair(id);
        let leads_nowhere = self.pairing_leads_nowhere(id, bearer)?;
        let effect = match self.device_fault(id, Operation::Pair) {
            Ok(effect) => effect,
            Err(answer) => {
                // Never answering is still something that CancelPairing ends.
                self.begin_bonding(id, bearer, Some(call), None);
                return answer;
            }
        };
        self.begin_bonding(id, bearer, Some(call), effect);
        match self.devices[id].is_up_on(bearer) {
            _ if leads_nowhere => {}
            true => self.go_on_pairing(id),
            false => self.attempt(id, None),
        }
        Ok(Answer::Later)
    }

    /// Whether a pairing can only wait for ever; an error where bluetoothd sees that it cannot be.
    fn pairing_leads_nowhere(&self, id: DeviceId, bearer: Bearer) -> Result<bool, Refusal> {
        let device = &self.devices[id];
        let Some(record) = &device.record else {
            return Err(Refusal::does_not_exist());
        };
        // What is under way with a dual-mode device is on one bearer.
        let is_connecting = (record.connect.is_some() || record.attempt.is_some())
            && (self.version > Version::V5_66 || device.is_dual());
        if record.bonding.is_some() || record.paired_call.is_some() || is_connecting {
            return Err(Refusal::in_progress());
        }
        let is_bonded = record.stored.bonded[bearer];
        let is_le = bearer == Bearer::Le;
        if is_bonded && self.version == Version::V5_66 && is_le && !device.is_dual() {
            // Recorded: 5.66 takes the bond for a reason to page the device on BR/EDR.
            return Ok(true);
        }
        if is_bonded {
            return Err(Refusal::already_exists());
        }
        if !self.adapter_of(id).power.is_on() {
            return Err(match bearer {
                Bearer::Le => Refusal::failed("Input/output error"),
                Bearer::BrEdr => error::pairing(ErrorKind::AuthenticationFailed),
            });
        }
        // Recorded: pairing with a blocked device.
        Ok(record.stored.blocked && record.links[bearer].is_none())
    }

    pub(in crate::sim::daemon) fn begin_bonding(
        &mut self,
        id: DeviceId,
        bearer: Bearer,
        call: Option<&Call>,
        effect: Option<Effect>,
    ) {
        self.turn_to(id, bearer);
        let agent = match call {
            Some(call) => self.agents.for_client(call.client()),
            None => self.agents.first(),
        };
        let is_up = self.devices[id].is_up_on(bearer);
        let peer = &mut self.devices[id].peer;
        let passkey = peer.spec.passkey.unwrap_or_else(|| peer.passkeys.u32(..1_000_000));
        let bonding = Bonding {
            call: call.cloned(),
            agent,
            step: None,
            effect,
            passkey,
            made_link: !is_up,
            authenticated: false,
        };
        if let Some(record) = self.record(id) {
            record.bonding = Some(bonding);
        }
    }

    /// The link is there: the keys are next.
    pub(in crate::sim::daemon) fn go_on_pairing(&mut self, id: DeviceId) {
        self.pairing_step(id, Due::KeysAgreed(id));
        let effect = self.record(id).and_then(|record| record.bonding.as_mut()?.effect.take());
        match effect {
            Some(Effect::DropsAfter(time)) => {
                let bearer = self.devices[id].bearer();
                self.lose_link_after(id, bearer, time, Reason::Timeout);
            }
            Some(Effect::Error(failure)) => self.pairing_step(id, Due::PairingFails(id, failure)),
            _ => {}
        }
    }

    /// Lets the next step of a pairing happen after half of the time that it takes.
    fn pairing_step(&mut self, id: DeviceId, due: Due) {
        let after = self.devices[id].peer.takes(Operation::Pair) / 2;
        self.pairing_step_after(id, after, due);
    }

    fn pairing_step_after(&mut self, id: DeviceId, after: Duration, due: Due) {
        let timer = self.timers.arm(after, due);
        let bonding = self.record(id).and_then(|record| record.bonding.as_mut());
        let earlier = match bonding {
            Some(bonding) => bonding.step.replace(timer),
            None => Some(timer),
        };
        if let Some(earlier) = earlier {
            self.timers.disarm(earlier);
        }
    }

    /// Both sides know each other's capabilities: the model is chosen, and the agent asked.
    pub(in crate::sim) fn keys_agreed(&mut self, id: DeviceId) {
        let spec = &self.devices[id].peer.spec;
        let (pairing, pin) = (spec.pairing, spec.pin.clone());
        let (theirs, secure) = (spec.io_capability, spec.secure_connections);
        let Some(bonding) = self.record(id).and_then(|record| record.bonding.as_mut()) else {
            return;
        };
        bonding.step = None;
        let (agent, passkey, by_device) = (bonding.agent, bonding.passkey, bonding.call.is_none());
        match pairing {
            Pairing::Accept => {}
            Pairing::Refuse => return self.refused_by_device(id),
            Pairing::Ignore => return self.expect_silence(id),
        }
        let bearer = self.devices[id].bearer();
        let ours = agent.and_then(|agent| self.agents.capability(agent));
        let ours = ours.unwrap_or(Capability::NoInputNoOutput);
        // What nobody here asked for needs consent, unless the bench could not give any (BR/EDR).
        let consents = by_device && (bearer == Bearer::Le || ours != Capability::NoInputNoOutput);
        let question = match (pin, model(bearer.procedure(secure), Initiator::Bench, ours, theirs))
        {
            (Some(_), _) => Question::PinCode,
            (None, Model::JustWorks) if consents => Question::Authorization,
            (None, Model::JustWorks) => {
                // On LE the kernel asks its clients to consent all the same: recorded.
                if bearer == Bearer::Le {
                    self.done(Happening::Asked(id.on(bearer), UserRequest::Consent));
                }
                return self.just_works(id, agent);
            }
            (None, Model::NumericComparison) => Question::Confirmation(passkey),
            (None, Model::TypedHere) => Question::Passkey,
            (None, Model::TypedThere) => Question::Display(passkey),
        };
        if let Some(bonding) = self.record(id).and_then(|record| record.bonding.as_mut()) {
            bonding.authenticated = match question {
                Question::Authorization => false,
                // A side that can only show has confirmed by itself.
                Question::Confirmation(_) => ![ours, theirs].contains(&Capability::DisplayOnly),
                _ => true,
            };
        }
        self.done(Happening::Asked(id.on(bearer), asked(&question)));
        match (agent, question) {
            (None, _) => self.pairing_step_after(id, NO, Due::Refused(id)),
            // bluetoothd does not wait for the agent here, but for the device's user.
            (Some(agent), Question::Display(_)) => {
                self.ask(agent, id, &question);
                self.pairing_step(id, Due::Paired(id));
            }
            (Some(agent), _) => {
                self.expect_silence(id);
                self.ask(agent, id, &question);
            }
        }
    }

    /// Unless somebody speaks, the other side hangs up when its patience ends.
    fn expect_silence(&mut self, id: DeviceId) {
        let due = Due::LinkLost(id, self.devices[id].bearer(), Reason::Remote);
        self.pairing_step_after(id, PROTOCOL_TIMEOUT, due);
    }

    /// Nobody is asked. Without any agent an LE pairing fails all the same: recorded.
    fn just_works(&mut self, id: DeviceId, agent: Option<AgentId>) {
        if agent.is_none() && self.devices[id].bearer() == Bearer::Le {
            return self.pairing_step_after(id, NO, Due::Refused(id));
        }
        self.pairing_step(id, Due::Paired(id));
    }

    /// The agent has answered, or has not in time.
    pub(in crate::sim) fn agent_answered(&mut self, id: DeviceId, verdict: &Verdict) {
        let spec = &self.devices[id].peer.spec;
        let (pin, shows) = (spec.pin.clone(), spec.io_capability);
        let Some(bonding) = self.record(id).and_then(|record| record.bonding.as_ref()) else {
            // It was another's pairing that asked.
            let end = id.on(self.devices[id].bearer());
            return self.done(Happening::Answered(end, verdict.clone()));
        };
        // Where both sides type, what counts is that they type the same; the device's user does.
        let has_own = shows != Capability::KeyboardOnly;
        let is_right = match verdict {
            Verdict::Accepted => true,
            Verdict::Passkey(typed) => !has_own || *typed == bonding.passkey,
            Verdict::Pin(typed) => pin.as_ref() == Some(typed),
            Verdict::Refused => return self.pairing_step_after(id, NO, Due::Refused(id)),
        };
        match is_right {
            true => self.pairing_step(id, Due::Paired(id)),
            false => self.refused_by_device(id),
        }
    }

    /// The agent said no: recorded, the link stays on LE, and goes after a while on BR/EDR.
    pub(in crate::sim) fn refused_by_agent(&mut self, id: DeviceId) {
        self.pairing_fails(id, &Failure::Kind(ErrorKind::AuthenticationFailed));
        if self.devices[id].bearer() == Bearer::BrEdr {
            self.lose_link_after(id, Bearer::BrEdr, IDLE, Reason::LocalHost);
        }
    }

    /// The device said no, or was told a wrong number: it drops the link itself.
    fn refused_by_device(&mut self, id: DeviceId) {
        self.pairing_fails(id, &Failure::Kind(ErrorKind::AuthenticationFailed));
        // Recorded on LE: the kernel says that it was this side.
        let bearer = self.devices[id].bearer();
        let reason = match bearer {
            Bearer::Le => Reason::LocalHost,
            Bearer::BrEdr => Reason::Remote,
        };
        self.lose_link_after(id, bearer, SLAMS_THE_DOOR, reason);
    }

    /// A pairing fails, with an error that a scene may have chosen.
    pub(in crate::sim) fn pairing_fails(&mut self, id: DeviceId, failure: &Failure) {
        let refusal = self.refusal(failure, Operation::Pair, Some(id));
        self.done(Happening::NotAuthenticated(id.on(self.devices[id].bearer())));
        let is_authentication = matches!(failure, Failure::Kind(ErrorKind::AuthenticationFailed));
        self.bonding_failed(id, &refusal);
        if is_authentication && self.version >= Version::V5_87 {
            // 5.87 drops the link when authentication failed; nobody waits for that.
            let _ = self.request_disconnect(id, None);
        }
    }

    /// The keys are there and stored.
    pub(in crate::sim) fn paired(&mut self, id: DeviceId) {
        let Some(bonding) = self.record(id).and_then(|record| record.bonding.take()) else {
            return;
        };
        self.end_question(id);
        self.set_temporary(id, false);
        // Recorded: without an agent the kernel keeps the keys for this link alone.
        let is_stored = bonding.agent.is_some();
        let wakes = self.bus.tree.get(&self.devices[id].path, "org.bluez.Device1", "WakeAllowed");
        let wakes = wakes.is_some() && is_stored;
        let peer = &mut self.devices[id].peer;
        peer.bonded = is_stored;
        peer.has_lost_keys = false;
        let pin = peer.spec.pin.as_ref().map_or(0, String::len);
        let pin_length = u8::try_from(pin).unwrap_or(u8::MAX);
        let authenticated = bonding.authenticated;
        let keys = Keys { stored: is_stored, authenticated, pin_length };
        let bearer = self.devices[id].bearer();
        self.done(Happening::Paired(id.on(bearer), keys));
        let Some(record) = self.record(id) else {
            return;
        };
        let was_paired = record.stored.paired.any();
        record.stored.paired[bearer] = true;
        record.stored.bonded[bearer] = is_stored;
        record.stored.authenticated = authenticated;
        let is_known = record.stored.services[bearer].is_some();
        if is_stored {
            self.show_device(id, "Bonded", Some(true.into()));
            self.show_bearer(id, bearer, "Bonded", true);
        }
        self.show_bearer(id, bearer, "Paired", true);
        if wakes {
            self.show_device(id, "WakeAllowed", Some(true.into()));
        }
        self.link_is_secure(id);
        if is_known {
            self.show_device(id, "Paired", Some(true.into()));
            if let Some(call) = &bonding.call {
                self.bus.reply(call, &());
            }
            return self.use_link(id);
        }
        let waits = if bonding.call.is_some() { Duration::ZERO } else { LEFT_TO_DEVICE };
        if let Some(record) = self.record(id) {
            record.paired_shows_later = Some(bearer).filter(|_| !was_paired);
            record.paired_call = bonding.call.map(|call| (bearer, call));
        }
        self.resolve_services_after(id, bearer, waits);
    }

    /// A link that was made to pair: LE resolves services on it, BR/EDR lets it go.
    fn use_link(&mut self, id: DeviceId) {
        match self.devices[id].bearer() {
            Bearer::Le => self.resolve_services(id, Bearer::Le),
            Bearer::BrEdr => self.lose_link_after(id, Bearer::BrEdr, IDLE, Reason::LocalHost),
        }
    }

    pub(super) fn cancel_pairing(&mut self, id: DeviceId) -> Answered {
        if self.record(id).is_none_or(|record| record.bonding.is_none()) {
            // The kernel's keys go with it, though BlueZ still says bonded: recorded.
            if self.devices[id].peer.bonded {
                self.remove_bond(id);
                let (bearer, after) = (self.devices[id].bearer(), Duration::from_millis(30));
                self.lose_link_after(id, bearer, after, Reason::LocalHost);
            }
            return Err(Refusal::does_not_exist());
        }
        let bonding = self.record(id).and_then(|record| record.bonding.as_ref());
        let made_link = bonding.is_some_and(|bonding| bonding.made_link);
        self.cancel_bonding(id);
        let bearer = self.devices[id].bearer();
        if made_link && self.devices[id].is_up_on(bearer) {
            self.lose_link_after(id, bearer, SLAMS_THE_DOOR, Reason::LocalHost);
        }
        Ok(Answer::Empty)
    }

    /// Calls a pairing off, for whoever waits for it.
    pub(super) fn cancel_bonding(&mut self, id: DeviceId) {
        self.bonding_failed(id, &error::pairing(ErrorKind::AuthenticationCanceled));
        let is_attempting = self.devices[id].record.as_ref().is_some_and(|r| r.connect.is_none());
        if is_attempting && let Some(timer) = self.end_attempt(id) {
            self.timers.disarm(timer);
            let end = id.on(self.devices[id].bearer());
            self.done(Happening::NotConnected(end, Unanswered::GivenUp));
        }
    }

    /// A link went down under a pairing.
    pub(super) fn bonding_lost_its_link(&mut self, id: DeviceId) {
        self.bonding_failed(id, &error::pairing(ErrorKind::AuthenticationCanceled));
    }

    /// Tells whoever waits for a pairing that it failed, and the agent that it is over.
    pub(super) fn bonding_failed(&mut self, id: DeviceId, refusal: &Refusal) {
        let version = self.version;
        let Some(record) = self.record(id) else {
            return;
        };
        let Some(bonding) = record.bonding.take() else {
            return;
        };
        let is_up = record.is_up() && version > Version::V5_66;
        let is_kept = record.stored.paired.any() || record.stored.trusted || is_up;
        if let Some(step) = bonding.step {
            self.timers.disarm(step);
        }
        self.cancel_question(id);
        if !is_kept {
            self.set_temporary(id, true);
        }
        if let Some(call) = &bonding.call {
            self.bus.refuse(call, refusal);
        }
    }

    /// The record goes, and a pairing with it.
    pub(super) fn abandon_bonding(&mut self, id: DeviceId) {
        let is_up = self.devices[id].is_connected();
        let kind = if is_up { ErrorKind::AuthenticationCanceled } else { ErrorKind::PageTimeout };
        self.bonding_failed(id, &error::pairing(kind));
    }

    /// A client has left the bus: its pairings end, and with them the links.
    pub(in crate::sim) fn end_pairings_of(&mut self, client: &Client) {
        for id in self.devices.ids::<DeviceId>().collect::<Vec<_>>() {
            let bonding = self.record(id).and_then(|record| record.bonding.as_ref());
            let call = bonding.and_then(|bonding| bonding.call.as_ref());
            if call.is_some_and(|call| call.client() == client) {
                let _ = self.request_disconnect(id, None);
            }
        }
    }
}
