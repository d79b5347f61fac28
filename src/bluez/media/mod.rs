//! Audio as BlueZ offers it: endpoints of ours (`org.bluez.MediaEndpoint1`, `doc/org.bluez.MediaEndpoint.rst`), and
//! the transports that come of them (`org.bluez.MediaTransport1`, `doc/org.bluez.MediaTransport.rst`); and AVRCP, the
//! players of devices and one of ours.

mod broadcast;
mod endpoint;
mod isochronous;
mod offered;
mod player;
mod transport;

pub use broadcast::Broadcast;
pub use endpoint::{Endpoints, Role};
pub use isochronous::Isochronous;
pub(crate) use offered::{Offer, OfferedPlayer, Status, Track};
pub use player::Player;
pub use transport::{Stream, Transport};
