//! Reads a journal, record by record, whatever became of it.
//!
//! A run may have been killed in the middle of a line, its disk may have been full for a while, and a
//! later version of bttest may have written events that this one does not know. None of that hides the
//! rest: the reader goes on, and [`Notes`] tells what it saw. The file is never in memory as a whole.
//!
//! After the journal come the records of the iteration that is, or was, under way; see [`super::live`].

use std::fs::{File, TryLockError};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::{Error, NotAJournal, live_path};
use crate::event::{Event, FORMAT, Record};

/// The longest line that is read, in bytes; a longer one is counted as damaged.
const LONGEST_LINE: u64 = 1024 * 1024;

/// The longest file beside the journal that is read, in bytes; see [`super::format::LONGEST_BUFFERED`].
const LONGEST_LIVE: u64 = 4 * LONGEST_LINE;

/// What was not as it should be in a journal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Notes {
    /// The last line is torn: the run was killed while it was written.
    pub torn: bool,
    /// Lines that are no records.
    pub damaged: u64,
    /// Records of events that this version does not know.
    pub unknown: u64,
    /// Records that are missing, as far as their numbers tell.
    pub missing: u64,
    /// Records whose number is below that of the record before. They are told all the same: the number
    /// may be what is damaged.
    pub out_of_order: u64,
}

/// The records of a journal, in order.
#[derive(Debug)]
pub struct Journal<R> {
    input: R,
    /// The file of the iteration that is under way, until it was read.
    live_path: Option<PathBuf>,
    /// What was in it.
    live: io::Cursor<Vec<u8>>,
    /// The journal is read to its end, and what is under way follows.
    in_live: bool,
    /// The lines of it that go on where the journal ends.
    went_on: Vec<u8>,
    line: Vec<u8>,
    /// The number that the next record should have.
    next: u64,
    /// The first line, read by [`Journal::read`] to see what the file is.
    first: Option<Record>,
    /// Another bttest writes it.
    being_written: bool,
    notes: Notes,
}

impl Journal<BufReader<File>> {
    /// Opens the journal at `path`.
    ///
    /// # Errors
    /// There is none, it cannot be read, or the file is something else; see [`Error`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let at = |error| Error::Unreadable(path.to_owned(), error);
        let file = File::open(path).map_err(at)?;
        let being_written = is_locked(&file);
        let journal = Self::read(BufReader::with_capacity(128 * 1024, file));
        let mut journal = journal.map_err(|opening| match opening {
            Opening::Io(error) => at(error),
            Opening::Not(what) => Error::NotAJournal(path.to_owned(), what),
        })?;
        journal.live_path = Some(live_path(path));
        journal.being_written = being_written;
        Ok(journal)
    }
}

/// Whether its writer holds it; see [`super::JournalWriter`]. What is asked for is let go at once.
fn is_locked(file: &File) -> bool {
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => true,
        Err(TryLockError::Error(_)) => false,
        Ok(()) => {
            let _ = file.unlock();
            false
        }
    }
}

/// Why a journal could not be begun.
#[derive(Debug)]
pub enum Opening {
    /// It could not be read.
    Io(io::Error),
    /// It is none.
    Not(NotAJournal),
}

/// What a line turned out to be.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, on the stack; a box for each line of a night costs more"
)]
enum Line {
    Record(Record),
    /// Not a record; [`Journal::notes`] counts it.
    Other,
    /// There are no more.
    End,
}

impl<R: BufRead> Journal<R> {
    /// Begins to read a journal.
    ///
    /// # Errors
    /// It cannot be read, or its first line is not what a journal begins with. A journal of which only
    /// a part of the first line was written is one: of a run that was killed at once.
    pub fn read(input: R) -> Result<Self, Opening> {
        let mut journal = Self {
            input,
            live_path: None,
            live: io::Cursor::default(),
            in_live: false,
            went_on: Vec::new(),
            line: Vec::new(),
            next: 0,
            first: None,
            being_written: false,
            notes: Notes::default(),
        };
        match journal.read_line().map_err(Opening::Io)? {
            Line::Record(record) => {
                journal.check_format(&record)?;
                journal.first = Some(record);
            }
            Line::End => {}
            Line::Other if journal.notes.unknown > 0 => {}
            Line::Other if journal.notes.torn && is_part_of_a_record(&journal.line) => {}
            Line::Other => return Err(Opening::Not(NotAJournal::guess(&journal.line))),
        }
        Ok(journal)
    }

    /// With what is in the file beside it.
    #[cfg(test)]
    pub(super) fn with_live(mut self, live: Vec<u8>) -> Self {
        self.live = io::Cursor::new(live);
        self
    }

    /// What was not as it should be, as far as has been read.
    #[must_use]
    pub fn notes(&self) -> Notes {
        self.notes
    }

    /// Whether another bttest was writing it when it was opened, where the file system can tell.
    #[must_use]
    pub fn is_being_written(&self) -> bool {
        self.being_written
    }

    /// The number that the next record should have, as far as has been read.
    #[must_use]
    pub fn next_n(&self) -> u64 {
        self.next
    }

