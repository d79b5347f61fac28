//! `org.bluez.MediaTransport1`: a stream is acquired, goes, and is released (`doc/org.bluez.MediaTransport.rst`).

use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use super::endpoints::Role;
use super::{State, Transport};
use crate::audio::{Configuration, Encoder, Packets, Tone};
use crate::sim::{
    bus::{Answer, Answered, Call, Client, Refusal, Value},
    daemon::{Daemon, DeviceId, Due, interfaces::MEDIA_TRANSPORT},
};

/// How much goes over a stream at once, in bytes: recorded.
const READ_MTU: u16 = 1021;
const WRITE_MTU: u16 = 2048;
/// How often what a client has sent is taken.
const ROUND: Duration = Duration::from_millis(50);
/// What a device plays.
const PITCH: f64 = 440.0;

impl Daemon {
    /// The method of a transport that a call names.
    pub(in crate::sim::daemon) fn transport_method(&mut self, call: &Call) -> Answered {
        let at = self.transport_at(&call.path()).ok_or_else(Refusal::does_not_exist)?;
        match call.member().as_str() {
            "Acquire" => self.acquire(at, call),
            "TryAcquire" => match self.transport(at).map(|transport| transport.state) {
                Some(State::Idle) if self.is_free(at) => Err(Refusal::new(
                    "org.bluez.Error.NotAvailable",
                    "Operation currently not available",
                )),
                _ => self.acquire(at, call),
            },
            _ => self.release_stream(at, call),
        }
    }

    fn transport_at(&self, path: &str) -> Option<usize> {
        self.media.transports.iter().position(|transport| transport.path == path)
    }

    fn transport(&self, at: usize) -> Option<&Transport> {
        self.media.transports.get(at)
    }

    fn is_free(&self, at: usize) -> bool {
        self.transport(at).is_some_and(|transport| transport.owner.is_none())
    }

    fn acquire(&mut self, at: usize, call: &Call) -> Answered {
        if !self.is_free(at) {
            return Err(Refusal::not_authorized());
        }
        let Some(transport) = self.media.transports.get_mut(at) else {
            return Err(Refusal::does_not_exist());
        };
        transport.owner = Some(call.client().clone());
        transport.acquire = Some(call.clone());
        let (device, path) = (transport.device, transport.path.clone());
        let is_started = transport.state == State::Pending;
        let starts = self.devices[device].peer.spec.audio.starts;
        let after = if is_started { Duration::ZERO } else { starts };
        self.timers.arm(after, Due::StreamStarts(path));
        Ok(Answer::Later)
    }

    /// A device has started its stream: whoever waits for that gets it.
    pub(in crate::sim::daemon) fn stream_starts(&mut self, path: &str) {
        let Some(at) = self.transport_at(path) else { return };
        let Some(transport) = self.media.transports.get_mut(at) else { return };
        let Some(call) = transport.acquire.take() else { return };
        let Ok((ours, theirs)) = pair() else {
            transport.owner = None;
            return self.bus.refuse(&call, &Refusal::failed("Too many open files"));
        };
        transport.socket = Some(ours);
        transport.started += 1;
        transport.packets = match transport.role {
            Role::Source => None,
            Role::Sink => plays(transport.configuration),
        };
        let started = transport.started;
        let fd = zbus::OwnedFd::from(theirs);
        self.bus.reply(&call, &(fd, READ_MTU, WRITE_MTU));
        self.show_state(at, State::Active);
        self.timers.arm(Duration::ZERO, Due::StreamFlows(path.to_owned(), started));
    }

    /// Takes what the acquirer has sent, or sends the next packet that the device plays.
    pub(in crate::sim::daemon) fn stream_flows(&mut self, path: String, started: u64) {
        let Some(at) = self.transport_at(&path) else { return };
        let Some(transport) = self.media.transports.get_mut(at) else { return };
        // One that has left acknowledges nothing, and what is sent to it piles up.
        let is_there = self.devices[transport.device].peer.is_present();
        let Some(socket) = transport.socket.as_ref().filter(|_| transport.started == started)
        else {
            return;
        };
        let again = match &mut transport.packets {
            Some(packets) => {
                // Who does not read loses packets, as over the air.
                let _ = rustix::io::write(socket, &packets.next_packet());
                let rate = Configuration::read(&transport.configuration);
                let rate = rate.map_or(44_100, |one| one.frequency.hertz());
                Duration::from_secs_f64(packets.samples() as f64 / f64::from(rate))
            }
            None if !is_there => ROUND,
            None => {
                let mut packet = [0; WRITE_MTU as usize];
                while rustix::io::read(socket, &mut packet).is_ok_and(|length| length > 0) {}
                ROUND
            }
        };
        self.timers.arm(again, Due::StreamFlows(path, started));
    }

    fn release_stream(&mut self, at: usize, call: &Call) -> Answered {
        let owns = |transport: &Transport| transport.owner.as_ref() == Some(call.client());
        if !self.transport(at).is_some_and(owns) {
            return Err(Refusal::not_authorized());
        }
        self.bus.reply(call, &());
        self.suspend(at);
        Ok(Answer::Later)
    }

    fn suspend(&mut self, at: usize) {
        let Some(transport) = self.media.transports.get_mut(at) else { return };
        transport.owner = None;
        transport.socket = None;
        transport.packets = None;
        let waiting = transport.acquire.take();
        if let Some(call) = waiting {
            self.bus.refuse(&call, &Refusal::failed("Operation canceled"));
        }
        self.show_state(at, State::Idle);
    }

    /// A client has left the bus: what it has acquired is suspended.
    pub(super) fn end_ownership_of(&mut self, client: &Client) {
        let owns = |transport: &Transport| transport.owner.as_ref() == Some(client);
        while let Some(at) = self.media.transports.iter().position(owns) {
            self.suspend(at);
        }
    }

    /// A device begins to play.
    pub(in crate::sim::daemon) fn plays(&mut self, id: DeviceId) {
        let is_it = |transport: &Transport| {
            transport.device == id && transport.role == Role::Sink && transport.state == State::Idle
        };
        if let Some(at) = self.media.transports.iter().position(is_it) {
            self.show_state(at, State::Pending);
        }
    }

    fn show_state(&mut self, at: usize, state: State) {
        let Some(transport) = self.media.transports.get_mut(at) else { return };
        transport.state = state;
        let path = transport.path.clone();
        self.bus.tree.set(&path, &MEDIA_TRANSPORT, "State", Some(state.word().into()));
    }

    /// Changes volume or delay of a stream for a client; its type has been checked.
    pub(in crate::sim::daemon) fn set_transport(
        &mut self,
        property: &'static str,
        value: &Value,
        call: &Call,
    ) -> Answered {
        let path = call.path();
        let Value::U16(number) = *value else { return Err(Refusal::invalid_arguments()) };
        if property == "Volume" && number > 127 {
            return Err(Refusal::new("org.bluez.Error.InvalidArguments", "Invalid volume value"));
        }
        // It shows what the device has answered, which comes after the reply.
        self.bus.reply(call, &());
        self.bus.tree.set(&path, &MEDIA_TRANSPORT, property, Some(number.into()));
        Ok(Answer::Later)
    }
}

/// The two ends of a stream, which keep packets apart.
pub(in crate::sim::daemon) fn pair() -> rustix::io::Result<(OwnedFd, OwnedFd)> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)
}

fn plays(configuration: [u8; 4]) -> Option<Packets> {
    let configuration = Configuration::read(&configuration)?;
    let tone = Tone::new(PITCH, configuration.frequency);
    Packets::new(Encoder::new(configuration), tone, READ_MTU)
}
