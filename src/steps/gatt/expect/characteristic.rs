//! What a plan expects of a characteristic: that it is there or is not, how many of it, its properties and descriptors.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::super::id::{CharacteristicId, DescriptorId, ServiceId};
use super::super::target::listed;
use super::super::value::Length;
use super::{Differs, Presence};
use crate::bluez::gatt::{Characteristic, Database};
use crate::plan::suggest::nearest;

/// What must be of a characteristic.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
pub(super) struct WantedCharacteristic {
    /// The service that it is in; without it, wherever it is.
    service: Option<ServiceId>,
    /// By UUID or name.
    characteristic: CharacteristicId,
    /// Whether it must be there.
    #[serde(default)]
    presence: Presence,
    /// How many of it there are.
    count: Option<Length>,
    /// Properties that it has.
    #[serde(default)]
    properties: Vec<Property>,
    /// Properties that it has not.
    #[serde(default)]
    without_properties: Vec<Property>,
    /// Descriptors that it has. BlueZ before 5.80 may not show that which configures notifications (2902).
    #[serde(default)]
    descriptors: Vec<DescriptorId>,
    /// Descriptors that it has not.
    #[serde(default)]
    without_descriptors: Vec<DescriptorId>,
}

/// A property of a characteristic, in BlueZ's words (Core Specification, Vol 3, Part G, 3.3.1.1 and 3.3.3.1).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Property(String);

const PROPERTIES: &[&str] = &[
    "broadcast",
    "read",
    "write-without-response",
    "write",
    "notify",
    "indicate",
    "authenticated-signed-writes",
    "extended-properties",
    "reliable-write",
    "writable-auxiliaries",
];

impl TryFrom<String> for Property {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        if PROPERTIES.contains(&word.as_str()) {
            return Ok(Self(word));
        }
        let help = match nearest(&word, PROPERTIES.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there are {}", PROPERTIES.join(", ")),
        };
        Err(format!("a characteristic has no property `{word}`; {help}"))
    }
}

impl JsonSchema for Property {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Property".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": PROPERTIES })
    }
}

impl WantedCharacteristic {
    /// Adds what is not as expected.
    pub(super) fn differs(&self, database: &Database, all: &mut Vec<Differs>) {
        let is_here = |uuid: &str| self.service.as_ref().is_none_or(|service| service.is(uuid));
        let services = database.services.iter().filter(|one| is_here(&one.uuid));
        let there: Vec<&Characteristic> = services.flat_map(|one| &one.characteristics).collect();
        let fitting: Vec<&Characteristic> =
            there.iter().filter(|one| self.characteristic.is(&one.uuid)).copied().collect();
        let service = self.service.as_ref().map(|id| format!(" in {id}")).unwrap_or_default();
        let name = format!("{}{service}", self.characteristic);
        let mut differs = |wanted: String, seen: String| all.push(Differs { wanted, seen });
        match (self.presence, fitting.as_slice()) {
            (Presence::Mandatory, []) => {
                return differs(
                    name,
                    listed(there.iter().map(|one| CharacteristicId::told(&one.uuid))),
                );
            }
            (Presence::Excluded, [_, ..]) => {
                return differs(format!("no {name}"), "it is there".to_owned());
            }
            (_, []) => return,
            _ => {}
        }
        if let Some(wanted) = self.count.as_ref().filter(|wanted| !wanted.holds(fitting.len())) {
            differs(format!("{wanted} of {name}"), fitting.len().to_string());
        }
        for one in fitting {
            let has = |property: &Property| one.flags.contains(&property.0);
            let wrong = self.properties.iter().any(|property| !has(property))
                || self.without_properties.iter().any(has);
            if wrong {
                differs(format!("{name} {}", self.wanted_properties()), one.flags.join(" "));
            }
            let has = |id: &&DescriptorId| one.descriptors.iter().any(|own| id.is(&own.uuid));
            let seen = || listed(one.descriptors.iter().map(|own| DescriptorId::told(&own.uuid)));
            for id in self.descriptors.iter().filter(|id| !has(id)) {
                differs(format!("{name} with descriptor {id}"), seen());
            }
            for id in self.without_descriptors.iter().filter(has) {
                differs(format!("{name} without descriptor {id}"), seen());
            }
        }
    }

    fn wanted_properties(&self) -> String {
        let words =
            |all: &[Property]| all.iter().map(|one| one.0.clone()).collect::<Vec<_>>().join(" ");
        match (self.properties.as_slice(), self.without_properties.as_slice()) {
            (with, []) => format!("with {}", words(with)),
            ([], without) => format!("without {}", words(without)),
            (with, without) => format!("with {}, without {}", words(with), words(without)),
        }
    }
}
