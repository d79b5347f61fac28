//! The command line: arguments, one file for each subcommand, exit codes.

mod bench;
mod capture;
mod check;
mod compare;
mod dry_run;
mod exit;
mod history;
mod journal_watch;
mod keep;
mod list;
mod look;
mod mgmt;
mod plan_input;
mod report;
mod reports;
mod resume;
mod run;
mod schema;
mod signals;
mod sim;
mod soak;
mod steps;
mod under_way;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use exit::Exit;

/// A test runner for Bluetooth device qualification on BlueZ.
#[derive(Debug, Parser)]
#[command(name = "bttest", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(Box<run::Arguments>),
    Check(check::Arguments),
    List(list::Arguments),
    Steps(steps::Arguments),
    Schema(schema::Arguments),
    Report(report::Arguments),
    Compare(compare::Arguments),
    History(history::Arguments),
    Mgmt(mgmt::Arguments),
    Sim(sim::Arguments),
}

/// Runs the program with the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    let exit = match Arguments::try_parse() {
        Ok(arguments) => match arguments.command {
            Command::Run(arguments) => run::main(&arguments),
            Command::Check(arguments) => check::main(&arguments),
            Command::List(arguments) => list::main(&arguments),
            Command::Steps(arguments) => steps::main(&arguments),
            Command::Schema(arguments) => schema::main(&arguments),
            Command::Report(arguments) => report::main(&arguments),
            Command::Compare(arguments) => compare::main(&arguments),
            Command::History(arguments) => history::main(&arguments),
            Command::Mgmt(arguments) => mgmt::main(&arguments),
            Command::Sim(arguments) => sim::main(&arguments),
        },
        Err(error) => {
            // Help and version go to standard output, and a closed pipe is no concern of theirs.
            let _ = error.print();
            if error.use_stderr() { Exit::Usage } else { Exit::Passed }
        }
    };
    exit.into()
}

/// Prints to standard output. Nobody may be reading any more, and that is no error.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Shows a text on standard error.
fn show(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Says a sentence on standard error.
fn say(sentence: &str) {
    show(&format!("bttest: {}\n", crate::report::escape::terminal(sentence)));
}
