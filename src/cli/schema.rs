//! `bttest schema`: the JSON Schema of plans, for editors.

use super::{Exit, print};

/// Print the JSON Schema of plans, for editors that complete and check TOML
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn main(_arguments: &Arguments) -> Exit {
    print(&format!("{:#}\n", crate::plan::schema()));
    Exit::Passed
}
