//! `monitor-expect`: what a monitor has told of a device.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::monitor;
use crate::bluez::{BluezVersion, Device, Monitors, Sight, Standing, Tree};
use crate::plan::{DeviceName, Span};
use crate::steps::label::Label;
use crate::steps::{Bench, Failure, Outcome, Step, matching};

/// Wait until a monitor has found a device, or has lost it.
///
/// What BlueZ has told since `monitor` counts, the last of it. With `found = false`, the device must not be found in all
/// of `within`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "ExpectTable")]
#[schemars(with = "ExpectTable")]
pub struct MonitorExpect {
    label: Label,
    device: DeviceName,
    wanted: Wanted,
    within: Span,
}

/// [`MonitorExpect`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ExpectTable {
    /// Which monitor, as `monitor` calls it.
    #[serde(default = "monitor", rename = "as")]
    label: Label,
    /// The device of the plan.
    device: DeviceName,
    /// Whether it is found. Without it, and without `lost`, it is.
    found: Option<bool>,
    /// `true`: it is lost again, which BlueZ tells only where the monitor has a threshold or a timeout.
    #[serde(default)]
    lost: bool,
    /// How long that may take.
    #[serde(default = "ten_seconds")]
    within: Span,
}

fn ten_seconds() -> Span {
    Span(Duration::from_secs(10))
}

/// What is to be so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Found,
    NotFound,
    Lost,
}

impl TryFrom<ExpectTable> for MonitorExpect {
    type Error = String;

    fn try_from(table: ExpectTable) -> Result<Self, String> {
        let wanted = match (table.found, table.lost) {
            (None | Some(true), false) => Wanted::Found,
            (Some(false), false) => Wanted::NotFound,
            (None, true) => Wanted::Lost,
            (Some(_), true) => {
                return Err(
                    "`found` and `lost` are two things to wait for; take one out".to_owned()
                );
            }
        };
        let ExpectTable { label, device, within, .. } = table;
        Ok(Self { label, device, wanted, within })
    }
}

impl Step for MonitorExpect {
    const VERB: &'static str = "monitor-expect";
    const EXAMPLE: &'static str =
        r#"{ do = "monitor-expect", device = "headset", lost = true, within = "30s" }"#;

    fn describe(&self) -> String {
        let what = match self.wanted {
            Wanted::Found => "finds",
            Wanted::NotFound => "does not find",
            Wanted::Lost => "loses",
        };
        format!("{} {what} {}", self.label, self.device)
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(1)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let told = tokio::time::timeout(self.within.0, self.told(bench)).await;
        match (told, self.wanted) {
            (Ok(Err(failure)), _) => Err(failure),
            (Ok(Ok(())), Wanted::NotFound) => Err(self.unmet(bench)),
            (Ok(Ok(())), _) | (Err(_), Wanted::NotFound) => Ok(()),
            (Err(_), _) => Err(self.unmet(bench)),
        }
    }
}

impl MonitorExpect {
    /// Waits until the monitor has told what is waited for, or what must not be.
    async fn told(&self, bench: &Bench) -> Outcome {
        let (name, monitors) = (self.label.as_str(), bench.monitors());
        let sought = match self.wanted {
            Wanted::Lost => Sight::Lost,
            Wanted::Found | Wanted::NotFound => Sight::Found,
        };
        let told = bench.session().mirror().wait_for(|tree| {
            if monitors.standing(name) != Some(Standing::Active) {
                return Some(None);
            }
            let mut sights = self.sights(bench, tree);
            sights.find(|(_, sight)| *sight == sought).map(|(path, _)| Some(path))
        });
        let path = told.await?.ok_or_else(|| idle(&self.label))?;
        bench.recognise(&self.device, &Device::at(bench.session(), &path));
        Ok(())
    }

    /// What the monitor has told last of the device, by path. One that is lost may be forgotten by now.
    fn sights(&self, bench: &Bench, tree: &Tree) -> impl Iterator<Item = (String, Sight)> {
        let criteria = bench.criteria(&self.device);
        let all = bench.monitors().sights(self.label.as_str());
        let known: Vec<String> = bench
            .recognised_devices()
            .into_iter()
            .filter_map(|(name, path)| (name == self.device.0).then_some(path))
            .collect();
        let is_it = |path: &String| {
            known.contains(path)
                || tree
                    .interface(path, Device::INTERFACE)
                    .is_some_and(|found| matching::matches(&criteria, found))
        };
        let own: Vec<_> = all.into_iter().filter(|(path, _)| is_it(path)).collect();
        own.into_iter()
    }

    fn unmet(&self, bench: &Bench) -> Failure {
        let (expected, within) = match self.wanted {
            Wanted::Found => ("found", "within"),
            Wanted::NotFound => ("not found", "for"),
            Wanted::Lost => ("found, and lost again", "within"),
        };
        let last = bench.session().mirror().read(|tree| self.sights(bench, tree).last());
        let seen = match last.map(|(_, sight)| sight) {
            None => "not found",
            Some(Sight::Found) => "found",
            Some(Sight::Lost) => "lost again",
        };
        let message = format!("{}: it is not so {within} {}", self.describe(), self.within);
        let mut failure = Failure::unmet(message, expected, seen);
        if self.wanted != Wanted::NotFound {
            failure.cause.hint = Some(hint(bench).to_owned());
        }
        failure
    }
}

/// From here on bluetoothd takes apart what it compares, and finds other parts in it (`src/shared/ad.c`).
const PARSED: BluezVersion = BluezVersion { major: 5, minor: 69 };

/// A monitor that is not at work.
fn idle(label: &Label) -> Failure {
    Failure::bench(
        "not-monitoring",
        format!("no monitor {label} is at work"),
        "put a `monitor` step before it, in the same scope; BlueZ lets a monitor go where the kernel does",
    )
}

/// What may be between a device that advertises and a monitor that does not tell of it.
fn hint(bench: &Bench) -> &'static str {
    let path = bench.adapter().path();
    let offloads = |tree: &Tree| {
        let features = tree.property(path, Monitors::MANAGER, "SupportedFeatures");
        features.is_some_and(|all| all.to_string().contains("controller-patterns"))
    };
    if bench.session().mirror().read(offloads) {
        return "is it on the air, and does it advertise what the monitor looks for?";
    }
    match bench.bluez_version() {
        Some(version) if version < PARSED => {
            "is it on the air, and does it advertise what the monitor looks for?"
        }
        _ => {
            "is it on the air? This controller does not compare patterns, and BlueZ from 5.69 on compares no names and \
             no lists of services"
        }
    }
}
