//! `advertise` and `stop-advertising`: the bench on the air, for a device under test that is a central.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::begun::Begun;
use super::company::Company;
use super::data_type::DataType;
use super::label::Label;
use super::octets::Bytes;
use super::{Bench, Outcome, Step};
use crate::bluez::Property;
use crate::plan::{ServiceUuid, Span};

/// Advertise on the plan's adapter, until the attempt ends or `stop-advertising`.
///
/// What is not given is not sent. BlueZ adds the flags; the controller may have room for a few advertisements at a
/// time (`LEAdvertisingManager1.SupportedInstances`). Data that does not fit is refused as `invalid-length`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "AdvertiseTable")]
#[schemars(with = "AdvertiseTable")]
pub struct Advertise {
    label: Label,
    says: Vec<Property>,
}

/// [`Advertise`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct AdvertiseTable {
    /// What the plan calls this advertisement, where it has several at a time.
    #[serde(default = "advertisement", rename = "as")]
    label: Label,
    /// Whether the bench can be connected to.
    #[serde(default, rename = "type")]
    kind: Kind,
    /// The name on the air.
    #[schemars(extend("examples" = ["Test bench"]))]
    name: Option<String>,
    /// Services that the bench says it has.
    #[serde(default)]
    #[schemars(extend("examples" = [["180d"]]))]
    services: Vec<ServiceUuid>,
    /// Services that the bench is looking for.
    #[serde(default)]
    solicits: Vec<ServiceUuid>,
    /// Manufacturer data by company identifier, in pairs of hexadecimal digits.
    #[serde(default)]
    #[schemars(extend("examples" = [{ "0x0059": "01 02" }]))]
    manufacturer_data: BTreeMap<Company, Bytes>,
    /// Service data by service, written in the same way.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Bytes>", extend("examples" = [{ "180f": "64" }]))]
    service_data: BTreeMap<ServiceUuid, Bytes>,
    /// Any other data by its type (Assigned Numbers, 2.3), such as `0x26`.
    #[serde(default)]
    #[schemars(extend("examples" = [{ "0x26": "01 01" }]))]
    data: BTreeMap<DataType, Bytes>,
    /// Whether the flags say that the bench can be found by everybody. Without it, as the adapter is.
    discoverable: Option<bool>,
    /// How long they say so.
    discoverable_timeout: Option<Span>,
    /// The appearance (Assigned Numbers, 2.6).
    appearance: Option<u16>,
    /// What BlueZ is to put in by itself.
    #[serde(default)]
    includes: Vec<Include>,
    /// How long it is sent before it is another's turn, where there are several, in whole seconds.
    duration: Option<Span>,
    /// How long it is sent at all, in whole seconds. Without it, until the attempt ends.
    r#for: Option<Span>,
    /// The physical layer of the secondary channel, for extended advertising.
    secondary_channel: Option<Channel>,
    /// The shortest interval, from 20 ms on.
    min_interval: Option<Span>,
    /// The longest interval.
    max_interval: Option<Span>,
    /// The power to send with, in dBm, from -127 to 20.
    tx_power: Option<i16>,
}

fn advertisement() -> Label {
    Label::of("advertisement")
}

/// Whether it can be connected to.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// It can.
    #[default]
    Peripheral,
    /// It cannot.
    Broadcast,
}

/// What BlueZ can put in by itself.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Include {
    TxPower,
    Appearance,
    LocalName,
    /// A number that changes, for devices of a set.
    Rsi,
}

/// A physical layer.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
enum Channel {
    #[serde(rename = "1M")]
    OneM,
    #[serde(rename = "2M")]
    TwoM,
    #[serde(rename = "coded")]
    Coded,
}

/// The intervals that BlueZ takes.
const INTERVALS: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(20)..=Duration::from_millis(10_485_000);

impl TryFrom<AdvertiseTable> for Advertise {
    type Error = String;

