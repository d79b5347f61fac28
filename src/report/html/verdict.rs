//! A verdict as a page shows it: a word, a colour and a shape, so that no one of them has to be seen.

use super::Markup;
use super::markup::Attribute;
use crate::event::Verdict;

/// The word for it.
#[must_use]
pub fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "Passed",
        Verdict::Skip => "Skipped",
        Verdict::Inconclusive => "Inconclusive",
        Verdict::Fail => "Failed",
    }
}

/// The class by which the style sheet gives it its colour.
#[must_use]
pub fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Skip => "skip",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Fail => "fail",
    }
}

/// Adds shape and word.
pub fn show(out: &mut Markup, verdict: Verdict) {
    labelled(out, verdict, word(verdict));
}

/// Adds the shape of a verdict with another word.
pub fn labelled(out: &mut Markup, verdict: Verdict, word: &str) {
    let class = class(verdict);
    out.element("span", &[("class", &format!("verdict {class}"))], |span| {
        span.element("svg", &[("class", "shape"), ("aria-hidden", "true")], |svg| {
            svg.empty("use", &[("href", &format!("#{class}"))]);
        });
        span.leaf("span", &[], word);
    });
}

/// Adds the shapes, once for the page.
pub fn shapes(out: &mut Markup) {
    let mark = |d: &'static str| [("class", "mark"), ("d", d)];
    let hidden = [("width", "0"), ("height", "0"), ("aria-hidden", "true"), ("class", "shapes")];
    out.line().element("svg", &hidden, |svg| {
        shape(svg, "pass", "circle", &[("cx", "10"), ("cy", "10"), ("r", "9")], |inside| {
            inside.empty("path", &mark("M5.8 10.4l2.9 2.9 5.5-6.2"));
        });
        let octagon = [("points", "6.3,1 13.7,1 19,6.3 19,13.7 13.7,19 6.3,19 1,13.7 1,6.3")];
        shape(svg, "fail", "polygon", &octagon, |inside| {
            inside.empty("path", &mark("M6.7 6.7l6.6 6.6M13.3 6.7l-6.6 6.6"));
        });
        let triangle = [("points", "10,1.2 19.4,18.4 0.6,18.4")];
        shape(svg, "inconclusive", "polygon", &triangle, |inside| {
            inside.empty("path", &mark("M10 7v5M10 15v0.2"));
        });
        shape(svg, "skip", "circle", &[("cx", "10"), ("cy", "10"), ("r", "9")], |inside| {
            inside.empty("path", &mark("M6 10h8"));
        });
    });
}

fn shape(
    out: &mut Markup,
    id: &'static str,
    outline: &'static str,
    attributes: &[Attribute],
    mark: impl FnOnce(&mut Markup),
) {
    out.element("symbol", &[("id", id), ("viewBox", "0 0 20 20")], |symbol| {
        symbol.empty(outline, attributes);
        mark(symbol);
    });
}
