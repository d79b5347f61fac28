//! What is wrong with a plan: all of it, each with its place and what to write instead.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use super::render;
use super::source::{Sources, Unreadable};
use super::visible::{cut, visible};
use crate::event::Place;

/// How many errors are kept; of further ones only the number. Where there are so many, what is left of
/// the plan need not be read.
const KEPT: usize = 1000;

/// How many errors are shown.
pub(super) const SHOWN: usize = 100;

/// How many characters of one message are shown.
const LONGEST: usize = 400;

/// How much a diagnostic weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The plan cannot run.
    Error,
    /// The plan can run, but something in it is likely not meant.
    Warning,
}

/// A span of the plan with a few words on it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Label {
    pub span: Range<usize>,
    pub text: String,
}

/// One thing that is wrong. Its texts are safe to show: whatever the plan holds is written out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    pub(super) severity: Severity,
    pub(super) message: String,
    pub(super) primary: Option<Label>,
    pub(super) secondary: Option<Label>,
    pub(super) help: Option<String>,
}

impl Diagnostic {
    fn new(severity: Severity, message: &str) -> Self {
        Self {
            severity,
            message: cut(&visible(message), LONGEST),
            primary: None,
            secondary: None,
            help: None,
        }
    }

    pub(super) fn error(message: impl AsRef<str>) -> Self {
        Self::new(Severity::Error, message.as_ref())
    }

    pub(super) fn warning(message: impl AsRef<str>) -> Self {
        Self::new(Severity::Warning, message.as_ref())
    }

    /// Where it is, with a few words for the caret; they may be empty.
    pub(super) fn at(mut self, span: Range<usize>, text: impl AsRef<str>) -> Self {
        let text = cut(&visible(text.as_ref()), LONGEST);
        self.primary = Some(Label { span, text });
        self
    }

    /// A second place that belongs to it, such as where a name was defined first.
    pub(super) fn also(mut self, span: Range<usize>, text: impl AsRef<str>) -> Self {
        let text = cut(&visible(text.as_ref()), LONGEST);
        self.secondary = Some(Label { span, text });
        self
    }

    /// What to write instead, or to do.
    pub(super) fn help(mut self, help: impl AsRef<str>) -> Self {
        self.help = Some(cut(&visible(help.as_ref()), 2 * LONGEST));
        self
    }

    /// Takes the secrets of the plan out of its texts.
    fn strike_out(&mut self, sources: &Sources) {
        let labels = [&mut self.primary, &mut self.secondary].into_iter().flatten();
        let texts = labels.map(|label| &mut label.text).chain(&mut self.help);
        for text in texts.chain([&mut self.message]) {
            *text = sources.without_secrets(text);
        }
    }

    /// Whether it is an error or a warning.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to write instead, or to do.
    #[must_use]
    pub fn help_text(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl From<Unreadable> for Diagnostic {
    fn from(unreadable: Unreadable) -> Self {
        Self::error(unreadable.message).help(unreadable.help)
    }
}

/// Takes in what is found wrong, in any order. The same thing found twice counts once.
#[derive(Debug, Default)]
pub(super) struct Report(RefCell<State>);

#[derive(Debug, Default)]
struct State {
    list: Vec<Diagnostic>,
    /// Message and place of each.
    seen: HashSet<(String, Option<Range<usize>>)>,
    /// Where the steps at hand were called from.
    call: Option<Range<usize>>,
    errors: usize,
    beyond: usize,
}

impl Report {
    pub fn add(&self, mut diagnostic: Diagnostic) {
        let mut state = self.0.borrow_mut();
        state.errors += usize::from(diagnostic.severity == Severity::Error);
        if state.list.len() >= KEPT {
            state.beyond += 1;
            return;
        }
        if let (None, Some(call)) = (&diagnostic.secondary, &state.call) {
            diagnostic = diagnostic.also(call.clone(), "in the steps of this call");
        }
        let place = diagnostic.primary.as_ref().map(|label| label.span.clone());
        if state.seen.insert((diagnostic.message.clone(), place)) {
            state.list.push(diagnostic);
        }
    }

    /// From now on, what is found wrong lies in the steps of a call; answers with the call before.
    pub fn called_from(&self, call: Option<Range<usize>>) -> Option<Range<usize>> {
        std::mem::replace(&mut self.0.borrow_mut().call, call)
    }

    /// How many errors were taken in, also those that were there already.
    pub fn errors(&self) -> usize {
        self.0.borrow().errors
    }

    /// Whether there are so many errors that further ones help nobody.
    pub fn is_full(&self) -> bool {
        self.0.borrow().list.len() >= KEPT
    }

    /// Everything, in the order of the files.
    pub fn finish(self, sources: Rc<Sources>) -> Diagnostics {
        let State { mut list, beyond, errors, .. } = self.0.into_inner();
        // What could not be read seems not to be used: only errors count as long as there are some.
        list.retain(|diagnostic| errors == 0 || diagnostic.severity == Severity::Error);
        list.iter_mut().for_each(|diagnostic| diagnostic.strike_out(&sources));
        list.sort_by_key(|d| d.primary.as_ref().map(|label| label.span.start));
        Diagnostics { sources, list, beyond }
    }
}

/// Everything that is wrong with a plan, in the order of its files.
#[derive(Debug)]
pub struct Diagnostics {
    pub(super) sources: Rc<Sources>,
    pub(super) list: Vec<Diagnostic>,
    /// How many were not kept.
    pub(super) beyond: usize,
}

impl Diagnostics {
    /// Every diagnostic that was kept.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len() + self.beyond
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Where a diagnostic of this list is; none if it is about no place in a file.
    #[must_use]
    pub fn place(&self, diagnostic: &Diagnostic) -> Option<Place> {
        let label = diagnostic.primary.as_ref()?;
        Some(self.sources.place(&label.span))
    }

    /// The first hundred as a person reads them, each with its lines of the plan, and how many more
    /// there are. Ends with a line feed, unless nothing is wrong.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        render::render(self, color)
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}
