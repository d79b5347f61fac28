//! `pair` and `cancel-pairing`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::restore::Ongoing;
use super::{Bench, Outcome, Step};
use crate::bluez::{Answers, Capability};
use crate::plan::DeviceName;

/// Pair with a device and make a bond, with bttest as the pairing agent.
///
/// The bond is forgotten again after the case, unless the case keeps bonds. A device that is paired
/// already answers `already-exists`: forget it first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pair {
    /// The device of the plan.
    device: DeviceName,
    /// What the tester's side can show and type.
    #[serde(default)]
    agent: Capability,
    /// What the agent answers when it is asked to confirm a number or to authorise.
    #[serde(default = "yes")]
    confirm: bool,
}

fn yes() -> bool {
    true
}

impl Step for Pair {
    const VERB: &'static str = "pair";
    const EXAMPLE: &'static str =
        r#"{ do = "pair", device = "headset", agent = "NoInputNoOutput" }"#;

    fn describe(&self) -> String {
        format!("pair {}", self.device)
    }

    /// BlueZ gives a person 60 s to answer its agent.
    fn limit(&self) -> Duration {
        Duration::from_secs(65)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let device = bench.device(&self.device)?;
        // The first agent makes the adapter pairable, and the last one to leave takes that back.
        bench.touch_adapter("Pairable");
        bench.agent().register(self.agent, Answers { confirm: self.confirm }).await?;
        bench.ongoing(&device, Ongoing::Pairing, device.pair()).await?;
        bench.saw("BlueZ answered that it is paired; Paired was not yet true");
        device.wait_until("Paired", |value| value == &Value::Bool(true)).await?;
        Ok(())
    }
}

/// Cancel a pairing that is under way.
///
/// When none is, BlueZ answers `does-not-exist`, and drops the device's key and its link all the same.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CancelPairing {
    /// The device of the plan.
    device: DeviceName,
}

impl Step for CancelPairing {
    const VERB: &'static str = "cancel-pairing";
    const EXAMPLE: &'static str = r#"{ do = "cancel-pairing", device = "headset" }"#;

    fn describe(&self) -> String {
        format!("cancel pairing with {}", self.device)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        bench.device(&self.device)?.cancel_pairing().await?;
        Ok(())
    }
}
