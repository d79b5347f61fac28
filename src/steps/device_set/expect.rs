//! `device-set-expect`: what BlueZ knows of a device's set.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{called, find, ten_seconds};
use crate::bluez::{Device, DeviceSet, Tree};
use crate::plan::{DeviceName, Span};
use crate::steps::number::Number;
use crate::steps::{Bench, Failure, Outcome, Step};

/// Check the coordinated set (CSIP) that a device is a member of, or wait until it is as wanted.
///
/// It is BlueZ's DeviceSet1 that is looked at, which it has for a set such as a pair of earbuds once it has read from a
/// member which set that is: the member has to be paired and its services known. BlueZ 5.67 and later has it, run with
/// `bluetoothd --experimental`; on others the step is inconclusive and says so.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeviceSetExpect {
    /// The device of the plan whose set it is.
    device: DeviceName,
    /// How many devices the set has when all are there, as this member says.
    size: Option<Number>,
    /// These devices of the plan are members as far as BlueZ knows. There may be others.
    #[serde(default)]
    members: Vec<DeviceName>,
    /// Whether BlueZ knows as many members as the set has.
    complete: Option<bool>,
    /// Which of the set the device is (its rank); 0 where it tells none.
    rank: Option<Number>,
    /// Whether BlueZ connects the other members when one is connected.
    auto_connect: Option<bool>,
    /// Whether every member that BlueZ knows is paired; `false`: one at least is not.
    paired: Option<bool>,
    /// Whether every member that BlueZ knows is connected; `false`: one at least is not.
    connected: Option<bool>,
    /// How long it may take.
    #[serde(default = "ten_seconds")]
    within: Span,
}

/// What BlueZ knows of a set at the moment.
#[derive(Debug, Default, PartialEq)]
struct Shown {
    size: Option<i64>,
    /// Paths, in BlueZ's order.
    members: Vec<String>,
    rank: Option<i64>,
    paired: bool,
    connected: bool,
}

impl Shown {
    /// None: the set has gone.
    fn of(tree: &Tree, set: &DeviceSet, device: &Device) -> Option<Self> {
        let members = set.members_in(tree)?;
        let all = |property: &str| {
            let is = |path: &String| tree.property(path, Device::INTERFACE, property);
            members.iter().all(|path| is(path) == Some(&json!(true)))
        };
        Some(Self {
            size: set.size_in(tree),
            rank: set.rank_in(tree, device.path()),
            paired: all("Paired"),
            connected: all("Connected"),
            members,
        })
    }

    fn is_complete(&self) -> bool {
        i64::try_from(self.members.len()).ok() == self.size
    }

    fn told(&self, bench: &Bench) -> String {
        let number = |number: Option<i64>| number.map_or("none".to_owned(), |n| n.to_string());
        let members: Vec<String> = self.members.iter().map(|path| called(bench, path)).collect();
        let parts = [
            format!("size {}", number(self.size)),
            format!("members {}", members.join(", ")),
            format!("rank {}", number(self.rank)),
            format!("all paired {}", self.paired),
            format!("all connected {}", self.connected),
        ];
        parts.join("; ")
    }
}

impl Step for DeviceSetExpect {
    const VERB: &'static str = "device-set-expect";
    const EXAMPLE: &'static str = r#"{ do = "device-set-expect", device = "left", size = 2, members = ["left", "right"], rank = 1, complete = true }"#;

    fn describe(&self) -> String {
        match self.told() {
            nothing if nothing.is_empty() => format!("expect a set of {}", self.device),
            wanted => format!("expect the set of {}: {wanted}", self.device),
        }
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(1)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let began = tokio::time::Instant::now();
        let device = bench.device(&self.device)?;
        let wanted = self.members.iter().map(|name| Ok(bench.device(name)?.path().to_owned()));
        let wanted = wanted.collect::<Result<Vec<String>, Failure>>()?;
        let set = find(bench, &self.device, self.within.0).await?;
        let left = self.within.0.saturating_sub(began.elapsed());
        bench.saw("the set is not as expected");
        let mirror = bench.session().mirror();
        let holds = mirror.wait_for(|tree| match Shown::of(tree, &set, &device) {
            Some(shown) => self.holds(&shown, &wanted).then_some(true),
            None => Some(false),
        });
        let seen = match tokio::time::timeout(left, holds).await {
            Ok(Ok(true)) => return self.auto_connects(&set).await,
            Ok(Err(error)) => return Err(error.into()),
            Ok(Ok(false)) => None,
            Err(_) => mirror.read(|tree| Shown::of(tree, &set, &device)),
        };
        let seen = seen.map_or("the set has gone".to_owned(), |shown| shown.told(bench));
        let message = format!("the set of {} is not as expected", self.device);
        Err(Failure::unmet(message, self.told(), seen))
    }
}

