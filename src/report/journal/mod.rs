//! The journal of a run: every record as a line of JSON, written as it happens, and read back.

mod disk;
mod error;
mod format;
mod live;
mod output;
mod reader;
mod sum;
#[cfg(test)]
mod tests;
mod writer;

pub use error::{Error, NotAJournal};
pub use format::{LONGEST_STRING, write_line};
pub use live::live_path;
pub use output::Condition;
pub use reader::{Journal, Notes, Opening};
pub use writer::JournalWriter;
