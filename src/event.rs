//! The vocabulary between the engine and the reports.
//!
//! An [`Event`] is one thing that happened; a [`Record`] says when and to what. The engine puts out
//! nothing else, and a report knows nothing else: each of them is a fold over records. The journal is
//! these records as JSON Lines, so a change here is a change of a file format: add fields with
//! `#[serde(default)]`, never change what one means, and raise [`FORMAT`] if that cannot be helped.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Version of the journal's format, written in [`RunStarted::format`].
pub const FORMAT: u32 = 1;

/// One line of the journal: what happened, when, and to what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Position in the run, from 0, without gaps: a gap means that a line was lost.
    pub n: u64,
    /// Microseconds since the run started, on the run's clock (simulated time under a fast clock).
    pub t: u64,
    #[serde(flatten)]
    pub scope: Scope,
    #[serde(flatten)]
    pub event: Event,
}

/// What an event belongs to. A field that is absent means "the whole of the level above".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Id of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// Which repetition of the case, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iteration: Option<u64>,
    /// Which try at this iteration, from 1; more than 1 only where the plan allows retries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Which step: its phase and place, with the round of each loop, such as `steps/5.2/1`: the first
    /// step in the second round of the loop that is the fifth step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The first record of every journal.
    RunStarted(Box<RunStarted>),
    /// The bench answered: which adapter, which BlueZ.
    BenchReady(BenchIdentity),
    /// A case is about to run its first iteration; told once for each case, also for one that is skipped.
    CaseStarted(CaseIdentity),
    /// One iteration begins.
    IterationStarted,
    /// This iteration is one more than the case was to have. It had ended before the run was cut off or
    /// interrupted, and is run anew because what it keeps for later cases was put back or may be lost.
    RunAnew,
    /// One try at an iteration begins.
    AttemptStarted,
    /// A step begins.
    StepStarted(StepIdentity),
    /// A step ended, with its verdict.
    StepFinished(Finished),
    /// The D-Bus object of the adapter or of a device of the plan appeared, with these properties.
    Appeared {
        object: Object,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        properties: BTreeMap<String, serde_json::Value>,
    },
    /// The D-Bus object of the adapter or of a device of the plan went away.
    Vanished { object: Object },
    /// A property of the adapter or of a device of the plan changed; no value: it was withdrawn.
    Changed {
        object: Object,
        interface: String,
        property: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<serde_json::Value>,
    },
    /// A link to a device of the plan has ended, and BlueZ told why: the last word of its reason, such as
    /// `Timeout`, and its message. The interface is that of the device or of one of its bearers.
    Disconnected { object: Object, interface: String, reason: String, message: String },
    /// BlueZ asked bttest's pairing agent, and what it was answered (secrets struck out).
    AgentAsked { method: String, object: Object, answer: String },
    /// BlueZ called an audio endpoint of bttest's, and what it was answered.
    EndpointAsked { method: String, object: Object, answer: String },
    /// BlueZ called an advertisement monitor of bttest's, by what the plan calls it: it is at work (`Activate`) or let
    /// go (`Release`), or a device of the plan is in range (`DeviceFound`) or out of it (`DeviceLost`). That a device
    /// is found is told once, until it is lost.
    Monitored { monitor: String, method: String, object: Object },
    /// BlueZ called a profile of bttest's, and what it was answered.
    ProfileAsked { method: String, object: Object, answer: String },
    /// Bytes went over a connection on a profile of bttest's.
    Exchanged {
        /// The device.
        object: Object,
        /// The profile, such as `serial-port`.
        profile: String,
        way: Way,
        /// The bytes in hexadecimal digits, the first 4096 of them.
        bytes: String,
        /// How many there are, where they are more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<usize>,
        /// They as text, where they are one, with what is not to be seen written as in `\r`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// A device has asked the player that bttest offers for something, such as `Play`, and how the player then
    /// stands. BlueZ does not tell which device.
    PlayerAsked { method: String, answer: String },
    /// A measure was taken.
    Measured {
        name: String,
        /// Microseconds.
        us: u64,
        /// Whether what was measured succeeded. The latency of a failure is no latency: it only counts.
        ok: bool,
    },
    /// Properties that `inspect` was asked to record.
    Inspected { object: Object, properties: BTreeMap<String, serde_json::Value> },
    /// What a device says that it is, in its Device Information service: values by name, such as
    /// `FirmwareRevision`.
    Identified { object: Object, properties: BTreeMap<String, serde_json::Value> },
    /// The value of a GATT attribute of a device of the plan, as it was read, written or notified. The object is
    /// the attribute's, with the device's name.
    Attribute {
        object: Object,
        /// UUID or name of the attribute, such as `battery-level (2a19)`.
        attribute: String,
        access: Access,
        /// Its bytes in hexadecimal digits.
        value: String,
        /// What they are in words: the text, or the numbers that the plan knows them to be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        meaning: Option<String>,
    },
    /// What the kernel told over its management API, by itself or in answer to a command of the plan.
    Kernel {
        /// The event or the command, in the plan's word for it, such as `device-disconnected`.
        what: String,
        /// The device or the adapter that it is about.
        object: Object,
        /// What it said, by the documented names of the parameters (secrets struck out).
        #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
        said: serde_json::Map<String, serde_json::Value>,
    },
    /// What passed between kernel and controller tells why a link, a pairing or an access failed.
    Hci { object: Object, reason: String },
    /// Of an attempt that did not pass the HCI capture was kept, in this file; the path starts at the folder
    /// of the run.
    Captured { file: String },
    /// Something about the bench itself, not the device: bluetoothd left, the adapter was unplugged.
    Bench {
        change: BenchChange,
        /// How far, in microseconds, where the change has a size: how long the machine slept, how far its
        /// clock was stepped (backwards: below zero).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by_us: Option<i64>,
    },
    /// A rung of the plan's `[recovery]` was used.
    Recovered(Recovery),
    /// A command of the bench, from a device's `[device.NAME.control]`, was run.
    Commanded(Commanded),
    /// Something is about to be changed, and is to be put back: how it is. Told once for each thing in each
    /// attempt, and once in what belongs to no attempt, for the run as a whole.
    Touched(Touched),
    /// A change that the run had made was put back, or could not be.
    Restored {
        what: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// One try ended.
    AttemptFinished(Finished),
    /// One iteration ended, with the verdict of its last attempt.
    IterationFinished(Finished),
    /// One iteration that passed at its first attempt, in one record instead of all of its own. Only the
    /// journal has it, never the engine; it has the number and the time of the iteration's last record.
    IterationSummed(IterationSum),
    /// A case ended, with the verdict over all its iterations and thresholds.
    CaseFinished(Finished),
    /// A threshold of the plan was compared with what was measured.
    Threshold(ThresholdResult),
    /// Somebody asked the run to stop.
    Interrupted { signal: String },
    /// The run goes on after it was cut off or interrupted. Cases that were cut off are open again, and
    /// the iteration in which that happened is run anew.
    Resumed {
        /// Version of bttest that goes on with it.
        bttest: String,
        /// When: RFC 3339, UTC.
        at: String,
    },
    /// The last record of a run that ended by itself or was interrupted.
    RunFinished {
        verdict: Verdict,
        /// The exit code of the program (see the README for their meaning).
        exit_code: u8,
        took_us: u64,
    },
}

/// Which way bytes went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// From the bench to the device.
    Sent,
    /// From the device to the bench.
    Received,
}

