//! `--history`: a run is added to the history when its reports are made.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Exit, say};
use crate::history::{self, Added, History};
use crate::report::digest::Digest;
use crate::report::summary::Summary;

/// Whether and where a run is kept.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Keep {
    /// Add the run to a history of runs, for `bttest history` [without a FILE: bttest-runs/history.sqlite]
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = history::FILE)]
    history: Option<PathBuf>,
}

impl Keep {
    /// Makes sure that the history can be written to, and makes it where there is none, so that a night
    /// does not end in an error that could have been told before it began.
    pub(super) fn check(&self) -> Result<(), Exit> {
        let Some(file) = &self.history else { return Ok(()) };
        History::open_or_create(file).map(drop).map_err(|error| {
            say(&error.to_string());
            Exit::Usage
        })
    }

    /// Adds the run, if that was asked for.
    pub(super) fn add(&self, summary: &Summary) -> Exit {
        let Some(file) = &self.history else { return Exit::Passed };
        let Some(run) = Digest::of(summary) else {
            say("the run is not added to the history: its journal has lost its beginning");
            return Exit::Usage;
        };
        match add(file, &run) {
            Ok(_) => Exit::Passed,
            Err(error) => {
                say(&format!("the run is not added to the history: {error}; its journal is whole"));
                Exit::Usage
            }
        }
    }
}

/// Adds a run to the history at `file`.
pub(super) fn add(file: &Path, run: &Digest) -> Result<Added, history::Error> {
    History::open_or_create(file)?.add(run)
}
