//! Reports: folds over the journal, one file for each format.

pub mod escape;
pub mod journal;
pub mod run_folder;
#[cfg(test)]
pub(crate) mod sample;
pub mod summary;
#[cfg(test)]
pub(crate) mod temp_folder;
