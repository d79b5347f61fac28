//! A number in the bytes of a value: where it lies, what it means, and what it must be or comes to be.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use super::format::{Format, Raw};

/// The most bytes that a value can have (Core Specification, Vol 3, Part F, 3.2.9).
pub(super) const LONGEST_VALUE: usize = 512;

/// A number of a plan, exactly as it is written.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(with = "f64", inline)]
pub(super) enum Amount {
    Whole(i64),
    Fraction(f64),
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let whole = value.as_i64().map(Self::Whole);
        let number = whole.or_else(|| value.as_f64().map(Self::Fraction));
        // What a variable holds may be text.
        let text = || value.as_str().and_then(|text| text.parse().ok().map(Self::Whole));
        number.or_else(text).ok_or_else(|| de::Error::custom(format!("{value} is no number")))
    }
}

impl Amount {
    fn as_f64(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Fraction(fraction) => fraction,
        }
    }
}

/// How a number lies in a value and what it means.
#[derive(Debug, Clone, PartialEq)]
struct Layout {
    format: Format,
    at: Option<usize>,
    name: Option<String>,
    scale: f64,
    unit: Option<String>,
}

impl Layout {
    fn new(
        format: Format,
        at: Option<usize>,
        name: Option<String>,
        scale: Option<f64>,
        unit: Option<String>,
    ) -> Result<Self, String> {
        let scale = scale.unwrap_or(1.0);
        if !scale.is_finite() || scale == 0.0 {
            return Err(format!(
                "a number in steps of {scale} says nothing; write for example `scale = 0.01`"
            ));
        }
        if at.is_some_and(|at| at + format.size() > LONGEST_VALUE) {
            return Err(format!(
                "a value has at most {LONGEST_VALUE} bytes; `at` lies beyond them"
            ));
        }
        Ok(Self { format, at, name, scale, unit })
    }

    /// The number in the bytes that stands for an amount.
    fn raw(&self, amount: Amount) -> Result<Raw, String> {
        let is_plain = self.scale == 1.0;
        match amount {
            Amount::Whole(whole) if is_plain => Ok(Raw::Whole(whole.into())),
            Amount::Fraction(fraction) if is_plain => Ok(Raw::Fraction(fraction)),
            amount => {
                let parts = amount.as_f64() / self.scale;
                let whole = parts.round();
                let is_whole = (parts - whole).abs() <= 1e-6 * parts.abs().max(1.0);
                match self.format {
                    Format::F32 | Format::F64 | Format::Sfloat | Format::Float => {
                        Ok(Raw::Fraction(parts))
                    }
                    _ if is_whole && whole.abs() < 1e18 => Ok(Raw::Whole(whole as i128)),
                    _ => Err(format!("{} does not go in steps of {}", amount.as_f64(), self.scale)),
                }
            }
        }
    }

    /// Its bytes.
    fn write(&self, amount: Amount) -> Result<Vec<u8>, String> {
        self.format.write(self.raw(amount)?)
    }

    /// What a number in the bytes means.
    fn meaning(&self, raw: Raw) -> f64 {
        match raw {
            Raw::Whole(whole) => whole as f64 * self.scale,
            Raw::Fraction(fraction) => fraction * self.scale,
        }
    }

    /// A number with its name and its unit, such as `heart rate 72 bpm`.
    fn told(&self, raw: Raw) -> String {
        let number = match raw {
            Raw::Whole(whole) if self.scale == 1.0 => whole.to_string(),
            raw => rounded(self.meaning(raw)),
        };
        self.with_unit(&number)
    }

    fn with_unit(&self, text: &str) -> String {
        let name = self.name.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
        let unit = self.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
        format!("{name}{text}{unit}")
    }
}

