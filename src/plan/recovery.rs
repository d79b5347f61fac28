//! `[recovery]`: what is done about a bench, or a device, that goes on failing.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::decode::Target;
use super::diagnostic::Diagnostic;
use super::model::{Step, What};
use super::opaque::Steps;
use super::shape::{Shape, schema_of};
use super::span::Limit;
use super::unfold::Unfolder;
use super::word::Times;
use crate::event::Place;
use crate::plan::{Command, DeviceMatch};

/// The device's command that the rung `reset` runs.
pub(crate) const RESET: &str = "reset";

/// What is done when a case goes on failing. After `after` iterations of it in a row that did not pass,
/// the first rung is used; after each further one in a row, the next, and then the last one again. An
/// iteration that passes starts over. Nothing of it counts for any iteration: not its time, not its steps.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RecoveryTable {
    /// What is done, the mildest first.
    #[schemars(extend("minItems" = 1, "examples" = [["wait", "power-cycle", "forget"]]))]
    pub rungs: Vec<Rung>,
    /// How many iterations in a row must have failed, or been inconclusive, before the first rung. Without
    /// it, one.
    pub after: Option<Times>,
    /// Steps to run after the rung `forget`, such as to find the device and pair it again. Without them
    /// nothing is paired again: then the cases must do so themselves. What they change lasts until the run
    /// ends.
    #[serde(default)]
    #[expect(dead_code, reason = "read by other means; here for its schema")]
    pub repair: Steps,
    /// How long the rung `wait` waits, and `restart-bluez` after its command. Without it, 60 s. Every
    /// attempt waits 10 s by itself, also without [recovery].
    pub wait: Option<Limit>,
    /// The command of the rung `restart-bluez`. Needs `--allow-exec`.
    #[schemars(extend("examples" = [["sudo", "systemctl", "restart", "bluetooth"]]))]
    pub restart_bluez: Option<Command>,
    /// How often rungs may be used in a run. When one more would be needed, the run ends, inconclusive.
    /// Without it, 20.
    pub limit: Option<Times>,
    /// Time limit of each use of a rung but `wait`. Without it, 2 minutes.
    pub within: Option<Limit>,
}

/// One thing that can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rung {
    /// Wait until the bus, bluetoothd and the adapter are there, and the adapter is on.
    Wait,
    /// Switch the adapter off and on.
    PowerCycle,
    /// Forget the devices of the case's steps, with their bonds, and run the steps of `repair`.
    Forget,
    /// Run the command `reset` of the devices of the case's steps. Needs `--allow-exec`.
    Reset,
    /// Run the command `restart-bluez`, and wait as `wait` does. Needs `--allow-exec`.
    RestartBluez,
}

impl Rung {
    /// The plan's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::PowerCycle => "power-cycle",
            Self::Forget => "forget",
            Self::Reset => "reset",
            Self::RestartBluez => "restart-bluez",
        }
    }
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is done when a case goes on failing.
#[derive(Debug)]
pub struct Recovery {
    /// What is done, the mildest first; at least one.
    pub rungs: Vec<Rung>,
    /// How many iterations in a row must have failed before the first rung.
    pub after: u64,
    /// Steps that follow the rung `forget`. They take no measures.
    pub repair: Vec<Step>,
    /// How long the rung `wait` waits.
    pub wait: Duration,
    /// The command of the rung `restart-bluez`; always there where the rung is.
    pub restart_bluez: Option<Command>,
    /// How often rungs may be used in a run.
    pub limit: u64,
    /// Time limit of each use.
    pub within: Duration,
    pub place: Place,
}

impl Recovery {
    /// The rung for a case that has failed so often in a row, if it is time for one.
    #[must_use]
    pub fn rung(&self, failed_in_a_row: u64) -> Option<Rung> {
        let beyond = usize::try_from(failed_in_a_row.checked_sub(self.after)?).ok()?;
        self.rungs.get(beyond).or(self.rungs.last()).copied()
    }
}

