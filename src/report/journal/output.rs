//! The journal's file, which may be full for a while.
//!
//! What it does not take waits in memory, to be written in order when it takes it again. So much waits and
//! no more; lines beyond that are lost, and counted.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;

use super::disk::Disk;

/// How many bytes wait at most.
pub(super) const MOST: usize = 8 * 1024 * 1024;

/// And how many more for lines without which a journal says little: the ends of cases and of the run.
const RESERVE: usize = 256 * 1024;

/// How a journal is doing, for who wants to tell the user. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Condition(Rc<RefCell<Doing>>);

#[derive(Debug, Default)]
struct Doing {
    failing: Option<String>,
    waiting: usize,
    lost: u64,
}

impl Condition {
    /// Why the journal cannot be written at present, in the system's words.
    #[must_use]
    pub fn failing(&self) -> Option<String> {
        self.0.borrow().failing.clone()
    }

    /// How many lines could not be kept until they were written.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.0.borrow().lost
    }

    /// Whether all that was recorded is in the file.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let doing = self.0.borrow();
        doing.failing.is_none() && doing.waiting == 0 && doing.lost == 0
    }
}

/// The file and what waits for it.
#[derive(Debug)]
pub(super) struct Output<D> {
    disk: D,
    /// Where the file failed last, on in the middle of a line.
    waiting: VecDeque<u8>,
    condition: Condition,
}

impl<D: Disk> Output<D> {
    pub(super) fn new(disk: D) -> Self {
        Self { disk, waiting: VecDeque::new(), condition: Condition::default() }
    }

    pub(super) fn condition(&self) -> Condition {
        self.condition.clone()
    }

    /// Writes lines, or keeps them. `needed` are lines that are kept before others.
    pub(super) fn write(&mut self, lines: &[u8], needed: bool) {
        let mut result = self.write_waiting();
        let mut written = 0;
        if result.is_ok() {
            (written, result) = pass_on(&mut self.disk, lines);
        }
        let (begun, rest) = lines.split_at(written);
        self.keep(begun, rest, needed);
        let mut doing = self.condition.0.borrow_mut();
        doing.failing = result.err().map(|error| error.to_string());
        doing.waiting = self.waiting.len();
    }

    /// See [`Disk::sync`].
    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.disk.sync()
    }

    fn write_waiting(&mut self) -> io::Result<()> {
        while !self.waiting.is_empty() {
            let (written, result) = pass_on(&mut self.disk, self.waiting.as_slices().0);
            self.waiting.drain(..written);
            result?;
        }
        // A full disk is rare; its memory is given back.
        self.waiting.shrink_to(0);
        Ok(())
    }

    /// Keeps the lines that could not be written, the first of which may have been begun.
    fn keep(&mut self, begun: &[u8], rest: &[u8], needed: bool) {
        let most = if needed { MOST + RESERVE } else { MOST };
        let mut within_a_line = begun.last().is_some_and(|byte| *byte != b'\n');
        for line in rest.split_inclusive(|byte| *byte == b'\n') {
            if within_a_line || self.waiting.len() + line.len() <= most {
                self.waiting.extend(line);
            } else {
                self.condition.0.borrow_mut().lost += 1;
            }
            within_a_line = false;
        }
    }
}

/// Writes as much as the file takes; says how much that was, and what stopped it.
fn pass_on(disk: &mut impl Disk, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        match disk.write(rest) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(n) => written += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}
