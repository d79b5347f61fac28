//! A night with sums of iterations: the same numbers as from all records, wherever the run was killed.

use std::cell::RefCell;
use std::rc::Rc;

use proptest::prelude::*;
use serde_json::json;

use super::super::disk::fake::{Done, Fake, Log, content};
use super::super::live::Live;
use super::*;
use crate::event::{Event, Verdict};
use crate::report::sample::{Run, bluez_gone, page_timeout};
use crate::report::summary::{Fold, Summary};

/// Two soaks that take turns, with a failure, a flaky iteration, a bench that fails, and a case that runs
/// once before them.
fn night(rounds: u64) -> Run {
    let mut run = Run::of("Night", 3);
    run.simple_case("A", "Once", None);
    for id in ["S-1", "S-2"] {
        run.case(id, "Reconnect all night", rounds);
    }
    for n in 1..=rounds {
        for id in ["S-1", "S-2"] {
            run.go_on_with(id, n - 1).iteration().after(n % 7);
            let cause = match (id, n) {
                ("S-1", n) if n % 30 == 0 => Some(page_timeout()),
                ("S-2", 33) => Some(bluez_gone()),
                _ => None,
            };
            if (id, n) == ("S-2", 40) {
                run.connecting(Some(page_timeout()));
            }
            let verdict = if cause.is_some() { Verdict::Fail } else { Verdict::Pass };
            run.changed("Paired", Some(json!(n % 25 > 3)))
                .connecting(cause.clone())
                .changed("Connected", Some(json!(false)))
                .end_iteration(verdict, cause);
        }
    }
    for id in ["S-1", "S-2"] {
        run.go_on_with(id, 0).end_case(Verdict::Fail, Some(page_timeout()));
    }
    run.end(Verdict::Fail, 1);
    run
}

