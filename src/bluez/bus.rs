//! Where BlueZ is, and how one gets there, for the first time and again.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use zbus::{Connection, connection};

/// How long one attempt at a connection may take.
const ATTEMPT: Duration = Duration::from_secs(20);

/// The pause after the first attempt that failed. It doubles with each further one, up to the longest:
/// a bus that starts says so to nobody, so there is no signal to wait for.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Makes a connection without a bus.
pub type Dial =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = zbus::Result<Connection>> + Send>> + Send + Sync>;

/// Where BlueZ is.
#[derive(Clone)]
pub enum Bus {
    /// The system bus (or where `DBUS_SYSTEM_BUS_ADDRESS` points).
    System,
    /// A bus with this D-Bus address.
    Address(String),
    /// The other end of a connection without a bus, made anew each time: the simulator.
    Peer(Dial),
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("System"),
            Self::Address(address) => write!(f, "Address({address:?})"),
            Self::Peer(_) => f.write_str("Peer"),
        }
    }
}

impl Bus {
    /// Whether there is a bus in between, with names and match rules.
    pub(super) fn has_names(&self) -> bool {
        !matches!(self, Self::Peer(_))
    }

    /// Connects.
    pub(super) async fn connect(&self) -> zbus::Result<Connection> {
        match self {
            Self::System => connection::Builder::system().build().await,
            Self::Address(address) => connection::Builder::address(address.as_str()).build().await,
            Self::Peer(dial) => dial().await,
        }
    }

    /// Connects again once that can be done, however long that takes: whoever needs the bus waits with
    /// a limit of their own.
    pub(super) async fn connect_again(&self) -> Connection {
        let mut pause = FIRST_PAUSE;
        loop {
            if let Ok(Ok(connection)) = tokio::time::timeout(ATTEMPT, self.connect()).await {
                return connection;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
