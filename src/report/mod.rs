//! Reports: folds over the journal, one file for each format.
//!
//! [`journal`] writes what happens and reads it back, [`summary`] folds it, and each [`Report`] turns
//! the summary into a file. A new format is a new file and a line in [`REPORTS`].

pub mod compare;
pub mod console;
pub mod digest;
pub mod escape;
pub mod excerpt;
pub mod failure;
pub mod html;
pub mod journal;
mod junit;
pub mod nights;
pub mod numbers;
pub mod quantity;
mod rebuild;
pub mod run_folder;
#[cfg(test)]
pub(crate) mod sample;
pub mod summary;
#[cfg(test)]
pub(crate) mod temp_folder;

use std::io::{self, Write};

pub use html::Html;
pub use junit::JUnit;
pub use rebuild::{NotWritten, Rebuilt, Wanted, from_memory, rebuild};

use self::summary::Summary;

/// A format that a run can be written in.
pub trait Report: Sync {
    /// The word for it: its option is `--NAME FILE`.
    fn name(&self) -> &'static str;

    /// What it is, for the help text: `Write …`.
    fn about(&self) -> &'static str;

    /// Writes the run. The same summary is written as the same bytes.
    ///
    /// # Errors
    /// `out` could not be written to.
    fn write(&self, summary: &Summary, out: &mut dyn Write) -> io::Result<()>;
}

/// Every format there is.
pub const REPORTS: &[&dyn Report] = &[&JUnit, &Html];
