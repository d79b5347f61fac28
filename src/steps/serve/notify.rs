//! `serve-notify`: a new value of a characteristic of the bench, for the device that has subscribed.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{short, unserved};
use crate::bluez::What;
use crate::plan::{ServiceUuid, Span};
use crate::steps::octets::Bytes;
use crate::steps::{Bench, Failure, Outcome, Step};

/// Give a characteristic of the bench a value, and send it to the device that has subscribed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServeNotify {
    /// The characteristic, as `serve` has it.
    #[schemars(extend("examples" = ["2a19"]))]
    characteristic: ServiceUuid,
    /// The value, in pairs of hexadecimal digits.
    #[schemars(extend("examples" = ["63"]))]
    value: Bytes,
    /// How long a device may take to subscribe, if none has.
    #[serde(default = "ten_seconds")]
    within: Span,
}

fn ten_seconds() -> Span {
    Span(Duration::from_secs(10))
}

impl Step for ServeNotify {
    const VERB: &'static str = "serve-notify";
    const EXAMPLE: &'static str =
        r#"{ do = "serve-notify", characteristic = "2a19", value = "63" }"#;

    fn describe(&self) -> String {
        format!("notify {} of the bench", short(&self.characteristic))
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(1)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let application = bench.application();
        let uuid = self.characteristic.as_str();
        let heard = || application.is_heard(uuid);
        if heard().ok_or_else(|| unserved(&self.characteristic))? {
            return Ok(application.set_value(uuid, self.value.as_slice()).await?);
        }
        let subscribes = application.wait_for(1, |deed| {
            deed.what == What::Subscribed && heard() == Some(true) && deed.uuid == uuid
        });
        if tokio::time::timeout(self.within.0, subscribes).await.is_err() {
            return Err(Failure::unmet(
                "no device has subscribed",
                format!("a subscription to {} within {}", short(&self.characteristic), self.within),
                "none",
            ));
        }
        Ok(application.set_value(uuid, self.value.as_slice()).await?)
    }
}
