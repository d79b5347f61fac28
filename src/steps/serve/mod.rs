//! `serve`, `serve-notify` and `serve-expect`: GATT services of the bench, for a device under test that is a central.

mod database;
mod expect;
mod notify;

use schemars::JsonSchema;
use serde::Deserialize;

use super::begun::Begun;
use super::{Bench, Failure, Outcome, Step};
use crate::plan::ServiceUuid;
use database::ServedService;
pub use expect::ServeExpect;
pub use notify::ServeNotify;

/// Serve GATT services on the plan's adapter, until the attempt ends or another `serve`.
///
/// Values are read and written by whatever device connects; what it does is kept for `serve-expect`. To be connected
/// to, the bench has to `advertise`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Serve {
    /// The services with their characteristics.
    #[serde(deserialize_with = "database::some")]
    services: Vec<ServedService>,
}

impl Step for Serve {
    const VERB: &'static str = "serve";
    const EXAMPLE: &'static str = r#"{ do = "serve", services = [{ uuid = "180f", characteristics = [{ uuid = "2a19", properties = ["read", "notify"], value = "64" }] }] }"#;

    fn describe(&self) -> String {
        let uuids: Vec<&str> = self.services.iter().map(|service| short(&service.uuid)).collect();
        format!("serve {}", uuids.join(", "))
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        bench.begins(Begun::Services);
        let services = self.services.iter().map(ServedService::spec).collect();
        bench.application().start(bench.adapter().path(), services).await?;
        Ok(())
    }
}

/// The 16 bits of a UUID on Bluetooth's base, else all of it.
fn short(uuid: &ServiceUuid) -> &str {
    let whole = uuid.as_str();
    let digits = whole.strip_suffix("-0000-1000-8000-00805f9b34fb");
    digits.and_then(|digits| digits.strip_prefix("0000")).unwrap_or(whole)
}

/// A characteristic that is not served.
fn unserved(uuid: &ServiceUuid) -> Failure {
    Failure::bench(
        "not-served",
        format!("the bench serves no characteristic {}", short(uuid)),
        "put a `serve` step before it, with this characteristic",
    )
}
