//! `unicast-expect`: which streams of LE Audio are configured with a device, and how they stand.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::role::OwnRole;
use super::super::state::State;
use super::streams::{Unicast, found, show, streams_in, told};
use crate::audio::lc3::{Context, FrameDuration, Location, Locations, Preset, SamplingFrequency};
use crate::bluez::{Properties, Role, Transport, Tree};
use crate::plan::{DeviceName, Span};
use crate::steps::number::Number;
use crate::steps::{Bench, Failure, Outcome, Step};

/// Check the streams of LE Audio that are configured with a device, or wait until they are as wanted.
///
/// There is one transport of BlueZ for each stream. `streams` and `locations` are about all of them together; each of
/// them has to be as the rest says. Whoever has the endpoint, bttest (`unicast-endpoint`) or a sound server, is recorded where it
/// is not bttest.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UnicastExpect {
    /// The device of the plan.
    device: DeviceName,
    /// What this host is in the streams. Default: both that it plays and that it takes are looked at.
    role: Option<OwnRole>,
    /// How many there are: a number, or `{ greater = 1 }`.
    streams: Option<Number>,
    /// Where the device is heard, all streams together.
    locations: Option<Vec<Location>>,
    /// How they stand.
    state: Option<State>,
    /// The preset of the Basic Audio Profile: sampling frequency, frame duration, octets, retransmissions and latency.
    preset: Option<Preset>,
    /// In hertz.
    sampling_frequency: Option<SamplingFrequency>,
    /// How long a frame is.
    frame_duration: Option<FrameDuration>,
    /// How many octets a frame of one channel has.
    octets: Option<Number>,
    /// What they are for.
    context: Option<Context>,
    /// How often what was not acknowledged is sent again.
    retransmissions: Option<Number>,
    /// How late what is sent may be, in milliseconds.
    latency: Option<Number>,
    /// How late the device plays it, in microseconds.
    presentation_delay: Option<Number>,
    /// Whether each is one way of an isochronous stream that goes both ways.
    linked: Option<bool>,
    /// The volume, from 0 to 255. It is there where the device lets it be set.
    volume: Option<Number>,
    /// How long it may take.
    #[serde(default = "ten_seconds")]
    within: Span,
}

fn ten_seconds() -> Span {
    Span(Duration::from_secs(10))
}

impl Step for UnicastExpect {
    const VERB: &'static str = "unicast-expect";
    const EXAMPLE: &'static str = r#"{ do = "unicast-expect", device = "headset", role = "source", streams = 2, preset = "48_2_1", state = "idle" }"#;

    fn describe(&self) -> String {
        match self.wanted().as_slice() {
            [] => format!("expect LE audio of {}", self.device),
            wanted => format!("expect LE audio of {}: {}", self.device, wanted.join(", ")),
        }
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(1)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let began = tokio::time::Instant::now();
        let device = bench.device(&self.device)?;
        let streams = found(bench, &self.device, &self.roles(), self.within.0).await?;
        let left = self.within.0.saturating_sub(began.elapsed());
        let now = |tree: &Tree| streams_in(bench, tree, &device, &self.roles());
        let is_so = bench.session().mirror().wait_for(|tree| {
            let streams = now(tree);
            self.holds(&streams, tree).then_some(())
        });
        match tokio::time::timeout(left, is_so).await {
            Ok(is_so) => is_so?,
            Err(_) => {
                let mirror = bench.session().mirror();
                let seen = mirror.read(|tree| seen(&now(tree), tree));
                return Err(Failure::unmet(
                    format!("the LE audio of {} is not as expected", self.device),
                    self.wanted().join(", "),
                    seen,
                ));
            }
        }
        // Whose it is need not be said of one that the plan has made.
        for stream in streams.iter().filter(|one| !bench.endpoints().own(one.transport.path())) {
            show(bench, &self.device, stream, []);
        }
        Ok(())
    }
}

/// What there is, in words.
fn seen(streams: &[Unicast], tree: &Tree) -> String {
    let one = |stream: &Unicast| {
        let now = tree.interface(stream.transport.path(), Transport::INTERFACE)?;
        let links = if stream.links.is_empty() { "" } else { ", linked" };
        Some(format!("{}: {}{links}", stream.role.word(), told(now)))
    };
    match streams {
        [] => "no stream".to_owned(),
        streams => streams.iter().filter_map(one).collect::<Vec<_>>().join("; "),
    }
}

