//! The few colours of the console: verdicts have one, what matters is bold, what surrounds it is dim.

use std::fmt;

use anstyle::{AnsiColor, Style};

use crate::event::Verdict;

/// The styles; all of them plain where there is no colour.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::report) struct Palette {
    pub(in crate::report) pass: Style,
    pub(in crate::report) fail: Style,
    pub(in crate::report) doubt: Style,
    pub(in crate::report) skip: Style,
    pub(in crate::report) strong: Style,
    pub(in crate::report) faint: Style,
    pub(in crate::report) place: Style,
    pub(in crate::report) running: Style,
}

impl Palette {
    pub(in crate::report) fn new(color: bool) -> Self {
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

    pub(in crate::report) fn of(&self, verdict: Verdict) -> Style {
        match verdict {
            Verdict::Pass => self.pass,
            Verdict::Skip => self.skip,
            Verdict::Inconclusive => self.doubt,
            Verdict::Fail => self.fail,
        }
    }
}

/// Text in a style.
pub(in crate::report) struct Styled<T>(pub(in crate::report) Style, pub(in crate::report) T);

impl<T: fmt::Display> fmt::Display for Styled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(style, text) = self;
        write!(f, "{style}{text}{style:#}")
    }
}
