//! `unicast-stream`: a tone is sent to a device over LE Audio, and what its microphone sends is taken.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::super::flow::{Flow, PATIENCE};
use super::super::hertz::Hertz;
use super::super::role::OwnRole;
use super::super::stream::refused;
use super::super::transport::{FOLLOWS, leaves, turns};
use super::streams::{Unicast, found, show};
use crate::audio::lc3::{Configuration, Frames};
use crate::bluez::{Error, Role, Stream, Transport};
use crate::plan::{DeviceName, Span};
use crate::steps::restore::Ongoing;
use crate::steps::{Bench, Failure, Outcome, Step};

/// How long a device may take until it streams: the isochronous channels of all streams are made one after the other.
const STARTS: Duration = Duration::from_secs(15);

/// Stream LE Audio with a device for a time.
///
/// All of its streams that bttest has an endpoint for are started at once, as those of one group have to be. A tone is
/// encoded as LC3 and sent over each that this host plays on, a packet for each interval; what comes on the others is
/// taken and counted. The step fails where the device does not start, stops, or takes no packet for a second. All are
/// stopped in the end. How long it took until the first packet, and how many there were, is recorded for each.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UnicastStream {
    /// The device of the plan.
    device: DeviceName,
    /// Only the streams in which this host is that; a stream that is linked to one of them goes along.
    role: Option<OwnRole>,
    /// For how long.
    #[serde(rename = "for", default = "three_seconds")]
    lasting: Span,
    /// What is sent, from 20 Hz to 7900 Hz, to the next 20 Hz.
    #[serde(default = "Hertz::concert")]
    tone: Hertz,
    /// How long it may take until all streams have started.
    #[serde(default = "five_seconds")]
    start_within: Span,
    /// How many packets have to come at least on each stream that is taken. Default: none, since a microphone may be
    /// off.
    #[serde(default)]
    packets: u64,
}

fn three_seconds() -> Span {
    Span(Duration::from_secs(3))
}

fn five_seconds() -> Span {
    Span(Duration::from_secs(5))
}

/// What has been started: one stream, or two that are linked and share a socket.
struct Started {
    stream: Unicast,
    socket: Stream,
    configuration: Configuration,
    /// What is sent, where this host plays.
    tone: Option<Frames>,
    /// The one that goes the other way.
    linked: Option<Unicast>,
    sent: Flow,
    taken: Flow,
}

impl Step for UnicastStream {
    const VERB: &'static str = "unicast-stream";
    const EXAMPLE: &'static str =
        r#"{ do = "unicast-stream", device = "headset", for = "3s", tone = "440Hz" }"#;

    fn describe(&self) -> String {
        match self.role {
            Some(OwnRole::Sink) => {
                format!("take what {} sends over LE audio for {}", self.device, self.lasting)
            }
            _ => format!(
                "stream {} to {} over LE audio for {}",
                self.tone, self.device, self.lasting
            ),
        }
    }

    fn limit(&self) -> Duration {
        self.lasting.0 + STARTS + 4 * FOLLOWS
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let roles =
            self.role.map_or_else(|| Role::UNICAST.to_vec(), |role| vec![role.in_unicast()]);
        let streams = found(bench, &self.device, &roles, FOLLOWS).await?;
        let device = bench.device(&self.device)?;
        bench.ongoing(&device, Ongoing::Streaming, self.stream(bench, streams)).await
    }
}

impl UnicastStream {
    async fn stream(&self, bench: &Bench, streams: Vec<Unicast>) -> Outcome {
        let began = Instant::now();
        let mut started = self.start(bench, streams).await?;
        let took = began.elapsed();
        if took > self.start_within.0 {
            return Err(Failure::unmet(
                format!("the streams of {} start late", self.device),
                format!("all of them within {}", self.start_within),
                format!("after {} ms", took.as_millis()),
            ));
        }
        let flows = Instant::now();
        let watched = started.iter().map(|one| one.stream.transport.clone()).collect::<Vec<_>>();
        let ended = {
            let work = self.exchange(&mut started);
            tokio::select! {
                biased;
                ended = work => ended,
                ended = any_leaves(bench, &watched) => Err(ended?),
            }
        };
        for one in &mut started {
            one.show(bench, &self.device, took, flows.elapsed());
        }
        ended?;
        for one in &started {
            one.stream.transport.release().await?;
        }
        for one in &started {
            for stream in one.both() {
                turns(bench, &stream.transport, "idle").await?;
            }
        }
        self.check(&started)
    }

