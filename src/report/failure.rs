//! A failure in words: what was tried, where the plan says so, what was expected, what was seen instead,
//! and what happened before. The console colours these lines, JUnit takes them as they are.

use super::escape;
use super::excerpt::excerpt;
use super::quantity::{offset, time};
use super::summary::{FailedStep, Failure, Trace};
use crate::event::Cause;

/// What a line is, for who gives it a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The step and how long it took.
    Step,
    /// The place in the plan.
    Place,
    /// The caret under it.
    Caret,
    /// A word and what belongs to it: expected, seen, …
    Field(&'static str),
    /// What the events are of.
    Heading,
    /// An event and its time.
    Event,
    /// Nothing: a gap.
    Gap,
}

/// A line of a failure, made safe for a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub part: Part,
    pub text: String,
}

/// The longest text of a field, in characters.
const LONGEST: usize = 1000;

/// The failure in lines; those of the plan no wider than `width` columns.
#[must_use]
pub fn lines(failure: &Failure, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(step) = &failure.step {
        lines.extend(of_step(step, width));
    }
    lines.extend(of_cause(failure));
    if !failure.before.is_empty() {
        lines.extend(of_events(failure));
    }
    lines
}

/// The failure as text, for a report without colours.
#[must_use]
pub fn text(failure: &Failure) -> String {
    let line = |line: Line| match line.part {
        Part::Field(label) => format!("{label:<9} {}\n", line.text),
        _ => format!("{}\n", line.text),
    };
    lines(failure, 160).into_iter().map(line).collect()
}

/// What failed, in a few words: the step and the kind of its cause; of a cause that is no step's, its sentence.
#[must_use]
pub fn in_brief(cause: &Cause) -> String {
    match &cause.step {
        Some(step) => format!("{step}: {}", cause.kind),
        None => cause.message.clone(),
    }
}

/// What failed, in one line: the step and the sentence.
#[must_use]
pub fn headline(failure: &Failure) -> String {
    match &failure.step {
        Some(step) => format!("{}: {}", step.identity.text, failure.cause.message),
        None => failure.cause.message.clone(),
    }
}

fn of_step(step: &FailedStep, width: usize) -> Vec<Line> {
    let took = time(step.ended.saturating_sub(step.started));
    let text = safe(&step.identity.text);
    let path = safe(&step.path);
    let mut lines =
        vec![Line { part: Part::Step, text: format!("{text}  ({path}, after {took})") }];
    let excerpt = excerpt(&step.identity.place, width);
    let last = excerpt.len().saturating_sub(1);
    lines.extend(excerpt.into_iter().enumerate().map(|(at, text)| Line {
        part: if at > 0 && at == last { Part::Caret } else { Part::Place },
        text,
    }));
    lines
}

fn of_cause(failure: &Failure) -> Vec<Line> {
    let cause = &failure.cause;
    let raw = cause.raw.as_ref().map(|(name, message)| format!("{name}: {message}"));
    let fields = [
        ("why", Some(format!("{} ({})", cause.message, cause.kind))),
        ("expected", cause.expected.clone()),
        ("seen", cause.seen.clone()),
        ("bluez", raw),
        ("hci", cause.hci.clone()),
        ("hint", cause.hint.clone()),
        ("capture", failure.capture.clone()),
    ];
    let field = |(label, text): (&'static str, Option<String>)| {
        Some(Line { part: Part::Field(label), text: safe(&text?) })
    };
    fields.into_iter().filter_map(field).collect()
}

/// What came before, with times from the start of the step on.
fn of_events(failure: &Failure) -> Vec<Line> {
    let from = match &failure.step {
        Some(step) => step.started,
        None => failure.at.saturating_sub(failure.took_us),
    };
    let longest = (failure.before.iter()).map(|t| t.object.chars().count()).max();
    let event = |trace: &Trace| Line {
        part: Part::Event,
        text: format!(
            "{:>11}  {:<width$}  {}",
            offset(trace.t, from),
            safe(&trace.object),
            safe(&trace.text),
            width = longest.unwrap_or(0).min(24),
        ),
    };
    let heading = |text: &str| Line { part: Part::Heading, text: text.to_owned() };
    let (earlier, within) = failure.before_and_within();
    let mut lines = vec![Line { part: Part::Gap, text: String::new() }];
    if !earlier.is_empty() {
        lines.push(heading("before the attempt, from the start of the step on:"));
        lines.extend(earlier.iter().map(event));
    }
    if !within.is_empty() {
        lines.push(heading(match earlier {
            [] => "before, from the start of the step on:",
            _ => "in the attempt:",
        }));
        lines.extend(within.iter().map(event));
    }
    lines
}

fn safe(text: &str) -> String {
    escape::terminal(&escape::cut(text, LONGEST)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_failure_tells_all_that_is_known() {
        let summary = sample::summary_of(&sample::one_of_each().records);
        let failure = summary.cases[2].decisive().unwrap();
        insta::assert_snapshot!(text(failure));
    }

    #[test]
    fn a_hostile_failure_is_told_harmlessly() {
        let mut summary = sample::summary_of(&sample::one_of_each().records);
        let failure = &mut summary.cases[2].failures[0];
        failure.cause.message = "\u{1b}[2J\r\n".repeat(500);
        failure.before[0].object = "\u{202e}".repeat(300);
        for line in text(failure).lines() {
            assert!(!line.chars().any(escape::treacherous), "{line:?}");
        }
    }
}
