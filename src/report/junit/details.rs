//! The text of a case that did not pass: why, its numbers if it is a soak, and the first failure of each kind,
//! as far as there is room; what there is none for is counted.

use super::element::LONGEST_TEXT;
use crate::event::Cause;
use crate::report::quantity::{moment, several};
use crate::report::summary::{Case, CauseGroup, FailedStep, Failure, Outcome};
use crate::report::{failure, numbers};

/// How many characters of a text are kept for what it says of what is left out.
const LAST_WORDS: usize = 200;

/// All that is known of a case that did not pass.
pub(super) fn details(case: &Case) -> String {
    let decided = |f: &&Failure| f.outcome == Some(Outcome::Decided);
    let mut told: Vec<&Failure> = Vec::new();
    let mut parts: Vec<String> = Vec::new();
    if let Some(cause) = &case.cause
        && (case.decisive()).is_none_or(|f| f.cause.message != cause.message)
    {
        parts.push(cause_text(cause));
    }
    let soak = numbers::is_soak(case);
    if soak {
        parts.push(numbers::lines(case).join("\n") + "\n");
    }
    let mut room = LONGEST_TEXT.saturating_sub(LAST_WORDS);
    room = room.saturating_sub(parts.iter().map(|part| part.chars().count()).sum());
    let mut left_out = 0;
    for decisive in case.failures.iter().filter(decided) {
        if told.iter().any(|other| other.alike(decisive)) {
            continue;
        }
        told.push(decisive);
        let part = match soak {
            true => in_a_soak(case, decisive),
            false => failure::text(decisive),
        };
        let length = part.chars().count() + 1;
        // The first is always there, be it cut.
        if length > room && told.len() > 1 {
            left_out += 1;
            continue;
        }
        room = room.saturating_sub(length);
        parts.push(part);
    }
    if left_out > 0 {
        let kinds = several(left_out, "further kind");
        parts.push(format!("and failures of {kinds}, of which the journal has all.\n"));
    }
    parts.join("\n")
}

/// The first failure of its kind in a soak, and how many more there are.
fn in_a_soak(case: &Case, first: &Failure) -> String {
    let path = first.step.as_ref().map_or_else(String::new, FailedStep::in_plan);
    let alike = |group: &&CauseGroup| group.step == path && group.kind == first.cause.kind;
    let all: u64 = case.causes.groups.iter().filter(alike).map(|group| group.count).sum();
    let (iteration, at) = (first.iteration, moment(first.at));
    let more = match all.saturating_sub(1) {
        0 => String::new(),
        more => format!("and {more} more like it, in the journal\n"),
    };
    format!("Iteration {iteration}, {at} into the run:\n{}{more}", failure::text(first))
}

fn cause_text(cause: &Cause) -> String {
    let hint = cause.hint.as_ref().map(|hint| format!("\n{hint}"));
    format!("{}{}\n", cause.message, hint.unwrap_or_default())
}
