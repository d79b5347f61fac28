//! A request of the Attribute Protocol, from the call that leads to it to the answers that come of it.

use std::time::Duration;

use tokio::time::Instant;

use super::{Attribute, errors};
use crate::sim::{
    bus::{Answer, Answered, Call, Client, Refusal},
    daemon::{Daemon, DeviceId, Due, Reason},
    error::Bearer,
    radio::{AttError, Right},
    scene::{Effect, Failure, Operation, Version},
    timers::TimerId,
};

/// How long bluetoothd waits for an answer before it gives the link up (Core Spec Vol 3, Part F, 3.3.3).
const PATIENCE: Duration = Duration::from_secs(30);

/// Names a request, also when it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sim::daemon) struct RequestId(pub(in crate::sim::daemon) u64);

/// A request that is not answered yet.
pub(super) struct Request {
    /// The attribute, by the handle in its object's name.
    pub(super) handle: u16,
    pub(super) wanted: Wanted,
    /// Who waits for the answer.
    pub(super) calls: Vec<Call>,
    /// When the answer comes.
    pub(super) timer: Option<TimerId>,
    /// Whether the device never answers it.
    pub(super) is_silent: bool,
    /// What a fault makes of it.
    failure: Option<Failure>,
    /// Whether the link is being made more secure for it, or was.
    pub(super) elevated: bool,
}

/// What is asked of the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Read {
        offset: u16,
    },
    Write {
        value: Vec<u8>,
        offset: u16,
    },
    /// The client listens, by signals.
    Subscribe(Client),
    /// The client listens, over a socket.
    Acquire,
}

impl Wanted {
    fn operation(&self) -> Operation {
        match self {
            Wanted::Read { .. } => Operation::Read,
            Wanted::Write { .. } => Operation::Write,
            Wanted::Subscribe(_) | Wanted::Acquire => Operation::Notify,
        }
    }
}

impl Daemon {
    /// Sends a request to the device, for a call or without anybody's asking.
    pub(super) fn ask_device(
        &mut self,
        id: DeviceId,
        handle: u16,
        wanted: Wanted,
        call: Option<&Call>,
    ) -> Answered {
        self.requests += 1;
        let request = RequestId(self.requests);
        let on = wanted.operation();
        let (failure, is_answered) = match self.device_fault(id, on) {
            Ok(Some(Effect::Error(failure))) => (Some(failure), true),
            Ok(_) => (None, true),
            Err(_) => (None, false),
        };
        let attribute = self.attribute(id, handle)?;
        match wanted {
            Wanted::Read { .. } => attribute.reading = Some(request),
            Wanted::Write { .. } => attribute.writing = Some(request),
            _ => {}
        }
        let calls = call.cloned().into_iter().collect();
        let is_silent = !is_answered;
        let asked =
            Request { handle, wanted, calls, timer: None, is_silent, failure, elevated: false };
        if let Some(gatt) = self.gatt(id) {
            gatt.requests.insert(request, asked);
            gatt.is_stalled |= is_silent;
        }
        match is_answered {
            true => self.await_answer(id, request),
            // The device is silent, and the link is given up over it.
            false => self.lose_link_after(id, Bearer::Le, PATIENCE, Reason::LocalHost),
        }
        Ok(Answer::Later)
    }

    /// Lets the answer to a request come when those before it have come.
    pub(super) fn await_answer(&mut self, id: DeviceId, request: RequestId) {
        let mtu = usize::from(self.mtu(id));
        let Some(gatt) = self.gatt(id).filter(|gatt| !gatt.is_stalled) else { return };
        let Some(asked) = gatt.requests.get(&request) else { return };
        let on = asked.wanted.operation();
        let target = gatt.attributes.get(&asked.handle).map(|attribute| attribute.target);
        let is_read = matches!(asked.wanted, Wanted::Read { .. });
        let written = match &asked.wanted {
            Wanted::Write { value, offset } if *offset > 0 || value.len() > mtu - 3 => {
                // Pieces are prepared, then written as one (Core Spec Vol 3, Part G, 4.9.4).
                value.len().div_ceil(mtu - 5).max(1) + 1
            }
            _ => 1,
        };
        let busy_until = gatt.busy_until;
        let packets = match target.filter(|_| is_read) {
            Some(target) => self.devices[id].peer.database().length(target) / (mtu - 1) + 1,
            None => written,
        };
        let takes: Duration = (0..packets).map(|_| self.devices[id].peer.takes(on)).sum();
        let now = Instant::now();
        let begins = busy_until.map_or(now, |busy| busy.max(now));
        let after = begins.saturating_duration_since(now) + takes;
        let timer = self.timers.arm(after, Due::AttributeAnswered(id, request));
        let Some(gatt) = self.gatt(id) else { return };
        gatt.busy_until = Some(begins + takes);
        if let Some(asked) = gatt.requests.get_mut(&request) {
            asked.timer = Some(timer);
        }
    }

