//! `control`: a command of the bench does something to a device from outside.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Bench, Outcome, Step};
use crate::plan::DeviceName;

/// Run a command of the bench: switch the device off, reset it, press its button.
///
/// The command is that of this name in the device's `[device.NAME.control]`. It must end with status 0
/// within its own time limit; if not, the step is inconclusive, for the bench failed and not the device.
/// What one that ended well has left running in the background is left alone; of one that did not end in time,
/// all is ended. Runs only under `--allow-exec`. Under the simulator's fast clock it takes no time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Control {
    /// The device of the plan.
    device: DeviceName,
    /// Which of its commands.
    #[schemars(extend("x-refers-to" = "control", "examples" = ["power-off"]))]
    command: String,
}

impl Step for Control {
    const VERB: &'static str = "control";
    const EXAMPLE: &'static str =
        r#"{ do = "control", device = "headset", command = "power-off" }"#;
    const RUNS_COMMAND: bool = true;

    fn describe(&self) -> String {
        format!("control {} {}", self.device, self.command)
    }

    /// A command has a limit of its own, in the plan.
    fn limit(&self) -> Duration {
        Duration::from_secs(24 * 60 * 60)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        bench.control(&self.device, &self.command).await
    }
}
