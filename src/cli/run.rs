//! `bttest run`: a plan on a bench.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use super::bench::Place;
use super::capture::Capture;
use super::keep::Keep;
use super::look::Look;
use super::plan_input::Variables;
use super::reports::Reports;
use super::resume::Resumed;
use super::soak::SoakArguments;
use super::under_way::Run;
use super::{Exit, print, say, show};
use crate::engine::{Clock, Options};
use crate::plan::{Plan, Selection, Shard, select};
use crate::steps::Left;

/// What is told below the options.
const SIGNALS: &str = "\
Signals:
  SIGINT, SIGTERM, SIGHUP  end the run well: teardown, reports, exit code 130, 143 or 129; a second
                           SIGINT or SIGTERM ends the program at once. Under nohup, SIGHUP does nothing
  SIGUSR1                  tells on standard error how far the run is, also with --quiet";

/// Run a plan, on this machine's BlueZ or on the simulator
#[derive(Debug, Args)]
#[command(after_help = SIGNALS)]
pub(super) struct Arguments {
    /// Plan file
    plan: PathBuf,
    #[command(flatten)]
    bench: BenchArguments,
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    variables: Variables,
    /// Let the plan run the commands that it has in [device.NAME.control] and [recovery], on this machine
    /// and as this user
    #[arg(long)]
    allow_exec: bool,
    /// Folder for the journal and all that belongs to the run [default: bttest-runs/PLAN-TIME]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Go on with a run that was cut off or interrupted: its folder, or its journal
    ///
    /// Give the plan and the other options as they were. What the run has left on the bench is put back first.
    /// What has ended stays as it is; the rest goes on with its next iteration, under what is left of its
    /// limit. The setup of the plan is run again, and so is one iteration of each case that keeps something
    /// for those that are still to run. The reports are of the whole.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["out", "dry_run"])]
    resume: Option<PathBuf>,
    #[command(flatten)]
    pub(super) capture: Capture,
    #[command(flatten)]
    pub(super) reports: Reports,
    #[command(flatten)]
    pub(super) keep: Keep,
    #[command(flatten)]
    pub(super) look: Look,
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
    let mut options = match options(&loaded.plan, arguments) {
        Ok(options) => options,
        Err(exit) => return exit,
    };
    if arguments.selection.dry_run {
        print(&super::dry_run::listing(&loaded.plan, &options));
        return Exit::Passed;
    }
    if let Some(refusal) = refusal_to_exec(&loaded.plan, &options, arguments.allow_exec) {
        say(&refusal);
        return Exit::Usage;
    }
    let place = match Place::of(&arguments.bench, &loaded.plan) {
        Ok(place) => place,
        Err(error) => {
            say(&error);
            return Exit::Usage;
        }
    };
    let earlier = match resumed(arguments, &loaded.plan, &place, &mut options) {
        Ok(earlier) => earlier,
        Err(error) => {
            say(&error);
            return Exit::Usage;
        }
    };
    Run { plan: &loaded.plan, options, place, arguments }.in_folder(earlier)
}

/// The run to go on with, if one is named.
fn resumed(
    arguments: &Arguments,
    plan: &Plan,
    place: &Place,
    options: &mut Options,
) -> Result<Option<Resumed>, String> {
    let Some(path) = &arguments.resume else { return Ok(None) };
    let earlier = Resumed::open(path)?;
    earlier.prepare(plan, place, options)?;
    Ok(Some(earlier))
}

/// Why a plan that runs commands does not run, where nobody has allowed it.
fn refusal_to_exec(plan: &Plan, options: &Options, allowed: bool) -> Option<String> {
    let commands = plan.commands(&options.cases);
    let first = commands.first().filter(|_| !allowed)?;
    let place = &first.place;
    let more = match commands.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more like it)"),
    };
    Some(format!(
        "{}:{}:{}: `{}` runs a command on this machine{more}, and nobody has allowed that; read the plan's \
         commands, and run it with --allow-exec. Nothing was started",
        place.file, place.line, place.column, first.what
    ))
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
        warn: say,
        earlier: BTreeMap::new(),
        recovered: 0,
        left: Left::default(),
    })
}
