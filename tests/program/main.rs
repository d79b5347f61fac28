//! The program as its user meets it: arguments in; exit code, terminal, journal and reports out.
//!
//! Everything runs on the simulator, in a folder of its own.

mod advertising;
mod audio;
mod bench;
mod call;
mod compare;
mod connection;
mod control;
mod discovery;
mod dual_mode;
mod engine;
mod full_disk;
mod gatt;
mod handed_on;
mod history;
mod interrupt;
mod le_audio;
mod mgmt;
mod monitors;
mod nights;
mod pairing;
mod parallel;
mod plans;
mod player;
mod profiles;
mod put_back;
mod reach;
mod readme;
mod recovery;
mod resume;
mod serve;
mod sets;
mod sim;
mod soak;
mod survival;
