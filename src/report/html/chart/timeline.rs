//! What happened when: a lane for each kind of thing, with a mark for each time that it happened.

use super::axis::as_f64;
use super::frame::{Stretch, chart, percent, times};
use crate::report::escape::cut;
use crate::report::html::Markup;

/// How high a lane is, in pixels: its name, and its marks.
const LANE: u32 = 40;
const NAME: u32 = 16;

/// A kind of thing that happened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lane {
    pub name: String,
    /// The class by which the style sheet gives it its colour.
    pub class: &'static str,
    pub marks: Vec<Mark>,
}

/// A time at which something happened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mark {
    /// Microseconds since the start of the run.
    pub at: u64,
    /// How often, about that time.
    pub count: u64,
    pub text: String,
}

/// Adds the chart; nothing where nothing happened.
pub fn timeline(out: &mut Markup, lanes: &[Lane], note: Option<&str>, stretch: &Stretch) {
    let Some(height) = u32::try_from(lanes.len()).ok().map(|n| n * LANE).filter(|h| *h > 0) else {
        return;
    };
    let counted = |lane: &Lane| format!("{} {}", count(lane), lane.name);
    let told: Vec<String> = lanes.iter().take(8).map(counted).collect();
    let label = format!("When what went wrong: {}", told.join("; "));
    out.element("figure", &[], |figure| {
        figure.element("figcaption", &[], |caption| {
            caption.leaf("strong", &[], "What went wrong, and when");
            if let Some(note) = note {
                caption.leaf("span", &[("class", "key")], note);
            }
        });
        chart(figure, height, &label, |svg| {
            for (number, lane) in (0_u32..).zip(lanes) {
                draw(svg, lane, number * LANE, stretch);
            }
            times(svg, stretch, height);
        });
    });
}

fn count(lane: &Lane) -> u64 {
    lane.marks.iter().map(|mark| mark.count).sum()
}

fn draw(svg: &mut Markup, lane: &Lane, top: u32, stretch: &Stretch) {
    named(svg, &format!("{}× {}", count(lane), cut(&lane.name, 300)), top);
    let middle = (top + NAME + 10).to_string();
    let line = [("class", "grid"), ("x1", "0"), ("x2", "100%"), ("y1", &*middle), ("y2", &*middle)];
    svg.empty("line", &line);
    let most = lane.marks.iter().map(|mark| mark.count).max().unwrap_or(1).max(1);
    for mark in &lane.marks {
        // The more there were, the taller.
        let half = 4.0 + 5.0 * as_f64(mark.count) / as_f64(most);
        let x = percent(stretch.times.place(as_f64(mark.at)));
        let (y1, y2) = (centre(top, -half), centre(top, half));
        let class = format!("event {}", lane.class);
        let line = [("class", &*class), ("x1", &*x), ("x2", &*x), ("y1", &*y1), ("y2", &*y2)];
        svg.element("line", &line, |line| {
            let text = format!("{}: {}", stretch.clock.both(mark.at), cut(&mark.text, 200));
            line.leaf("title", &[], &text);
        });
    }
}

/// The name above a lane: as much of it as there is room for, which only HTML can tell.
pub(super) fn named(svg: &mut Markup, name: &str, top: u32) {
    let (y, height) = (top.to_string(), (NAME + 3).to_string());
    let area = [("x", "0"), ("y", &*y), ("width", "100%"), ("height", &*height)];
    svg.element("foreignObject", &area, |area| {
        area.leaf("div", &[("class", "lane"), ("title", name)], name);
    });
}

fn centre(top: u32, by: f64) -> String {
    format!("{:.1}", f64::from(top + NAME + 10) + by)
}
