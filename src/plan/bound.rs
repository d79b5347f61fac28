//! Bounds of a threshold: `>= 99.5%`, `<= 1500ms`, `> 10`.

use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::plan::Span;

/// How a bound compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    AtLeast,
    AtMost,
    Above,
    Below,
    Exactly,
}

impl Comparison {
    /// The longer signs first, so that `>=` is not read as `>`.
    const SIGNS: [(&'static str, Self); 5] = [
        (">=", Self::AtLeast),
        ("<=", Self::AtMost),
        ("==", Self::Exactly),
        (">", Self::Above),
        ("<", Self::Below),
    ];

    fn holds<T: PartialOrd>(self, measured: &T, bound: &T) -> bool {
        match self {
            Self::AtLeast => measured >= bound,
            Self::AtMost => measured <= bound,
            Self::Above => measured > bound,
            Self::Below => measured < bound,
            Self::Exactly => measured == bound,
        }
    }
}

/// A quantity that a bound can be set on.
pub trait Quantity: Copy + PartialOrd + fmt::Debug {
    /// What the quantity is called in an error, and an example of a bound.
    const EXPECTED: &'static str;
    const EXAMPLE: &'static str;
    /// Reads the part after the sign.
    ///
    /// # Errors
    /// A sentence on what is wrong.
    fn read(text: &str) -> Result<Self, String>;
}

/// A share between 0 and 1, written in percent.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Rate(pub f64);

impl Quantity for Rate {
    const EXPECTED: &'static str = "a rate in percent";
    const EXAMPLE: &'static str = ">= 99.5%";

    fn read(text: &str) -> Result<Self, String> {
        let percent = text.strip_suffix('%').ok_or_else(|| {
            format!("`{text}` has no `%`; write for example \"{}\"", Self::EXAMPLE)
        })?;
        match percent.trim().parse::<f64>() {
            Ok(value) if (0.0..=100.0).contains(&value) => Ok(Self(value / 100.0)),
            _ => Err(format!("`{text}` is not between 0% and 100%")),
        }
    }
}

impl Quantity for Duration {
    const EXPECTED: &'static str = "a duration";
    const EXAMPLE: &'static str = "<= 1500ms";

    fn read(text: &str) -> Result<Self, String> {
        Span::parse(text).map(Self::from)
    }
}

impl Quantity for u64 {
    const EXPECTED: &'static str = "a whole number";
    const EXAMPLE: &'static str = ">= 100";

    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("`{text}` is not a whole number"))
    }
}

/// A comparison with a quantity, as a plan writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound<Q> {
    pub comparison: Comparison,
    pub quantity: Q,
    /// As the plan has it, for messages.
    pub text: String,
}

impl<Q: Quantity> Bound<Q> {
    /// Reads a sign and a quantity.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        let (comparison, rest) = Comparison::SIGNS
            .iter()
            .find_map(|(sign, comparison)| Some((*comparison, trimmed.strip_prefix(sign)?)))
            .ok_or_else(|| {
                format!(
                    "`{text}` says no comparison; begin with one of >=, <=, >, <, ==, for example \"{}\"",
                    Q::EXAMPLE
                )
            })?;
        Ok(Self { comparison, quantity: Q::read(rest.trim())?, text: trimmed.to_owned() })
    }

    /// Whether what was measured is within the bound.
    pub fn holds(&self, measured: Q) -> bool {
        self.comparison.holds(&measured, &self.quantity)
    }
}

impl<'de, Q: Quantity> Deserialize<'de> for Bound<Q> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

impl<Q: Quantity> JsonSchema for Bound<Q> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Bound on {}", Q::EXPECTED).into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^\\s*(>=|<=|==|>|<)",
            "examples": [Q::EXAMPLE],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_holds_at_its_edge_only_where_it_says_so() {
        let bound = |text: &str| Bound::<u64>::parse(text).unwrap();
        for (text, below, at, above) in [
            (">= 5", false, true, true),
            ("> 5", false, false, true),
            ("<= 5", true, true, false),
            ("<5", true, false, false),
            ("== 5", false, true, false),
        ] {
            let bound = bound(text);
            assert_eq!(
                (bound.holds(4), bound.holds(5), bound.holds(6)),
                (below, at, above),
                "{text}"
            );
        }
    }

    #[test]
    fn each_quantity_says_what_to_write() {
        assert_eq!(Bound::<Rate>::parse(">= 99.5%").unwrap().quantity, Rate(0.995));
        assert_eq!(
            Bound::<Duration>::parse("<= 1500ms").unwrap().quantity,
            Duration::from_millis(1500)
        );
        let error = Bound::<Rate>::parse(">= 99.5").unwrap_err();
        assert!(error.contains("no `%`"), "{error}");
        let error = Bound::<Duration>::parse("1500ms").unwrap_err();
        assert!(error.contains("begin with one of"), "{error}");
        assert!(Bound::<Rate>::parse(">= 101%").is_err());
        assert!(Bound::<Rate>::parse(">= NaN%").is_err());
    }
}
