//! Runs with journal and JUnit report on disk, for readers that are not ours: see `ci/junit-readers`.
//!
//! They are written to the folder that `BTTEST_JUNIT_SAMPLES` names, else to one that is removed again.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::event::{Cause, Event, Verdict};
use crate::recorder::Sink;
use crate::report::run_folder::RunFolder;
use crate::report::sample::{self, Run, page_timeout};
use crate::report::temp_folder::Folder;
use crate::report::{Wanted, rebuild};

#[test]
fn samples_are_written() {
    let temp = Folder::new();
    let folder = std::env::var_os("BTTEST_JUNIT_SAMPLES");
    let folder = folder.map_or_else(|| temp.path().to_owned(), PathBuf::from);
    write(&folder, "one-of-each", &sample::one_of_each());
    write(&folder, "hostile", &hostile());
    write(&folder, "retried", &retried());
    write(&folder, "nothing", Run::of("Nothing selected", 0).end(Verdict::Pass, 5));
    let mut cut = sample::one_of_each();
    cut.records.truncate(40);
    write(&folder, "cut-off-in-a-case", &cut);
    let between = sample::one_of_each().records.into_iter();
    let skipped = |event: &Event| matches!(event, Event::CaseFinished(_));
    let mut cut = Run::of("", 0);
    cut.records = between.take_while(|record| !skipped(&record.event)).collect();
    let last = sample::one_of_each().records.into_iter().find(|record| skipped(&record.event));
    cut.records.extend(last);
    write(&folder, "cut-off-between-cases", &cut);
}

fn write(folder: &Path, name: &str, run: &Run) {
    let to = RunFolder::create(&folder.join(name)).unwrap();
    let mut journal = to.begin().unwrap();
    for record in &run.records {
        journal.record(record).unwrap();
    }
    // While it is held, the run is under way.
    drop(journal);
    let junit = Wanted::named("junit", &to.path().join("junit.xml")).unwrap();
    assert!(rebuild(to.path(), &[junit]).unwrap().failed.is_empty());
}

/// Names as a device in range, or a careless plan, may have them.
const NAMES: &[&str] = &[
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "]]><failure message=\"x\"/>",
    "<script>alert(1)</script>",
    "a & b &amp; &#0; \"c\" 'd'",
    "\u{0}\u{fffe}\u{ffff}\u{fdd0}\u{10ffff}",
    "\u{202e}evil\u{2066}",
    "line one\nline two\r\n\ttab",
    "耳机 🎧 Kopfhörer",
    "",
    " ",
];

fn hostile() -> Run {
    let long = "ö".repeat(124);
    let mut run = Run::of("]]> & <plan> \u{1b}[31m", NAMES.len() + 2);
    for (number, name) in NAMES.iter().copied().chain([&*long, &*long]).enumerate() {
        let cause = Cause {
            kind: format!("{name}kind"),
            message: format!("why: {name}"),
            expected: Some(name.to_owned()),
            seen: Some(format!("{name}]]>{name}")),
            raw: Some((name.to_owned(), name.to_owned())),
            ..page_timeout()
        };
        let id = format!("H-{number:02}");
        run.case(&id, name, 1)
            .iteration()
            .connecting(Some(cause.clone()))
            .connecting(Some(cause.clone()))
            .inspected(json!({ name: name, "Alias": [1, 2, 255] }))
            .measured(name, 3, true)
            .end_iteration(Verdict::Fail, Some(cause.clone()))
            .end_case(Verdict::Fail, Some(cause));
    }
    run.end(Verdict::Fail, 1);
    run
}

/// Three attempts: one case passes on the last, one fails on each; and two cases of one name.
fn retried() -> Run {
    let mut run = Run::of("Retries", 4);
    for (id, last) in [("R-01", None), ("R-02", Some(page_timeout()))] {
        let verdict = if last.is_some() { Verdict::Fail } else { Verdict::Pass };
        run.case(id, "Three attempts", 1)
            .iteration()
            .connecting(Some(page_timeout()))
            .connecting(Some(page_timeout()))
            .connecting(last.clone())
            .end_iteration(verdict, last.clone())
            .end_case(verdict, last);
    }
    run.simple_case("R", "03 Same name", None)
        .simple_case("R 03", "Same name", None)
        .end(Verdict::Fail, 1);
    run
}
