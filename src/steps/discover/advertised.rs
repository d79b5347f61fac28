//! `expect-advertised`: what a device says of itself on the air, part by part.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::search::{Hearing, Search, Target};
use super::{hint, is_connected, scan};
use crate::bluez::{Device, Properties};
use crate::plan::{DeviceName, ServiceUuid, Span};
use crate::steps::company::Company;
use crate::steps::failure::shown;
use crate::steps::matching::has_service;
use crate::steps::number::Number;
use crate::steps::octets::Octets;
use crate::steps::{Bench, Failure, Outcome, Step};

/// Check what a device advertises: everything that is given must be so, at the same time.
///
/// The step listens until that is so, or `within` is over; then it says of each part what was expected and what
/// was heard. Where a step before has left discovery running, it is used and left running. BlueZ shows what it
/// has last heard of each part: scan responses are in it, and parts that the device has ceased to send.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "ExpectAdvertisedTable")]
#[schemars(with = "ExpectAdvertisedTable")]
pub struct ExpectAdvertised {
    device: DeviceName,
    wanted: Wanted,
    within: Span,
}

/// [`ExpectAdvertised`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ExpectAdvertisedTable {
    /// The device of the plan.
    device: DeviceName,
    /// Its name, exactly.
    name: Option<String>,
    /// Its appearance (Assigned Numbers, 2.6), such as 0x0341 for a heart rate belt.
    #[schemars(extend("examples" = [833]))]
    appearance: Option<Number>,
    /// Its class of device (BR/EDR); `{ bits = 0x0400, mask = 0x1f00 }` asks for the major class alone.
    #[schemars(extend("examples" = [0x24_0404]))]
    class: Option<Number>,
    /// Services, all of which it advertises. Of a device that BlueZ has been connected to before, BlueZ shows here
    /// also those that it has.
    #[serde(default)]
    #[schemars(extend("examples" = [["180d", "180f"]]))]
    services: Vec<ServiceUuid>,
    /// Manufacturer data by company identifier: pairs of hexadecimal digits, `?` for any digit, `*` at the end for
    /// whatever follows; or `{ bytes = "0215", mask = "ff0f" }`.
    #[serde(default)]
    #[schemars(extend("examples" = [{ "0x004c": "02 15 *" }]))]
    manufacturer_data: BTreeMap<Company, Octets>,
    /// Service data by service, written in the same way.
    #[serde(default)]
    #[schemars(
        with = "BTreeMap<String, Octets>",
        extend("examples" = [{ "180f": "64" }])
    )]
    service_data: BTreeMap<ServiceUuid, Octets>,
    /// The power that it says it sends with, in dBm.
    #[schemars(extend("examples" = [4]))]
    tx_power: Option<Number>,
    /// The advertising flags that are set, and no others (Core Specification Supplement, Part A, 1.3). BlueZ shows them
    /// from 5.79 on; before that, only with `bluetoothd --experimental`.
    flags: Option<Vec<Flag>>,
    /// How long all of it may take to be heard.
    #[serde(default = "ten_seconds")]
    within: Span,
}

fn ten_seconds() -> Span {
    Span(Duration::from_secs(10))
}

/// What must be advertised.
#[derive(Debug)]
struct Wanted {
    name: Option<String>,
    appearance: Option<Number>,
    class: Option<Number>,
    services: Vec<ServiceUuid>,
    manufacturer_data: BTreeMap<Company, Octets>,
    service_data: BTreeMap<ServiceUuid, Octets>,
    tx_power: Option<Number>,
    flags: Option<Vec<Flag>>,
}

impl TryFrom<ExpectAdvertisedTable> for ExpectAdvertised {
    type Error = String;

    fn try_from(table: ExpectAdvertisedTable) -> Result<Self, String> {
        let ExpectAdvertisedTable { device, name, appearance, class, services, .. } = table;
        let ExpectAdvertisedTable { manufacturer_data, service_data, tx_power, flags, .. } = table;
        let is_empty = name.is_none()
            && appearance.is_none()
            && class.is_none()
            && services.is_empty()
            && manufacturer_data.is_empty()
            && service_data.is_empty()
            && tx_power.is_none()
            && flags.is_none();
        if is_empty {
            return Err(
                "nothing is expected; give for example `services` or `manufacturer-data`, or use \
                        `discover` to see whether the device is there"
                    .to_owned(),
            );
        }
        let wanted = Wanted {
            name,
            appearance,
            class,
            services,
            manufacturer_data,
            service_data,
            tx_power,
            flags,
        };
        Ok(Self { device, wanted, within: table.within })
    }
}

/// An advertising flag; its place in the list is its bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Flag {
    LeLimitedDiscoverable,
    LeGeneralDiscoverable,
    BrEdrNotSupported,
    SimultaneousLeAndBrEdrController,
    SimultaneousLeAndBrEdrHost,
}