type Written = (Vec<(&'static str, Done)>, Vec<usize>);

/// What was done to the journal and to the file beside it; for each, how many records were told by then.
fn written(run: &Run) -> Written {
    let log: Log = Rc::new(RefCell::new(Vec::new()));
    let live = Live::over(Fake::new("live", &log));
    let mut writer = JournalWriter::over(Fake::new("journal", &log), live);
    let mut told = Vec::new();
    for (at, record) in run.records.iter().enumerate() {
        writer.record(record).unwrap();
        told.resize(log.borrow().len(), at + 1);
    }
    let log = log.borrow().clone();
    (log, told)
}

fn read_both(journal: &[u8], live: &[u8]) -> (Summary, Notes) {
    let journal = Journal::read(journal).map_err(|e| format!("{e:?}")).unwrap();
    let mut journal = journal.with_live(live.to_vec());
    let summary = Summary::of(&mut journal).unwrap();
    (summary, journal.notes())
}

/// The summary of all records, without what sums leave out.
fn of_all(records: &[Record]) -> Summary {
    let mut fold = Fold::default();
    records.iter().for_each(|record| fold.add(record));
    comparable(fold.finish(Notes::default()))
}

fn comparable(mut summary: Summary) -> Summary {
    summary.notes = Notes::default();
    let slowest = summary.cases.iter_mut().flat_map(|case| &mut case.slowest);
    slowest.for_each(|slow| slow.trace.clear());
    // Of what was before an attempt sums leave little.
    let failures = summary.cases.iter_mut().flat_map(|case| &mut case.failures);
    failures.for_each(|failure| failure.before.retain(|trace| !trace.earlier));
    summary
}

#[test]
fn sums_come_to_the_same_as_all_records() {
    let run = night(120);
    let (log, _) = written(&run);
    let journal = content(&log, "journal");
    let (summary, notes) = read_both(&journal, b"");
    assert_eq!(notes, Notes::default());
    let sums = String::from_utf8(journal).unwrap().matches("iteration-summed").count();
    assert!((120..200).contains(&sums), "{sums} sums");
    for case in &summary.cases {
        assert!(case.slowest.iter().all(|slow| !slow.trace.is_empty()), "{:?}", case.slowest);
    }
    // A failure after a sum is told with the end of that.
    let after = summary.cases[1].failures.iter().find(|failure| failure.iteration == 60).unwrap();
    let (earlier, _) = after.before_and_within();
    let told: Vec<&str> = earlier.iter().map(|trace| trace.text.as_str()).collect();
    assert_eq!(told[..2], ["Device1.Connected = true", "Device1.Connected = false"]);
    assert_eq!(told[2], "iteration 59 passed; the journal has it in one line");
    assert_eq!(comparable(summary), of_all(&run.records));
}

#[test]
fn what_is_under_way_is_beside_the_journal_and_nothing_is_at_the_end() {
    let run = night(30);
    let (log, _) = written(&run);
    assert!(content(&log, "live").is_empty());
    let longest = (0..log.len()).map(|at| content(&log[..at], "live").len()).max();
    assert!((1_000..10_000).contains(&longest.unwrap()), "{longest:?} bytes");
}

#[test]
fn an_iteration_that_does_not_end_is_not_held_for_ever() {
    let mut run = Run::of("Night", 1);
    run.case("A", "a", 2).iteration().attempt();
    for _ in 0..5_000 {
        run.after(1).measured("reconnect", 300, true);
    }
    run.end_attempt(Verdict::Pass, None).end_iteration(Verdict::Pass, None);
    let (log, _) = written(&run);
    assert!((0..log.len()).all(|at| content(&log[..at], "live").len() < 300_000));
    let (summary, notes) = read_both(&content(&log, "journal"), b"");
    assert_eq!(notes, Notes::default());
    assert_eq!(comparable(summary), of_all(&run.records));
}

#[test]
fn a_run_that_was_killed_goes_on_and_nothing_is_told_twice() {
    let run = night(60);
    let (log, told) = written(&run);
    let is_deep = |at: &usize| told[*at] > 600 && content(&log[..*at], "live").len() > 500;
    let cut = (0..log.len()).find(is_deep).unwrap();
    let temp = Folder::new();
    let folder = crate::report::run_folder::RunFolder::create(temp.path()).unwrap();
    let mut journal = content(&log[..cut], "journal");
    journal.extend(b"{\"n\":99");
    std::fs::write(folder.journal(), &journal).unwrap();
    std::fs::write(live_path(&folder.journal()), content(&log[..cut], "live")).unwrap();
    let on = folder.go_on().unwrap();
    let records = &run.records[..usize::try_from(on.next_n).unwrap()];
    assert_eq!(comparable(on.so_far.finish(Notes::default())), of_all(records));
    assert!(!live_path(&folder.journal()).exists());
    // As long as somebody holds the journal, the run is under way.
    assert!(Journal::open(&folder.journal()).unwrap().is_being_written());
    drop(on.writer);
    let mut journal = Journal::open(&folder.journal()).unwrap();
    assert_eq!(comparable(Summary::of(&mut journal).unwrap()), of_all(records));
    assert_eq!(journal.notes(), Notes { damaged: 1, ..Notes::default() });
}

proptest! {
    #[test]
    fn killed_at_any_byte_of_either_file_no_iteration_is_lost_or_counted_twice(
        at in any::<prop::sample::Index>(), part in any::<prop::sample::Index>(),
    ) {
        thread_local! {
            static NIGHT: (Run, Written) = {
                let run = night(50);
                let written = written(&run);
                (run, written)
            };
        }
        NIGHT.with(|(run, (log, told))| {
            let at = at.index(log.len());
            let mut done = log[..at].to_vec();
            // The last operation is done in part.
            let (name, last) = &log[at];
            let mut whole = true;
            if let Done::Wrote(bytes) = last {
                let part = part.index(bytes.len() + 1);
                whole = part == bytes.len() || part + 1 == bytes.len();
                done.push((name, Done::Wrote(bytes[..part].to_vec())));
            }
            let (summary, notes) = read_both(&content(&done, "journal"), &content(&done, "live"));
            // The record's own line is the first thing that is written for it.
            let first = at == 0 || told[at] != told[at - 1];
            let records = if first && !whole { told[at] - 1 } else { told[at] };
            prop_assert_eq!(comparable(summary), of_all(&run.records[..records]));
            let kept = Notes { torn: notes.torn, ..Notes::default() };
            prop_assert_eq!(notes, kept);
            Ok(())
        })?;
    }
}

#[test]
fn a_sum_that_is_lost_is_told_by_the_number_of_its_records() {
    let run = night(60);
    let (log, _) = written(&run);
    let journal = String::from_utf8(content(&log, "journal")).unwrap();
    let mut lines: Vec<&str> = journal.lines().collect();
    let at = lines.iter().rposition(|line| line.contains("iteration-summed")).unwrap();
    let lost: Record = serde_json::from_str(lines.remove(at)).unwrap();
    let Event::IterationSummed(sum) = lost.event else { panic!("{lost:?}") };
    let (_, notes) = read_both((lines.join("\n") + "\n").as_bytes(), b"");
    assert_eq!(notes, Notes { missing: sum.records, ..Notes::default() });
}
