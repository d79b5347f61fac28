//! The steps that a plan can say, one file for each family.
//!
//! A step is a struct: its fields are the arguments, its doc comments the reference, its `run` what it
//! does. [`VERBS`] is the registry, and everything else that must know of a step (decoding, `check`, the
//! JSON Schema, `bttest steps`) reads it from there: a new step is a new file and a line in the registry.

mod adapter;
mod advertise;
mod audio;
mod bearer;
mod begun;
mod bench;
mod call;
mod capture;
mod command;
mod company;
mod condition;
mod connect;
mod control;
mod controller;
mod data_type;
mod device_set;
mod disconnected;
mod discover;
mod expect;
mod failure;
mod fault;
mod fields;
mod forget;
mod gatt;
mod inspect;
mod kernel;
mod kernel_settings;
mod label;
mod left;
mod matching;
mod mgmt;
mod monitor;
mod network;
mod number;
mod object;
mod octets;
mod pair;
mod pause;
mod player;
mod power;
mod prepare;
mod presence;
mod profile;
mod put_back;
mod restore;
mod serve;
mod setting;
mod trust;

use std::fmt::Debug;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeValue, Error, ValueDeserializer};

pub use bench::Bench;
pub use call::InterfaceName;
pub use capture::FOLDER as CAPTURE_FOLDER;
pub use command::CONTROL_FAILED;
pub use failure::Failure;
pub use fault::Fault;
pub use left::Left;
pub use prepare::prepare;
pub use setting::SettingName;

/// How a step, or a part of one, ended.
pub type Outcome<T = ()> = Result<T, Failure>;

/// A kind of step: what its file says of itself.
pub trait Step: DeserializeOwned + JsonSchema + Debug + 'static {
    /// The word after `do`.
    const VERB: &'static str;
    /// An example for the reference, as an inline table of a plan; a test reads it.
    const EXAMPLE: &'static str;

    /// The step in a few words, such as `connect headset`.
    fn describe(&self) -> String;

    /// Time limit where the plan gives none.
    fn limit(&self) -> Duration {
        Duration::from_secs(30)
    }

    /// Whether it is about the bench and not the device, by a command of the plan: then nothing that goes
    /// wrong with it says anything about the device.
    const RUNS_COMMAND: bool = false;

    /// Whether it runs a command of the plan, which `--allow-exec` must allow.
    fn executes(&self) -> bool {
        Self::RUNS_COMMAND
    }

    /// What stands in it that may appear in no output.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether it speaks with the kernel past bluetoothd: then what the kernel tells is listened to from
    /// the beginning.
    const ASKS_KERNEL: bool = false;

    /// Does it. The time limit, `measure` and `expect-error` are the engine's.
    fn run(&self, bench: &Bench) -> impl Future<Output = Outcome>;
}

/// A step with its arguments, whichever kind it is.
pub trait Action: Debug {
    /// See [`Step::describe`].
    fn describe(&self) -> String;
    /// See [`Step::limit`].
    fn limit(&self) -> Duration;
    /// See [`Step::RUNS_COMMAND`].
    fn runs_command(&self) -> bool;
    /// See [`Step::executes`].
    fn executes(&self) -> bool;
    /// See [`Step::secrets`].
    fn secrets(&self) -> Vec<String>;
    /// See [`Step::ASKS_KERNEL`].
    fn asks_kernel(&self) -> bool;
    /// See [`Step::run`].
    fn run<'a>(&'a self, bench: &'a Bench) -> Pin<Box<dyn Future<Output = Outcome> + 'a>>;
}

impl<S: Step> Action for S {
    fn describe(&self) -> String {
        Step::describe(self)
    }

    fn limit(&self) -> Duration {
        Step::limit(self)
    }

    fn runs_command(&self) -> bool {
        S::RUNS_COMMAND
    }

    fn executes(&self) -> bool {
        Step::executes(self)
    }

    fn secrets(&self) -> Vec<String> {
        Step::secrets(self)
    }

    fn asks_kernel(&self) -> bool {
        S::ASKS_KERNEL
    }

    fn run<'a>(&'a self, bench: &'a Bench) -> Pin<Box<dyn Future<Output = Outcome> + 'a>> {
        Box::pin(Step::run(self, bench))
    }
}