impl Flag {
    const ALL: [(Self, &'static str); 5] = [
        (Self::LeLimitedDiscoverable, "le-limited-discoverable"),
        (Self::LeGeneralDiscoverable, "le-general-discoverable"),
        (Self::BrEdrNotSupported, "br-edr-not-supported"),
        (Self::SimultaneousLeAndBrEdrController, "simultaneous-le-and-br-edr-controller"),
        (Self::SimultaneousLeAndBrEdrHost, "simultaneous-le-and-br-edr-host"),
    ];

    fn bits(flags: &[Self]) -> u8 {
        let bit = |(at, (flag, _)): (usize, &(Self, _))| u8::from(flags.contains(flag)) << at;
        Self::ALL.iter().enumerate().map(bit).sum()
    }

    fn words(bits: u8) -> String {
        let is_set = |(at, _): &(usize, &(Self, &'static str))| bits >> at & 1 == 1;
        let words = Self::ALL.iter().enumerate().filter(is_set).map(|(_, (_, word))| *word);
        let words = words.collect::<Vec<_>>().join(", ");
        if words.is_empty() { format!("none (0x{bits:02x})") } else { words }
    }
}

/// A part of what is advertised that is not as expected.
#[derive(Debug, PartialEq)]
struct Differs {
    part: String,
    expected: String,
    seen: String,
}

impl Wanted {
    /// Every part that is not as expected.
    fn differs(&self, properties: &Properties) -> Vec<Differs> {
        let mut parts = Vec::new();
        let mut differs = |part: String, expected: String, seen: String| {
            parts.push(Differs { part, expected, seen });
        };
        let value = |property: &str| properties.get(property);
        if let Some(name) = &self.name
            && value("Name").and_then(Value::as_str) != Some(name)
        {
            differs("name".into(), format!("{name:?}"), shown(value("Name")));
        }
        for (part, property, wanted, width) in [
            ("appearance", "Appearance", self.appearance, 4),
            ("class", "Class", self.class, 6),
            ("tx-power", "TxPower", self.tx_power, 0),
        ] {
            let Some(wanted) = wanted else { continue };
            let number = value(property).and_then(Value::as_i64);
            let told =
                |number| if width > 0 { format!("0x{number:0width$x}") } else { dbm(number) };
            if !number.is_some_and(|number| wanted.holds(number)) {
                let seen = number.map_or_else(|| shown(None), told);
                differs(part.into(), wanted.told(told), seen);
            }
        }
        for uuid in self.services.iter().filter(|uuid| !has_service(properties, uuid)) {
            differs("services".into(), uuid.to_string(), shown(value("UUIDs")));
        }
        for (company, octets) in &self.manufacturer_data {
            let data = value("ManufacturerData").and_then(|all| all.get(company.0.to_string()));
            let part = format!("manufacturer-data of 0x{:04x}", company.0);
            differs_in_bytes(part, octets, data, &mut differs);
        }
        for (uuid, octets) in &self.service_data {
            let data = value("ServiceData").and_then(|all| all.get(uuid.as_str()));
            differs_in_bytes(format!("service-data of {uuid}"), octets, data, &mut differs);
        }
        if let Some(flags) = &self.flags {
            let seen = value("AdvertisingFlags").and_then(Value::as_str);
            let seen = seen.and_then(|hex| u8::from_str_radix(hex.get(..2)?, 16).ok());
            let wanted = Flag::bits(flags);
            if seen != Some(wanted) {
                let seen = seen.map_or_else(|| shown(None), Flag::words);
                differs("flags".into(), Flag::words(wanted), seen);
            }
        }
        parts
    }
}

fn dbm(number: i64) -> String {
    format!("{number} dBm")
}

fn differs_in_bytes(
    part: String,
    wanted: &Octets,
    data: Option<&Value>,
    differs: &mut impl FnMut(String, String, String),
) {
    let hex = data.and_then(|data| match data {
        // The mirror has no bytes as an empty list.
        Value::Array(none) if none.is_empty() => Some(""),
        data => data.as_str(),
    });
    match hex {
        None => differs(part, wanted.to_string(), shown(None)),
        Some(hex) => {
            if let Some(why) = wanted.differs(hex) {
                differs(part, wanted.to_string(), format!("{} ({why})", spaced(hex)));
            }
        }
    }
}

/// Hexadecimal digits in pairs.
fn spaced(hex: &str) -> String {
    let pairs = hex.as_bytes().chunks(2).map(String::from_utf8_lossy);
    pairs.collect::<Vec<_>>().join(" ")
}

impl Step for ExpectAdvertised {
    const VERB: &'static str = "expect-advertised";
    const EXAMPLE: &'static str = r#"{ do = "expect-advertised", device = "headset", services = ["180d"], manufacturer-data = { 0x004c = "02 15 *" }, flags = ["le-general-discoverable", "br-edr-not-supported"] }"#;

    fn describe(&self) -> String {
        format!("expect what {} advertises", self.device)
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(10)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let criteria = vec![bench.criteria(&self.device)];
        let target = Target { name: Some(self.device.clone()), criteria, absent: false };
        let hearing = Hearing { duplicate_data: Some(true), ..Hearing::default() };
        let adapter = bench.adapter_of(&self.device);
        let _turn = bench.turn_to_discover(adapter).await;
        let mut search = Search::new(adapter, vec![target], &hearing);
        let is_ours = bench.is_scanning(adapter);
        if !is_ours {
            scan::start(bench, adapter, &search.filter(None)).await?;
        }
        let mirror = bench.session().mirror();
        let mut last = None;
        let look = mirror.wait_for(|tree| {
            search.look(tree);
            let path = search.found.get(&0)?;
            let differs = self.wanted.differs(tree.interface(path, Device::INTERFACE)?);
            let all = differs.is_empty();
            last = Some(differs);
            all.then_some(())
        });
        if let Ok(ended) = tokio::time::timeout(self.within.0, look).await {
            ended?;
        }
        let found = search.found.get(&0);
        let connected = search.targets.first().is_some_and(|target| is_connected(adapter, target));
        if let Some(path) = found {
            bench.recognise(&self.device, &Device::at(bench.session(), path));
        }
        if !is_ours {
            scan::stop(bench, adapter).await?;
        }
        match last {
            None => Err(self.not_heard(connected)),
            Some(differs) if differs.is_empty() => Ok(()),
            Some(differs) => Err(self.differs(&differs)),
        }
    }
}

impl ExpectAdvertised {
    fn not_heard(&self, connected: bool) -> Failure {
        let message = format!("{} was not heard within {}", self.device, self.within);
        Failure::fail("not-found", message, hint(connected))
    }

    fn differs(&self, differs: &[Differs]) -> Failure {
        let mut parts: Vec<&str> = differs.iter().map(|one| one.part.as_str()).collect();
        parts.dedup();
        let each = |text: fn(&Differs) -> &str| {
            let lines = differs.iter().map(|one| format!("{} {}", one.part, text(one)));
            lines.collect::<Vec<_>>().join("; ")
        };
        Failure::unmet(
            format!(
                "{} does not advertise what is expected within {}: {}",
                self.device,
                self.within,
                parts.join(", ")
            ),
            each(|one| &one.expected),
            each(|one| &one.seen),
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wanted(text: &str) -> Wanted {
        let text = format!("device = \"dut\"\n{text}");
        toml::from_str::<ExpectAdvertised>(&text).unwrap().wanted
    }

    fn heard() -> Properties {
        let properties = json!({
            "Name": "Belt-7",
            "Appearance": 0x0341,
            "Class": 0x24_0404,
            "UUIDs": ["0000180d-0000-1000-8000-00805f9b34fb"],
            "ManufacturerData": { "76": "0215aa" },
            "ServiceData": { "0000180f-0000-1000-8000-00805f9b34fb": "64" },
            "TxPower": 4,
            "AdvertisingFlags": "06",
        });
        serde_json::from_value(properties).unwrap()
    }

    #[test]
    fn each_part_is_told_from_the_others() {
        for (right, wrong, part, expected, seen) in [
            ("name = 'Belt-7'", "name = 'Belt'", "name", "\"Belt\"", "\"Belt-7\""),
            ("appearance = 0x0341", "appearance = 0x0340", "appearance", "0x0340", "0x0341"),
            (
                "class = { bits = 0x0400, mask = 0x1f00 }",
                "class = 0x240418",
                "class",
                "0x240418",
                "0x240404",
            ),
            (
                "services = ['180d']",
                "services = ['180d', '180f']",
                "services",
                "0000180f-0000-1000-8000-00805f9b34fb",
                "[\"0000180d-0000-1000-8000-00805f9b34fb\"]",
            ),
            (
                "manufacturer-data = { 0x004c = '0215 *' }",
                "manufacturer-data = { 76 = '0215ab' }",
                "manufacturer-data of 0x004c",
                "0215ab",
                "02 15 aa (byte 2 differs)",
            ),
            (
                "service-data = { 180f = '?4' }",
                "service-data = { 180d = '64' }",
                "service-data of 0000180d-0000-1000-8000-00805f9b34fb",
                "64",
                "not there",
            ),
            ("tx-power = 4", "tx-power = { less = 0 }", "tx-power", "< 0 dBm", "4 dBm"),
            (
                "flags = ['br-edr-not-supported', 'le-general-discoverable']",
                "flags = ['le-limited-discoverable']",
                "flags",
                "le-limited-discoverable",
                "le-general-discoverable, br-edr-not-supported",
            ),
        ] {
            assert_eq!(wanted(right).differs(&heard()), [], "{right}");
            let differs = wanted(wrong).differs(&heard());
            let told = Differs {
                part: part.to_owned(),
                expected: expected.to_owned(),
                seen: seen.to_owned(),
            };
            assert_eq!(differs, [told], "{wrong}");
            assert!(!wanted(wrong).differs(&Properties::new()).is_empty(), "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_expected_is_refused() {
        for (text, says) in [
            ("", "nothing is expected"),
            ("manufacturer-data = { 0x1004c = '00' }", "no company identifier"),
            ("service-data = { 18 = '00' }", "not a service UUID"),
            ("flags = ['general']", "unknown variant"),
        ] {
            let text = format!("device = \"dut\"\n{text}");
            let error = toml::from_str::<ExpectAdvertised>(&text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
