//! One page that a person looks at in the morning: how often it failed, how slow it got, why, and what
//! happened to the bench.
//!
//! The page is one file that needs nothing else: no network, no script, and a policy in its head that
//! forbids both. It is HTML that is well-formed XML too. It stays below 5 MB however long the run was: each
//! section has so much room, and says what did not fit.

mod bench;

mod cases;
mod causes;
mod chart;
mod clock;
mod course;
mod device;
mod header;
mod identity;
mod kinds;
mod losses;
mod markup;
mod measures;
mod modalias;
mod page;
mod rate;
mod sentence;
mod slowest;
#[cfg(test)]
pub(super) mod tests;
mod trace;
pub(super) mod verdict;

use std::io::{self, Write};

pub(super) use chart::{Rates, compared, rates};
pub use clock::Clock;
pub use header::Answer;
pub use markup::Markup;
pub use page::{Section, page};

use super::Report;
use super::summary::Summary;

/// The HTML report.
#[derive(Debug, Clone, Copy)]
pub struct Html;

impl Report for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn about(&self) -> &'static str {
        "an HTML report, for people: one file that needs no network"
    }

    fn write(&self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(render(summary, Vec::new(), Vec::new()).as_str().as_bytes())
    }
}

/// The page of a run. What is known beyond the run itself, such as a comparison with an earlier one, comes
/// first: its `answers` beside those of the run, its `sections` before those of the run.
#[must_use]
pub fn render(summary: &Summary, answers: Vec<Answer>, sections: Vec<Section>) -> Markup {
    let clock = Clock::of(summary);
    let header = header::header(summary, &clock, answers);
    let own = [
        cases::section(summary),
        measures::section(summary),
        course::section(summary, &clock),
        causes::section(summary, &clock),
        slowest::section(summary, &clock),
        bench::section(summary, &clock),
        identity::section(summary, &clock),
    ];
    let all: Vec<Section> = sections.into_iter().chain(own.into_iter().flatten()).collect();
    page(summary.plan(), &header, &all)
}
