//! The exit codes of the program.

use std::process::ExitCode;

use crate::engine::Signal;
use crate::event::Verdict;

/// How the program ends. The numbers are an interface: scripts and CI read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything that ran passed.
    Passed,
    /// A case failed.
    Failed,
    /// The arguments or a plan are wrong.
    Usage,
    /// The bench cannot run: no bus, no bluetoothd, no adapter, no permission.
    Bench,
    /// Nothing failed, but something is inconclusive, or a report could not be written at the end.
    Inconclusive,
    /// No case was selected.
    NothingSelected,
    /// A signal ended the run, after teardown and reports.
    Interrupted(Signal),
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Bench => 3,
            Self::Inconclusive => 4,
            Self::NothingSelected => 5,
            Self::Interrupted(signal) => signal.exit_code(),
        }
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass | Verdict::Skip => Self::Passed,
            Verdict::Fail => Self::Failed,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
