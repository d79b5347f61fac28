//! `discover`, `scan` and `stop-discovery`: looking for devices on the air.

use std::collections::BTreeSet;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Bench, Failure, Outcome, Step, matching};
use crate::bluez::{Device, DiscoveryFilter, ErrorKind, Tree};
use crate::plan::{Address, DeviceMatch, DeviceName, ServiceUuid, Span, Transport};

/// Look for a device until it is found, or until the time is over.
///
/// A device is found when it is heard on the air and everything given here, and everything that its
/// `[device.NAME]` says, matches. That BlueZ remembers a device is not enough. Discovery stops when the
/// device is found, unless it is told to keep scanning.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Discover {
    /// The device of the plan to look for. Without it, any device that matches the rest.
    device: Option<DeviceName>,
    /// The name it advertises, exactly.
    name: Option<String>,
    /// How its name begins.
    name_prefix: Option<String>,
    /// Its address.
    address: Option<Address>,
    /// A service that it advertises.
    service: Option<ServiceUuid>,
    /// A company identifier in its manufacturer data.
    manufacturer: Option<u16>,
    /// The weakest signal that counts, in dBm.
    #[schemars(range(min = -127, max = 20), extend("examples" = [-70]))]
    rssi: Option<i16>,
    /// Over which bearer. Without it, what the device's table says.
    transport: Option<Transport>,
    /// How long to look.
    #[serde(default = "fifteen_seconds")]
    within: Span,
    /// Pass only if the device does not show in all that time.
    #[serde(default)]
    absent: bool,
    /// Leave discovery running when the device is found.
    #[serde(default)]
    keep_scanning: bool,
}

fn fifteen_seconds() -> Span {
    Span(Duration::from_secs(15))
}

impl Discover {
    /// What the step says and what the device's table says, as one list of criteria.
    fn criteria(&self, bench: &Bench) -> Vec<DeviceMatch> {
        let own = DeviceMatch {
            name: self.name.clone(),
            name_prefix: self.name_prefix.clone(),
            address: self.address.clone(),
            service: self.service.clone(),
            manufacturer: self.manufacturer,
            transport: self.transport.unwrap_or_default(),
            ..DeviceMatch::default()
        };
        let table = self.device.as_ref().map(|name| bench.criteria(name));
        std::iter::once(own).chain(table).collect()
    }

    fn filter(&self, criteria: &[DeviceMatch]) -> DiscoveryFilter {
        let table = criteria.last().map(|table| table.transport);
        DiscoveryFilter {
            transport: self.transport.or(table).unwrap_or_default().to_string(),
            // BlueZ reads several UUIDs as alternatives; both are checked here again.
            uuids: criteria
                .iter()
                .find_map(|one| one.service.as_ref())
                .map(|uuid| uuid.as_str().to_owned())
                .into_iter()
                .collect(),
            rssi: self.rssi,
        }
    }

    fn target(&self) -> String {
        let named = [
            self.device.as_ref().map(ToString::to_string),
            self.name.clone(),
            self.name_prefix.as_ref().map(|prefix| format!("{prefix}*")),
            self.address.as_ref().map(ToString::to_string),
        ];
        named.into_iter().flatten().next().unwrap_or_else(|| "a device".to_owned())
    }

    /// The first device on the adapter that is heard now and matches.
    fn found(&self, tree: &Tree, search: &Search) -> Option<String> {
        tree.with_interface(Device::INTERFACE)
            .filter(|(path, _)| path.starts_with(&search.prefix))
            .find(|(path, properties)| {
                let rssi = properties.get("RSSI").and_then(Value::as_i64);
                let heard = rssi.is_some() || !search.known.contains(*path);
                let near = self
                    .rssi
                    .is_none_or(|weakest| rssi.is_some_and(|rssi| rssi >= i64::from(weakest)));
                heard
                    && near
                    && search.criteria.iter().all(|one| matching::matches(one, properties))
            })
            .map(|(path, _)| path.to_owned())
    }
}

/// What is looked for, and where.
struct Search {
    criteria: Vec<DeviceMatch>,
    /// Paths of devices that BlueZ knew before: only a signal strength shows that they are there now.
    known: BTreeSet<String>,
    /// How the paths of the adapter's devices begin.
    prefix: String,
}

impl Step for Discover {
    const VERB: &'static str = "discover";
    const EXAMPLE: &'static str = r#"{ do = "discover", device = "headset", within = "15s" }"#;

