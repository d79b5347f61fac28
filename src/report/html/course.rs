//! How a soak went: for each case that ran more than once, its failures on a timeline, and each of its
//! measures over time and as a distribution.

use super::chart::{Lane, Limit, Mark, Scale, Stretch, distribution, latency, success, timeline};
use super::{Clock, Markup, Section, losses, verdict};
use crate::report::numbers::{is_soak, iterations};
use crate::report::quantity::several;
use crate::report::summary::{Case, CauseGroup, Measure, Summary};
use crate::stats::{Histogram, Series};

/// How many bytes all charts may have.
const ROOM: usize = 2_400_000;

/// How many causes of a case have a lane of their own.
const LANES: usize = 8;

/// How many measures of a case are drawn.
const MEASURES: usize = 12;

/// The fewest successes that are drawn.
const FEWEST: u64 = 5;

/// Beyond so many losses of the bench, lines for them say nothing.
const LOSSES: usize = 24;

/// The section; none where no case ran more than once.
pub(super) fn section(summary: &Summary, clock: &Clock) -> Option<Section> {
    let drawn = |case: &&Case| case.iterations.total() >= FEWEST && is_soak(case);
    let cases: Vec<&Case> = summary.cases.iter().filter(drawn).collect();
    if cases.is_empty() {
        return None;
    }
    let mut body = Markup::default();
    let left_out = body.fitting(ROOM, cases, |body, case| {
        body.line().element("article", &[], |article| of_case(article, summary, case, clock));
    });
    body.left_out(left_out, "case");
    Some(Section { id: "course", title: "Over time".to_owned(), body })
}

fn of_case(out: &mut Markup, summary: &Summary, case: &Case, clock: &Clock) {
    let stretch = stretch(summary, case, clock);
    out.element("h3", &[], |h3| {
        h3.foreign(&format!("{} {}", case.id, case.identity.title), 200);
    });
    out.leaf("p", &[("class", "note")], &format!("{}.", iterations(case)));
    let (lanes, left_out) = lanes(summary, case);
    let note = (left_out > 0).then(|| format!("and {}", several(left_out, "rarer kind")));
    timeline(out, &lanes, note.as_deref(), &stretch);
    for measure in case.measures.iter().take(MEASURES) {
        of_measure(out, case, measure, &stretch);
    }
    if case.measures.len() > MEASURES {
        let more = several((case.measures.len() - MEASURES) as u64, "more measure");
        out.leaf("p", &[("class", "note")], &format!("{more} not drawn here."));
    }
    let (mut all, mut tries) = (Histogram::<5>::default(), 0);
    for (_, bucket) in case.course.buckets() {
        all.absorb(&bucket.latency);
        tries += bucket.tries;
    }
    draw(out, "Whole iterations", &case.course, &all, tries, &[], &[], &stretch);
}

fn of_measure(out: &mut Markup, case: &Case, measure: &Measure, stretch: &Stretch) {
    let statistics = &measure.statistics;
    let durations = Limit::of_durations(&case.thresholds, &measure.name);
    let rates = Limit::of_rates(&case.thresholds, &measure.name);
    let (latency, tries) = (statistics.latency(), statistics.tries());
    draw(out, &measure.name, &measure.course, latency, tries, &durations, &rates, stretch);
}

#[expect(clippy::too_many_arguments, reason = "what is drawn, and what into it")]
fn draw<const BITS: u32>(
    out: &mut Markup,
    name: &str,
    series: &Series,
    durations: &Histogram<BITS>,
    tries: u64,
    limits: &[Limit],
    rates: &[Limit],
    stretch: &Stretch,
) {
    let succeeded = durations.count();
    if tries < FEWEST {
        return;
    }
    out.element("h4", &[], |h4| {
        h4.foreign(name, 80);
    });
    if succeeded >= FEWEST {
        latency(out, name, series, limits, stretch);
    }
    out.element("div", &[("class", "pair")], |pair| {
        if succeeded >= FEWEST {
            distribution(pair, name, durations);
        }
        if succeeded < tries {
            success(pair, name, series, rates, stretch);
        } else {
            pair.leaf("p", &[("class", "note all")], &format!("All {tries} succeeded."));
        }
    });
}

/// From the first to the last that belongs to the case.
fn stretch(summary: &Summary, case: &Case, clock: &Clock) -> Stretch {
    let last_bucket = case.course.buckets().last().map_or(0, |(from, _)| from);
    let ended = case.started.saturating_add(case.took_us).min(summary.last_t.max(last_bucket));
    let to = ended.max(last_bucket).max(case.started.saturating_add(1));
    let within = |t: &u64| (case.started..=to).contains(t);
    let lost = summary.bench_changes.iter().filter(|h| losses::words(h.change).is_some());
    let losses: Vec<u64> = lost.map(|happened| happened.t).filter(within).collect();
    // A case that began with the run is shown from the very start.
    let from = if case.started < to / 50 { 0 } else { case.started };
    Stretch {
        times: Scale::of_times(from, to),
        clock: clock.clone(),
        losses: if losses.len() <= LOSSES { losses } else { Vec::new() },
    }
}

/// A lane for each of the most frequent causes, for the bench, for recoveries, for when the run was resumed;
/// and how many causes have none.
fn lanes(summary: &Summary, case: &Case) -> (Vec<Lane>, u64) {
    let mut groups: Vec<&CauseGroup> = case.causes.groups.iter().collect();
    // The sort is stable: the first of those that are as frequent stays first.
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    let left_out = groups.len().saturating_sub(LANES) as u64;
    let alike = |a: &CauseGroup, b: &CauseGroup| a.kind == b.kind && a.text == b.text;
    let ambiguous = |group: &CauseGroup| groups.iter().filter(|g| alike(g, group)).count() > 1;
    let shown = groups.iter().take(LANES);
    let mut lanes: Vec<Lane> = shown.map(|group| lane_of(group, ambiguous(group))).collect();
    let bench = summary.bench_changes.iter().map(|h| (h.t, h.in_words()));
    let recovered = (summary.recoveries.first.iter())
        .map(|(t, recovery)| (*t, format!("{} because of {}", recovery.rung, recovery.because)));
    let lane = |name: &str, class, marks: Vec<(u64, String)>| Lane {
        name: name.to_owned(),
        class,
        marks: marks.into_iter().map(|(at, text)| Mark { at, count: 1, text }).collect(),
    };
    lanes.push(lane("bench", "inconclusive", bench.collect()));
    lanes.push(lane("recovery", "recovery", recovered.collect()));
    let resumed = summary.resumed.iter().map(|(t, at)| (*t, format!("resumed at {at}")));
    lanes.push(lane("resumed", "recovery", resumed.collect()));
    lanes.retain(|lane| !lane.marks.is_empty());
    (lanes, left_out)
}

/// The lane of a cause, named with the state at the time where there are others of its kind.
fn lane_of(group: &CauseGroup, with_state: bool) -> Lane {
    let mut name = match group.text.as_str() {
        "" => group.kind.clone(),
        text => format!("{}, {text}", group.kind),
    };
    if with_state && !group.state.is_empty() {
        name = format!("{name}, {}", group.state.join(", "));
    }
    let mark = |(at, count): (u64, u64)| Mark {
        at,
        count,
        text: format!("{}: {}", several(count, "time"), group.message),
    };
    Lane {
        name,
        class: verdict::class(group.verdict),
        marks: group.when.iter().map(mark).collect(),
    }
}
