//! Runs for tests, told as the engine would tell them.

use serde_json::{Value, json};

use crate::event::{
    BenchChange, BenchIdentity, CaseIdentity, Cause, Event, FORMAT, Finished, Object, Place,
    Record, RunStarted, Scope, StepIdentity, ThresholdResult, Verdict,
};
use crate::report::journal::Notes;
use crate::report::summary::{Fold, Summary};

/// A run under construction: a clock, a place, and the records so far.
pub(crate) struct Run {
    pub(crate) records: Vec<Record>,
    t: u64,
    scope: Scope,
    case_started: u64,
    iteration_started: u64,
    attempt_started: u64,
    step_started: Vec<u64>,
}

impl Run {
    pub(crate) fn of(plan: &str, cases: usize) -> Self {
        let mut run = Self {
            records: Vec::new(),
            t: 0,
            scope: Scope::default(),
            case_started: 0,
            iteration_started: 0,
            attempt_started: 0,
            step_started: Vec::new(),
        };
        run.tell(Event::RunStarted(Box::new(RunStarted {
            format: FORMAT,
            bttest: "0.1.0".to_owned(),
            plan: plan.to_owned(),
            file: "testplans/headset.toml".to_owned(),
            started: "2026-11-20T17:47:05Z".to_owned(),
            host: "bench-3".to_owned(),
            kernel: "6.12.48".to_owned(),
            simulator: None,
            seed: Some(7),
            cases,
            plan_hash: None,
        })));
        run.after(4).tell(Event::BenchReady(BenchIdentity {
            adapter: "hci0".to_owned(),
            address: "00:AA:01:00:00:42".to_owned(),
            bluez: Some("5.82".to_owned()),
            modalias: Some("usb:v1D6Bp0246d0552".to_owned()),
            manufacturer: Some(2),
            further: Vec::new(),
        }));
        run
    }

    /// Lets milliseconds pass.
    pub(crate) fn after(&mut self, ms: u64) -> &mut Self {
        self.t += ms * 1000;
        self
    }

    pub(crate) fn tell(&mut self, event: Event) -> &mut Self {
        self.records.push(Record {
            n: self.records.len() as u64,
            t: self.t,
            scope: self.scope.clone(),
            event,
        });
        self
    }

    pub(crate) fn case(&mut self, id: &str, title: &str, iterations: u64) -> &mut Self {
        self.scope = Scope { case: Some(id.to_owned()), ..Scope::default() };
        self.case_started = self.t;
        self.tell(Event::CaseStarted(CaseIdentity {
            title: title.to_owned(),
            tags: vec!["smoke".to_owned()],
            maps_to: vec!["GAP/BOND/BON/BV-02-C".to_owned()],
            place: place(12, 1, "[[case]]"),
            iterations: Some(iterations),
            until_t: None,
        }))
    }

    /// Goes on with a case of which so many iterations are done.
    pub(crate) fn go_on_with(&mut self, id: &str, done: u64) -> &mut Self {
        self.scope = Scope { case: Some(id.to_owned()), ..Scope::default() };
        self.scope.iteration = (done > 0).then_some(done);
        self.step_started.clear();
        self
    }

    pub(crate) fn iteration(&mut self) -> &mut Self {
        self.scope.iteration = Some(self.scope.iteration.unwrap_or(0) + 1);
        self.scope.attempt = None;
        self.iteration_started = self.t;
        self.tell(Event::IterationStarted)
    }

    pub(crate) fn attempt(&mut self) -> &mut Self {
        self.scope.attempt = Some(self.scope.attempt.unwrap_or(0) + 1);
        self.attempt_started = self.t;
        self.tell(Event::AttemptStarted)
    }

    pub(crate) fn step(&mut self, path: &str, text: &str) -> &mut Self {
        self.scope.step = Some(path.to_owned());
        self.step_started.push(self.t);
        let verb = text.split(' ').next().unwrap_or_default();
        let source =
            format!("  {{ do = \"{verb}\", device = \"headset\", measure = \"reconnect\" }},");
        self.tell(Event::StepStarted(StepIdentity {
            verb: verb.to_owned(),
            text: text.to_owned(),
            place: place(23, 3, &source),
        }))
    }

    pub(crate) fn changed(&mut self, property: &str, value: Option<Value>) -> &mut Self {
        self.tell(Event::Changed {
            object: headset(),
            interface: "org.bluez.Device1".to_owned(),
            property: property.to_owned(),
            value,
        })
    }

    pub(crate) fn measured(&mut self, name: &str, ms: u64, ok: bool) -> &mut Self {
        self.tell(Event::Measured { name: name.to_owned(), us: ms * 1000, ok })
    }

