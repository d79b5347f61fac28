//! `bttest report`: the reports of a run again, from its journal.

use std::path::PathBuf;

use super::keep::Keep;
use super::look::Look;
use super::reports::Reports;
use super::{Exit, say};
use crate::report::console::Console;
use crate::report::rebuild;

/// Make the reports of a run again from its journal, also of a run that was cut off
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder of the run, or its journal
    run: PathBuf,
    #[command(flatten)]
    reports: Reports,
    #[command(flatten)]
    keep: Keep,
    #[command(flatten)]
    look: Look,
}

pub(super) fn main(arguments: &Arguments) -> Exit {
    let wanted = arguments.reports.wanted();
    let rebuilt = match rebuild(&arguments.run, &wanted) {
        Ok(rebuilt) => rebuilt,
        Err(error) => {
            say(&error.to_string());
            return Exit::Usage;
        }
    };
    let console = Console::new(arguments.look.display(), std::io::stdout());
    let written = arguments.reports.written(&rebuilt);
    if let Err(error) = console.finish(&rebuilt.summary, &written) {
        say(&format!("cannot write to standard output: {error}"));
    }
    match (arguments.reports.complain(&rebuilt), arguments.keep.add(&rebuilt.summary)) {
        (Exit::Passed, exit) | (exit, _) => exit,
    }
}
