//! The nights on a terminal: the answer first, then a table for each measure, a line for each run, and last
//! the newest run against the last good one.

use anstyle::Style;

use super::{BARS, Course, Nights, Point};
use crate::report::compare;
use crate::report::console::Display;
use crate::report::console::fit::{fit, table};
use crate::report::console::palette::{Palette, Styled};
use crate::report::console::verdict_line;
use crate::report::quantity::{several, share, time};
use crate::stats::{Standing, Trend};

/// From how many columns on there is room for distributions.
const WIDE: usize = 100;

/// The nights as text, a line feed at the end of each line.
#[must_use]
pub fn text(nights: &Nights, display: &Display) -> String {
    let palette = Palette::new(display.color);
    let mut lines = vec![answer(nights, &palette), String::new()];
    for course in &nights.courses {
        lines.push(heading(course, &palette, display.width));
        lines.extend(runs(course, nights, &palette, display.width));
        lines.push(String::new());
    }
    let newest = nights.newest().map(|comparison| compare::body(comparison, display));
    lines.join("\n") + "\n" + &newest.unwrap_or_default()
}

/// The newest run in a sentence.
fn answer(nights: &Nights, palette: &Palette) -> String {
    let runs = several(nights.runs.len() as u64, "run");
    let (style, text) = match nights.newest() {
        None if nights.runs.len() > 1 => (
            palette.doubt,
            "There is nothing to compare with: in each earlier run something failed, or the bench cost \
             more iterations than counted."
                .into(),
        ),
        None => (palette.strong, "There is no good earlier run to compare with.".into()),
        Some(comparison) => {
            let style = if comparison.is_regression() { palette.fail } else { palette.pass };
            let good = when(&comparison.old.key.started);
            (style, format!("{} Against the last good run, {good}.", compare::answer(comparison)))
        }
    };
    let plan = crate::report::escape::terminal(&nights.plan);
    let text = crate::report::escape::terminal(&text);
    format!("{plan}, the newest of {runs}: {}", Styled(style, text))
}

/// `SOAK-01 reconnect · Reconnect all night · +3.1 ms a day, real (p 0.004)`
fn heading(course: &Course, palette: &Palette, width: usize) -> String {
    let measure = course.measure.as_deref().unwrap_or("iterations");
    let name = fit(&format!("{} {measure}", course.case), width / 3);
    let trend = course.trend.filter(|_| course.points.len() > 2).map(|trend| told(&trend));
    let trend = trend.unwrap_or_default();
    let room = width.saturating_sub(name.chars().count() + trend.chars().count() + 3);
    format!("{} {}{trend}", Styled(palette.strong, name), fit(&course.title, room))
}

/// ` · +3.10 ms a day, real (p 0.004)`
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "microseconds")]
fn told(trend: &Trend) -> String {
    let change = trend.per_hour * 24.0;
    let sign = if change < 0.0 { '-' } else { '+' };
    let by = time(change.abs() as u64);
    match trend.is_real() {
        true => format!(" · trend {sign}{by} a day (p {:.4})", trend.p),
        false => format!(" · no trend (p {:.2})", trend.p),
    }
}

/// A line for each run, and one of headings before them.
fn runs(course: &Course, nights: &Nights, palette: &Palette, width: usize) -> Vec<String> {
    let wide = width >= WIDE;
    let row = |cells: [String; 7]| {
        let kept = cells.into_iter().enumerate().filter(|(at, _)| wide || *at != 6);
        kept.map(|(_, cell)| cell).collect::<Vec<_>>()
    };
    let heads = ["when", "verdict", "iterations", "success", "p50", "p95", ""];
    let mut rows = vec![row(heads.map(str::to_owned))];
    rows.extend(course.points.iter().map(|point| {
        let at = nights.runs.get(point.run).map_or("", |run| &run.key.started);
        row([
            fit(&when(at), 16),
            verdict_line::word(point.verdict).to_owned(),
            point.iterations.to_string(),
            point.success.share().map_or_else(String::new, share),
            point.p50.map_or_else(String::new, time),
            point.p95.map_or_else(String::new, time),
            bars(point),
        ])
    }));
    let mut rows = table(&rows).into_iter();
    let head = rows.next().map(|head| format!("  {}", Styled(palette.faint, head)));
    let longest = rows.clone().map(|row| row.chars().count()).max().unwrap_or(0);
    let lines = rows.zip(&course.points).map(|(row, point)| {
        let spaces = " ".repeat(longest.saturating_sub(row.chars().count()));
        let (style, standing) = standing(point, palette);
        let line = format!("  {row}{spaces}  {}", Styled(style, standing));
        line.trim_end().to_owned()
    });
    head.into_iter().chain(lines).collect()
}

/// How a run stands to the last good one before it.
fn standing(point: &Point, palette: &Palette) -> (Style, String) {
    let Some((standing, numbers)) = &point.standing else {
        return (palette.faint, String::new());
    };
    let numbers = numbers.join(", ");
    match standing {
        Standing::Worse => (palette.fail, format!("WORSE {numbers}")),
        Standing::Better => (palette.pass, format!("better {numbers}")),
        Standing::Slight => (palette.faint, "slight".to_owned()),
        Standing::Same => (palette.faint, "same".to_owned()),
        Standing::TooFew => (palette.faint, "too few".to_owned()),
    }
}

/// The distribution as a line of bars.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a drawing")]
fn bars(point: &Point) -> String {
    const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let bar = |share: &f64| match share {
        0.0 => '·',
        share => HEIGHTS.get((share * 7.0).round() as usize).copied().unwrap_or('█'),
    };
    let drawn: String = point.bars.iter().map(bar).collect();
    if point.p50.is_some() { drawn } else { " ".repeat(BARS) }
}

/// A time to the minute, in UTC as it is kept: `2026-11-20 22:00`.
fn when(started: &str) -> String {
    match started.parse::<jiff::Timestamp>() {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => started.to_owned(),
    }
}
