//! `audio-expect`: what is configured between this host and a device, and how the stream stands.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::role::OwnRole;
use super::state::State;
use super::transport::{find, show, told};
use crate::audio::{Allocation, Blocks, ChannelMode, Configuration, Frequency, Subbands};
use crate::bluez::Transport;
use crate::plan::{DeviceName, Span};
use crate::steps::number::Number;
use crate::steps::{Bench, Failure, Outcome, Step};

/// Check the audio stream that is configured with a device, or wait until it is as wanted.
///
/// It is BlueZ's transport that is looked at, whoever has the endpoint: bttest (`audio-endpoint`) or a sound server.
/// Where it is another program, that is recorded, with the configuration and the state.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AudioExpect {
    /// The device of the plan.
    device: DeviceName,
    /// What this host is in the stream, where the device could be either.
    role: Option<OwnRole>,
    /// How the stream stands.
    state: Option<State>,
    /// In hertz.
    sampling_frequency: Option<Frequency>,
    /// How the channels are coded.
    channel_mode: Option<ChannelMode>,
    /// How many blocks a frame has: 4, 8, 12, 16.
    block_length: Option<Blocks>,
    /// How many subbands: 4, 8.
    subbands: Option<Subbands>,
    /// How the bits are shared out.
    allocation: Option<Allocation>,
    /// The largest bitpool: a number, or `{ greater = 30, less = 54 }`.
    bitpool: Option<Number>,
    /// The volume, from 0 to 127. It is there where the device lets it be set.
    volume: Option<Number>,
    /// The delay that the device reports, in tenths of a millisecond.
    delay: Option<Number>,
    /// How long it may take.
    #[serde(default = "ten_seconds")]
    within: Span,
}

fn ten_seconds() -> Span {
    Span(Duration::from_secs(10))
}

impl Step for AudioExpect {
    const VERB: &'static str = "audio-expect";
    const EXAMPLE: &'static str = r#"{ do = "audio-expect", device = "headset", state = "idle", sampling-frequency = 44100, channel-mode = "joint-stereo" }"#;

    fn describe(&self) -> String {
        match self.wanted().as_slice() {
            [] => format!("expect audio of {}", self.device),
            wanted => format!("expect audio of {}: {}", self.device, wanted.join(", ")),
        }
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(1)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let began = tokio::time::Instant::now();
        let role = self.role.map(Into::into);
        let transport = find(bench, &self.device, role, self.within.0).await?;
        let left = self.within.0.saturating_sub(began.elapsed());
        let is_so = bench.session().mirror().wait_for(|tree| {
            tree.interface(transport.path(), Transport::INTERFACE)
                .map_or(Some(false), |now| self.holds(&now.clone()).then_some(true))
        });
        match tokio::time::timeout(left, is_so).await.unwrap_or(Ok(false))? {
            true => {
                // Whose it is need not be said of one that the plan has made.
                if !bench.endpoints().own(transport.path()) {
                    show(bench, &self.device, &transport, []);
                }
                Ok(())
            }
            false => Err(Failure::unmet(
                format!("the audio of {} is not as expected", self.device),
                self.wanted().join(", "),
                told(&transport),
            )),
        }
    }
}

impl AudioExpect {
    fn holds(&self, now: &crate::bluez::Properties) -> bool {
        let number = |name: &str, wanted: Option<Number>| {
            let value = now.get(name).and_then(Value::as_i64);
            wanted.is_none_or(|wanted| value.is_some_and(|value| wanted.holds(value)))
        };
        let state = now.get("State").and_then(Value::as_str);
        self.state.is_none_or(|wanted| state == Some(wanted.word()))
            && number("Volume", self.volume)
            && number("Delay", self.delay)
            && (!self.asks_configuration()
                || Transport::configuration_in(now).is_some_and(|now| self.is_configured(&now)))
    }

    fn asks_configuration(&self) -> bool {
        self.sampling_frequency.is_some()
            || self.channel_mode.is_some()
            || self.block_length.is_some()
            || self.subbands.is_some()
            || self.allocation.is_some()
            || self.bitpool.is_some()
    }

    fn is_configured(&self, now: &Configuration) -> bool {
        self.sampling_frequency.is_none_or(|wanted| wanted == now.frequency)
            && self.channel_mode.is_none_or(|wanted| wanted == now.mode)
            && self.block_length.is_none_or(|wanted| wanted == now.blocks)
            && self.subbands.is_none_or(|wanted| wanted == now.subbands)
            && self.allocation.is_none_or(|wanted| wanted == now.allocation)
            && self.bitpool.is_none_or(|wanted| wanted.holds(now.bitpool.1.into()))
    }

    fn wanted(&self) -> Vec<String> {
        let number = |name: &str, number: &Option<Number>| {
            number.map(|number| format!("{name} {}", number.told(|n| n.to_string())))
        };
        [
            self.state.map(|state| format!("State {}", state.word())),
            self.sampling_frequency.map(|frequency| format!("{} Hz", frequency.hertz())),
            self.channel_mode.map(|mode| mode.word().to_owned()),
            self.block_length.map(|blocks| format!("{} blocks", blocks.count())),
            self.subbands.map(|subbands| format!("{} subbands", subbands.count())),
            self.allocation.map(|allocation| allocation.word().to_owned()),
            number("bitpool", &self.bitpool),
            number("Volume", &self.volume),
            number("Delay", &self.delay),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
