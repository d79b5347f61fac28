//! `org.bluez.MediaTransport1` of LE Audio: the streams of a group are acquired, go, and are released.

use std::time::Duration;

use zbus::ObjectPath;

use super::endpoints::{ENDPOINT, EndpointId, Side};
use super::{Listener, State, Stream};
use crate::audio::lc3::Configuration;
use crate::sim::{
    bus::{Answer, Answered, Call, Refusal},
    daemon::{Daemon, Due, interfaces::STREAM_TRANSPORT, media::pair},
    scene::Version,
};

/// How long a broadcast takes to be on the air: recorded.
const ON_AIR: Duration = Duration::from_millis(25);

impl Stream {
    /// A stream that is configured and no more.
    pub(super) fn idle(
        path: String,
        with: Listener,
        endpoint: EndpointId,
        side: Side,
        configuration: Configuration,
    ) -> Self {
        Stream {
            path,
            with,
            endpoint,
            side,
            configuration,
            link: None,
            state: State::Idle,
            owner: None,
            acquire: None,
            socket: None,
            started: 0,
        }
    }
}

impl Daemon {
    /// Whether there is a transport of LE Audio at a path.
    pub(in crate::sim::daemon) fn is_isochronous(&self, path: &str) -> bool {
        self.isochronous.streams.iter().any(|stream| stream.path == path)
    }

    /// Whether there is a transport of LE Audio whose path ends so.
    pub(in crate::sim::daemon) fn has_isochronous_numbered(&self, end: &str) -> bool {
        self.isochronous.streams.iter().any(|stream| stream.path.ends_with(end))
    }

    fn isochronous_stream(&mut self, path: &str) -> Option<&mut Stream> {
        self.isochronous.streams.iter_mut().find(|stream| stream.path == path)
    }

    /// The method of a transport of LE Audio that a call names.
    pub(in crate::sim::daemon) fn isochronous_method(&mut self, call: &Call) -> Answered {
        match call.member().as_str() {
            "Acquire" => self.acquire_isochronous(call),
            // A device never starts a stream by itself here.
            "TryAcquire" => Err(Refusal::new(
                "org.bluez.Error.NotAvailable",
                "Operation currently not available",
            )),
            "Release" => self.release_isochronous(call),
            "Select" => self.select_broadcast(call, State::Broadcasting),
            "Unselect" => self.select_broadcast(call, State::Idle),
            _ => Err(Refusal::not_authorized()),
        }
    }

    /// A client wants what is broadcast, or wants it no more.
    fn select_broadcast(&mut self, call: &Call, state: State) -> Answered {
        let path = call.path();
        let stands = self.isochronous_stream(&path).map(|stream| (stream.side, stream.state));
        match stands {
            // Told before it is answered (recorded).
            Some((Side::BroadcastSink, State::Idle | State::Broadcasting)) => {
                self.show_stream(&path, state);
                self.bus.flush();
                Ok(Answer::Empty)
            }
            _ => Err(Refusal::not_authorized()),
        }
    }

    fn acquire_isochronous(&mut self, call: &Call) -> Answered {
        let client = call.client().clone();
        let Some(stream) = self.isochronous_stream(&call.path()) else {
            return Err(Refusal::does_not_exist());
        };
        if stream.owner.is_some() {
            return Err(Refusal::not_authorized());
        }
        stream.owner = Some(client.clone());
        stream.acquire = Some(call.clone());
        let (with, link) = (stream.with, stream.link.clone());
        if let Some(linked) = link.and_then(|link| self.isochronous_stream(&link)) {
            linked.owner = Some(client);
        }
        // The kernel makes no channel of a group before all are wanted: until then, nobody is answered (recorded).
        let mut group = self.isochronous.streams.iter().filter(|stream| stream.with == with);
        if group.all(|stream| stream.owner.is_some()) {
            let after = match with {
                Listener::Device(id) => {
                    let audio = self.devices[id].peer.spec.le_audio.as_ref();
                    audio.map_or(ON_AIR, |audio| audio.starts)
                }
                Listener::Anybody(_) => ON_AIR,
            };
            self.timers.arm(after, Due::StreamsStart(call.path()));
        }
        Ok(Answer::Later)
    }

    /// The channels of a group are there: whoever waits for them gets them.
    pub(in crate::sim::daemon) fn streams_start(&mut self, path: &str) {
        let with = self.isochronous_stream(path).map(|stream| stream.with);
        let group = self.isochronous.streams.iter().filter(|stream| Some(stream.with) == with);
        for path in group.map(|stream| stream.path.clone()).collect::<Vec<_>>() {
            self.stream_is_up(&path);
        }
    }

