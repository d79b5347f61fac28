//! `gatt-expect`: what is in a device's database.

mod characteristic;
mod service;

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use self::characteristic::WantedCharacteristic;
use self::service::WantedService;
use super::super::{Bench, Failure, Outcome, Step};
use super::target::resolved;
use crate::bluez::gatt::Database;
use crate::bluez::{Device, Tree};
use crate::plan::{Bound, DeviceName};

/// How long the last objects may take to come into the tree after BlueZ has said that all are known.
const LATE: Duration = Duration::from_secs(1);

/// Check what is in the device's database: services, characteristics with their properties, descriptors, and the MTU.
///
/// The device must be connected. Everything that differs is told at once. A service that BlueZ uses itself, such as
/// battery, is shown from BlueZ 5.80 on; before, it is known to be there, and what is in it is not.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "GattExpectTable")]
#[schemars(with = "GattExpectTable")]
pub struct GattExpect {
    device: DeviceName,
    services: Vec<WantedService>,
    characteristics: Vec<WantedCharacteristic>,
    mtu: Option<Bound<u64>>,
}

/// [`GattExpect`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct GattExpectTable {
    /// The device of the plan.
    device: DeviceName,
    /// Services that must be there, by UUID or name; or more of one: `{ service = "180f", presence = "excluded" }`,
    /// `{ service = "1812", count = 2 }`.
    #[serde(default)]
    #[schemars(extend("examples" = [["180f", "device-information"]]))]
    services: Vec<WantedService>,
    /// What of characteristics must be.
    #[serde(default)]
    characteristics: Vec<WantedCharacteristic>,
    /// The link's MTU (ATT), in bytes.
    #[schemars(extend("examples" = [">= 185"]))]
    mtu: Option<Bound<u64>>,
}

impl TryFrom<GattExpectTable> for GattExpect {
    type Error = &'static str;

    fn try_from(table: GattExpectTable) -> Result<Self, Self::Error> {
        let GattExpectTable { device, services, characteristics, mtu } = table;
        if services.is_empty() && characteristics.is_empty() && mtu.is_none() {
            return Err("nothing is expected; give `services`, `characteristics` or `mtu`");
        }
        Ok(Self { device, services, characteristics, mtu })
    }
}

/// Whether something must be there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
enum Presence {
    /// It must.
    #[default]
    Mandatory,
    /// It need not; where it is, it must be as it says here.
    Optional,
    /// It must not.
    Excluded,
}

/// Something that is not as expected.
#[derive(Debug, PartialEq)]
struct Differs {
    wanted: String,
    seen: String,
}

impl Step for GattExpect {
    const VERB: &'static str = "gatt-expect";
    const EXAMPLE: &'static str = r#"{ do = "gatt-expect", device = "headset", services = ["180f"], characteristics = [{ service = "180d", characteristic = "2a37", properties = ["notify"] }], mtu = ">= 185" }"#;

    fn describe(&self) -> String {
        format!("expect the GATT database of {}", self.device)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let device = resolved(bench, &self.device).await?;
        let mirror = bench.session().mirror();
        let look =
            |tree: &Tree| self.differs(&Database::of(tree, device.path()), &known(tree, &device));
        let as_wanted = mirror.wait_for(|tree| look(tree).is_empty().then_some(()));
        let wrong = match tokio::time::timeout(LATE, as_wanted).await {
            Ok(as_wanted) => return Ok(as_wanted?),
            Err(_) => mirror.read(look),
        };
        let each = |text: fn(&Differs) -> &String| {
            wrong.iter().map(|one| text(one).as_str()).collect::<Vec<_>>().join("; ")
        };
        Err(Failure::unmet(
            format!("the database of {} is not as expected", self.device),
            each(|one| &one.wanted),
            each(|one| &one.seen),
        ))
    }
}

/// The services that BlueZ tells of a device, also those that it does not show.
fn known(tree: &Tree, device: &Device) -> Vec<String> {
    let uuids = tree.property(device.path(), Device::INTERFACE, "UUIDs").and_then(Value::as_array);
    let text = |uuid: &Value| uuid.as_str().map(str::to_ascii_lowercase);
    uuids.into_iter().flatten().filter_map(text).collect()
}

