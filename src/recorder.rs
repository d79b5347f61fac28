//! Stamps events with their time and their place in the run, and hands them to the sinks.
//!
//! The clock is tokio's: under the simulator's fast clock a night of events carries a night's times.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use tokio::time::Instant;

use crate::event::{Event, Record, Scope};
use crate::redaction::Redaction;

/// Where records go: the journal, the console.
pub trait Sink {
    /// Takes one record. An error is kept and told at the end of the run; it never stops the run.
    ///
    /// # Errors
    /// The record could not be written.
    fn record(&mut self, record: &Record) -> io::Result<()>;
}

/// The one place that events pass through. Clones share it.
#[derive(Clone)]
pub struct Recorder(Rc<RefCell<State>>);

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

struct State {
    start: Instant,
    /// The time at the start, in microseconds: of a run that goes on, what went by before.
    before: u64,
    next: u64,
    scope: Scope,
    sinks: Vec<Box<dyn Sink>>,
    redaction: Redaction,
    error: Option<io::Error>,
}

impl State {
    fn now(&self) -> u64 {
        self.before.saturating_add(micros(self.start.elapsed()))
    }
}

impl Recorder {
    /// A recorder whose time starts now, and which strikes secrets out of everything.
    #[must_use]
    pub fn new(sinks: Vec<Box<dyn Sink>>, redaction: Redaction) -> Self {
        Self::going_on(sinks, redaction, 0, 0)
    }

    /// A recorder whose next record has this number, and whose time goes on from `before`, in
    /// microseconds since the start of the run.
    #[must_use]
    pub fn going_on(
        sinks: Vec<Box<dyn Sink>>,
        redaction: Redaction,
        next: u64,
        before: u64,
    ) -> Self {
        Self(Rc::new(RefCell::new(State {
            start: Instant::now(),
            before,
            next,
            scope: Scope::default(),
            sinks,
            redaction,
            error: None,
        })))
    }

    /// Records that `event` happened now, in the current scope.
    pub fn record(&self, event: Event) {
        let mut state = self.0.borrow_mut();
        let record = Record {
            n: state.next,
            t: state.now(),
            scope: state.scope.clone(),
            event: state.redaction.strike(event),
        };
        state.next += 1;
        let State { sinks, error, .. } = &mut *state;
        for sink in sinks {
            if let Err(failed) = sink.record(&record) {
                error.get_or_insert(failed);
            }
        }
    }

    /// Records that `event` happened now, to the run as a whole.
    pub fn record_of_the_run(&self, event: Event) {
        let scope = std::mem::take(&mut self.0.borrow_mut().scope);
        self.record(event);
        self.enter(scope);
    }

    /// How far the run is, in microseconds since its start: the time of an event that is recorded now.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.0.borrow().now()
    }

    /// What further events belong to.
    pub fn enter(&self, scope: Scope) {
        self.0.borrow_mut().scope = scope;
    }

    /// The current scope.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.0.borrow().scope.clone()
    }

    /// The first error of a sink, once.
    #[must_use]
    pub fn take_error(&self) -> Option<io::Error> {
        self.0.borrow_mut().error.take()
    }
}

/// A duration in whole microseconds; half a million years fit.
#[must_use]
pub fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
