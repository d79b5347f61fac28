//! The runs of one plan over nights: how each measure went, each run against the last good one before it,
//! and a trend.
//!
//! Pure data, from digests in the order of time. What is said of it is in a file for each form.

mod json;
#[cfg(test)]
mod tests;
mod text;

pub use json::json;
pub use text::text;

use super::compare::{Comparison, Subject};
use super::digest::{CaseDigest, Digest, Key};
use crate::event::Verdict;
use crate::stats::{Histogram, Rate, Standing, Trend};

/// The bars of a distribution.
pub const BARS: usize = 12;

/// The runs of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Nights {
    pub plan: String,
    /// The oldest first.
    pub runs: Vec<Night>,
    pub courses: Vec<Course>,
}

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub struct Night {
    pub key: Key,
    pub verdict: Verdict,
    /// With the last good run before it, if there is one (see [`Digest::is_good`]).
    pub comparison: Option<Comparison>,
}

/// A measure of a case over the nights, or its iterations.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    pub case: String,
    pub title: String,
    /// None: the iterations themselves.
    pub measure: Option<String>,
    /// The runs that have it.
    pub points: Vec<Point>,
    /// Of the medians; none where there are too few.
    pub trend: Option<Trend>,
}

/// A measure in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Which of the runs.
    pub run: usize,
    /// Verdict of the case.
    pub verdict: Verdict,
    pub iterations: u64,
    pub success: Rate,
    /// Microseconds.
    pub p50: Option<u64>,
    pub p95: Option<u64>,
    /// How the durations are spread, in bars from the fastest of all nights to the slowest: shares of the
    /// highest bar.
    pub bars: [f64; BARS],
    /// Against the last good run: the numbers that are really different, or how they stand all.
    pub standing: Option<(Standing, Vec<&'static str>)>,
}

impl Nights {
    /// The runs of one plan, the oldest first, and the last good one before all of them.
    #[must_use]
    pub fn of(before: Option<&Digest>, digests: &[Digest]) -> Self {
        let mut good = before;
        let mut runs = Vec::new();
        for run in digests {
            let comparison = good.map(|good| Comparison::of(good, run));
            runs.push(Night { key: run.key.clone(), verdict: run.verdict, comparison });
            if run.is_good() {
                good = Some(run);
            }
        }
        let plan = digests.last().map(|run| run.key.plan.clone()).unwrap_or_default();
        let courses = courses(digests, &runs);
        Self { plan, runs, courses }
    }

    /// Only the courses of these cases and of this measure.
    pub fn keep(&mut self, case: impl Fn(&str) -> bool, measure: Option<&str>) {
        self.courses.retain(|course| {
            case(&course.case) && (measure.is_none() || course.measure.as_deref() == measure)
        });
    }

    /// The newest run with the last good one before it.
    #[must_use]
    pub fn newest(&self) -> Option<&Comparison> {
        self.runs.last()?.comparison.as_ref()
    }
}

/// A course for each case, and one for each of its measures, in the order of the newest run.
fn courses(digests: &[Digest], runs: &[Night]) -> Vec<Course> {
    let mut courses: Vec<Course> = Vec::new();
    for case in digests.iter().rev().flat_map(|run| &run.cases) {
        let measures = case.measures.iter().map(|measure| Some(measure.name.clone()));
        for measure in std::iter::once(None).chain(measures) {
            if !courses.iter().any(|c| c.case == case.id && c.measure == measure) {
                courses.push(course(case, measure, digests, runs));
            }
        }
    }
    // A case stays together, also where an older run had other measures.
    let ids: Vec<String> = courses.iter().map(|course| course.case.clone()).collect();
    courses.sort_by_key(|course| ids.iter().position(|id| *id == course.case));
    courses.retain(|course| course.points.iter().any(|point| point.success.tries > 0));
    courses
}

