//! `bttest run`: a plan on a bench.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use super::bench::Place;
use super::look::Look;
use super::plan_input::Variables;
use super::reports::Reports;
use super::soak::SoakArguments;
use super::{Exit, print, say, show};
use crate::engine::{Clock, Options, Stop};
use crate::event::{Event, RunStarted};
use crate::plan::{Plan, Selection, Shard, select};
use crate::recorder::{Recorder, micros};
use crate::redaction::Redaction;
use crate::report::console::Console;
use crate::report::rebuild;
use crate::report::run_folder::{RUNS, RunFolder};
use crate::report::whole_file::check_writable;

/// Run a plan, on this machine's BlueZ or on the simulator
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Plan file
    plan: PathBuf,
    #[command(flatten)]
    bench: BenchArguments,
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    variables: Variables,
    /// Folder for the journal and all that belongs to the run [default: bttest-runs/PLAN-TIME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    reports: Reports,
    #[command(flatten)]
    look: Look,
}

/// Where the plan runs.
#[derive(Debug, Args)]
pub(super) struct BenchArguments {
    /// Run on the simulator: a well-behaved device for each of the plan's, or what a scene file says
    #[arg(long, value_name = "SCENE", num_args = 0..=1, require_equals = true)]
    pub(super) sim: Option<Option<PathBuf>>,
    /// The simulator's time
    #[arg(long, value_name = "CLOCK", default_value = "fast", requires = "sim")]
    pub(super) sim_clock: SimClock,
    /// Seed of all that the simulator draws by chance
    #[arg(long, value_name = "N", default_value_t = 1, requires = "sim")]
    pub(super) seed: u64,
    /// D-Bus address of the bus where BlueZ is [default: the system bus]
    #[arg(long, value_name = "ADDRESS", conflicts_with = "sim")]
    pub(super) bus: Option<String>,
    /// Adapter, by kernel name or address, instead of the plan's choice
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
}

/// How the simulator's time goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SimClock {
    /// As fast as the work is done: a night in seconds
    Fast,
    /// As on a real bench
    Real,
}

/// Which cases run, and how often.
#[derive(Debug, Args)]
struct SelectionArguments {
    /// Only cases whose id matches; may be given more than once
    #[arg(long = "case", value_name = "GLOB")]
    cases: Vec<String>,
    /// Only cases whose tags meet an expression, such as "smoke and not slow"
    #[arg(long, value_name = "EXPR")]
    tag: Option<String>,
    /// Only the I-th of N shares of the cases
    #[arg(long, value_name = "I/N", value_parser = Shard::from_str)]
    shard: Option<Shard>,
    #[command(flatten)]
    soak: SoakArguments,
    /// End the run at the first failure
    #[arg(long)]
    fail_fast: bool,
    /// Show what would run, and run nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn main(arguments: &Arguments) -> Exit {
    let colour = arguments.look.colour;
    let Some(mut loaded) = arguments.variables.load(&arguments.plan, colour) else {
        return Exit::Usage;
    };
    show(&loaded.warnings.render(colour.on_stderr()));
    if let Some(adapter) = &arguments.bench.adapter {
        loaded.plan.adapter.select = Some(adapter.clone());
    }
    let options = match options(&loaded.plan, arguments) {
        Ok(options) => options,
        Err(exit) => return exit,
    };
    if arguments.selection.dry_run {
        print(&super::dry_run::listing(&loaded.plan, &options));
        return Exit::Passed;
    }
    let place = match Place::of(&arguments.bench, &loaded.plan) {
        Ok(place) => place,
        Err(error) => {
            say(&error);
            return Exit::Usage;
        }
    };
    Run { plan: &loaded.plan, options, place, arguments }.in_folder()
}

fn options(plan: &Plan, arguments: &Arguments) -> Result<Options, Exit> {
    let asked = &arguments.selection;
    let selection =
        Selection { cases: asked.cases.clone(), tag: asked.tag.clone(), shard: asked.shard };
    let chosen = select(plan, &selection).map_err(|diagnostics| {
        show(&diagnostics.render(arguments.look.colour.on_stderr()));
        Exit::Usage
    })?;
    chosen.unmatched.iter().for_each(|sentence| say(sentence));
    if chosen.cases.is_empty() {
        say("no case is selected; `bttest list` shows what there is");
        return Err(Exit::NothingSelected);
    }
    let fast = arguments.bench.sim.is_some() && arguments.bench.sim_clock == SimClock::Fast;
    Ok(Options {
        cases: chosen.cases,
        fail_fast: asked.fail_fast,
        soak: asked.soak.soak(),
        simulated: arguments.bench.sim.is_some(),
        clock: Clock::new(jiff::Timestamp::now(), fast),
    })
}

