//! The tables of a plan file as a user writes them.
//!
//! Each type is one table: its fields are the keys, its doc comments are what editors and
//! `bttest schema` show. What a table means is settled elsewhere; here is only its shape.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::{Address, BluezVersion, Bound, Rate, ServiceUuid};

/// Which adapter the plan runs on.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct AdapterChoice {
    /// Kernel name (`hci0`) or address of the adapter. Without it, the only adapter there is.
    #[schemars(extend("examples" = ["hci0"]))]
    pub select: Option<String>,
    /// What to do when the adapter is off at the start: `on` switches it on and puts it back
    /// afterwards; `leave` touches nothing, and the run cannot start.
    pub power: PowerPolicy,
}

/// What to do with an adapter that is off when the run starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PowerPolicy {
    /// Switch it on, and off again at the end.
    #[default]
    On,
    /// Leave it alone.
    Leave,
}

/// How a device under test is recognised. All that is given must match.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct DeviceMatch {
    /// The name it advertises, exactly.
    #[schemars(extend("examples" = ["My_Bluetooth_Device"]))]
    pub name: Option<String>,
    /// How its name begins.
    pub name_prefix: Option<String>,
    /// Its Bluetooth device address, such as `C0:DE:00:00:00:01`.
    #[schemars(extend("examples" = ["C0:DE:00:00:00:01"]))]
    pub address: Option<Address>,
    /// A service that it advertises or has: a 16-bit number such as `180d`, or a whole UUID.
    #[schemars(extend("examples" = ["180d"]))]
    pub service: Option<ServiceUuid>,
    /// A company identifier in its manufacturer data (Assigned Numbers, 7.1).
    #[schemars(extend("examples" = [76]))]
    pub manufacturer: Option<u16>,
    /// Over which bearer it is looked for.
    pub transport: Transport,
}

/// A bearer, as BlueZ's discovery filter names it (`doc/org.bluez.Adapter.rst`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// Both, interleaved.
    #[default]
    Auto,
    /// Low Energy.
    Le,
    /// Basic Rate / Enhanced Data Rate.
    Bredr,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Le => "le",
            Self::Bredr => "bredr",
        })
    }
}

/// What a case needs; a case whose needs are not met is skipped, with the reason.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Requires {
    /// The oldest version of BlueZ that will do, such as `5.80`.
    #[schemars(extend("examples" = ["5.80"]))]
    pub bluez: Option<BluezVersion>,
    /// Cases that must have passed before.
    #[schemars(extend("x-refers-to" = "cases"))]
    pub cases: Vec<String>,
    /// `true`: only on real hardware, never in the simulator.
    pub hardware: bool,
    /// How many adapters the bench must have.
    pub adapters: Option<u8>,
}

/// What a case or a run leaves as it changed it, instead of putting it back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Keep {
    /// Bonds that it made, and devices that it trusted or blocked.
    pub bonds: bool,
    /// Properties of the adapter that it set.
    pub adapter: bool,
}

/// What a measure must reach. Every statistic that is given must hold.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Threshold {
    /// The name that a step gave to its `measure`.
    #[schemars(extend("x-refers-to" = "measure"))]
    pub of: String,
    /// Share of the tries that succeeded.
    pub success_rate: Option<Bound<Rate>>,
    /// How many tries succeeded.
    pub count: Option<Bound<u64>>,
    pub min: Option<Bound<Duration>>,
    pub p50: Option<Bound<Duration>>,
    pub p90: Option<Bound<Duration>>,
    pub p95: Option<Bound<Duration>>,
    pub p99: Option<Bound<Duration>>,
    pub max: Option<Bound<Duration>>,
    pub mean: Option<Bound<Duration>>,
}
