//! `gatt-read`: the value of a characteristic or of a descriptor.

use std::num::NonZeroUsize;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::condition::Pattern;
use super::super::octets::Octets;
use super::super::pair::OnDemand;
use super::super::{Bench, Failure, Outcome, Step};
use super::field::ReadField;
use super::id::{CharacteristicId, DescriptorId, ServiceId};
use super::protected::Protected;
use super::target::{Found, Target};
use super::value::{Length, Wanted};
use crate::event::Access;
use crate::plan::DeviceName;

/// Read a value, and check what it is.
///
/// The device must be connected. What is read is in the journal. Several checks must all hold; without any, it is
/// enough that the value can be read.
///
/// A value that wants an encrypted link makes BlueZ pair by itself: `pair` says how the bench answers then, and
/// `pair = { confirm = false }` with `expect-error = "not-paired"` that the value is refused without a pairing. Where
/// nobody answers BlueZ, bluetoothd answers nothing either, for more than 40 s, and the step ends at its time limit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "GattReadTable")]
#[schemars(with = "GattReadTable")]
pub struct GattRead {
    attribute: Protected,
    offset: u16,
    wanted: Wanted,
}

/// [`GattRead`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct GattReadTable {
    /// The device of the plan.
    device: DeviceName,
    /// The service that it is in, where the characteristic is in several: a UUID or a name.
    service: Option<ServiceId>,
    /// The characteristic, by its UUID or its name: `2a19`, `battery-level`, or all 128 bits.
    characteristic: CharacteristicId,
    /// One of its descriptors instead of its value.
    descriptor: Option<DescriptorId>,
    /// Which one, from 1 in the order of their handles, where there are several of the same UUID.
    instance: Option<NonZeroUsize>,
    /// From which byte on.
    #[serde(default)]
    offset: u16,
    /// Its bytes: pairs of hexadecimal digits, `?` for any digit, `*` at the end for whatever follows; or
    /// `{ bytes = "0215", mask = "ff0f" }`.
    #[schemars(extend("examples" = ["02 15 ?? *"]))]
    value: Option<Octets>,
    /// It is this text, in UTF-8.
    #[schemars(extend("examples" = ["Acme"]))]
    text: Option<String>,
    /// It is a text that this regular expression matches somewhere.
    matches: Option<Pattern>,
    /// How many bytes it has: a number, or `">= 4"`.
    length: Option<Length>,
    /// It is this one number.
    #[schemars(extend("examples" = [{ "type": "u8", "at-least": 20, "unit": "%" }]))]
    number: Option<ReadField>,
    /// The numbers in it, one behind the other.
    #[serde(default)]
    fields: Vec<ReadField>,
    /// Let BlueZ pair where the value wants it, and answer so.
    pair: Option<OnDemand>,
}

impl TryFrom<GattReadTable> for GattRead {
    type Error = String;

    fn try_from(table: GattReadTable) -> Result<Self, String> {
        let GattReadTable { device, service, characteristic, descriptor, instance, .. } = table;
        let GattReadTable { offset, value, text, matches, length, number, fields, pair, .. } =
            table;
        Ok(Self {
            attribute: Protected {
                target: Target { device, service, characteristic, descriptor, instance },
                pair,
            },
            offset,
            wanted: Wanted::new(value, text, matches, length, number, fields)?,
        })
    }
}

impl Step for GattRead {
    const VERB: &'static str = "gatt-read";
    const EXAMPLE: &'static str = r#"{ do = "gatt-read", device = "headset", characteristic = "2a19", number = { type = "u8", at-least = 20, unit = "%" } }"#;

    fn describe(&self) -> String {
        format!("read {}", self.attribute.target.told())
    }

    /// BlueZ may pair before it reads.
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
        let read = async { Ok(found.attribute.read(self.offset).await?) };
        let value = self.attribute.used(bench, &found, read).await?;
        self.check(bench, &found, &value)
    }
}

impl GattRead {
    fn check(&self, bench: &Bench, found: &Found, value: &[u8]) -> Outcome {
        let judged = self.wanted.judge(value);
        self.attribute.target.record(bench, found, Access::Read, value, judged.meaning);
        match judged.wrong.as_slice() {
            [] => Ok(()),
            wrong => Err(differs(&self.attribute.target.told(), wrong)),
        }
    }
}

/// The failure of a value that is not as expected.
pub(super) fn differs(what: &str, wrong: &[(String, String)]) -> Failure {
    let each = |text: fn(&(String, String)) -> &String| {
        wrong.iter().map(|pair| text(pair).as_str()).collect::<Vec<_>>().join("; ")
    };
    Failure::unmet(
        format!("{what} is not as expected"),
        each(|(wanted, _)| wanted),
        each(|(_, seen)| seen),
    )
}
