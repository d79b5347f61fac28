//! What charts have in common: the drawing, its height, its grid, and the time below it.

use super::axis::{Scale, as_f64, time_of_run};
use crate::report::html::{Clock, Markup};

/// The stretch of time that charts of one case have in common, and what happened to the bench in it.
#[derive(Debug, Clone)]
pub struct Stretch {
    pub times: Scale,
    pub clock: Clock,
    /// When the bench lost something, in microseconds since the start of the run.
    pub losses: Vec<u64>,
}

/// The room below a plot in which times stand, and above it.
const BELOW: u32 = 40;
const ABOVE: u32 = 16;

/// Adds a chart of a height: a drawing with a name for those who cannot see it.
pub fn chart(out: &mut Markup, height: u32, label: &str, content: impl FnOnce(&mut Markup)) {
    let total = (height + BELOW + ABOVE).to_string();
    let attributes =
        [("class", "chart"), ("role", "img"), ("aria-label", label), ("height", total.as_str())];
    out.line().element("svg", &attributes, content);
}

/// Adds the inner drawing, in which x goes from 0 to 1000 and is stretched.
pub fn stretched(svg: &mut Markup, height: u32, content: impl FnOnce(&mut Markup)) {
    let (height, view) = (height.to_string(), format!("0 0 1000 {height}"));
    let attributes = [
        ("class", "plot"),
        ("width", "100%"),
        ("height", height.as_str()),
        ("viewBox", view.as_str()),
        ("preserveAspectRatio", "none"),
    ];
    svg.element("svg", &attributes, content);
}

/// A place from 0 to 1 in percent.
pub fn percent(place: f64) -> String {
    format!("{:.2}%", place * 100.0)
}

/// A height from 0 to 1 in pixels from the top.
pub fn pixels(place: f64, height: u32) -> String {
    format!("{:.1}", (1.0 - place) * f64::from(height))
}

/// Adds lines across, each with its value on the left.
pub fn levels(svg: &mut Markup, scale: Scale, height: u32, label: fn(f64) -> String) {
    for mark in scale.marks() {
        let y = pixels(scale.place(mark), height);
        let line = [("class", "grid"), ("x1", "0"), ("x2", "100%"), ("y1", &*y), ("y2", &*y)];
        svg.empty("line", &line);
        let text = [("class", "tick y"), ("x", "-8"), ("y", &*y), ("dy", "0.32em")];
        svg.leaf("text", &text, &label(mark));
    }
}

/// Adds the times below a plot: since the start of the run, and those of the day.
pub fn times(svg: &mut Markup, stretch: &Stretch, height: u32) {
    baseline(svg, height);
    for (number, mark) in stretch.times.time_marks().into_iter().enumerate() {
        let x = percent(stretch.times.place(mark));
        let odd = if number % 2 == 1 { " odd" } else { "" };
        let (from, to) = (height.to_string(), (height + 5).to_string());
        let line = [("class", "axis"), ("x1", &*x), ("x2", &*x), ("y1", &*from), ("y2", &*to)];
        svg.empty("line", &line);
        let label = |svg: &mut Markup, class: &str, below: u32, text: &str| {
            let (class, y) = (format!("tick x {class}{odd}"), (height + below).to_string());
            svg.leaf("text", &[("class", &class), ("x", &x), ("y", &y)], text);
        };
        label(svg, "", 18, &time_of_run(mark));
        if let Some(clock) = clock_at(stretch, mark) {
            label(svg, "clock", 33, &clock);
        }
    }
}

/// Adds the line that a plot stands on.
pub fn baseline(svg: &mut Markup, height: u32) {
    let y = height.to_string();
    svg.empty("line", &[("class", "axis"), ("x1", "0"), ("x2", "100%"), ("y1", &y), ("y2", &y)]);
}

/// Adds a line down the plot wherever the bench lost something.
pub fn losses(svg: &mut Markup, stretch: &Stretch, height: u32) {
    for t in &stretch.losses {
        let (x, y) = (percent(stretch.times.place(as_f64(*t))), height.to_string());
        svg.empty("line", &[("class", "loss"), ("x1", &x), ("x2", &x), ("y1", "0"), ("y2", &y)]);
    }
}

/// Adds an area that is not seen and tells what is below the pointer.
pub fn told(svg: &mut Markup, from: f64, to: f64, height: u32, text: &str) {
    let (x, width, height) = (percent(from), percent((to - from).max(0.0)), height.to_string());
    let area =
        [("class", "told"), ("x", &*x), ("y", "0"), ("width", &*width), ("height", &*height)];
    svg.element("rect", &area, |rect| {
        rect.leaf("title", &[], text);
    });
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time of a run")]
fn clock_at(stretch: &Stretch, us: f64) -> Option<String> {
    // Below a minute between marks, hours and minutes say nothing.
    let long = stretch.times.high() - stretch.times.low() >= 480e6;
    if long { stretch.clock.hour_and_minute(us as u64) } else { None }
}
