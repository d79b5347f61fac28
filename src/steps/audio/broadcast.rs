//! `broadcast`: a tone for whoever listens, as Auracast is (BAP broadcast source).

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::code::Code;
use super::flow::{Flow, PATIENCE};
use super::hertz::Hertz;
use super::transport::{FOLLOWS, turns};
use super::unicast::{has_none, not_lc3};
use crate::audio::lc3::{Configuration, Context, Frames, Location, Locations, Preset};
use crate::bluez::{Broadcast, Stream, Transport};
use crate::event::{Event, Object};
use crate::plan::{DeviceName, Span};
use crate::steps::begun::Begun;
use crate::steps::{Bench, Failure, Outcome, Step};

/// The preset that every device that listens has to be able to do (BAP 6.3).
const USUAL: &str = "24_2_1";

/// Broadcast LE Audio for a time, for whoever is in range: what Auracast is.
///
/// A tone is encoded as LC3 and sent in one stream. Nobody tells a broadcaster who listens: whether the device under test
/// plays it has to be seen there, by `control` or by a person; `parallel` lets other steps go on in the meantime. How long it
/// took until it was on the air, and how many packets were sent, is recorded.
///
/// bluetoothd has it only with `--experimental --kernel='*'`, and where the controller has isochronous channels.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BroadcastAudio {
    /// On the adapter that this device is on. Default: the plan's own adapter.
    device: Option<DeviceName>,
    /// For how long.
    #[serde(rename = "for", default = "ten_seconds")]
    lasting: Span,
    /// What is sent, from 20 Hz to 7900 Hz, to the next 20 Hz.
    #[serde(default = "Hertz::concert")]
    tone: Hertz,
    /// The preset of the Basic Audio Profile.
    #[serde(default = "usual")]
    #[schemars(extend("default" = USUAL))]
    preset: Preset,
    /// A channel for each place. Default: one, for everywhere.
    #[serde(default)]
    locations: Vec<Location>,
    /// What it is for.
    #[serde(default)]
    context: Context,
    /// The code that a listener has to know: 4 to 16 bytes of UTF-8. Default: it is not encrypted.
    code: Option<Code>,
    /// How long it may take until it is on the air.
    #[serde(default = "five_seconds")]
    start_within: Span,
}

fn ten_seconds() -> Span {
    Span(Duration::from_secs(10))
}

fn five_seconds() -> Span {
    Span(Duration::from_secs(5))
}

fn usual() -> Preset {
    Preset::named(USUAL).unwrap_or_else(Preset::least)
}

impl Step for BroadcastAudio {
    const VERB: &'static str = "broadcast";
    const EXAMPLE: &'static str = r#"{ do = "broadcast", preset = "48_2_1", locations = ["front-left", "front-right"], for = "30s" }"#;

    fn describe(&self) -> String {
        format!("broadcast {} for {}", self.tone, self.lasting)
    }

    fn limit(&self) -> Duration {
        self.lasting.0 + self.start_within.0 + 3 * FOLLOWS
    }

    fn secrets(&self) -> Vec<String> {
        self.code.iter().map(|code| code.text().to_owned()).collect()
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let adapter = self.device.as_ref().map_or(bench.adapter(), |name| bench.adapter_of(name));
        let locations = Locations::of(&self.locations);
        let broadcast = Broadcast {
            preset: self.preset,
            locations,
            context: self.context,
            code: self.code.as_ref().map(Code::octets),
        };
        let configuration = Configuration::of(self.preset, locations);
        let tone = Frames::of(self.tone.0, configuration);
        let tone = tone.ok_or_else(not_lc3)?;
        let own = broadcast.offer(bench.endpoints(), adapter).await.map_err(has_none)?;
        bench.begins(Begun::Endpoint(own.clone()));
        bench.saw("BlueZ does not show the broadcast");
        let configured = broadcast.configure(bench.endpoints(), adapter, &own);
        let transport = tokio::time::timeout(FOLLOWS, configured).await.map_err(|_| {
            Failure::unmet("BlueZ does not show the broadcast", "a transport of it", "none")
        })??;
        let ended = self.air(bench, &transport, tone, configuration).await;
        // It ends with the step, and not only with the case.
        let gone = bench.endpoints().unregister(&own).await;
        ended?;
        gone?;
        Ok(())
    }
}