    fn try_from(table: AdvertiseTable) -> Result<Self, String> {
        table.check()?;
        let label = table.label.clone();
        Ok(Self { label, says: table.says() })
    }
}

impl AdvertiseTable {
    fn check(&self) -> Result<(), String> {
        let is_broadcast = matches!(self.kind, Kind::Broadcast);
        if is_broadcast && (self.discoverable.is_some() || self.discoverable_timeout.is_some()) {
            return Err("a broadcast has no `discoverable`; take it or `type` out".to_owned());
        }
        if self.name.is_some()
            && self.includes.iter().any(|part| matches!(part, Include::LocalName))
        {
            return Err(
                "`name` and `local-name` in `includes` are two names; take one out".to_owned()
            );
        }
        if self.tx_power.is_some_and(|power| !(-127..=20).contains(&power)) {
            return Err("`tx-power` is from -127 to 20 dBm".to_owned());
        }
        let intervals = [self.min_interval, self.max_interval];
        if intervals.iter().flatten().any(|span| !INTERVALS.contains(&span.0)) {
            return Err("an interval is from 20ms to 10485s".to_owned());
        }
        if let [Some(min), Some(max)] = intervals
            && min.0 > max.0
        {
            return Err("`min-interval` is above `max-interval`".to_owned());
        }
        let spans = [self.discoverable_timeout, self.duration, self.r#for];
        let is_whole =
            |span: &Span| span.0.subsec_nanos() == 0 && u16::try_from(span.0.as_secs()).is_ok();
        match spans.iter().flatten().all(is_whole) {
            true => Ok(()),
            false => {
                Err("`for`, `duration` and `discoverable-timeout` are whole seconds, up to 65535s"
                    .to_owned())
            }
        }
    }

    /// The properties of `org.bluez.LEAdvertisement1`, with their types.
    fn says(&self) -> Vec<Property> {
        let list = |uuids: &[ServiceUuid]| {
            let uuids: Vec<&str> = uuids.iter().map(ServiceUuid::as_str).collect();
            (!uuids.is_empty()).then(|| json!(uuids))
        };
        let dictionary =
            |entries: Map<String, Value>| (!entries.is_empty()).then_some(Value::Object(entries));
        let seconds = |span: Option<Span>| span.map(|span| Value::from(span.0.as_secs()));
        let milliseconds = |span: Option<Span>| span.map(|span| json!(span.0.as_millis() as u64));
        let manufacturers = self
            .manufacturer_data
            .iter()
            .map(|(company, bytes)| (company.0.to_string(), bytes.hex()));
        let services = self
            .service_data
            .iter()
            .map(|(service, bytes)| (service.as_str().to_owned(), json!({ "bytes": bytes.hex() })));
        let others = self.data.iter().map(|(kind, bytes)| (kind.number().to_string(), bytes.hex()));
        let includes: Vec<&str> = self.includes.iter().map(|part| part.word()).collect();
        [
            ("Type", "s", Some(json!(self.kind.word()))),
            ("LocalName", "s", self.name.clone().map(Value::from)),
            ("ServiceUUIDs", "as", list(&self.services)),
            ("SolicitUUIDs", "as", list(&self.solicits)),
            ("ManufacturerData", "a{qv}", dictionary(manufacturers.collect())),
            ("ServiceData", "a{sv}", dictionary(services.collect())),
            ("Data", "a{yv}", dictionary(others.collect())),
            ("Discoverable", "b", self.discoverable.map(Value::from)),
            ("DiscoverableTimeout", "q", seconds(self.discoverable_timeout)),
            ("Appearance", "q", self.appearance.map(Value::from)),
            ("Includes", "as", (!includes.is_empty()).then(|| json!(includes))),
            ("Duration", "q", seconds(self.duration)),
            ("Timeout", "q", seconds(self.r#for)),
            ("SecondaryChannel", "s", self.secondary_channel.map(|channel| json!(channel.word()))),
            ("MinInterval", "u", milliseconds(self.min_interval)),
            ("MaxInterval", "u", milliseconds(self.max_interval)),
            ("TxPower", "n", self.tx_power.map(Value::from)),
        ]
        .into_iter()
        .filter_map(|(name, kind, value)| Some((name, kind, value?)))
        .collect()
    }
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Peripheral => "peripheral",
            Self::Broadcast => "broadcast",
        }
    }
}

impl Include {
    fn word(self) -> &'static str {
        match self {
            Self::TxPower => "tx-power",
            Self::Appearance => "appearance",
            Self::LocalName => "local-name",
            Self::Rsi => "rsi",
        }
    }
}

