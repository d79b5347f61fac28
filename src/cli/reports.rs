//! Which reports are wanted, and what came of them.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, value_parser};

use super::{Exit, say};
use crate::report::{REPORTS, Rebuilt, Wanted};

/// The reports that a command can write, and where to: one option for each of [`REPORTS`].
#[derive(Debug, Clone, Default)]
pub(super) struct Reports(Vec<(&'static str, PathBuf)>);

impl Args for Reports {
    fn augment_args(command: Command) -> Command {
        command.args(REPORTS.iter().map(|report| {
            Arg::new(report.name())
                .long(report.name())
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help(format!("Write {}", report.about()))
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Reports {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let asked = REPORTS.iter().filter_map(|report| {
            let file: &PathBuf = matches.get_one(report.name())?;
            Some((report.name(), file.clone()))
        });
        Ok(Self(asked.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Reports {
    /// The reports that were asked for.
    pub(super) fn wanted(&self) -> Vec<Wanted> {
        self.0.iter().filter_map(|(name, file)| Wanted::named(name, file)).collect()
    }

    /// The files that are whole, each with the word for it.
    pub(super) fn written<'a>(&'a self, rebuilt: &Rebuilt) -> Vec<(&'a str, &'a Path)> {
        let whole = |file: &Path| rebuilt.failed.iter().all(|failed| failed.file != file);
        let asked = self.0.iter().map(|(name, file)| (*name, file.as_path()));
        asked.filter(|(_, file)| whole(file)).collect()
    }

    /// Says which reports could not be written.
    pub(super) fn complain(&self, rebuilt: &Rebuilt) -> Exit {
        for failed in &rebuilt.failed {
            say(&match rebuilt.again {
                true => format!("{failed}; the journal is whole, so try `bttest report` again"),
                false => failed.to_string(),
            });
        }
        if rebuilt.failed.is_empty() { Exit::Passed } else { Exit::Usage }
    }
}
