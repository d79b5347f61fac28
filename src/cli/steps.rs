//! `bttest steps`: the reference of the steps.

use super::look::Colour;
use super::{Exit, print, say};
use crate::plan::manual;

/// Print the reference of the steps, or of one
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only this step
    name: Option<String>,
    /// The whole reference as one page of Markdown, as it is in testplans/steps.md
    #[arg(long, conflicts_with = "name")]
    markdown: bool,
    #[command(flatten)]
    colour: Colour,
}

pub(super) fn main(arguments: &Arguments) -> Exit {
    match &arguments.name {
        None if arguments.markdown => print(&manual::markdown()),
        None => print(&manual::index()),
        Some(name) => match manual::page(name) {
            Ok(text) => print(&text),
            Err(error) => {
                say(&error);
                return Exit::Usage;
            }
        },
    }
    Exit::Passed
}