    /// Starts all streams at once: the kernel makes no isochronous channel of a group before all are asked for.
    async fn start(&self, bench: &Bench, streams: Vec<Unicast>) -> Result<Vec<Started>, Failure> {
        bench.saw("the device has not started the streams");
        let (firsts, linked) = pairs(streams);
        let prepared = firsts.iter().map(|stream| self.prepare(bench, stream));
        let prepared = prepared.collect::<Result<Vec<_>, _>>()?;
        let mut acquiring = JoinSet::new();
        for (at, stream) in firsts.iter().enumerate() {
            let transport = stream.transport.clone();
            acquiring.spawn(async move { (at, transport.acquire().await) });
        }
        let mut sockets: Vec<(usize, Result<Stream, Error>)> = Vec::new();
        let all = async {
            while let Some(acquired) = acquiring.join_next().await {
                sockets.extend(acquired.ok());
            }
        };
        if tokio::time::timeout(STARTS, all).await.is_err() {
            return Err(Failure::fail(
                "stream-start",
                format!("{} did not start its streams in {} s", self.device, STARTS.as_secs()),
                "the HCI capture (`--capture`) tells whether the controller made the isochronous channels, and the device \
                 took them",
            ));
        }
        sockets.sort_by_key(|(at, _)| *at);
        let mut started = Vec::new();
        for (((stream, linked), (_, socket)), (configuration, tone)) in
            firsts.into_iter().zip(linked).zip(sockets).zip(prepared)
        {
            let socket =
                socket.map_err(|error| refused(bench, &stream.transport, error, "unicast"))?;
            let (sent, taken) = (Flow::default(), Flow::default());
            started.push(Started { stream, socket, configuration, tone, linked, sent, taken });
        }
        for one in &started {
            for stream in one.both() {
                turns(bench, &stream.transport, "active").await?;
            }
        }
        Ok(started)
    }

    /// What is known of a stream before it starts: its configuration, and the tone where this host plays.
    fn prepare(
        &self,
        bench: &Bench,
        stream: &Unicast,
    ) -> Result<(Configuration, Option<Frames>), Failure> {
        let configuration = bench.session().mirror().read(|tree| {
            let now = tree.interface(stream.transport.path(), Transport::INTERFACE)?;
            Transport::lc3_in(now)
        });
        let configuration = configuration.ok_or_else(not_lc3)?;
        let tone = match stream.role {
            Role::UnicastSource => {
                Some(Frames::of(self.tone.0, configuration).ok_or_else(not_lc3)?)
            }
            _ => None,
        };
        Ok((configuration, tone))
    }

    /// Sends a packet over each stream for each interval, and takes what has come, until the time is over.
    async fn exchange(&self, started: &mut [Started]) -> Outcome {
        let interval = started.iter().map(|one| one.configuration.duration.span()).min();
        let interval = interval.unwrap_or(self.lasting.0).max(Duration::from_millis(1));
        let start = Instant::now();
        let mut next = start;
        while next < start + self.lasting.0 {
            tokio::time::sleep_until(next).await;
            for one in started.iter_mut() {
                if let Some(packet) = one.tone.as_mut().map(Frames::next_packet) {
                    let sent = one.socket.send(&packet, PATIENCE).await;
                    sent.map_err(|error| one.sent.broke(&self.device, &error))?;
                    one.sent.count(&packet, one.configuration.locations.channels());
                }
                self.take(one)?;
            }
            next += interval;
        }
        Ok(())
    }

