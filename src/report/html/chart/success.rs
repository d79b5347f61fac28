//! The share of successes over time, with how far each stretch of it can be trusted.

use super::axis::{Scale, as_f64, share};
use super::columns::{Column, columns};
use super::frame::{Stretch, chart, levels, losses, pixels, stretched, times, told};
use super::limit::Limit;
use crate::report::html::{Markup, rate};
use crate::stats::{Series, wilson};

const HEIGHT: u32 = 110;

/// The most stretches that a rate is told of: it says little where the tries are few.
const STRETCHES: u64 = 48;

/// Adds the chart with its legend.
pub fn success(out: &mut Markup, name: &str, series: &Series, limits: &[Limit], stretch: &Stretch) {
    let columns = columns(series, 25, STRETCHES);
    let (mut succeeded, mut tries) = (0, 0);
    for (_, bucket) in series.buckets() {
        succeeded += bucket.succeeded();
        tries += bucket.tries;
    }
    let worst = columns.iter().filter_map(rate_of).fold(1.0, f64::min);
    let scale = Scale::of_shares(floor(worst));
    let label = format!(
        "Success rate of {name} over time: {} over all, {} at the worst",
        rate::of(succeeded, tries),
        rate::percent(worst)
    );
    out.element("figure", &[], |figure| {
        figure.element("figcaption", &[], |caption| {
            caption.leaf("strong", &[], "Success rate over time");
            for (class, text) in [("line", "rate"), ("outer", "95 % confidence")] {
                caption.element("span", &[("class", "key")], |span| {
                    span.leaf("i", &[("class", class)], "").text(text);
                });
            }
        });
        chart(figure, HEIGHT, &label, |svg| {
            levels(svg, scale, HEIGHT, share);
            losses(svg, stretch, HEIGHT);
            stretched(svg, HEIGHT, |plot| steps(plot, &columns, scale, stretch));
            limits.iter().for_each(|limit| draw_limit(svg, limit, scale));
            times(svg, stretch, HEIGHT);
            columns.iter().for_each(|column| tell(svg, column, stretch));
        });
    });
}

fn rate_of(column: &Column) -> Option<f64> {
    let tries = column.bucket.tries;
    (tries > 0).then(|| as_f64(column.bucket.succeeded()) / as_f64(tries))
}

/// The lowest share that is shown: a round one below the worst.
fn floor(worst: f64) -> f64 {
    let room = 1.0 - (1.0 - worst) * 1.25;
    [0.99, 0.95, 0.9, 0.8, 0.5].into_iter().find(|floor| *floor <= room).unwrap_or(0.0)
}

/// Each stretch as a step: its rate, and the band in which the true one lies.
fn steps(plot: &mut Markup, columns: &[Column], scale: Scale, stretch: &Stretch) {
    let (mut band, mut line) = (String::new(), String::new());
    let mut joined = false;
    for column in columns {
        let tries = column.bucket.tries;
        let Some((rate, (low, high))) =
            rate_of(column).zip(wilson(column.bucket.succeeded(), tries))
        else {
            joined = false;
            continue;
        };
        let x = |t: u64| format!("{:.1}", stretch.times.place(as_f64(t)) * 1000.0);
        let y = |share: f64| pixels(scale.place(share), HEIGHT);
        let (from, to) = (x(column.from), x(column.to));
        band += &format!("M{from} {}H{to}V{}H{from}Z", y(high), y(low));
        let begin = if joined { "L" } else { "M" };
        line += &format!("{begin}{from} {}H{to}", y(rate));
        joined = true;
    }
    plot.empty("path", &[("class", "outer"), ("d", &band)]);
    plot.empty("path", &[("class", "line"), ("d", &line)]);
}

fn draw_limit(svg: &mut Markup, limit: &Limit, scale: Scale) {
    if limit.value < scale.low() {
        return;
    }
    let class = if limit.held { "limit" } else { "limit broken" };
    let y = pixels(scale.place(limit.value), HEIGHT);
    svg.empty("line", &[("class", class), ("x1", "0"), ("x2", "100%"), ("y1", &y), ("y2", &y)]);
    // Below the line, since a bound on a rate is near the top.
    svg.leaf("text", &[("class", class), ("x", "100%"), ("y", &*y), ("dy", "13")], &limit.text);
}

fn tell(svg: &mut Markup, column: &Column, stretch: &Stretch) {
    let (succeeded, tries) = (column.bucket.succeeded(), column.bucket.tries);
    let Some(interval) = rate::interval(succeeded, tries) else { return };
    let text = format!(
        "{}: {succeeded} of {tries} ({}, 95 % confidence {interval})",
        stretch.clock.both(column.from),
        rate::of(succeeded, tries)
    );
    let place = |t: u64| stretch.times.place(as_f64(t));
    told(svg, place(column.from), place(column.to), HEIGHT, &text);
}
