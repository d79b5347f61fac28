//! What is kept, what comes back, and what is left alone.

use std::fs;

use super::*;
use crate::event::Verdict;
use crate::report::digest::tests::of_one;
use crate::report::digest::{Digest, Key};
use crate::report::sample;
use crate::report::temp_folder::Folder;

fn run(started: &str, verdict: Verdict) -> Digest {
    let summary = sample::summary_of(&sample::one_of_each().records);
    let mut run = Digest::of(&summary).unwrap();
    started.clone_into(&mut run.key.started);
    run.verdict = verdict;
    run.cases.retain(|case| case.verdict == verdict || case.verdict == Verdict::Pass);
    run
}

fn day(day: u32) -> String {
    format!("2026-11-{day:02}T22:00:00.5Z")
}

#[test]
fn what_is_added_comes_back_whole() {
    let temp = Folder::new();
    let file = temp.path().join("a/history.sqlite");
    let (first, second) = (run(&day(19), Verdict::Pass), run(&day(20), Verdict::Fail));
    let mut history = History::open_or_create(&file).unwrap();
    assert_eq!(history.add(&second).unwrap(), Added::New);
    assert_eq!(history.add(&first).unwrap(), Added::New);
    drop(history);
    let history = History::open(&file).unwrap();
    assert_eq!(history.newest(None, 10).unwrap(), [first.clone(), second.clone()]);
    assert_eq!(history.newest(Some(&first.key.plan), 1).unwrap(), std::slice::from_ref(&second));
    assert_eq!(history.newest(Some("another"), 10).unwrap(), []);
    assert_eq!(history.plans().unwrap(), [("Headset regression".to_owned(), 2)]);
}

