//! A device's streams of LE Audio: which transports they are, how they belong together, and what is seen of them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::audio::lc3::Context;
use crate::bluez::{Device, Properties, Role, Transport, Tree};
use crate::event::{Event, Object};
use crate::plan::DeviceName;
use crate::steps::{Bench, Failure};

use super::super::transport::owner;

/// A transport with what is known of it.
#[derive(Debug, Clone)]
pub(super) struct Unicast {
    pub(super) transport: Transport,
    pub(super) role: Role,
    /// The paths of those that it shares its isochronous stream with: the other way of the same.
    pub(super) links: Vec<String>,
}

/// The streams of a device in these roles, once all are there that BlueZ has chosen a configuration for.
///
/// # Errors
/// There is none after a while, or there are fewer.
pub(super) async fn found(
    bench: &Bench,
    name: &DeviceName,
    roles: &[Role],
    within: Duration,
) -> Result<Vec<Unicast>, Failure> {
    let device = bench.device(name)?;
    bench.saw(format!("{name} has no stream of LE Audio yet"));
    let all = bench.session().mirror().wait_for(|tree| {
        let streams = streams_in(bench, tree, &device, roles);
        let is_whole = missing(bench, tree, &device).is_none();
        (!streams.is_empty() && is_whole).then_some(streams)
    });
    match tokio::time::timeout(within, all).await {
        Ok(streams) => Ok(streams?),
        Err(_) => Err(none(bench, name, &device)),
    }
}

/// Those that there are.
pub(super) fn streams_in(
    bench: &Bench,
    tree: &Tree,
    device: &Device,
    roles: &[Role],
) -> Vec<Unicast> {
    let mut paths = Transport::paths(tree, device, roles);
    paths.sort();
    let stream = |path: String| {
        let links = tree.interface(&path, Transport::INTERFACE).map(Transport::links_in)?;
        let role = Role::UNICAST.iter().copied().find(|role| {
            let uuid = tree.property(&path, Transport::INTERFACE, "UUID").and_then(Value::as_str);
            uuid.is_some_and(|uuid| uuid.eq_ignore_ascii_case(role.uuid()))
        })?;
        Some(Unicast { transport: Transport::at(bench.session(), &path), role, links })
    };
    paths.into_iter().filter_map(stream).collect()
}

/// How many streams there are and how many there are to be with an endpoint of the device, where they are fewer.
fn missing(bench: &Bench, tree: &Tree, device: &Device) -> Option<(usize, usize)> {
    let transports = Transport::paths(tree, device, Role::UNICAST);
    let fewer = |(endpoint, wanted): (String, usize)| {
        let is_of_it = |path: &&String| {
            path.strip_prefix(endpoint.as_str()).is_some_and(|below| below.starts_with('/'))
        };
        let own = transports.iter().filter(|path| bench.endpoints().own(path));
        let there = own.filter(is_of_it).count();
        (there < wanted).then_some((there, wanted))
    };
    bench.endpoints().selected(device).into_iter().find_map(fewer)
}

/// That there is no stream, and what to do about it.
fn none(bench: &Bench, name: &DeviceName, device: &Device) -> Failure {
    let fewer = bench.session().mirror().read(|tree| missing(bench, tree, device));
    if let Some((there, wanted)) = fewer {
        return Failure::unmet(
            format!("{name} does not take the streams that BlueZ configures"),
            format!("{wanted} streams with one of its endpoints"),
            format!("{there}"),
        );
    }
    let roles = bench.endpoints().roles_on(bench.adapter_of(name));
    let hint = if !device.is("Connected") {
        "put { do = \"connect\", … } before this step"
    } else if !roles.iter().any(|role| Role::UNICAST.contains(role)) {
        "put { do = \"unicast-endpoint\", role = \"source\" } before `connect`, or start a sound server"
    } else {
        "does the device have Published Audio Capabilities (1850) and Audio Stream Control (184E) among its `UUIDs`, and a \
         preset in common with the endpoint? The HCI capture (`--capture`) tells"
    };
    Failure::fail("no-transport", format!("{name} has no stream of LE Audio"), hint)
}

/// What a transport is at the moment, in words.
pub(super) fn told(now: &Properties) -> String {
    let configuration = Transport::lc3_in(now)
        .map_or_else(|| "no configuration of LC3".to_owned(), |one| one.to_string());
    let context =
        Context::told(&Transport::metadata_in(now)).map(|context| format!("for {context}"));
    let quality = |name: &str, unit: &str| {
        let number = now.get("QoS")?.get(name)?.as_u64()?;
        Some(format!("{name} {number}{unit}"))
    };
    let state = now.get("State").and_then(Value::as_str).map(|state| format!("State {state}"));
    let volume = now.get("Volume").map(|volume| format!("Volume {volume}"));
    std::iter::once(configuration)
        .chain(context)
        .chain(quality("Latency", " ms"))
        .chain(quality("Retransmissions", ""))
        .chain(state)
        .chain(volume)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Records what is seen of a transport, and more.
pub(super) fn show(
    bench: &Bench,
    name: &DeviceName,
    stream: &Unicast,
    more: impl IntoIterator<Item = (&'static str, Value)>,
) {
    let path = stream.transport.path();
    let mirror = bench.session().mirror();
    let now = mirror.read(|tree| tree.interface(path, Transport::INTERFACE).map(told));
    let properties = [
        ("Endpoint of", json!(owner(bench, &stream.transport))),
        ("Transport", json!(now.unwrap_or_else(|| "gone".to_owned()))),
    ];
    let properties = properties.into_iter().chain(more);
    let properties = properties.map(|(name, value)| (name.to_owned(), value)).collect();
    let object = Object { name: name.0.clone(), path: path.to_owned() };
    bench.record(Event::Inspected { object, properties });
}