/// Reads `[recovery]`; variables in it are written out already.
pub(super) fn read<'s>(
    value: Spanned<DeValue<'s>>,
    unfolder: Unfolder<'_, 's>,
    devices: &BTreeMap<String, DeviceMatch>,
) -> Option<Recovery> {
    let report = unfolder.decoder.report;
    let place = unfolder.expander.sources.place(&value.span());
    let mut table = unfolder.decoder.as_table("[recovery]", value)?;
    let repair = table.get_mut().remove("repair");
    let repair_at = repair.as_ref().map(Spanned::span);
    let repair = repair.map(|steps| unfolder.steps(steps, "repair", &mut Vec::new()));
    let spans = Spans { table: table.span(), rungs: span_of(&table, "rungs"), repair: repair_at };
    let command_at = span_of(&table, "restart-bluez");
    let schema = schema_of::<RecoveryTable>();
    let target = Target { what: "[recovery]", shape: Shape(&schema), also: &[] };
    let table = unfolder.decoder.decode::<RecoveryTable>(target, table)?;
    for diagnostic in what_is_missing(&table, &spans, devices) {
        report.add(diagnostic);
    }
    if let (Some(at), false) = (command_at, table.rungs.contains(&Rung::RestartBluez)) {
        report.add(useless("restart-bluez", "restart-bluez", at));
    }
    Some(Recovery {
        rungs: table.rungs,
        after: table.after.map_or(1, Times::get),
        repair: unmeasured(repair.unwrap_or_default()),
        wait: table.wait.map_or(Duration::from_secs(60), Duration::from),
        restart_bluez: table.restart_bluez,
        limit: table.limit.map_or(20, Times::get),
        within: table.within.map_or(Duration::from_secs(120), Duration::from),
        place,
    })
}

/// Where the parts of the table stand.
struct Spans {
    table: Range<usize>,
    rungs: Option<Range<usize>>,
    repair: Option<Range<usize>>,
}

fn span_of(table: &Spanned<DeTable<'_>>, key: &str) -> Option<Range<usize>> {
    table.get_ref().get(key).map(Spanned::span)
}

fn what_is_missing(
    table: &RecoveryTable,
    spans: &Spans,
    devices: &BTreeMap<String, DeviceMatch>,
) -> Vec<Diagnostic> {
    let at = spans.rungs.clone().unwrap_or_else(|| spans.table.clone());
    let has = |rung| table.rungs.contains(&rung);
    let mut missing = Vec::new();
    if table.rungs.is_empty() {
        let help = "write for example rungs = [\"wait\", \"power-cycle\"]";
        missing.push(
            Diagnostic::error("[recovery] does nothing").at(at.clone(), "no rung").help(help),
        );
    }
    if has(Rung::RestartBluez) && table.restart_bluez.is_none() {
        let help = "write restart-bluez = [\"sudo\", \"systemctl\", \"restart\", \"bluetooth\"]";
        let diagnostic = Diagnostic::error("the rung `restart-bluez` has no command");
        missing.push(diagnostic.at(at.clone(), "needs `restart-bluez` beside it").help(help));
    }
    if has(Rung::Reset) && !devices.values().any(|device| device.control.contains_key(RESET)) {
        let help = "define it: [device.NAME.control] with reset = [\"program\", \"argument\"]";
        let diagnostic = Diagnostic::error("no device has the command that the rung `reset` runs");
        missing.push(diagnostic.at(at, "needs a command `reset`").help(help));
    }
    if let (Some(at), false) = (&spans.repair, has(Rung::Forget)) {
        missing.push(useless("repair", "forget", at.clone()));
    }
    missing
}

fn useless(key: &str, rung: &str, at: Range<usize>) -> Diagnostic {
    Diagnostic::error(format!("`{key}` is for the rung `{rung}`, which is not among the rungs"))
        .at(at, "never used")
        .help(format!("put \"{rung}\" into `rungs`, or take this out"))
}

/// What recovery does is no measure of any case.
fn unmeasured(mut steps: Vec<Step>) -> Vec<Step> {
    for step in &mut steps {
        step.measure = None;
        match &mut step.what {
            What::Do(_) => {}
            What::Repeat { steps, .. } | What::Span(steps) => {
                *steps = unmeasured(std::mem::take(steps));
            }
            What::Parallel(branches) => {
                branches.iter_mut().for_each(|steps| *steps = unmeasured(std::mem::take(steps)));
            }
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rungs_are_climbed_one_by_one_and_the_last_is_held() {
        let recovery = Recovery {
            rungs: vec![Rung::Wait, Rung::Forget],
            after: 2,
            repair: Vec::new(),
            wait: Duration::ZERO,
            restart_bluez: None,
            limit: 20,
            within: Duration::ZERO,
            place: Place::default(),
        };
        let used: Vec<_> = (0..=5).map(|failed| recovery.rung(failed)).collect();
        let (wait, forget) = (Some(Rung::Wait), Some(Rung::Forget));
        assert_eq!(used, [None, None, wait, forget, forget, forget]);
    }
}