impl DeviceSetExpect {
    /// Checks the one thing that BlueZ does not tell of, so that it has to be asked.
    async fn auto_connects(&self, set: &DeviceSet) -> Outcome {
        let Some(wanted) = self.auto_connect else { return Ok(()) };
        let is = set.auto_connect().await?;
        if is == wanted {
            return Ok(());
        }
        let told = |on: bool| format!("auto-connect {on}");
        let message = format!("the set of {} is not as expected", self.device);
        Err(Failure::unmet(message, told(wanted), told(is)))
    }

    /// Whether all that the plan wants, auto-connect aside, is so; `members` are the paths of those it names.
    fn holds(&self, shown: &Shown, members: &[String]) -> bool {
        let number = |wanted: Option<Number>, is: Option<i64>| {
            wanted.is_none_or(|wanted| is.is_some_and(|is| wanted.holds(is)))
        };
        number(self.size, shown.size)
            && number(self.rank, shown.rank)
            && members.iter().all(|path| shown.members.contains(path))
            && self.complete.is_none_or(|complete| complete == shown.is_complete())
            && self.paired.is_none_or(|paired| paired == shown.paired)
            && self.connected.is_none_or(|connected| connected == shown.connected)
    }

    fn told(&self) -> String {
        let number = |name: &str, wanted: Option<Number>| {
            wanted.map(|wanted| format!("{name} {}", wanted.told(|n| n.to_string())))
        };
        let flag = |name: &str, wanted: Option<bool>| wanted.map(|on| format!("{name} {on}"));
        let names: Vec<&str> = self.members.iter().map(|name| name.0.as_str()).collect();
        let parts = [
            number("size", self.size),
            (!names.is_empty()).then(|| format!("members {}", names.join(", "))),
            flag("complete", self.complete),
            number("rank", self.rank),
            flag("auto-connect", self.auto_connect),
            flag("all paired", self.paired),
            flag("all connected", self.connected),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(text: &str) -> DeviceSetExpect {
        toml::from_str(text).unwrap()
    }

    fn shown() -> Shown {
        Shown {
            size: Some(2),
            members: vec!["/left".to_owned()],
            rank: Some(1),
            paired: true,
            connected: false,
        }
    }

    #[test]
    fn each_thing_that_is_wanted_of_a_set_must_hold() {
        for (wanted, holds) in [
            ("", true),
            ("size = 2", true),
            ("size = 3", false),
            ("complete = false", true),
            ("complete = true", false),
            ("rank = { greater = 0, less = 3 }", true),
            ("rank = 2", false),
            ("paired = true", true),
            ("connected = true", false),
            ("connected = false\nsize = 3", false),
        ] {
            let step = step(&format!("device = 'left'\n{wanted}"));
            assert_eq!(step.holds(&shown(), &[]), holds, "{wanted}");
        }
        let step = step("device = 'left'\nmembers = ['left', 'right']");
        assert!(step.holds(&shown(), &["/left".to_owned()]));
        assert!(!step.holds(&shown(), &["/left".to_owned(), "/right".to_owned()]));
    }

    #[test]
    fn a_set_that_says_no_size_is_never_complete() {
        assert!(!Shown::default().is_complete());
        assert!(!step("device = 'left'\nrank = 1").holds(&Shown::default(), &[]));
    }

    #[test]
    fn it_says_what_it_wants() {
        let all = step(
            "device = 'left'\nsize = 2\nmembers = ['left', 'right']\ncomplete = true\nconnected = true",
        );
        let said = "expect the set of left: size 2; members left, right; complete true; all connected true";
        assert_eq!(all.describe(), said);
        assert_eq!(step("device = 'left'").describe(), "expect a set of left");
    }
}
