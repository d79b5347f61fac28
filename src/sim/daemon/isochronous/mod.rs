//! LE Audio: the endpoints that clients register for it, the streams that devices have with them, and what is broadcast
//! (`profiles/audio/bap.c`, `media.c` and `transport.c`). The order of what is told was recorded on 5.82 and 5.87.

mod broadcast;
mod configure;
mod endpoints;
mod transport;

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;

use super::{AdapterId, DeviceId};
use crate::audio::lc3::Configuration;
use crate::sim::bus::{Call, Client, Value};
use configure::{Negotiation, Setup};
use endpoints::{Endpoint, EndpointId, Side};

/// Endpoints of LE Audio, and what came of them.
#[derive(Default)]
pub(super) struct Isochronous {
    endpoints: Vec<Endpoint>,
    /// How many endpoints there have been.
    made: u64,
    /// What is asked of clients' endpoints at the moment.
    setups: Vec<Setup>,
    /// Devices for whose streams configurations are being chosen.
    negotiations: Vec<Negotiation>,
    streams: Vec<Stream>,
}

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listener {
    Device(DeviceId),
    /// Whoever is in range of this adapter.
    Anybody(AdapterId),
}

/// A stream.
struct Stream {
    path: String,
    with: Listener,
    endpoint: EndpointId,
    side: Side,
    configuration: Configuration,
    /// The stream that is the other way of the same channel.
    link: Option<String>,
    state: State,
    /// Who has acquired it, or the one that it is linked to.
    owner: Option<Client>,
    /// The `Acquire` that waits until all of the group are acquired and started.
    acquire: Option<Call>,
    /// This side's end of the acquirer's socket.
    socket: Option<OwnedFd>,
    /// How many times it has started, so that what was armed before does nothing.
    started: u64,
}

/// How a stream stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    /// A client wants what is broadcast.
    Broadcasting,
    Active,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            State::Idle => "idle",
            State::Broadcasting => "broadcasting",
            State::Active => "active",
        }
    }
}

/// What a client's endpoint has chosen for a stream.
#[derive(Clone)]
struct Choice {
    endpoint: EndpointId,
    configuration: Configuration,
    metadata: Vec<u8>,
    qos: BTreeMap<String, Value>,
}
