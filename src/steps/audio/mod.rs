//! A2DP: `audio-endpoint`, `audio-expect` and `audio-stream`.

mod endpoint;
mod expect;
mod flow;
mod hertz;
mod role;
mod stream;
mod transport;

pub(super) use endpoint::AudioEndpoint;
pub(super) use expect::AudioExpect;
pub(super) use stream::AudioStream;