/// Without what multiplying by a scale adds behind the digits that count.
fn rounded(number: f64) -> String {
    let text = format!("{number:.9}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if number != 0.0 && number.abs() < 1e-9 { number.to_string() } else { text.to_owned() }
}

/// A number that is read, and what it must be.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "ReadFieldTable")]
#[schemars(with = "ReadFieldTable", inline)]
pub(super) struct ReadField {
    layout: Layout,
    equals: Option<Amount>,
    bits: Option<(i128, i128)>,
    at_least: Option<f64>,
    at_most: Option<f64>,
}

/// [`ReadField`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct ReadFieldTable {
    /// Its format; all are little-endian.
    #[serde(rename = "type")]
    format: Format,
    /// At which byte it begins, from 0. Without it: behind the field before it.
    at: Option<usize>,
    /// What it is called in what bttest says of it.
    name: Option<String>,
    /// What one step of it is worth: `0.01` where it is in hundredths.
    scale: Option<f64>,
    /// Its unit, for what bttest says of it.
    unit: Option<String>,
    /// It is this number.
    equals: Option<Amount>,
    /// It has these bits where `mask` has ones, or all of these where there is no `mask`.
    bits: Option<i64>,
    /// See `bits`.
    mask: Option<i64>,
    /// It is this number or a greater one.
    at_least: Option<Amount>,
    /// It is this number or a smaller one.
    at_most: Option<Amount>,
}

impl TryFrom<ReadFieldTable> for ReadField {
    type Error = String;

    fn try_from(table: ReadFieldTable) -> Result<Self, String> {
        let ReadFieldTable { format, at, name, scale, unit, equals, bits, mask, .. } = table;
        let layout = Layout::new(format, at, name, scale, unit)?;
        // What the format cannot say is never there.
        equals.map(|amount| layout.write(amount)).transpose()?;
        let bits = match (bits, mask) {
            (None, Some(_)) => return Err("`mask` is about `bits`; write `bits` too".to_owned()),
            (bits, mask) => bits.map(|bits| (i128::from(bits), mask.unwrap_or(bits).into())),
        };
        if let Some((bits, mask)) = bits {
            layout.format.write(Raw::Whole(bits | mask))?;
        }
        let at_least = table.at_least.map(Amount::as_f64);
        let at_most = table.at_most.map(Amount::as_f64);
        if at_least.zip(at_most).is_some_and(|(least, most)| least > most) {
            return Err("no number is at least that and at most this; exchange the two".to_owned());
        }
        Ok(Self { layout, equals, bits, at_least, at_most })
    }
}

impl ReadField {
    /// Where it lies, when the field before it ends at a place.
    pub(super) fn place(&self, after: usize) -> std::ops::Range<usize> {
        let at = self.layout.at.unwrap_or(after);
        at..at + self.layout.format.size()
    }

    /// Holds it against the bytes from its place on: what is there, in words, and whether that is as wanted.
    pub(super) fn judge(&self, bytes: &[u8]) -> (String, bool) {
        let Some(raw) = self.layout.format.read(bytes) else {
            let name = self.layout.name.as_ref().map(|name| format!("{name} "));
            return (name.unwrap_or_default() + "not there: the value is too short", false);
        };
        let equals = self.equals.is_none_or(|amount| match (self.layout.raw(amount), raw) {
            (Ok(Raw::Whole(wanted)), Raw::Whole(number)) => wanted == number,
            _ => {
                let (wanted, number) = (amount.as_f64(), self.layout.meaning(raw));
                // A number of 32 bits has about 7 digits.
                (wanted - number).abs() <= 1e-6 * wanted.abs()
            }
        });
        let bits = self.bits.is_none_or(|(bits, mask)| match raw {
            Raw::Whole(number) => number & mask == bits & mask,
            Raw::Fraction(_) => false,
        });
        let number = self.layout.meaning(raw);
        let holds = equals
            && bits
            && self.at_least.is_none_or(|bound| number >= bound - 1e-9 * bound.abs())
            && self.at_most.is_none_or(|bound| number <= bound + 1e-9 * bound.abs());
        (self.layout.told(raw), holds)
    }

