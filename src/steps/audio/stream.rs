//! `audio-stream`: a tone is sent to a speaker, or what a phone plays is taken.

use std::io;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use super::flow::{Flow, PATIENCE};
use super::hertz::Hertz;
use super::role::OwnRole;
use super::transport::{FOLLOWS, find, leaves, owner, show, state, turns};
use crate::audio::{Encoder, Packets, Tone, frames_in};
use crate::bluez::{Error, ErrorKind, Role, Stream, Transport, Tree};
use crate::plan::{DeviceName, Span};
use crate::steps::restore::Ongoing;
use crate::steps::{Bench, Failure, Outcome, Step};

/// Stream audio for a time.
///
/// As the source, a tone is encoded as SBC and sent at its rate; the step fails where the device does not start, stops,
/// or takes no packet for a second. As the sink, it waits until the device plays, and takes what comes. Either way the
/// stream is suspended in the end. How long it took until the first packet, and how many there were, is recorded.
///
/// Only the program that has the endpoint can stream. Where a sound server has it, the step is inconclusive and says
/// so; `audio-expect` can look all the same.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AudioStream {
    /// The device of the plan.
    device: DeviceName,
    /// What this host is in the stream, where the device could be either.
    role: Option<OwnRole>,
    /// For how long.
    #[serde(rename = "for", default = "three_seconds")]
    lasting: Span,
    /// What is sent, from 20 Hz to 7900 Hz.
    #[serde(default = "Hertz::concert")]
    tone: Hertz,
    /// Set this volume while it streams, from 0 to 127, and wait until BlueZ shows it. Not every device has that.
    #[schemars(range(max = 127))]
    volume: Option<Volume>,
    /// How long it may take until the first packet is sent or has come; for a sink, counted from when the device plays.
    #[serde(default = "five_seconds")]
    start_within: Span,
    /// As the sink: how long the device may take to play.
    #[serde(default = "thirty_seconds")]
    within: Span,
    /// As the sink: how many packets have to come at least.
    #[serde(default = "one")]
    packets: u64,
    /// As the sink: the longest time without a packet.
    longest_gap: Option<Span>,
}

fn three_seconds() -> Span {
    Span(Duration::from_secs(3))
}

fn five_seconds() -> Span {
    Span(Duration::from_secs(5))
}

fn thirty_seconds() -> Span {
    Span(Duration::from_secs(30))
}

fn one() -> u64 {
    1
}

/// A volume of A2DP (AVRCP 6.13.1).
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(try_from = "u16")]
#[schemars(with = "u16")]
struct Volume(u16);

impl TryFrom<u16> for Volume {
    type Error = String;

    fn try_from(volume: u16) -> Result<Self, String> {
        if volume > 127 {
            return Err(format!("a volume goes from 0 to 127, and {volume} is beyond"));
        }
        Ok(Self(volume))
    }
}

impl Step for AudioStream {
    const VERB: &'static str = "audio-stream";
    const EXAMPLE: &'static str =
        r#"{ do = "audio-stream", device = "headset", for = "3s", tone = "440Hz" }"#;

    fn describe(&self) -> String {
        match self.role {
            Some(OwnRole::Sink) => {
                format!("take what {} plays for {}", self.device, self.lasting)
            }
            _ => format!("stream {} to {} for {}", self.tone, self.device, self.lasting),
        }
    }

    fn limit(&self) -> Duration {
        self.lasting.0 + self.within.0 + self.start_within.0 + 4 * FOLLOWS
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let role = self.role.map(Into::into);
        let transport = find(bench, &self.device, role, FOLLOWS).await?;
        let device = bench.device(&self.device)?;
        bench.ongoing(&device, Ongoing::Streaming, self.stream(bench, &transport)).await
    }
}

impl AudioStream {
    async fn stream(&self, bench: &Bench, transport: &Transport) -> Outcome {
        let sends = transport.role() == Some(Role::Source);
        if !sends {
            self.plays(bench, transport).await?;
        }
        let began = Instant::now();
        bench.saw("the device has not started the stream");
        let stream = match sends {
            true => transport.acquire().await,
            false => transport.try_acquire().await,
        };
        let stream = stream.map_err(|error| refused(bench, transport, error, "audio"))?;
        turns(bench, transport, "active").await?;
        let mut flow = Flow::default();
        let flows = Instant::now();
        let ended = {
            let work = async {
                self.set_volume(bench, transport).await?;
                match sends {
                    true => self.send(transport, &stream, began, &mut flow).await,
                    false => self.receive(&stream, began, &mut flow).await,
                }
            };
            tokio::select! {
                biased;
                ended = work => ended,
                ended = leaves(bench, transport) => Err(ended?),
            }
        };
        flow.took = flows.elapsed();
        show(bench, &self.device, transport, flow.told(if sends { "Sent" } else { "Received" }));
        ended?;
        transport.release().await?;
        turns(bench, transport, "idle").await?;
        match sends {
            true => Ok(()),
            false => flow.suffices(&self.device, self.lasting, self.packets, self.longest_gap),
        }
    }

