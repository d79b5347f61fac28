//! How often which duration occurred, as bars, with the percentiles that are asked about.

use super::axis::{Scale, as_f64, duration};
use super::frame::{baseline, chart, percent, pixels};
use crate::report::html::{Markup, rate};
use crate::report::quantity::time;
use crate::stats::Histogram;

const HEIGHT: u32 = 150;

/// How many bars there are.
pub(super) const BARS: u32 = 48;

/// How far the labels of the percentiles stand apart, in pixels.
const ROW: u32 = 14;

/// Adds the chart.
pub fn distribution<const BITS: u32>(out: &mut Markup, name: &str, durations: &Histogram<BITS>) {
    let (Some(least), Some(most)) = (durations.min(), durations.max()) else { return };
    let middle = durations.percentile(50).unwrap_or(most);
    let scale = Scale::close_to(least, middle, most);
    let bars = bars(durations, scale);
    let marks = [50, 95, 99].map(|p| (p, durations.percentile(p).unwrap_or(most)));
    let label = format!(
        "Distribution of {name}: from {} to {}, median {}, p95 {}, p99 {}",
        time(least),
        time(most),
        time(marks[0].1),
        time(marks[1].1),
        time(marks[2].1)
    );
    out.element("figure", &[], |figure| {
        figure.element("figcaption", &[], |caption| {
            caption.leaf("strong", &[], "Distribution");
            let of = format!("of {} that succeeded", durations.count());
            caption.leaf("span", &[("class", "key")], &of);
            if scale.is_logarithmic() {
                caption.leaf("span", &[("class", "key")], "logarithmic");
            }
        });
        chart(figure, HEIGHT, &label, |svg| {
            draw_bars(svg, &bars, scale, durations.count());
            draw_marks(svg, &marks, scale);
            baseline(svg, HEIGHT);
            values(svg, scale, HEIGHT);
        });
    });
}

/// How many durations fall into each of the bars, which are of one width.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to BARS")]
fn bars<const BITS: u32>(durations: &Histogram<BITS>, scale: Scale) -> Vec<u64> {
    let mut bars = vec![0; BARS as usize];
    for (value, count) in durations.cells() {
        let bar = (scale.place(as_f64(value)) * f64::from(BARS)) as usize;
        if let Some(bar) = bars.get_mut(bar.min(BARS as usize - 1)) {
            *bar += count;
        }
    }
    bars
}

fn draw_bars(svg: &mut Markup, bars: &[u64], scale: Scale, all: u64) {
    let most = as_f64(bars.iter().copied().max().unwrap_or(1).max(1));
    // The labels of the percentiles stand above the bars.
    let height = HEIGHT - 3 * ROW;
    let width = percent(0.86 / f64::from(BARS));
    for (number, count) in (0_u32..).zip(bars).filter(|(_, count)| **count > 0) {
        let from = f64::from(number) / f64::from(BARS);
        // A single one among a million must still be seen.
        let tall = (as_f64(*count) / most * f64::from(height)).max(1.5);
        let y = format!("{:.1}", f64::from(HEIGHT) - tall);
        let (x, tall) = (percent(from), format!("{tall:.1}"));
        let bar =
            [("class", "bar"), ("x", &*x), ("y", &*y), ("width", &*width), ("height", &*tall)];
        svg.element("rect", &bar, |rect| {
            let to = from + 1.0 / f64::from(BARS);
            let text = format!(
                "{} to {}: {count} ({})",
                precise(scale.value(from)),
                precise(scale.value(to)),
                rate::of(*count, all)
            );
            rect.leaf("title", &[], &text);
        });
    }
}

/// Lines at percentiles, each with its name at its own height.
fn draw_marks(svg: &mut Markup, marks: &[(u8, u64)], scale: Scale) {
    for (row, (percentile, us)) in (0_u32..).zip(marks) {
        let place = scale.place(as_f64(*us));
        let (x, y, foot) = (percent(place), (row * ROW).to_string(), HEIGHT.to_string());
        let line = [("class", "percentile"), ("x1", &*x), ("x2", &*x), ("y1", &*y), ("y2", &*foot)];
        svg.empty("line", &line);
        let (class, dx) = if place < 0.6 { ("name", "5") } else { ("name end", "-5") };
        let text = [("class", class), ("x", &*x), ("dx", dx), ("y", &*y), ("dy", "0.5em")];
        svg.leaf("text", &text, &format!("p{percentile} {}", time(*us)));
    }
}

/// Adds the durations below a plot of this height.
pub(super) fn values(svg: &mut Markup, scale: Scale, height: u32) {
    for (number, mark) in scale.marks().into_iter().enumerate() {
        let x = percent(scale.place(mark));
        let odd = if number % 2 == 1 { " odd" } else { "" };
        let (from, to) = (pixels(0.0, height), (height + 5).to_string());
        let line = [("class", "axis"), ("x1", &*x), ("x2", &*x), ("y1", &*from), ("y2", &*to)];
        svg.empty("line", &line);
        let y = (height + 18).to_string();
        let text = [("class", &*format!("tick x{odd}")), ("x", &*x), ("y", &*y)];
        svg.leaf("text", &text, &duration(mark));
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a duration")]
pub(super) fn precise(us: f64) -> String {
    time(us.max(0.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_is_in_a_bar() {
        for spread in [1, 2, 100, 1_000_000] {
            let mut durations: Histogram = Histogram::default();
            (0..1000).for_each(|n| durations.record(300_000 + n * spread));
            let [least, middle, most] = [1, 50, 100].map(|p| durations.percentile(p).unwrap());
            let scale = Scale::close_to(least, middle, most);
            assert_eq!(bars(&durations, scale).iter().sum::<u64>(), 1000, "{spread}");
        }
    }
}
