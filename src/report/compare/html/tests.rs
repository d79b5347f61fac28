//! The page is well-formed, says the sentence, shows both runs, and bears what comes from outside.

use super::*;
use crate::report::compare::tests::night;
use crate::report::digest::CaseDigest;
use crate::report::escape::treacherous;
use crate::report::html::tests::read;
use crate::report::sample::{self, summary_of};

fn written(old: &Digest, new: &Digest) -> String {
    let run = summary_of(&sample::one_of_each().records);
    html(&Comparison::of(old, new), old, new, &run).as_str().to_owned()
}

/// The section alone, as a person reads it.
fn told(old: &Digest, new: &Digest) -> String {
    let comparison = Comparison::of(old, new);
    let page = crate::report::html::page(
        &new.key.plan,
        &Markup::default(),
        &[section(&comparison, old, new)],
    );
    read(page.as_str())
}

#[test]
fn a_worse_night_is_told_as_a_person_reads_it() {
    let (old, new) = (night("Nightly soak", 500, 0, 100), night("Nightly soak", 400, 30, 10));
    insta::assert_snapshot!(told(&old, &new));
}

#[test]
fn the_answer_stands_among_those_at_the_top_and_the_section_first() {
    let (old, new) = (night("p", 500, 0, 100), night("p", 400, 30, 10));
    let page = written(&old, &new);
    assert_eq!(page, written(&old, &new));
    let text = read(&page);
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("no {part:?} in {text}"));
    assert!(at("Did the bench hold?") < at("Better or worse than before?"));
    assert!(at("\n Worse\n Worse: SOAK-01") < at("Compared with an older run"));
    assert!(at("Compared with an older run") < at("\nCases"));
    for (old, new, word) in [(&new, &old, "Better"), (&old, &old, "The same")] {
        assert_eq!(short(&Comparison::of(old, new)).short, word);
    }
    let few = night("p", 2, 0, 100);
    assert_eq!(short(&Comparison::of(&few, &few)).short, "Cannot be told");
}

#[test]
fn both_runs_are_drawn_and_said_in_words() {
    let page = written(&night("p", 500, 0, 100), &night("p", 400, 30, 10));
    for label in [
        "Success rates of both runs: iterations 90.0 %, was 99.0 %; reconnect 90.0 %, was 99.0 %",
        "Distribution of reconnect in both runs: median 359 ms, was 329 ms; p95 ",
        "Distribution of Whole iterations in both runs: median ",
    ] {
        assert!(page.contains(&format!("aria-label=\"{label}")), "{label}\n{page}");
    }
    assert!(!page.contains("NaN") && !page.contains("inf%"));
}

#[test]
fn the_page_is_bounded_and_what_is_worse_is_on_it() {
    let (mut old, mut new) = (night("p", 500, 0, 100), night("p", 400, 30, 10));
    let calm: CaseDigest = old.cases[0].clone();
    let named = |case: &CaseDigest, n: u32| CaseDigest { id: format!("C-{n}"), ..case.clone() };
    let worse = new.cases[0].clone();
    old.cases = (0..5000).map(|n| named(&calm, n)).collect();
    new.cases = (0..5000).map(|n| named(if n < 4000 { &calm } else { &worse }, n)).collect();
    let page = written(&old, &new);
    let text = read(&page);
    let section = section(&Comparison::of(&old, &new), &old, &new).body;
    assert!(section.as_str().len() < 700_000, "{} bytes", section.as_str().len());
    assert!(text.contains("C-4000") && text.contains("more cases are left out here"));
}

#[test]
fn hostile_names_are_nothing_but_text() {
    let name = "\u{1b}[31m]]>\u{202e}</style><script>alert(1)</script>\"'&#0;\u{fffe}".repeat(9);
    let mut new = night(&name, 400, 30, 10);
    let case = &mut new.cases[0];
    case.id.clone_from(&name);
    case.title.clone_from(&name);
    case.measures[0].name.clone_from(&name);
    case.causes[0].kind.clone_from(&name);
    new.facts.iter_mut().for_each(|fact| fact.1.clone_from(&name));
    let mut old = new.clone();
    old.facts.clear();
    old.key.started.clone_from(&name);
    let page = written(&old, &new);
    assert!(!page.chars().any(|c| treacherous(c) && c != '\n'));
    assert!(!page.contains("<script"));
    assert!(read(&page).contains("</style><script>"));
    assert!(page.len() < 500_000, "{} bytes", page.len());
}
