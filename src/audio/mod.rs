//! What goes over an audio stream: of A2DP SBC, the codec that every device has, in RTP packets; of LE Audio LC3; and
//! a tone to put in either.
//!
//! Facts about SBC are those of the Advanced Audio Distribution Profile 1.3: its section 4.3 and Appendix B. Nothing
//! here knows D-Bus.

mod allocation;
mod analysis;
mod choice;
mod configuration;
mod encoder;
pub mod lc3;
mod packet;
mod tone;

pub use choice::{Allocation, Blocks, ChannelMode, Frequency, Subbands};
pub use configuration::{Capabilities, Configuration};
pub use encoder::Encoder;
pub use packet::{Packets, frames_in};
pub use tone::Tone;

#[cfg(test)]
mod decoder;
