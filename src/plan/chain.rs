//! Things of a plan that lead to each other: told when they lead in a circle, or too far.

use std::ops::Range;

use super::diagnostic::{Diagnostic, Report};
use super::visible::{cut, quote};

/// How many variables may lead to one another.
pub(super) const DEEPEST_VARIABLES: usize = 32;

/// How many files may include one another.
pub(super) const DEEPEST_INCLUDES: usize = 16;

/// How deep steps may stand in one another, in `repeat` and in sequences.
pub(super) const DEEPEST_STEPS: usize = 16;

/// A chain of names, each with its place.
pub(super) type Chain = Vec<(String, Range<usize>)>;

/// Reports that a chain leads back to one of its own.
pub(super) fn in_circles(
    what: &str,
    name: &str,
    at: &Range<usize>,
    chain: &Chain,
    report: &Report,
) {
    let circle = chain.iter().skip_while(|(other, _)| other != name);
    let names: Vec<String> =
        circle.clone().map(|(name, _)| cut(name, 60)).chain([cut(name, 60)]).collect();
    let mut diagnostic = Diagnostic::error(format!("{what} {} leads back to itself", quote(name)))
        .at(at.clone(), names.join(" → "))
        .help("take one link of the circle out");
    if let Some((_, first)) = circle.clone().next().filter(|(_, first)| first != at) {
        diagnostic = diagnostic.also(first.clone(), "the circle begins here");
    }
    report.add(diagnostic);
}

/// Reports that a chain is too long.
pub(super) fn too_deep(what: &str, most: usize, at: &Range<usize>, chain: &Chain, report: &Report) {
    let names: Vec<String> = chain.iter().take(4).map(|(name, _)| cut(name, 60)).collect();
    let diagnostic = Diagnostic::error(format!("{what} more than {most} deep"))
        .at(at.clone(), format!("by way of {} → …", names.join(" → ")))
        .help("make it flatter");
    report.add(diagnostic);
}
