//! `bttest history`: runs kept over nights, and how each measure goes.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use wildmatch::WildMatch;

use super::compare::{digest, is_stdout, write_json};
use super::look::Colour;
use super::{Exit, print, say};
use crate::history::{self, Added, Error, FILE, History};
use crate::report::nights::{self, Nights};

/// Show how each measure goes over the nights, and the newest run against the last good one
///
/// Runs are added by `bttest run --history`, `bttest report RUN --history` and `bttest history add RUN`. Each is
/// compared, as `bttest compare` does, with the last good one: the newest run of the same plan before it in which no
/// case and no threshold failed. Iterations that were inconclusive because the bench failed do not matter, as long as
/// no case has more of them than iterations that passed or failed.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    show: Show,
}

#[derive(Debug, Subcommand)]
enum Command {
    Add(Add),
}

/// Add runs, from their journals; a run that is there already is replaced
#[derive(Debug, Args)]
struct Add {
    /// Folder of a run, or its journal
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    #[command(flatten)]
    db: Db,
}

/// The file.
#[derive(Debug, Clone, Args)]
pub(super) struct Db {
    /// The history's file
    #[arg(long, value_name = "FILE", default_value = FILE)]
    db: PathBuf,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    db: Db,
    /// Name of the plan [default: that of the newest run]
    #[arg(long, value_name = "NAME")]
    plan: Option<String>,
    /// Only cases whose id matches; may be given more than once
    #[arg(long = "case", value_name = "GLOB")]
    cases: Vec<String>,
    /// Only this measure
    #[arg(long, value_name = "NAME")]
    measure: Option<String>,
    /// How many runs, at most
    #[arg(long, value_name = "N", default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=1000))]
    last: u32,
    /// Write it as JSON; `-` for standard output, instead of text
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Exit with 1 if the newest run is worse than the last good one, or lacks a case or a measure of it
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    colour: Colour,
}

pub(super) fn main(arguments: &Arguments) -> Exit {
    match &arguments.command {
        Some(Command::Add(add)) => add.main(),
        None => arguments.show.main(),
    }
}

impl Db {
    /// Where it is.
    pub(super) fn file(&self) -> &Path {
        &self.db
    }
}

impl Add {
    fn main(&self) -> Exit {
        for path in &self.runs {
            let run = match digest(path) {
                Ok(run) => run,
                Err(exit) => return exit,
            };
            let what = match super::keep::add(self.db.file(), &run) {
                Ok(Added::New) => "added",
                Ok(Added::Replaced) => "replaced",
                Err(error) => return refuse(&error),
            };
            let text = format!("{what} {}, {} of {}", run.key.plan, run.key.started, run.key.host);
            print(&format!("{}\n", crate::report::escape::terminal(&text)));
        }
        Exit::Passed
    }
}

impl Show {
    fn main(&self) -> Exit {
        let mut nights = match self.nights() {
            Ok(nights) => nights,
            Err(error) => return refuse(&error),
        };
        if nights.runs.is_empty() {
            say(&self.nothing());
            return Exit::Usage;
        }
        let patterns: Vec<WildMatch> = self.cases.iter().map(|glob| WildMatch::new(glob)).collect();
        let wanted = |id: &str| patterns.is_empty() || patterns.iter().any(|p| p.matches(id));
        nights.keep(wanted, self.measure.as_deref());
        let worse = nights
            .newest()
            .is_some_and(|comparison| comparison.is_regression() || comparison.is_incomplete());
        match self.tell(&nights) {
            Err(exit) => exit,
            Ok(()) if self.check && worse => Exit::Failed,
            Ok(()) => Exit::Passed,
        }
    }

    fn nights(&self) -> Result<Nights, Error> {
        let history = History::open(self.db.file())?;
        let runs = history.newest(self.plan.as_deref(), self.last)?;
        let before = match runs.first() {
            Some(first) => history.last_good_before(&first.key)?,
            None => None,
        };
        Ok(Nights::of(before.as_ref(), &runs))
    }

    fn tell(&self, nights: &Nights) -> Result<(), Exit> {
        let json = self.json.as_deref();
        if json.is_some_and(is_stdout) {
            print(&format!("{:#}\n", nights::json(nights)));
            return Ok(());
        }
        if nights.courses.is_empty() {
            say("no case and measure of these runs matches --case and --measure");
        }
        print(&nights::text(nights, &self.colour.display()));
        json.map_or(Ok(()), |file| write_json(file, &nights::json(nights)))
    }

    /// Why there is nothing to show.
    fn nothing(&self) -> String {
        let file = self.db.file().display();
        let plans = History::open(self.db.file()).and_then(|history| history.plans());
        let names: Vec<String> = plans.unwrap_or_default().into_iter().map(|(n, _)| n).collect();
        match &self.plan {
            Some(plan) if !names.is_empty() => {
                let names = names.join("`, `");
                format!("{file} has no run of the plan `{plan}`; there are runs of `{names}`")
            }
            _ => format!("{file} has no runs yet; add one with `bttest history add RUN`"),
        }
    }
}

/// Says why a history cannot be used.
pub(super) fn refuse(error: &history::Error) -> Exit {
    say(&error.to_string());
    Exit::Usage
}