    /// Waits until the device plays.
    async fn plays(&self, bench: &Bench, transport: &Transport) -> Outcome {
        bench.saw("the device does not play");
        let plays = |tree: &Tree| match state(tree, transport).as_deref() {
            Some("pending" | "active") => Some(()),
            _ => None,
        };
        let plays = bench.session().mirror().wait_for(plays);
        match tokio::time::timeout(self.within.0, plays).await {
            Ok(plays) => Ok(plays?),
            Err(_) => Err(Failure::unmet(
                format!("{} does not play within {}", self.device, self.within),
                "State pending",
                "State idle",
            )),
        }
    }

    async fn set_volume(&self, bench: &Bench, transport: &Transport) -> Outcome {
        let Some(Volume(volume)) = self.volume else { return Ok(()) };
        if transport.property("Volume").is_none() {
            return Err(Failure::fail(
                "no-volume",
                format!("{} does not let its volume be set", self.device),
                "it has no AVRCP with absolute volume; take `volume` out of the step",
            ));
        }
        bench.saw("BlueZ took the volume and does not show it");
        transport.set("Volume", volume).await?;
        let shown = bench.session().mirror().wait_for(|tree| {
            let now = tree.property(transport.path(), Transport::INTERFACE, "Volume")?;
            (now.as_u64() == Some(volume.into())).then_some(())
        });
        match tokio::time::timeout(FOLLOWS, shown).await {
            Ok(shown) => Ok(shown?),
            Err(_) => Err(Failure::unmet(
                format!("{} does not follow the volume", self.device),
                format!("Volume {volume}"),
                format!("Volume {}", transport.property("Volume").unwrap_or_default()),
            )),
        }
    }

    async fn send(
        &self,
        transport: &Transport,
        stream: &Stream,
        began: Instant,
        flow: &mut Flow,
    ) -> Outcome {
        let Some(configuration) = transport.configuration() else {
            return Err(Failure::bench(
                "not-sbc",
                "the stream is not configured for SBC, the only codec that bttest can send",
                "put { do = \"audio-endpoint\", role = \"source\" } before `connect`",
            ));
        };
        let tone = Tone::new(self.tone.0, configuration.frequency);
        let mut packets = Packets::new(Encoder::new(configuration), tone, stream.write_mtu)
            .ok_or_else(|| {
                Failure::fail(
                    "mtu",
                    format!("an MTU of {} bytes takes no SBC frame", stream.write_mtu),
                    "limit the bitpool: { do = \"audio-endpoint\", bitpool = { max = 30 }, … }",
                )
            })?;
        let start = Instant::now();
        let rate = f64::from(configuration.frequency.hertz());
        let mut samples = 0;
        loop {
            let at = Duration::from_secs_f64(samples as f64 / rate);
            tokio::time::sleep_until(start + at.min(self.lasting.0)).await;
            if at >= self.lasting.0 {
                return Ok(());
            }
            let packet = packets.next_packet();
            stream
                .send(&packet, PATIENCE)
                .await
                .map_err(|error| flow.broke(&self.device, &error))?;
            flow.count(&packet, frames_in(&packet).unwrap_or(0).into());
            self.first(began, flow)?;
            samples += packets.samples();
        }
    }

    async fn receive(&self, stream: &Stream, began: Instant, flow: &mut Flow) -> Outcome {
        let end = Instant::now() + self.lasting.0;
        let mut last = began;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let packet = match stream.receive(left).await {
                Ok(packet) if packet.is_empty() => {
                    return Err(flow.broke(&self.device, &io::ErrorKind::UnexpectedEof.into()));
                }
                Ok(packet) => packet,
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    flow.gap(last);
                    return Ok(());
                }
                Err(error) => return Err(flow.broke(&self.device, &error)),
            };
            flow.count(&packet, frames_in(&packet).unwrap_or(0).into());
            flow.gap(last);
            last = Instant::now();
            self.first(began, flow)?;
            if Instant::now() >= end {
                return Ok(());
            }
        }
    }

    /// Notes when the first packet went, and checks that it was in time.
    fn first(&self, began: Instant, flow: &mut Flow) -> Outcome {
        if flow.first.is_some() {
            return Ok(());
        }
        let first = began.elapsed();
        flow.first = Some(first);
        if first > self.start_within.0 {
            return Err(Failure::unmet(
                format!("the stream of {} starts late", self.device),
                format!("the first packet within {}", self.start_within),
                format!("after {} ms", first.as_millis()),
            ));
        }
        Ok(())
    }
}

/// Why a transport could not be acquired, in words.
///
/// `steps` is how the steps for this kind of stream begin.
pub(super) fn refused(bench: &Bench, transport: &Transport, error: Error, steps: &str) -> Failure {
    if error.kind != ErrorKind::NotAuthorized {
        return error.into();
    }
    let kind = error.kind;
    let own = bench.endpoints().own(transport.path());
    let mut failure = Failure::from(error);
    failure.error = Some(kind);
    let (message, hint) = match own {
        false => (
            format!("the stream belongs to {}", owner(bench, transport)),
            format!(
                "stop the sound server for the test (`systemctl --user stop wireplumber pipewire`, or `bluealsa`), and \
                 put {{ do = \"{steps}-endpoint\", … }} before `connect`; or only look, with `{steps}-expect`"
            ),
        ),
        true => (
            "BlueZ does not give the stream: it is taken already, or has just ended".to_owned(),
            "look at the events of the step; another step may stream to the same device".to_owned(),
        ),
    };
    failure.cause.message = message;
    failure.cause.hint = Some(hint);
    failure
}