    fn bench_if(&mut self, happened: bool, change: BenchChange) -> &mut Self {
        match happened {
            true => self.tell(Event::Bench { change, by_us: None }),
            false => self,
        }
    }

    pub(crate) fn inspected(&mut self, properties: Value) -> &mut Self {
        let properties = serde_json::from_value(properties).unwrap();
        self.tell(Event::Inspected { object: headset(), properties })
    }

    pub(crate) fn end_step(&mut self, verdict: Verdict, cause: Option<Cause>) -> &mut Self {
        let since = self.step_started.pop().unwrap_or(self.t);
        let finished = self.finished(verdict, since, cause);
        self.tell(Event::StepFinished(finished));
        self.scope.step = None;
        self
    }

    pub(crate) fn end_attempt(&mut self, verdict: Verdict, cause: Option<Cause>) -> &mut Self {
        let finished = self.finished(verdict, self.attempt_started, cause);
        self.tell(Event::AttemptFinished(finished))
    }

    pub(crate) fn end_iteration(&mut self, verdict: Verdict, cause: Option<Cause>) -> &mut Self {
        self.scope.attempt = None;
        let finished = self.finished(verdict, self.iteration_started, cause);
        self.tell(Event::IterationFinished(finished))
    }

    pub(crate) fn end_case(&mut self, verdict: Verdict, cause: Option<Cause>) -> &mut Self {
        self.scope.iteration = None;
        let finished = self.finished(verdict, self.case_started, cause);
        self.tell(Event::CaseFinished(finished));
        self.scope = Scope::default();
        self
    }

    pub(crate) fn end(&mut self, verdict: Verdict, exit_code: u8) -> &mut Self {
        let took_us = self.t;
        self.tell(Event::RunFinished { verdict, exit_code, took_us })
    }

    fn finished(&self, verdict: Verdict, since: u64, cause: Option<Cause>) -> Finished {
        Finished { verdict, took_us: self.t - since, cause, left_to_threshold: false }
    }

    /// A whole attempt: discover, then connect, which ends as told.
    pub(crate) fn connecting(&mut self, cause: Option<Cause>) -> &mut Self {
        let verdict = verdict_of(cause.as_ref());
        let gone = verdict == Verdict::Inconclusive;
        self.attempt()
            .step("steps/1", "discover headset")
            .after(1_200)
            .changed("RSSI", Some(json!(-48)))
            .end_step(Verdict::Pass, None)
            .step("steps/2", "connect headset")
            .after(310)
            .changed("Connected", Some(json!(true)))
            .after(if cause.is_some() { 4_690 } else { 2 })
            .bench_if(gone, BenchChange::BluezGone)
            .measured("reconnect", 312, cause.is_none())
            .end_step(verdict, cause.clone())
            .end_attempt(verdict, cause)
    }

    /// A whole case of one iteration; bluetoothd is back after it, if it left.
    pub(crate) fn simple_case(&mut self, id: &str, title: &str, cause: Option<Cause>) -> &mut Self {
        let verdict = verdict_of(cause.as_ref());
        let gone = verdict == Verdict::Inconclusive;
        self.case(id, title, 1)
            .iteration()
            .connecting(cause.clone())
            .end_iteration(verdict, cause.clone())
            .bench_if(gone, BenchChange::BluezBack)
            .end_case(verdict, cause)
    }

    pub(crate) fn skipped_case(&mut self, id: &str, title: &str, why: &str) -> &mut Self {
        let cause =
            Cause { kind: "requires".to_owned(), message: why.to_owned(), ..Cause::default() };
        self.case(id, title, 1).end_case(Verdict::Skip, Some(cause))
    }
}

fn verdict_of(cause: Option<&Cause>) -> Verdict {
    match cause {
        None => Verdict::Pass,
        Some(cause) if cause.kind == "bluez-gone" => Verdict::Inconclusive,
        Some(_) => Verdict::Fail,
    }
}

pub(crate) fn place(line: u32, column: u32, source: &str) -> Place {
    Place { file: "testplans/headset.toml".to_owned(), line, column, source: source.to_owned() }
}

pub(crate) fn headset() -> Object {
    Object { name: "headset".to_owned(), path: "/org/bluez/hci0/dev_C0_DE_00_00_00_01".to_owned() }
}

pub(crate) fn page_timeout() -> Cause {
    Cause {
        kind: "page-timeout".to_owned(),
        message: "headset did not answer".to_owned(),
        expected: Some("connected within 5s".to_owned()),
        seen: Some("Connected = false after 5s".to_owned()),
        raw: Some(("org.bluez.Error.Failed".to_owned(), "br-connection-page-timeout".to_owned())),
        hci: Some("connection failed: HCI 0x04 Page Timeout".to_owned()),
        hint: Some("Is the device on, in range, and not connected elsewhere?".to_owned()),
        step: Some("steps/2".to_owned()),
    }
}