/// What was done with the value of a GATT attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// The bench read it.
    Read,
    /// The bench wrote it.
    Written,
    /// The device told it, by notification or indication.
    Notified,
}

/// How a step, an attempt, an iteration or a case ended. Ordered by weight: the verdict of a whole is
/// the heaviest of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It held.
    Pass,
    /// It was not run, for a reason that is given.
    Skip,
    /// The bench failed, not the device: nothing can be said about the device.
    Inconclusive,
    /// It did not hold.
    Fail,
}

/// What the run is of, known before the bench is touched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// [`FORMAT`] at the time of writing.
    pub format: u32,
    /// Version of bttest.
    pub bttest: String,
    /// Name of the plan.
    pub plan: String,
    /// Path of the plan as it was given.
    pub file: String,
    /// When the run started: RFC 3339, UTC.
    pub started: String,
    /// Name of the host.
    pub host: String,
    /// Kernel release of the host, such as `6.12.48`.
    pub kernel: String,
    /// Name of the scene, where the run talks to the simulator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulator: Option<String>,
    /// Seed of everything that is drawn by chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// How many cases were chosen to run.
    pub cases: usize,
    /// SHA-256 of the plan as it was read, includes and values from outside with it, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_hash: Option<String>,
}

/// What the bench is, as BlueZ tells it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BenchIdentity {
    /// Kernel name of the adapter, such as `hci0`.
    pub adapter: String,
    /// Bluetooth device address of the adapter.
    pub address: String,
    /// Version of BlueZ, such as `5.82`, where the adapter's modalias tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bluez: Option<String>,
    /// Modalias of the adapter, such as `usb:v1D6Bp0246d0552`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modalias: Option<String>,
    /// Company identifier of the controller's maker (Assigned Numbers, 7.1), where BlueZ tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<u16>,
    /// The other adapters that the plan's devices are on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<AdapterIdentity>,
}

/// Which adapter it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AdapterIdentity {
    /// Kernel name, such as `hci1`.
    pub adapter: String,
    /// Bluetooth device address.
    pub address: String,
}

/// What a case is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseIdentity {
    pub title: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Test cases of the Bluetooth SIG that this case is evidence for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub maps_to: Vec<String>,
    pub place: Place,
    /// How many iterations it is to run, where that is known beforehand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterations: Option<u64>,
    /// When its time is up, in microseconds since the start of the run, where it is given a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_t: Option<u64>,
}

