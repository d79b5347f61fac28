//! `device-information`: what a device says that it is.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::super::condition::Pattern;
use super::super::{Bench, Failure, Outcome, Step};
use super::id::{CharacteristicId, ServiceId};
use super::target::{Found, Target};
use super::value::hex;
use crate::event::{Event, Object};
use crate::plan::DeviceName;

/// Read the device's Device Information into the journal and the reports, as its identity, and check what it says.
///
/// The device must be connected. Everything that it has of the service is read (Device Information Service, 1.1, 3);
/// BlueZ before 5.80 does not show the service. What is given is checked: a text, or `{ matches = "…" }`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeviceInformation {
    /// The device of the plan.
    device: DeviceName,
    /// Who made it.
    #[schemars(extend("examples" = ["Acme"]))]
    manufacturer: Option<Text>,
    /// Its model number.
    model: Option<Text>,
    /// Its serial number.
    serial: Option<Text>,
    /// The revision of its hardware.
    hardware: Option<Text>,
    /// The revision of its firmware.
    #[schemars(extend("examples" = ["1.2.3", { "matches": "^1\\." }]))]
    firmware: Option<Text>,
    /// The revision of its software.
    software: Option<Text>,
    /// Its PnP ID, as BlueZ writes a modalias: `usb:v1D6Bp0246d0552`, or `bluetooth:v…` where the vendor is one of the
    /// Bluetooth SIG's companies.
    pnp_id: Option<Text>,
}

/// What a text must be.
#[derive(Debug, Clone)]
enum Text {
    Is(String),
    Matches(Pattern),
}

impl Text {
    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Is(wanted) => text == wanted,
            Self::Matches(Pattern(pattern)) => pattern.is_match(text),
        }
    }

    fn told(&self) -> String {
        match self {
            Self::Is(wanted) => format!("{wanted:?}"),
            Self::Matches(Pattern(pattern)) => format!("like /{}/", pattern.as_str()),
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            matches: Pattern,
        }
        struct TextOrTable;
        impl<'de> Visitor<'de> for TextOrTable {
            type Value = Text;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text, or { matches = \"…\" }")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text::Is(text.to_owned()))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Text, A::Error> {
                let table = Table::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Text::Matches(table.matches))
            }
        }
        deserializer.deserialize_any(TextOrTable)
    }
}

impl JsonSchema for Text {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Text".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string" },
            {
                "type": "object",
                "properties": { "matches": { "type": "string", "format": "regex" } },
                "required": ["matches"],
                "additionalProperties": false,
            },
        ] })
    }
}

/// The characteristics of the service, and what the reports call them.
const PARTS: &[(u16, &str)] = &[
    (0x2a29, "Manufacturer"),
    (0x2a24, "Model"),
    (0x2a25, "SerialNumber"),
    (0x2a27, "HardwareRevision"),
    (0x2a26, "FirmwareRevision"),
    (0x2a28, "SoftwareRevision"),
    (0x2a23, "SystemId"),
    (PNP_ID, "PnpId"),
];

const PNP_ID: u16 = 0x2a50;
const SYSTEM_ID: u16 = 0x2a23;

impl Step for DeviceInformation {
    const VERB: &'static str = "device-information";
    const EXAMPLE: &'static str = r#"{ do = "device-information", device = "headset", manufacturer = "Acme", firmware = { matches = "^1\\." } }"#;

