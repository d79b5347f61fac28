//! The bytes that a monitor looks for, out of what a plan says is advertised.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{DataType, MonitorTable};
use crate::bluez::Pattern;
use crate::plan::ServiceUuid;
use crate::steps::octets::Bytes;

/// The longest part of an advertisement that is compared (`BT_AD_MAX_DATA_LEN` in `src/shared/ad.h`).
const LONGEST: usize = 31;
/// How many patterns a monitor can have. The kernel takes 16, but bluetoothd counts the bytes of its command in a `uint8_t`,
/// and eight patterns end it (`merged_pattern_send_add_pattern` in `src/adv_monitor.c`; 5.66 and 5.82 died of it in the
/// lab).
const MOST: usize = 7;
/// How many places of a list of services are looked at.
const PLACES: u8 = 3;
/// Types of advertising data (Assigned Numbers, 2.3).
const SHORTENED_NAME: u8 = 0x08;
const COMPLETE_NAME: u8 = 0x09;
const MANUFACTURER: u8 = 0xff;
/// The last of the types that are in a row.
const LAST: u8 = 0x3d;

/// One of `patterns`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PatternTable {
    /// The type of the part (Assigned Numbers, 2.3).
    #[schemars(extend("examples" = ["0x16"]))]
    r#type: DataType,
    /// Where the bytes begin in it.
    #[serde(default)]
    offset: u8,
    /// The bytes, in pairs of hexadecimal digits.
    #[schemars(extend("examples" = ["0f 18"]))]
    value: Bytes,
}

impl MonitorTable {
    /// All that is looked for, of which one is enough.
    pub(super) fn patterns(&self) -> Result<Vec<Pattern>, String> {
        let begins = |kind: u8, bytes: Vec<u8>| Pattern { kind, offset: 0, bytes };
        let name = self.name.iter().flat_map(|name| {
            [SHORTENED_NAME, COMPLETE_NAME].map(|kind| begins(kind, name.as_bytes().to_vec()))
        });
        let services = self.services.iter().flat_map(service);
        let companies = self.manufacturer_data.iter().map(|(company, bytes)| {
            begins(MANUFACTURER, [&company.0.to_le_bytes(), bytes.as_slice()].concat())
        });
        let data =
            self.data.iter().map(|(kind, bytes)| begins(kind.number(), bytes.as_slice().to_vec()));
        let further = self.patterns.iter().map(|table| Pattern {
            kind: table.r#type.number(),
            offset: table.offset,
            bytes: table.value.as_slice().to_vec(),
        });
        let all: Vec<Pattern> =
            name.chain(services).chain(companies).chain(data).chain(further).collect();
        check(&all)?;
        Ok(all)
    }
}

fn check(patterns: &[Pattern]) -> Result<(), String> {
    if patterns.is_empty() {
        return Err("nothing is watched for; give for example `services`, `manufacturer-data` or `patterns`".to_owned());
    }
    if patterns.len() > MOST {
        return Err(format!(
            "these are {} patterns, and bluetoothd dies of more than {MOST}: `name` makes two, and each of `services` two \
             for a long UUID and six for a short one; use several monitors, each with a name (`as`)",
            patterns.len()
        ));
    }
    for Pattern { kind, offset, bytes } in patterns {
        if !(1..=LAST).contains(kind) && *kind != MANUFACTURER {
            return Err(format!("BlueZ watches no advertising data of type {kind:#04x}"));
        }
        if bytes.is_empty() {
            return Err(format!("no bytes are given for advertising data of type {kind:#04x}"));
        }
        if usize::from(*offset) + bytes.len() > LONGEST {
            return Err(format!(
                "{} bytes from {offset} on are more than the {LONGEST} of an advertisement",
                bytes.len()
            ));
        }
    }
    Ok(())
}

/// A service in a list of them that is whole or not: a short one at any of the first places, a long one at the first,
/// since there is room for no second.
fn service(uuid: &ServiceUuid) -> Vec<Pattern> {
    let (kinds, bytes, places) = match wire(uuid) {
        short if short.len() == 2 => ([0x02, 0x03], short, PLACES),
        middle if middle.len() == 4 => ([0x04, 0x05], middle, 1),
        long => ([0x06, 0x07], long, 1),
    };
    let width = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    let at =
        |place: u8| kinds.map(|kind| Pattern { kind, offset: place * width, bytes: bytes.clone() });
    (0..places).flat_map(at).collect()
}

