//! `unicast-endpoint`: bttest offers an LC3 endpoint of its own for LE Audio.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::role::OwnRole;
use crate::audio::lc3::{Context, Preset};
use crate::bluez::{Error, ErrorKind, Isochronous};
use crate::plan::DeviceName;
use crate::steps::begun::Begun;
use crate::steps::{Bench, Failure, Outcome, Step};

/// Offer an endpoint of LE Audio to BlueZ, so that the streams of earbuds or a hearing aid can be configured on a host
/// without a sound server.
///
/// It stands before `connect`: as soon as a device is connected, BlueZ reads what it can do and configures as many
/// streams as it has for endpoints that are offered, usually one for each ear and one for a microphone. For each, the
/// first preset that the device can do is chosen. A headset with a microphone needs two endpoints, a `source` and a
/// `sink`. They are taken away after the case.
///
/// bluetoothd has LE Audio only with `--experimental --kernel='*'`, and only where the controller has isochronous
/// channels. Where it has none, the step is inconclusive and says so.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UnicastEndpoint {
    /// What this host is: `source` for what a device is to play, `sink` for its microphone.
    role: OwnRole,
    /// Offer it on the adapter that this device is on. Default: the plan's own adapter.
    device: Option<DeviceName>,
    /// The presets of the Basic Audio Profile that are taken, the best first: the sampling frequency in kilohertz, the number of
    /// its frames' kind, and 1 for low latency or 2 for high reliability. Default: 48_4_1, 48_2_1, 32_2_1, 24_2_1,
    /// 16_2_1, 48_3_1, 24_1_1, 16_1_1.
    #[serde(default)]
    presets: Vec<Preset>,
    /// What the streams are for, which the device is told.
    #[serde(default)]
    context: Context,
}

impl Step for UnicastEndpoint {
    const VERB: &'static str = "unicast-endpoint";
    const EXAMPLE: &'static str =
        r#"{ do = "unicast-endpoint", role = "source", presets = ["48_2_1", "16_2_1"] }"#;

    fn describe(&self) -> String {
        format!("offer an LC3 {}", self.role.in_unicast().word())
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let adapter = self.device.as_ref().map_or(bench.adapter(), |name| bench.adapter_of(name));
        let presets = match self.presets.as_slice() {
            [] => Preset::usual(),
            presets => presets.to_vec(),
        };
        let offer = Isochronous { presets, context: self.context };
        let role = self.role.in_unicast();
        let path = bench.endpoints().register_isochronous(adapter, role, offer).await;
        bench.begins(Begun::Endpoint(path.map_err(has_none)?));
        Ok(())
    }
}

/// That this bluetoothd takes no endpoints of LE Audio, and what to do about it.
pub(in crate::steps::audio) fn has_none(error: Error) -> Failure {
    match error.kind {
        // bluetoothd 5.66 and 5.82 without the flag, and one without LE Audio at all.
        ErrorKind::UnknownMember | ErrorKind::NotSupported | ErrorKind::InvalidArguments => {
            Failure::bench(
                "no-le-audio",
                "this bluetoothd takes no endpoints of LE Audio",
                "start it with `--experimental --kernel='*'` (see `systemctl edit bluetooth`), with a controller that has \
                 isochronous channels: `cis-central` is among the settings that `bttest mgmt info` prints",
            )
        }
        _ => error.into(),
    }
}
