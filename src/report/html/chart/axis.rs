//! Axes: where a value stands on one, and which values are marked.

/// An axis from its lowest value to its highest, even or logarithmic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
}

/// Into how many parts marks cut an axis, at the most.
const PARTS: f64 = 5.0;

/// From which ratio of the longest and the middle one on durations are shown by magnitude.
const WIDE: f64 = 12.0;

/// Steps between times of a run, in seconds.
const TIME_STEPS: &[f64] = &[
    0.001,
    0.002,
    0.005,
    0.01,
    0.02,
    0.05,
    0.1,
    0.2,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1800.0,
    3600.0,
    7200.0,
    10_800.0,
    14_400.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    604_800.0,
    2_592_000.0,
    31_536_000.0,
];

impl Scale {
    /// For durations of which the middle one and the longest are told, in microseconds: from zero on, or,
    /// where a few are longer by magnitudes, logarithmic.
    pub fn of_durations(middle: u64, most: u64) -> Self {
        let (middle, most) = (as_f64(middle.max(1)), as_f64(most.max(2)));
        if most / middle > WIDE {
            return Self { low: middle / 5.0, high: most * 1.15, logarithmic: true };
        }
        Self { low: 0.0, high: most * 1.06, logarithmic: false }
    }

    /// The same, but only where durations are: from just below the least on.
    pub fn close_to(least: u64, middle: u64, most: u64) -> Self {
        let whole = Self::of_durations(middle, most);
        let (least, most) = (as_f64(least), as_f64(most));
        let margin = ((most - least) / 30.0).max(least / 50.0).max(1.0);
        match whole.logarithmic {
            true => Self { low: whole.low.max(least / 1.15), ..whole },
            false => Self { low: (least - margin).max(0.0), high: most + margin, ..whole },
        }
    }

    /// For shares, from `low` to 1.
    pub fn of_shares(low: f64) -> Self {
        Self { low, high: 1.0, logarithmic: false }
    }

    /// For times of a run, in microseconds.
    pub fn of_times(from: u64, to: u64) -> Self {
        Self { low: as_f64(from), high: as_f64(to.max(from + 1)), logarithmic: false }
    }

    /// Whether equal distances are equal ratios.
    pub fn is_logarithmic(self) -> bool {
        self.logarithmic
    }

    pub fn low(self) -> f64 {
        self.low
    }

    pub fn high(self) -> f64 {
        self.high
    }

    /// Where a value stands, from 0 to 1.
    pub fn place(self, value: f64) -> f64 {
        let place = match self.logarithmic {
            true => (value.max(1.0) / self.low).ln() / (self.high / self.low).ln(),
            false => (value - self.low) / (self.high - self.low),
        };
        place.clamp(0.0, 1.0)
    }

    /// The value that stands at a place from 0 to 1.
    pub fn value(self, place: f64) -> f64 {
        match self.logarithmic {
            true => self.low * (self.high / self.low).powf(place),
            false => self.low + (self.high - self.low) * place,
        }
    }

    /// Values that are marked: multiples of 1, 2 or 5 times a power of ten.
    pub fn marks(self) -> Vec<f64> {
        if self.logarithmic {
            return self.magnitudes();
        }
        let rough = (self.high - self.low) / PARTS;
        let magnitude = 10_f64.powf(rough.log10().floor());
        let round = [1.0, 2.0, 5.0, 10.0].map(|n| n * magnitude);
        self.multiples(round.into_iter().find(|step| *step >= rough).unwrap_or(magnitude * 10.0))
    }

    /// Times that are marked: multiples of what clocks are divided in.
    pub fn time_marks(self) -> Vec<f64> {
        let span = (self.high - self.low) / 1e6;
        let step = TIME_STEPS.iter().copied().find(|step| span / step < 9.0);
        self.multiples(step.unwrap_or(span.max(1.0)) * 1e6)
    }