/// What is kept of an iteration that passed at its first attempt.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IterationSum {
    /// How many records it stands for; it has the number of the last of them.
    pub records: u64,
    /// Microseconds.
    pub took_us: u64,
    /// What was measured, in order: the name of the measure, how long it took, and how long before the
    /// record's time that was, both in microseconds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured: Vec<(String, u64, u64)>,
    /// What is not as it was when the iteration began: object, property, and its value; none: unknown.
    /// Only what a cause is told with, such as `Connected` and `Paired`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub state: Vec<(String, String, Option<bool>)>,
    /// What happened last in it, oldest first, for a failure that follows: object, a few words, and how long
    /// before the record's time that was, in microseconds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub last: Vec<(String, String, u64)>,
}

/// One use of a rung of `[recovery]`, or a part of one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Recovery {
    /// Which rung, in the plan's word, such as `power-cycle`; or `repair`, which belongs to `forget`.
    pub rung: String,
    /// It belongs to the use that was told before it: the same rung for a further device, or `repair`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub further: bool,
    /// The device that it was for, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The kind of the cause that called for it.
    pub because: String,
    /// Microseconds.
    pub took_us: u64,
    /// Why it could not be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What is about to be changed, as it is before that.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Touched {
    pub object: Object,
    /// `org.bluez.Adapter1` or `org.bluez.Device1`.
    pub interface: String,
    /// What is to be put back; nothing of a device: BlueZ did not know it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, serde_json::Value>,
}

impl Touched {
    /// What [`Event::Restored`] calls it.
    #[must_use]
    pub fn what(&self) -> String {
        match self.properties.keys().next() {
            Some(property) if self.interface.ends_with(".Adapter1") => property_in_words(property),
            Some(_) if self.interface.ends_with(".DeviceSet1") => set_in_words(&self.object.path),
            _ => device_in_words(&self.object.path),
        }
    }
}

/// What [`Event::Restored`] calls a device.
#[must_use]
pub fn device_in_words(path: &str) -> String {
    format!("device {path}")
}

/// What [`Event::Restored`] calls that a coordinated set is connected as a whole.
#[must_use]
pub fn set_in_words(path: &str) -> String {
    format!("auto-connect of {path}")
}

/// What [`Event::Restored`] calls a property of the adapter.
#[must_use]
pub fn property_in_words(name: &str) -> String {
    format!("adapter {name}")
}

/// A command of the bench that was run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Commanded {
    /// The device whose command it is; none for a command of the bench itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The plan's name for it, such as `power-off`.
    pub name: String,
    /// Its exit status; none where it was ended by a signal, or could not be started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<i32>,
    /// The end of what it wrote, both streams together.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub output: String,
    /// Microseconds.
    pub took_us: u64,
    /// Why it could not be run, or did not end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What a step is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepIdentity {
    /// The step's verb, such as `connect`.
    pub verb: String,
    /// The step as a sentence of few words, such as `connect headset`.
    pub text: String,
    pub place: Place,
}

/// A place in a plan file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// The line of the plan, cut to 200 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
}

/// A D-Bus object as a person names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// The name the plan gives it, such as `headset`; for an adapter its kernel name.
    pub name: String,
    /// Object path on the bus.
    pub path: String,
}

/// How something ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    pub verdict: Verdict,
    /// Microseconds.
    pub took_us: u64,
    /// Why it did not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Of an iteration that failed: a threshold on a success rate has counted the failure, and says at the
    /// end whether the case fails.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_to_threshold: bool,
}

/// Why something did not pass.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// A word to group by: one of BlueZ's error kinds (`page-timeout`), or bttest's own
    /// (`unmet`, `time-limit`, `not-found`, `bluez-gone`, …).
    pub kind: String,
    /// One sentence.
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
    /// The error as it came over D-Bus: its name and its message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<(String, String)>,
    /// What passed between kernel and controller while it failed, such as `link lost: HCI 0x08 Connection
    /// Timeout`, where the run has a capture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hci: Option<String>,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The step that failed, where the cause stands for more than one step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

/// A change of the bench itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BenchChange {
    /// bluetoothd left the bus.
    BluezGone,
    /// bluetoothd is on the bus again.
    BluezBack,
    /// The adapter's object went away.
    AdapterGone,
    /// The adapter's object is there again.
    AdapterBack,
    /// bluetoothd is on the bus and answers nothing.
    BluezHung,
    /// bluetoothd, which had answered nothing, answers again; it never left the bus.
    BluezAnswers,
    /// The adapter was switched off, and not by this run.
    AdapterOff,
    /// rfkill switched the adapter off.
    Rfkill,
    /// The adapter, which was switched off by somebody else or by rfkill, is on again.
    AdapterOn,
    /// The bus itself went away.
    BusGone,
    /// The bus is there again.
    BusBack,
    /// The machine slept.
    Suspended,
    /// The machine's clock was set.
    ClockStepped,
}

/// A threshold and what it was compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThresholdResult {
    /// Name of the measure.
    pub of: String,
    /// Which statistic, such as `p95`.
    pub statistic: String,
    /// What the plan asks for, such as `<= 1500ms`.
    pub wanted: String,
    /// What was measured, in the same unit; absent where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<String>,
    pub held: bool,
}
