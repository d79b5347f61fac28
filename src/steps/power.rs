//! `power`: switch the adapter on or off.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Bench, Outcome, Step};

/// Switch the adapter on or off, and wait until it is.
///
/// Passes at once when it is so already. Under rfkill BlueZ answers `busy`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Power {
    /// `true` for on, `false` for off.
    on: bool,
}

impl Step for Power {
    const VERB: &'static str = "power";
    const EXAMPLE: &'static str = r#"{ do = "power", on = true }"#;

    fn describe(&self) -> String {
        format!("power {}", if self.on { "on" } else { "off" })
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let adapter = bench.adapter();
        bench.touch_adapter("Powered");
        bench.saw(format!("Powered was {}", adapter.is("Powered")));
        adapter.set("Powered", &Value::Bool(self.on)).await?;
        adapter.wait_until("Powered", |value| value == &Value::Bool(self.on)).await?;
        Ok(())
    }
}