pub(crate) fn bluez_gone() -> Cause {
    Cause {
        kind: "bluez-gone".to_owned(),
        message: "bluetoothd left the bus".to_owned(),
        hint: Some("See `journalctl -u bluetooth`.".to_owned()),
        step: Some("steps/2".to_owned()),
        ..Cause::default()
    }
}

/// One run with one case of each kind that reports tell apart.
pub(crate) fn one_of_each() -> Run {
    let mut run = Run::of("Headset regression", 6);
    run.case("PAIR-01", "Pair, connect, reconnect", 1)
        .iteration()
        .connecting(None)
        .inspected(
            json!({ "Name": "My_Bluetooth_Device", "Paired": true, "UUIDs": ["180d", "180f"] }),
        )
        .end_iteration(Verdict::Pass, None)
        .end_case(Verdict::Pass, None);
    flaky(&mut run);
    run.simple_case("PAIR-03", "Reconnect", Some(page_timeout()));
    run.skipped_case("PAIR-04", "Bearers apart", "needs BlueZ 5.83, this is 5.82");
    run.simple_case("PAIR-05", "Connect again", Some(bluez_gone()));
    soak(&mut run, 200);
    run.end(Verdict::Fail, 1);
    run
}

/// The same without the soak, and so without what its journal sums up.
pub(crate) fn once_each() -> Run {
    let mut run = one_of_each();
    let soak = run.records.iter().position(|r| r.scope.case.as_deref() == Some("SOAK-01"));
    run.records.truncate(soak.unwrap_or(usize::MAX));
    run.scope = Scope::default();
    run.end(Verdict::Fail, 1);
    run
}

fn flaky(run: &mut Run) {
    run.case("PAIR-02", "Pair twice", 1)
        .iteration()
        .connecting(Some(page_timeout()))
        .connecting(None)
        .end_iteration(Verdict::Pass, None)
        .end_case(Verdict::Pass, None);
}

/// A soak in which every fiftieth iteration fails, with a threshold that is broken by it.
fn soak(run: &mut Run, iterations: u64) {
    run.case("SOAK-01", "Reconnect all night", iterations);
    for n in 1..=iterations {
        let cause = n.is_multiple_of(50).then(page_timeout);
        let verdict = verdict_of(cause.as_ref());
        run.iteration()
            .attempt()
            .step("steps/1.1/1", "connect headset")
            .after(300 + n % 40)
            .measured("reconnect", 300 + n % 40, cause.is_none())
            .end_step(verdict, cause.clone())
            .end_attempt(verdict, cause.clone())
            .end_iteration(verdict, cause);
    }
    run.scope.iteration = None;
    let held = |statistic: &str, wanted: &str, measured: &str, held| ThresholdResult {
        of: "reconnect".to_owned(),
        statistic: statistic.to_owned(),
        wanted: wanted.to_owned(),
        measured: Some(measured.to_owned()),
        held,
    };
    run.tell(Event::Threshold(held("success-rate", ">= 99.5%", "98% (196 of 200)", false)))
        .tell(Event::Threshold(held("p95", "<= 1500ms", "337ms", true)))
        .end_case(
            Verdict::Fail,
            Some(Cause {
                kind: "threshold".to_owned(),
                message: "reconnect: success-rate is 98% (196 of 200), not >= 99.5%".to_owned(),
                ..Cause::default()
            }),
        );
}

/// A soak of twelve: the 3rd and the 5th fail, and the bench in the 4th, the 6th and the 7th.
pub(crate) fn restless() -> Run {
    let mut run = Run::of("Night", 1);
    run.case("SOAK-01", "Reconnect all night", 12);
    for n in 1..=12 {
        let cause = match n {
            3 | 5 => Some(page_timeout()),
            4 | 6 | 7 => Some(bluez_gone()),
            _ => None,
        };
        let verdict = verdict_of(cause.as_ref());
        run.iteration()
            .attempt()
            .step("steps/1", "connect headset")
            .after(300)
            .end_step(verdict, cause.clone())
            .end_attempt(verdict, cause.clone())
            .end_iteration(verdict, cause);
    }
    run.end_case(Verdict::Fail, Some(page_timeout())).end(Verdict::Fail, 1);
    run
}

/// What records come to.
pub(crate) fn summary_of(records: &[Record]) -> Summary {
    let mut fold = Fold::default();
    records.iter().for_each(|record| fold.add(record));
    fold.finish(Notes::default())
}
