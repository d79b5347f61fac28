//! Plans: from the text of a TOML file to plain data that an engine can run.

mod bound;
mod document;
mod identity;
mod model;
mod reference;
mod span;

pub use bound::{Bound, Comparison, Quantity, Rate};
pub use document::{AdapterChoice, DeviceMatch, Keep, PowerPolicy, Requires, Threshold, Transport};
pub use identity::{Address, BluezVersion, ServiceUuid};
pub use model::{Case, Plan, Step, What};
pub use reference::DeviceName;
pub use span::Span;
