//! How long a case, or a plan, goes on: how often, for how long, until when, or until it fails.

use std::fmt;
use std::time::Duration;

use super::Span;
use super::document::SoakTable;
use super::time_of_day::TimeOfDay;
use super::word::Times;

/// The keys that say it, in a case and in `[soak]`.
pub(super) const KEYS: [&str; 4] = ["repeat", "for", "until", "until-fail"];

/// What ends the repetition of a case or a plan. Whichever comes first ends it; one without anything is
/// run once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Soak {
    /// After so many iterations.
    pub repeat: Option<u64>,
    /// After so much time: an iteration that has begun is finished.
    pub lasting: Option<Duration>,
    /// When the clock shows this time: an iteration that has begun is finished.
    pub until: Option<TimeOfDay>,
    /// After the first iteration that fails.
    pub until_fail: bool,
}

impl Soak {
    /// How many iterations there are at most; none where only time or a failure ends them.
    #[must_use]
    pub fn iterations(&self) -> Option<u64> {
        let endless = self.lasting.is_some() || self.until.is_some() || self.until_fail;
        self.repeat.or(if endless { None } else { Some(1) })
    }

    /// Whether there may be more than one iteration.
    #[must_use]
    pub fn is_soak(&self) -> bool {
        self.iterations() != Some(1)
    }

    /// Whether it says anything at all.
    #[must_use]
    pub fn is_said(&self) -> bool {
        *self != Self::default()
    }
}

impl From<SoakTable> for Soak {
    fn from(table: SoakTable) -> Self {
        Self {
            repeat: table.repeat.map(Times::get),
            lasting: table.lasting.map(Duration::from),
            until: table.until,
            until_fail: table.until_fail,
        }
    }
}

/// `200 times`, `for 8h`, `until 06:30 or until it fails`.
impl fmt::Display for Soak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        match self.repeat {
            Some(1) => parts.push("once".to_owned()),
            Some(times) => parts.push(format!("{times} times")),
            None if !self.is_said() => parts.push("once".to_owned()),
            None => {}
        }
        parts.extend(self.lasting.map(|duration| format!("for {}", Span(duration))));
        parts.extend(self.until.map(|time| format!("until {time}")));
        parts.extend(self.until_fail.then(|| "until it fails".to_owned()));
        f.write_str(&parts.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_limit_but_time_has_no_number_of_iterations() {
        let soak = Soak::default();
        assert_eq!((soak.iterations(), soak.is_soak()), (Some(1), false));
        let soak = Soak { repeat: Some(1), until_fail: true, ..Soak::default() };
        assert_eq!((soak.iterations(), soak.is_soak()), (Some(1), false));
        let soak = Soak { until_fail: true, ..Soak::default() };
        assert_eq!((soak.iterations(), soak.is_soak()), (None, true));
    }

    #[test]
    fn it_is_told_in_words() {
        assert_eq!(Soak::default().to_string(), "once");
        let soak = Soak {
            repeat: Some(200),
            lasting: Some(Duration::from_secs(8 * 3600)),
            until: "6:30".parse().ok(),
            until_fail: true,
        };
        assert_eq!(soak.to_string(), "200 times or for 8h or until 06:30 or until it fails");
    }
}
