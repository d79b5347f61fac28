//! How the output looks: `--color`, `--progress`, `-v`, `-q`.

use std::io::IsTerminal;

use clap::{ArgAction, Args};

use crate::report::console::{ColorChoice, Display, Environment, ProgressChoice, Verbosity};

/// `--color`, for the commands that print text.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Colour {
    /// Colours in the output
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
}

impl Colour {
    /// Whether what goes to standard error is coloured.
    pub(super) fn on_stderr(self) -> bool {
        let terminal = std::io::stderr().is_terminal();
        self.decide(Environment { terminal, ..Environment::read() })
    }

    /// How text on standard output looks.
    pub(super) fn display(self) -> Display {
        let environment = Environment::read();
        Display::decide(&environment, self.color, ProgressChoice::None, Verbosity::Normal)
    }

    fn decide(self, environment: Environment) -> bool {
        Display::decide(&environment, self.color, ProgressChoice::None, Verbosity::Normal).color
    }
}

/// How a run is shown.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Look {
    #[command(flatten)]
    pub(super) colour: Colour,
    /// How progress is shown
    #[arg(long, value_name = "HOW", default_value = "auto")]
    progress: ProgressChoice,
    /// Show every step
    #[arg(short, long, action = ArgAction::SetTrue, conflicts_with = "quiet")]
    verbose: bool,
    /// Show failures and the end only
    #[arg(short, long, action = ArgAction::SetTrue)]
    quiet: bool,
}

impl Look {
    /// The decision, from these and the environment.
    pub(super) fn display(self) -> Display {
        let verbosity = match (self.verbose, self.quiet) {
            (true, _) => Verbosity::Verbose,
            (_, true) => Verbosity::Quiet,
            _ => Verbosity::Normal,
        };
        Display::decide(&Environment::read(), self.colour.color, self.progress, verbosity)
    }
}
