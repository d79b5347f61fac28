//! `gatt-write`: a value is written.

use std::num::NonZeroUsize;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::pair::OnDemand;
use super::super::{Bench, Outcome, Step};
use super::field::{LONGEST_VALUE, WrittenField};
use super::id::{CharacteristicId, DescriptorId, ServiceId};
use super::protected::Protected;
use super::target::Target;
use super::value::{Given, Hex};
use crate::bluez::gatt::WriteKind;
use crate::event::Access;
use crate::plan::DeviceName;

/// Write a value.
///
/// The device must be connected. A request ends when the device has answered; a command when BlueZ has taken it. What
/// does not fit into one packet BlueZ writes in parts (a long write).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "GattWriteTable")]
#[schemars(with = "GattWriteTable")]
pub struct GattWrite {
    attribute: Protected,
    given: Given,
    kind: Option<Kind>,
    offset: u16,
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// The device answers.
    Request,
    /// It does not.
    Command,
    /// In parts, which the device sends back before all of them count.
    Reliable,
}

impl From<Kind> for WriteKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Request => Self::Request,
            Kind::Command => Self::Command,
            Kind::Reliable => Self::Reliable,
        }
    }
}

/// [`GattWrite`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct GattWriteTable {
    /// The device of the plan.
    device: DeviceName,
    /// The service that it is in, where the characteristic is in several: a UUID or a name.
    service: Option<ServiceId>,
    /// The characteristic, by its UUID or its name.
    characteristic: CharacteristicId,
    /// One of its descriptors instead of its value.
    descriptor: Option<DescriptorId>,
    /// Which one, from 1 in the order of their handles, where there are several of the same UUID.
    instance: Option<NonZeroUsize>,
    /// What is written, as bytes in hexadecimal digits.
    value: Option<Hex>,
    /// What is written, as text in UTF-8.
    text: Option<String>,
    /// What is written, as one number.
    #[schemars(extend("examples" = [{ "type": "u16", "is": 500 }]))]
    number: Option<WrittenField>,
    /// What is written, as numbers one behind the other.
    #[serde(default)]
    fields: Vec<WrittenField>,
    /// How: without it BlueZ chooses, by the characteristic's properties.
    #[serde(rename = "type")]
    kind: Option<Kind>,
    /// From which byte on.
    #[serde(default)]
    offset: u16,
    /// Let BlueZ pair where the attribute wants it, and answer so.
    pair: Option<OnDemand>,
}

impl TryFrom<GattWriteTable> for GattWrite {
    type Error = String;

    fn try_from(table: GattWriteTable) -> Result<Self, String> {
        let GattWriteTable { device, service, characteristic, descriptor, instance, .. } = table;
        let GattWriteTable { value, text, number, fields, kind, offset, pair, .. } = table;
        let given = Given::new(value, text, number, fields)?;
        if descriptor.is_some() && kind.is_some() {
            return Err("a descriptor is written by request; take `type` out".to_owned());
        }
        if offset > 0 && kind == Some(Kind::Command) {
            return Err(
                "a command has no offset; take `offset` out, or write `type = \"request\"`"
                    .to_owned(),
            );
        }
        if usize::from(offset) + given.bytes().len() > LONGEST_VALUE {
            return Err(format!(
                "a value has at most {LONGEST_VALUE} bytes; this ends beyond them"
            ));
        }
        let target = Target { device, service, characteristic, descriptor, instance };
        Ok(Self { attribute: Protected { target, pair }, given, kind, offset })
    }
}

impl Step for GattWrite {
    const VERB: &'static str = "gatt-write";
    const EXAMPLE: &'static str = r#"{ do = "gatt-write", device = "headset", characteristic = "2a06", number = { type = "u8", is = 2 }, type = "command" }"#;

    fn describe(&self) -> String {
        format!("write {}", self.attribute.target.told())
    }

    fn limit(&self) -> Duration {
        self.attribute.limit()
    }

    fn executes(&self) -> bool {
        self.attribute.executes()
    }

    fn secrets(&self) -> Vec<String> {
        self.attribute.secrets()
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let found = self.attribute.target.find(bench).await?;
        let (bytes, kind) = (self.given.bytes(), self.kind.map(WriteKind::from));
        let write = async { Ok(found.attribute.write(bytes, self.offset, kind).await?) };
        self.attribute.used(bench, &found, write).await?;
        self.attribute.target.record(bench, &found, Access::Written, bytes, None);
        Ok(())
    }
}
