//! The file beside the journal that holds the iteration that is under way, `journal.live.jsonl`.
//!
//! It is there for the program that is killed: when the iteration ends, its records or their sum go to the
//! journal, and this file is emptied. A reader takes from it what goes on after the journal's last record,
//! so that nothing is lost or told twice wherever the program was killed.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::disk::Disk;

/// Where the file is that belongs to the journal at `journal`.
#[must_use]
pub fn live_path(journal: &Path) -> PathBuf {
    journal.with_extension("live.jsonl")
}

/// The file, which is made when it is first needed.
#[derive(Debug)]
pub(super) struct Live<D> {
    path: PathBuf,
    open: fn(&Path) -> io::Result<D>,
    file: Option<D>,
    /// It could not be written or emptied: it is left alone until it can be emptied.
    broken: bool,
}

impl Live<File> {
    /// That of a journal.
    pub(super) fn of(journal: &Path) -> Self {
        let open = |path: &Path| {
            let file = OpenOptions::new().append(true).create(true).open(path)?;
            file.set_len(0)?;
            Ok(file)
        };
        Self { path: live_path(journal), open, file: None, broken: false }
    }
}

impl<D: Disk> Live<D> {
    #[cfg(test)]
    pub(super) fn over(disk: D) -> Self {
        let open = |_: &Path| Err(io::ErrorKind::NotFound.into());
        Self { path: PathBuf::new(), open, file: Some(disk), broken: false }
    }

    /// Adds a line. Where that cannot be, the journal still gets it when the iteration ends.
    pub(super) fn write(&mut self, line: &[u8]) {
        if self.broken {
            return;
        }
        if self.file.is_none() {
            self.file = (self.open)(&self.path).ok();
        }
        let written = self.file.as_mut().map(|file| file.write_all(line));
        self.broken = !matches!(written, Some(Ok(())));
    }

    /// Empties it.
    pub(super) fn clear(&mut self) {
        self.broken = self.file.as_mut().is_some_and(|file| file.clear().is_err());
    }

    /// Removes the file: nothing is under way any more.
    pub(super) fn remove(&mut self) {
        self.file = None;
        // There is none where nothing was repeated. What stays does no harm: readers know its records.
        let _ = fs::remove_file(&self.path);
    }
}
