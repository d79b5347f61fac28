//! A time of day as people write it in a plan: `06:30`.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// A time of day, to the second, by the clock on the machine's wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct TimeOfDay(Time);

impl TimeOfDay {
    /// When the machine's clock shows it next, after `now`, in the time zone of the machine.
    #[must_use]
    pub fn next(self, now: Timestamp) -> Timestamp {
        self.next_in(&TimeZone::system(), now)
    }

    /// The same in a time zone. An hour that a clock skips in spring comes when it would have come; one
    /// that it shows twice in autumn comes twice.
    fn next_in(self, zone: &TimeZone, now: Timestamp) -> Timestamp {
        let today = Zoned::new(now, zone.clone()).date();
        let shown = (0..=1).flat_map(|days| {
            let day = today.checked_add(days.days()).unwrap_or(today);
            let moment = zone.to_ambiguous_timestamp(day.to_datetime(self.0));
            [moment.compatible(), moment.later()]
        });
        // There is none only at the end of the year 9999.
        shown.flatten().find(|moment| *moment > now).unwrap_or(Timestamp::MAX)
    }
}

impl FromStr for TimeOfDay {
    type Err = String;

    /// Reads `06:30` or `6:30`, with or without seconds.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{} is not a time of day; write for example \"06:30\"",
                super::visible::quote(text)
            )
        };
        let numbers: Option<Vec<i8>> = text
            .trim()
            .split(':')
            .map(|part| {
                let digits =
                    matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit());
                part.parse().ok().filter(|_| digits)
            })
            .collect();
        let time = match numbers.as_deref() {
            Some([hour, minute]) => Time::new(*hour, *minute, 0, 0),
            Some([hour, minute, second]) => Time::new(*hour, *minute, *second, 0),
            _ => return Err(wrong()),
        };
        time.map(Self).map_err(|_| wrong())
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// As one would write it in a plan.
impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())?;
        match self.0.second() {
            0 => Ok(()),
            second => write!(f, ":{second:02}"),
        }
    }
}

impl JsonSchema for TimeOfDay {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TimeOfDay".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": super::shape::TIME_OF_DAY,
            "pattern": r"^\s*([01]?[0-9]|2[0-3]):[0-5]?[0-9](:[0-5]?[0-9])?\s*$",
            "examples": ["06:30"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write_and_shows_it_the_same() {
        for (text, shown) in
            [("06:30", "06:30"), ("6:30", "06:30"), ("23:59:59", "23:59:59"), (" 00:00 ", "00:00")]
        {
            assert_eq!(text.parse::<TimeOfDay>().unwrap().to_string(), shown);
        }
        for text in ["", "6", "24:00", "06:60", "06:30 pm", "-1:00", "006:30", "1:2:3:4", "+1:30"] {
            let error = text.parse::<TimeOfDay>().unwrap_err();
            assert!(error.contains("write for example \"06:30\""), "{text}: {error}");
        }
    }

    /// When it comes next in Berlin, after a moment there.
    fn next(time: &str, now: &str) -> String {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let now: Timestamp = now.parse().unwrap();
        let next = time.parse::<TimeOfDay>().unwrap().next_in(&zone, now);
        next.to_zoned(zone).strftime("%d. %H:%M %:z").to_string()
    }

    #[test]
    fn it_comes_today_or_tomorrow() {
        assert_eq!(next("06:30", "2026-11-20T22:00:00+01:00"), "21. 06:30 +01:00");
        assert_eq!(next("06:30", "2026-11-20T06:29:59+01:00"), "20. 06:30 +01:00");
        assert_eq!(next("06:30", "2026-11-20T06:30:00+01:00"), "21. 06:30 +01:00");
    }

    #[test]
    fn it_comes_also_in_the_nights_in_which_clocks_are_changed() {
        assert_eq!(next("06:30", "2026-03-28T22:00:00+01:00"), "29. 06:30 +02:00");
        assert_eq!(next("02:30", "2026-03-28T22:00:00+01:00"), "29. 03:30 +02:00");
        assert_eq!(next("06:30", "2026-10-24T22:00:00+02:00"), "25. 06:30 +01:00");
        assert_eq!(next("02:30", "2026-10-24T22:00:00+02:00"), "25. 02:30 +02:00");
        assert_eq!(next("02:30", "2026-10-25T02:45:00+02:00"), "25. 02:30 +01:00");
    }
}