/// Reads a step's arguments from its table.
pub type Decode = fn(Spanned<DeValue<'_>>) -> Result<Rc<dyn Action>, Error>;

/// An entry of the registry.
pub struct Verb {
    pub name: &'static str,
    pub example: &'static str,
    /// Schema of the arguments; its description is the reference text.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// Reads the arguments from a table from which `do` and what any step can say were taken out.
    pub decode: Decode,
}

impl Verb {
    const fn of<S: Step>() -> Self {
        Self {
            name: S::VERB,
            example: S::EXAMPLE,
            schema: S::json_schema,
            decode: |table| {
                let step = S::deserialize(ValueDeserializer::from(table))?;
                Ok(Rc::new(step))
            },
        }
    }
}

/// Every step there is.
pub const VERBS: &[Verb] = &[
    Verb::of::<power::Power>(),
    Verb::of::<adapter::SetAdapter>(),
    Verb::of::<discover::Discover>(),
    Verb::of::<discover::Scan>(),
    Verb::of::<discover::StopDiscovery>(),
    Verb::of::<discover::ExpectAdvertised>(),
    Verb::of::<advertise::Advertise>(),
    Verb::of::<advertise::StopAdvertising>(),
    Verb::of::<monitor::Monitor>(),
    Verb::of::<monitor::MonitorExpect>(),
    Verb::of::<monitor::StopMonitoring>(),
    Verb::of::<serve::Serve>(),
    Verb::of::<serve::ServeNotify>(),
    Verb::of::<serve::ServeExpect>(),
    Verb::of::<trust::Trust>(),
    Verb::of::<trust::Block>(),
    Verb::of::<pair::Pair>(),
    Verb::of::<pair::CancelPairing>(),
    Verb::of::<connect::Connect>(),
    Verb::of::<connect::Disconnect>(),
    Verb::of::<disconnected::WaitDisconnected>(),
    Verb::of::<bearer::PreferBearer>(),
    Verb::of::<audio::AudioEndpoint>(),
    Verb::of::<audio::AudioExpect>(),
    Verb::of::<audio::AudioStream>(),
    Verb::of::<audio::UnicastEndpoint>(),
    Verb::of::<audio::UnicastExpect>(),
    Verb::of::<audio::UnicastStream>(),
    Verb::of::<audio::BroadcastAudio>(),
    Verb::of::<audio::BroadcastReceive>(),
    Verb::of::<profile::Profile>(),
    Verb::of::<profile::ProfileExpect>(),
    Verb::of::<profile::ProfileSend>(),
    Verb::of::<profile::ProfileReceive>(),
    Verb::of::<network::Network>(),
    Verb::of::<device_set::DeviceSetExpect>(),
    Verb::of::<device_set::DeviceSetConnect>(),
    Verb::of::<device_set::DeviceSetDisconnect>(),
    Verb::of::<device_set::DeviceSetAutoConnect>(),
    Verb::of::<player::PlayerCommand>(),
    Verb::of::<player::PlayerSet>(),
    Verb::of::<player::PlayerExpect>(),
    Verb::of::<player::ServePlayer>(),
    Verb::of::<player::ServePlayerExpect>(),
    Verb::of::<forget::Forget>(),
    Verb::of::<expect::Expect>(),
    Verb::of::<expect::Wait>(),
    Verb::of::<inspect::Inspect>(),
    Verb::of::<call::Call>(),
    Verb::of::<gatt::GattExpect>(),
    Verb::of::<gatt::GattRead>(),
    Verb::of::<gatt::GattWrite>(),
    Verb::of::<gatt::GattSubscribe>(),
    Verb::of::<gatt::GattNotifications>(),
    Verb::of::<gatt::GattUnsubscribe>(),
    Verb::of::<gatt::GattThroughput>(),
    Verb::of::<gatt::GattSnapshot>(),
    Verb::of::<gatt::DeviceInformation>(),
    Verb::of::<gatt::Battery>(),
    Verb::of::<pause::Pause>(),
    Verb::of::<control::Control>(),
    Verb::of::<controller::Controller>(),
    Verb::of::<mgmt::Mgmt>(),
    Verb::of::<mgmt::MgmtExpect>(),
    Verb::of::<mgmt::MgmtWait>(),
];
