//! Plans: from the text of a TOML file to plain data that an engine can run.
//!
//! [`load`] reads a plan, and answers with a [`Plan`] or with everything that is wrong with it.

mod bound;
mod cases;
mod chain;
mod command;
mod commanded;
mod control;
mod decode;
mod defined;
mod definitions;
mod devices;
mod diagnostic;
mod document;
mod expand;
mod expected_errors;
mod explain;
mod hash;
mod identity;
mod include;
mod load;
mod locate;
pub mod manual;
mod matrix;
mod model;
mod opaque;
mod recovery;
mod reference;
mod render;
mod schema;
mod secrets;
mod select;
mod sequence;
mod shape;
mod soak;
mod source;
mod span;
pub(crate) mod suggest;
mod syntax;
mod tag_expression;
mod time_of_day;
mod unfold;
mod variables;
pub(crate) mod visible;
mod word;

pub use bound::{Bound, Comparison, Quantity, Rate};
pub use command::Command;
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use document::{
    AdapterChoice, AudioRole, DeviceMatch, Keep, PowerPolicy, Requires, Threshold, Transport,
};
pub use expected_errors::ExpectedErrors;
pub use identity::{Address, ServiceUuid};
pub use load::{Loaded, load, load_text};
pub use model::{Case, Plan, RunsCommand, Step, What};
pub(crate) use recovery::RESET;
pub use recovery::{Recovery, Rung};
pub use reference::DeviceName;
pub use schema::schema;
pub use select::{Chosen, Selection, Shard, select};
pub use soak::Soak;
pub use span::Span;
pub use time_of_day::TimeOfDay;
pub use variables::Overrides;
pub use word::ITERATION;
