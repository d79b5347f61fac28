//! What stands above everything else: the verdict, the run in a sentence, and the answers to the questions
//! that somebody has in the morning.

use super::sentence::{iterations, main_measure};
use super::{Clock, Markup, kinds, losses, measures, rate, sentence, verdict};
use crate::event::Verdict;
use crate::report::numbers::is_soak;
use crate::report::quantity::{several, time};
use crate::report::summary::{Case, Summary};
use crate::stats::Trend;

/// The longest name in a heading, in characters.
const LONGEST: usize = 200;

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub question: String,
    /// A few words that are read from afar.
    pub short: String,
    /// The rest of it, in a sentence or two.
    pub detail: String,
    /// What the answer means for the device: gives it its colour, where it is no pass.
    pub verdict: Verdict,
}

/// The top of the page of a run.
pub(super) fn header(summary: &Summary, clock: &Clock, more: Vec<Answer>) -> Markup {
    let mut out = Markup::default();
    out.element("header", &[], |header| {
        header.element("p", &[("class", "kind")], |kind| {
            verdict::show(kind, summary.verdict());
        });
        header.element("h1", &[], |h1| {
            h1.foreign(summary.plan(), LONGEST);
        });
        header.element("p", &[("class", "lead")], |lead| {
            lead.foreign(&sentence::of(summary), 1000);
        });
        header.leaf("p", &[("class", "when")], &when(summary, clock));
    });
    let own = [often(summary), slow(summary), why(summary), bench(summary)];
    out.line().element("div", &[("class", "answers")], |answers| {
        for answer in own.into_iter().flatten().chain(more) {
            show(answers, &answer);
        }
    });
    out
}

fn when(summary: &Summary, clock: &Clock) -> String {
    let mut parts: Vec<String> = Vec::new();
    if let Some(start) = clock.date(0) {
        parts.push(format!("Started {start}"));
    }
    parts.push(match summary.end {
        Some(_) => format!("took {}", time(summary.took_us())),
        None => format!("has records of {}", time(summary.took_us())),
    });
    if let Some(run) = &summary.run {
        let adapter = summary.bench.as_ref().map_or("", |bench| &bench.adapter);
        parts.push(match (&run.simulator, adapter) {
            (Some(_), _) => "on the simulator".to_owned(),
            (None, "") => format!("on {}", run.host),
            (None, adapter) => format!("on {}, {adapter}", run.host),
        });
    }
    if let Some(end) = summary.end {
        parts.push(format!("exit code {}", end.exit_code));
    }
    parts.join(" · ")
}

fn show(out: &mut Markup, answer: &Answer) {
    let class = format!("answer {}", verdict::class(answer.verdict));
    out.line().element("div", &[("class", &class)], |tile| {
        tile.leaf("h3", &[], &answer.question);
        tile.element("p", &[("class", "short")], |p| {
            p.foreign(&answer.short, 60);
        });
        tile.element("p", &[], |p| {
            p.foreign(&answer.detail, 400);
        });
    });
}

fn often(summary: &Summary) -> Option<Answer> {
    let soak = summary.cases.iter().any(is_soak);
    let (tally, flaky) = match soak {
        true => iterations(summary),
        false => (summary.tally(), iterations(summary).1),
    };
    if tally.total() == 0 {
        return None;
    }
    let judged = tally.judged();
    let thing = if soak { "iteration" } else { "case" };
    let mut parts = vec![match judged {
        0 => format!("no {thing} passed or failed"),
        _ => format!("of {}", several(judged, thing)),
    }];
    if let Some(interval) = rate::interval(tally.passed, judged).filter(|_| soak) {
        let rate = rate::of(tally.passed, judged);
        parts.push(format!("{rate} passed (95 % confidence {interval})"));
    }
    for (n, word) in
        [(tally.inconclusive, "inconclusive"), (tally.skipped, "skipped"), (flaky, "flaky")]
    {
        if n > 0 {
            parts.push(format!("{n} {word}"));
        }
    }
    let verdict = match (tally.failed, tally.inconclusive) {
        (0, 0) => Verdict::Pass,
        (0, _) => Verdict::Inconclusive,
        _ => Verdict::Fail,
    };
    Some(Answer {
        question: "How often did it fail?".to_owned(),
        short: match tally.failed {
            0 if judged == 0 => "Cannot be told".to_owned(),
            0 => "Never".to_owned(),
            1 => "Once".to_owned(),
            n => format!("{n} times"),
        },
        detail: parts.join(", "),
        verdict,
    })
}

fn slow(summary: &Summary) -> Option<Answer> {
    let measure = main_measure(summary)?;
    let latency = measure.statistics.latency();
    let (p50, p95, max) = (latency.percentile(50)?, latency.percentile(95)?, latency.max()?);
    let trend = Trend::of(&measure.course).filter(Trend::is_real);
    let trend = trend
        .map_or_else(String::new, |trend| format!("; {}", measures::drift(trend, &measure.course)));
    let missed = |case: &Case| {
        let of_it = case.thresholds.iter().filter(|t| t.of == measure.name);
        of_it.into_iter().any(|t| !t.held && t.statistic != "success-rate")
    };
    Some(Answer {
        question: "How slow did it get?".to_owned(),
        short: time(p95),
        detail: format!(
            "at p95 of {}; median {}, slowest {}{trend}",
            measure.name,
            time(p50),
            time(max)
        ),
        verdict: if summary.cases.iter().any(missed) { Verdict::Fail } else { Verdict::Pass },
    })
}

fn why(summary: &Summary) -> Option<Answer> {
    let kinds = kinds::of(summary);
    let most = kinds.first()?;
    let total: u64 = summary.cases.iter().map(|case| case.causes.total()).sum();
    let of = match (most.count, total) {
        (1, 1) => "once".to_owned(),
        (n, _) if n == total => format!("{n} times"),
        (n, _) => format!("{n} of {}", several(total, "failure")),
    };
    let place = match most.step {
        "" => String::new(),
        step => format!(", in {step}"),
    };
    let others = match kinds.len() {
        1 => String::new(),
        n => format!("; {} in all", several(n as u64, "kind")),
    };
    Some(Answer {
        question: "Why?".to_owned(),
        short: most.kind.to_owned(),
        detail: format!("{of}{place}{others}"),
        verdict: most.verdict,
    })
}

fn bench(summary: &Summary) -> Option<Answer> {
    summary.bench.as_ref()?;
    let losses = losses::counted(summary);
    let recoveries = summary.recoveries.total();
    let mut detail = losses.join(", ");
    if recoveries > 0 {
        let joint = if detail.is_empty() { "" } else { "; " };
        detail += &format!("{joint}recovered {}", several(recoveries, "time"));
    }
    if !summary.not_restored.is_empty() {
        let joint = if detail.is_empty() { "" } else { "; " };
        let n = summary.not_restored.len() as u64;
        detail += &format!("{joint}{} could not be put back", several(n, "change"));
    }
    if let Some(why) = &summary.unwritten {
        let joint = if detail.is_empty() { "" } else { "; " };
        detail += &format!("{joint}{why}");
    }
    let quiet = detail.is_empty();
    Some(Answer {
        question: "Did the bench hold?".to_owned(),
        short: if quiet { "Yes" } else { "Not always" }.to_owned(),
        detail: if quiet { "nothing happened to it".to_owned() } else { detail },
        verdict: if quiet { Verdict::Pass } else { Verdict::Inconclusive },
    })
}