    /// The device answers a request, unless it has gone.
    pub(in crate::sim::daemon) fn attribute_answered(&mut self, id: DeviceId, request: RequestId) {
        let Some(gatt) = self.gatt(id) else { return };
        let Some(asked) = gatt.requests.get_mut(&request) else { return };
        asked.timer = None;
        let (handle, wanted) = (asked.handle, asked.wanted.clone());
        let failure = asked.failure.take();
        if !self.devices[id].peer.is_present() {
            return;
        }
        if let Some(failure) = failure {
            let refusal = self.refusal(&failure, wanted.operation(), Some(id));
            return self.request_fails(id, request, &refusal);
        }
        let Ok(target) = self.attribute(id, handle).map(|attribute| attribute.target) else {
            return;
        };
        match self.carry_out(id, target, &wanted) {
            Err(error) if self.makes_secure_for(id, request, error) => {}
            Err(error) => self.request_fails(id, request, &errors::of_device(error)),
            Ok(value) => self.request_succeeds(id, request, value),
        }
    }

    /// What the device does with a request.
    fn carry_out(
        &mut self,
        id: DeviceId,
        target: u16,
        wanted: &Wanted,
    ) -> Result<Outcome, AttError> {
        let (security, mtu) = (self.security(id), self.mtu(id));
        let database = self.devices[id].peer.database();
        match wanted {
            Wanted::Read { offset } => {
                database.read(target, *offset, (security, mtu)).map(Outcome::Value)
            }
            Wanted::Write { value, offset } => {
                database.write(target, *offset, value, security).map(Outcome::Written)
            }
            Wanted::Subscribe(_) | Wanted::Acquire => {
                database.permits(target, Right::Subscribe, security).map(|()| Outcome::Listens)
            }
        }
    }

    fn request_succeeds(&mut self, id: DeviceId, request: RequestId, outcome: Outcome) {
        let Some(asked) = self.end_request(id, request) else { return };
        match (outcome, asked.wanted) {
            (Outcome::Value(value), Wanted::Read { offset }) => {
                self.value_read(id, asked.handle, offset, value, &asked.calls);
            }
            (Outcome::Written(tells), _) => {
                for call in &asked.calls {
                    self.bus.reply(call, &());
                }
                if tells {
                    self.notify(id, asked.handle);
                }
            }
            (_, Wanted::Subscribe(client)) => {
                self.subscribed(id, asked.handle, &client, &asked.calls);
            }
            (_, Wanted::Acquire) => self.acquired(id, asked.handle, &asked.calls),
            _ => {}
        }
    }

    /// Tells whoever waits for a request why it failed.
    pub(super) fn request_fails(&mut self, id: DeviceId, request: RequestId, refusal: &Refusal) {
        let Some(asked) = self.end_request(id, request) else { return };
        match asked.wanted {
            Wanted::Subscribe(client) => {
                if let Ok(attribute) = self.attribute(id, asked.handle) {
                    attribute.sessions.retain(|session| session.client != client);
                }
            }
            Wanted::Acquire if !self.acquiring_failed(id, asked.handle) => return,
            _ => {}
        }
        for call in &asked.calls {
            self.bus.refuse(call, refusal);
        }
    }

    /// Takes a request off the list.
    fn end_request(&mut self, id: DeviceId, request: RequestId) -> Option<Request> {
        let asked = self.gatt(id)?.requests.remove(&request)?;
        if let Ok(Attribute { reading, writing, .. }) = self.attribute(id, asked.handle) {
            reading.take_if(|reading| *reading == request);
            writing.take_if(|writing| *writing == request);
        }
        if let Some(timer) = asked.timer {
            self.timers.disarm(timer);
        }
        Some(asked)
    }

    /// The link is down: what the device has not answered, it never will.
    pub(super) fn end_requests(&mut self, id: DeviceId) {
        // Recorded on 5.82: the one that asked for a more secure link, and did not get it, is not even answered.
        let is_forgetful = self.version > Version::V5_66;
        let Some(gatt) = self.gatt(id) else { return };
        gatt.busy_until = None;
        let open: Vec<_> = gatt.requests.iter().map(|(id, asked)| (*id, asked.elevated)).collect();
        for (request, elevated) in open {
            if elevated && is_forgetful {
                self.end_request(id, request);
                continue;
            }
            self.request_fails(id, request, &errors::of_device(AttError::UNLIKELY));
        }
    }

    /// How many bytes a packet to a device has (Core Spec Vol 3, Part F, 3.2.8).
    pub(in crate::sim::daemon) fn mtu(&self, id: DeviceId) -> u16 {
        self.devices[id].peer.spec.mtu
    }
}

/// What came of a request.
enum Outcome {
    Value(Vec<u8>),
    /// Whether those who listen are to be told.
    Written(bool),
    Listens,
}
