//! The door to the library: everything the program does is in `lib.rs`'s modules.

fn main() {}