    /// Takes what has come on a stream, and waits for nothing.
    fn take(&self, one: &mut Started) -> Outcome {
        if !one.takes() {
            return Ok(());
        }
        loop {
            match one.socket.take() {
                Ok(None) => return Ok(()),
                // What was lost over the air is told as a packet of nothing.
                Ok(Some(packet)) if packet.is_empty() => return Ok(()),
                Ok(Some(packet)) => {
                    one.taken.count(&packet, one.configuration.locations.channels())
                }
                Err(error) => return Err(one.taken.broke(&self.device, &error)),
            }
        }
    }

    fn check(&self, started: &[Started]) -> Outcome {
        let few = started.iter().filter(|one| one.takes()).map(|one| one.taken.packets).min();
        match few {
            Some(packets) if packets < self.packets => Err(Failure::unmet(
                format!("{} sent too little", self.device),
                format!("{} packets in {}", self.packets, self.lasting),
                format!("{packets} packets"),
            )),
            None if self.packets > 0 => Err(Failure::fail(
                "no-microphone",
                format!("{} has no stream to take packets from", self.device),
                "put { do = \"unicast-endpoint\", role = \"sink\" } before `connect`, or take `packets` out of the step",
            )),
            _ => Ok(()),
        }
    }
}

impl Started {
    fn both(&self) -> impl Iterator<Item = &Unicast> {
        std::iter::once(&self.stream).chain(&self.linked)
    }

    fn takes(&self) -> bool {
        self.both().any(|stream| stream.role == Role::UnicastSink)
    }

    /// Records what went each way.
    fn show(&mut self, bench: &Bench, device: &DeviceName, first: Duration, took: Duration) {
        for stream in self.both().cloned().collect::<Vec<_>>() {
            let (flow, verb) = match stream.role {
                Role::UnicastSource => (&mut self.sent, "Sent"),
                _ => (&mut self.taken, "Received"),
            };
            flow.first = Some(first);
            flow.took = took;
            show(bench, device, &stream, flow.told(verb));
        }
    }
}

/// The streams that are started themselves, each with the one that is linked to it: a pair has one isochronous stream and
/// one socket. It is this host's own way that is started, where it plays at all.
fn pairs(streams: Vec<Unicast>) -> (Vec<Unicast>, Vec<Option<Unicast>>) {
    let mut rest = streams;
    // Sources first, in the order of their paths.
    rest.sort_by_key(|stream| stream.role != Role::UnicastSource);
    let mut pairs = Vec::new();
    while !rest.is_empty() {
        let stream = rest.remove(0);
        let other = rest.iter().position(|other| {
            other.role != stream.role
                && stream.links.iter().any(|link| link == other.transport.path())
        });
        let linked = other.map(|at| rest.remove(at));
        pairs.push((stream, linked));
    }
    pairs.into_iter().unzip()
}

/// Waits until one of the streams is not active any more, though nobody here asked for that.
async fn any_leaves(bench: &Bench, transports: &[Transport]) -> Result<Failure, Failure> {
    let left = bench.session().mirror().wait_for(|tree| {
        let is_active = |transport: &&Transport| {
            let state = tree.property(transport.path(), Transport::INTERFACE, "State");
            state.and_then(serde_json::Value::as_str) == Some("active")
        };
        transports.iter().find(|transport| !is_active(transport)).cloned()
    });
    let left = left.await?;
    leaves(bench, &left).await
}

/// That bttest cannot send what a stream is configured for, and what it can.
pub(in crate::steps::audio) fn not_lc3() -> Failure {
    Failure::bench(
        "not-lc3",
        "a stream is not configured for a preset of LC3, the only codec that bttest can send over LE audio",
        "give one of those that `bttest steps unicast-expect` lists as its `preset`, for a unicast in \
         { do = \"unicast-endpoint\", role = \"source\", presets = […] } before `connect`",
    )
}
