//! The bearers of a dual-mode device, and `prefer-bearer`: over which one it is connected first.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Bench, Failure, Outcome, Step};
use crate::bluez::{Bearer, Device, ErrorKind};
use crate::plan::DeviceName;

/// A bearer, as a plan names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum OneBearer {
    /// Low Energy.
    Le,
    /// Basic Rate / Enhanced Data Rate.
    Bredr,
}

impl OneBearer {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Le => "le",
            Self::Bredr => "bredr",
        }
    }
}

impl From<OneBearer> for Bearer {
    fn from(bearer: OneBearer) -> Self {
        match bearer {
            OneBearer::Le => Self::Le,
            OneBearer::Bredr => Self::Bredr,
        }
    }
}

/// What BlueZ has for choosing a bearer, and when.
const HINT: &str = "it is BlueZ 5.83 and later, run with `bluetoothd --experimental`, that connects one bearer of a \
                    device; 5.80 and later, run so, has `prefer-bearer`; put `requires = { bluez = \"5.83\" }` in the case";

/// That this BlueZ cannot do something with a bearer. It says nothing about the device.
pub(super) fn unable(bench: &Bench, what: &str) -> Failure {
    let version = bench.bluez_version().map(|version| format!(" {version}")).unwrap_or_default();
    Failure::bench("bearer-unknown", format!("this BlueZ{version} {what}"), HINT)
}

/// Checks that BlueZ presents a bearer of a device, so that it can be connected by itself.
pub(super) fn has(bench: &Bench, device: &Device, bearer: OneBearer) -> Outcome {
    if device.has_bearer(bearer.into()) {
        return Ok(());
    }
    let others = [OneBearer::Le, OneBearer::Bredr].map(|other| device.has_bearer(other.into()));
    if others.contains(&true) {
        return Err(Failure::fail(
            "no-such-bearer",
            format!("BlueZ knows the device on no bearer `{}`", bearer.word()),
            "has it been heard, or paired, over that bearer?",
        ));
    }
    Err(unable(bench, "presents no bearers of devices"))
}

/// The outcome of a method of a bearer.
pub(super) fn outcome(bench: &Bench, answer: crate::bluez::Result<()>) -> Outcome {
    match answer {
        Err(error) if error.kind == ErrorKind::UnknownMember => {
            Err(unable(bench, "does not connect or disconnect one bearer"))
        }
        answer => Ok(answer?),
    }
}

/// Say over which bearer BlueZ connects a dual-mode device first, from its next connection on.
///
/// BlueZ 5.80 and later, run with `bluetoothd --experimental`, can do that; on others the step is inconclusive and
/// says so. The preference is put back after the case.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PreferBearer {
    /// The device of the plan.
    device: DeviceName,
    /// Which.
    bearer: Preference,
}

/// A value of `PreferredBearer` (`doc/org.bluez.Device.rst`).
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Preference {
    Le,
    Bredr,
    /// The one that was used last.
    LastUsed,
    /// The one on which it was heard last.
    LastSeen,
}

impl Preference {
    fn word(self) -> &'static str {
        match self {
            Self::Le => "le",
            Self::Bredr => "bredr",
            Self::LastUsed => "last-used",
            Self::LastSeen => "last-seen",
        }
    }
}

/// The property that holds the preference.
pub(super) const PREFERRED: &str = "PreferredBearer";

impl Step for PreferBearer {
    const VERB: &'static str = "prefer-bearer";
    const EXAMPLE: &'static str = r#"{ do = "prefer-bearer", device = "headset", bearer = "le" }"#;

    fn describe(&self) -> String {
        format!("prefer bearer {} of {}", self.bearer.word(), self.device)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let device = bench.device(&self.device)?;
        if device.property(PREFERRED).is_none() {
            return Err(unable(
                bench,
                "has no preferred bearer of this device, which may not be dual-mode",
            ));
        }
        bench.touch(&device);
        let word = Value::from(self.bearer.word());
        device.set(PREFERRED, &word).await?;
        device.wait_until(PREFERRED, |value| value == &word).await?;
        Ok(())
    }
}
