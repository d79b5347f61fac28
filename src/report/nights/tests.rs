//! What is said of nights.

use super::*;
use crate::report::compare::night;
use crate::report::console::{ColorChoice, Display, Environment, ProgressChoice, Verbosity};

/// Nights of these shifts, in milliseconds, and shares of failures, one a day.
fn nights(of: &[(u64, u64)]) -> Vec<Digest> {
    let night = |(day, (slower, every)): (usize, &(u64, u64))| {
        let mut run = night("Nightly soak", 300, *slower, *every);
        run.key.started = format!("2026-11-{:02}T22:00:00Z", day + 10);
        run
    };
    of.iter().enumerate().map(night).collect()
}

fn display(columns: usize) -> Display {
    let environment = Environment { width: Some(columns), ..Environment::default() };
    Display::decide(&environment, ColorChoice::Never, ProgressChoice::None, Verbosity::Normal)
}

#[test]
fn each_run_stands_against_the_last_good_one() {
    let runs = nights(&[(0, 100), (2, 100), (0, 10), (1, 100), (40, 100)]);
    let nights = Nights::of(None, &runs);
    let good = nights.runs.iter().map(|run| {
        let comparison = run.comparison.as_ref();
        comparison.map_or("none", |comparison| comparison.old.key.started.get(..10).unwrap())
    });
    let expected = ["none", "2026-11-10", "2026-11-11", "2026-11-11", "2026-11-13"];
    assert_eq!(good.collect::<Vec<_>>(), expected);
    assert!(nights.newest().unwrap().is_regression());
    insta::assert_snapshot!(text(&nights, &display(110)));
    assert_eq!(json(&nights)["courses"][1]["points"][4]["standing"], "worse");
}

#[test]
fn a_slow_drift_is_a_trend_where_no_night_is_worse_than_the_one_before() {
    let drift: Vec<(u64, u64)> = (0..9).map(|night| (night * 3, 100)).collect();
    let nights = Nights::of(None, &nights(&drift));
    assert!(!nights.newest().unwrap().is_regression());
    let trend = nights.courses[1].trend.unwrap();
    assert!(trend.is_real() && (trend.per_hour * 24.0 - 3000.0).abs() < 500.0, "{trend:?}");
    let text = text(&nights, &display(110));
    assert!(text.contains(" a day (p 0.0"), "{text}");
}

#[test]
fn only_what_is_asked_for_is_kept() {
    let runs = nights(&[(0, 100), (0, 100)]);
    let mut nights = Nights::of(Some(&runs[0]), &runs[1..]);
    assert!(nights.newest().is_some(), "against one before all of them");
    nights.keep(|case| case.starts_with("SOAK"), Some("reconnect"));
    assert_eq!(nights.courses.len(), 1);
    nights.keep(|_| false, None);
    assert!(nights.courses.is_empty());
    assert_eq!(Nights::of(None, &[]).plan, "");
}

#[test]
fn hostile_names_and_narrow_terminals_are_borne() {
    let name = "\u{1b}[31m\u{202e}\u{7}\n".repeat(20);
    let mut runs = nights(&[(0, 100), (0, 100)]);
    for run in &mut runs {
        run.key.plan.clone_from(&name);
        run.cases[0].id.clone_from(&name);
        run.cases[0].title.clone_from(&name);
        run.cases[0].measures[0].name.clone_from(&name);
    }
    runs[0].key.started.clone_from(&name);
    let nights = Nights::of(None, &runs);
    for columns in [60, 100, 160] {
        let text = text(&nights, &display(columns));
        assert!(!text.contains(|c| c != '\n' && crate::report::escape::treacherous(c)), "{text}");
    }
}
