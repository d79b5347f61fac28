//! What a journal is written to: a file, or in tests something that is full or torn at will.

use std::fs::File;
use std::io;

/// A file that is appended to.
pub trait Disk: io::Write {
    /// Returns when what was written would survive a loss of power.
    ///
    /// # Errors
    /// The disk failed, or is full.
    fn sync(&mut self) -> io::Result<()>;

    /// Makes it empty.
    ///
    /// # Errors
    /// The system says no.
    fn clear(&mut self) -> io::Result<()>;
}

impl Disk for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn clear(&mut self) -> io::Result<()> {
        self.set_len(0)
    }
}

/// Files in memory that log what is done to them, and are full when they are told to be.
#[cfg(test)]
pub(super) mod fake {
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;

    use super::*;

    /// One thing that was done to one of the files.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) enum Done {
        Wrote(Vec<u8>),
        Cleared,
    }

    /// What was done, in order: to which file, and what.
    pub(crate) type Log = Rc<RefCell<Vec<(&'static str, Done)>>>;

    #[derive(Debug, Clone)]
    pub(crate) struct Fake {
        pub(crate) name: &'static str,
        pub(crate) log: Log,
        /// How many more bytes it takes.
        pub(crate) room: Rc<Cell<usize>>,
    }

    impl Fake {
        pub(crate) fn new(name: &'static str, log: &Log) -> Self {
            Self { name, log: Rc::clone(log), room: Rc::new(Cell::new(usize::MAX)) }
        }
    }

    /// What is in a file after that was done.
    pub(crate) fn content(log: &[(&'static str, Done)], of: &str) -> Vec<u8> {
        let mut content = Vec::new();
        for (_, done) in log.iter().filter(|(name, _)| *name == of) {
            match done {
                Done::Wrote(bytes) => content.extend(bytes),
                Done::Cleared => content.clear(),
            }
        }
        content
    }

    impl io::Write for Fake {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.room.get());
            if taken == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.room.set(self.room.get() - taken);
            self.log.borrow_mut().push((self.name, Done::Wrote(bytes[..taken].to_vec())));
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Disk for Fake {
        fn sync(&mut self) -> io::Result<()> {
            Ok(())
        }

        fn clear(&mut self) -> io::Result<()> {
            self.log.borrow_mut().push((self.name, Done::Cleared));
            Ok(())
        }
    }
}
