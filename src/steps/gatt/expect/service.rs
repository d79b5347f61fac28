//! What a plan expects of a service: that it is there or is not, how many of it, and whether it is primary.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

use super::super::id::ServiceId;
use super::super::target::listed;
use super::super::value::Length;
use super::{Differs, Presence};
use crate::bluez::gatt::Database;

/// What must be of a service.
#[derive(Debug)]
pub(super) struct WantedService(ServiceTable);

/// The same as a table.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct ServiceTable {
    /// By UUID or name.
    service: ServiceId,
    /// Whether it must be there.
    #[serde(default)]
    presence: Presence,
    /// How many of it there are.
    count: Option<Length>,
    /// Whether it is a primary service, or one that others include.
    primary: Option<bool>,
}

impl<'de> Deserialize<'de> for WantedService {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrTable;
        impl<'de> Visitor<'de> for NameOrTable {
            type Value = WantedService;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a service, or a table about one")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<WantedService, E> {
                let service = ServiceId::deserialize(StrDeserializer::new(text))?;
                let presence = Presence::Mandatory;
                Ok(WantedService(ServiceTable { service, presence, count: None, primary: None }))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<WantedService, A::Error> {
                ServiceTable::deserialize(MapAccessDeserializer::new(map)).map(WantedService)
            }
        }
        deserializer.deserialize_any(NameOrTable)
    }
}

impl JsonSchema for WantedService {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "WantedService".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = ServiceTable::json_schema(generator);
        json_schema!({ "anyOf": [{ "type": "string" }, table] })
    }
}

impl WantedService {
    /// Adds what is not as expected; `known` are the UUIDs of the services that BlueZ tells, also of those it does not show.
    pub(super) fn differs(&self, database: &Database, known: &[String], all: &mut Vec<Differs>) {
        let Self(wanted) = self;
        let fitting = || database.services.iter().filter(|one| wanted.service.is(&one.uuid));
        let count = fitting().count();
        let is_known = count > 0 || known.iter().any(|uuid| wanted.service.is(uuid));
        let name = &wanted.service;
        let mut differs = |wanted: String, seen: String| all.push(Differs { wanted, seen });
        let services = || listed(database.services.iter().map(|one| ServiceId::told(&one.uuid)));
        match wanted.presence {
            Presence::Mandatory if !is_known => differs(format!("service {name}"), services()),
            Presence::Excluded if is_known => {
                differs(format!("no service {name}"), "it is there".to_owned())
            }
            Presence::Mandatory | Presence::Optional if count > 0 => {
                if let Some(number) = wanted.count.as_ref().filter(|number| !number.holds(count)) {
                    differs(format!("{number} of service {name}"), count.to_string());
                }
                if let Some(primary) = wanted.primary
                    && fitting().any(|one| one.is_primary != primary)
                {
                    let word = |primary| if primary { "primary" } else { "secondary" };
                    differs(format!("service {name} {}", word(primary)), word(!primary).to_owned());
                }
            }
            _ => {}
        }
    }
}
