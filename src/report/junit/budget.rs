//! How long all texts of a report may be together: GitLab takes no file over 30 MB.
//!
//! Each text is short enough by itself; a run of thousands of cases, each of which failed in a new way, is
//! not. What comes when the budget is spent is left out, and says so: verdicts and messages are always there.

use std::cell::Cell;

use crate::report::escape::cut;

/// How many bytes of texts a report has.
const BUDGET: usize = 8 * 1024 * 1024;

/// What stands in place of a text that is left out.
const LEFT_OUT: &str = "(left out, because the report is long; the journal has it)";

/// How long a message may be then, in characters.
const SHORT: usize = 100;

/// How long a text is in XML, at the most: `"` becomes `&quot;`.
fn length(text: &str) -> usize {
    let escaped = text.bytes().filter(|byte| b"<>&'\"".contains(byte)).count();
    text.len() + 5 * escaped
}

/// The bytes that are left.
#[derive(Debug)]
pub(super) struct Budget(Cell<usize>);

impl Budget {
    pub(super) fn new() -> Self {
        Self(Cell::new(BUDGET))
    }

    /// The text, or that it is left out.
    pub(super) fn text(&self, text: String) -> String {
        match self.take([text.as_str()]) {
            true => text,
            false => LEFT_OUT.to_owned(),
        }
    }

    /// The message; only its beginning where there is no room.
    pub(super) fn message(&self, text: String) -> String {
        match self.take([text.as_str()]) {
            true => text,
            false => cut(&text, SHORT).into_owned(),
        }
    }

    /// Whether there is room for all of these texts, which is then taken.
    pub(super) fn take<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> bool {
        let left = self.0.get().checked_sub(texts.into_iter().map(length).sum());
        self.0.set(left.unwrap_or(self.0.get()));
        left.is_some()
    }
}
