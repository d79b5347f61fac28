//! `serve-expect`: what a device does with a characteristic of the bench.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{short, unserved};
use crate::bluez::{Deed, What};
use crate::plan::{DeviceName, ServiceUuid, Span};
use crate::steps::octets::Octets;
use crate::steps::{Bench, Failure, Outcome, Step};

/// Wait until a device has read, written or subscribed to a characteristic or a descriptor of the bench.
///
/// What it has done since `serve` counts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServeExpect {
    /// The characteristic or the descriptor, as `serve` has it.
    #[schemars(extend("examples" = ["2a19"]))]
    characteristic: ServiceUuid,
    /// What the device does.
    operation: Operation,
    /// Only this device of the plan, where BlueZ tells which one it was (reads and writes).
    device: Option<DeviceName>,
    /// What is read or written: pairs of hexadecimal digits, `?` for any digit, `*` at the end for whatever follows.
    value: Option<Octets>,
    /// How many times at least.
    #[serde(default = "once")]
    times: u16,
    /// How long that may take.
    #[serde(default = "ten_seconds")]
    within: Span,
}

fn once() -> u16 {
    1
}

fn ten_seconds() -> Span {
    Span(Duration::from_secs(10))
}

/// What a device can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Operation {
    Read,
    Write,
    Subscribe,
    Unsubscribe,
    /// It has confirmed an indication.
    Confirm,
}

impl Operation {
    fn what(self) -> What {
        match self {
            Self::Read => What::Read,
            Self::Write => What::Written,
            Self::Subscribe => What::Subscribed,
            Self::Unsubscribe => What::Unsubscribed,
            Self::Confirm => What::Confirmed,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Subscribe => "subscribe to",
            Self::Unsubscribe => "unsubscribe from",
            Self::Confirm => "confirm",
        }
    }
}

impl Step for ServeExpect {
    const VERB: &'static str = "serve-expect";
    const EXAMPLE: &'static str = r#"{ do = "serve-expect", characteristic = "2a06", operation = "write", value = "02", within = "30s" }"#;

    fn describe(&self) -> String {
        let by = self.device.as_ref().map_or_else(String::new, |device| format!(" by {device}"));
        format!("expect {} of {}{by}", self.operation.word(), short(&self.characteristic))
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(1)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let application = bench.application();
        let uuid = self.characteristic.as_str();
        let is_about = |deed: &Deed| deed.uuid == uuid && deed.what == self.operation.what();
        if !application.serves(uuid) {
            return Err(unserved(&self.characteristic));
        }
        let device = self.device.as_ref().map(|name| bench.device(name)).transpose()?;
        let by = |deed: &Deed| {
            device.as_ref().is_none_or(|device| {
                deed.device.as_deref().is_none_or(|path| path == device.path())
            })
        };
        let fits = |deed: &Deed| {
            self.value.as_ref().is_none_or(|wanted| wanted.differs(&hex(&deed.value)).is_none())
        };
        let done = application
            .wait_for(self.times.into(), |deed| is_about(deed) && by(deed) && fits(deed));
        if tokio::time::timeout(self.within.0, done).await.is_ok() {
            return Ok(());
        }
        let seen: Vec<String> = application
            .deeds()
            .iter()
            .filter(|deed| is_about(deed))
            .map(|deed| hex(&deed.value))
            .collect();
        let value = self.value.as_ref().map_or_else(String::new, |value| format!(" with {value}"));
        Err(Failure::unmet(
            format!("{} is not as expected within {}", self.describe(), self.within),
            format!("{} times or more{value}", self.times),
            match seen.len() {
                0 => "never".to_owned(),
                times => format!("{times} times: {}", seen.join(", ")),
            },
        ))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
