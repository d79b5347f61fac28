//! Durations over time: the median, how far most lie from it, and the slowest.

use std::fmt::Write as _;

use super::axis::{Scale, as_f64, duration};
use super::columns::{Column, MOST, columns};
use super::frame::{Stretch, chart, levels, losses, percent, pixels, stretched, times, told};
use super::limit::Limit;
use crate::report::html::Markup;
use crate::report::quantity::time;
use crate::stats::Series;

const HEIGHT: u32 = 200;

/// From how many tries in a column on percentiles say more than the extremes.
const MANY: u64 = 20;

/// Adds the chart with its legend.
pub fn latency(out: &mut Markup, name: &str, series: &Series, limits: &[Limit], stretch: &Stretch) {
    let columns: Vec<Column> = columns(series, 8, MOST);
    let full: Vec<&Column> = columns.iter().filter(|c| c.bucket.succeeded() > 0).collect();
    let tries: u64 = full.iter().map(|column| column.bucket.succeeded()).sum();
    let many = tries >= MANY * full.len() as u64;
    let scale = scale_of(&full, limits);
    let label = format!("Latency of {name} over time: {}", in_words(series));
    out.element("figure", &[], |figure| {
        figure.element("figcaption", &[], |caption| legend(caption, many, scale, limits));
        chart(figure, HEIGHT, &label, |svg| {
            levels(svg, scale, HEIGHT, duration);
            losses(svg, stretch, HEIGHT);
            stretched(svg, HEIGHT, |plot| curves(plot, &columns, many, scale, stretch));
            if many {
                slowest(svg, &full, scale, stretch);
            }
            limits.iter().for_each(|limit| draw_limit(svg, limit, scale));
            times(svg, stretch, HEIGHT);
            full.iter().for_each(|column| tell(svg, column, stretch));
        });
    });
}

/// From zero to the slowest; a threshold is in it where it does not make everything else small.
fn scale_of(full: &[&Column], limits: &[Limit]) -> Scale {
    let mut medians: Vec<u64> =
        full.iter().filter_map(|c| c.bucket.latency.percentile(50)).collect();
    medians.sort_unstable();
    let middle = medians.get(medians.len() / 2).copied().unwrap_or(1);
    let most = full.iter().filter_map(|c| c.bucket.latency.max()).max().unwrap_or(1);
    let near = |limit: &&Limit| limit.value <= as_f64(most) * 3.0;
    let highest = limits.iter().filter(near).map(|limit| limit.value).fold(0.0, f64::max);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from a duration")]
    Scale::of_durations(middle, most.max(highest as u64))
}

fn legend(caption: &mut Markup, many: bool, scale: Scale, limits: &[Limit]) {
    caption.leaf("strong", &[], "Latency over time");
    let mut key = |class: &'static str, text: &str| {
        caption.element("span", &[("class", "key")], |span| {
            span.leaf("i", &[("class", class)], "").text(text);
        });
    };
    key("line", "median");
    match many {
        true => {
            key("inner", "p25–p75");
            key("outer", "p5–p95");
            key("dot", "slowest");
        }
        false => key("outer", "fastest to slowest"),
    }
    if scale.is_logarithmic() {
        caption.leaf("span", &[("class", "key")], "logarithmic");
    }
    for limit in limits.iter().filter(|limit| limit.value > scale.high()) {
        let text = format!("threshold {} is above", limit.text);
        caption.leaf("span", &[("class", "key")], &text);
    }
}

fn curves(plot: &mut Markup, columns: &[Column], many: bool, scale: Scale, stretch: &Stretch) {
    for run in columns.split(|column| column.bucket.succeeded() == 0) {
        if run.is_empty() {
            continue;
        }
        let at = |percentile: u8| {
            move |c: &Column| match percentile {
                0 => c.bucket.latency.min(),
                100 => c.bucket.latency.max(),
                _ => c.bucket.latency.percentile(percentile),
            }
        };
        let mut band = |class: &'static str, low: u8, high: u8| {
            let upper = points(run, at(high), scale, stretch);
            let lower = points(run, at(low), scale, stretch);
            let back: Vec<&str> = lower.iter().rev().map(String::as_str).collect();
            let d = format!("M{}L{}Z", upper.join("L"), back.join("L"));
            plot.empty("path", &[("class", class), ("d", &d)]);
        };
        match many {
            true => {
                band("outer", 5, 95);
                band("inner", 25, 75);
            }
            false => band("outer", 0, 100),
        }
        let d = format!("M{}", points(run, at(50), scale, stretch).join("L"));
        plot.empty("path", &[("class", "line"), ("d", &d)]);
    }
}

/// One point for each column, in its middle; a column that stands alone is drawn from edge to edge.
fn points(
    run: &[Column],
    of: impl Fn(&Column) -> Option<u64>,
    scale: Scale,
    stretch: &Stretch,
) -> Vec<String> {
    let mut points = Vec::new();
    for column in run {
        let y = pixels(scale.place(as_f64(of(column).unwrap_or(0))), HEIGHT);
        let mut point = |t: u64| {
            let mut text = format!("{:.1}", stretch.times.place(as_f64(t)) * 1000.0);
            // Writing to a string cannot fail.
            let _ = write!(text, " {y}");
            points.push(text);
        };
        if run.len() == 1 {
            point(column.from);
            point(column.to);
        } else {
            point(u64::midpoint(column.from, column.to));
        }
    }
    points
}

fn slowest(svg: &mut Markup, full: &[&Column], scale: Scale, stretch: &Stretch) {
    for column in full {
        let slowest = as_f64(column.bucket.latency.max().unwrap_or(0));
        let x = percent(stretch.times.place(as_f64(u64::midpoint(column.from, column.to))));
        let y = pixels(scale.place(slowest), HEIGHT);
        svg.empty("circle", &[("class", "dot"), ("cx", &x), ("cy", &y), ("r", "1.6")]);
    }
}

fn draw_limit(svg: &mut Markup, limit: &Limit, scale: Scale) {
    if limit.value > scale.high() {
        return;
    }
    let class = if limit.held { "limit" } else { "limit broken" };
    let y = pixels(scale.place(limit.value), HEIGHT);
    svg.empty("line", &[("class", class), ("x1", "0"), ("x2", "100%"), ("y1", &y), ("y2", &y)]);
    let text = [("class", class), ("x", "100%"), ("y", &*y), ("dy", "-5")];
    svg.leaf("text", &text, &limit.text);
}

fn tell(svg: &mut Markup, column: &Column, stretch: &Stretch) {
    let at = |percent| column.bucket.latency.percentile(percent).map_or_else(String::new, time);
    let text = format!(
        "{}: {} of {} succeeded, median {}, p95 {}, slowest {}",
        stretch.clock.both(column.from),
        column.bucket.succeeded(),
        column.bucket.tries,
        at(50),
        at(95),
        at(100)
    );
    let place = |t: u64| stretch.times.place(as_f64(t));
    told(svg, place(column.from), place(column.to), HEIGHT, &text);
}

/// The course in words: first and last median.
fn in_words(series: &Series) -> String {
    let median = |column: &Column| column.bucket.latency.percentile(50);
    let medians: Vec<u64> = columns(series, 8, MOST).iter().filter_map(median).collect();
    match (medians.first(), medians.last(), medians.iter().max()) {
        (Some(first), Some(last), Some(highest)) => format!(
            "median {} at the beginning, {} at the end, {} at the most",
            time(*first),
            time(*last),
            time(*highest)
        ),
        _ => "nothing succeeded".to_owned(),
    }
}