    fn stream_is_up(&mut self, path: &str) {
        let Some(stream) = self.isochronous_stream(path) else { return };
        let Some(call) = stream.acquire.take() else { return };
        let Ok((ours, theirs)) = pair() else {
            stream.owner = None;
            return self.bus.refuse(&call, &Refusal::failed("Too many open files"));
        };
        stream.socket = Some(ours);
        stream.started += 1;
        let (started, link) = (stream.started, stream.link.clone());
        let sdu = stream.configuration.sdu();
        let takes = stream.side == Side::UnicastSink || link.is_some();
        // The size of what is broadcast is told as that of what could be written (recorded).
        let plays = stream.side != Side::UnicastSink || link.is_some();
        let mtu = |has: bool| if has { sdu } else { 0 };
        if self.version >= Version::V5_87 && started == 1 {
            // It says again what it is for, when it starts for the first time.
            for path in std::iter::once(path).chain(link.as_deref()) {
                self.bus.tree.touch(path, &STREAM_TRANSPORT, "Metadata");
            }
            self.bus.flush();
        }
        self.bus.reply(&call, &(zbus::OwnedFd::from(theirs), mtu(takes), mtu(plays)));
        for path in std::iter::once(path).chain(link.as_deref()) {
            self.show_stream(path, State::Active);
        }
        self.timers.arm(Duration::ZERO, Due::IsochronousFlows(path.to_owned(), started));
    }

    /// Takes what the acquirer has sent, and sends what the device says: nothing but silence.
    pub(in crate::sim::daemon) fn isochronous_flows(&mut self, path: String, started: u64) {
        let Some(stream) = self.isochronous_stream(&path) else { return };
        let (with, interval) = (stream.with, stream.configuration.duration.span());
        let listens = matches!(stream.side, Side::UnicastSink | Side::BroadcastSink);
        let takes = listens || stream.link.is_some();
        let sdu = usize::from(stream.configuration.sdu());
        // One that has left acknowledges nothing, and what is sent to it piles up.
        let is_there = match with {
            Listener::Device(id) => self.devices[id].peer.is_present(),
            Listener::Anybody(_) => true,
        };
        let Some(stream) = self.isochronous_stream(&path) else { return };
        let Some(socket) = stream.socket.as_ref().filter(|_| stream.started == started) else {
            return;
        };
        if is_there {
            let mut packet = vec![0; sdu.max(1)];
            while rustix::io::read(socket, &mut packet).is_ok_and(|length| length > 0) {}
            if takes {
                // Who does not read loses packets, as over the air.
                let _ = rustix::io::write(socket, &vec![0; sdu]);
            }
        }
        self.timers.arm(interval, Due::IsochronousFlows(path, started));
    }

    fn release_isochronous(&mut self, call: &Call) -> Answered {
        let path = call.path();
        let owns = self.isochronous_stream(&path).is_some_and(|stream| {
            stream.owner.as_ref() == Some(call.client())
                && (stream.acquire.is_some() || stream.socket.is_some())
        });
        if !owns {
            return Err(Refusal::not_authorized());
        }
        self.bus.reply(call, &());
        self.stop_stream(&path);
        Ok(Answer::Later)
    }

    /// A stream is stopped, with the one that it is linked to.
    pub(super) fn stop_stream(&mut self, path: &str) {
        let Some(stream) = self.isochronous_stream(path) else { return };
        stream.owner = None;
        stream.socket = None;
        let (waiting, link) = (stream.acquire.take(), stream.link.clone());
        if let Some(call) = waiting {
            self.bus.refuse(&call, &Refusal::failed("Operation canceled"));
        }
        if let Some(linked) = link.as_deref().and_then(|link| self.isochronous_stream(link)) {
            linked.owner = None;
        }
        for path in std::iter::once(path).chain(link.as_deref()) {
            self.show_stream(path, State::Idle);
        }
    }

    fn show_stream(&mut self, path: &str, state: State) {
        let Some(stream) = self.isochronous_stream(path) else { return };
        stream.state = state;
        self.bus.tree.set(path, &STREAM_TRANSPORT, "State", Some(state.word().into()));
    }

    /// A client has left the bus: what it has acquired is stopped.
    pub(in crate::sim::daemon) fn end_isochronous_ownership_of(
        &mut self,
        client: &crate::sim::bus::Client,
    ) {
        let owned = self.isochronous.streams.iter().filter(|stream| {
            stream.owner.as_ref() == Some(client)
                && (stream.acquire.is_some() || stream.socket.is_some())
        });
        for path in owned.map(|stream| stream.path.clone()).collect::<Vec<_>>() {
            self.stop_stream(&path);
        }
    }

    pub(super) fn end_isochronous_streams(&mut self, which: impl Fn(&Stream) -> bool, tells: bool) {
        while let Some(at) = self.isochronous.streams.iter().position(&which) {
            let stream = self.isochronous.streams.remove(at);
            if let Some(call) = stream.acquire {
                self.bus.refuse(&call, &Refusal::failed("Input/output error"));
            }
            if let Some(endpoint) = self.isochronous_endpoint(stream.endpoint).filter(|_| tells) {
                let (client, object) = (endpoint.client.clone(), endpoint.path.clone());
                let body = ObjectPath::from_str_unchecked(&stream.path);
                self.bus.notify(&client, &object, (ENDPOINT, "ClearConfiguration"), &body);
            }
            self.bus.tree.remove(&stream.path);
            self.bus.flush();
        }
    }
}
