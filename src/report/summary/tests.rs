//! What runs come to.

use super::*;
use crate::report::sample::{self, Run, page_timeout, summary_of};

fn case<'a>(summary: &'a Summary, id: &str) -> &'a Case {
    summary.cases.iter().find(|case| case.id == id).unwrap()
}

#[test]
fn each_case_is_counted_once_by_its_verdict() {
    let summary = summary_of(&sample::one_of_each().records);
    let expected = Tally { passed: 2, failed: 2, inconclusive: 1, skipped: 1 };
    assert_eq!(summary.tally(), expected);
    assert_eq!(summary.verdict(), Verdict::Fail);
    let changes: Vec<_> = summary.bench_changes.iter().map(|happened| happened.change).collect();
    assert_eq!(changes, [BenchChange::BluezGone, BenchChange::BluezBack]);
}

#[test]
fn a_failed_attempt_before_a_pass_is_flaky_and_not_hidden() {
    let summary = summary_of(&sample::one_of_each().records);
    let case = case(&summary, "PAIR-02");
    assert_eq!((case.verdict, case.flaky, case.attempts), (Verdict::Pass, 1, 2));
    assert_eq!(case.failures[0].outcome, Some(Outcome::Flaky));
    assert_eq!(case.causes.groups[0].flaky, 1);
    assert_eq!(case.decisive(), None);
}

#[test]
fn only_the_last_attempt_decides() {
    let mut run = Run::of("plan", 1);
    run.case("A", "a", 1)
        .iteration()
        .connecting(Some(page_timeout()))
        .connecting(Some(page_timeout()))
        .end_iteration(Verdict::Fail, Some(page_timeout()))
        .end_case(Verdict::Fail, Some(page_timeout()));
    let summary = summary_of(&run.records);
    let outcomes: Vec<_> = summary.cases[0].failures.iter().map(|f| f.outcome).collect();
    assert_eq!(outcomes, [Some(Outcome::Retried), Some(Outcome::Decided)]);
    assert_eq!(summary.cases[0].causes.groups[0].count, 2);
}

#[test]
fn a_failure_names_its_step_and_what_came_before() {
    let summary = summary_of(&sample::one_of_each().records);
    let failure = case(&summary, "PAIR-03").decisive().unwrap();
    let step = failure.step.as_ref().unwrap();
    assert_eq!(step.identity.text, "connect headset");
    assert_eq!(step.ended - step.started, 5_000_000);
    let last = failure.before.last().unwrap();
    assert_eq!(last.text, "Device1.Connected = true");
    assert!(failure.before.len() <= 8);
}

#[test]
fn a_failure_keeps_how_things_stood_before_the_teardown() {
    let mut run = Run::of("plan", 1);
    let connected = |is: bool| Some(serde_json::json!(is));
    run.case("A", "a", 2);
    for is in [true, false] {
        run.iteration()
            .attempt()
            .step("steps/1", "connect headset")
            .changed("Connected", connected(is))
            .end_step(Verdict::Fail, Some(page_timeout()))
            .changed("Connected", connected(!is))
            .end_attempt(Verdict::Fail, Some(page_timeout()))
            .end_iteration(Verdict::Fail, Some(page_timeout()));
    }
    let summary = summary_of(&run.records);
    let failure = summary.cases[0].decisive().unwrap();
    assert_eq!(failure.state, ["Connected = true"]);
    assert_eq!(failure.before.len(), 1);
    let second = &summary.cases[0].failures[1];
    let told: Vec<_> = second.before.iter().map(|t| (t.text.as_str(), t.earlier)).collect();
    let (off, on) = ("Device1.Connected = false", "Device1.Connected = true");
    assert_eq!(told, [(on, true), (off, true), (off, false)]);
    let states: Vec<_> = summary.cases[0].causes.groups.iter().map(|g| g.state.clone()).collect();
    assert_eq!(states, [["Connected = true"], ["Connected = false"]]);
}

