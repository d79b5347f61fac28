//! A2DP as BlueZ offers it: endpoints of ours (`org.bluez.MediaEndpoint1`, `doc/org.bluez.MediaEndpoint.rst`), and
//! the transports that come of them (`org.bluez.MediaTransport1`, `doc/org.bluez.MediaTransport.rst`).

mod endpoint;
mod transport;

pub use endpoint::{Endpoints, Role};
pub use transport::{Stream, Transport};
