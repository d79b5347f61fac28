//! A device's transport: which it is, whose endpoint it belongs to, and what is seen of it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::bluez::{Device, Role, Transport, Tree};
use crate::event::{Event, Object};
use crate::plan::DeviceName;
use crate::steps::{Bench, Failure, Outcome};

/// How long BlueZ may take to show the transport, and that its state follows.
pub(super) const FOLLOWS: Duration = Duration::from_secs(5);

/// The properties of a transport that change, and that a person wants to see.
const SHOWN: [&str; 3] = ["State", "Volume", "Delay"];

/// The transport of a device, as soon as there is one.
///
/// # Errors
/// There is none after a while, or more than one.
pub(super) async fn find(
    bench: &Bench,
    name: &DeviceName,
    role: Option<Role>,
    within: Duration,
) -> Result<Transport, Failure> {
    let device = bench.device(name)?;
    bench.saw(format!("{name} has no audio transport yet"));
    let mirror = bench.session().mirror();
    let some = mirror.wait_for(|tree| {
        let paths = match &role {
            Some(role) => Transport::paths(tree, &device, std::slice::from_ref(role)),
            None => Transport::paths(tree, &device, Role::A2DP),
        };
        (!paths.is_empty()).then_some(paths)
    });
    match tokio::time::timeout(within, some).await {
        Ok(paths) => match paths?.as_slice() {
            [path] => Ok(Transport::at(bench.session(), path)),
            _ => Err(Failure::fail(
                "ambiguous",
                format!("{name} has transports both as source and as sink"),
                "say which in this step: `role = \"source\"` or `role = \"sink\"`, as this host sees it",
            )),
        },
        Err(_) => Err(none(bench, name, &device)),
    }
}

/// That there is no transport, and what to do about it.
fn none(bench: &Bench, name: &DeviceName, device: &Device) -> Failure {
    let hint = if !device.is("Connected") {
        "put { do = \"connect\", … } before this step"
    } else if bench.endpoints().roles_on(bench.adapter_of(name)).is_empty() {
        "put { do = \"audio-endpoint\", role = \"source\" } before `connect`, or start a sound server"
    } else {
        "does the device have the role for this endpoint, and a configuration in common with it? The HCI capture \
         (`--capture`) tells"
    };
    Failure::fail("no-transport", format!("{name} is not connected for audio"), hint)
}

/// Whose endpoint a transport belongs to, in words.
pub(super) fn owner(bench: &Bench, transport: &Transport) -> &'static str {
    match bench.endpoints().own(transport.path()) {
        true => "bttest",
        false => "another program, such as a sound server",
    }
}

/// What a transport is at the moment, in words.
pub(super) fn told(transport: &Transport) -> String {
    let configuration = match (transport.configuration(), transport.property("Codec")) {
        (Some(configuration), _) => configuration.to_string(),
        (None, Some(codec)) if codec != json!(0) => format!("codec {codec}"),
        _ => "no configuration".to_owned(),
    };
    let values = SHOWN.into_iter().filter_map(|name| {
        let value = transport.property(name)?;
        Some(format!("{name} {}", value.as_str().map_or(value.to_string(), str::to_owned)))
    });
    std::iter::once(configuration).chain(values).collect::<Vec<_>>().join(", ")
}

/// Records what is seen of a transport, and more.
pub(super) fn show(
    bench: &Bench,
    name: &DeviceName,
    transport: &Transport,
    more: impl IntoIterator<Item = (&'static str, Value)>,
) {
    let mut properties = BTreeMap::from([
        ("Endpoint of".to_owned(), json!(owner(bench, transport))),
        ("Transport".to_owned(), json!(told(transport))),
    ]);
    properties.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let object = Object { name: name.0.clone(), path: transport.path().to_owned() };
    bench.record(Event::Inspected { object, properties });
}

/// How a stream stands, where there is one.
pub(super) fn state(tree: &Tree, transport: &Transport) -> Option<String> {
    let state = tree.property(transport.path(), Transport::INTERFACE, "State")?;
    state.as_str().map(str::to_owned)
}

/// Waits until the transport's state has turned this.
pub(super) async fn turns(bench: &Bench, transport: &Transport, wanted: &str) -> Outcome {
    bench.saw(format!("BlueZ answered; State did not turn {wanted}"));
    let turned = bench
        .session()
        .mirror()
        .wait_for(|tree| (state(tree, transport).as_deref() == Some(wanted)).then_some(()));
    match tokio::time::timeout(FOLLOWS, turned).await {
        Ok(turned) => Ok(turned?),
        Err(_) => Err(Failure::unmet(
            "the stream does not follow",
            format!("State {wanted}"),
            format!("State {}", transport.property("State").unwrap_or_default()),
        )),
    }
}

/// Waits until the stream is not active any more, though nobody here asked for that, and tells why that is wrong.
pub(super) async fn leaves(bench: &Bench, transport: &Transport) -> Result<Failure, Failure> {
    let left = bench.session().mirror().wait_for(|tree| {
        let state = state(tree, transport);
        (state.as_deref() != Some("active")).then_some(state)
    });
    Ok(match left.await? {
        Some(state) => Failure::fail(
            "stream-suspended",
            format!("the stream turned {state} in the middle"),
            "the device suspended it; some do so for a call, or when they hear nothing they know",
        ),
        None => Failure::fail(
            "stream-ended",
            "the stream was closed in the middle",
            "the device disconnected, or closed it; see the events of the step",
        ),
    })
}
