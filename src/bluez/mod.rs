//! BlueZ as a client sees it on D-Bus.
//!
//! A [`Session`] is a connection, read by one task that feeds one [`Mirror`]; [`Adapter`] and [`Device`]
//! are typed views of objects in it. Whether a bluetoothd or the simulator is at the other end of the
//! wire cannot be seen here.

mod adapter;
mod advertisement;
mod agent;
mod application;
mod argument;
mod bus;
mod choice;
mod device;
mod device_set;
mod error;
mod error_kind;
pub mod gatt;
mod heard;
mod media;
mod mirror;
mod monitor;
pub(crate) mod network;
mod profile;
mod reader;
mod served;
mod session;
mod value;
mod version;

pub use adapter::{Adapter, DiscoveryFilter};
pub(crate) use advertisement::{Advertiser, Property};
pub use agent::{Agent, Answers, Asked, Matter, Question, Reply};
pub(crate) use application::{Application, Attribute, Characteristic, Deed, Service, What};
pub(crate) use argument::check as check_argument;
pub use bus::{Bus, Dial};
pub use choice::{NoAdapter, choose_adapter};
pub use device::{Bearer, Device};
pub use device_set::DeviceSet;
pub use error::{Error, Result};
pub use error_kind::ErrorKind;
pub use heard::{Heard, Told};
pub use media::{Broadcast, Endpoints, Isochronous, Player, Role, Stream, Transport};
pub(crate) use media::{Offer, OfferedPlayer, Status, Track};
pub use mirror::{Change, Interfaces, Mirror, Properties, Tree};
pub(crate) use monitor::{Monitors, Pattern, Sight, Standing, Watched};
pub(crate) use profile::{Link, Options as ProfileOptions, Profiles, Side};
pub use session::{Life, Session};
pub use version::BluezVersion;

#[cfg(test)]
mod bus_tests;
#[cfg(test)]
mod tests;
