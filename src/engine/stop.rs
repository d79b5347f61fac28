//! The request to end a run before its end.

use std::fmt;

use tokio::sync::watch;

/// A signal that asks the program to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    Interrupt,
    Terminate,
    /// The terminal was closed.
    HangUp,
}

impl Signal {
    /// The exit code of a program that this signal ended.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::HangUp => 129,
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
            Self::HangUp => "SIGHUP",
        })
    }
}

/// Says whether the run was asked to stop. Clones share it.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<Option<Signal>>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::channel(None).0)
    }
}

impl Stop {
    /// Asks the run to stop. Only the first request counts.
    pub fn request(&self, signal: Signal) {
        self.0.send_if_modified(|asked| asked.is_none() && asked.replace(signal).is_none());
    }

    /// The signal that asked for it, if one did.
    #[must_use]
    pub fn signal(&self) -> Option<Signal> {
        *self.0.borrow()
    }

    /// Waits until the run is asked to stop.
    pub async fn requested(&self) -> Signal {
        let mut asked = self.0.subscribe();
        loop {
            if let Some(signal) = *asked.borrow_and_update() {
                return signal;
            }
            if asked.changed().await.is_err() {
                // The sender lives in this very value, so this cannot be; but never is a safe answer.
                std::future::pending::<()>().await;
            }
        }
    }
}
