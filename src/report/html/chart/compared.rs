//! The durations of two runs in one picture: the newer as bars, the older as an outline over them.
//!
//! Heights are shares of the tries of each run, so that runs of unequal length can be compared.

use std::fmt::Write as _;

use super::axis::{Scale, as_f64};
use super::distribution::{BARS, precise, values};
use super::frame::{baseline, chart, percent, stretched, told};
use crate::report::escape::cut;
use crate::report::html::{Markup, rate};
use crate::report::quantity::time;
use crate::stats::Histogram;

const HEIGHT: u32 = 190;

/// How far the labels of the percentiles stand apart, in pixels.
const ROW: u32 = 14;

/// The room above the bars: one row for each percentile of each run.
const LABELS: u32 = 4 * ROW + 4;

/// Which share of its durations each run has in each of the same bars.
struct Both {
    old: Vec<f64>,
    new: Vec<f64>,
    /// How many there are of each.
    of_old: u64,
    of_new: u64,
    scale: Scale,
}

/// Adds the chart; nothing where one of the runs has no durations.
pub fn compared<const BITS: u32>(
    out: &mut Markup,
    name: &str,
    old: &Histogram<BITS>,
    new: &Histogram<BITS>,
) {
    let (Some(marks), Some(both)) = (marks(old, new), Both::of(old, new)) else { return };
    let value = |at: usize| marks.get(at).map_or_else(String::new, |mark| time(mark.us));
    let label = format!(
        "Distribution of {} in both runs: median {}, was {}; p95 {}, was {}",
        cut(name, 80),
        value(0),
        value(1),
        value(2),
        value(3)
    );
    out.element("figure", &[], |figure| {
        figure.element("figcaption", &[], |caption| legend(caption, name, &both));
        chart(figure, HEIGHT, &label, |svg| {
            stretched(svg, HEIGHT, |plot| both.draw(plot));
            marks.iter().zip(0..).for_each(|(mark, row)| mark.draw(svg, row, both.scale));
            baseline(svg, HEIGHT);
            values(svg, both.scale, HEIGHT);
            both.tell(svg);
        });
    });
}

fn legend(caption: &mut Markup, name: &str, both: &Both) {
    caption.element("strong", &[], |strong| {
        strong.foreign(name, 80);
    });
    for (class, text) in [
        ("newer", format!("newer, {} that succeeded", both.of_new)),
        ("older", format!("older, {}", both.of_old)),
    ] {
        caption.element("span", &[("class", "key")], |span| {
            span.leaf("i", &[("class", class)], "").text(&text);
        });
    }
    if both.scale.is_logarithmic() {
        caption.leaf("span", &[("class", "key")], "logarithmic");
    }
}

impl Both {
    fn of<const BITS: u32>(old: &Histogram<BITS>, new: &Histogram<BITS>) -> Option<Self> {
        let least = old.min()?.min(new.min()?);
        let most = old.max()?.max(new.max()?);
        let middle = old.percentile(50)?.min(new.percentile(50)?);
        let scale = Scale::close_to(least, middle, most);
        let (of_old, of_new) = (old.count(), new.count());
        Some(Self { old: shares(old, scale), new: shares(new, scale), of_old, of_new, scale })
    }

    /// The outline of the one over the surface of the other.
    fn draw(&self, plot: &mut Markup) {
        let most = self.old.iter().chain(&self.new).copied().fold(f64::MIN_POSITIVE, f64::max);
        plot.empty("path", &[("class", "newer"), ("d", &outline(&self.new, most))]);
        plot.empty("path", &[("class", "older"), ("d", &outline(&self.old, most))]);
    }

    /// What is below the pointer.
    fn tell(&self, svg: &mut Markup) {
        for ((number, new), old) in (0_u32..).zip(&self.new).zip(&self.old) {
            if new + old <= 0.0 {
                continue;
            }
            let (from, to) = (edge(number), edge(number + 1));
            let text = format!(
                "{} to {}: newer {}, older {}",
                precise(self.scale.value(from)),
                precise(self.scale.value(to)),
                rate::percent(*new),
                rate::percent(*old)
            );
            told(svg, from, to, HEIGHT, &text);
        }
    }
}

/// The share of each bar, which are of one width. What fell into a cell of the histogram is spread over the
/// bars that the cell reaches into: a coarse one may be wider than a bar.
fn shares<const BITS: u32>(durations: &Histogram<BITS>, scale: Scale) -> Vec<f64> {
    let mut bars = vec![0.0; BARS as usize];
    let (Some(least), Some(most)) = (durations.min(), durations.max()) else { return bars };
    for (middle, count) in durations.cells() {
        let width = 1_u64 << middle.max(1).ilog2().saturating_sub(BITS);
        let from = (middle - width / 2).clamp(least, most);
        let to = middle.saturating_add(width / 2).clamp(least, most);
        let place = |us: u64| scale.place(as_f64(us)) * f64::from(BARS);
        spread(&mut bars, (place(from), place(to)), as_f64(count) / as_f64(durations.count()));
    }
    bars
}

