//! Versions of BlueZ.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

/// A version of BlueZ, such as `5.82`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", inline)]
pub struct BluezVersion {
    pub major: u8,
    pub minor: u8,
}

impl TryFrom<String> for BluezVersion {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.split_once('.')
            .and_then(|(major, minor)| {
                Some(Self { major: major.trim().parse().ok()?, minor: minor.trim().parse().ok()? })
            })
            .ok_or_else(|| {
                format!("`{text}` is not a version of BlueZ; write for example \"5.82\"")
            })
    }
}

impl fmt::Display for BluezVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        let version = |text: &str| BluezVersion::try_from(text.to_owned()).unwrap();
        assert!(version("5.9") < version("5.82"));
        assert!(BluezVersion::try_from("five".to_owned()).is_err());
    }
}
