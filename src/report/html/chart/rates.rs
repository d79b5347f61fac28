//! Rates of two runs below each other, each as a dot on a bar that says how far it can be trusted.

use super::axis::{Scale, share};
use super::frame::{baseline, chart, percent};
use crate::report::escape::cut;
use crate::report::html::{Markup, rate};
use crate::stats::Sampled;

/// How high a rate is, in pixels: its name, and a row for each run.
const LANE: u32 = 58;
const NAME: u32 = 17;
const ROW: u32 = 16;

/// A rate in both runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    pub name: String,
    pub old: Sampled,
    pub new: Sampled,
}

/// Adds the chart; nothing where nothing was tried.
pub fn rates(out: &mut Markup, all: &[Rates]) {
    let Some(height) = u32::try_from(all.len()).ok().map(|n| n * LANE).filter(|h| *h > 0) else {
        return;
    };
    let intervals = all.iter().flat_map(|rates| [rates.old, rates.new]);
    let worst = intervals.filter_map(|of| Some(of.interval()?.0)).fold(1.0, f64::min);
    let scale = Scale::of_shares(floor(worst));
    let told: Vec<String> = all.iter().take(8).map(in_words).collect();
    let label = format!("Success rates of both runs: {}", told.join("; "));
    out.element("figure", &[], |figure| {
        figure.element("figcaption", &[], |caption| {
            caption.leaf("strong", &[], "Success rates");
            caption.leaf("span", &[("class", "key")], "bars: 95 % confidence");
        });
        chart(figure, height, &label, |svg| {
            marks(svg, scale, height);
            for (number, rates) in (0_u32..).zip(all) {
                lane(svg, rates, number * LANE, scale);
            }
            baseline(svg, height);
        });
    });
}

/// The lowest share that is shown: a round one below all.
fn floor(worst: f64) -> f64 {
    let round = [0.99, 0.98, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5];
    round.into_iter().find(|floor| *floor <= worst).unwrap_or(0.0)
}

/// `reconnect 81.0 %, was 99.0 %`
fn in_words(rates: &Rates) -> String {
    let of = |of: Sampled| rate::of(of.rate.hits, of.rate.tries);
    format!("{} {}, was {}", cut(&rates.name, 80), of(rates.new), of(rates.old))
}

/// Lines down the plot, each with its value below.
fn marks(svg: &mut Markup, scale: Scale, height: u32) {
    for (number, mark) in scale.marks().into_iter().rev().enumerate() {
        let place = scale.place(mark);
        // The last one would reach beyond the margin.
        let end = if place > 0.97 { " end" } else { "" };
        let x = percent(place);
        let foot = height.to_string();
        let line = [("class", "grid"), ("x1", &*x), ("x2", &*x), ("y1", "0"), ("y2", &*foot)];
        svg.empty("line", &line);
        let odd = if number % 2 == 1 { " odd" } else { "" };
        let y = (height + 18).to_string();
        let text = [("class", &*format!("tick x{odd}{end}")), ("x", &*x), ("y", &*y)];
        svg.leaf("text", &text, &share(mark));
    }
}

fn lane(svg: &mut Markup, rates: &Rates, top: u32, scale: Scale) {
    super::timeline::named(svg, &in_words(rates), top);
    let runs = [("older", rates.old), ("newer", rates.new)];
    for (row, (class, of)) in (0_u32..).zip(runs) {
        let Some((share, (low, high))) = of.rate.share().zip(of.interval()) else { continue };
        let y = (top + NAME + ROW / 2 + row * ROW).to_string();
        let name = [("class", "tick y"), ("x", "-8"), ("y", &*y), ("dy", "0.32em")];
        svg.leaf("text", &name, class);
        let (from, to) = (percent(scale.place(low)), percent(scale.place(high)));
        let class = format!("rate {class}");
        let text = format!(
            "{} of {} ({}, 95 % confidence {} to {})",
            of.rate.hits,
            of.rate.tries,
            rate::of(of.rate.hits, of.rate.tries),
            rate::percent(low),
            rate::percent(high)
        );
        let line = [("class", &*class), ("x1", &*from), ("x2", &*to), ("y1", &*y), ("y2", &*y)];
        svg.element("line", &line, |line| {
            line.leaf("title", &[], &text);
        });
        let x = percent(scale.place(share));
        let dot = [("class", &*class), ("cx", &*x), ("cy", &*y), ("r", "4.5")];
        svg.element("circle", &dot, |dot| {
            dot.leaf("title", &[], &text);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Rate;

    #[test]
    fn both_rates_are_told_and_no_place_is_outside() {
        let of = |hits, tries| Sampled { rate: Rate::of(hits, tries), clustering: 1.0 };
        for (old, new) in [((99, 100), (81, 100)), ((0, 1), (1, 1)), ((0, 0), (3, 9))] {
            let (old, new) = (of(old.0, old.1), of(new.0, new.1));
            let mut out = Markup::default();
            rates(&mut out, &[Rates { name: "reconnect".to_owned(), old, new }]);
            let svg = out.as_str();
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            assert_eq!(svg.contains("reconnect 81.0 %, was 99.0 %"), old.rate.hits == 99);
        }
        let mut out = Markup::default();
        rates(&mut out, &[]);
        assert!(out.is_empty());
    }
}