    fn multiples(self, step: f64) -> Vec<f64> {
        let first = (self.low / step).ceil();
        let nth = |n: u32| (first + f64::from(n)) * step;
        (0..40).map(nth).take_while(|value| *value <= self.high * (1.0 + 1e-9)).collect()
    }

    fn magnitudes(self) -> Vec<f64> {
        let decades = (self.high / self.low).log10();
        let leading: &[f64] = if decades > 4.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let (mut value, mut all) = (10_f64.powf(self.low.log10().floor()), Vec::new());
        while value <= self.high && all.len() < 40 {
            all.extend(leading.iter().map(|n| n * value));
            value *= 10.0;
        }
        all.retain(|value| (self.low..=self.high).contains(value));
        all
    }
}

/// A duration as short as a mark needs it: `400 ms`, `1.5 s`.
#[must_use]
pub fn duration(us: f64) -> String {
    match us {
        ..=0.0 => "0".to_owned(),
        ..1000.0 => format!("{} µs", trimmed(us)),
        ..1e6 => format!("{} ms", trimmed(us / 1e3)),
        _ => format!("{} s", trimmed(us / 1e6)),
    }
}

/// A time of a run as short as a mark needs it: `2h`, `1h30`, `45m`, `1m30`, `20s`.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time of a run")]
pub fn time_of_run(us: f64) -> String {
    let ms = (us / 1e3).round().max(0.0) as u64;
    let (s, m, h) = (ms / 1000 % 60, ms / 60_000 % 60, ms / 3_600_000);
    match (h, m, s, ms % 1000) {
        (0, 0, 0, 0) => "0".to_owned(),
        (0, 0, _, 1..) => duration(us),
        (0, 0, s, 0) => format!("{s}s"),
        (0, m, 0, _) => format!("{m}m"),
        (0, m, s, _) => format!("{m}m{s:02}"),
        (h, 0, ..) => format!("{h}h"),
        (h, m, ..) => format!("{h}h{m:02}"),
    }
}

/// A share as short as a mark needs it.
#[must_use]
pub fn share(share: f64) -> String {
    format!("{} %", trimmed(share * 100.0))
}

/// A number with no more digits than it needs, two at the most.
fn trimmed(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[expect(clippy::cast_precision_loss, reason = "what is drawn needs four digits")]
pub fn as_f64(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(scale: Scale) -> Vec<String> {
        scale.marks().into_iter().map(duration).collect()
    }

    #[test]
    fn marks_are_round() {
        assert_eq!(
            labels(Scale::of_durations(300_000, 420_000)),
            ["0", "100 ms", "200 ms", "300 ms", "400 ms"]
        );
        assert_eq!(
            labels(Scale::of_durations(300_000, 5_000_000)),
            ["100 ms", "200 ms", "500 ms", "1 s", "2 s", "5 s"]
        );
    }

    #[test]
    fn times_are_marked_as_clocks_are_divided() {
        let night = Scale::of_times(0, 8 * 3_600_000_000);
        let labels: Vec<String> = night.time_marks().into_iter().map(time_of_run).collect();
        assert_eq!(labels, ["0", "1h", "2h", "3h", "4h", "5h", "6h", "7h", "8h"]);
        assert_eq!(time_of_run(5_400e6), "1h30");
        assert_eq!(time_of_run(90e6), "1m30");
    }

    proptest! {
        #[test]
        fn every_axis_has_marks_and_every_mark_is_on_it(a in any::<u64>(), b in any::<u64>()) {
            let (least, most) = (a.min(b), a.max(b));
            for scale in [Scale::of_durations(least, most), Scale::close_to(least, least, most)] {
                let marks = scale.marks();
                prop_assert!(marks.len() <= 40);
                for mark in marks {
                    prop_assert!((0.0..=1.0).contains(&scale.place(mark)));
                }
                let back = scale.value(scale.place(scale.value(0.5)));
                prop_assert!((back / scale.value(0.5) - 1.0).abs() < 1e-6);
            }
            prop_assert!(Scale::of_times(least, most).time_marks().len() <= 40);
        }
    }
}
