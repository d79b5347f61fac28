//! The line of progress on a terminal: as much as there is room for, and what matters to the last.

use unicode_width::UnicodeWidthStr;

use super::fit::fit;
use super::soak_line::{SoakLine, Without};

/// Columns of the word before the line, with the space after it.
pub(super) const RUNNING: &str = "     Running ";

/// Columns of the bar.
pub(super) const BAR: usize = 24;

/// The longest id, in columns.
const LONGEST: usize = 40;

/// The line, and what stands before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProgressLine {
    pub(super) running: bool,
    pub(super) bar: bool,
    pub(super) text: String,
}

/// The line in so many columns: how many cases are done, such as `1/3`, the id of the case that is under way,
/// and how far it is if it is a soak. What is left out where there is no room is in [`Without`].
pub(super) fn fitted(
    cases: &str,
    id: &str,
    soak: Option<&SoakLine>,
    columns: usize,
) -> ProgressLine {
    let id = fit(id, LONGEST);
    let line = |without: Without| {
        let has = |part: Without| without < part;
        let parts = [
            has(Without::Cases).then(|| cases.to_owned()),
            (soak.is_none() || has(Without::Id)).then(|| id.clone()),
            soak.map(|soak| soak.text(without)),
        ];
        let text = parts.into_iter().flatten().collect::<Vec<_>>().join("  ");
        ProgressLine { running: has(Without::Running), bar: has(Without::Bar), text }
    };
    let fits = |line: &ProgressLine| line.columns() <= columns;
    let found = Without::ALL.into_iter().map(line).find(fits);
    found.unwrap_or_else(|| {
        let shortest = line(Without::Iterations);
        ProgressLine { text: fit(&shortest.text, columns), ..shortest }
    })
}

impl ProgressLine {
    fn columns(&self) -> usize {
        let running = if self.running { RUNNING.len() } else { 0 };
        let bar = if self.bar { BAR + 1 } else { 0 };
        running + bar + self.text.width()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{BenchChange, Event, Verdict};
    use crate::report::console::soak_line::Latest;
    use crate::report::sample::{Run, bluez_gone, page_timeout};
    use crate::report::summary::Fold;

    /// A night of eight hours, half of it gone, in which everything happened.
    fn night() -> SoakLine {
        let mut run = Run::of("Night", 3);
        run.case("SOAK-01", "Reconnect all night", 1);
        for record in &mut run.records {
            if let Event::CaseStarted(identity) = &mut record.event {
                (identity.iterations, identity.until_t) = (None, Some(record.t + 28_800_000_000));
            }
        }
        let (mut fold, mut latest) = (Fold::default(), Latest::default());
        for n in 0..2_000_u64 {
            let cause = match n % 100 {
                7 => Some(page_timeout()),
                50 if n < 500 => Some(bluez_gone()),
                _ => None,
            };
            let verdict = match &cause {
                None => Verdict::Pass,
                Some(cause) if cause.kind == "bluez-gone" => Verdict::Inconclusive,
                Some(_) => Verdict::Fail,
            };
            run.iteration().after(6_000);
            if verdict == Verdict::Inconclusive {
                run.tell(Event::Bench { change: BenchChange::BluezGone, by_us: None });
            } else {
                run.measured("reconnect", 300 + n % 40, verdict == Verdict::Pass);
            }
            run.end_iteration(verdict, cause);
        }
        for record in &run.records {
            fold.add(record);
            latest.add(record, fold.case_of(record));
        }
        let run = fold.so_far();
        SoakLine::of(run.cases.last().unwrap(), run, &latest, run.last_t)
    }

    fn drawn(line: &ProgressLine) -> String {
        let running = if line.running { RUNNING } else { "" };
        let bar = if line.bar { format!("{} ", "━".repeat(BAR)) } else { String::new() };
        format!("{running}{bar}{}", line.text)
    }

    #[test]
    fn what_matters_is_there_at_every_width() {
        let night = night();
        let mut told = String::new();
        for columns in [200, 160, 140, 120, 100, 90, 80, 70, 60] {
            let line = drawn(&fitted("1/3", "SOAK-01", Some(&night), columns));
            assert!(line.width() <= columns, "{columns}: {line}");
            told += &format!("{columns:3} {line}\n");
        }
        insta::assert_snapshot!(told, @r"
        200      Running ━━━━━━━━━━━━━━━━━━━━━━━━ 1/3  SOAK-01  2000 iterations, 99.00 % passed, 20 failed, 5 inconclusive, reconnect 339 ms, median 320 ms, 5 faults of the bench, 4h 40m left of 8h 00m
        160      Running 1/3  SOAK-01  2000 iterations, 99.00 % passed, 20 failed, 5 inconclusive, 339 ms, median 320 ms, 5 faults of the bench, 4h 40m left
        140      Running 1/3  SOAK-01  2000 iterations, 99.00 % passed, 20 failed, 5 inconclusive, 339 ms, median 320 ms, 5 faults, 4h 40m left
        120 1/3  SOAK-01  2000 iterations, 99.00 % passed, 20 failed, 5 inconclusive, 339 ms, median 320 ms, 5 faults, 4h 40m left
        100 SOAK-01  2000 iterations, 99.00 % passed, 20 failed, 339 ms, median 320 ms, 5 faults, 4h 40m left
         90 2000 iterations, 99.00 % passed, 20 failed, 339 ms, median 320 ms, 5 faults, 4h 40m left
         80 2000 iterations, 99.00 %, 20 failed, 339 ms, p50 320 ms, 5 faults, 4h 40m left
         70 2000 iterations, 99.00 %, 339 ms, p50 320 ms, 5 faults, 4h 40m left
         60 2000, 99.00 %, 339 ms, p50 320 ms, 5 faults, 4h 40m left
        ");
    }

    /// The issue's line: iteration, rate, latest and median latency, faults, time left.
    #[test]
    fn at_eighty_columns_nothing_is_cut_of_a_long_night() {
        let night = night();
        let line = drawn(&fitted("1/3", "SOAK-01", Some(&night), 80));
        for part in
            ["2000 iterations", "99.00 %", "339 ms", "p50 320 ms", "5 faults", "4h 40m left"]
        {
            assert!(line.contains(part), "{part} is not in {line}");
        }
        assert!(!line.contains('…'), "{line}");
    }

    #[test]
    fn a_case_that_runs_once_has_its_bar_and_its_id() {
        let line = fitted("0/6", "PAIR-01", None, 80);
        assert_eq!(line.text, "0/6  PAIR-01");
        assert!(line.running && line.bar);
        let long = fitted("0/6", &"耳机\u{1b}".repeat(99), None, 30);
        assert!(long.columns() <= 30 && !long.bar, "{long:?}");
    }
}
