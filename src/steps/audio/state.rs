//! How a stream stands, as a plan says it.

use schemars::JsonSchema;
use serde::Deserialize;

/// How a stream stands (`State` in `doc/org.bluez.MediaTransport.rst`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// Nothing is streamed.
    Idle,
    /// The device streams, and nobody here takes it.
    Pending,
    /// It streams, and somebody here sends or takes it.
    Active,
}

impl State {
    /// As BlueZ writes it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Pending => "pending",
            Self::Active => "active",
        }
    }
}