impl Channel {
    fn word(self) -> &'static str {
        match self {
            Self::OneM => "1M",
            Self::TwoM => "2M",
            Self::Coded => "Coded",
        }
    }
}

impl Step for Advertise {
    const VERB: &'static str = "advertise";
    const EXAMPLE: &'static str =
        r#"{ do = "advertise", name = "Test bench", services = ["180d"], discoverable = true }"#;

    fn describe(&self) -> String {
        let what = |name: &str| {
            self.says
                .iter()
                .find(|(known, ..)| *known == name)
                .and_then(|(.., value)| value.as_str())
        };
        format!("advertise {}", what("LocalName").unwrap_or(self.label.as_str()))
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        bench.begins(Begun::Advertisement(self.label.to_string()));
        bench.advertiser().start(self.label.as_str(), bench.adapter().path(), &self.says).await?;
        Ok(())
    }
}

/// Advertise no longer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StopAdvertising {
    /// Which one, as `advertise` calls it.
    #[serde(default = "advertisement", rename = "as")]
    label: Label,
}

impl Step for StopAdvertising {
    const VERB: &'static str = "stop-advertising";
    const EXAMPLE: &'static str = r#"{ do = "stop-advertising" }"#;

    fn describe(&self) -> String {
        format!("stop advertising {}", self.label)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        bench.advertiser().stop(self.label.as_str()).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(table: Value) -> Result<Vec<Property>, String> {
        serde_json::from_value::<Advertise>(table)
            .map(|step| step.says)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_given_is_said_and_nothing_else() {
        let says = says(json!({
            "name": "Bench", "services": ["180d"], "manufacturer-data": { "0x0059": "01 ff" },
            "service-data": { "180f": "64" }, "for": "5s", "min-interval": "100ms", "includes": ["tx-power"],
        }));
        let names: Vec<&str> = says.as_ref().unwrap().iter().map(|(name, ..)| *name).collect();
        let all = [
            "Type",
            "LocalName",
            "ServiceUUIDs",
            "ManufacturerData",
            "ServiceData",
            "Includes",
            "Timeout",
            "MinInterval",
        ];
        assert_eq!(names, all);
        for (name, kind, value) in says.unwrap() {
            crate::bluez::check_argument(kind, &value)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }

    #[test]
    fn what_bluez_would_refuse_is_an_error_of_the_plan() {
        for (table, says_so) in [
            (json!({ "type": "broadcast", "discoverable": true }), "a broadcast has no"),
            (json!({ "name": "a", "includes": ["local-name"] }), "two names"),
            (json!({ "tx-power": 21 }), "from -127 to 20"),
            (json!({ "min-interval": "10ms" }), "from 20ms"),
            (json!({ "min-interval": "2s", "max-interval": "1s" }), "above"),
            (json!({ "for": "1500ms" }), "whole seconds"),
            (json!({ "manufacturer-data": { "0x59": "1" } }), "digit"),
            (json!({ "data": { "0x1ff": "01" } }), "no type of advertising data"),
            (json!({ "as": "a/b" }), "letters and digits"),
        ] {
            let error = says(table.clone()).unwrap_err();
            assert!(error.contains(says_so), "{table}: {error}");
        }
    }
}