/// Adds a share to the bars from one place to another, each a number of bars.
fn spread(bars: &mut [f64], (from, to): (f64, f64), share: f64) {
    let last = f64::from(BARS) - 1.0;
    for (number, bar) in (0_u32..).map(f64::from).zip(bars) {
        if to - from > 1e-6 {
            *bar += share * (to.min(number + 1.0) - from.max(number)).max(0.0) / (to - from);
        } else if from.min(last).floor().to_bits() == number.to_bits() {
            *bar += share;
        }
    }
}

/// Where a bar begins, from 0 to 1.
fn edge(bar: u32) -> f64 {
    f64::from(bar) / f64::from(BARS)
}

/// The tops of the bars, with a gap wherever there is none.
fn outline(shares: &[f64], most: f64) -> String {
    let (mut path, mut open) = (String::new(), false);
    for (number, share) in (0_u32..).zip(shares) {
        let x = edge(number) * 1000.0;
        if *share > 0.0 {
            // A single one among a million must still be seen.
            let tall = (share / most * f64::from(HEIGHT - LABELS)).max(1.5);
            let begin = if open { String::new() } else { format!("M{x:.1} {HEIGHT}") };
            let (y, to) = (f64::from(HEIGHT) - tall, edge(number + 1) * 1000.0);
            let _ = write!(path, "{begin}V{y:.1}H{to:.1}");
        } else if open {
            let _ = write!(path, "V{HEIGHT}");
        }
        open = *share > 0.0;
    }
    if open {
        let _ = write!(path, "V{HEIGHT}");
    }
    path
}

/// A percentile of one of the runs.
struct Mark {
    class: &'static str,
    text: String,
    us: u64,
    /// Whether the other run has it at a longer duration: then its name stands on the left.
    before: bool,
}

/// The medians and the 95th percentiles, those of the newer run first.
fn marks<const BITS: u32>(old: &Histogram<BITS>, new: &Histogram<BITS>) -> Option<[Mark; 4]> {
    let mark = |run: &Histogram<BITS>, class: &'static str, percent: u8| {
        let us = run.percentile(percent)?;
        let text = format!("{class} p{percent} {}", time(us));
        let other = if class == "newer" { old } else { new };
        Some(Mark { class, text, us, before: us < other.percentile(percent)? })
    };
    Some([
        mark(new, "newer", 50)?,
        mark(old, "older", 50)?,
        mark(new, "newer", 95)?,
        mark(old, "older", 95)?,
    ])
}

impl Mark {
    /// A line with its name at a height of its own.
    fn draw(&self, svg: &mut Markup, row: u32, scale: Scale) {
        let place = scale.place(as_f64(self.us));
        let (x, y, foot) = (percent(place), (row * ROW).to_string(), HEIGHT.to_string());
        let class = format!("percentile {}", self.class);
        let line = [("class", &*class), ("x1", &*x), ("x2", &*x), ("y1", &*y), ("y2", &*foot)];
        svg.empty("line", &line);
        // The room on either side that a name takes on the narrowest screen, the margin of the chart included.
        let left = if self.before { place > 0.25 } else { place > 0.65 };
        let (class, dx) = if left { ("name end", "-5") } else { ("name", "5") };
        let text = [("class", class), ("x", &*x), ("dx", dx), ("y", &*y), ("dy", "0.5em")];
        svg.leaf("text", &text, &self.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_runs_are_drawn_on_one_axis() {
        let run = |from: u64, tries: u64| {
            let mut durations: Histogram = Histogram::default();
            (0..tries).for_each(|n| durations.record(from + n * 7919 % 50_000));
            durations
        };
        let (old, new) = (run(300_000, 500), run(360_000, 20));
        let both = Both::of(&old, &new).unwrap();
        for shares in [&both.old, &both.new] {
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{shares:?}");
        }
        let first = |bars: &[f64]| bars.iter().position(|share| *share > 0.0);
        assert!(first(&both.old) < first(&both.new));
        assert!(Both::of(&old, &Histogram::default()).is_none());
    }

    #[test]
    fn a_cell_that_is_wider_than_a_bar_leaves_no_gaps() {
        let mut coarse: Histogram<5> = Histogram::default();
        (0..1000).for_each(|n| coarse.record(2_300_000 + n * 800));
        let both = Both::of(&coarse, &coarse).unwrap();
        let inner = &both.new[2..46];
        assert!(inner.iter().all(|share| (0.01..0.04).contains(share)), "{inner:?}");
        let mut one: Histogram<5> = Histogram::default();
        (0..9).for_each(|_| one.record(120_000));
        let both = Both::of(&one, &one).unwrap();
        assert_eq!(both.new.iter().filter(|share| **share > 0.0).count(), 1);
    }

    #[test]
    fn an_outline_stands_on_the_ground_wherever_there_is_nothing() {
        assert_eq!(outline(&[0.0; 48], 1.0), "");
        let mut shares = [0.0; 48];
        (shares[1], shares[2], shares[47]) = (1.0, 0.5, 1e-9);
        assert_eq!(
            outline(&shares, 1.0),
            "M20.8 190V60.0H41.7V125.0H62.5V190M979.2 190V188.5H1000.0V190"
        );
    }
}
