//! `profile-expect`: whether a device is connected on a profile of the bench.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::id::{ProfileUuid, ProfileVersion};
use super::{meant, number};
use crate::event::{Event, Object};
use crate::plan::{DeviceName, Span};
use crate::steps::{Bench, Failure, Outcome, Step};

/// Wait until a device is connected on a profile of the bench, or is not, and see what BlueZ tells of the device's side.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProfileExpect {
    /// The device of the plan.
    device: DeviceName,
    /// The profile, as in `profile`. Default: the only one.
    uuid: Option<ProfileUuid>,
    /// Whether it is to be connected.
    #[serde(default = "yes")]
    connected: bool,
    /// The version in the device's service record.
    version: Option<ProfileVersion>,
    /// The features in the device's service record.
    features: Option<u16>,
    /// How long that may take.
    #[serde(default = "ten_seconds")]
    within: Span,
}

fn yes() -> bool {
    true
}

fn ten_seconds() -> Span {
    Span(Duration::from_secs(10))
}

impl Step for ProfileExpect {
    const VERB: &'static str = "profile-expect";
    const EXAMPLE: &'static str =
        r#"{ do = "profile-expect", device = "headset", uuid = "hfp-ag", version = "1.7" }"#;

    fn describe(&self) -> String {
        let on = self.uuid.as_ref().map_or_else(String::new, |uuid| format!(" on {uuid}"));
        match self.connected {
            true => format!("expect {} connected{on}", self.device),
            false => format!("expect {} not connected{on}", self.device),
        }
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(1)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let profile = meant(bench, self.uuid.as_ref())?;
        let device = bench.device(&self.device)?;
        let find = || bench.profiles().link(profile.as_str(), device.path());
        let holds = || {
            let up = find().filter(|link| link.is_up());
            (up.is_some() == self.connected).then_some(up)
        };
        let waited = tokio::time::timeout(self.within.0, bench.profiles().wait_for(holds)).await;
        let link = match waited {
            Ok(None) => return Ok(()),
            Ok(Some(link)) => link,
            Err(_) => {
                let word = |on| if on { "connected" } else { "not connected" };
                return Err(Failure::unmet(
                    format!("{} is not as expected within {}", self.device, self.within),
                    format!("{} on {profile}", word(self.connected)),
                    word(!self.connected),
                ));
            }
        };
        let nature = link.nature();
        let (version, features) = (nature.version.map(ProfileVersion), nature.features);
        let told = version.map_or(serde_json::Value::Null, |version| version.to_string().into());
        bench.record(Event::Inspected {
            object: Object { name: self.device.to_string(), path: device.path().to_owned() },
            properties: BTreeMap::from([
                ("Profile".to_owned(), profile.to_string().into()),
                ("Version".to_owned(), told),
                ("Features".to_owned(), number(features)),
            ]),
        });
        if self.version.is_some() && version != self.version {
            return Err(self.differs("version", self.version, version));
        }
        if self.features.is_some() && features != self.features {
            return Err(self.differs("features", self.features, features));
        }
        Ok(())
    }
}

impl ProfileExpect {
    fn differs<T: std::fmt::Display>(
        &self,
        what: &str,
        want: Option<T>,
        seen: Option<T>,
    ) -> Failure {
        let told = |value: Option<T>| {
            value.map_or_else(|| format!("no {what}"), |value| format!("{what} {value}"))
        };
        Failure::unmet(
            format!("the service record of {} is not as expected", self.device),
            told(want),
            told(seen),
        )
    }
}
