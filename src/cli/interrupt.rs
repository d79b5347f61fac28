//! Ctrl-C and SIGTERM: the first asks the run to end well, the second ends the program.

use tokio::signal::unix::{SignalKind, signal};

use crate::engine::{Signal, Stop};

/// Listens for the signals from now on, in a task of its own.
///
/// # Errors
/// The process may not set signal handlers.
pub(super) fn listen(stop: &Stop) -> std::io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = stop.clone();
    tokio::spawn(async move {
        loop {
            let received = tokio::select! {
                _ = interrupt.recv() => Signal::Interrupt,
                _ = terminate.recv() => Signal::Terminate,
            };
            if stop.signal().is_some() {
                // The journal is on disk up to the last event; there is nothing to lose.
                std::process::exit(received.exit_code().into());
            }
            stop.request(received);
        }
    });
    Ok(())
}
