//! The nights as JSON, for programs. The shape is an interface: keys are added, never changed.
//!
//! `{ "format": 1, "plan", "runs": […], "courses": […], "comparison" }`, where
//!
//! * a run is `{ "started", "host", "verdict", "good": when the last good run before it started, or null,
//!   "regression": whether it is worse than that one, or null }`, the oldest first;
//! * a course is a measure of a case, or with `"measure": null` its iterations: `{ "case", "title", "measure",
//!   "points", "trend": { "per-day": microseconds, "p", "real" } or null }`;
//! * a point is `{ "run": place in `runs`, "verdict", "iterations", "succeeded", "tries", "p50", "p95":
//!   microseconds or null, "standing": as in a comparison, or null, "numbers": those that stand so }`;
//! * `comparison` is the newest run against the last good one, in the shape of `bttest compare --json`, or null.

use serde_json::{Value, json as value};

use super::{Course, Night, Nights, Point};
use crate::report::compare;
use crate::stats::Trend;

/// The nights as JSON.
#[must_use]
pub fn json(nights: &Nights) -> Value {
    value!({
        "format": 1,
        "plan": nights.plan,
        "runs": nights.runs.iter().map(run).collect::<Vec<_>>(),
        "courses": nights.courses.iter().map(course).collect::<Vec<_>>(),
        "comparison": nights.newest().map(compare::json),
    })
}

fn run(night: &Night) -> Value {
    let comparison = night.comparison.as_ref();
    value!({
        "started": night.key.started,
        "host": night.key.host,
        "verdict": night.verdict,
        "good": comparison.map(|comparison| &comparison.old.key.started),
        "regression": comparison.map(compare::Comparison::is_regression),
    })
}

fn course(course: &Course) -> Value {
    let trend = |trend: Trend| value!({ "per-day": trend.per_hour * 24.0, "p": trend.p, "real": trend.is_real() });
    value!({
        "case": course.case,
        "title": course.title,
        "measure": course.measure,
        "points": course.points.iter().map(point).collect::<Vec<_>>(),
        "trend": course.trend.map(trend),
    })
}

fn point(point: &Point) -> Value {
    let standing = point.standing.as_ref();
    value!({
        "run": point.run,
        "verdict": point.verdict,
        "iterations": point.iterations,
        "succeeded": point.success.hits,
        "tries": point.success.tries,
        "p50": point.p50,
        "p95": point.p95,
        "standing": standing.map(|(standing, _)| compare::standing(*standing)),
        "numbers": standing.map(|(_, numbers)| numbers),
    })
}
