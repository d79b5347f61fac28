//! `discover`: looking for devices on the air, one or several in one scan.

mod advertised;
mod scan;
mod search;

use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use self::search::{Hearing, Search, Target};
use super::{Bench, Failure, Outcome, Step};
use crate::bluez::{Adapter, Device};
use crate::plan::{Address, DeviceMatch, DeviceName, ServiceUuid, Span, Transport};

pub use advertised::ExpectAdvertised;
pub use scan::{Scan, StopDiscovery};
pub(super) use scan::{start, stop};

/// Look for a device, or several in one scan, until all are found or the time is over.
///
/// A device is found when it is heard on the air and everything given here, and everything that its
/// `[device.NAME]` says, matches. That BlueZ remembers a device is not enough. What BlueZ's own discovery filter
/// knows is given to BlueZ too, and checked again, because BlueZ merges the filters of all programs. Discovery
/// stops when all are found, unless it is told to keep scanning: then a `measure` of the step is the time to
/// discovery and nothing else.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "DiscoverTable")]
#[schemars(with = "DiscoverTable")]
pub struct Discover {
    /// What is looked for besides the devices of the plan: criteria for each.
    own: DeviceMatch,
    transport: Option<Transport>,
    wanted: Vec<DeviceName>,
    unwanted: Vec<DeviceName>,
    /// No device of the plan is named, and none that matches may show.
    none_at_all: bool,
    hearing: Hearing,
    within: Span,
    keep_scanning: bool,
}

/// [`Discover`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct DiscoverTable {
    /// The device of the plan to look for. Without it, any device that matches the rest.
    device: Option<DeviceName>,
    /// Several devices of the plan: the step passes when all are found.
    #[serde(default)]
    devices: Vec<DeviceName>,
    /// The name it advertises, exactly.
    name: Option<String>,
    /// How its name begins.
    name_prefix: Option<String>,
    /// Its address.
    address: Option<Address>,
    /// A service that it advertises.
    service: Option<ServiceUuid>,
    /// Services of which it advertises at least one.
    #[serde(default)]
    #[schemars(extend("examples" = [["180d", "1812"]]))]
    any_service: Vec<ServiceUuid>,
    /// A company identifier in its manufacturer data.
    manufacturer: Option<u16>,
    /// The weakest signal that counts, in dBm.
    #[schemars(range(min = -127, max = 20), extend("examples" = [-70]))]
    rssi: Option<i16>,
    /// How much of the power that it says it sends with may be lost on the way, in dB. Not together with `rssi`.
    #[schemars(range(min = 0, max = 137), extend("examples" = [60]))]
    pathloss: Option<u16>,
    /// How its name or its address begins.
    #[schemars(extend("examples" = ["My_"]))]
    pattern: Option<String>,
    /// `true`: BlueZ tells manufacturer and service data each time that it hears them, also where they have not
    /// changed.
    duplicate_data: Option<bool>,
    /// `true`: the adapter is discoverable itself while it looks.
    discoverable: Option<bool>,
    /// Over which bearer. Without it, what the device's table says.
    transport: Option<Transport>,
    /// How long to look.
    #[serde(default = "fifteen_seconds")]
    within: Span,
    /// `true`: pass only if no such device shows in all that time. A list: the devices of the plan that must not,
    /// while the others must be found.
    #[serde(default)]
    absent: Absent,
    /// Leave discovery running when the device is found.
    #[serde(default)]
    keep_scanning: bool,
}

fn fifteen_seconds() -> Span {
    Span(Duration::from_secs(15))
}

/// What must not show.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Absent {
    All(bool),
    Devices(Vec<DeviceName>),
}

impl Default for Absent {
    fn default() -> Self {
        Self::All(false)
    }
}

impl JsonSchema for Absent {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Absent".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["boolean", "array"],
            "items": { "type": "string", "x-refers-to": "device" },
        })
    }
}

/// The bounds of BlueZ's filter (`parse_rssi`, `parse_pathloss` in `src/adapter.c`).
const STRENGTHS: std::ops::RangeInclusive<i16> = -127..=20;
const MOST_PATHLOSS: u16 = 137;

impl TryFrom<DiscoverTable> for Discover {
    type Error = String;