impl UnicastExpect {
    fn roles(&self) -> Vec<Role> {
        self.role.map_or_else(|| Role::UNICAST.to_vec(), |role| vec![role.in_unicast()])
    }

    fn holds(&self, streams: &[Unicast], tree: &Tree) -> bool {
        let now = |stream: &Unicast| tree.interface(stream.transport.path(), Transport::INTERFACE);
        let count = i64::try_from(streams.len()).unwrap_or(i64::MAX);
        let places = streams.iter().filter_map(now).filter_map(Transport::lc3_in);
        let places = places.fold(0, |places, one| places | one.locations.0);
        self.streams.is_none_or(|wanted| wanted.holds(count))
            && self.locations.as_ref().is_none_or(|wanted| Locations::of(wanted).0 == places)
            && streams.iter().all(|stream| {
                let linked = self.linked.is_none_or(|wanted| wanted != stream.links.is_empty());
                linked && now(stream).is_some_and(|now| self.is_so(now))
            })
    }

    /// Whether one stream is as wanted.
    fn is_so(&self, now: &Properties) -> bool {
        let number = |value: Option<&Value>, wanted: Option<Number>| {
            let value = value.and_then(Value::as_i64);
            wanted.is_none_or(|wanted| value.is_some_and(|value| wanted.holds(value)))
        };
        let quality = |name: &str| now.get("QoS").and_then(|qos| qos.get(name));
        let state = now.get("State").and_then(Value::as_str);
        let metadata = Transport::metadata_in(now);
        self.state.is_none_or(|wanted| state == Some(wanted.word()))
            && self.context.is_none_or(|wanted| wanted.is_in(&metadata))
            && number(quality("Retransmissions"), self.retransmissions.or(self.of_preset().0))
            && number(quality("Latency"), self.latency.or(self.of_preset().1))
            && number(quality("PresentationDelay"), self.presentation_delay)
            && number(now.get("Volume"), self.volume)
            && (!self.asks_configuration() || self.is_configured(now))
    }

    /// Retransmissions and latency of the wanted preset.
    fn of_preset(&self) -> (Option<Number>, Option<Number>) {
        let quality = self.preset.map(Preset::unicast);
        let retransmissions = quality.map(|one| Number::Is(one.retransmissions.into()));
        (retransmissions, quality.map(|one| Number::Is(one.latency.into())))
    }

    fn asks_configuration(&self) -> bool {
        self.preset.is_some()
            || self.sampling_frequency.is_some()
            || self.frame_duration.is_some()
            || self.octets.is_some()
    }

    fn is_configured(&self, now: &Properties) -> bool {
        let Some(now) = Transport::lc3_in(now) else { return false };
        self.preset.is_none_or(|wanted| wanted.is(&now))
            && self.sampling_frequency.is_none_or(|wanted| wanted == now.frequency)
            && self.frame_duration.is_none_or(|wanted| wanted == now.duration)
            && self.octets.is_none_or(|wanted| wanted.holds(now.octets.into()))
    }

    fn wanted(&self) -> Vec<String> {
        let number = |name: &str, number: &Option<Number>| {
            number.map(|number| format!("{name} {}", number.told(|n| n.to_string())))
        };
        [
            self.role.map(|role| role.in_unicast().word().to_owned()),
            number("streams", &self.streams),
            self.locations.as_ref().map(|places| Locations::of(places).to_string()),
            self.state.map(|state| format!("State {}", state.word())),
            self.preset.map(|preset| format!("preset {}", preset.name())),
            self.sampling_frequency.map(|frequency| format!("{} Hz", frequency.hertz())),
            self.frame_duration.map(|duration| duration.to_string()),
            number("octets", &self.octets),
            self.context.map(|context| format!("for {}", context.word())),
            number("Retransmissions", &self.retransmissions),
            number("Latency", &self.latency),
            number("PresentationDelay", &self.presentation_delay),
            self.linked.map(|linked| if linked { "linked" } else { "not linked" }.to_owned()),
            number("Volume", &self.volume),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
