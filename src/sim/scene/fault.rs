//! What goes wrong in a scene, and when: a fault names the operation it spoils, the times at which
//! it does, and what happens then.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::{Mishap, Version, Window, latency};
use crate::{
    bluez::ErrorKind,
    sim::error::{Bearer, words},
};

/// The operation that a fault spoils.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// `Device1.Connect`.
    Connect,
    /// `Device1.Disconnect`.
    Disconnect,
    /// `Device1.ConnectProfile`.
    ConnectProfile,
    /// `Device1.DisconnectProfile`.
    DisconnectProfile,
    /// `Device1.Pair`.
    Pair,
    /// The resolving of services after a connection.
    Resolve,
    /// A discovery: `Adapter1.StartDiscovery`, or for a device, being heard in it.
    Discover,
    /// `Adapter1.StopDiscovery`.
    StopDiscovery,
    /// A change of `Adapter1.Powered`.
    Power,
    /// `Adapter1.RemoveDevice`.
    Remove,
    /// `ReadValue` of a characteristic or descriptor.
    Read,
    /// `WriteValue` of a characteristic or descriptor.
    Write,
    /// `StartNotify` and `AcquireNotify` of a characteristic.
    Notify,
}

impl Operation {
    /// Whether a fault of a device can name it.
    pub(super) fn is_of_device(self) -> bool {
        use Operation::*;
        matches!(
            self,
            Connect
                | Disconnect
                | ConnectProfile
                | DisconnectProfile
                | Pair
                | Resolve
                | Discover
                | Read
                | Write
                | Notify
        )
    }

    /// Whether it is about an attribute of a GATT database.
    pub(in crate::sim) fn is_of_attribute(self) -> bool {
        matches!(self, Operation::Read | Operation::Write | Operation::Notify)
    }

    /// Whether a fault of an adapter can name it.
    pub(super) fn is_of_adapter(self) -> bool {
        use Operation::*;
        matches!(self, Discover | StopDiscovery | Power | Remove)
    }
}

/// At which of its operations a fault strikes; they are counted from 1 for each fault.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// At each.
    Always,
    /// At the given ones.
    Nth(Vec<u32>),
    /// At each multiple of the number.
    Every(u32),
    /// At each with this probability, from 0 to 1.
    Probability(f64),
}

/// What a fault does.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// The call answers with an error.
    Error(Failure),
    /// The call never answers.
    NeverAnswers,
    /// The device leaves the air, for a time or for good.
    Vanish(Option<Duration>),
    /// The device loses its link, leaves the air for a time, and starts anew.
    Reboot {
        /// How long it is away.
        lasting: Duration,
        /// Whether it has lost its keys then.
        forgets_bonds: bool,
    },
    /// The link is lost this long after it came up.
    DropsAfter(Duration),
    /// Something befalls the bench, for a time or for good.
    Mishap(Mishap, Option<Duration>),
}

/// The error that a spoilt call answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The kind, in the words that this bluetoothd has for it.
    Kind(ErrorKind),
    /// Exactly this.
    Raw {
        /// The D-Bus error's name.
        name: String,
        /// The D-Bus error's message.
        message: String,
    },
}

/// One way in which an adapter or a device misbehaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The operation that it spoils.
    pub on: Operation,
    /// At which of them.
    pub trigger: Trigger,
    /// At how many operations in a row, once it strikes.
    pub burst: u32,
    /// When it can strike and counts operations; without, always.
    pub during: Option<Window>,
    /// What happens then.
    pub effect: Effect,
}

