//! `broadcast-receive`: what a device broadcasts is taken (BAP broadcast sink).

use std::io;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::code::Code;
use super::flow::Flow;
use super::transport::{FOLLOWS, turns};
use super::unicast::has_none;
use crate::audio::lc3::{Configuration, Context, Preset};
use crate::bluez::{Adapter, Device, DiscoveryFilter, Isochronous, Role, Stream, Transport, Tree};
use crate::event::{Event, Object};
use crate::plan::{DeviceName, Span};
use crate::steps::begun::Begun;
use crate::steps::{Bench, Failure, Outcome, Step, discover, matching};

/// Take what a device broadcasts over LE Audio for a time: a television, or whatever else is an Auracast transmitter.
///
/// bttest offers an endpoint and discovers until BlueZ has found the device and what it broadcasts, selects its first stream, and counts
/// the packets that come. How long it took until the first, and the longest gap, is recorded. The device has not to be discovered
/// before: BlueZ follows only what it hears while there is an endpoint for it.
///
/// It has been seen to work with BlueZ 5.87; 5.82 follows nothing as long as it discovers.
/// bluetoothd has it only with `--experimental --kernel='*'`, and where the controller has isochronous channels.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BroadcastReceive {
    /// The device of the plan.
    device: DeviceName,
    /// For how long.
    #[serde(rename = "for", default = "three_seconds")]
    lasting: Span,
    /// How long it may take until BlueZ has found what it broadcasts.
    #[serde(default = "thirty_seconds")]
    within: Span,
    /// How long it may take until the first packet has come, once it is found.
    #[serde(default = "five_seconds")]
    start_within: Span,
    /// How many packets have to come at least.
    #[serde(default = "one")]
    packets: u64,
    /// The longest time without a packet.
    longest_gap: Option<Span>,
    /// It is broadcast in this preset of the Basic Audio Profile: sampling frequency, frame duration and octets.
    preset: Option<Preset>,
    /// The code that it is encrypted with: 4 to 16 bytes of UTF-8.
    code: Option<Code>,
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

impl Step for BroadcastReceive {
    const VERB: &'static str = "broadcast-receive";
    const EXAMPLE: &'static str = r#"{ do = "broadcast-receive", device = "headset", for = "10s", packets = 900, longest-gap = "200ms" }"#;

    fn describe(&self) -> String {
        format!("take what {} broadcasts for {}", self.device, self.lasting)
    }

    fn limit(&self) -> Duration {
        self.lasting.0 + self.within.0 + self.start_within.0 + 4 * FOLLOWS
    }

    fn secrets(&self) -> Vec<String> {
        self.code.iter().map(|code| code.text().to_owned()).collect()
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let adapter = bench.adapter_of(&self.device);
        let every = Preset::names().filter_map(|name| Preset::named(&name)).collect();
        let offer = Isochronous { presets: every, context: Context::default() };
        let own = bench.endpoints().register_isochronous(adapter, Role::BroadcastSink, offer).await;
        let own = own.map_err(has_none)?;
        bench.begins(Begun::Endpoint(own.clone()));
        let ended = match self.found(bench, adapter).await {
            Ok(transport) => self.take(bench, &transport).await,
            Err(failure) => Err(failure),
        };
        // It ends with the step, and not only with the case.
        let gone = bench.endpoints().unregister(&own).await;
        ended?;
        gone?;
        Ok(())
    }
}

impl BroadcastReceive {
    /// The transport of the first stream that the device broadcasts.
    async fn found(&self, bench: &Bench, adapter: &Adapter) -> Result<Transport, Failure> {
        bench.saw(format!("BlueZ has not found what {} broadcasts", self.device));
        let filter = DiscoveryFilter { transport: "le".to_owned(), ..DiscoveryFilter::default() };
        let _turn = bench.turn_to_discover(adapter).await;
        discover::start(bench, adapter, &filter).await?;
        let wanted = bench.criteria(&self.device);
        let mirror = bench.session().mirror();
        let found = mirror.wait_for(|tree| {
            let devices = tree.with_interface(Device::INTERFACE);
            let mut its = devices
                .filter(|(path, device)| {
                    path.starts_with(adapter.path()) && matching::matches(&wanted, device)
                })
                .map(|(path, _)| Device::at(bench.session(), path));
            its.find_map(|device| Some((first(bench, tree, &device)?, device)))
        });
        let found = tokio::time::timeout(self.within.0, found).await;
        discover::stop(bench, adapter).await?;
        match found {
            Ok(found) => {
                let (path, device) = found?;
                bench.recognise(&self.device, &device);
                bench.touch(&device);
                Ok(Transport::at(bench.session(), &path))
            }
            Err(_) => Err(Failure::fail(
                "no-broadcast",
                format!("no broadcast of {} was found within {}", self.device, self.within),
                "does it broadcast, and is it in range? BlueZ shows it with the service 1852 (Broadcast Audio Announcement); the \
                 HCI capture (`--capture`) tells what was heard",
            )),
        }
    }

