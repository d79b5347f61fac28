//! A2DP and AVRCP: the endpoints that clients register, the streams that devices have with them, and players on
//! either side (`profiles/audio/media.c`, `a2dp.c`, `transport.c` and `avrcp.c`). The order of what is told was recorded on 5.66, 5.82 and
//! 5.87.

mod configure;
mod control;
mod endpoints;
mod players;
mod transport;

use std::os::fd::OwnedFd;

use super::{Daemon, DeviceId};
use crate::audio::Packets;
use crate::sim::bus::{Call, Client, Refusal};
use configure::Setup;
use control::Remote;
use endpoints::{Endpoint, EndpointId, Role};
use players::ClientPlayer;
pub(super) use transport::pair;

/// The one stream endpoint that each device of a scene has.
const SEID: u8 = 1;

/// Endpoints, and what came of them.
#[derive(Default)]
pub(super) struct Media {
    endpoints: Vec<Endpoint>,
    /// How many endpoints there have been.
    made: u64,
    setups: Vec<Setup>,
    transports: Vec<Transport>,
    /// The number of the next transport, on releases that count on.
    next: u32,
    /// AVRCP with devices.
    remotes: Vec<Remote>,
    /// The players of clients, the oldest first.
    players: Vec<ClientPlayer>,
}

/// A stream with a device.
struct Transport {
    path: String,
    device: DeviceId,
    endpoint: EndpointId,
    /// Whether this side plays.
    role: Role,
    configuration: [u8; 4],
    state: State,
    /// Who has acquired it.
    owner: Option<Client>,
    /// The `Acquire` that waits until the device has started.
    acquire: Option<Call>,
    /// This side's end of the acquirer's socket.
    socket: Option<OwnedFd>,
    /// What the device plays.
    packets: Option<Packets>,
    /// How many times packets have gone, so that what was armed for an earlier stream does nothing.
    started: u64,
}

/// How a stream stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Pending,
    Active,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            State::Idle => "idle",
            State::Pending => "pending",
            State::Active => "active",
        }
    }
}

impl Daemon {
    /// Whether there is a stream with a device, or one is being configured.
    pub(super) fn has_stream(&self, id: DeviceId) -> bool {
        self.media.transports.iter().any(|transport| transport.device == id)
            || self.media.setups.iter().any(|setup| setup.is_with(id))
    }

    /// The path of a device's own stream endpoint.
    fn remote_endpoint(&self, id: DeviceId) -> String {
        format!("{}/sep{SEID}", self.devices[id].path)
    }
}