/// A run that is ready to begin.
struct Run<'a> {
    plan: &'a Plan,
    options: Options,
    place: Place,
    arguments: &'a Arguments,
}

impl Run<'_> {
    /// Makes sure that everything can be written before the bench is touched, and then runs.
    fn in_folder(self) -> Exit {
        let wanted = self.arguments.reports.wanted();
        for report in &wanted {
            if let Err(error) = check_writable(&report.file) {
                say(&format!("cannot write {}: {error}", report.file.display()));
                return Exit::Usage;
            }
        }
        let folder = match &self.arguments.out {
            Some(path) => RunFolder::create(path),
            None => RunFolder::create_new(RUNS.as_ref(), &self.plan.name, jiff::Timestamp::now()),
        };
        let begun = folder.and_then(|folder| Ok((folder.begin()?, folder)));
        let (journal, folder) = match begun {
            Ok(begun) => begun,
            Err(error) => {
                say(&error.to_string());
                return Exit::Usage;
            }
        };
        let console = Console::new(self.arguments.look.display(), std::io::stdout());
        let sinks: Vec<Box<dyn crate::recorder::Sink>> =
            vec![Box::new(journal), Box::new(console.clone())];
        let exit = self.run(sinks);
        match rebuild(folder.path(), &wanted) {
            Ok(rebuilt) => {
                let journal = folder.journal();
                let mut written = vec![("journal", journal.as_path())];
                written.extend(self.arguments.reports.written(&rebuilt));
                // Nobody may be there to read it; the journal is.
                let _ = console.finish(&rebuilt.summary, &written);
                match (exit, self.arguments.reports.complain(&rebuilt)) {
                    (Exit::Passed, complaint) => complaint,
                    (exit, _) => exit,
                }
            }
            Err(error) => {
                say(&error.to_string());
                exit
            }
        }
    }

    fn run(&self, sinks: Vec<Box<dyn crate::recorder::Sink>>) -> Exit {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(self.place.clock() == SimClock::Fast)
            .build();
        match runtime {
            Ok(runtime) => runtime.block_on(self.on_clock(sinks)),
            Err(error) => {
                say(&format!("the system gives no event queue: {error}"));
                Exit::Bench
            }
        }
    }

    /// From the first event to the last.
    async fn on_clock(&self, sinks: Vec<Box<dyn crate::recorder::Sink>>) -> Exit {
        let start = tokio::time::Instant::now();
        let recorder = Recorder::new(sinks, Redaction::of(&self.plan.secrets));
        recorder.record(Event::RunStarted(Box::new(self.identity())));
        let stop = Stop::default();
        if let Err(error) = super::interrupt::listen(&stop) {
            say(&format!(
                "signals cannot be caught, so an interrupted run leaves no report: {error}"
            ));
        }
        let (verdict, exit) = self.on_bench(&recorder, &stop).await;
        let exit = match stop.signal() {
            Some(signal) => {
                recorder.record(Event::Interrupted { signal: signal.to_string() });
                Exit::Interrupted(signal)
            }
            None => exit,
        };
        let took_us = micros(start.elapsed());
        recorder.record(Event::RunFinished { verdict, exit_code: exit.code(), took_us });
        if let Some(error) = recorder.take_error() {
            say(&format!("not everything could be written to the journal: {error}"));
        }
        exit
    }

    async fn on_bench(&self, recorder: &Recorder, stop: &Stop) -> (crate::event::Verdict, Exit) {
        let opened = async {
            let (session, changes) = self.place.open().await?;
            let bench = crate::steps::prepare(
                session,
                &self.plan.adapter,
                self.plan.devices.clone(),
                recorder.clone(),
            )
            .await?;
            Ok((bench, changes))
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
                (verdict, verdict.into())
            }
            Err(failure) => {
                crate::engine::cannot_run(self.plan, &self.options, recorder, &failure);
                (failure.verdict, Exit::Bench)
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
            plan_hash: None,
        }
    }
}
