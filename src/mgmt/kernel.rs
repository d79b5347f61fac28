//! Where a kernel is: that of this machine, or the one that the simulator plays.

use std::fmt;
use std::sync::Arc;

use super::client::Client;
use super::socket::{OpenError, Socket};

/// Whose management API is used.
#[derive(Clone, Default)]
pub enum Kernel {
    /// This machine's.
    #[default]
    Machine,
    /// One within the process. The function gives a socket at whose other end it is.
    Within(Arc<dyn Fn() -> Socket + Send + Sync>),
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Machine => "Machine",
            Self::Within(_) => "Within",
        })
    }
}

impl Kernel {
    /// A new user of its management API.
    ///
    /// # Errors
    /// The kernel has no Bluetooth, or does not let this process in.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn open(&self) -> Result<Client, OpenError> {
        match self {
            Self::Machine => Client::open(),
            Self::Within(connect) => Ok(Client::over(connect())),
        }
    }
}