/// A UUID as it is advertised: in as few bytes as it can, the last first.
fn wire(uuid: &ServiceUuid) -> Vec<u8> {
    const BASE: &str = "00001000800000805f9b34fb";
    let digits: String = uuid.as_str().chars().filter(|digit| *digit != '-').collect();
    let short = match digits.strip_suffix(BASE) {
        Some(number) => number.strip_prefix("0000").unwrap_or(number),
        None => digits.as_str(),
    };
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    short.as_bytes().chunks(2).rev().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::Monitor;
    use crate::bluez::Watched;

    fn watched(table: Value) -> Result<Watched, String> {
        serde_json::from_value::<Monitor>(table)
            .map(|step| step.watched)
            .map_err(|error| error.to_string())
    }

    fn patterns(table: Value) -> Vec<String> {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let told = watched(table).unwrap().patterns.into_iter();
        told.map(|each| format!("{:02x}@{} {}", each.kind, each.offset, hex(&each.bytes))).collect()
    }

    #[test]
    fn what_a_plan_says_is_advertised_becomes_patterns() {
        assert_eq!(patterns(json!({ "name": "Ab" })), ["08@0 4162", "09@0 4162"]);
        let list = ["02@0 0d18", "03@0 0d18", "02@2 0d18", "03@2 0d18"];
        assert_eq!(patterns(json!({ "services": ["180d"] }))[..4], list);
        let long = "50db505c-8ac4-4738-8448-3b1d9cc09cc5";
        let wire = "c59cc09c1d3b48843847c48a5c50db50";
        let both = [format!("06@0 {wire}"), format!("07@0 {wire}")];
        assert_eq!(patterns(json!({ "services": [long] })), both);
        let others = json!({
            "manufacturer-data": { "0x004c": "", "0x0059": "01" }, "data": { "0x01": "06" },
            "patterns": [{ "type": "0x16", "offset": 2, "value": "ff" }],
        });
        assert_eq!(patterns(others), ["ff@0 4c00", "ff@0 590001", "01@0 06", "16@2 ff"]);
    }

    #[test]
    fn what_bluez_would_not_take_is_an_error_of_the_plan() {
        let flags = |more: Value| {
            let mut table = json!({ "data": { "0x01": "06" } });
            let entries = more.as_object().unwrap().clone();
            table.as_object_mut().unwrap().extend(entries);
            table
        };
        for (table, says) in [
            (json!({}), "nothing is watched for"),
            (json!({ "services": ["180d", "180f"] }), "these are 12 patterns"),
            (json!({ "data": { "0x3e": "01" } }), "no advertising data of type 0x3e"),
            (json!({ "data": { "0x26": "" } }), "no bytes are given"),
            (json!({ "name": "0123456789012345678901234567890123" }), "34 bytes from 0 on"),
            (
                json!({ "patterns": [{ "type": "0x16", "offset": 31, "value": "01" }] }),
                "from 31 on",
            ),
            (flags(json!({ "rssi-high": 21 })), "from -127 to 20"),
            (flags(json!({ "rssi-high": -80, "rssi-low": -60 })), "below `rssi-low`"),
            (flags(json!({ "rssi-low-timeout": "500ms" })), "whole seconds"),
            (flags(json!({ "rssi-high-timeout": "301s" })), "whole seconds"),
            (flags(json!({ "sampling-period": "150ms" })), "no sampling period"),
            (flags(json!({ "sampling-period": "26s" })), "no sampling period"),
            (flags(json!({ "as": "a-b" })), "letters and digits"),
        ] {
            let error = watched(table.clone()).unwrap_err();
            assert!(error.contains(says), "{table}: {error}");
        }
    }

    #[test]
    fn what_is_not_given_is_left_to_bluez() {
        let table =
            json!({ "data": { "0x01": "06" }, "rssi-low": -90, "sampling-period": "first" });
        let watched = watched(table).unwrap();
        let Watched { high, low, high_timeout, low_timeout, sampling_period, .. } = watched;
        let given = (high, low, high_timeout, low_timeout, sampling_period);
        assert_eq!(given, (None, Some(-90), None, None, Some(255)));
    }
}
