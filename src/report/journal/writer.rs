//! Writes the journal: one line for each record, as it happens.
//!
//! Each line is one `write`, so that a killed run tears at most its last line. What was written is safe
//! from a crash of the program at once, and from a loss of power when an iteration or a case has ended
//! ([`SYNC_EVERY`] seconds of real time apart at least, since flash memory wears) and when the run has.
//!
//! A case that runs more than once writes the iteration that is under way into a file beside the journal,
//! and when it ends its records, or their sum, into the journal; see [`super::live`] and [`super::sum`].

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::{Duration, Instant};

use super::disk::Disk;
use super::format::write_line;
use super::live::Live;
use super::output::{Condition, Output};
use super::sum::{Iteration, Slowest};
use crate::event::{Event, Record};
use crate::recorder::Sink;
use crate::report::summary::State;

/// At most so often the journal is forced to the disk, except at the end of the run.
const SYNC_EVERY: Duration = Duration::from_secs(5);

/// A journal being written.
#[derive(Debug)]
pub struct JournalWriter<D = File> {
    output: Output<D>,
    live: Live<D>,
    /// The line being made, kept to be used again.
    line: Vec<u8>,
    /// The iteration that is under way, of a case that has several.
    iteration: Option<Iteration>,
    /// Memory of the iteration before.
    spare: Vec<u8>,
    /// By the id of a case, what its slowest iterations were; none for a case that has only one.
    cases: HashMap<String, Option<Slowest>>,
    state: State,
    synced: Instant,
}

impl JournalWriter {
    /// A new journal at `path`.
    ///
    /// # Errors
    /// The file exists already ([`io::ErrorKind::AlreadyExists`]), or cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        Self::locked(file, path)
    }

    /// The journal at `path`, to be written on. If its last line is torn, that line is ended.
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
        let mut writer = Self::locked(file, path)?;
        if last != [b'\n'] {
            writer.output.write(b"\n", true);
        }
        Ok(writer)
    }

    /// Keeps other programs from writing the same journal, where the file system can.
    fn locked(file: File, path: &Path) -> io::Result<Self> {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(_)) | Ok(()) => Ok(Self::over(file, Live::of(path))),
        }
    }

    /// Takes over the lines of an iteration that was under way when the run was cut off.
    pub fn take_over(&mut self, lines: &[u8]) {
        self.output.write(lines, true);
        if self.output.condition().is_whole() {
            self.live.remove();
        }
    }
}

impl<D: Disk> JournalWriter<D> {
    /// A journal over what is open.
    pub(super) fn over(disk: D, live: Live<D>) -> Self {
        Self {
            output: Output::new(disk),
            live,
            line: Vec::new(),
            iteration: None,
            spare: Vec::new(),
            cases: HashMap::new(),
            state: State::default(),
            synced: Instant::now(),
        }
    }

    /// How it is doing, now and later.
    #[must_use]
    pub fn condition(&self) -> Condition {
        self.output.condition()
    }

    fn write(&mut self, record: &Record) -> io::Result<()> {
        self.line.clear();
        write_line(record, &mut self.line)?;
        match &record.event {
            Event::CaseStarted(identity) => {
                self.keep_whole();
                let several = identity.iterations != Some(1);
                let id = record.scope.case.clone().unwrap_or_default();
                self.cases.insert(id, several.then(Slowest::default));
            }
            Event::CaseFinished(_) | Event::Resumed { .. } | Event::RunFinished { .. } => {
                self.keep_whole();
            }
            Event::IterationStarted => {
                self.keep_whole();
                self.begin_iteration(record);
            }
            _ => {}
        }
        self.state.add(&record.event);
        match &mut self.iteration {
            None => self.output.write(&self.line, record.scope.iteration.is_none()),
            Some(iteration) => {
                iteration.add(record, &self.line);
                self.live.write(&self.line);
                if matches!(record.event, Event::IterationFinished(_)) {
                    self.end_iteration(record)?;
                } else if iteration.is_long() {
                    self.keep_whole();
                }
            }
        }
        if matches!(record.event, Event::RunFinished { .. }) {
            self.live.remove();
        }
        Ok(())
    }

    /// An iteration of a case that has several is held until it ends. Of a case that is not known there
    /// were some already: the run was resumed.
    fn begin_iteration(&mut self, record: &Record) {
        let Some(id) = &record.scope.case else { return };
        if let Some(None) = self.cases.get(id) {
            return;
        }
        let lines = std::mem::take(&mut self.spare);
        self.iteration = Some(Iteration::begin(lines, self.state.clone()));
    }

    /// Writes the iteration that is under way, or its sum, into the journal.
    fn end_iteration(&mut self, last: &Record) -> io::Result<()> {
        let id = last.scope.case.clone().unwrap_or_default();
        let slowest = self.cases.entry(id).or_default().get_or_insert_default();
        if let Some(iteration) = &mut self.iteration
            && let Some(sum) = iteration.sum(last, &self.state, slowest)
        {
            iteration.lines.clear();
            write_line(&sum, &mut iteration.lines)?;
        }
        self.keep_whole();
        Ok(())
    }

    /// Writes what is held into the journal. Further records of the iteration follow it there.
    fn keep_whole(&mut self) {
        if let Some(iteration) = self.iteration.take() {
            self.output.write(&iteration.lines, false);
            self.live.clear();
            self.spare = iteration.lines;
        }
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
            self.output.sync()?;
        }
        Ok(())
    }
}

impl<D: Disk> Sink for JournalWriter<D> {
    /// A line that cannot be written is no error: it waits; see [`JournalWriter::condition`].
    fn record(&mut self, record: &Record) -> io::Result<()> {
        self.write(record)?;
        self.sync_after(&record.event)
    }
}
