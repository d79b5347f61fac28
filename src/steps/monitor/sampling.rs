//! How a controller groups what it hears (`RSSISamplingPeriod` in `doc/org.bluez.AdvertisementMonitor.rst`).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::plan::Span;

/// In steps of 100 ms; 0 is each advertisement, 255 the first alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", inline)]
pub(super) struct Sampling(u16);

const EACH: u16 = 0;
const FIRST: u16 = 255;
const STEP: u128 = 100;

impl Sampling {
    pub(super) fn number(self) -> u16 {
        self.0
    }
}

impl TryFrom<String> for Sampling {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let refused = || {
            format!(
                "`{text}` is no sampling period; write `all`, `first`, or tenths of a second up to 25.4s, such as \
                 \"500ms\""
            )
        };
        match text.as_str() {
            "all" => Ok(Self(EACH)),
            "first" => Ok(Self(FIRST)),
            _ => {
                let milliseconds = Span::parse(&text).map_err(|_| refused())?.0.as_millis();
                let steps = u16::try_from(milliseconds / STEP).unwrap_or(u16::MAX);
                let is_whole = milliseconds % STEP == 0 && (1..FIRST).contains(&steps);
                is_whole.then_some(Self(steps)).ok_or_else(refused)
            }
        }
    }
}
