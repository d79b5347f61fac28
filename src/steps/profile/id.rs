//! Which profile: its UUID, or the name of one that BlueZ knows.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::plan::ServiceUuid;
use crate::plan::suggest::nearest;

/// The profiles that have a name: it, the number of the UUID (Assigned Numbers, 3.3), and that of the other side
/// (`defaults` in `src/profile.c`).
const NAMED: [(&str, &str, &str); 13] = [
    ("serial-port", "1101", "1101"),
    ("dial-up", "1103", "1103"),
    ("object-sync", "1104", "1104"),
    ("object-push", "1105", "1105"),
    ("file-transfer", "1106", "1106"),
    ("hsp-hs", "1108", "1112"),
    ("hsp-ag", "1112", "1108"),
    ("hfp-hf", "111e", "111f"),
    ("hfp-ag", "111f", "111e"),
    ("phonebook-client", "112e", "112f"),
    ("phonebook-server", "112f", "112f"),
    ("message-server", "1132", "1132"),
    ("message-client", "1133", "1133"),
];

const BASE: &str = "-0000-1000-8000-00805f9b34fb";

/// A profile, by the UUID of this host's side.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct ProfileUuid(String);

impl ProfileUuid {
    /// That of a UUID as BlueZ writes it.
    pub(super) fn of(uuid: &str) -> Self {
        Self(uuid.to_owned())
    }

    /// All 128 bits.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// What `connect` calls it: the service of the device that goes with it.
    pub(super) fn remote(&self) -> &str {
        self.named().map_or(self.as_str(), |(_, _, remote)| remote)
    }

    fn named(&self) -> Option<(&'static str, &'static str, &'static str)> {
        let number = self.as_str().strip_suffix(BASE)?.strip_prefix("0000")?;
        NAMED.into_iter().find(|(_, known, _)| *known == number)
    }
}

impl TryFrom<String> for ProfileUuid {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number = NAMED.iter().find(|(name, ..)| *name == text).map(|(_, number, _)| *number);
        let uuid = ServiceUuid::try_from(number.unwrap_or(&text).to_owned());
        uuid.map(|uuid| Self(uuid.into())).map_err(|_| {
            let meant = nearest(&text, NAMED.iter().map(|(name, ..)| *name));
            let meant = meant.map(|meant| format!("; is it `{meant}`?")).unwrap_or_default();
            format!(
                "`{text}` is no profile; write a name such as \"serial-port\" or \"hfp-hf\", or a UUID such as \
                 \"1101\"{meant}"
            )
        })
    }
}

impl fmt::Display for ProfileUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.named().map_or(self.as_str(), |(name, ..)| name))
    }
}

impl JsonSchema for ProfileUuid {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ProfileUuid".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = NAMED.iter().map(|(name, ..)| *name).collect();
        json_schema!({ "type": "string", "examples": names })
    }
}

/// The version of a profile, such as `1.8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct ProfileVersion(pub(super) u16);

impl TryFrom<String> for ProfileVersion {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts = text.split_once('.');
        let parts =
            parts.and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        match parts {
            Some((major, minor)) => Ok(Self(u16::from_be_bytes([major, minor]))),
            None => Err(format!("`{text}` is no version of a profile; write for example \"1.8\"")),
        }
    }
}

impl fmt::Display for ProfileVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor] = self.0.to_be_bytes();
        write!(f, "{major}.{minor}")
    }
}

impl JsonSchema for ProfileVersion {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ProfileVersion".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^\d{1,3}\.\d{1,3}$", "examples": ["1.8"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_a_number_are_one_profile() {
        let profile = |text: &str| ProfileUuid::try_from(text.to_owned());
        let unit = profile("hfp-hf").expect("a profile");
        assert_eq!(profile("111E"), Ok(unit.clone()));
        assert_eq!((unit.to_string(), unit.remote()), ("hfp-hf".to_owned(), "111f"));
        assert_eq!(unit.as_str(), "0000111e-0000-1000-8000-00805f9b34fb");
        let own = profile("7e570000-b77e-4e57-8000-000000000001").expect("a profile");
        assert_eq!(own.remote(), own.as_str());
        assert!(profile("serial-prot").is_err_and(|why| why.contains("is it `serial-port`?")));
    }

    #[test]
    fn a_version_has_two_numbers() {
        let version = |text: &str| ProfileVersion::try_from(text.to_owned());
        assert_eq!(version("1.8"), Ok(ProfileVersion(0x0108)));
        assert_eq!(ProfileVersion(0x0108).to_string(), "1.8");
        for bad in ["", "1", "1.256", "a.b"] {
            assert!(version(bad).is_err(), "{bad}");
        }
    }
}
