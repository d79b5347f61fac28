//! `bttest compare`: what became slower or less reliable from one run to another.

use std::path::{Path, PathBuf};

use super::history::{Db, refuse};
use super::look::Colour;
use super::{Exit, print, say};
use crate::history::History;
use crate::report::compare::{self, Comparison};
use crate::report::digest::Digest;
use crate::report::rebuild;
use crate::report::summary::Summary;
use crate::whole_file::{check_writable, write_whole};

/// Compare two runs: what became slower or less reliable, and whether that is more than chance
///
/// Success rates are compared by Fisher's exact test, latencies by the test of Mann and Whitney, and p95 by how many
/// tries of each run are above that of both. A difference counts where it is real (p < 0.01, corrected for
/// everything that was compared) and, for latencies, large enough to matter (Cliff's delta of 0.147).
///
/// Exit code 1: something is worse, a case that passed fails, or the newer run lacks a case of the older one or, in a
/// case that ran, a measure. 0: nothing of that. 2: a run cannot be read, or the runs have no case in common.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The older run and the newer one: their folders or their journals
    #[arg(required = true, num_args = 1..=2, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Compare the only RUN with the last good run of the same plan before it in a history (see `bttest history --help`)
    #[arg(long)]
    with_last_good: bool,
    #[command(flatten)]
    db: Db,
    /// Write the comparison as JSON; `-` for standard output, instead of text
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the HTML report of the newer run with the comparison in it, for people: one file that needs no network
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    colour: Colour,
}

pub(super) fn main(arguments: &Arguments) -> Exit {
    match compared(arguments) {
        Ok(comparison) if comparison.is_regression() || comparison.is_incomplete() => Exit::Failed,
        Ok(_) => Exit::Passed,
        Err(exit) => exit,
    }
}

/// The comparison, told in every form that was asked for.
fn compared(arguments: &Arguments) -> Result<Comparison, Exit> {
    if let Some(file) = &arguments.html {
        check_writable(file).map_err(|error| cannot_write(file, &error))?;
    }
    let (old, new) = runs(arguments)?;
    let comparison = Comparison::of(&old, &new.digest);
    if !comparison.is_of_the_same() {
        let ids = |run: &Digest| match run.cases.as_slice() {
            [] => "no case at all".to_owned(),
            cases => cases.iter().map(|case| &*case.id).collect::<Vec<_>>().join(", "),
        };
        let (old, new) = (ids(&old), ids(&new.digest));
        say(&format!(
            "the runs have no case in common, so there is nothing to compare: the older has {old}, the newer {new}"
        ));
        return Err(Exit::Usage);
    }
    tell(&comparison, arguments)?;
    if let Some(file) = &arguments.html {
        let page = compare::html(&comparison, &old, &new.digest, &new.summary);
        write_whole(file, |out| out.write_all(page.as_str().as_bytes()))
            .map_err(|error| cannot_write(file, &error))?;
    }
    Ok(comparison)
}

/// A run that was read from its journal.
struct Run {
    digest: Digest,
    summary: Summary,
}

/// The older run and the newer one.
fn runs(arguments: &Arguments) -> Result<(Digest, Run), Exit> {
    match (arguments.runs.as_slice(), arguments.with_last_good) {
        ([old, new], false) => Ok((digest(old)?, read(new)?)),
        ([run], true) => {
            let new = read(run)?;
            let history = History::open(arguments.db.file()).map_err(|error| refuse(&error))?;
            let good = history.last_good_before(&new.digest.key).map_err(|error| refuse(&error))?;
            let Some(good) = good else {
                let (file, plan) = (arguments.db.file().display(), &new.digest.key.plan);
                say(&format!("{file} has no earlier run of `{plan}` that is good"));
                return Err(Exit::Usage);
            };
            Ok((good, new))
        }
        (_, true) => {
            say("--with-last-good compares one RUN with one of the history; name one");
            Err(Exit::Usage)
        }
        _ => {
            say("name two runs, the older one first, or one and --with-last-good");
            Err(Exit::Usage)
        }
    }
}

/// What is kept of the run at `path`; says why there is nothing.
pub(super) fn digest(path: &Path) -> Result<Digest, Exit> {
    read(path).map(|run| run.digest)
}

fn read(path: &Path) -> Result<Run, Exit> {
    let rebuilt = rebuild(path, &[]).map_err(|error| {
        say(&error.to_string());
        Exit::Usage
    })?;
    let digest = Digest::of(&rebuilt.summary).ok_or_else(|| {
        let path = path.display();
        say(&format!("the journal of {path} has lost its beginning: nobody knows what it is of"));
        Exit::Usage
    })?;
    Ok(Run { digest, summary: rebuilt.summary })
}

fn tell(comparison: &Comparison, arguments: &Arguments) -> Result<(), Exit> {
    let json = arguments.json.as_deref();
    if json.is_some_and(is_stdout) {
        print(&format!("{:#}\n", compare::json(comparison)));
        return Ok(());
    }
    print(&compare::text(comparison, &arguments.colour.display()));
    json.map_or(Ok(()), |file| write_json(file, &compare::json(comparison)))
}

/// Whether the file stands for standard output.
pub(super) fn is_stdout(file: &Path) -> bool {
    file == Path::new("-")
}

/// Writes the JSON, or says why it cannot be written.
pub(super) fn write_json(file: &Path, json: &serde_json::Value) -> Result<(), Exit> {
    write_whole(file, |out| writeln!(out, "{json:#}")).map_err(|error| cannot_write(file, &error))
}

fn cannot_write(file: &Path, error: &std::io::Error) -> Exit {
    say(&format!("cannot write {}: {error}", file.display()));
    Exit::Usage
}
