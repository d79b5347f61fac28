//! `monitor`, `monitor-expect` and `stop-monitoring`: bluetoothd watches what is advertised, and tells which devices
//! come in range and which go, without a discovery.

mod expect;
mod pattern;
mod sampling;
mod strength;

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::begun::Begun;
use super::company::Company;
use super::data_type::DataType;
use super::label::Label;
use super::octets::Bytes;
use super::{Bench, Failure, Outcome, Step};
use crate::bluez::{Adapter, ErrorKind, Monitors, Standing, Watched};
use crate::plan::{ServiceUuid, Span};
pub use expect::MonitorExpect;
use pattern::PatternTable;
use sampling::Sampling;
use strength::Strengths;

/// Have BlueZ watch what is advertised on the plan's adapter, until the attempt ends or `stop-monitoring`. It tells
/// which devices come in range and go, also while nothing is discovered; `monitor-expect` waits for that.
///
/// Devices are told of that advertise any of what is listed, up to seven patterns of bytes; with no threshold or
/// timeout, as soon as they are heard, and never that they are gone. With any of those, a device is found when it has
/// been heard for `rssi-high-timeout`, and lost when it has not been heard for `rssi-low-timeout`, or only more weakly
/// than `rssi-low`.
///
/// Only `bluetoothd --experimental` has monitors; `requires = { interfaces = ["AdvertisementMonitorManager1"] }` skips
/// the case where there are none. A controller compares all of this itself where BlueZ says `controller-patterns` in
/// `AdvertisementMonitorManager1.SupportedFeatures`. Where it does not, bluetoothd compares, and not everything: from
/// 5.69 on no names and no lists of services, and in 5.69 and 5.70 no manufacturer data and no service data either.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "MonitorTable")]
#[schemars(with = "MonitorTable")]
pub struct Monitor {
    label: Label,
    watched: Watched,
}

/// [`Monitor`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MonitorTable {
    /// What the plan calls this monitor, where it has several at a time.
    #[serde(default = "monitor", rename = "as")]
    label: Label,
    /// How the name on the air begins.
    #[schemars(extend("examples" = ["Thing"]))]
    name: Option<String>,
    /// Services of which one is advertised, among the first three of a list.
    #[serde(default)]
    #[schemars(extend("examples" = [["180d"]]))]
    services: Vec<ServiceUuid>,
    /// How manufacturer data begins, by company identifier, in pairs of hexadecimal digits; none is any of that company.
    #[serde(default)]
    #[schemars(extend("examples" = [{ "0x004c": "02 15" }]))]
    manufacturer_data: BTreeMap<Company, Bytes>,
    /// How any other data begins, by its type (Assigned Numbers, 2.3).
    #[serde(default)]
    #[schemars(extend("examples" = [{ "0x01": "06" }]))]
    data: BTreeMap<DataType, Bytes>,
    /// Bytes anywhere in a part of what is advertised: the `type` of the part, the `offset` in it, the `value`. In service
    /// data the UUID counts, but for a bluetoothd from 5.71 on that compares itself.
    #[serde(default)]
    #[schemars(extend("examples" = [[{ "type": "0x16", "offset": 1, "value": "0a ff" }]]))]
    patterns: Vec<PatternTable>,
    /// A device is in range where it is heard more strongly than this, in dBm, from -127 to 20.
    rssi_high: Option<i16>,
    /// For how long it has to be, in whole seconds up to 300s. BlueZ's default, where a threshold is given: 10s.
    rssi_high_timeout: Option<Span>,
    /// A device is out of range where it is heard more weakly than this, in dBm.
    rssi_low: Option<i16>,
    /// For how long it has to be, or not to be heard at all, in whole seconds up to 300s. BlueZ's default: 5s.
    rssi_low_timeout: Option<Span>,
    /// How a controller that compares itself groups what it hears: `all`, the `first` alone, or one for each so many
    /// tenths of a second, such as `500ms`.
    sampling_period: Option<Sampling>,
}

fn monitor() -> Label {
    Label::of("monitor")
}

impl TryFrom<MonitorTable> for Monitor {
    type Error = String;

    fn try_from(table: MonitorTable) -> Result<Self, String> {
        let strengths = Strengths::read(
            [table.rssi_high, table.rssi_low],
            [table.rssi_high_timeout, table.rssi_low_timeout],
        )?;
        let watched = Watched {
            patterns: table.patterns()?,
            high: strengths.high,
            low: strengths.low,
            high_timeout: strengths.high_timeout,
            low_timeout: strengths.low_timeout,
            sampling_period: table.sampling_period.map(Sampling::number),
        };
        Ok(Self { label: table.label, watched })
    }
}

impl Step for Monitor {
    const VERB: &'static str = "monitor";
    const EXAMPLE: &'static str = r#"{ do = "monitor", manufacturer-data = { 0x004c = "02 15" }, rssi-high-timeout = "1s", rssi-low-timeout = "3s" }"#;

    fn describe(&self) -> String {
        format!("watch advertisements as {}", self.label)
    }

    /// BlueZ answers at once, or, where it does not like something, not at all.
    fn limit(&self) -> Duration {
        Duration::from_secs(10)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let adapter = bench.adapter();
        if !has_monitors(bench, adapter) {
            return Err(unable(bench));
        }
        let (name, monitors) = (self.label.as_str(), bench.monitors());
        bench.begins(Begun::Monitor(name.to_owned()));
        match monitors.start(name, adapter.path(), self.watched.clone()).await {
            Err(error) if error.kind == ErrorKind::UnknownMember => return Err(unable(bench)),
            started => started?,
        }
        bench.saw("BlueZ has taken the monitor, and has not set it to work");
        match monitors.settled(name).await? {
            Standing::Active => Ok(()),
            _ => Err(Failure::bench(
                "monitor-released",
                "BlueZ has let the monitor go instead of setting it to work",
                "is the adapter on? Else the kernel or the controller has no room for it, or does not take it: see \
                 `journalctl -u bluetooth`",
            )),
        }
    }
}

fn has_monitors(bench: &Bench, adapter: &Adapter) -> bool {
    let path = adapter.path();
    bench.session().mirror().read(|tree| tree.interface(path, Monitors::MANAGER).is_some())
}

/// That this bluetoothd has no monitors. It says nothing about the device.
fn unable(bench: &Bench) -> Failure {
    let version = bench.bluez_version().map(|version| format!(" {version}")).unwrap_or_default();
    Failure::bench(
        "no-monitors",
        format!("this BlueZ{version} takes no advertisement monitors"),
        "start it with `bluetoothd --experimental` (-E); `requires = { interfaces = \
         [\"AdvertisementMonitorManager1\"] }` skips the case where it is without",
    )
}

/// Have BlueZ watch no longer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StopMonitoring {
    /// Which monitor, as `monitor` calls it.
    #[serde(default = "monitor", rename = "as")]
    label: Label,
}

impl Step for StopMonitoring {
    const VERB: &'static str = "stop-monitoring";
    const EXAMPLE: &'static str = r#"{ do = "stop-monitoring" }"#;

    fn describe(&self) -> String {
        format!("stop watching as {}", self.label)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        bench.monitors().stop(self.label.as_str()).await?;
        Ok(())
    }
}
