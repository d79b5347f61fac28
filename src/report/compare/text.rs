//! The comparison on a terminal: the answer first, then what is different of the benches, then every number
//! of the cases in which there is something to see.

use anstyle::Style;

use super::answer::{label, values, word};
use super::{Apart, CaseComparison, Comparison, Finding, Side, answer};
use crate::event::Verdict;
use crate::report::console::Display;
use crate::report::console::fit::{fit, padded, table};
use crate::report::console::palette::{Palette, Styled};
use crate::report::console::verdict_line::{self, VERDICT};
use crate::report::quantity::several;
use crate::stats::Standing;

/// From how many columns on there is room for intervals.
const WIDE: usize = 90;

/// How many cases without a difference are shown in full.
const CALM: usize = 6;

/// How many differences of the benches are listed.
const LISTED: usize = 20;

/// The comparison as text, a line feed at the end of each line.
#[must_use]
pub fn text(comparison: &Comparison, display: &Display) -> String {
    let palette = Palette::new(display.color);
    let style = match (comparison.is_regression(), comparison.is_incomplete()) {
        (true, _) => palette.fail,
        (_, true) => palette.doubt,
        _ => palette.pass,
    };
    let answer = fold(&answer(comparison));
    format!("{}\n\n{}", Styled(style, answer), body(comparison, display))
}

/// What comes after the answer.
#[must_use]
pub fn body(comparison: &Comparison, display: &Display) -> String {
    let palette = Palette::new(display.color);
    let mut lines = Vec::new();
    lines.push(side("older", &comparison.old, &palette, display.width));
    lines.push(side("newer", &comparison.new, &palette, display.width));
    lines.extend(apart(&comparison.apart, &palette, display.width));
    lines.push(String::new());
    lines.extend(cases(comparison, &palette, display.width));
    lines.push(Styled(palette.faint, "─".repeat(VERDICT)).to_string());
    lines.push(closing(comparison, &palette));
    lines.join("\n") + "\n"
}

/// One line, however long: it is the answer, and a terminal folds it.
fn fold(answer: &str) -> String {
    crate::report::escape::terminal(answer).into_owned()
}

/// `older  Nightly soak · 2026-11-19T22:00:00Z · bench-3 · 10000 iterations · PASS`
fn side(name: &str, side: &Side, palette: &Palette, width: usize) -> String {
    let key = &side.key;
    let iterations = several(side.iterations, "iteration");
    let text = format!("{} · {} · {} · {iterations}", key.plan, key.started, key.host);
    let verdict = verdict(side.verdict, palette);
    let room = width.saturating_sub(4 + name.len() + 15);
    format!("  {}  {} · {verdict}", Styled(palette.faint, name), fit(&text, room))
}

fn verdict(verdict: Verdict, palette: &Palette) -> String {
    Styled(palette.of(verdict), verdict_line::word(verdict)).to_string()
}

/// `  BlueZ   5.87, was 5.82`
fn apart(all: &[Apart], palette: &Palette, width: usize) -> Vec<String> {
    let of = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".to_owned());
    let names: Vec<String> = all.iter().take(LISTED).map(|fact| fit(&fact.what, 24)).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(5);
    let line = |(name, fact): (&String, &Apart)| {
        let text = format!("{}, was {}", of(&fact.new), of(&fact.old));
        let name = Styled(palette.doubt, padded(name, longest));
        format!("  {name}  {}", fit(&text, width.saturating_sub(longest + 4)))
    };
    let mut lines: Vec<String> = names.iter().zip(all).map(line).collect();
    if all.len() > LISTED {
        lines.push(format!("  and {} more differences", all.len() - LISTED));
    }
    lines
}

/// The cases, with the numbers of those in which there is something to see.
fn cases(comparison: &Comparison, palette: &Palette, width: usize) -> Vec<String> {
    let calm = |case: &&CaseComparison| case.is_calm();
    let left_out = comparison.cases.iter().filter(calm).count().saturating_sub(CALM);
    let mut shown_calm = 0;
    let shown = comparison.cases.iter().filter(|case| {
        shown_calm += usize::from(case.is_calm());
        !case.is_calm() || shown_calm <= CALM
    });
    let shown: Vec<&CaseComparison> = shown.collect();
    let all: Vec<&Finding> = shown.iter().flat_map(|case| case.told()).collect();
    let mut rows = table(&rows(&all, width)).into_iter();
    let mut lines = Vec::new();
    let margin = " ".repeat(VERDICT + 2);
    let head = rows.next().filter(|_| !all.is_empty());
    lines.extend(head.map(|head| format!("{margin}{}", Styled(palette.faint, head))));
    for case in shown {
        lines.push(heading(case, palette, width));
        for measure in &case.missing {
            let word = Styled(palette.doubt, format!("{:>VERDICT$}", "MISSING"));
            lines.push(format!("{word}  {}", fit(measure, width.saturating_sub(VERDICT + 2))));
        }
        for (finding, row) in case.told().zip(&mut rows) {
            let word = Styled(style(finding, palette), format!("{:>VERDICT$}", word(finding)));
            lines.push(format!("{word}  {row}"));
        }
    }
    if left_out > 0 {
        let more = several(left_out as u64, "more case");
        lines.push(format!("{margin}{}", Styled(palette.faint, more + " without a difference")));
    }
    lines
}