impl BroadcastAudio {
    async fn air(
        &self,
        bench: &Bench,
        transport: &Transport,
        tone: Frames,
        configuration: Configuration,
    ) -> Outcome {
        bench.saw("the broadcast is not on the air");
        let began = Instant::now();
        let limit = self.start_within.0;
        let socket = tokio::time::timeout(limit, transport.acquire()).await.map_err(|_| {
            Failure::unmet(
                "the broadcast is not on the air in time",
                format!("on the air within {}", self.start_within),
                "BlueZ did not answer; the HCI capture (`--capture`) tells what the controller did",
            )
        })??;
        turns(bench, transport, "active").await?;
        let mut flow = Flow { first: Some(began.elapsed()), ..Flow::default() };
        let flows = Instant::now();
        let ended = self.send(&socket, tone, configuration, &mut flow).await;
        flow.took = flows.elapsed();
        self.show(bench, transport, configuration, &flow);
        ended.map_err(|error| {
            Failure::fail(
                "broadcast-ended",
                format!("the broadcast ended after {} packets: {error}", flow.packets),
                "the HCI capture (`--capture`) tells what the controller did",
            )
        })?;
        transport.release().await?;
        turns(bench, transport, "idle").await
    }

    async fn send(
        &self,
        socket: &Stream,
        mut tone: Frames,
        configuration: Configuration,
        flow: &mut Flow,
    ) -> io::Result<()> {
        let end = Instant::now() + self.lasting.0;
        let mut next = Instant::now();
        while next < end {
            tokio::time::sleep_until(next).await;
            let packet = tone.next_packet();
            socket.send(&packet, PATIENCE).await?;
            flow.count(&packet, configuration.locations.channels());
            next += configuration.duration.span();
        }
        Ok(())
    }

    fn show(
        &self,
        bench: &Bench,
        transport: &Transport,
        configuration: Configuration,
        flow: &Flow,
    ) {
        let encrypted = if self.code.is_some() { ", encrypted" } else { "" };
        let adapter = self.device.as_ref().map_or(bench.adapter(), |name| bench.adapter_of(name));
        let object = Object { name: adapter.name().to_owned(), path: transport.path().to_owned() };
        let told = json!(format!("{configuration}, for {}{encrypted}", self.context.word()));
        let shown: Vec<(&str, Value)> =
            std::iter::once(("Broadcast", told)).chain(flow.told("Sent")).collect();
        let properties: BTreeMap<String, Value> =
            shown.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        bench.record(Event::Inspected { object, properties });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_padded_and_kept_secret() {
        let step: BroadcastAudio =
            serde_json::from_value(json!({ "code": "Geheim", "locations": ["front-left"] }))
                .unwrap();
        let code = step.code.as_ref().unwrap();
        assert_eq!(&code.octets()[..8], b"Geheim\0\0");
        assert_eq!(Step::secrets(&step), ["Geheim"]);
        assert!(!format!("{step:?}").contains("Geheim"));
        for wrong in ["abc", "seventeen letters"] {
            let read = serde_json::from_value::<BroadcastAudio>(json!({ "code": wrong }));
            assert!(read.unwrap_err().to_string().contains("4 to 16 bytes"), "{wrong}");
        }
        let read = serde_json::from_value::<BroadcastAudio>(json!({ "preset": "8_1_1" }));
        assert!(read.unwrap_err().to_string().contains("`8_1_1` is no preset of LC3"));
    }
}
