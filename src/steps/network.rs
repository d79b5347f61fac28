//! `network`: a personal area network with a device.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::begun::Begun;
use super::condition::Pattern;
use super::restore::Ongoing;
use super::{Bench, Failure, Outcome, Step};
use crate::bluez::{Device, ErrorKind, network};
use crate::event::{Event, Object};
use crate::plan::DeviceName;

/// How long BlueZ may take to show the network after it has answered.
const FOLLOWS: Duration = Duration::from_secs(5);

/// Connect to a device's network (PAN), and hold it until the case ends.
///
/// The kernel makes a network interface for it, such as `bnep0`; its name is recorded. What goes over it is the host's
/// affair: see the manual for how to ping over it. A `disconnect` of the device ends it earlier.
///
/// BlueZ up to 5.87 does not tell on D-Bus that a network has ended which this host ended, and never answers a `disconnect`
/// with `profile = "1116"`: `Network1.Connected` is told only where the device ends it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Network {
    /// The device of the plan.
    device: DeviceName,
    /// What the device is: a network access point, a group network, or a user like this host.
    role: Role,
    /// The name of the interface is one that this regular expression matches.
    interface: Option<Pattern>,
}

/// What a device is in a personal area network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Role {
    Nap,
    Gn,
    Panu,
}

impl Role {
    /// BlueZ's word for it.
    fn word(self) -> &'static str {
        match self {
            Self::Nap => "nap",
            Self::Gn => "gn",
            Self::Panu => "panu",
        }
    }

    /// The service of the device (Assigned Numbers, 3.3).
    fn uuid(self) -> &'static str {
        match self {
            Self::Panu => "00001115-0000-1000-8000-00805f9b34fb",
            Self::Nap => "00001116-0000-1000-8000-00805f9b34fb",
            Self::Gn => "00001117-0000-1000-8000-00805f9b34fb",
        }
    }
}

impl Step for Network {
    const VERB: &'static str = "network";
    const EXAMPLE: &'static str =
        r#"{ do = "network", device = "headset", role = "nap", interface = "^bnep[0-9]+$" }"#;

    fn describe(&self) -> String {
        format!("connect to the network of {} as {}", self.device, self.role.word())
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(45)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let device = bench.device(&self.device)?;
        bench.touch(&device);
        let has_network = bench
            .session()
            .mirror()
            .read(|tree| tree.interface(device.path(), network::INTERFACE).is_some());
        if !has_network {
            return Err(Failure::fail(
                "no-network",
                format!("BlueZ shows no network of {}", self.device),
                "it does once it has read the device's services: pair or connect first; is there a service 1115, 1116 or \
                 1117 in its `UUIDs`?",
            ));
        }
        let work = network::connect(bench.session(), &device, self.role.word());
        let connected = bench.ongoing(&device, Ongoing::Connecting, work).await;
        let interface = connected.map_err(|error| self.refused(error))?;
        bench.begins(Begun::Network(device.path().to_owned()));
        let shown = |property: &'static str, value: Value| shows(bench, &device, property, value);
        shown("Interface", Value::from(interface.as_str())).await?;
        shown("UUID", Value::from(self.role.uuid())).await?;
        shown("Connected", Value::Bool(true)).await?;
        bench.record(Event::Inspected {
            object: Object { name: self.device.to_string(), path: device.path().to_owned() },
            properties: BTreeMap::from([("Interface".to_owned(), interface.clone().into())]),
        });
        match &self.interface {
            Some(Pattern(pattern)) if !pattern.is_match(&interface) => Err(Failure::unmet(
                "the network interface is not as expected",
                format!("like /{}/", pattern.as_str()),
                interface,
            )),
            _ => Ok(()),
        }
    }
}

impl Network {
    fn refused(&self, error: crate::bluez::Error) -> Failure {
        match error.kind {
            ErrorKind::NotSupported => Failure::fail(
                "no-network",
                format!("{} is no {}", self.device, self.role.word()),
                "its services are in `UUIDs`: 1115 is panu, 1116 nap, 1117 gn",
            ),
            _ => error.into(),
        }
    }
}

/// Waits until BlueZ shows a property of the network so.
async fn shows(bench: &Bench, device: &Device, property: &str, value: Value) -> Outcome {
    bench.saw(format!("BlueZ answered, and {property} did not turn {value}"));
    let shown = device.wait_until_on(network::INTERFACE, property, |now| *now == value);
    match tokio::time::timeout(FOLLOWS, shown).await {
        Ok(shown) => Ok(shown.map(drop)?),
        Err(_) => Err(Failure::unmet(
            "BlueZ does not show the network that it has connected",
            format!("{property} {value}"),
            format!("another {property} for {} s", FOLLOWS.as_secs()),
        )),
    }
}
