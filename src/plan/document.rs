//! The tables of a plan file as a user writes them.
//!
//! Each type is one table: its fields are the keys, its doc comments are what editors and
//! `bttest schema` show. What a table means is settled elsewhere; here is only its shape.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::opaque::{Matrix, Steps, Values};
use super::recovery::RecoveryTable;
use super::span::Limit;
use super::time_of_day::TimeOfDay;
use super::word::{CaseId, SigCase, Tag, Times};
use crate::bluez::{BluezVersion, Role};
use crate::plan::{Address, Bound, Command, Rate, ServiceUuid};
use crate::steps::{InterfaceName, SettingName};

/// A plan of bttest.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct PlanTable {
    /// Name of the plan, as reports show it. Without it, the name of the file.
    pub name: Option<String>,
    /// What the plan is for.
    pub description: Option<String>,
    /// Time limit of the whole run. Without it, the run takes as long as it takes.
    pub timeout: Option<Limit>,
    /// Run the cases in rounds, one iteration of each in turn, for as long as this says. The cases then
    /// say nothing of that themselves.
    pub soak: Option<SoakTable>,
    /// What is done when a case goes on failing.
    pub recovery: Option<RecoveryTable>,
    /// Files whose adapter, devices, variables, sequences and defaults this plan takes over. Paths
    /// start at this file. What this file defines itself wins.
    #[schemars(extend("examples" = [["common.toml"]]))]
    pub include: Vec<String>,
    /// What the run leaves as it changed it, instead of putting it back. Also what a case leaves, where
    /// neither the case nor `[defaults]` says it.
    pub keep: Keep,
    /// Which adapter the plan runs on.
    pub adapter: AdapterChoice,
    /// The devices under test: `[device.NAME]` says how one is recognised.
    pub device: BTreeMap<String, DeviceMatch>,
    /// Variables: `${name}` in any text of the plan stands for the value. `--set name=value` and the
    /// environment variable `BTTEST_VAR_name` set them from outside.
    pub vars: Values,
    /// What holds for every case and step that does not say otherwise.
    pub defaults: Defaults,
    /// Steps to use more than once: `[sequence.NAME]`, run by `{ do = "sequence", name = "NAME" }`.
    pub sequence: BTreeMap<String, SequenceTable>,
    /// Steps to run once, before the first case.
    pub setup: Steps,
    /// Steps to run once, after the last case, whatever happened before.
    pub teardown: Steps,
    /// The cases, run in their order.
    pub case: Vec<CaseTable>,
}

/// How long the rounds of a plan go on. What comes first ends them, and one of these is needed.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct SoakTable {
    /// How many rounds.
    pub repeat: Option<Times>,
    /// How long. An iteration that has begun is finished.
    #[serde(rename = "for")]
    #[schemars(extend("examples" = ["8h"]))]
    pub lasting: Option<Limit>,
    /// Until the clock of this machine shows this time, the next time. An iteration that has begun is
    /// finished.
    pub until: Option<TimeOfDay>,
    /// `true`: until an iteration fails.
    pub until_fail: bool,
}

/// What holds for every case and step that does not say otherwise.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Defaults {
    /// Time limit of a step that gives no `timeout`, `within` or `for` itself.
    pub step_timeout: Option<Limit>,
    /// Time limit of one attempt at a case that gives no `timeout`.
    pub case_timeout: Option<Limit>,
    /// How often a failing case is tried again.
    #[schemars(extend("examples" = [1]))]
    pub retries: Option<u32>,
    /// What cases leave as they changed it, instead of putting it back.
    pub keep: Option<Keep>,
}

/// A variable that says more than its value.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct VarTable {
    /// The value where nothing else sets it.
    pub value: super::opaque::Value,
    /// The environment variable that holds it.
    #[schemars(extend("examples" = ["HEADSET_PIN"]))]
    pub env: Option<String>,
    /// `true`: it has no value here, and must be set from outside.
    pub required: bool,
    /// `true`: its value appears in no output and in no report.
    pub secret: bool,
    /// What it is for, told to somebody who did not set it.
    pub help: Option<String>,
}

/// Steps to use more than once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SequenceTable {
    /// What it does.
    #[expect(dead_code, reason = "for people who read the plan")]
    pub description: Option<String>,
    /// Its parameters, each with the value it has where a call does not give it, or with
    /// `{ required = true }`. In the steps `${name}` stands for the value.
    #[serde(default)]
    #[expect(dead_code, reason = "read by other means; here for its schema")]
    pub params: Values,
    /// The steps. They can use the parameters and every variable of the plan.
    #[expect(dead_code, reason = "read by other means; here for its schema")]
    pub steps: Steps,
}

