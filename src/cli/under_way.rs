//! A run under way: from its folder to its exit code.

use std::io::Stdout;

use super::bench::{Opened, Place};
use super::journal_watch::{Watched, not_whole};
use super::resume::{Resumed, resumed};
use super::run::{Arguments, SimClock};
use super::signals::Signals;
use super::{Exit, say};
use crate::engine::{Options, Stop};
use crate::event::{Event, RunStarted, Verdict};
use crate::plan::Plan;
use crate::recorder::{Recorder, Sink};
use crate::redaction::Redaction;
use crate::report::console::Console;
use crate::report::journal::{Condition, JournalWriter};
use crate::report::run_folder::{self, RUNS, RunFolder};
use crate::report::{from_memory, rebuild};
use crate::whole_file::check_writable;

/// Where the journal of a run goes on: the number of the next record, and the time of the last, in
/// microseconds since the start of the run. None: a run of its own.
type From = Option<(u64, u64)>;

/// What a run is written to.
struct Beginning {
    folder: RunFolder,
    journal: JournalWriter,
    console: Console<Stdout>,
    from: From,
}

/// A run that is ready to begin.
pub(super) struct Run<'a> {
    pub(super) plan: &'a Plan,
    pub(super) options: Options,
    pub(super) place: Place,
    pub(super) arguments: &'a Arguments,
}

