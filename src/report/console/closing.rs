//! The end of a run on the console: numbers, what is left to look at, where it is, and last the verdict.

use std::path::Path;

use super::display::{Display, Verbosity};
use super::fit::{fit, table};
use super::palette::{Palette, Styled};
use super::verdict_line::{VERDICT, head, what, word};
use crate::event::Verdict;
use crate::report::failure::{headline, in_brief};
use crate::report::numbers::{anew, cause, is_soak, recoveries, remarkable};
use crate::report::quantity::{several, share, time};
use crate::report::summary::{Case, CauseGroup, Measure, Outcome, Summary};
use crate::stats::Statistics;

/// How many measures and how many cases are listed.
const LISTED: usize = 20;

/// How many causes of a case are.
const CAUSES: usize = 5;

/// The closing lines. `files` are what was written, by a word such as `junit`.
pub(super) fn closing(
    summary: &Summary,
    files: &[(&str, &Path)],
    display: &Display,
    palette: &Palette,
) -> Vec<String> {
    let width = display.width;
    let rule = "─".repeat(VERDICT);
    let mut lines = vec![Styled(palette.faint, rule).to_string()];
    if display.verbosity > Verbosity::Quiet {
        lines.extend(measures(summary, palette, width));
    }
    let remarks = remarks(summary, palette, width);
    let places = places(files, palette);
    for part in [unsettled(summary, palette, width), remarks, places] {
        if !part.is_empty() {
            lines.extend(part);
            lines.push(String::new());
        }
    }
    lines.push(verdict(summary, palette));
    lines
}

