//! `scan` and `stop-discovery`, and how any step starts and stops discovery.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::bluez::{Adapter, DiscoveryFilter, ErrorKind};
use crate::plan::{DeviceName, Span, Transport};
use crate::steps::{Bench, Outcome, Step};

/// Run discovery for a given time, whatever is found.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scan {
    /// How long.
    #[serde(rename = "for")]
    duration: Span,
    /// Over which bearer.
    #[serde(default)]
    transport: Transport,
}

impl Step for Scan {
    const VERB: &'static str = "scan";
    const EXAMPLE: &'static str = r#"{ do = "scan", for = "5s", transport = "le" }"#;

    fn describe(&self) -> String {
        format!("scan for {}", self.duration)
    }

    fn limit(&self) -> Duration {
        self.duration.0 + Duration::from_secs(10)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let filter =
            DiscoveryFilter { transport: self.transport.to_string(), ..DiscoveryFilter::default() };
        let _turn = bench.turn_to_discover(bench.adapter()).await;
        start(bench, bench.adapter(), &filter).await?;
        tokio::time::sleep(self.duration.0).await;
        stop(bench, bench.adapter()).await
    }
}

/// Stop the discovery that a step before left running.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StopDiscovery {
    /// The device of the plan on whose adapter it is running, where that is not the plan's own.
    device: Option<DeviceName>,
}

impl Step for StopDiscovery {
    const VERB: &'static str = "stop-discovery";
    const EXAMPLE: &'static str = r#"{ do = "stop-discovery" }"#;

    fn describe(&self) -> String {
        "stop discovery".to_owned()
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        match &self.device {
            Some(device) => stop(bench, bench.adapter_of(device)).await,
            None => stop(bench, bench.adapter()).await,
        }
    }
}

pub(in crate::steps) async fn start(
    bench: &Bench,
    adapter: &Adapter,
    filter: &DiscoveryFilter,
) -> Outcome {
    adapter.set_discovery_filter(filter).await?;
    let is_ours = bench.is_scanning(adapter);
    // Also where the step is cut off before BlueZ has answered.
    bench.scans(adapter, true);
    match adapter.start_discovery().await {
        // Ours is running already, and has the new filter.
        Err(error) if error.kind == ErrorKind::InProgress && is_ours => {}
        Err(error) => {
            bench.scans(adapter, is_ours);
            return Err(error.into());
        }
        Ok(()) => {}
    }
    adapter.wait_until("Discovering", |value| value == &Value::Bool(true)).await?;
    Ok(())
}

pub(in crate::steps) async fn stop(bench: &Bench, adapter: &Adapter) -> Outcome {
    adapter.stop_discovery().await?;
    bench.scans(adapter, false);
    // BlueZ withdraws the signal strengths after it has answered, and then says that it has stopped;
    // a search that follows must not take them for fresh. With another client scanning it never says
    // so, hence the limit.
    let stopped = adapter.wait_until("Discovering", |value| value == &Value::Bool(false));
    if let Ok(ended) = tokio::time::timeout(Duration::from_secs(2), stopped).await {
        ended?;
    }
    adapter.clear_discovery_filter().await?;
    Ok(())
}