/// A fault as it stands in the file, before it is known to make sense.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    on: Operation,
    nth: Option<OneOrMany>,
    every: Option<u32>,
    probability: Option<f64>,
    burst: Option<u32>,
    during: Option<Window>,
    error: Option<WrittenFailure>,
    #[serde(default, deserialize_with = "latency::deserialize_optional")]
    reboot: Option<Duration>,
    #[serde(default)]
    forgets_bonds: bool,
    #[serde(default)]
    never_answers: bool,
    #[serde(default)]
    vanish: bool,
    #[serde(default)]
    crash: bool,
    #[serde(default)]
    hang: bool,
    #[serde(default)]
    unplug: bool,
    #[serde(default)]
    rfkill: bool,
    #[serde(default)]
    bus_gone: bool,
    #[serde(default, deserialize_with = "latency::deserialize_optional")]
    drops_after: Option<Duration>,
    #[serde(default, rename = "for", deserialize_with = "latency::deserialize_optional")]
    lasting: Option<Duration>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a number such as 3 or a list such as [1, 4]")]
enum OneOrMany {
    One(u32),
    Many(Vec<u32>),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected an error's kind or { name = …, message = … }")]
enum WrittenFailure {
    Kind(String),
    Raw(RawFailure),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFailure {
    name: String,
    #[serde(default)]
    message: String,
}

impl Written {
    fn trigger(&mut self) -> Result<Trigger, String> {
        let trigger = match (self.nth.take(), self.every, self.probability) {
            (None, None, None) => Trigger::Always,
            (Some(OneOrMany::One(nth)), None, None) => Trigger::Nth(vec![nth]),
            (Some(OneOrMany::Many(nths)), None, None) => Trigger::Nth(nths),
            (None, Some(step), None) => Trigger::Every(step),
            (None, None, Some(chance)) => Trigger::Probability(chance),
            _ => return Err("give one of `nth`, `every` and `probability`".into()),
        };
        match &trigger {
            Trigger::Nth(nths) if nths.contains(&0) => Err("`nth` counts from 1".into()),
            Trigger::Every(0) => Err("`every` counts from 1".into()),
            Trigger::Probability(chance) if !(0.0..=1.0).contains(chance) => {
                Err("`probability` is between 0 and 1".into())
            }
            _ => Ok(trigger),
        }
    }

