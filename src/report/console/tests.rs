//! The console as a person sees it.

use std::path::PathBuf;

use super::*;
use crate::event::Cause;
use crate::report::escape::treacherous;
use crate::report::sample::{self, Run, page_timeout, summary_of};

const PLAIN: Display = Display {
    color: false,
    progress: display::Progress::Plain,
    verbosity: Verbosity::Normal,
    width: 100,
};

fn shown(run: &Run, display: Display) -> String {
    let mut console = Console::new(display, Vec::new());
    for record in &run.records {
        console.record(record).unwrap();
    }
    let journal = PathBuf::from("/home/pi/bttest-runs/latest/journal.jsonl");
    let junit = PathBuf::from("junit.xml");
    let files = [("journal", &*journal), ("junit", &*junit)];
    console.finish(&summary_of(&run.records), &files).unwrap();
    let text = console.0.borrow().out.clone();
    String::from_utf8(text).unwrap()
}

#[test]
fn a_run_with_one_of_each() {
    insta::assert_snapshot!(shown(&sample::one_of_each(), PLAIN));
}

#[test]
fn quietly_only_what_failed() {
    let mut run = Run::of("Headset regression", 3);
    run.simple_case("PAIR-01", "Pair, connect, reconnect", None)
        .simple_case("PAIR-03", "Reconnect", Some(page_timeout()))
        .skipped_case("PAIR-04", "Bearers apart", "needs BlueZ 5.83, this is 5.82")
        .end(Verdict::Fail, 1);
    let quiet = Display { verbosity: Verbosity::Quiet, ..PLAIN };
    insta::assert_snapshot!(shown(&run, quiet));
}

#[test]
fn verbosely_every_step() {
    let mut run = Run::of("Headset regression", 1);
    run.simple_case("PAIR-01", "Pair, connect, reconnect", None).end(Verdict::Pass, 0);
    let verbose = Display { verbosity: Verbosity::Verbose, ..PLAIN };
    insta::assert_snapshot!(shown(&run, verbose));
}

#[test]
fn a_failing_setup_of_the_plan_is_told_and_what_never_started() {
    let mut run = Run::of("Headset regression", 3);
    run.step("setup/1", "connect headset")
        .after(5_000)
        .end_step(Verdict::Inconclusive, Some(page_timeout()))
        .tell(Event::Interrupted { signal: "SIGINT".to_owned() })
        .end(Verdict::Inconclusive, 130);
    insta::assert_snapshot!(shown(&run, PLAIN));
}

/// A night in seconds, on the fast clock, is no reason for a thousand lines.
#[test]
fn a_long_soak_that_is_over_soon_tells_nothing_on_its_way() {
    let mut run = Run::of("Night", 1);
    run.case("SOAK-01", "Reconnect all night", 10_000);
    for _ in 0..400 {
        run.after(5_000).iteration().end_iteration(Verdict::Pass, None);
    }
    let text = shown(&run, PLAIN);
    assert!(!text.contains("of 10000"), "{text}");
    assert!(text.contains("the run was cut off"), "{text}");
}

#[test]
fn colors_are_only_where_they_are_wanted() {
    let colored = Display { color: true, ..PLAIN };
    let with = shown(&sample::one_of_each(), colored);
    let without = shown(&sample::one_of_each(), PLAIN);
    assert!(with.contains("\u{1b}[1m\u{1b}[31m"), "bold red");
    let stripped = anstyle_free(&with);
    assert_eq!(stripped, without);
}

/// The text without its styles.
fn anstyle_free(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').unwrap().1)
}

#[test]
fn hostile_names_do_nothing_to_the_terminal_and_stay_within_it() {
    let hostile = "\u{1b}[2J\u{202e}\r\n耳机]]>".repeat(40);
    let mut run = Run::of(&hostile, 2);
    let cause = Cause {
        kind: hostile.clone(),
        message: hostile.clone(),
        expected: Some(hostile.clone()),
        raw: Some((hostile.clone(), hostile.clone())),
        ..page_timeout()
    };
    run.case(&hostile, &hostile, 1)
        .iteration()
        .connecting(Some(cause.clone()))
        .inspected(serde_json::json!({ hostile.as_str(): hostile.as_str() }))
        .measured(&hostile, 1, true)
        .end_iteration(Verdict::Fail, Some(cause.clone()))
        .end_case(Verdict::Fail, Some(cause))
        .end(Verdict::Fail, 1);
    for width in [60, 80, 160] {
        let text = shown(&run, Display { width, ..PLAIN });
        // The last lines are paths, to be copied, and the verdict.
        let last = text.lines().count() - 4;
        for (at, line) in text.lines().enumerate() {
            assert!(!line.chars().any(treacherous), "{line:?}");
            let columns = unicode_width::UnicodeWidthStr::width(line);
            assert!(at >= last || columns <= width, "{columns} of {width}: {line}");
        }
    }
}

#[test]
fn nobody_reading_stops_nothing() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let run = sample::one_of_each();
    let mut console = Console::new(PLAIN, Gone);
    for record in &run.records {
        console.record(record).unwrap();
    }
    console.finish(&summary_of(&run.records), &[]).unwrap();
}
