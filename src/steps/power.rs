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
        bench.touch_adapter("Powered");
        bench.saw(format!("Powered was {}", bench.adapter().is("Powered")));
        bench.switch(self.on).await?;
        Ok(())
    }
}

impl Bench {
    /// Switches the adapter off and on, for recovery. One that the plan has switched off stays so.
    ///
    /// # Errors
    /// What BlueZ answered, or that it is gone.
    pub async fn power_cycle(&self) -> Outcome {
        if self.health().off_by_plan().get() {
            return Ok(());
        }
        // Cut off in the middle, the end of the run switches it on again.
        self.touch_adapter("Powered");
        // Not by [`Bench::switch`]: were this cut off between the two, the adapter would pass for one that
        // is off because the plan wants it so, and nobody would switch it on again.
        let _cycling = self.health().cycling();
        for on in [false, true] {
            let wanted = Value::Bool(on);
            self.adapter().set("Powered", &wanted).await?;
            self.adapter().wait_until("Powered", |value| value == &wanted).await?;
        }
        Ok(())
    }

    /// Switches the adapter on or off, and waits until it is. Everything that does so does it here: an
    /// adapter that goes off otherwise is a fault of the bench.
    ///
    /// # Errors
    /// What BlueZ answered, or that it is gone.
    pub async fn switch(&self, on: bool) -> crate::bluez::Result<()> {
        let off_by_plan = self.health().off_by_plan();
        let before = off_by_plan.replace(!on);
        let adapter = self.adapter();
        let set = adapter.set("Powered", &Value::Bool(on)).await;
        if set.is_err() {
            off_by_plan.set(before);
        }
        set?;
        adapter.wait_until("Powered", |value| value == &Value::Bool(on)).await.map(|_| ())
    }
}
