//! What a plan can say about any step, and the steps that are about other steps.

use schemars::JsonSchema;
use serde::Deserialize;

use super::opaque::{Arguments, Branches, Steps};
use super::span::Limit;
use super::word::{MeasureName, Times};
use crate::plan::ExpectedErrors;

/// What any step can say.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Common {
    /// Time limit. Without it, that of `[defaults]`, or the step's own.
    pub timeout: Option<Limit>,
    /// Name of a measure that the time of this step is added to, for `[[case.threshold]]`.
    pub measure: Option<MeasureName>,
    /// The step passes only if it fails with this error, or with one of these.
    #[schemars(extend("examples" = ["page-timeout"]))]
    pub expect_error: Option<ExpectedErrors>,
}

/// Run steps several times.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Repeat {
    /// How many times.
    pub times: Times,
    /// The steps of each round.
    #[expect(dead_code, reason = "read by other means; here for its schema")]
    pub steps: Steps,
}

/// Run the steps of a `[sequence.NAME]` of the plan.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Sequence {
    /// Which sequence.
    #[schemars(extend("examples" = ["reconnect"]))]
    pub name: String,
    /// Values for its parameters.
    #[serde(default)]
    #[expect(dead_code, reason = "read by other means; here for its schema")]
    #[schemars(extend("examples" = [{ "device": "headset" }]))]
    pub with: Arguments,
    /// Name of a measure that the time of all its steps together is added to, for `[[case.threshold]]`.
    pub measure: Option<MeasureName>,
}

/// Take the time of several steps together, from the beginning of the first to the end of the last. One
/// that fails counts as a try that failed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Span {
    /// Name of the measure that the time is added to, for `[[case.threshold]]`.
    pub measure: MeasureName,
    /// The steps, run in their order.
    #[expect(dead_code, reason = "read by other means; here for its schema")]
    pub steps: Steps,
}

/// Run branches of steps at the same time, such as one on each of two adapters. The step passes when each branch has;
/// the first that fails ends the others.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Parallel {
    /// The branches, at least two: each a list of steps, run in their order.
    #[expect(dead_code, reason = "read by other means; here for its schema")]
    pub branches: Branches,
    /// Name of a measure that the time of all branches together is added to, for `[[case.threshold]]`.
    pub measure: Option<MeasureName>,
}

/// A step that is about other steps.
pub(super) struct Control {
    pub name: &'static str,
    pub example: &'static str,
    pub schema: fn() -> serde_json::Value,
    /// It can also say what any step can.
    pub common: bool,
}

/// The word of [`Repeat`].
pub(super) const REPEAT: &str = "repeat";

/// The word of [`Sequence`].
pub(super) const SEQUENCE: &str = "sequence";

/// The word of [`Span`].
pub(super) const SPAN: &str = "span";

/// The word of [`Parallel`].
pub(super) const PARALLEL: &str = "parallel";

/// All of them.
pub(super) const CONTROLS: &[Control] = &[
    Control {
        name: REPEAT,
        example: r#"{ do = "repeat", times = 3, steps = [{ do = "pause", for = "1s" }] }"#,
        schema: super::shape::schema_of::<Repeat>,
        common: true,
    },
    Control {
        name: SEQUENCE,
        example: r#"{ do = "sequence", name = "reconnect", with = { device = "headset" } }"#,
        schema: super::shape::schema_of::<Sequence>,
        common: false,
    },
    Control {
        name: SPAN,
        example: r#"{ do = "span", measure = "pair-to-services", steps = [{ do = "pair", device = "headset" }, { do = "connect", device = "headset", services = true }] }"#,
        schema: super::shape::schema_of::<Span>,
        common: false,
    },
    Control {
        name: PARALLEL,
        example: r#"{ do = "parallel", branches = [[{ do = "connect", device = "headset" }], [{ do = "pause", for = "1s" }]] }"#,
        schema: super::shape::schema_of::<Parallel>,
        common: false,
    },
];