    fn effect(&mut self) -> Result<Effect, String> {
        let lasting = self.lasting;
        let mut effects = Vec::new();
        if let Some(failure) = self.error.take() {
            effects.push(Effect::Error(failure.into_failure(self.on)?));
        }
        if self.forgets_bonds && self.reboot.is_none() {
            return Err("`forgets-bonds` belongs to `reboot`".into());
        }
        if let Some(lasting) = self.reboot {
            effects.push(Effect::Reboot { lasting, forgets_bonds: self.forgets_bonds });
        }
        if let Some(time) = self.drops_after {
            effects.push(Effect::DropsAfter(time));
        }
        effects.extend(self.never_answers.then_some(Effect::NeverAnswers));
        effects.extend(self.vanish.then_some(Effect::Vanish(lasting)));
        let mishaps = [
            (self.crash, Mishap::Crash),
            (self.hang, Mishap::Hang),
            (self.unplug, Mishap::Unplug),
            (self.rfkill, Mishap::Rfkill),
            (self.bus_gone, Mishap::BusGone),
        ];
        let mishaps = mishaps.into_iter().filter(|(is_written, _)| *is_written);
        effects.extend(mishaps.map(|(_, mishap)| Effect::Mishap(mishap, lasting)));
        let [effect] = <[Effect; 1]>::try_from(effects).map_err(|_| {
            "give one of `error`, `never-answers`, `vanish`, `reboot`, `drops-after`, `crash`, `hang`, \
             `unplug`, `rfkill` and `bus-gone`"
        })?;
        match &effect {
            Effect::Vanish(_) | Effect::Mishap(..) => {}
            _ if lasting.is_some() => {
                return Err("`for` belongs to what lasts, such as `vanish`, `crash`, `hang`".into());
            }
            Effect::DropsAfter(_) if !matches!(self.on, Operation::Connect | Operation::Pair) => {
                return Err("`drops-after` needs on = \"connect\" or \"pair\"".into());
            }
            Effect::Error(_) if self.on == Operation::Resolve => {
                return Err("resolving answers nobody: give `never-answers` instead".into());
            }
            _ => {}
        }
        Ok(effect)
    }
}

impl WrittenFailure {
    fn into_failure(self, on: Operation) -> Result<Failure, String> {
        match self {
            WrittenFailure::Kind(word) => kind(&word, on).map(Failure::Kind),
            WrittenFailure::Raw(RawFailure { name, message }) => {
                if zbus::names::ErrorName::try_from(name.as_str()).is_err() {
                    return Err(format!("`{}` is no D-Bus error name", name.escape_default()));
                }
                if message.contains('\0') {
                    return Err("a D-Bus string cannot hold U+0000".into());
                }
                Ok(Failure::Raw { name, message })
            }
        }
    }
}

/// The kind of this word, if an operation of this kind can fail so on either transport.
fn kind(word: &str, on: Operation) -> Result<ErrorKind, String> {
    let can_be = |kind: &&ErrorKind| {
        [Bearer::Le, Bearer::BrEdr]
            .iter()
            .any(|bearer| words(**kind, on, *bearer, Version::default()).is_some())
    };
    let fitting = || ErrorKind::ALL.iter().filter(can_be);
    fitting().find(|kind| kind.as_str() == word).copied().ok_or_else(|| {
        let words: Vec<_> = fitting().map(|kind| format!("`{kind}`")).collect();
        let word = word.escape_default();
        format!("`{word}` is no error of this operation; there are {}", words.join(", "))
    })
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut written = Written::deserialize(deserializer)?;
        let read = |written: &mut Written| {
            let burst = written.burst.unwrap_or(1);
            if burst == 0 {
                return Err("`burst` counts from 1".into());
            }
            let (trigger, effect) = (written.trigger()?, written.effect()?);
            Ok(Fault { on: written.on, trigger, burst, during: written.during, effect })
        };
        read(&mut written).map_err(|message: String| serde::de::Error::custom(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Fault, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_fault_is_an_operation_a_trigger_and_an_effect() {
        assert_eq!(
            read("on = 'connect'\nnth = [1, 4]\nerror = 'page-timeout'"),
            Ok(Fault {
                on: Operation::Connect,
                trigger: Trigger::Nth(vec![1, 4]),
                burst: 1,
                during: None,
                effect: Effect::Error(Failure::Kind(ErrorKind::PageTimeout)),
            })
        );
        assert_eq!(
            read("on = 'pair'\nvanish = true\nfor = '10s'"),
            Ok(Fault {
                on: Operation::Pair,
                trigger: Trigger::Always,
                burst: 1,
                during: None,
                effect: Effect::Vanish(Some(Duration::from_secs(10))),
            })
        );
    }

    #[test]
    fn nonsense_is_refused_with_the_reason() {
        for (text, reason) in [
            ("on = 'pair'", "give one of `error`"),
            ("on = 'pair'\ncrash = true\nvanish = true", "give one of `error`"),
            ("on = 'pair'\nnth = 0\ncrash = true", "counts from 1"),
            ("on = 'pair'\nnth = 1\nevery = 2\ncrash = true", "give one of `nth`"),
            ("on = 'pair'\nprobability = 1.5\ncrash = true", "between 0 and 1"),
            ("on = 'pair'\nprobability = nan\ncrash = true", "between 0 and 1"),
            ("on = 'pair'\nerror = 'page-timout'", "page-timeout"),
            ("on = 'pair'\nerror = { name = 'x y' }", "no D-Bus error name"),
            ("on = 'pair'\nnever-answers = true\nfor = '2s'", "`for` belongs to"),
            ("on = 'pair'\nburst = 0\ncrash = true", "`burst` counts from 1"),
            ("on = 'pair'\nduring = { every = '1h' }\ncrash = true", "`for`"),
            ("on = 'pair'\nforgets-bonds = true\ncrash = true", "`forgets-bonds` belongs to"),
            ("on = 'pair'\nreboot = '1s'\nfor = '2s'", "`for` belongs to"),
            ("on = 'disconnect'\ndrops-after = '2s'", "`drops-after` needs"),
        ] {
            let message = read(text).expect_err(text);
            assert!(message.contains(reason), "{text}: {message}");
        }
    }
}
