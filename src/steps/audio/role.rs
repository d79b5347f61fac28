//! What this host is in a stream, as a plan says it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::bluez::Role;

/// What this host is in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum OwnRole {
    /// It plays, and the device listens: a speaker, a headset.
    Source,
    /// It listens, and the device plays: a phone, a television.
    Sink,
}

impl From<OwnRole> for Role {
    fn from(role: OwnRole) -> Self {
        match role {
            OwnRole::Source => Self::Source,
            OwnRole::Sink => Self::Sink,
        }
    }
}

impl OwnRole {
    /// The same in a unicast of LE Audio.
    pub(super) fn in_unicast(self) -> Role {
        match self {
            Self::Source => Role::UnicastSource,
            Self::Sink => Role::UnicastSink,
        }
    }
}