    fn try_from(table: DiscoverTable) -> Result<Self, String> {
        if table.rssi.is_some() && table.pathloss.is_some() {
            return Err(
                "BlueZ filters by `rssi` or by `pathloss`; leave one of them out".to_owned()
            );
        }
        if let Some(rssi) = table.rssi.filter(|rssi| !STRENGTHS.contains(rssi)) {
            return Err(format!("no signal has {rssi} dBm; `rssi` is from -127 to 20"));
        }
        if let Some(loss) = table.pathloss.filter(|loss| *loss > MOST_PATHLOSS) {
            return Err(format!("BlueZ knows no pathloss of {loss} dB; write at most 137"));
        }
        let mut named: Vec<DeviceName> = table.device.into_iter().chain(table.devices).collect();
        let mut unwanted = Vec::new();
        let mut none_at_all = false;
        match table.absent {
            Absent::All(false) => {}
            Absent::All(true) if named.is_empty() => none_at_all = true,
            Absent::All(true) => unwanted = std::mem::take(&mut named),
            Absent::Devices(names) => unwanted = names,
        }
        let mut all: Vec<&str> =
            named.iter().chain(&unwanted).map(|name| name.0.as_str()).collect();
        all.sort_unstable();
        let twice =
            all.windows(2).find_map(|pair| pair.first().filter(|one| pair.last() == Some(one)));
        if let Some(twice) = twice {
            return Err(format!("`{twice}` is named twice; a device is looked for once"));
        }
        let own = DeviceMatch {
            name: table.name,
            name_prefix: table.name_prefix,
            address: table.address,
            service: table.service,
            manufacturer: table.manufacturer,
            transport: table.transport.unwrap_or_default(),
            ..DeviceMatch::default()
        };
        let hearing = Hearing {
            rssi: table.rssi,
            pathloss: table.pathloss,
            pattern: table.pattern,
            any_service: table.any_service,
            duplicate_data: table.duplicate_data,
            discoverable: table.discoverable,
        };
        let (transport, within) = (table.transport, table.within);
        let (wanted, keep_scanning) = (named, table.keep_scanning);
        Ok(Self { own, transport, wanted, unwanted, none_at_all, hearing, within, keep_scanning })
    }
}

impl Discover {
    /// Each device with what the step says and what its table says as one list of criteria.
    fn targets(&self, bench: &Bench) -> Vec<Target> {
        let named = |name: &DeviceName, absent| Target {
            name: Some(name.clone()),
            criteria: vec![self.own.clone(), bench.criteria(name)],
            absent,
        };
        let wanted = self.wanted.iter().map(|name| named(name, false));
        let mut targets: Vec<Target> =
            wanted.chain(self.unwanted.iter().map(|name| named(name, true))).collect();
        if self.wanted.is_empty() && (self.unwanted.is_empty() || self.none_at_all) {
            let criteria = vec![self.own.clone()];
            targets.push(Target { name: None, criteria, absent: self.none_at_all });
        }
        targets
    }

    /// The adapter of its devices.
    fn adapter<'b>(&self, bench: &'b Bench) -> Result<&'b Adapter, Failure> {
        let mut all = self.wanted.iter().chain(&self.unwanted).map(|name| bench.adapter_of(name));
        let first = all.next().unwrap_or(bench.adapter());
        match all.find(|other| other.path() != first.path()) {
            None => Ok(first),
            Some(other) => Err(Failure::bench(
                "several-adapters",
                format!("its devices are on {} and on {}", first.name(), other.name()),
                "discover the devices of each adapter in a step of their own; `parallel` runs them at the same time",
            )),
        }
    }

    /// What a device without a name in the plan is called.
    fn anonymous(&self) -> String {
        let named = [
            self.own.name.clone(),
            self.own.name_prefix.as_ref().map(|prefix| format!("{prefix}*")),
            self.own.address.as_ref().map(ToString::to_string),
            self.hearing.pattern.as_ref().map(|pattern| format!("{pattern}*")),
        ];
        named.into_iter().flatten().next().unwrap_or_else(|| "a device".to_owned())
    }

    fn called(&self, target: &Target) -> String {
        target.name.as_ref().map_or_else(|| self.anonymous(), ToString::to_string)
    }
}

impl Step for Discover {
    const VERB: &'static str = "discover";
    const EXAMPLE: &'static str = r#"{ do = "discover", device = "headset", within = "15s" }"#;

