//! Two nights, told as the engine would, and what is said of them.

use super::*;
use crate::report::console::{ColorChoice, Display, Environment, ProgressChoice, Verbosity};
use crate::report::sample::{self, Run, page_timeout, summary_of};

/// A night of this plan: `slower` milliseconds more for each connection, and every n-th fails.
pub(in crate::report) fn night(plan: &str, iterations: u64, slower: u64, every: u64) -> Digest {
    let mut run = Run::of(plan, 1);
    run.case("SOAK-01", "Reconnect all night", iterations);
    for n in 1..=iterations {
        let took = 300 + slower + n * 37 % 60;
        let cause = n.is_multiple_of(every).then(page_timeout);
        let verdict = if cause.is_some() { Verdict::Fail } else { Verdict::Pass };
        run.iteration()
            .attempt()
            .step("steps/1", "connect headset")
            .after(took)
            .measured("reconnect", took, cause.is_none())
            .end_step(verdict, cause.clone())
            .end_attempt(verdict, cause.clone())
            .end_iteration(verdict, cause);
    }
    let verdict = if every < 50 { Verdict::Fail } else { Verdict::Pass };
    run.end_case(verdict, None).end(verdict, 0);
    Digest::of(&summary_of(&run.records)).unwrap()
}

fn display(columns: usize) -> Display {
    let environment = Environment { width: Some(columns), ..Environment::default() };
    Display::decide(&environment, ColorChoice::Never, ProgressChoice::None, Verbosity::Normal)
}

fn changed(run: &Digest, what: &str, value: &str) -> Digest {
    let mut run = run.clone();
    run.facts.iter_mut().filter(|(name, _)| name == what).for_each(|f| f.1 = value.to_owned());
    run
}

#[test]
fn a_worse_night_is_told_in_a_sentence_and_in_numbers() {
    let old = night("Nightly soak", 500, 0, 100);
    let new = changed(&night("Nightly soak", 400, 30, 10), "BlueZ", "5.87");
    let comparison = Comparison::of(&old, &new);
    assert!(comparison.is_regression());
    insta::assert_snapshot!(text(&comparison, &display(100)));
    insta::assert_snapshot!("narrow", text(&comparison, &display(70)));
    insta::assert_snapshot!("json", format!("{:#}", json(&comparison)));
}

#[test]
fn the_other_way_round_it_is_better() {
    let comparison = Comparison::of(&night("p", 500, 30, 10), &night("p", 500, 0, 100));
    assert!(!comparison.is_regression());
    let said = answer(&comparison);
    assert!(said.starts_with("No regression; better: SOAK-01 passes and failed before"), "{said}");
    let cause = comparison.findings().find(|(_, finding)| !finding.decides()).unwrap().1;
    assert_eq!(answer::word(cause), "fewer");
}

#[test]
fn equal_nights_are_no_regression() {
    let old = night("p", 500, 0, 100);
    let comparison = Comparison::of(&old, &old);
    assert!(!comparison.is_regression() && comparison.apart.is_empty());
    assert!(comparison.findings().all(|(_, f)| f.standing() == Standing::Same));
    let said = answer(&comparison);
    assert!(said.starts_with("No regression: 5 numbers compared"), "{said}");
}

#[test]
fn verdicts_are_followed_from_run_to_run() {
    let mut old = Run::of("p", 4);
    old.simple_case("A", "stays", None)
        .simple_case("B", "breaks", None)
        .simple_case("C", "is mended", Some(page_timeout()))
        .simple_case("D", "goes", None);
    let mut new = Run::of("p", 4);
    new.simple_case("A", "stays", None)
        .simple_case("B", "breaks", Some(page_timeout()))
        .simple_case("C", "is mended", None)
        .simple_case("E", "comes", Some(page_timeout()));
    let of = |run: &Run| Digest::of(&summary_of(&run.records)).unwrap();
    let comparison = Comparison::of(&of(&old), &of(&new));
    let status: Vec<_> = comparison.cases.iter().map(|c| (c.id.as_str(), c.status())).collect();
    assert_eq!(
        status,
        [
            ("A", Status::Same),
            ("B", Status::Regressed),
            ("C", Status::Progressed),
            ("E", Status::New),
            ("D", Status::Vanished),
        ]
    );
    assert!(comparison.is_regression());
    insta::assert_snapshot!(text(&comparison, &display(100)));
}

