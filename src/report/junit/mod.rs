//! JUnit XML, shaped as its readers read it.
//!
//! One suite, the plan; one case for each case, however often it ran, with a name that is unique, and at
//! most one `failure`, `error` or `skipped`. The crate `junit-report` writes that; what it lacks is added
//! by [`complete`]. Facts on the readers: Jenkins shows only the first failure of a case and reads
//! `flakyFailure` and `rerunFailure` with a `stackTrace`; GitLab drops what has the classname and name of
//! another case, and files over 30 MB; annotations on GitHub need `file` and `line`.

mod budget;
mod complete;
mod details;
mod element;
mod properties;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::io::{self, Write};

use jiff::Timestamp;
use junit_report::{Duration, OffsetDateTime, TestCase, TestResult, TestSuite};

use self::budget::Budget;
use self::complete::{Extra, Whole, complete};
use self::details::details;
use self::element::{attribute, name, paragraph};
use super::summary::{Case, Failure, Outcome, Summary, link_to_capture};
use super::{Report, failure, numbers};
use crate::event::{Place, Verdict};

/// How many failed attempts that did not decide are shown of a case; where there are more, it ran more than
/// once, and the groups of causes have all of them.
const RERUNS: usize = 16;

/// The JUnit report.
#[derive(Debug, Clone, Copy)]
pub struct JUnit;

impl Report for JUnit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn about(&self) -> &'static str {
        "a JUnit XML report, for CI"
    }

    fn write(&self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        let mut suite = suite(summary);
        let mut names = HashSet::new();
        suite.system_out = suite_text(summary);
        let entries = entries(summary);
        for entry in &entries {
            suite.add_testcase(entry.test_case(&suite.name, &mut names));
        }
        let whole = whole(summary, &suite, &entries);
        let extras: Vec<Extra> = entries.into_iter().map(|entry| entry.extra).collect();
        let mut report = junit_report::Report::new();
        report.add_testsuite(suite);
        let mut xml = Vec::new();
        report.write_xml(&mut xml).map_err(io::Error::other)?;
        complete(&xml, &whole, &extras, out)
    }
}

/// What the root and the suite get besides what the crate writes.
fn whole(summary: &Summary, suite: &TestSuite, entries: &[Entry<'_>]) -> Whole {
    let of_cases = entries.iter().map(|entry| milliseconds(entry.took_us));
    Whole {
        time: seconds(of_cases.fold(0, u64::saturating_add)),
        totals: vec![
            ("name", suite.name.clone()),
            ("tests", suite.tests().to_string()),
            ("failures", suite.failures().to_string()),
            ("errors", suite.errors().to_string()),
            ("skipped", suite.skipped().to_string()),
            ("time", seconds(milliseconds(summary.took_us()))),
        ],
        skipped: suite.skipped(),
        properties: properties::of_run(summary),
    }
}

/// What becomes one `testcase`.
struct Entry<'a> {
    name: String,
    took_us: u64,
    result: TestResult,
    place: Option<&'a Place>,
    out: Option<String>,
    extra: Extra,
}

impl Entry<'_> {
    fn test_case(&self, classname: &str, names: &mut HashSet<String>) -> TestCase {
        let ms = i64::try_from(milliseconds(self.took_us)).unwrap_or(i64::MAX);
        let name = unique(name(&self.name), names);
        let mut case = TestCase::success(&name, Duration::milliseconds(ms));
        case.result = self.result.clone();
        case.set_classname(classname);
        if let Some(place) = self.place {
            case.set_filepath(&attribute(&place.file));
        }
        case.system_out = self.out.as_deref().map(paragraph);
        case
    }
}

/// Every case of the run, and what went wrong outside of the cases, so that it is not hidden.
fn entries(summary: &Summary) -> Vec<Entry<'_>> {
    let budget = Budget::new();
    let mut entries: Vec<Entry> =
        (summary.cases.iter()).map(|case| of_case(case, &summary.way, &budget)).collect();
    entries.extend(summary.around.iter().map(of_plan));
    entries.extend(summary.unwritten.as_deref().map(of_journal));
    let ended = summary.end.is_some();
    if !ended && summary.cases.iter().all(|case| case.finished) {
        entries.push(of_no_end(summary));
    }
    entries
}

fn suite(summary: &Summary) -> TestSuite {
    let mut suite = TestSuite::new(&name(summary.plan()));
    "bttest".clone_into(&mut suite.package);
    suite.set_timestamp(OffsetDateTime::UNIX_EPOCH);
    if let Some(run) = &summary.run {
        suite.hostname = attribute(&run.host);
        let started = run.started.parse::<Timestamp>().ok();
        // The crate panics on years that RFC 3339 does not have, and no run is older than this.
        let started = started.filter(|t| *t >= Timestamp::UNIX_EPOCH);
        let started = started.and_then(|t| OffsetDateTime::from_unix_timestamp(t.as_second()).ok());
        suite.set_timestamp(started.unwrap_or(OffsetDateTime::UNIX_EPOCH));
    }
    suite
}

/// What belongs to the run and to no case.
fn suite_text(summary: &Summary) -> Option<String> {
    let recovered = numbers::recoveries(&summary.recoveries)?;
    Some(paragraph(&format!("recovered: {recovered}")))
}