    fn describe(&self) -> String {
        let target = self.target();
        if self.absent {
            format!("discover that {target} is absent")
        } else {
            format!("discover {target}")
        }
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(10)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let adapter = bench.adapter();
        let criteria = self.criteria(bench);
        let filter = self.filter(&criteria);
        let search = Search {
            criteria,
            known: adapter.devices().iter().map(|device| device.path().to_owned()).collect(),
            prefix: format!("{}/", adapter.path()),
        };
        start(bench, &filter).await?;
        let mirror = bench.session().mirror();
        let look = mirror.wait_for(|tree| self.found(tree, &search));
        let found = tokio::time::timeout(self.within.0, look).await.ok().transpose()?;
        if !(self.keep_scanning && found.is_some() && !self.absent) {
            stop(bench).await?;
        }
        if let (Some(name), Some(path)) = (&self.device, &found) {
            bench.recognise(name, &Device::at(bench.session(), path));
        }
        match (found, self.absent) {
            (Some(_), false) | (None, true) => Ok(()),
            (Some(path), true) => Err(Failure::unmet(
                format!("{} is in range", self.target()),
                format!("no such device within {}", self.within),
                path,
            )),
            (None, false) => Err(self.not_found(bench, &search)),
        }
    }
}

impl Discover {
    fn not_found(&self, bench: &Bench, search: &Search) -> Failure {
        let devices = bench.adapter().devices();
        let new = devices.iter().filter(|device| !search.known.contains(device.path())).count();
        let connected = devices.iter().any(|device| {
            device.is("Connected")
                && device.properties().is_some_and(|properties| {
                    search.criteria.iter().all(|one| matching::matches(one, &properties))
                })
        });
        let hint = if connected {
            "it is connected, and a connected device seldom advertises: disconnect it first"
        } else {
            "is it switched on, in range, and advertising (in pairing mode)?"
        };
        let failure = Failure::fail("not-found", format!("{} was not found", self.target()), hint);
        let mut failure = failure.seen(Some(format!("{new} other new devices")));
        failure.cause.expected =
            Some(format!("{} on the air within {}", self.target(), self.within));
        failure
    }
}

/// Run discovery for a given time, whatever is found.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scan {
    /// How long.
    #[serde(rename = "for")]
    duration: Span,
    /// Over which bearer.
    #[serde(default)]
    transport: Transport,
}

impl Step for Scan {
    const VERB: &'static str = "scan";
    const EXAMPLE: &'static str = r#"{ do = "scan", for = "5s", transport = "le" }"#;

    fn describe(&self) -> String {
        format!("scan for {}", self.duration)
    }

    fn limit(&self) -> Duration {
        self.duration.0 + Duration::from_secs(10)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let filter =
            DiscoveryFilter { transport: self.transport.to_string(), ..DiscoveryFilter::default() };
        start(bench, &filter).await?;
        tokio::time::sleep(self.duration.0).await;
        stop(bench).await
    }
}

/// Stop the discovery that a step before left running.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StopDiscovery {}

impl Step for StopDiscovery {
    const VERB: &'static str = "stop-discovery";
    const EXAMPLE: &'static str = r#"{ do = "stop-discovery" }"#;

    fn describe(&self) -> String {
        "stop discovery".to_owned()
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        stop(bench).await
    }
}

async fn start(bench: &Bench, filter: &DiscoveryFilter) -> Outcome {
    let adapter = bench.adapter();
    adapter.set_discovery_filter(filter).await?;
    match adapter.start_discovery().await {
        // Ours is running already, and has the new filter.
        Err(error) if error.kind == ErrorKind::InProgress && bench.scanning().get() => {}
        other => other?,
    }
    bench.scanning().set(true);
    adapter.wait_until("Discovering", |value| value == &Value::Bool(true)).await?;
    Ok(())
}

async fn stop(bench: &Bench) -> Outcome {
    let adapter = bench.adapter();
    adapter.stop_discovery().await?;
    bench.scanning().set(false);
    // BlueZ withdraws the signal strengths after it has answered, and then says that it has stopped;
    // a search that follows must not take them for fresh. With another client scanning it never says
    // so, hence the limit.
    let stopped = adapter.wait_until("Discovering", |value| value == &Value::Bool(false));
    if let Ok(ended) = tokio::time::timeout(Duration::from_secs(2), stopped).await {
        ended?;
    }
    adapter.clear_discovery_filter().await?;
    Ok(())
}
