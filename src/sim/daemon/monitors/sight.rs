//! What a monitor with thresholds knows of a device: since when it is heard strongly or weakly, and whether it is found
//! (`adv_monitor_filter_rssi` in `src/adv_monitor.c`).

use tokio::time::Instant;

use super::objects::Strength;
use crate::sim::timers::TimerId;

/// How a monitor has a device before it.
#[derive(Default)]
pub(super) struct Sight {
    strong_since: Option<Instant>,
    weak_since: Option<Instant>,
    last: Option<Instant>,
    pub(super) found: bool,
    /// When it is lost, if it is not heard again.
    pub(super) lost: Option<TimerId>,
}

/// What is to be told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    Found,
    Lost,
}

impl Sight {
    /// Takes in that the device is heard now, so strongly.
    pub(super) fn hears(&mut self, heard: i16, by: &Strength, now: Instant) -> Option<News> {
        if let Some(last) = self.last.replace(now) {
            let silent = now.saturating_duration_since(last);
            if silent > by.high_timeout {
                self.strong_since = None;
            }
            if silent > by.low_timeout {
                self.weak_since = None;
            }
        }
        let lasts = |since: Option<Instant>, long| {
            since.is_some_and(|since| now.saturating_duration_since(since) >= long)
        };
        let mut news = None;
        if self.found || heard <= by.high {
            self.strong_since = None;
        } else if lasts(self.strong_since, by.high_timeout) {
            self.found = true;
            news = Some(News::Found);
        } else {
            self.strong_since.get_or_insert(now);
        }
        if !self.found || heard >= by.low {
            self.weak_since = None;
        } else if lasts(self.weak_since, by.low_timeout) {
            self.found = false;
            news = Some(News::Lost);
        } else {
            self.weak_since.get_or_insert(now);
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_found_and_lost_after_the_time_that_it_takes() {
        let by = Strength {
            high: -60,
            low: -80,
            high_timeout: Duration::from_secs(2),
            low_timeout: Duration::from_secs(3),
        };
        let start = Instant::now();
        let mut sight = Sight::default();
        let heard = [
            (0, -50, None),
            (1, -60, None), // not above the threshold: from the beginning
            (2, -50, None),
            (3, -70, None),
            (4, -50, None),
            (5, -50, None),
            (6, -50, Some(News::Found)),
            (7, -90, None),
            (8, -80, None), // not below it
            (9, -90, None),
            (11, -90, None),
            (12, -90, Some(News::Lost)),
            (13, -50, None),
            (16, -50, None), // silent for longer than it must be heard
            (18, -50, Some(News::Found)),
        ];
        for (second, strength, news) in heard {
            let now = start + Duration::from_secs(second);
            assert_eq!(sight.hears(strength, &by, now), news, "after {second} s");
        }
    }
}
