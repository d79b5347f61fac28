//! LE Audio with a device that is connected (BAP unicast): `unicast-endpoint`, `unicast-expect` and `unicast-stream`.

mod endpoint;
mod expect;
mod stream;
mod streams;

pub(in crate::steps) use endpoint::UnicastEndpoint;
pub(super) use endpoint::has_none;
pub(in crate::steps) use expect::UnicastExpect;
pub(in crate::steps) use stream::UnicastStream;
pub(super) use stream::not_lc3;