fn course(
    case: &CaseDigest,
    measure: Option<String>,
    digests: &[Digest],
    runs: &[Night],
) -> Course {
    let axis = axis(digests, &case.id, measure.as_deref());
    let cases = digests.iter().enumerate().filter_map(|(run, digest)| {
        Some((run, digest.cases.iter().find(|other| other.id == case.id)?))
    });
    let points: Vec<Point> = cases
        .filter_map(|(run, of)| {
            let mut point = match &measure {
                None => point(of, of.success().rate, &of.took, axis),
                Some(name) => {
                    let of_measure = of.measures.iter().find(|m| m.name == *name)?;
                    point(of, of_measure.success().rate, &of_measure.latency, axis)
                }
            };
            point.run = run;
            point.standing = standing(runs.get(run)?, &case.id, measure.as_deref());
            Some(point)
        })
        .collect();
    let trend = trend(&points, runs);
    Course { case: case.id.clone(), title: case.title.clone(), measure, points, trend }
}

fn point<const BITS: u32>(
    case: &CaseDigest,
    success: Rate,
    durations: &Histogram<BITS>,
    axis: (u64, u64),
) -> Point {
    Point {
        run: 0,
        verdict: case.verdict,
        iterations: case.iterations.total(),
        success,
        p50: durations.smooth_percentile(50),
        p95: durations.smooth_percentile(95),
        bars: bars(durations.cells(), axis),
        standing: None,
    }
}

/// From where to where the durations of all nights go, without the hundredth at each end.
fn axis(digests: &[Digest], case: &str, measure: Option<&str>) -> (u64, u64) {
    let mut axis = (u64::MAX, 0);
    let mut add = |low: Option<u64>, high: Option<u64>| {
        axis = (axis.0.min(low.unwrap_or(u64::MAX)), axis.1.max(high.unwrap_or(0)));
    };
    for case in digests.iter().flat_map(|run| &run.cases).filter(|other| other.id == case) {
        match measure {
            None => add(case.took.percentile(1), case.took.percentile(99)),
            Some(name) => (case.measures.iter().filter(|m| m.name == name))
                .for_each(|m| add(m.latency.percentile(1), m.latency.percentile(99))),
        }
    }
    axis
}

/// The shares of the durations that fall into equal parts of the axis.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a drawing"
)]
fn bars(cells: impl Iterator<Item = (u64, u64)>, (low, high): (u64, u64)) -> [f64; BARS] {
    let mut bars = [0.0; BARS];
    let width = high.saturating_sub(low).max(1) as f64;
    for (value, count) in cells {
        let place = value.saturating_sub(low) as f64 / width * BARS as f64;
        if let Some(bar) = bars.get_mut((place as usize).min(BARS - 1)) {
            *bar += count as f64;
        }
    }
    let highest = bars.iter().copied().fold(1.0, f64::max);
    bars.map(|bar| bar / highest)
}

/// How a measure of a run stands to that of the last good one: worst first.
fn standing(
    run: &Night,
    case: &str,
    measure: Option<&str>,
) -> Option<(Standing, Vec<&'static str>)> {
    let case = run.comparison.as_ref()?.cases.iter().find(|other| other.id == case)?;
    let of_this = |subject: &Subject| match (subject, measure) {
        (Subject::Iterations | Subject::Flaky, None) => true,
        (Subject::Measure(name), Some(measure)) => name == measure,
        _ => false,
    };
    let findings = || case.findings.iter().filter(|finding| of_this(&finding.subject));
    let order =
        [Standing::Worse, Standing::Better, Standing::Slight, Standing::Same, Standing::TooFew];
    let weighs = |standing: &Standing| findings().any(|finding| finding.standing() == *standing);
    let standing = order.into_iter().find(weighs)?;
    let so = findings().filter(|finding| finding.standing() == standing);
    Some((standing, so.map(super::compare::number).collect()))
}

/// The trend of the medians.
#[expect(clippy::cast_precision_loss, reason = "microseconds of some years")]
fn trend(points: &[Point], runs: &[Night]) -> Option<Trend> {
    let at = |point: &Point| {
        let started = runs.get(point.run)?.key.at_us();
        Some((started as f64 / 3.6e9, point.p50? as f64))
    };
    let points: Vec<(f64, f64)> = points.iter().filter_map(at).collect();
    Trend::through(&points)
}