fn of_case<'a>(case: &'a Case, way: &str, budget: &Budget) -> Entry<'a> {
    let mut lines = numbers::lines(case);
    lines.extend(captures(case, way));
    let numbers = lines.join("\n");
    let properties = properties::of_case(case);
    let texts = properties.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    let room = budget.take(texts);
    Entry {
        name: format!("{} {}", case.id, case.identity.title),
        took_us: case.took_us,
        result: result(case, budget),
        place: Some(&case.identity.place),
        out: (!numbers.is_empty()).then(|| budget.text(numbers)),
        extra: Extra {
            line: Some(case.identity.place.line),
            properties: if room { properties } else { Vec::new() },
            reruns: reruns(case, budget),
        },
    }
}

/// The HCI captures of its failing attempts, as Jenkins and GitLab read attachments.
fn captures(case: &Case, way: &str) -> Vec<String> {
    let files = case.failures.iter().filter_map(|failure| failure.capture.as_deref());
    let links = files.filter_map(|file| link_to_capture(way, file));
    links.map(|link| format!("[[ATTACHMENT|{link}]]")).collect()
}

fn result(case: &Case, budget: &Budget) -> TestResult {
    let cause = case.cause.as_ref();
    let kind = attribute(cause.map_or("unexplained", |cause| &cause.kind));
    let message = budget.message(attribute(&headline(case)));
    let details = || Some(budget.text(paragraph(&details(case))));
    match case.verdict {
        Verdict::Pass => TestResult::Success,
        Verdict::Skip => TestResult::SkippedWithCause { type_: kind, message, cause: None },
        Verdict::Inconclusive => TestResult::Error { type_: kind, message, cause: details() },
        Verdict::Fail => TestResult::Failure { type_: kind, message, cause: details() },
    }
}

/// Why the case did not pass, in one line.
fn headline(case: &Case) -> String {
    let own = case.cause.as_ref().map(|cause| cause.message.clone());
    match case.decisive() {
        _ if numbers::is_soak(case) => {
            let why = own.map_or_else(String::new, |message| format!("{message}; "));
            format!("{why}{}", numbers::iterations(case))
        }
        Some(decisive) if own.as_ref().is_none_or(|m| *m == decisive.cause.message) => {
            failure::headline(decisive)
        }
        _ => own.unwrap_or_else(|| "no cause was recorded".to_owned()),
    }
}

/// Failed attempts that did not decide: flaky ones where the case passed in the end.
fn reruns(case: &Case, budget: &Budget) -> Vec<complete::Rerun> {
    let element = match case.verdict {
        Verdict::Pass | Verdict::Skip => "flakyFailure",
        Verdict::Fail | Verdict::Inconclusive => "rerunFailure",
    };
    let earlier = |f: &&Failure| matches!(f.outcome, Some(Outcome::Flaky | Outcome::Retried));
    let rerun = |f: &Failure| {
        let (iteration, attempt) = (f.iteration, f.attempt);
        let head = format!("Iteration {iteration}, attempt {attempt}:\n");
        complete::Rerun {
            element,
            kind: attribute(&f.cause.kind),
            message: attribute(&failure::headline(f)),
            text: paragraph(&(head + &failure::text(f))),
        }
    };
    let within = |rerun: &complete::Rerun| {
        budget.take([rerun.kind.as_str(), rerun.message.as_str(), rerun.text.as_str()])
    };
    case.failures.iter().filter(earlier).take(RERUNS).map(rerun).take_while(within).collect()
}

/// A failure of the plan's own setup or teardown, which belongs to no case.
fn of_plan(failed: &Failure) -> Entry<'_> {
    let step = failed.step.as_ref();
    let phase = step.map_or("plan", |step| step.path.split('/').next().unwrap_or("plan"));
    let place = step.map(|step| &step.identity.place);
    let type_ = attribute(&failed.cause.kind);
    let message = attribute(&failure::headline(failed));
    let cause = Some(paragraph(&failure::text(failed)));
    let result = match failed.verdict {
        Verdict::Fail => TestResult::Failure { type_, message, cause },
        _ => TestResult::Error { type_, message, cause },
    };
    Entry {
        name: format!("({phase} of the plan)"),
        took_us: failed.took_us,
        result,
        place,
        out: None,
        extra: Extra { line: place.map(|place| place.line), ..Extra::default() },
    }
}

/// A journal that could not be written whole: what passed has no evidence.
fn of_journal(why: &str) -> Entry<'_> {
    let message = attribute(why);
    Entry {
        name: "(journal of the run)".to_owned(),
        took_us: 0,
        result: TestResult::Error { type_: "journal-not-whole".to_owned(), message, cause: None },
        place: None,
        out: None,
        extra: Extra::default(),
    }
}

/// A run that was cut off between two cases, or is, would look like a shorter run that passed.
fn of_no_end(summary: &Summary) -> Entry<'_> {
    let cases = summary.run.as_ref().map_or(0, |run| run.cases);
    let (kind, what) = match summary.under_way {
        true => ("under-way", "is still under way"),
        false => ("cut-off", "was cut off"),
    };
    let message = format!("the run {what} after {} of {cases} cases", summary.cases.len());
    Entry {
        name: "(end of the run)".to_owned(),
        took_us: 0,
        result: TestResult::Error { type_: kind.to_owned(), message, cause: None },
        place: None,
        out: None,
        extra: Extra::default(),
    }
}

/// Whole milliseconds: Jenkins' schema takes no finer time.
fn milliseconds(us: u64) -> u64 {
    us.saturating_add(500) / 1000
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// The name, with a number if it was there before.
fn unique(name: String, names: &mut HashSet<String>) -> String {
    let mut candidate = name.clone();
    let mut number = 1;
    while !names.insert(candidate.clone()) {
        number += 1;
        candidate = format!("{name} ({number})");
    }
    candidate
}