#[test]
fn a_first_step_that_fails_is_told_with_what_was_before_its_attempt() {
    let mut run = Run::of("plan", 1);
    run.case("A", "a", 2)
        .iteration()
        .attempt()
        .step("steps/1", "disconnect headset")
        .changed("Connected", Some(serde_json::json!(false)))
        .end_step(Verdict::Pass, None)
        .end_attempt(Verdict::Pass, None)
        .end_iteration(Verdict::Pass, None);
    run.after(700)
        .iteration()
        .attempt()
        .step("steps/1", "connect headset")
        .after(5_000)
        .end_step(Verdict::Fail, Some(page_timeout()))
        .end_attempt(Verdict::Fail, Some(page_timeout()))
        .end_iteration(Verdict::Fail, Some(page_timeout()));
    let failure = summary_of(&run.records).cases[0].decisive().unwrap().clone();
    let text = crate::report::failure::text(&failure);
    let end = text.split("\n\n").last().unwrap();
    insta::assert_snapshot!(end, @r"
    before the attempt, from the start of the step on:
       -0.700 s  headset  Device1.Connected = false
    ");
}

#[test]
fn of_an_iteration_that_is_summed_up_only_its_end_is_known() {
    let mut run = Run::of("plan", 1);
    run.case("A", "a", 3).iteration().connecting(None).end_iteration(Verdict::Pass, None);
    run.iteration();
    let last = vec![("headset".to_owned(), "Device1.Connected = false".to_owned(), 40_000)];
    let sum = crate::event::IterationSum { records: 9, took_us: 1, last, ..Default::default() };
    run.records.last_mut().unwrap().event = crate::event::Event::IterationSummed(sum);
    run.iteration().connecting(Some(page_timeout())).end_iteration(Verdict::Fail, None);
    let failure = summary_of(&run.records).cases[0].decisive().unwrap().clone();
    let (earlier, within) = failure.before_and_within();
    let earlier: Vec<_> = earlier.iter().map(|t| (t.text.as_str(), t.t)).collect();
    let end = run.records.iter().rev().find(|r| r.scope.iteration == Some(2)).unwrap().t;
    let passed = "iteration 2 passed; the journal has it in one line";
    assert_eq!(earlier, [("Device1.Connected = false", end - 40_000), (passed, end)]);
    assert_eq!(within.len(), 2);
}

#[test]
fn the_slowest_iterations_are_those_that_passed() {
    let mut run = Run::of("plan", 1);
    run.case("A", "a", 20);
    for n in 1..=20_u64 {
        let cause = (n == 20).then(page_timeout);
        let verdict = if cause.is_some() { Verdict::Fail } else { Verdict::Pass };
        run.iteration().after(n * 100).connecting(cause.clone()).end_iteration(verdict, cause);
    }
    let summary = summary_of(&run.records);
    let slowest = &summary.cases[0].slowest;
    let iterations: Vec<u64> = slowest.iter().map(|slow| slow.iteration).collect();
    assert_eq!(iterations, [19, 18, 17, 16, 15, 14, 13, 12]);
    assert_eq!(slowest[0].took_us, 1_900_000 + 1_512_000);
    assert!(slowest[0].at < summary.last_t);
    let trace: Vec<&str> = slowest[0].trace.iter().map(|trace| trace.text.as_str()).collect();
    assert_eq!(trace, ["Device1.RSSI = -48", "Device1.Connected = true"]);
}

#[test]
fn a_loop_fails_at_the_step_in_it() {
    let mut run = Run::of("plan", 1);
    run.case("A", "a", 1)
        .iteration()
        .attempt()
        .step("steps/5", "3 times")
        .step("steps/5.2/1", "connect headset")
        .end_step(Verdict::Fail, Some(page_timeout()));
    run.records.pop();
    let step = |path: &str| Some(path.to_owned());
    let finished = |verdict, cause| crate::event::Finished {
        verdict,
        took_us: 1,
        cause,
        left_to_threshold: false,
    };
    for (n, path) in ["steps/5.2/1", "steps/5"].into_iter().enumerate() {
        run.tell(crate::event::Event::StepFinished(finished(
            Verdict::Fail,
            (n == 0).then(page_timeout),
        )));
        run.records.last_mut().unwrap().scope.step = step(path);
    }
    run.end_attempt(Verdict::Fail, None)
        .end_iteration(Verdict::Fail, None)
        .end_case(Verdict::Fail, None);
    let summary = summary_of(&run.records);
    let failure = summary.cases[0].decisive().unwrap();
    assert_eq!(failure.step.as_ref().unwrap().path, "steps/5.2/1");
    assert_eq!(failure.cause.kind, "page-timeout");
}

#[test]
fn a_soak_is_one_case_with_groups_and_statistics() {
    let summary = summary_of(&sample::one_of_each().records);
    let soak = case(&summary, "SOAK-01");
    assert_eq!((soak.iterations.passed, soak.iterations.failed), (196, 4));
    assert_eq!(soak.causes.groups.len(), 1);
    let group = &soak.causes.groups[0];
    assert_eq!((group.count, group.step.as_str()), (4, "steps/1/1"));
    assert_eq!((group.first.iteration, group.last.iteration), (50, 200));
    let Measure { name, statistics, .. } = &soak.measures[0];
    assert_eq!((name.as_str(), statistics.tries()), ("reconnect", 200));
    assert_eq!(soak.thresholds.len(), 2);
}

#[test]
fn what_the_bench_failed_in_counts_for_no_rate_and_no_row() {
    let summary = summary_of(&sample::restless().records);
    let soak = case(&summary, "SOAK-01");
    assert_eq!((soak.iterations.judged(), soak.iterations.total()), (9, 12));
    assert_eq!(soak.longest_run_of_failures, 2, "the one between two failures is passed over");
    let tries: u64 = soak.course.buckets().map(|(_, bucket)| bucket.tries).sum();
    assert_eq!(tries, 9);
}

#[test]
fn a_fault_of_the_bench_is_one_cause_whatever_was_known_of_the_device() {
    let mut run = Run::of("plan", 1);
    run.case("A", "a", 4);
    let paired = || Some(serde_json::json!(true));
    for (connected, cause) in [
        (true, sample::bluez_gone()),
        (false, sample::bluez_gone()),
        (true, page_timeout()),
        (false, page_timeout()),
    ] {
        let verdict =
            if cause.kind == "bluez-gone" { Verdict::Inconclusive } else { Verdict::Fail };
        run.iteration()
            .attempt()
            .step("steps/1", "connect headset")
            .changed("Paired", paired())
            .changed("Connected", Some(serde_json::json!(connected)))
            .end_step(verdict, Some(cause.clone()))
            .end_attempt(verdict, Some(cause.clone()))
            .end_iteration(verdict, Some(cause));
    }
    let summary = summary_of(&run.records);
    let groups = &summary.cases[0].causes.groups;
    let counts: Vec<_> = groups.iter().map(|group| (group.kind.as_str(), group.count)).collect();
    assert_eq!(counts, [("bluez-gone", 2), ("page-timeout", 1), ("page-timeout", 1)]);
    assert_eq!(groups[0].state, ["Paired = true"], "what both have in common");
    assert!(summary.cases[0].failures[..2].iter().all(|failure| groups[0].has(failure)));
}

#[test]
fn a_run_that_was_cut_off_says_where() {
    let mut run = sample::one_of_each();
    let connecting = |record: &crate::event::Record| {
        record.scope.case.as_deref() == Some("PAIR-03")
            && record.scope.step.as_deref() == Some("steps/2")
    };
    let cut = run.records.iter().position(connecting).unwrap();
    run.records.truncate(cut + 1);
    let summary = summary_of(&run.records);
    assert_eq!((summary.end, summary.verdict()), (None, Verdict::Inconclusive));
    let case = case(&summary, "PAIR-03");
    assert_eq!(case.verdict, Verdict::Inconclusive);
    assert_eq!(case.cause.as_ref().unwrap().message, "the run was cut off here");
    let step = case.decisive().and_then(|f| f.step.as_ref()).unwrap();
    assert_eq!(step.identity.text, "connect headset");
}

#[test]
fn a_failing_setup_of_the_plan_is_told_once() {
    let mut run = Run::of("plan", 0);
    run.step("setup/1", "discover headset")
        .after(15_000)
        .end_step(Verdict::Inconclusive, Some(page_timeout()));
    let summary = summary_of(&run.records);
    assert_eq!(summary.around.len(), 1);
    assert_eq!(summary.around[0].step.as_ref().unwrap().path, "setup/1");
}

#[test]
fn memory_does_not_grow_with_iterations() {
    let mut fold = Fold::default();
    let mut run = Run::of("plan", 1);
    run.case("A", "a", 1_000_000);
    run.records.iter().for_each(|record| fold.add(record));
    let mut size = 0;
    for n in 0..3_000 {
        run.records.clear();
        let cause = (n % 3 == 0).then(page_timeout);
        let verdict = if cause.is_some() { Verdict::Fail } else { Verdict::Pass };
        run.iteration().connecting(cause.clone()).end_iteration(verdict, cause);
        run.records.iter().for_each(|record| fold.add(record));
        if n == 1_000 {
            size = format!("{fold:?}").len();
        }
    }
    // The stretches of time that a series keeps become fewer and wider, so it goes up and down.
    let after = format!("{fold:?}").len();
    assert!(after < 2 * size, "from {size} to {after} bytes");
}
