//! How the console looks, decided once, from what the user said and where the output goes.

use std::io::{self, IsTerminal};

use clap::ValueEnum;

/// Columns of a terminal that does not tell how many it has.
const WIDTH: usize = 100;

/// Columns of what is no terminal, such as the log of a service: no line is that long, and none is cut.
const LOG: usize = 4000;

/// `--color`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    Always,
    Never,
}

/// `--progress`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ProgressChoice {
    /// Bars on a terminal, lines elsewhere and in CI.
    #[default]
    Auto,
    /// Bars, where they can be drawn.
    Bar,
    /// A line now and then.
    Plain,
    /// Nothing until a case ends.
    None,
}

/// How much is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// `-q`: failures and the end.
    Quiet,
    /// Every case.
    #[default]
    Normal,
    /// `-v`: every step.
    Verbose,
}

/// What the process finds round itself, read once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Environment {
    /// Both standard output, where lines go, and standard error, where bars go, are terminals.
    pub terminal: bool,
    /// `TERM=dumb`: a terminal that knows no escapes.
    pub dumb: bool,
    /// `CI` is set: somebody reads this later.
    pub ci: bool,
    /// `NO_COLOR` is set (<https://no-color.org>).
    pub no_color: bool,
    /// `CLICOLOR_FORCE` is set (<https://bixense.com/clicolors>).
    pub force_color: bool,
    /// Columns of the terminal.
    pub width: Option<usize>,
}

/// How the console looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Display {
    pub color: bool,
    pub progress: Progress,
    pub verbosity: Verbosity,
    /// Columns.
    pub width: usize,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    Bar,
    Plain,
    None,
}

impl Environment {
    /// Reads it.
    #[must_use]
    pub fn read() -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let on = |name: &str| {
            std::env::var(name).is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
        };
        Self {
            terminal: io::stdout().is_terminal() && io::stderr().is_terminal(),
            dumb: std::env::var_os("TERM").is_some_and(|term| term == "dumb"),
            ci: on("CI"),
            no_color: set("NO_COLOR"),
            force_color: on("CLICOLOR_FORCE"),
            width: rustix::termios::tcgetwinsize(io::stdout())
                .ok()
                .map(|size| usize::from(size.ws_col))
                .filter(|columns| *columns > 0),
        }
    }
}

impl Display {
    /// Decides. `-` stands for "whatever":
    ///
    /// | `--color` | `NO_COLOR` | `CLICOLOR_FORCE` | terminal | dumb | colour |
    /// |-----------|------------|------------------|----------|------|--------|
    /// | always    | -          | -                | -        | -    | yes    |
    /// | never     | -          | -                | -        | -    | no     |
    /// | auto      | set        | -                | -        | -    | no     |
    /// | auto      | unset      | set              | -        | -    | yes    |
    /// | auto      | unset      | unset            | yes      | no   | yes    |
    /// | auto      | unset      | unset            | yes      | yes  | no     |
    /// | auto      | unset      | unset            | no       | -    | no     |
    ///
    /// | `--progress` | terminal that is not dumb | `CI`  | `-q` | progress |
    /// |--------------|---------------------------|-------|------|----------|
    /// | none         | -                         | -     | -    | none     |
    /// | plain        | -                         | -     | -    | plain    |
    /// | bar          | yes                       | -     | -    | bar      |
    /// | bar          | no                        | -     | -    | plain    |
    /// | auto         | -                         | -     | yes  | none     |
    /// | auto         | yes                       | unset | no   | bar      |
    /// | auto         | yes                       | set   | no   | plain    |
    /// | auto         | no                        | -     | no   | plain    |
    #[must_use]
    pub fn decide(
        environment: &Environment,
        color: ColorChoice,
        progress: ProgressChoice,
        verbosity: Verbosity,
    ) -> Self {
        let able = environment.terminal && !environment.dumb;
        let color = match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => !environment.no_color && (environment.force_color || able),
        };
        let quiet = verbosity == Verbosity::Quiet;
        let progress = match progress {
            ProgressChoice::None => Progress::None,
            ProgressChoice::Auto if quiet => Progress::None,
            ProgressChoice::Bar if able => Progress::Bar,
            ProgressChoice::Auto if able && !environment.ci => Progress::Bar,
            _ => Progress::Plain,
        };
        Self {
            color,
            progress,
            verbosity,
            width: match (environment.width, environment.terminal) {
                (Some(columns), _) => columns.clamp(60, 160),
                (None, true) => WIDTH,
                (None, false) => LOG,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMINAL: Environment = Environment {
        terminal: true,
        dumb: false,
        ci: false,
        no_color: false,
        force_color: false,
        width: None,
    };

    #[test]
    fn color_follows_its_table() {
        use ColorChoice::{Always, Auto, Never};
        let pipe = Environment::default();
        let no_color = |e: Environment| Environment { no_color: true, ..e };
        let force = |e: Environment| Environment { force_color: true, ..e };
        let dumb = |e: Environment| Environment { dumb: true, ..e };
        for (choice, environment, color) in [
            (Always, no_color(pipe), true),
            (Never, force(TERMINAL), false),
            (Auto, no_color(force(TERMINAL)), false),
            (Auto, force(dumb(pipe)), true),
            (Auto, TERMINAL, true),
            (Auto, dumb(TERMINAL), false),
            (Auto, pipe, false),
        ] {
            let display =
                Display::decide(&environment, choice, ProgressChoice::Auto, Verbosity::Normal);
            assert_eq!(display.color, color, "{choice:?} {environment:?}");
        }
    }

    #[test]
    fn progress_follows_its_table() {
        use ProgressChoice::{Auto, Bar, None, Plain};
        use Verbosity::{Normal, Quiet};
        let pipe = Environment::default();
        let ci = Environment { ci: true, ..TERMINAL };
        let dumb = Environment { dumb: true, ..TERMINAL };
        for (choice, environment, verbosity, progress) in [
            (None, TERMINAL, Normal, Progress::None),
            (Plain, TERMINAL, Quiet, Progress::Plain),
            (Bar, ci, Quiet, Progress::Bar),
            (Bar, pipe, Normal, Progress::Plain),
            (Bar, dumb, Normal, Progress::Plain),
            (Auto, TERMINAL, Quiet, Progress::None),
            (Auto, TERMINAL, Normal, Progress::Bar),
            (Auto, ci, Normal, Progress::Plain),
            (Auto, pipe, Normal, Progress::Plain),
        ] {
            let display = Display::decide(&environment, ColorChoice::Auto, choice, verbosity);
            assert_eq!(display.progress, progress, "{choice:?} {environment:?}");
        }
    }

    #[test]
    fn a_width_is_always_one_to_work_with() {
        for (columns, width) in [(None, 100), (Some(1), 60), (Some(500), 160), (Some(80), 80)] {
            let environment = Environment { width: columns, ..TERMINAL };
            let display = Display::decide(
                &environment,
                ColorChoice::Auto,
                ProgressChoice::Auto,
                Verbosity::Normal,
            );
            assert_eq!(display.width, width);
        }
        let log = Environment::default();
        let display =
            Display::decide(&log, ColorChoice::Auto, ProgressChoice::Auto, Verbosity::Normal);
        assert_eq!(display.width, LOG, "nothing is cut where there are no columns");
    }
}