    fn describe(&self) -> String {
        let list = |names: &[DeviceName]| {
            names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        match (self.wanted.as_slice(), self.unwanted.as_slice()) {
            ([], []) if self.none_at_all => {
                format!("discover that {} is absent", self.anonymous())
            }
            ([], []) => format!("discover {}", self.anonymous()),
            (wanted, []) => format!("discover {}", list(wanted)),
            ([], [unwanted]) => format!("discover that {unwanted} is absent"),
            ([], unwanted) => format!("discover that {} are absent", list(unwanted)),
            (wanted, unwanted) => {
                format!("discover {} and not {}", list(wanted), list(unwanted))
            }
        }
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(10)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let adapter = self.adapter(bench)?;
        let _turn = bench.turn_to_discover(adapter).await;
        let mut search = Search::new(adapter, self.targets(bench), &self.hearing);
        scan::start(bench, adapter, &search.filter(self.transport)).await?;
        let mirror = bench.session().mirror();
        let look = mirror.wait_for(|tree| search.look(tree).then_some(()));
        if let Ok(ended) = tokio::time::timeout(self.within.0, look).await {
            ended?;
        }
        let passed = search.shows_absent().is_none() && search.missing().next().is_none();
        let stays = self.keep_scanning && passed && !search.found.is_empty();
        if !stays {
            scan::stop(bench, adapter).await?;
        }
        for (at, path) in &search.found {
            if let Some(name) = search.targets.get(*at).and_then(|target| target.name.as_ref()) {
                bench.recognise(name, &Device::at(bench.session(), path));
            }
        }
        if let Some((target, path)) = search.shows_absent() {
            return Err(Failure::unmet(
                format!("{} is in range", self.called(target)),
                format!("no such device within {}", self.within),
                path,
            ));
        }
        if passed { Ok(()) } else { Err(self.not_found(&search)) }
    }
}

impl Discover {
    fn not_found(&self, search: &Search<'_>) -> Failure {
        let missing: Vec<String> = search.missing().map(|target| self.called(target)).collect();
        let missing = missing.join(", ");
        let verb = if missing.contains(", ") { "were" } else { "was" };
        let connected = search.missing().any(|target| is_connected(search.adapter, target));
        let failure =
            Failure::fail("not-found", format!("{missing} {verb} not found"), hint(connected));
        let others = search.new_devices().saturating_sub(search.found.len());
        let mut seen = format!("{others} other new devices");
        if !search.found.is_empty() {
            let found = search.found.keys().filter_map(|at| search.targets.get(*at));
            let found: Vec<String> = found.map(|target| self.called(target)).collect();
            seen = format!("{}, and {seen}", found.join(", "));
        }
        let mut failure = failure.seen(Some(seen));
        failure.cause.expected = Some(format!("{missing} on the air within {}", self.within));
        failure
    }
}

/// Whether a device that would match is connected.
fn is_connected(adapter: &Adapter, target: &Target) -> bool {
    adapter.devices().iter().any(|device| {
        device.is("Connected")
            && device.properties().is_some_and(|properties| target.is(&properties))
    })
}

/// What may be wrong where a device is not heard.
fn hint(connected: bool) -> &'static str {
    if connected {
        "it is connected, and a connected device seldom advertises: disconnect it first"
    } else {
        "is it switched on, in range, and advertising (in pairing mode)?"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Discover, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_plan_may_name_one_several_none_and_those_that_must_not_show() {
        for (text, says) in [
            ("device = \"a\"", "discover a"),
            ("devices = [\"a\", \"b\"]", "discover a, b"),
            ("device = \"a\"\nabsent = true", "discover that a is absent"),
            ("devices = [\"a\", \"b\"]\nabsent = true", "discover that a, b are absent"),
            ("devices = [\"a\", \"b\"]\nabsent = [\"c\"]", "discover a, b and not c"),
            ("name = \"X\"\nabsent = true", "discover that X is absent"),
            ("pattern = \"C0:\"", "discover C0:*"),
            ("", "discover a device"),
        ] {
            assert_eq!(read(text).unwrap().describe(), says, "{text}");
        }
    }

    #[test]
    fn what_excludes_itself_is_refused() {
        for (text, says) in [
            ("rssi = -70\npathloss = 60", "leave one of them out"),
            ("rssi = -128", "from -127 to 20"),
            ("pathloss = 138", "at most 137"),
            ("devices = [\"a\", \"a\"]", "`a` is named twice"),
            ("device = \"a\"\nabsent = [\"a\"]", "`a` is named twice"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