    fn describe(&self) -> String {
        format!("read the device information of {}", self.device)
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let mut properties: BTreeMap<String, Value> = BTreeMap::new();
        let mut path = String::new();
        for (number, name) in PARTS {
            let target = self.target(*number);
            let found = match target.find_now(bench).await {
                Ok(found) => found,
                // Each part is optional; the service itself is not.
                Err(failure) if failure.cause.kind == "no-attribute" && !is_absent(&failure) => {
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            let Found { attribute, device, .. } = found;
            path = device.path().to_owned();
            let value = attribute.read(0).await?;
            properties.insert((*name).to_owned(), told(*number, &value).into());
        }
        let object = Object { name: self.device.0.clone(), path };
        bench.record(Event::Identified { object, properties: properties.clone() });
        self.check(&properties)
    }
}

impl DeviceInformation {
    fn target(&self, number: u16) -> Target {
        Target {
            device: self.device.clone(),
            service: Some(ServiceId::assigned(0x180a)),
            characteristic: CharacteristicId::assigned(number),
            descriptor: None,
            instance: None,
        }
    }

    fn check(&self, properties: &BTreeMap<String, Value>) -> Outcome {
        let mut wrong = Vec::new();
        for (name, wanted) in [
            ("Manufacturer", &self.manufacturer),
            ("Model", &self.model),
            ("SerialNumber", &self.serial),
            ("HardwareRevision", &self.hardware),
            ("FirmwareRevision", &self.firmware),
            ("SoftwareRevision", &self.software),
            ("PnpId", &self.pnp_id),
        ] {
            let Some(wanted) = wanted else { continue };
            let seen = properties.get(name).and_then(Value::as_str);
            if !seen.is_some_and(|seen| wanted.holds(seen)) {
                let seen = seen.map_or("not there".to_owned(), |seen| format!("{seen:?}"));
                wrong.push((format!("{name} {}", wanted.told()), format!("{name} {seen}")));
            }
        }
        match wrong.as_slice() {
            [] => Ok(()),
            wrong => Err(super::read::differs(
                &format!("the device information of {}", self.device),
                wrong,
            )),
        }
    }
}

/// Whether it is the service that is not there.
fn is_absent(failure: &Failure) -> bool {
    failure.cause.expected.as_deref() == Some("such a service")
}

/// A part in words: text, an identifier in hexadecimal, a PnP ID as a modalias.
fn told(number: u16, value: &[u8]) -> String {
    match (number, value) {
        (PNP_ID, &[source, v0, v1, p0, p1, d0, d1]) => {
            let number = |low, high| u16::from_le_bytes([low, high]);
            let source = match source {
                1 => "bluetooth",
                2 => "usb",
                _ => return hex(value),
            };
            format!(
                "{source}:v{:04X}p{:04X}d{:04X}",
                number(v0, v1),
                number(p0, p1),
                number(d0, d1)
            )
        }
        (PNP_ID | SYSTEM_ID, value) => hex(value),
        // Some devices end a text with a byte of nothing.
        (_, value) => String::from_utf8_lossy(value).trim_end_matches('\0').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pnp_id_is_told_as_bluez_tells_a_modalias() {
        let id = [0x02, 0x6b, 0x1d, 0x46, 0x02, 0x52, 0x05];
        assert_eq!(told(PNP_ID, &id), "usb:v1D6Bp0246d0552");
        assert_eq!(told(PNP_ID, &[9]), "09");
        assert_eq!(told(SYSTEM_ID, &[1, 2]), "0102");
        assert_eq!(told(0x2a29, b"Acme\0"), "Acme");
    }

    #[test]
    fn each_part_is_told_from_the_others() {
        let step: DeviceInformation = toml::from_str(
            "device = 'dut'\nmanufacturer = 'Acme'\nfirmware = { matches = '^2' }\nserial = '1'",
        )
        .unwrap();
        let properties = [("Manufacturer", "Acme"), ("FirmwareRevision", "1.2.3")];
        let properties = properties.map(|(name, value)| (name.to_owned(), value.into())).into();
        let cause = step.check(&properties).unwrap_err().cause;
        assert_eq!(
            cause.expected.as_deref(),
            Some("SerialNumber \"1\"; FirmwareRevision like /^2/")
        );
        assert_eq!(
            cause.seen.as_deref(),
            Some("SerialNumber not there; FirmwareRevision \"1.2.3\"")
        );
        assert!(toml::from_str::<DeviceInformation>("device = 'd'\nmodel = 1").is_err());
    }
}
