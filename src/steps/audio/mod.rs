//! Audio: `audio-endpoint`, `audio-expect` and `audio-stream` for A2DP; for LE Audio `unicast-endpoint`, `unicast-expect`
//! and `unicast-stream` with a device that is connected, and `broadcast` and
//! `broadcast-receive` without one.

mod broadcast;
mod broadcast_receive;
mod code;
mod endpoint;
mod expect;
mod flow;
mod hertz;
mod role;
mod state;
mod stream;
mod transport;
mod unicast;

pub(super) use broadcast::BroadcastAudio;
pub(super) use broadcast_receive::BroadcastReceive;
pub(super) use endpoint::AudioEndpoint;
pub(super) use expect::AudioExpect;
pub(super) use stream::AudioStream;
pub(super) use unicast::{UnicastEndpoint, UnicastExpect, UnicastStream};
