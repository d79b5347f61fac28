//! Which reports are wanted, and what came of them.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Exit, say};
use crate::report::{Rebuilt, Wanted};

/// The reports that a command can write, one option each.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Reports {
    /// Write a JUnit XML report, for CI
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

impl Reports {
    /// The reports that were asked for.
    pub(super) fn wanted(&self) -> Vec<Wanted> {
        self.junit.iter().filter_map(|file| Wanted::named("junit", file)).collect()
    }

    /// The files that are whole, each with the word for it.
    pub(super) fn written<'a>(&'a self, rebuilt: &'a Rebuilt) -> Vec<(&'a str, &'a Path)> {
        let failed = |file: &Path| rebuilt.failed.iter().any(|failed| failed.file == file);
        let junit = self.junit.as_deref().filter(|file| !failed(file));
        junit.map(|file| ("junit", file)).into_iter().collect()
    }

    /// Says which reports could not be written.
    pub(super) fn complain(&self, rebuilt: &Rebuilt) -> Exit {
        for failed in &rebuilt.failed {
            say(&format!("{failed}; the journal is whole, so try `bttest report` again"));
        }
        if rebuilt.failed.is_empty() { Exit::Passed } else { Exit::Usage }
    }
}