/// `SOAK-01 Reconnect all night · FAIL, was PASS`
fn heading(case: &CaseComparison, palette: &Palette, width: usize) -> String {
    let became = match (case.old, case.new) {
        (Some(old), Some(new)) if old == new => verdict(new, palette),
        (Some(old), Some(new)) => {
            format!("{}, was {}", verdict(new, palette), verdict_line::word(old))
        }
        (None, Some(new)) => format!("{}, new", verdict(new, palette)),
        (old, None) => format!("gone, was {}", old.map_or("?", verdict_line::word)),
    };
    let few = match (case.findings.is_empty(), case.told().next(), case.needed()) {
        (false, None, Some(tries)) => format!(" · too few tries to tell, needs {tries}"),
        (false, None, None) => " · too few tries to tell".to_owned(),
        _ => String::new(),
    };
    let id = fit(&case.id, width / 2);
    let room = width.saturating_sub(id.chars().count() + 30 + few.len());
    format!("{} {} · {became}{few}", Styled(palette.strong, id), fit(&case.title, room))
}

/// A row for each finding, and one of headings before them. What the columns hold is our own and needs no
/// escape, except for the label.
fn rows(findings: &[&Finding], width: usize) -> Vec<Vec<String>> {
    let wide = width >= WIDE;
    let room = width.saturating_sub(if wide { 78 } else { 56 }).clamp(10, 40);
    let columns = |all: [String; 6]| {
        let keep = |(at, text)| (wide || at != 4).then_some(text);
        all.into_iter().enumerate().filter_map(keep).collect::<Vec<_>>()
    };
    let heads = ["", "was", "is", "change", "with 95 % confidence", "p"];
    let row = |finding: &&Finding| {
        let of = values(finding);
        let name = fit(&label(finding), room);
        columns([name, of.was, of.is, of.change, of.interval, chance(finding)])
    };
    std::iter::once(columns(heads.map(str::to_owned))).chain(findings.iter().map(row)).collect()
}

/// The probability of such a difference by chance, or how many tries would tell.
fn chance(finding: &Finding) -> String {
    let evidence = finding.change.evidence();
    match (finding.standing(), evidence.needed) {
        (Standing::TooFew, Some(tries)) => format!("needs {tries}"),
        (Standing::TooFew, None) => String::new(),
        _ if evidence.corrected < 0.0001 => "< 0.0001".to_owned(),
        _ => format!("{:.4}", evidence.corrected),
    }
}

fn style(finding: &Finding, palette: &Palette) -> Style {
    match (finding.standing(), finding.decides()) {
        (Standing::Worse, true) => palette.fail,
        (Standing::Worse, false) => palette.doubt,
        (Standing::Better, _) => palette.pass,
        _ => palette.faint,
    }
}

/// `       WORSE  2 worse, 1 better, 4 the same; too few tries for 2`
fn closing(comparison: &Comparison, palette: &Palette) -> String {
    let told = comparison.findings().any(|(_, f)| f.decides() && f.standing() != Standing::TooFew);
    let (style, word) = match (comparison.is_regression(), comparison.is_incomplete(), told) {
        (true, ..) => (palette.fail, "WORSE"),
        (_, true, _) => (palette.doubt, "MISSING"),
        (_, _, true) => (palette.pass, "NO WORSE"),
        _ => (palette.doubt, "TOO FEW"),
    };
    let counts = [
        (Standing::Worse, "worse"),
        (Standing::Better, "better"),
        (Standing::Slight, "slightly different"),
        (Standing::Same, "the same"),
        (Standing::TooFew, "with too few tries to tell"),
    ];
    let told = counts.map(|(standing, word)| (comparison.count(standing), word));
    let told: Vec<String> =
        told.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let mut told = if told.is_empty() { "nothing compared".to_owned() } else { told.join(", ") };
    let missing = comparison.missing().len();
    if missing > 0 {
        told += &format!(", {missing} missing");
    }
    format!("{}  {told}", Styled(style, format!("{word:>VERDICT$}")))
}
