//! `audio-endpoint`: bttest offers an SBC endpoint of its own.

use schemars::JsonSchema;
use serde::Deserialize;

use super::role::OwnRole;
use crate::audio::{Allocation, Blocks, Capabilities, ChannelMode, Frequency, Subbands};
use crate::bluez::{ErrorKind, Role};
use crate::plan::DeviceName;
use crate::steps::begun::Begun;
use crate::steps::{Bench, Failure, Outcome, Step};

/// Offer an audio endpoint of bttest's own to BlueZ, so that a speaker, a headset or a phone can be connected on a
/// host without a sound server.
///
/// It stands before `connect`: BlueZ connects the audio of a device only where somebody has an endpoint for it. Of
/// the configurations that both sides can do, the best is chosen: 44.1 kHz, joint stereo, 16 blocks, 8 subbands,
/// loudness, and the largest bitpool. What is listed here narrows that down. The endpoint is taken away after the
/// case.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "EndpointTable")]
#[schemars(with = "EndpointTable")]
pub struct AudioEndpoint {
    role: Role,
    device: Option<DeviceName>,
    capabilities: Capabilities,
}

/// [`AudioEndpoint`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct EndpointTable {
    /// What this host is: `source` for a speaker or a headset, `sink` for a phone.
    role: OwnRole,
    /// Offer it on the adapter that this device is on. Default: the plan's own adapter.
    device: Option<DeviceName>,
    /// The codec.
    #[serde(default)]
    #[expect(dead_code, reason = "there is one")]
    codec: Codec,
    /// Only these sampling frequencies, in hertz: 16000, 32000, 44100, 48000.
    #[serde(default)]
    sampling_frequencies: Vec<Frequency>,
    /// Only these channel modes.
    #[serde(default)]
    channel_modes: Vec<ChannelMode>,
    /// Only frames of so many blocks: 4, 8, 12, 16.
    #[serde(default)]
    block_lengths: Vec<Blocks>,
    /// Only so many subbands: 4, 8.
    #[serde(default)]
    subbands: Vec<Subbands>,
    /// Only these ways to share out the bits.
    #[serde(default)]
    allocations: Vec<Allocation>,
    /// The range of the bitpool, from 2 to 250.
    #[serde(default)]
    bitpool: Bitpool,
}

/// A codec.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Codec {
    /// The one that every device has.
    #[default]
    Sbc,
}

/// A range of bitpools.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Bitpool {
    /// The least.
    min: u8,
    /// The most.
    max: u8,
}

/// 53: what A2DP recommends for 44.1 kHz and joint stereo (4.3.2.6).
impl Default for Bitpool {
    fn default() -> Self {
        Self { min: 2, max: 53 }
    }
}

impl TryFrom<EndpointTable> for AudioEndpoint {
    type Error = String;

    fn try_from(table: EndpointTable) -> Result<Self, String> {
        let capabilities = Capabilities::new(
            &table.sampling_frequencies,
            &table.channel_modes,
            &table.block_lengths,
            &table.subbands,
            &table.allocations,
            (table.bitpool.min, table.bitpool.max),
        )?;
        Ok(Self { role: table.role.into(), device: table.device, capabilities })
    }
}

impl Step for AudioEndpoint {
    const VERB: &'static str = "audio-endpoint";
    const EXAMPLE: &'static str = r#"{ do = "audio-endpoint", role = "source", sampling-frequencies = [48000], bitpool = { max = 40 } }"#;

    fn describe(&self) -> String {
        format!("offer an SBC {}", self.role.word())
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let adapter = self.device.as_ref().map_or(bench.adapter(), |name| bench.adapter_of(name));
        let registered = bench.endpoints().register(adapter, self.role, self.capabilities).await;
        match registered {
            Ok(path) => {
                bench.begins(Begun::Endpoint(path));
                Ok(())
            }
            Err(error)
                if matches!(error.kind, ErrorKind::UnknownMember | ErrorKind::NotSupported) =>
            {
                Err(Failure::bench(
                    "no-audio",
                    "this bluetoothd takes no audio endpoints",
                    "it was built without A2DP, or runs with `--noplugin`; see `systemctl cat bluetooth`",
                ))
            }
            Err(error) => Err(error.into()),
        }
    }
}
