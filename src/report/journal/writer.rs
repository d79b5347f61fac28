//! Writes the journal: one line for each record, as it happens.
//!
//! Each line is one `write`, so that a killed run tears at most its last line. What was written is safe
//! from a crash of the program at once, and from a loss of power when an iteration or a case has ended
//! ([`SYNC_EVERY`] seconds of real time apart at least, since flash memory wears) and when the run has.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::format::write_line;
use crate::event::{Event, Record};
use crate::recorder::Sink;

/// At most so often the journal is forced to the disk, except at the end of the run.
const SYNC_EVERY: Duration = Duration::from_secs(5);

/// A journal being written.
#[derive(Debug)]
pub struct JournalWriter {
    file: File,
    /// The line being made, kept to be used again.
    line: Vec<u8>,
    /// The last line could not be written to its end.
    torn: bool,
    synced: Instant,
}

impl JournalWriter {
    /// A new journal at `path`.
    ///
    /// # Errors
    /// The file exists already ([`io::ErrorKind::AlreadyExists`]), or cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        Self::locked(file)
    }

    /// The journal at `path`, to be written on. If its last line is torn, that line is ended first.
    ///
    /// # Errors
    /// There is none, it cannot be written to, or another bttest writes it
    /// ([`io::ErrorKind::WouldBlock`]).
    pub fn append(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).open(path)?;
        let mut last = [b'\n'];
        if file.seek(SeekFrom::End(0))? > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        let mut writer = Self::locked(file)?;
        writer.torn = last != [b'\n'];
        Ok(writer)
    }

    /// Keeps other programs from writing the same journal, where the file system can.
    fn locked(file: File) -> io::Result<Self> {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(_)) | Ok(()) => Ok(Self::over(file)),
        }
    }

    /// A journal written to a file that is open.
    pub(super) fn over(file: File) -> Self {
        Self { file, line: Vec::new(), torn: false, synced: Instant::now() }
    }

    /// Writes the line; what is left of a line that failed gets a line feed first, so that it spoils
    /// none but itself.
    fn write(&mut self, record: &Record) -> io::Result<()> {
        self.line.clear();
        if self.torn {
            self.line.push(b'\n');
        }
        write_line(record, &mut self.line)?;
        let written = self.file.write_all(&self.line);
        self.torn = written.is_err();
        written
    }

    fn sync_after(&mut self, event: &Event) -> io::Result<()> {
        let due = match event {
            Event::RunFinished { .. } => true,
            Event::CaseFinished(_) | Event::IterationFinished(_) => {
                self.synced.elapsed() >= SYNC_EVERY
            }
            _ => false,
        };
        if due {
            self.synced = Instant::now();
            self.file.sync_data()?;
        }
        Ok(())
    }
}

impl Sink for JournalWriter {
    fn record(&mut self, record: &Record) -> io::Result<()> {
        self.write(record)?;
        self.sync_after(&record.event)
    }
}
