//! The few colours of the console: verdicts have one, what matters is bold, what surrounds it is dim.

use std::fmt;

use anstyle::{AnsiColor, Style};

use crate::event::Verdict;

/// The styles; all of them plain where there is no colour.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Palette {
    pub(super) pass: Style,
    pub(super) fail: Style,
    pub(super) doubt: Style,
    pub(super) skip: Style,
    pub(super) strong: Style,
    pub(super) faint: Style,
    pub(super) place: Style,
    pub(super) running: Style,
}

impl Palette {
    pub(super) fn new(color: bool) -> Self {
        if !color {
            return Self::default();
        }
        let bold = |color: AnsiColor| color.on_default().bold();
        Self {
            pass: bold(AnsiColor::Green),
            fail: bold(AnsiColor::Red),
            doubt: bold(AnsiColor::Yellow),
            skip: bold(AnsiColor::Blue),
            strong: Style::new().bold(),
            faint: Style::new().dimmed(),
            place: AnsiColor::Cyan.on_default(),
            running: bold(AnsiColor::Cyan),
        }
    }

    pub(super) fn of(&self, verdict: Verdict) -> Style {
        match verdict {
            Verdict::Pass => self.pass,
            Verdict::Skip => self.skip,
            Verdict::Inconclusive => self.doubt,
            Verdict::Fail => self.fail,
        }
    }
}

/// Text in a style.
pub(super) struct Styled<T>(pub(super) Style, pub(super) T);

impl<T: fmt::Display> fmt::Display for Styled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(style, text) = self;
        write!(f, "{style}{text}{style:#}")
    }
}
