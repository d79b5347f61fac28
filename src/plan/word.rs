//! The words a plan chooses itself: ids, tags, names of measures, of things it defines.
//!
//! They end up in file names, in JUnit, in `--tag` and in `${…}`, so each has its letters.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// The longest of these words.
const LONGEST: usize = 100;

/// Whether a text can name a device, a variable, a sequence, a parameter or a measure.
pub(super) fn is_name(text: &str) -> bool {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    !text.is_empty() && text.len() <= LONGEST && text.chars().all(fine)
}

/// What to write instead of something that is no name.
pub(super) const NAME_ADVICE: &str =
    "a name is made of letters, digits, `-` and `_`, at most 100 of them";

macro_rules! word {
    ($(#[$meta:meta])* $name:ident, $pattern:literal, $example:literal, $check:expr) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The word.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> Self {
                word.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                let check: fn(&str) -> Result<(), String> = $check;
                check(&text).map(|()| Self(text))
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "examples": [$example] })
            }
        }
    };
}

word!(
    /// The id of a case.
    CaseId, "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", "PAIR-01", |text| {
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if begins && text.len() <= LONGEST && text.chars().all(fine) {
            return Ok(());
        }
        let mut other: String = text.chars().map(|c| if fine(c) { c } else { '-' }).collect();
        other = other.trim_matches(['-', '.', '_']).chars().take(LONGEST).collect();
        let other = if other.is_empty() { "PAIR-01" } else { &other };
        Err(format!(
            "{} is not an id: an id begins with a letter or a digit and is made of letters, digits, \
             `.`, `_` and `-`; write for example \"{other}\"",
            super::visible::quote(text)
        ))
    }
);

word!(
    /// A tag of a case.
    Tag, "^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$", "smoke", |text| {
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':');
        let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if matches!(text, "and" | "or" | "not") {
            Err(format!("`{text}` cannot be a tag: `--tag` uses the word; write another one"))
        } else if begins && text.len() <= LONGEST && text.chars().all(fine) {
            Ok(())
        } else {
            Err(format!(
                "{} is not a tag: a tag is one word of letters, digits, `.`, `_`, `:` and `-`; write \
                 for example \"smoke\"",
                super::visible::quote(text)
            ))
        }
    }
);

/// The measure that every case has: its iterations.
pub const ITERATION: &str = "iteration";

word!(
    /// The name of a measure.
    MeasureName, "^[A-Za-z0-9_-]{1,100}$", "reconnect", |text| {
        if text == ITERATION {
            return Err(format!(
                "`{ITERATION}` is the measure of whole iterations; write another name, such as \"reconnect\""
            ));
        }
        if is_name(text) {
            return Ok(());
        }
        Err(format!(
            "{} is not a name for a measure; {NAME_ADVICE}",
            super::visible::quote(text)
        ))
    }
);

word!(
    /// The identifier of a test case of the Bluetooth SIG, such as `GAP/BOND/BON/BV-02-C`.
    SigCase,
    "^[A-Z0-9_]+(/[A-Z0-9_]+)+/B[VI]-[0-9]{2,4}-[CI](_[A-Z0-9_]+)?$",
    "GAP/BOND/BON/BV-02-C",
    |text| {
        if is_sig_case(text) {
            return Ok(());
        }
        let upper = text.trim().to_ascii_uppercase();
        let other = if is_sig_case(&upper) { &upper } else { "GAP/BOND/BON/BV-02-C" };
        Err(format!(
            "{} has not the form of a test case of the Bluetooth SIG; write layer, role and \
             capability, then BV or BI, a number, and C or I, for example \"{other}\"",
            super::visible::quote(text)
        ))
    }
);

/// Layer, role and capability, divided by `/`, then for example `BV-02-C`, perhaps with a variant as
/// in `BV-40-C_LT2`.
fn is_sig_case(text: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    let Some((group, case)) = text.rsplit_once('/') else { return false };
    let mut parts = case.splitn(3, '-');
    let (Some(validity), Some(number), Some(last)) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let (conformance, variant) = last.split_once('_').map_or((last, None), |(c, v)| (c, Some(v)));
    text.len() <= LONGEST
        && group.contains('/')
        && group.split('/').all(word)
        && matches!(validity, "BV" | "BI")
        && (2..=4).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
        && matches!(conformance, "C" | "I")
        && variant.is_none_or(word)
}

/// How often something is done: at least once, at most a thousand million times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
pub struct Times(u64);

impl Times {
    /// The most.
    const MOST: u64 = 1_000_000_000;

    /// The number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<i64> for Times {
    type Error = String;

    fn try_from(times: i64) -> Result<Self, String> {
        match u64::try_from(times) {
            Ok(times @ 1..=Self::MOST) => Ok(Self(times)),
            Ok(0) | Err(_) => Err(format!("{times} times is not at all; write 1 or more")),
            Ok(_) => Err(format!("{times} times is too often; write at most {}", Self::MOST)),
        }
    }
}

impl JsonSchema for Times {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Times".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": Self::MOST, "examples": [3] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused<T: TryFrom<String, Error = String>>(text: &str) -> Option<String> {
        T::try_from(text.to_owned()).err()
    }

    #[test]
    fn ids_are_fit_for_file_names() {
        for good in ["PAIR-01", "a", "1.2_x"] {
            assert_eq!(refused::<CaseId>(good), None);
        }
        for bad in ["", ".", "../x", "a b", "é", "a/b", "-x", &"a".repeat(101)] {
            assert!(refused::<CaseId>(bad).is_some(), "{bad}");
        }
        let error = refused::<CaseId>("GAP/X Y").unwrap();
        assert!(error.ends_with("\"GAP-X-Y\""), "{error}");
    }

    #[test]
    fn tags_leave_the_words_of_expressions_free() {
        assert_eq!(refused::<Tag>("needs:le-2M"), None);
        for bad in ["and", "not", "", "a b", "(a)", "a&b"] {
            assert!(refused::<Tag>(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn the_form_of_the_sig() {
        for good in [
            "GAP/BOND/BON/BV-02-C",
            "SM/CEN/PROT/BV-01-C",
            "BAP/UCL/SCC/BV-001-C",
            "CAP/INI/UST/BV-40-C_LT2",
            "HFP/AG/ACC/BI-08-I",
            "L2CAP/COS/CED/BV-01-C",
        ] {
            assert_eq!(refused::<SigCase>(good), None, "{good}");
        }
        for bad in [
            "GAP",
            "GAP/BOND/BV-2-C",
            "GAP/BOND/BON/BV-02-X",
            "BV-02-C",
            "GAP/BV-02-C",
            "//BV-02-C",
        ] {
            assert!(refused::<SigCase>(bad).is_some(), "{bad}");
        }
        let error = refused::<SigCase>("gap/bond/bon/bv-03-c").unwrap();
        assert!(error.ends_with("\"GAP/BOND/BON/BV-03-C\""), "{error}");
    }

    #[test]
    fn times_are_at_least_one() {
        assert!(Times::try_from(1_000_000_000).is_ok());
        for bad in [0, -1, 1_000_000_001, i64::MIN] {
            assert!(Times::try_from(bad).is_err(), "{bad}");
        }
    }
}
