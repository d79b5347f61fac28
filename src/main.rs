//! The door to the library: everything the program does is in `lib.rs`'s modules.

use std::process::ExitCode;

fn main() -> ExitCode {
    bttest::cli::main()
}
