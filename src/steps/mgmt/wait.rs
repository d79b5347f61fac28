//! `mgmt-wait`: what the kernel tells.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::bluez::Adapter;
use crate::event::Event;
use crate::mgmt::client::{Position, Told};
use crate::mgmt::protocol::{EventKind, Message, Record, event};
use crate::plan::{DeviceName, Span};
use crate::steps::fields::Fields;
use crate::steps::kernel::said;
use crate::steps::{Bench, Failure, Outcome, Step};

/// Wait until the kernel tells an event.
///
/// It may have been told already: what counts is what the kernel told since the attempt began, behind the
/// event that the last `mgmt-wait` has found. The kernel tells nobody what is its own doing: for `mgmt` the
/// reply is the news, and older kernels (6.1) keep even Device Disconnected from who has sent Disconnect. The events and their fields are those of BlueZ's
/// `doc/mgmt-protocol.rst`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "MgmtWaitTable")]
#[schemars(with = "MgmtWaitTable")]
pub struct MgmtWait {
    event: &'static EventKind,
    device: Option<DeviceName>,
    fields: Fields,
    within: Span,
}

/// [`MgmtWait`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MgmtWaitTable {
    /// The event, by its documented name: `Device Disconnected` or `device-disconnected`.
    #[schemars(extend("examples" = ["Device Disconnected"]))]
    event: String,
    /// The device of the plan that it is about. Without it, any.
    device: Option<DeviceName>,
    /// What its fields must be: a value; a list, of which the field must have all; or a table with `in`,
    /// `contains`, `matches`, `present`, `less` or `greater`.
    #[serde(default, rename = "where")]
    fields: Fields,
    /// How long to wait.
    #[serde(default = "ten_seconds")]
    within: Span,
}

fn ten_seconds() -> Span {
    Span(Duration::from_secs(10))
}

impl TryFrom<MgmtWaitTable> for MgmtWait {
    type Error = String;

    fn try_from(table: MgmtWaitTable) -> Result<Self, String> {
        let MgmtWaitTable { event: name, device, fields, within } = table;
        let event = event(&name)?;
        fields.check(event.parameters, event.name)?;
        if device.is_some() && event.parameters.iter().all(|field| field.name != "address") {
            return Err(format!("{} is about no device; take `device` out", event.name));
        }
        Ok(Self { event, device, fields, within })
    }
}

impl Step for MgmtWait {
    const VERB: &'static str = "mgmt-wait";
    const EXAMPLE: &'static str = r#"{ do = "mgmt-wait", event = "Device Disconnected", device = "headset", where = { reason = "remote-host" }, within = "5s" }"#;
    const ASKS_KERNEL: bool = true;

    fn describe(&self) -> String {
        let of = self.device.as_ref().map(|device| format!(" of {device}")).unwrap_or_default();
        let fields = match self.fields.is_empty() {
            true => String::new(),
            false => format!(" with {}", self.fields.wanted()),
        };
        format!("mgmt-wait {}{of}{fields}", self.event.word())
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(1)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let address = match &self.device {
            Some(name) => Some(bench.kernel_address(name)?.0),
            None => None,
        };
        let index = bench.kernel_index_for(self.device.as_ref())?;
        let client = bench.kernel_client()?;
        let mut last = None;
        let wanted = |told: &Told| {
            let Message::Event { kind, index: of, record } = &*told.message else { return None };
            let about = *of == index
                && address.is_none_or(|address| record.address("address") == Some(address));
            if kind.code != self.event.code || !about {
                return None;
            }
            let said = said(record);
            if self.fields.hold(&said) {
                return Some((record.clone(), said));
            }
            last = Some(self.fields.seen(&said));
            None
        };
        let from = bench.kernel().unclaimed().get();
        let found = tokio::time::timeout(self.within.0, client.wait_for(from, wanted)).await;
        match found {
            Ok(Ok(((record, said), next))) => {
                self.claim(bench, &record, said, next);
                Ok(())
            }
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(self.unmet(last)),
        }
    }
}

impl MgmtWait {
    /// Notes that the event was found. Device Found is recorded only then: there are too many.
    fn claim(&self, bench: &Bench, record: &Record, said: Map<String, Value>, next: Position) {
        bench.kernel().unclaimed().set(next);
        if self.event.word() == "device-found"
            && let Some(object) = bench.told_of(record, self.adapter(bench))
        {
            bench.record(Event::Kernel { what: self.event.word(), object, said });
        }
    }

    fn adapter<'b>(&self, bench: &'b Bench) -> &'b Adapter {
        self.device.as_ref().map_or(bench.adapter(), |name| bench.adapter_of(name))
    }

    fn unmet(&self, last: Option<String>) -> Failure {
        let of = self.device.as_ref().map(|device| format!(" of {device}")).unwrap_or_default();
        let message =
            format!("the kernel did not tell {}{of} within {}", self.event.name, self.within);
        let seen = last.unwrap_or_else(|| "no such event".to_owned());
        let wanted = match self.fields.is_empty() {
            true => self.event.name.to_owned(),
            false => self.fields.wanted(),
        };
        Failure::unmet(message, wanted, seen)
    }
}