#[test]
fn the_same_run_is_replaced() {
    let temp = Folder::new();
    let mut history = History::open_or_create(&temp.path().join("h")).unwrap();
    let mut again = run(&day(20), Verdict::Inconclusive);
    history.add(&again).unwrap();
    again.verdict = Verdict::Pass;
    again.cases.pop();
    assert_eq!(history.add(&again).unwrap(), Added::Replaced);
    assert_eq!(history.newest(None, 10).unwrap(), [again]);
    let left = "SELECT count(*) FROM measure WHERE tested NOT IN (SELECT id FROM tested)";
    let left: i64 = history.connection.query_row(left, [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0, "what belongs to a run goes with it");
}

#[test]
fn the_last_good_one_is_older_of_the_same_plan_and_passed() {
    let temp = Folder::new();
    let mut history = History::open_or_create(&temp.path().join("h")).unwrap();
    for (at, verdict) in
        [(16, Verdict::Pass), (17, Verdict::Pass), (18, Verdict::Fail), (20, Verdict::Pass)]
    {
        history.add(&run(&day(at), verdict)).unwrap();
    }
    let mut other = run(&day(18), Verdict::Pass);
    other.key.plan.push('!');
    history.add(&other).unwrap();
    let before = |at| history.last_good_before(&run(&day(at), Verdict::Fail).key).unwrap();
    assert_eq!(before(19).unwrap().key.started, day(17));
    assert_eq!(before(20).unwrap().key.started, day(17), "not itself");
    assert_eq!(before(16), None);
}

#[test]
fn a_run_is_as_good_in_the_tables_as_it_is_in_memory() {
    use Verdict::{Fail, Inconclusive, Pass, Skip};
    for verdict in [Pass, Skip, Inconclusive, Fail] {
        for iterations in [[12, 0, 0], [3, 3, 0], [4, 3, 5], [3, 3, 6], [0, 0, 12], [0, 0, 0]] {
            let temp = Folder::new();
            let mut history = History::open_or_create(&temp.path().join("h")).unwrap();
            // Beside another plan that is good, and a case that was skipped.
            let mut run = of_one(verdict, iterations);
            let mut skipped = of_one(Skip, [0, 0, 0]).cases.remove(0);
            skipped.id.push('2');
            run.cases.push(skipped);
            history.add(&run).unwrap();
            let mut other = of_one(Pass, [1, 0, 0]);
            other.key.plan.push('!');
            history.add(&other).unwrap();
            let key = Key { started: day(30), ..run.key.clone() };
            let found = history.last_good_before(&key).unwrap().is_some();
            assert_eq!(found, run.is_good(), "{verdict:?} {iterations:?}");
        }
    }
}

#[test]
fn hostile_names_are_only_names() {
    let temp = Folder::new();
    let mut history = History::open_or_create(&temp.path().join("h")).unwrap();
    let name = "'); DROP TABLE run; --\u{0}\u{1b}[31m]]><script>\u{202e}";
    let mut hostile = run(&day(20), Verdict::Pass);
    hostile.key.plan = name.to_owned();
    hostile.cases[0].id = name.to_owned();
    hostile.facts[0].1 = name.to_owned();
    hostile.took_us = u64::MAX;
    history.add(&hostile).unwrap();
    hostile.took_us = i64::MAX as u64;
    assert_eq!(history.newest(Some(name), 1).unwrap(), [hostile]);
}

/// Fails unless the error says this, and the file is as it was.
#[track_caller]
fn refused(file: &Path, says: &str) {
    let before = fs::read(file).unwrap();
    for opened in [History::open(file), History::open_or_create(file)] {
        let error = opened.and_then(|h| h.newest(None, 10)).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    assert_eq!(fs::read(file).unwrap(), before);
}

#[test]
fn what_is_no_history_of_this_version_is_left_alone() {
    let temp = Folder::new();
    let file = |name: &str| temp.path().join(name);
    assert!(matches!(History::open(&file("none")), Err(Error::Missing(_))));
    assert!(!file("none").exists());
    fs::write(file("text"), "this is no database\n".repeat(100)).unwrap();
    refused(&file("text"), "is no history of bttest, or is damaged");
    let other = Connection::open(file("other")).unwrap();
    other.execute_batch("CREATE TABLE a (b)").unwrap();
    refused(&file("other"), "is the database of another program");
    let mut history = History::open_or_create(&file("newer")).unwrap();
    history.add(&run(&day(20), Verdict::Pass)).unwrap();
    history.connection.pragma_update(None, "user_version", 99).unwrap();
    drop(history);
    refused(&file("newer"), "was written by a newer bttest (schema 99; this one knows 1)");
}

#[test]
fn a_damaged_history_is_told_and_never_a_panic() {
    let temp = Folder::new();
    let file = temp.path().join("history.sqlite");
    let mut history = History::open_or_create(&file).unwrap();
    history.add(&run(&day(20), Verdict::Pass)).unwrap();
    drop(history);
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    refused(&file, "is damaged");
    let mut torn = whole.clone();
    torn.iter_mut().skip(4096).step_by(3).for_each(|byte| *byte ^= 0x55);
    fs::write(&file, torn).unwrap();
    refused(&file, "is damaged");
    fs::write(&file, &whole).unwrap();
    let history = History::open(&file).unwrap();
    history.connection.execute_batch("UPDATE measure SET latency = x'ff00'").unwrap();
    drop(history);
    refused(&file, "no histogram");
}

#[test]
fn a_locked_history_is_waited_for_and_then_told() {
    let temp = Folder::new();
    let file = temp.path().join("history.sqlite");
    let mut history = History::open_or_create(&file).unwrap();
    history.connection.busy_timeout(Duration::from_millis(1)).unwrap();
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let error = history.add(&run(&day(20), Verdict::Pass)).unwrap_err().to_string();
    assert!(error.contains("in use by another program; try again"), "{error}");
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(history.add(&run(&day(20), Verdict::Pass)).unwrap(), Added::New);
}

#[test]
fn a_folder_that_cannot_be_made_and_a_name_of_sqlite_are_just_names() {
    let temp = Folder::new();
    fs::write(temp.path().join("file"), "").unwrap();
    let error = History::open_or_create(&temp.path().join("file/h")).unwrap_err().to_string();
    assert!(error.contains("cannot make the folder"), "{error}");
    let error = History::open_or_create(temp.path()).unwrap_err().to_string();
    assert!(error.contains("cannot use the history"), "{error}");
}