/// One case.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CaseTable {
    /// A short name that stays the same from run to run and is the only one of its kind in the plan.
    pub id: CaseId,
    /// What the case shows, in a few words. Without it, the id.
    pub title: Option<String>,
    /// Words to choose cases by, with `--tag`.
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// Test cases of the Bluetooth SIG that this case is evidence for.
    #[serde(default)]
    pub maps_to: Vec<SigCase>,
    /// What the case needs; where that is not met the case is skipped, with the reason.
    #[serde(default)]
    pub requires: Requires,
    /// How often a failing iteration is tried again. Every try is in the report.
    #[schemars(extend("examples" = [1]))]
    pub retries: Option<u32>,
    /// Time limit of one attempt, its setup and teardown not counted.
    pub timeout: Option<Limit>,
    /// How many iterations. Without it, one, or as many as `for`, `until` and `until-fail` leave time
    /// for; of these four, what comes first ends the case.
    pub repeat: Option<Times>,
    /// Repeat the case for so long. An iteration that has begun is finished.
    #[serde(rename = "for")]
    #[schemars(extend("examples" = ["8h"]))]
    pub lasting: Option<Limit>,
    /// Repeat the case until the clock of this machine shows this time, the next time after the run has
    /// started. An iteration that has begun is finished.
    pub until: Option<TimeOfDay>,
    /// `true`: repeat the case until an iteration fails.
    #[serde(default)]
    pub until_fail: bool,
    /// What the case leaves as it changed it, instead of putting it back.
    pub keep: Option<Keep>,
    /// Runs the case once for each combination of these values: `${name}` stands for the value.
    #[serde(default)]
    #[expect(dead_code, reason = "read by other means; here for its schema")]
    pub matrix: Matrix,
    /// Steps to run before each attempt.
    #[serde(default)]
    #[expect(dead_code, reason = "read by other means; here for its schema")]
    pub setup: Steps,
    /// What the case does, step by step.
    #[expect(dead_code, reason = "read by other means; here for its schema")]
    pub steps: Steps,
    /// Steps to run after each attempt, whatever happened before.
    #[serde(default)]
    #[expect(dead_code, reason = "read by other means; here for its schema")]
    pub teardown: Steps,
    /// What the measures of the case must reach.
    #[serde(default)]
    #[expect(dead_code, reason = "read one by one; here for its schema")]
    pub threshold: Vec<Threshold>,
}

/// Which adapter the plan runs on.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct AdapterChoice {
    /// Kernel name (`hci0`) or address of the adapter. Without it, the only adapter there is.
    #[serde(deserialize_with = "adapter_name")]
    #[schemars(extend("examples" = ["hci0"]))]
    pub select: Option<String>,
    /// What to do when the adapter is off at the start: `on` switches it on and puts it back
    /// afterwards; `leave` touches nothing, and the run cannot start.
    pub power: PowerPolicy,
}

/// A kernel name or an address; anything else could match no adapter.
fn adapter_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let number = text.strip_prefix("hci").unwrap_or_default();
    let kernel = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    match Address::try_from(text.clone()) {
        Ok(address) => Ok(Some(address.into())),
        Err(_) if kernel => Ok(Some(text)),
        Err(_) => Err(de::Error::custom(format!(
            "{} is no adapter; write a name such as \"hci0\" or an address such as \"C0:DE:00:00:00:01\"",
            super::visible::quote(&text)
        ))),
    }
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
    /// Kernel name (`hci1`) or address of the adapter that it is on, where that is another than the plan's. Its steps
    /// take that one.
    #[serde(deserialize_with = "adapter_name")]
    #[schemars(extend("examples" = ["hci1"]))]
    pub adapter: Option<String>,
    /// Commands that do something to it from outside: a relay, `uhubctl`, `adb`. Each is text for `sh -c`,
    /// a list of a program and its arguments, or a table with `run` and `timeout`. The step `control` runs
    /// one by its name, and [recovery] runs `reset`; both need `--allow-exec`. The command finds
    /// BTTEST_DEVICE, BTTEST_COMMAND and, where it is known, BTTEST_ADDRESS in its environment.
    #[schemars(extend("examples" = [{ "power-off": ["uhubctl", "-a", "off", "-p", "2"] }]))]
    pub control: BTreeMap<String, Command>,
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
    /// Settings that the kernel must say that the controller can have, such as `secure-connections`
    /// (`doc/mgmt-protocol.rst`, Read Controller Information).
    #[schemars(extend("examples" = [["secure-connections"]]))]
    pub kernel_settings: Vec<SettingName>,
    /// Interfaces that BlueZ must show of the adapter, such as `AdvertisementMonitorManager1`; some are there only with
    /// `bluetoothd --experimental`.
    #[schemars(extend("examples" = [["AdvertisementMonitorManager1"]]))]
    pub interfaces: Vec<InterfaceName>,
    /// What of audio bluetoothd must let this host be (`Media1.SupportedUUIDs`). LE Audio is there only with
    /// `bluetoothd --experimental --kernel='*'`, and a controller that has isochronous channels.
    #[schemars(extend("examples" = [["unicast-source"]]))]
    pub audio: Vec<Role>,
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
    /// The name that a step gave to its `measure`, or `iteration` for the iterations of the case.
    #[schemars(extend("x-refers-to" = "measure"))]
    pub of: String,
    /// Share of the tries that succeeded. In a case of several iterations it is this that says whether the
    /// case fails: a failure that it has counted fails the iteration alone.
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