impl Run<'_> {
    /// Makes sure that everything can be written before the bench is touched, and then runs.
    pub(super) fn in_folder(self, earlier: Option<Resumed>) -> Exit {
        let wanted = self.arguments.reports.wanted();
        for report in &wanted {
            if let Err(error) = check_writable(&report.file) {
                say(&format!("cannot write {}: {error}", report.file.display()));
                return Exit::Usage;
            }
        }
        if let Err(exit) = self.arguments.keep.check() {
            return exit;
        }
        let console = Console::new(self.arguments.look.display(), std::io::stdout());
        let begun = match earlier {
            None => self.begin(console),
            Some(earlier) => Ok(Self::go_on(earlier, console)),
        };
        let Beginning { folder, journal, console, from } = match begun {
            Ok(begun) => begun,
            Err(error) => {
                say(&error.to_string());
                return Exit::Usage;
            }
        };
        let condition = journal.condition();
        let journal = Watched::new(journal, console.clone());
        let sinks: Vec<Box<dyn Sink>> = vec![Box::new(journal), Box::new(console.clone())];
        let mut exit = self.run(sinks, &console, (&folder, &condition), from);
        let in_memory = console.take_summary();
        let rebuilt = if condition.is_whole() {
            // One summary of a long night at a time is enough.
            drop(in_memory);
            rebuild(folder.path(), &wanted)
        } else {
            let why = not_whole(&condition);
            say(&format!("{why}; the reports are made from memory and have everything"));
            // What passed has no evidence on disk.
            exit = if exit == Exit::Passed { Exit::Inconclusive } else { exit };
            Ok(from_memory(in_memory, &folder, why, exit.code(), &wanted))
        };
        match rebuilt {
            Ok(rebuilt) => {
                let journal = folder.journal();
                let mut written = vec![("journal", journal.as_path())];
                written.extend(self.arguments.reports.written(&rebuilt));
                // Nobody may be there to read it; the journal is.
                let _ = console.finish(&rebuilt.summary, &written);
                let kept = self.arguments.keep.add(&rebuilt.summary);
                let written = self.arguments.reports.complain(&rebuilt);
                // The arguments were right when it began: something is missing of what was asked for.
                match (exit, written, kept) {
                    (Exit::Passed, Exit::Passed, Exit::Passed) => Exit::Passed,
                    (Exit::Passed, ..) => Exit::Inconclusive,
                    (exit, ..) => exit,
                }
            }
            Err(error) => {
                say(&error.to_string());
                exit
            }
        }
    }

    /// A run of its own, in a new folder.
    fn begin(&self, console: Console<Stdout>) -> Result<Beginning, run_folder::Error> {
        let folder = match &self.arguments.out {
            Some(path) => RunFolder::create(path),
            None => RunFolder::create_new(RUNS.as_ref(), &self.plan.name, jiff::Timestamp::now()),
        }?;
        Ok(Beginning { journal: folder.begin()?, folder, console, from: None })
    }

    /// An earlier run, from where it was.
    fn go_on(earlier: Resumed, console: Console<Stdout>) -> Beginning {
        let Resumed { folder, on } = earlier;
        let console = console.going_on(on.so_far);
        Beginning { folder, journal: on.writer, console, from: Some((on.next_n, on.t)) }
    }

    fn run(
        &self,
        sinks: Vec<Box<dyn Sink>>,
        console: &Console<Stdout>,
        files: (&RunFolder, &Condition),
        from: From,
    ) -> Exit {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(self.place.clock() == SimClock::Fast)
            .build();
        match runtime {
            Ok(runtime) => runtime.block_on(self.on_clock(sinks, console, files, from)),
            Err(error) => {
                say(&format!("the system gives no event queue: {error}"));
                Exit::Bench
            }
        }
    }

    /// From the first event to the last.
    async fn on_clock(
        &self,
        sinks: Vec<Box<dyn Sink>>,
        console: &Console<Stdout>,
        (folder, journal): (&RunFolder, &Condition),
        from: From,
    ) -> Exit {
        let (next, before) = from.unwrap_or_default();
        let recorder = Recorder::going_on(sinks, Redaction::of(&self.plan.secrets), next, before);
        recorder.record(match from {
            None => Event::RunStarted(Box::new(self.identity())),
            Some(_) => resumed(),
        });
        let stop = Stop::default();
        let (verdict, exit) = match Signals::catch() {
            Ok(signals) => {
                let tell_progress = || console.tell_progress(recorder.now());
                tokio::select! {
                    biased;
                    never = signals.obey(&stop, &recorder, tell_progress) => match never {},
                    ended = self.on_bench(&recorder, &stop, folder, from) => ended,
                }
            }
            Err(error) => {
                say(&format!(
                    "signals cannot be caught, so an interrupted run leaves no report: {error}"
                ));
                self.on_bench(&recorder, &stop, folder, from).await
            }
        };
        // A run that could not go on has no end: it can go on yet.
        let Some(verdict) = verdict else { return exit };
        // What passed, and of which lines were lost on the way, has no evidence either.
        let (verdict, exit) = match (journal.lost(), exit) {
            (1.., Exit::Passed) => (verdict.max(Verdict::Inconclusive), Exit::Inconclusive),
            _ => (verdict, exit),
        };
        let exit = stop.signal().map_or(exit, Exit::Interrupted);
        let took_us = recorder.now();
        recorder.record(Event::RunFinished { verdict, exit_code: exit.code(), took_us });
        if let Some(error) = recorder.take_error() {
            say(&format!("not everything could be written: {error}"));
        }
        exit
    }

    /// The verdict; none where a run could not go on.
    async fn on_bench(
        &self,
        recorder: &Recorder,
        stop: &Stop,
        folder: &RunFolder,
        from: From,
    ) -> (Option<Verdict>, Exit) {
        let opened = async {
            // First, so that it has all of it.
            let capture = self.arguments.capture.begin(folder.path())?;
            let Opened { session, changes, kernel } = self.place.open().await?;
            let mut bench = crate::steps::prepare(
                session,
                &self.plan.adapter,
                self.plan.devices.clone(),
                recorder.clone(),
                kernel,
            )
            .await?;
            if let Some(folder) = std::path::Path::new(&self.plan.file).parent() {
                bench.set_plan_folder(folder.to_owned());
            }
            if let Some(live) = capture {
                bench.capture(live);
            }
            if self.plan.asks_kernel(&self.options.cases) {
                bench.open_kernel()?;
            }
            Ok::<_, crate::steps::Failure>((bench, changes))
        };
        match opened.await {
            Ok((bench, changes)) => {
                let verdict = crate::engine::run(
                    self.plan,
                    &self.options,
                    &bench,
                    recorder,
                    changes,
                    stop.clone(),
                )
                .await;
                (Some(verdict), verdict.into())
            }
            Err(failure) if from.is_some() => {
                let hint = failure.cause.hint.as_deref().unwrap_or("see to it");
                say(&format!("{}; {hint}, and go on then", failure.cause.message));
                (None, Exit::Bench)
            }
            Err(failure) => {
                crate::engine::cannot_run(self.plan, &self.options, recorder, &failure);
                (Some(failure.verdict), Exit::Bench)
            }
        }
    }

    fn identity(&self) -> RunStarted {
        let system = rustix::system::uname();
        RunStarted {
            format: crate::event::FORMAT,
            bttest: env!("CARGO_PKG_VERSION").to_owned(),
            plan: self.plan.name.clone(),
            file: self.plan.file.clone(),
            started: self.options.clock.started().to_string(),
            host: system.nodename().to_string_lossy().into_owned(),
            kernel: system.release().to_string_lossy().into_owned(),
            simulator: self.place.scene_name(),
            seed: self.place.seed(),
            cases: self.options.cases.len(),
            plan_hash: Some(self.plan.hash.clone()),
        }
    }
}