impl GattExpect {
    fn differs(&self, database: &Database, known: &[String]) -> Vec<Differs> {
        let mut all = Vec::new();
        for wanted in &self.services {
            wanted.differs(database, known, &mut all);
        }
        for wanted in &self.characteristics {
            wanted.differs(database, &mut all);
        }
        if let Some(bound) = &self.mtu {
            let mut characteristics = database.services.iter().flat_map(|one| &one.characteristics);
            let mtu = characteristics.find_map(|one| one.mtu);
            if !mtu.is_some_and(|mtu| bound.holds(mtu.into())) {
                let seen = mtu.map_or("not told".to_owned(), |mtu| mtu.to_string());
                all.push(Differs {
                    wanted: format!("MTU {}", bound.text),
                    seen: format!("MTU {seen}"),
                });
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bluez::gatt::{Characteristic, Descriptor, Service};

    fn database() -> Database {
        let uuid = |number: u16| format!("0000{number:04x}-0000-1000-8000-00805f9b34fb");
        let characteristic = |number, flags: &[&str], descriptors: &[u16]| Characteristic {
            path: String::new(),
            uuid: uuid(number),
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            mtu: Some(517),
            descriptors: descriptors
                .iter()
                .map(|number| Descriptor { path: String::new(), uuid: uuid(*number) })
                .collect(),
        };
        let service = |number, characteristics| Service {
            path: String::new(),
            uuid: uuid(number),
            is_primary: true,
            characteristics,
        };
        let heart = vec![
            characteristic(0x2a37, &["notify"], &[0x2902]),
            characteristic(0x2a38, &["read"], &[]),
        ];
        let input = characteristic(0x2a4d, &["read"], &[]);
        Database {
            services: vec![service(0x180d, heart), service(0x1812, vec![input.clone(), input])],
        }
    }

    fn differs(text: &str) -> Vec<(String, String)> {
        let step: GattExpect = toml::from_str(&format!("device = 'dut'\n{text}")).unwrap();
        let known = ["0000180f-0000-1000-8000-00805f9b34fb".to_owned()];
        step.differs(&database(), &known).into_iter().map(|one| (one.wanted, one.seen)).collect()
    }

    #[test]
    fn each_part_is_told_from_the_others() {
        let heart = "service = '180d', characteristic = '2a37'";
        let of_heart = |more: &str| format!("characteristics = [{{ {heart}, {more} }}]");
        for (right, wrong, wanted, seen) in [
            (
                "services = ['180d', 'battery']",
                "services = ['180a']",
                "service device-information (180a)",
                "heart-rate (180d), human-interface-device (1812)",
            ),
            (
                "services = [{ service = '180a', presence = 'excluded' }]",
                "services = [{ service = '180f', presence = 'excluded' }]",
                "no service battery (180f)",
                "it is there",
            ),
            (
                "services = [{ service = '180d', count = 1 }]",
                "services = [{ service = '180d', count = '>= 2' }]",
                ">= 2 of service heart-rate (180d)",
                "1",
            ),
            (
                "services = [{ service = '180d', primary = true }]",
                "services = [{ service = '180d', primary = false }]",
                "service heart-rate (180d) secondary",
                "primary",
            ),
            (
                &of_heart("properties = ['notify'], without-properties = ['read']"),
                &of_heart("properties = ['read']"),
                "heart-rate-measurement (2a37) in heart-rate (180d) with read",
                "notify",
            ),
            (
                &of_heart("descriptors = ['2902']"),
                &of_heart("without-descriptors = ['2902']"),
                "heart-rate-measurement (2a37) in heart-rate (180d) without descriptor client-characteristic-configuration (2902)",
                "client-characteristic-configuration (2902)",
            ),
            (
                "characteristics = [{ characteristic = '2a4d', count = 2 }]",
                "characteristics = [{ characteristic = '2a4d', count = 1 }]",
                "1 of report (2a4d)",
                "2",
            ),
            (
                "characteristics = [{ characteristic = '2a39', presence = 'optional' }]",
                "characteristics = [{ characteristic = '2a39', service = '180d' }]",
                "heart-rate-control-point (2a39) in heart-rate (180d)",
                "heart-rate-measurement (2a37), body-sensor-location (2a38)",
            ),
            (
                "characteristics = [{ characteristic = '2a39', presence = 'excluded' }]",
                "characteristics = [{ characteristic = '2a38', presence = 'excluded' }]",
                "no body-sensor-location (2a38)",
                "it is there",
            ),
            ("mtu = '>= 185'", "mtu = '< 100'", "MTU < 100", "MTU 517"),
        ] {
            assert_eq!(differs(right), [], "{right}");
            assert_eq!(differs(wrong), [(wanted.to_owned(), seen.to_owned())], "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_expected_is_refused() {
        for (text, says) in [
            ("", "nothing is expected"),
            ("services = ['18']", "no UUID of a service"),
            ("services = [{ service = '180f', prescence = 'optional' }]", "unknown field"),
            (
                "characteristics = [{ characteristic = '2a19', properties = ['notfy'] }]",
                "did you mean `notify`?",
            ),
            ("mtu = '185'", "no comparison"),
        ] {
            let error =
                toml::from_str::<GattExpect>(&format!("device = 'dut'\n{text}")).unwrap_err();
            assert!(error.to_string().contains(says), "{text}: {error}");
        }
    }
}
