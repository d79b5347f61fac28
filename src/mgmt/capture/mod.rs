//! An HCI capture as `btmon -w` makes it, and what can be read out of it.
//!
//! Packets come from the kernel's monitor channel as [`Monitored`]. A [`Redactor`] strikes keys and PINs
//! out of them; then they go to a [`Ring`] in memory, from which the part that belongs to a failure is
//! cut, or to a [`Rolling`] capture on disk. [`Reasons`] reads in them why something failed.
//!
//! [`live`] does all of that while a run goes on. Nothing else here has a socket or asks a clock: packets and
//! their times are handed in.

mod acl;
pub mod btsnoop;
mod field;
mod link;
pub mod live;
mod packet;
mod preamble;
pub mod reason;
mod recent;
pub mod redact;
mod ring;
mod rolling;
#[cfg(test)]
mod sample;

pub use packet::{Kind, Malformed, Monitored, NO_INDEX};
pub use preamble::Preamble;
pub use reason::{Reason, Reasons};
pub use redact::Redactor;
pub use ring::Ring;
pub use rolling::{Disk, Folder, Rolling};
