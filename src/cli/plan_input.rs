//! The plans of the command line, and what is wrong with them.

use std::path::{Path, PathBuf};

use clap::Args;

use super::look::Colour;
use crate::plan::{Loaded, Overrides, load};

/// What sets the variables of a plan.
#[derive(Debug, Clone, Args)]
pub(super) struct Variables {
    /// Set a variable of the plan; weighs more than the environment's BTTEST_VAR_name
    #[arg(long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
}

impl Variables {
    /// Reads a plan, and shows what is wrong with it on standard error.
    pub(super) fn load(&self, plan: &Path, colour: Colour) -> Option<Loaded> {
        let mut overrides = Overrides::default().with_environment();
        for argument in &self.set {
            if let Err(error) = overrides.set(argument) {
                super::say(&format!("--set {error}"));
                return None;
            }
        }
        match load(plan, &overrides) {
            Ok(loaded) => Some(loaded),
            Err(diagnostics) => {
                super::show(&diagnostics.render(colour.on_stderr()));
                None
            }
        }
    }
}

/// Plans to look at.
#[derive(Debug, Clone, Args)]
pub(super) struct Plans {
    /// Plan files
    #[arg(value_name = "PLAN", required = true)]
    pub(super) plans: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) variables: Variables,
    #[command(flatten)]
    pub(super) colour: Colour,
}