#[test]
fn what_is_gone_is_named_and_is_no_pass() {
    let old = night("p", 500, 0, 100);
    let mut new = old.clone();
    new.cases[0].measures.clear();
    let comparison = Comparison::of(&old, &new);
    assert!(comparison.is_incomplete() && !comparison.is_regression());
    let told = text(&comparison, &display(100));
    let first = "Missing in the newer run: reconnect of SOAK-01. Nothing else is worse: 2 numbers";
    assert!(told.starts_with(first), "{told}");
    assert!(told.contains("\n     MISSING  reconnect\n"), "{told}");
    assert!(told.contains("\n     MISSING  2 the same, 1 missing\n"), "{told}");
    assert_eq!(json(&comparison)["cases"][0]["missing"], serde_json::json!(["reconnect"]));
    // What the bench failed in, or was skipped, is told by its verdict.
    for verdict in [Verdict::Inconclusive, Verdict::Skip] {
        new.cases[0].verdict = verdict;
        let comparison = Comparison::of(&old, &new);
        assert!(!comparison.is_incomplete() && !comparison.missing().is_empty());
    }
    new.cases.clear();
    let comparison = Comparison::of(&old, &new);
    assert!(comparison.is_incomplete() && !comparison.is_of_the_same());
    assert!(
        answer(&comparison).starts_with("Missing in the newer run: case SOAK-01. Nothing else")
    );
}

#[test]
fn too_few_tries_are_an_answer_of_their_own() {
    let (old, new) = (night("p", 15, 0, 100), night("p", 15, 12, 100));
    let comparison = Comparison::of(&old, &new);
    assert!(comparison.findings().all(|(_, f)| f.standing() != Standing::Same));
    let told = text(&comparison, &display(100));
    assert!(told.starts_with("Nothing can be told: too few tries for 5 numbers."), "{told}");
    assert!(told.contains(" · too few tries to tell, needs "), "{told}");
    assert!(told.contains("\n     TOO FEW  5 with too few tries to tell\n"), "{told}");
}

#[test]
fn no_regression_is_told_with_equal_numbers() {
    // Both medians lie in one cell of what is kept of iterations, from 2.29 s to 2.36 s.
    let of = |others: u64| {
        let mut night = night("p", 500, 0, 1000);
        night.cases[0].took = crate::stats::Histogram::default();
        let took = |n: u64| if n.is_multiple_of(5) { others } else { 2_330_000 };
        (0..500).for_each(|n| night.cases[0].took.record(took(n)));
        (0..120).for_each(|_| night.cases[0].took.record(others));
        night
    };
    let comparison = Comparison::of(&of(2_240_000), &of(2_400_000));
    let all = comparison.findings().filter(|(_, f)| f.standing() == Standing::Worse);
    let shown: Vec<_> = all.map(|(_, f)| answer::values(f)).map(|v| (v.was, v.is)).collect();
    assert!(!shown.is_empty() && shown.iter().all(|(was, is)| was != is), "{shown:?}");
}

#[test]
fn a_verdict_that_the_bench_is_to_blame_for_is_no_regression() {
    let mut old = Run::of("p", 1);
    old.simple_case("A", "a", None);
    let mut new = Run::of("p", 1);
    new.simple_case("A", "a", Some(sample::bluez_gone()));
    let of = |run: &Run| Digest::of(&summary_of(&run.records)).unwrap();
    let comparison = Comparison::of(&of(&old), &of(&new));
    assert_eq!(comparison.cases[0].status(), Status::Changed);
    assert!(!comparison.is_regression());
}

#[test]
fn hostile_names_are_harmless_in_the_text() {
    let name = "\u{1b}[31m]]>\u{202e}<script>\u{7}\n".repeat(20);
    let mut new = changed(&night(&name, 50, 0, 100), "host", &name);
    new.cases[0].id.clone_from(&name);
    new.cases[0].title.clone_from(&name);
    new.cases[0].measures[0].name.clone_from(&name);
    let mut old = new.clone();
    old.facts.clear();
    let comparison = Comparison::of(&old, &new);
    for columns in [60, 100, 160] {
        let text = text(&comparison, &display(columns));
        assert!(!text.contains(|c| c != '\n' && crate::report::escape::treacherous(c)), "{text}");
        assert!(text.lines().skip(1).all(|line| line.chars().count() <= columns), "{text}");
    }
}