    /// What is wanted, such as `heart rate >= 40 and <= 200 bpm`.
    pub(super) fn wanted(&self) -> String {
        let bits =
            self.bits.map(|(bits, mask)| format!("with bits 0x{bits:02x} under 0x{mask:02x}"));
        let parts: Vec<String> = [
            self.equals.map(|amount| rounded(amount.as_f64())),
            bits,
            self.at_least.map(|bound| format!(">= {}", rounded(bound))),
            self.at_most.map(|bound| format!("<= {}", rounded(bound))),
        ]
        .into_iter()
        .flatten()
        .collect();
        let any = || format!("any {}", self.layout.format.word());
        self.layout.with_unit(&if parts.is_empty() { any() } else { parts.join(" and ") })
    }
}

/// A number that is written.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "WrittenFieldTable")]
#[schemars(with = "WrittenFieldTable", inline)]
pub(super) struct WrittenField(Vec<u8>);

/// [`WrittenField`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct WrittenFieldTable {
    /// Its format; all are little-endian.
    #[serde(rename = "type")]
    format: Format,
    /// The number.
    is: Amount,
    /// What one step of it is worth: `0.01` where it is in hundredths.
    scale: Option<f64>,
}

impl TryFrom<WrittenFieldTable> for WrittenField {
    type Error = String;

    fn try_from(table: WrittenFieldTable) -> Result<Self, String> {
        let layout = Layout::new(table.format, None, None, table.scale, None)?;
        layout.write(table.is).map(Self)
    }
}

impl WrittenField {
    /// Its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> ReadField {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn each_way_to_ask_holds_and_fails_as_it_says() {
        for (text, yes, no, wanted) in [
            ("type = 'u8'\nequals = 77", &[77][..], &[78][..], "77"),
            ("type = 'i16'\nscale = 0.01\nequals = -12.5", &[0x1e, 0xfb], &[0x1f, 0xfb], "-12.5"),
            ("type = 'u8'\nbits = 1\nmask = 3", &[0x05], &[0x07], "with bits 0x01 under 0x03"),
            ("type = 'u8'\nbits = 6", &[0x0e], &[0x02], "with bits 0x06 under 0x06"),
            (
                "type = 'u16'\nname = 'rate'\nunit = 'bpm'\nat-least = 40\nat-most = 200",
                &[200, 0],
                &[201, 0],
                "rate >= 40 and <= 200 bpm",
            ),
            ("type = 'sfloat'\nequals = 36.4", &[0x6c, 0xf1], &[0x6d, 0xf1], "36.4"),
            ("type = 'u8'", &[9], &[], "any u8"),
        ] {
            let field = field(text);
            assert!(field.judge(yes).1, "{text} of {yes:?}");
            assert!(!field.judge(no).1, "{text} of {no:?}");
            assert_eq!(field.wanted(), wanted);
        }
        let rate = field("type = 'i16'\nscale = 0.01\nname = 'temperature'\nunit = '°C'");
        assert_eq!(rate.judge(&[0x1e, 0xfb]).0, "temperature -12.5 °C");
    }

    #[test]
    fn what_can_never_be_is_refused() {
        for (text, says) in [
            ("type = 'u8'\nequals = 256", "`u8` holds 0 to 255, and not 256"),
            ("type = 'u8'\nequals = -1", "and not -1"),
            ("type = 'u16'\nequals = 1.5", "whole numbers"),
            ("type = 'u16'\nscale = 0.01\nequals = 1.234", "steps of 0.01"),
            ("type = 'u16'\nscale = 0\nequals = 1", "steps of 0"),
            ("type = 'u8'\nmask = 1", "write `bits` too"),
            ("type = 'u8'\nbits = 0x100", "`u8` holds"),
            ("type = 'u8'\nat = 512", "beyond"),
            ("type = 'u8'\nat-least = 2\nat-most = 1", "exchange"),
            ("type = 'u9'", "unknown variant"),
        ] {
            let error = toml::from_str::<ReadField>(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
        let error = toml::from_str::<WrittenField>("type = 'i8'\nis = 128").unwrap_err();
        assert!(error.to_string().contains("`i8` holds -128 to 127"), "{error}");
    }
}
