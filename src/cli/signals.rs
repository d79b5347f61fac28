//! What signals ask of a run: to end well, or to tell how far it is.
//!
//! The first SIGINT, SIGTERM or SIGHUP ends the run well; a second SIGINT or SIGTERM ends the program.

use std::convert::Infallible;
use std::io;

use tokio::signal::unix::{Signal as Received, SignalKind, signal};

use crate::engine::{Signal, Stop};
use crate::event::Event;
use crate::recorder::Recorder;

/// The signals of the process, caught from now on.
pub(super) struct Signals {
    interrupt: Received,
    terminate: Received,
    /// None: whoever started the program wants it to outlive its terminal, as `nohup` does.
    hang_up: Option<Received>,
    progress: Received,
}

impl Signals {
    /// Catches them.
    ///
    /// # Errors
    /// The process may not.
    pub(super) fn catch() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: if hang_up_is_ignored() { None } else { Some(signal(SignalKind::hangup())?) },
            progress: signal(SignalKind::user_defined1())?,
        })
    }

    /// Does what they ask, for as long as the run goes on.
    pub(super) async fn obey(
        mut self,
        stop: &Stop,
        recorder: &Recorder,
        mut tell_progress: impl FnMut(),
    ) -> Infallible {
        loop {
            let received = tokio::select! {
                _ = self.interrupt.recv() => Signal::Interrupt,
                _ = self.terminate.recv() => Signal::Terminate,
                () = next(self.hang_up.as_mut()) => Signal::HangUp,
                _ = self.progress.recv() => {
                    tell_progress();
                    continue;
                }
            };
            match stop.signal() {
                None => {
                    stop.request(received);
                    let signal = received.to_string();
                    recorder.record_of_the_run(Event::Interrupted { signal });
                }
                // A shell that ends may tell it once more than the system does.
                Some(_) if received == Signal::HangUp => {}
                // The journal is on disk up to the last event; there is nothing to lose.
                Some(_) => std::process::exit(received.exit_code().into()),
            }
        }
    }
}

async fn next(signal: Option<&mut Received>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Whether SIGHUP is ignored by whoever started the program (`proc(5)`, `SigIgn`).
fn hang_up_is_ignored() -> bool {
    const HANG_UP: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & HANG_UP != 0)
}
