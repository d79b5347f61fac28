//! Both runs in one picture: the rates of a case, and the distribution of each of its latencies.

use super::LONGEST;
use crate::report::compare::CaseComparison;
use crate::report::digest::{CaseDigest, Digest, MeasureDigest};
use crate::report::html::{Markup, Rates, compared, rates};
use crate::report::quantity::several;
use crate::stats::{Histogram, Sampled};

/// How many bytes all pictures may have.
const ROOM: usize = 300_000;

/// How many measures of a case are drawn.
const MEASURES: usize = 12;

/// The fewest tries of each run that are drawn.
const FEWEST: u64 = 5;

/// Adds the pictures of the cases that both runs tried often enough.
pub(super) fn add(out: &mut Markup, cases: &[&CaseComparison], old: &Digest, new: &Digest) {
    let find = |run: &'_ Digest, id: &str| run.cases.iter().position(|case| case.id == id);
    let both = cases.iter().filter(|case| !case.findings.is_empty()).filter_map(|case| {
        let before = old.cases.get(find(old, &case.id)?)?;
        let after = new.cases.get(find(new, &case.id)?)?;
        let often = |case: &CaseDigest| case.success().rate.tries >= FEWEST;
        (often(before) && often(after)).then_some((before, after))
    });
    let left_out = out.fitting(ROOM, both, |out, (old, new)| {
        out.line().element("article", &[], |article| of_case(article, old, new));
    });
    out.left_out(left_out, "picture");
}

fn of_case(out: &mut Markup, old: &CaseDigest, new: &CaseDigest) {
    out.element("h3", &[], |h3| {
        h3.foreign(&format!("{} {}", new.id, new.title), LONGEST);
    });
    let measures = measures(old, new);
    let own = Rates { name: "iterations".to_owned(), old: old.success(), new: new.success() };
    let of_measure = |(old, new): &(&MeasureDigest, &MeasureDigest)| Rates {
        name: new.name.clone(),
        old: old.success(),
        new: new.success(),
    };
    let all: Vec<Rates> =
        std::iter::once(own).chain(measures.iter().take(MEASURES).map(of_measure)).collect();
    let failed = |of: Sampled| of.rate.hits < of.rate.tries;
    match all.iter().any(|rates| failed(rates.old) || failed(rates.new)) {
        true => rates(out, &all),
        false => drop(out.leaf("p", &[("class", "note")], "Everything succeeded in both runs.")),
    }
    out.element("div", &[("class", "pair")], |pair| {
        for (old, new) in measures.iter().take(MEASURES) {
            distribution(pair, &new.name, &old.latency, &new.latency);
        }
        distribution(pair, "Whole iterations", &old.took, &new.took);
    });
    let more = measures.len().saturating_sub(MEASURES) as u64;
    if more > 0 {
        let text = format!("{} not drawn here.", several(more, "more measure"));
        out.leaf("p", &[("class", "note")], &text);
    }
}

/// The measures that both have.
fn measures<'a>(
    old: &'a CaseDigest,
    new: &'a CaseDigest,
) -> Vec<(&'a MeasureDigest, &'a MeasureDigest)> {
    let before = |name: &str| old.measures.iter().find(|measure| measure.name == name);
    new.measures.iter().filter_map(|measure| Some((before(&measure.name)?, measure))).collect()
}

fn distribution<const BITS: u32>(
    out: &mut Markup,
    name: &str,
    old: &Histogram<BITS>,
    new: &Histogram<BITS>,
) {
    if old.count().min(new.count()) >= FEWEST {
        compared(out, name, old, new);
    }
}
