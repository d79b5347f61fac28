//! Times of a run as a page shows them: in UTC, and from the start of the run on.

use jiff::{SignedDuration, Timestamp};

use super::Markup;
use crate::report::quantity::time;
use crate::report::summary::Summary;

/// Tells when something was.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// When the run started, and when it was resumed: microseconds since its start, and the time of the world.
    /// Empty where that is not known.
    known: Vec<(u64, Timestamp)>,
}

impl Clock {
    /// The clock of a run.
    #[must_use]
    pub fn of(summary: &Summary) -> Self {
        let started = summary.run.iter().map(|run| (0, run.started.as_str()));
        let resumed = summary.resumed.iter().map(|(t, at)| (*t, at.as_str()));
        let read = |(t, at): (u64, &str)| Some((t, at.parse().ok()?));
        Self { known: started.chain(resumed).filter_map(read).collect() }
    }

    /// Date and time, such as `2026-11-20 17:47:05 UTC`, of a time in microseconds since the start.
    #[must_use]
    pub fn date(&self, t: u64) -> Option<String> {
        Some(self.at(t)?.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
    }

    /// The time of the day, such as `17:47:05`.
    #[must_use]
    pub fn time_of_day(&self, t: u64) -> Option<String> {
        Some(self.at(t)?.strftime("%H:%M:%S").to_string())
    }

    /// The time of the day without seconds, for an axis.
    #[must_use]
    pub fn hour_and_minute(&self, t: u64) -> Option<String> {
        Some(self.at(t)?.strftime("%H:%M").to_string())
    }

    /// Both in one: `17:47:05 (+2h 05m)`.
    #[must_use]
    pub fn both(&self, t: u64) -> String {
        match self.time_of_day(t) {
            Some(clock) => format!("{clock} ({})", elapsed(t)),
            None => elapsed(t),
        }
    }

    /// Adds both as an element that machines can read too.
    pub fn show(&self, out: &mut Markup, t: u64) {
        let date = self.date(t).unwrap_or_default();
        let machine = self.at(t).map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        match machine {
            Some(machine) => {
                let attributes = [("datetime", machine.as_str()), ("title", date.as_str())];
                out.leaf("time", &attributes, &self.both(t));
            }
            None => {
                out.leaf("span", &[], &elapsed(t));
            }
        }
    }

    fn at(&self, t: u64) -> Option<Timestamp> {
        let (from, at) = self.known.iter().rev().find(|(from, _)| *from <= t)?;
        let since = SignedDuration::from_micros(i64::try_from(t - from).ok()?);
        at.checked_add(since).ok()
    }
}

/// The time since the start: `+412 ms`, `+2h 05m`.
#[must_use]
pub fn elapsed(t: u64) -> String {
    format!("+{}", time(t))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_time_is_told_in_utc_and_from_the_start_on() {
        let summary = sample::summary_of(&sample::one_of_each().records);
        let clock = Clock::of(&summary);
        assert_eq!(clock.both(7_500_000_000), "19:52:05 (+2h 05m)");
        assert_eq!(clock.date(0).unwrap(), "2026-11-20 17:47:05 UTC");
    }

    #[test]
    fn the_time_that_a_run_lay_still_is_in_the_time_of_the_world() {
        let mut summary = sample::summary_of(&sample::one_of_each().records);
        summary.resumed.push((60_000_000, "2026-11-21T06:00:00Z".to_owned()));
        let clock = Clock::of(&summary);
        assert_eq!(clock.date(59_000_000).unwrap(), "2026-11-20 17:48:04 UTC");
        assert_eq!(clock.date(61_000_000).unwrap(), "2026-11-21 06:00:01 UTC");
    }

    #[test]
    fn a_start_that_is_no_time_leaves_what_is_known() {
        let mut summary = sample::summary_of(&sample::one_of_each().records);
        "yesterday".clone_into(&mut summary.run.as_mut().unwrap().started);
        assert_eq!(Clock::of(&summary).both(1_000), "+1.00 ms");
        assert_eq!(Clock::default().date(u64::MAX), None);
    }
}