/// A table of every measure, and the thresholds that were broken.
fn measures(summary: &Summary, palette: &Palette, width: usize) -> Vec<String> {
    let heads = ["measure", "n", "success", "p50", "p95", "max"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    let all = (summary.cases.iter())
        .flat_map(|case| case.measures.iter().map(move |m| (case, &m.name, &m.statistics)));
    rows.extend(all.map(|(case, name, of)| row(&format!("{} {name}", case.id), of, width)));
    if rows.len() == 1 {
        return Vec::new();
    }
    let left_out = (rows.len() - 1).saturating_sub(LISTED);
    rows.truncate(LISTED + 1);
    let mut lines: Vec<String> = table(&rows).into_iter().map(|line| format!("  {line}")).collect();
    if let Some(first) = lines.first_mut() {
        *first = Styled(palette.faint, &*first).to_string();
    }
    if left_out > 0 {
        let more = format!("  and {} more, in the reports", several(left_out as u64, "measure"));
        lines.push(Styled(palette.faint, more).to_string());
    }
    let more = summary.cases.iter().flat_map(|case| {
        let of = |m: &Measure| Some(format!("  {} {}: {}", case.id, m.name, remarkable(m)?));
        case.measures.iter().filter_map(of).collect::<Vec<_>>()
    });
    lines.extend(more.take(LISTED).map(|line| fit(&line, width)));
    lines.push(String::new());
    lines
}

/// Why iterations of a case that ran more than once did not pass: the most frequent causes, each in a line.
fn causes(case: &Case, palette: &Palette, width: usize) -> Vec<String> {
    if !is_soak(case) {
        return Vec::new();
    }
    let mut groups: Vec<&CauseGroup> = case.causes.groups.iter().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    let line = |text: &str| {
        let indent = " ".repeat(VERDICT + 12);
        indent + &Styled(palette.faint, fit(text, width.saturating_sub(VERDICT + 12))).to_string()
    };
    let mut lines: Vec<String> = groups.iter().take(CAUSES).map(|g| line(&cause(g))).collect();
    let more = groups.len().saturating_sub(CAUSES) as u64 + case.causes.others;
    if more > 0 {
        lines.push(line(&format!("and {}, in the reports", several(more, "more cause"))));
    }
    lines
}

fn row(name: &str, of: &Statistics, width: usize) -> Vec<String> {
    let latency = of.latency();
    let shown = |us: Option<u64>| us.map_or_else(|| "-".to_owned(), time);
    vec![
        fit(name, width.saturating_sub(46).max(8)),
        of.tries().to_string(),
        of.success_rate().map_or_else(|| "-".to_owned(), share),
        shown(latency.percentile(50)),
        shown(latency.percentile(95)),
        shown(latency.max()),
    ]
}

/// Every case that did not simply pass, with the reason in a line, the gravest last.
fn unsettled(summary: &Summary, palette: &Palette, width: usize) -> Vec<String> {
    let mut cases: Vec<(&Case, &str)> = Vec::new();
    let of = |verdict| move |case: &&Case| case.verdict == verdict;
    let flaky = |case: &&Case| case.flaky > 0 && case.verdict == Verdict::Pass;
    cases.extend(summary.cases.iter().filter(flaky).map(|case| (case, "FLAKY")));
    for verdict in [Verdict::Inconclusive, Verdict::Fail] {
        let all = summary.cases.iter().filter(of(verdict));
        cases.extend(all.map(|case| (case, word(verdict))));
    }
    let left_out = cases.len().saturating_sub(LISTED);
    let mut lines = Vec::new();
    if left_out > 0 {
        lines.push(format!("  {} that did not pass, then", several(left_out as u64, "more case")));
    }
    for (case, word) in cases.into_iter().skip(left_out) {
        let style = match word {
            "FLAKY" => palette.doubt,
            _ => palette.of(case.verdict),
        };
        lines.push(head(style, word, "") + &what(case, &reason(case), palette, width));
        lines.extend(causes(case, palette, width));
    }
    for failure in &summary.around {
        let text = fit(&format!("plan: {}", headline(failure)), width - VERDICT - 12);
        let word = word(failure.verdict);
        lines.push(head(palette.of(failure.verdict), word, "") + &text);
    }
    lines
}

/// Why a case did not simply pass.
fn reason(case: &Case) -> String {
    if let Some(cause) = case.cause.as_ref().filter(|cause| is_soak(case) && cause.step.is_some()) {
        return in_brief(cause);
    }
    let own = case.cause.as_ref().map(|cause| cause.message.clone());
    let flaky = || (case.failures.iter()).find(|f| f.outcome == Some(Outcome::Flaky));
    match case.decisive().or_else(flaky) {
        Some(failure) if own.as_ref().is_none_or(|m| *m == failure.cause.message) => {
            headline(failure)
        }
        _ => own.unwrap_or_default(),
    }
}

/// What else must be known: an interruption, things not put back, a damaged journal.
fn remarks(summary: &Summary, palette: &Palette, width: usize) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(signal) = &summary.interrupted {
        remarks.push(format!("interrupted by {signal}"));
    }
    remarks.extend(summary.resumed.iter().map(|(_, at)| format!("cut off, and resumed at {at}")));
    let anew = |case: &Case| Some(format!("{}: {}", case.id, anew(case)?));
    remarks.extend(summary.cases.iter().filter_map(anew).take(LISTED));
    if let Some(recovered) = recoveries(&summary.recoveries) {
        remarks.push(format!("recovered: {recovered}"));
    }
    remarks.extend(summary.unwritten.clone());
    if summary.under_way {
        remarks.push("the run is still under way: this is what was recorded until now".to_owned());
    } else if summary.end.is_none() {
        remarks.push("the run was cut off: the journal has no end".to_owned());
    }
    if summary.not_started() > 0 {
        let cases = several(summary.not_started() as u64, "case");
        remarks.push(format!("{cases} never started"));
    }
    let not_restored = summary.not_restored.iter();
    remarks.extend(not_restored.map(|(what, error)| format!("not put back: {what}: {error}")));
    let notes = summary.notes;
    for (n, thing) in [
        (notes.damaged, "damaged line"),
        (notes.missing, "missing record"),
        (notes.unknown, "record of an unknown event"),
        (notes.out_of_order, "record out of order"),
    ] {
        if n > 0 {
            remarks.push(format!("the journal has {}", several(n, thing)));
        }
    }
    let line = |text: String| format!("  {}", Styled(palette.doubt, fit(&text, width - 2)));
    remarks.into_iter().map(line).collect()
}

/// Where everything is. Paths are not cut: they are to be copied.
fn places(files: &[(&str, &Path)], palette: &Palette) -> Vec<String> {
    let line = |(word, path): &(&str, &Path)| {
        let path = path.to_string_lossy();
        let path = crate::report::escape::terminal(&path).into_owned();
        format!("  {}  {path}", Styled(palette.faint, format!("{word:<8}")))
    };
    files.iter().map(line).collect()
}

/// `        FAIL  1m 25s  6 cases: 2 passed, 2 failed, 1 skipped`
fn verdict(summary: &Summary, palette: &Palette) -> String {
    let tally = summary.tally();
    let flaky = summary.cases.iter().filter(|c| c.flaky > 0 && c.verdict == Verdict::Pass);
    let flaky = flaky.count() as u64;
    let parts = [
        (tally.passed, "passed", palette.pass),
        (flaky, "of them flaky", palette.doubt),
        (tally.failed, "failed", palette.fail),
        (tally.inconclusive, "inconclusive", palette.doubt),
        (tally.skipped, "skipped", palette.skip),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(n, _, _)| *n > 0)
        .map(|(n, word, style)| Styled(*style, format!("{n} {word}")).to_string())
        .collect();
    let verdict = summary.verdict();
    let cases = several(tally.total(), "case");
    let colon = if parts.is_empty() { "" } else { ": " };
    let head = head(palette.of(verdict), word(verdict), &time(summary.took_us()));
    format!("{head}{cases}{colon}{}", parts.join(", "))
}
