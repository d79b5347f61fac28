//! What a device of a scene says on a classic profile, once it is connected on it (BR/EDR).

use std::time::Duration;

use serde::Deserialize;

use super::{latency, uuid::Uuid};

/// The most profiles of a device, and the most answers on one.
const MOST: usize = 64;
/// The longest text, in bytes.
const LONGEST: usize = 512;

/// What a device has on a profile: `[[device.profile]]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Profile {
    /// The service of the device: one of its `services`.
    pub uuid: Uuid,
    /// The version in its service record: `0x0107` is 1.7.
    #[serde(default)]
    pub version: Option<u16>,
    /// The features in its service record.
    #[serde(default)]
    pub features: Option<u16>,
    /// Whether it sends back what comes.
    #[serde(default)]
    pub echo: bool,
    /// What it answers to a line, which ends with a carriage return: the first that fits.
    #[serde(default)]
    pub answer: Vec<Answer>,
    /// When it connects by itself. Default: it never does.
    #[serde(default)]
    pub calls: Option<Calls>,
}

/// A connection that a device makes itself: `{ after = "1s", says = "hello" }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Calls {
    /// How long after a client has registered a server for it.
    #[serde(deserialize_with = "latency::deserialize_duration")]
    pub after: Duration,
    /// What it says as soon as it is connected.
    #[serde(default)]
    pub says: String,
}

/// An answer: `{ to = "AT+CIND?", with = "\r\n+CIND: 0,0,1\r\n\r\nOK\r\n" }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Answer {
    /// How the line begins.
    pub to: String,
    /// What the device sends.
    pub with: String,
}

/// Looks for what is wrong with the profiles of a device.
pub(super) fn check(
    profiles: &[Profile],
    (key, services): (&str, &Vec<Uuid>),
) -> Result<(), String> {
    if profiles.len() > MOST {
        return Err(format!("{MOST} profiles are the most"));
    }
    for profile in profiles {
        if !services.contains(&profile.uuid) {
            return Err(format!("the device has no service {}; add it to `{key}`", profile.uuid));
        }
        if profile.answer.len() > MOST {
            return Err(format!("{MOST} answers are the most"));
        }
        let texts = profile.answer.iter().flat_map(|answer| [&answer.to, &answer.with]);
        if texts
            .chain(profile.calls.iter().map(|calls| &calls.says))
            .any(|text| text.len() > LONGEST)
        {
            return Err(format!("{LONGEST} bytes are the most of a text"));
        }
    }
    Ok(())
}

impl Profile {
    /// What is answered to a line.
    pub fn answers(&self, line: &str) -> Option<&str> {
        let fits = |answer: &&Answer| line.starts_with(&answer.to);
        self.answer.iter().find(fits).map(|answer| answer.with.as_str())
    }
}
