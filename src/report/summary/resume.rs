//! A run that goes on after it was cut off or interrupted: what had an end only because of that has none.

use super::{Case, Summary};
use crate::event::{Cause, Verdict};

/// Whether the cause is that the run was cut off or interrupted, and not the bench or the device.
pub(super) fn is_cut_short(cause: Option<&Cause>) -> bool {
    cause.is_some_and(|cause| matches!(cause.kind.as_str(), "interrupted" | "cut-off"))
}

/// Opens again what has to go on.
pub(super) fn reopen(summary: &mut Summary) {
    summary.interrupted = None;
    summary.end = None;
    summary.around.retain(|failure| !is_cut_short(Some(&failure.cause)));
    for case in &mut summary.cases {
        let unfinished = is_unfinished(case);
        if is_cut_short(case.cause.as_ref()) || unfinished {
            case.verdict = Verdict::Inconclusive;
            case.cause = None;
            case.finished = false;
            case.took_us = 0;
            // They are compared again at the end.
            case.thresholds.clear();
        }
    }
}

/// Whether the case was under way when the run was interrupted, and has not had all its iterations. What
/// else may have ended it just then, such as its time, is for the run that goes on to say.
fn is_unfinished(case: &mut Case) -> bool {
    let complete = |planned: u64| case.of_planned() >= planned;
    let complete = case.identity.iterations.is_some_and(complete);
    std::mem::take(&mut case.interrupted) && !complete
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::report::sample::{Run, page_timeout, summary_of};

    fn interrupted() -> Cause {
        Cause { kind: "interrupted".to_owned(), ..page_timeout() }
    }

    /// A soak of twelve with a failure in it, of which this many have run.
    fn soak(run: &mut Run, from: u64, to: u64) {
        for n in from..=to {
            let cause = (n == 3).then(page_timeout);
            let verdict = if cause.is_some() { Verdict::Fail } else { Verdict::Pass };
            run.iteration().connecting(cause.clone()).end_iteration(verdict, cause);
        }
    }

    fn resumed(run: &mut Run) {
        let (bttest, at) = ("0.1.0".to_owned(), "2026-11-21T03:00:00Z".to_owned());
        run.tell(Event::Resumed { bttest, at });
    }

    /// What does not depend on the clock.
    fn numbers(summary: &Summary) -> String {
        let of = |case: &Case| {
            let latency: Vec<_> = case.measures.iter().map(|m| m.statistics.clone()).collect();
            let causes: Vec<_> = case.causes.groups.iter().map(|g| (&g.kind, g.count)).collect();
            let (verdict, tally, tries) = (case.verdict, case.iterations, case.attempts);
            let course: u64 = case.course.buckets().map(|(_, bucket)| bucket.tries).sum();
            format!("{verdict:?} {tally:?} {tries} {latency:?} {causes:?} {course}\n")
        };
        summary.cases.iter().map(of).collect()
    }

    fn whole() -> Summary {
        let mut run = Run::of("plan", 1);
        run.case("A", "a", 12);
        soak(&mut run, 1, 12);
        run.end_case(Verdict::Fail, Some(page_timeout())).end(Verdict::Fail, 1);
        summary_of(&run.records)
    }

    #[test]
    fn a_run_that_was_cut_off_anywhere_comes_to_the_same_when_it_went_on() {
        let mut first = Run::of("plan", 1);
        first.case("A", "a", 12);
        let head = first.records.len();
        soak(&mut first, 1, 6);
        for cut in head..=first.records.len() {
            let done = first.records[..cut].iter();
            let done = done.filter(|r| matches!(r.event, Event::IterationFinished(_))).count();
            let mut run = Run::of("plan", 1);
            run.case("A", "a", 12);
            soak(&mut run, 1, 6);
            run.records.truncate(cut);
            resumed(&mut run);
            run.go_on_with("A", done as u64);
            soak(&mut run, done as u64 + 1, 12);
            run.end_case(Verdict::Fail, Some(page_timeout())).end(Verdict::Fail, 1);
            let summary = summary_of(&run.records);
            assert_eq!(numbers(&summary), numbers(&whole()), "cut at {cut}");
            assert_eq!((summary.resumed.len(), summary.cases[0].finished), (1, true));
        }
    }

    #[test]
    fn an_iteration_that_was_interrupted_is_not_counted() {
        let mut run = Run::of("plan", 2);
        run.case("A", "a", 12);
        soak(&mut run, 1, 5);
        run.iteration()
            .connecting(Some(interrupted()))
            .end_iteration(Verdict::Inconclusive, Some(interrupted()))
            .end_case(Verdict::Fail, Some(page_timeout()))
            .case("B", "b", 1)
            .end_case(Verdict::Skip, Some(interrupted()))
            .tell(Event::Interrupted { signal: "SIGTERM".to_owned() })
            .end(Verdict::Fail, 143);
        let before = summary_of(&run.records);
        assert_eq!(before.cases[0].iterations.inconclusive, 1);
        resumed(&mut run);
        let open = summary_of(&run.records);
        assert_eq!((open.end, open.interrupted.as_ref()), (None, None));
        assert!(open.cases.iter().all(|case| !case.finished), "{:?}", open.cases);
        run.go_on_with("A", 5);
        soak(&mut run, 6, 12);
        run.end_case(Verdict::Fail, Some(page_timeout()));
        run.simple_case("B", "b", None).end(Verdict::Fail, 1);
        let summary = summary_of(&run.records);
        let (a, b) =
            numbers(&summary).split_once('\n').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert_eq!(a, numbers(&whole()).trim_end());
        assert!(b.starts_with("Pass"), "{b}");
    }

    #[test]
    fn a_case_that_was_ended_between_two_iterations_is_open_again() {
        for (planned, open) in [(12, true), (5, false)] {
            let mut run = Run::of("plan", 1);
            run.case("A", "a", planned);
            soak(&mut run, 4, 8);
            run.tell(Event::Interrupted { signal: "SIGINT".to_owned() })
                .end_case(Verdict::Pass, None)
                .end(Verdict::Pass, 130);
            resumed(&mut run);
            let summary = summary_of(&run.records);
            assert_eq!(summary.cases[0].finished, !open, "{planned} planned");
            assert_eq!(summary.cases[0].iterations.passed, 5);
        }
    }

    #[test]
    fn an_iteration_of_many_measures_is_undone_too() {
        let mut run = Run::of("plan", 1);
        run.case("A", "a", 1).iteration().attempt();
        for _ in 0..3_000 {
            run.after(1).measured("reconnect", 300, true);
        }
        let cut = summary_of(&run.records);
        assert_eq!(
            (cut.cases[0].measures[0].statistics.tries(), cut.cases[0].attempts),
            (3_000, 1)
        );
        resumed(&mut run);
        let summary = summary_of(&run.records);
        assert_eq!((summary.cases[0].measures.len(), summary.cases[0].attempts), (0, 0));
    }
}
