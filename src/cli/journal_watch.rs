//! Tells the user at once when the journal cannot be written, and when it can again.

use std::io;

use crate::event::Record;
use crate::recorder::Sink;
use crate::report::console::Console;
use crate::report::journal::{Condition, JournalWriter};

/// The journal, watched.
pub(super) struct Watched<W> {
    journal: JournalWriter,
    condition: Condition,
    console: Console<W>,
    failing: bool,
    lost: u64,
}

impl<W: io::Write> Watched<W> {
    pub(super) fn new(journal: JournalWriter, console: Console<W>) -> Self {
        let condition = journal.condition();
        Self { journal, condition, console, failing: false, lost: 0 }
    }

    /// What there is to say now that was not said before, in lines.
    fn news(&mut self) -> Option<String> {
        let failing = self.condition.failing();
        if let Some(why) = failing.as_ref().filter(|_| !self.failing) {
            self.failing = true;
            return Some(format!(
                "cannot be written: {why}\nthe run goes on, and what is not written waits in memory"
            ));
        }
        let lost = self.condition.lost();
        if lost > 0 && self.lost == 0 {
            self.lost = lost;
            return Some("so much waits to be written that lines are lost from here on".to_owned());
        }
        if failing.is_none() && self.failing {
            (self.failing, self.lost) = (false, 0);
            return Some(match lost {
                0 => "is written again, and nothing was lost".to_owned(),
                lost => format!("is written again; {lost} lines were lost"),
            });
        }
        None
    }
}

impl<W: io::Write> Sink for Watched<W> {
    fn record(&mut self, record: &Record) -> io::Result<()> {
        let recorded = self.journal.record(record);
        if let Some(news) = self.news() {
            self.console.warn("JOURNAL", &news)?;
        }
        recorded
    }
}

/// What to say at the end of a run whose journal is not whole.
pub(super) fn not_whole(condition: &Condition) -> String {
    let why = match (condition.failing(), condition.lost()) {
        (Some(why), 0) => format!("its end could not be written ({why})"),
        (Some(why), lost) => format!("its end and {lost} lines could not be written ({why})"),
        (None, lost) => format!("{lost} lines were lost while they could not be written"),
    };
    format!("the journal is not whole: {why}")
}