    async fn take(&self, bench: &Bench, transport: &Transport) -> Outcome {
        let now = bench.session().mirror().read(|tree| {
            tree.interface(transport.path(), Transport::INTERFACE).and_then(Transport::lc3_in)
        });
        self.is_as_wanted(now)?;
        if let Some(code) = &self.code {
            transport.decrypt_with(code.octets()).await?;
        }
        let began = Instant::now();
        bench.saw("the stream has not started");
        transport.select().await?;
        turns(bench, transport, "broadcasting").await?;
        let socket = tokio::time::timeout(self.start_within.0, transport.acquire()).await;
        let socket = socket.map_err(|_| self.late("BlueZ did not answer Acquire"))??;
        turns(bench, transport, "active").await?;
        let mut flow = Flow::default();
        let flows = Instant::now();
        let ended = self.receive(&socket, began, &mut flow).await;
        flow.took = flows.elapsed();
        self.show(bench, transport, now, &flow);
        ended?;
        transport.release().await?;
        turns(bench, transport, "idle").await?;
        flow.suffices(&self.device, self.lasting, self.packets, self.longest_gap)
    }

    fn is_as_wanted(&self, now: Option<Configuration>) -> Outcome {
        let Some(wanted) = self.preset else { return Ok(()) };
        if now.is_some_and(|now| wanted.is(&now)) {
            return Ok(());
        }
        Err(Failure::unmet(
            format!("what {} broadcasts is not as expected", self.device),
            format!("preset {}", wanted.name()),
            now.map_or_else(|| "no LC3".to_owned(), |now| now.to_string()),
        ))
    }

    async fn receive(&self, socket: &Stream, began: Instant, flow: &mut Flow) -> Outcome {
        let end = Instant::now() + self.lasting.0;
        let mut last = began;
        loop {
            let now = Instant::now();
            let until =
                if flow.first.is_some() { end } else { end.min(began + self.start_within.0) };
            match socket.receive(until.saturating_duration_since(now)).await {
                // What was lost over the air is told as a packet of nothing.
                Ok(packet) if packet.is_empty() => {}
                Ok(packet) => {
                    flow.count(&packet, 1);
                    flow.gap(last);
                    last = Instant::now();
                    flow.first.get_or_insert(began.elapsed());
                }
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    flow.gap(last);
                    return match flow.first {
                        Some(_) => Ok(()),
                        None => Err(self.late("no packet has come")),
                    };
                }
                Err(error) => return Err(flow.broke(&self.device, &error)),
            }
            if Instant::now() >= end {
                return Ok(());
            }
        }
    }

    fn late(&self, seen: &str) -> Failure {
        Failure::unmet(
            format!("the stream of {} does not start", self.device),
            format!("the first packet within {}", self.start_within),
            seen,
        )
    }

    fn show(&self, bench: &Bench, transport: &Transport, now: Option<Configuration>, flow: &Flow) {
        let told = now.map_or_else(|| "no LC3".to_owned(), |now| now.to_string());
        let shown = std::iter::once(("Broadcast", json!(told))).chain(flow.told("Received"));
        let properties = shown.map(|(name, value): (&str, Value)| (name.to_owned(), value));
        let object = Object { name: self.device.0.clone(), path: transport.path().to_owned() };
        bench.record(Event::Inspected { object, properties: properties.collect() });
    }
}

/// The path of the first stream of a device that BlueZ has configured with bttest's endpoint.
fn first(bench: &Bench, tree: &Tree, device: &Device) -> Option<String> {
    let mut paths = Transport::paths(tree, device, &[Role::BroadcastSink]);
    paths.retain(|path| bench.endpoints().own(path));
    paths.into_iter().min()
}
