//! The line of a case: its verdict, its time, what it is, and a note if there is more to say.

use unicode_width::UnicodeWidthStr;

use super::fit::fit;
use super::palette::{Palette, Styled};
use crate::event::Verdict;
use crate::report::numbers::{is_soak, iterations};
use crate::report::quantity::time;
use crate::report::summary::Case;

/// Columns of the verdict, which stands to the right: as many as the longest has.
pub(in crate::report) const VERDICT: usize = 12;

/// Columns of a time.
const TIME: usize = 8;

/// The word for a verdict.
pub(in crate::report) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Skip => "SKIP",
        Verdict::Inconclusive => "INCONCLUSIVE",
        Verdict::Fail => "FAIL",
    }
}

/// `        PASS  1.51 s  PAIR-01 Pair, connect, reconnect`
pub(super) fn verdict_line(case: &Case, palette: &Palette, width: usize) -> String {
    let flaky = case.verdict == Verdict::Pass && case.flaky > 0;
    let (style, word) = match flaky {
        true => (palette.doubt, "FLAKY"),
        false => (palette.of(case.verdict), word(case.verdict)),
    };
    let took = match case.verdict {
        Verdict::Skip => String::new(),
        _ => time(case.took_us),
    };
    head(style, word, &took) + &what(case, &note(case), palette, width)
}

/// The part that every such line begins with.
pub(super) fn head(style: anstyle::Style, word: &str, took: &str) -> String {
    format!("{}  {took:>TIME$}  ", Styled(style, format!("{word:>VERDICT$}")))
}

/// Id, title and note in the columns that the head leaves. The title gives way to the note, and where
/// there is no room for both it is left out.
pub(super) fn what(case: &Case, note: &str, palette: &Palette, width: usize) -> String {
    const LEAST: usize = 12;
    let room = width.saturating_sub(VERDICT + TIME + 4);
    let id = fit(&case.id, room / 2);
    let room = room.saturating_sub(id.width() + 1);
    let id = Styled(palette.strong, id);
    let title = &case.identity.title;
    if note.is_empty() {
        return format!("{id} {}", fit(title, room));
    }
    let both = room >= 3 * LEAST;
    let least = if both { LEAST.min(fit(title, LEAST).width()) + 3 } else { 2 };
    let note = fit(note, room.saturating_sub(least));
    let left = room.saturating_sub(note.width() + 3);
    let note = Styled(palette.faint, format!("· {note}"));
    match both {
        true => format!("{id} {} {note}", fit(title, left)),
        false => format!("{id} {note}"),
    }
}

/// What is to be said besides the verdict.
fn note(case: &Case) -> String {
    match case.verdict {
        Verdict::Skip => case.cause.as_ref().map_or_else(String::new, |c| c.message.clone()),
        _ if is_soak(case) && case.iterations.total() > 0 => iterations(case),
        Verdict::Pass if case.flaky > 0 => format!("passed on attempt {}", case.attempts),
        Verdict::Fail | Verdict::Inconclusive if case.attempts > 1 => {
            format!("{} attempts", case.attempts)
        }
        _ => String::new(),
    }
}
