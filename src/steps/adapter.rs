//! `adapter`: set what other devices see of the adapter.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Bench, Outcome, Step};
use crate::plan::Span;

/// Set properties of the adapter: its name on the air, whether it can be found, whether it can be paired.
///
/// What is not given stays as it is. The values from before the run come back at the end.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SetAdapter {
    /// The adapter's name as other devices see it.
    #[schemars(extend("examples" = ["Test bench 3"]))]
    alias: Option<String>,
    /// Whether other devices find it.
    discoverable: Option<bool>,
    /// How long it stays discoverable; `0s`: for ever.
    discoverable_timeout: Option<Span>,
    /// Whether it takes part in pairing that other devices start.
    pairable: Option<bool>,
    /// How long it stays pairable; `0s`: for ever.
    pairable_timeout: Option<Span>,
}

/// A property of `org.bluez.Adapter1`, and what to set it to.
type Setting = (&'static str, Value);

impl SetAdapter {
    /// Timeouts before what they limit: BlueZ starts to count when the switch is set.
    fn settings(&self) -> Vec<Setting> {
        let seconds = |span: Option<Span>| span.map(|span| Value::from(span.0.as_secs()));
        [
            ("Alias", self.alias.clone().map(Value::from)),
            ("DiscoverableTimeout", seconds(self.discoverable_timeout)),
            ("Discoverable", self.discoverable.map(Value::from)),
            ("PairableTimeout", seconds(self.pairable_timeout)),
            ("Pairable", self.pairable.map(Value::from)),
        ]
        .into_iter()
        .filter_map(|(property, value)| Some((property, value?)))
        .collect()
    }
}

impl Step for SetAdapter {
    const VERB: &'static str = "adapter";
    const EXAMPLE: &'static str =
        r#"{ do = "adapter", discoverable = true, discoverable-timeout = "2m" }"#;

    fn describe(&self) -> String {
        let settings = self.settings();
        let words = settings.iter().map(|(property, value)| format!("{property}={value}"));
        format!("adapter {}", words.collect::<Vec<_>>().join(" "))
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let adapter = bench.adapter();
        for (property, wanted) in self.settings() {
            bench.touch_adapter(property);
            bench.saw(format!("setting {property}"));
            adapter.set(property, &wanted).await?;
            adapter.wait_until(property, |value| *value == wanted).await?;
        }
        Ok(())
    }
}
