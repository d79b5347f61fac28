//! A device's GATT database, used as a client: what is in it, values read and written, notifications.
//!
//! A step that needs the database waits until BlueZ has read it (`ServicesResolved`), and finds its attribute in the
//! mirror's tree.

mod assigned;
mod battery;
mod expect;
mod field;
mod format;
mod id;
mod information;
mod notifications;
mod protected;
mod rate;
mod read;
mod snapshot;
mod subscribe;
mod target;
mod throughput;
mod value;
mod write;

pub use battery::Battery;
pub use expect::GattExpect;
pub use information::DeviceInformation;
pub use notifications::GattNotifications;
pub use read::GattRead;
pub use snapshot::GattSnapshot;
pub use subscribe::{GattSubscribe, GattUnsubscribe};
pub use throughput::GattThroughput;
pub use write::GattWrite;
