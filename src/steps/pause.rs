//! `pause`: let time pass.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Bench, Outcome, Step};
use crate::plan::Span;

/// Let time pass.
///
/// Seldom needed: every other step waits for what it is about. Good for leaving a link idle.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pause {
    /// How long.
    #[serde(rename = "for")]
    duration: Span,
}

impl Step for Pause {
    const VERB: &'static str = "pause";
    const EXAMPLE: &'static str = r#"{ do = "pause", for = "500ms" }"#;

    fn describe(&self) -> String {
        format!("pause {}", self.duration)
    }

    fn limit(&self) -> Duration {
        self.duration.0 + Duration::from_secs(1)
    }

    async fn run(&self, _bench: &Bench) -> Outcome {
        tokio::time::sleep(self.duration.0).await;
        Ok(())
    }
}