    /// The lines of the iteration that was under way when the run was cut off, when all was read.
    #[must_use]
    pub fn under_way(&self) -> &[u8] {
        &self.went_on
    }

    fn check_format(&self, first: &Record) -> Result<(), Opening> {
        match &first.event {
            Event::RunStarted(run) if run.format > FORMAT => {
                Err(Opening::Not(NotAJournal::Newer(run.format)))
            }
            _ => Ok(()),
        }
    }

    fn read_line(&mut self) -> io::Result<Line> {
        self.line.clear();
        let end = match self.in_live {
            false => next_line(&mut self.input, &mut self.line)?,
            true => next_line(&mut self.live, &mut self.line)?,
        };
        match end {
            End::LineFeed => return Ok(self.understand()),
            End::TooLong => {
                self.notes.damaged += 1;
                return Ok(Line::Other);
            }
            End::File if self.line.is_empty() => return Ok(Line::End),
            End::File => {}
        }
        // The last line, without its line feed. No part of a record is a record, so what reads as one
        // is whole.
        Ok(match serde_json::from_slice(&self.line) {
            Ok(record) => Line::Record(record),
            Err(_) => {
                self.notes.torn = true;
                Line::Other
            }
        })
    }

    fn understand(&mut self) -> Line {
        if let Ok(record) = serde_json::from_slice(&self.line) {
            return Line::Record(record);
        }
        // An invalid byte in a string costs that byte and not the record.
        let text = String::from_utf8_lossy(&self.line);
        match serde_json::from_str::<Head>(&text) {
            Ok(head) => match serde_json::from_str(&text) {
                Ok(record) => return Line::Record(record),
                Err(_) => {
                    self.notes.unknown += 1;
                    self.next = self.next.max(head.n.saturating_add(1));
                }
            },
            Err(_) => self.notes.damaged += 1,
        }
        Line::Other
    }

    /// Turns from the journal to what is under way; says whether there is more to read. The file of what
    /// is under way is read before the last of the journal, so that nothing is missed of an iteration that
    /// ends meanwhile.
    fn turn_to_live(&mut self) -> io::Result<bool> {
        if self.in_live {
            return Ok(false);
        }
        match self.live_path.take() {
            Some(path) => match File::open(path) {
                Ok(file) => {
                    file.take(LONGEST_LIVE).read_to_end(self.live.get_mut())?;
                }
                // There is none where the run has ended, or nothing was repeated.
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(error),
            },
            None => self.in_live = true,
        }
        Ok(true)
    }

    /// Whether the journal has the record already: its iteration ended, and only the file of what was
    /// under way was not emptied yet. One that has it not goes on where the journal ends, or was torn.
    fn is_known(&mut self, record: &Record) -> bool {
        if !self.in_live {
            return false;
        }
        if record.n < self.next {
            return true;
        }
        self.notes.torn &= record.n != self.next;
        self.went_on.extend_from_slice(&self.line);
        self.went_on.push(b'\n');
        false
    }

    /// Compares the record's number with the one that should come next. A sum stands for the records
    /// before it, too, and has the number of the last.
    fn count(&mut self, record: &Record) {
        let before = match &record.event {
            Event::IterationSummed(sum) => sum.records.saturating_sub(1),
            _ => 0,
        };
        match record.n.checked_sub(self.next.saturating_add(before)) {
            Some(gap) => self.notes.missing = self.notes.missing.saturating_add(gap),
            None => self.notes.out_of_order += 1,
        }
        self.next = record.n.saturating_add(1);
    }
}

impl<R: BufRead> Iterator for Journal<R> {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = match self.first.take() {
                Some(record) => Ok(Line::Record(record)),
                None => self.read_line(),
            };
            match line {
                Ok(Line::Record(record)) => {
                    if !self.is_known(&record) {
                        self.count(&record);
                        return Some(Ok(record));
                    }
                }
                Ok(Line::Other) => {}
                Ok(Line::End) => match self.turn_to_live() {
                    Ok(true) => {}
                    Ok(false) => return None,
                    Err(error) => return Some(Err(error)),
                },
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// What ended a line.
enum End {
    LineFeed,
    File,
    /// It is longer than a line may be, and was skipped.
    TooLong,
}

/// Reads a line, without its line feed.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<End> {
    let length = input.take(LONGEST_LINE).read_until(b'\n', line)?;
    if line.last() == Some(&b'\n') {
        line.pop();
        return Ok(End::LineFeed);
    }
    if length as u64 == LONGEST_LINE {
        input.skip_until(b'\n')?;
        return Ok(End::TooLong);
    }
    Ok(End::File)
}

/// What every record has, of whatever version.
#[derive(serde::Deserialize)]
#[expect(dead_code, reason = "only whether they are there counts")]
struct Head {
    n: u64,
    t: u64,
    event: String,
}

/// Whether a torn line begins as every first line of a journal does.
fn is_part_of_a_record(line: &[u8]) -> bool {
    const BEGINNING: &[u8] = br#"{"n":0,"t":"#;
    let length = line.len().min(BEGINNING.len());
    line.get(..length) == BEGINNING.get(..length)
}
