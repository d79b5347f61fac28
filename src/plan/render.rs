//! How a diagnostic looks: the one place that knows the crate that draws it.
//!
//! That crate is handed single lines, written out and cut round what they are about, so that a hostile
//! line neither reaches the terminal nor takes long, and is told line and column, which it could not
//! count in a line that was changed.

use std::fmt::Write;
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::diagnostic::{Diagnostic, Diagnostics, Label, SHOWN, Severity};
use super::source::{Line, Sources};
use super::visible::{is_hidden, push, visible};

/// How many characters of a long line are shown before where the span begins.
const BEFORE: usize = 100;

/// How many characters of a line are shown.
const WIDEST: usize = 300;

/// Draws the first of the diagnostics, and says how many more there are.
pub(super) fn render(diagnostics: &Diagnostics, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for diagnostic in diagnostics.iter().take(SHOWN) {
        out.push_str(&one(diagnostic, &diagnostics.sources, &renderer));
        out.push_str("\n\n");
    }
    match diagnostics.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => {
            let _ = writeln!(out, "… and {more} more; mend these first");
        }
        _ => {
            out.pop();
        }
    }
    out
}

fn one(diagnostic: &Diagnostic, sources: &Sources, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(&diagnostic.message));
    let shown = |label: &Label| sources.line(&label.span).map(|line| Shown::new(&line, label));
    let primary = diagnostic.primary.as_ref().and_then(shown);
    let secondary = diagnostic.secondary.as_ref().and_then(shown);
    if let (Some(primary), Some(secondary)) = (&primary, &secondary)
        && primary.same_line(secondary)
    {
        let both = primary.snippet(AnnotationKind::Primary);
        group = group.element(both.annotation(secondary.annotation(AnnotationKind::Context)));
    } else {
        let kinds = [AnnotationKind::Primary, AnnotationKind::Context];
        for (shown, kind) in [&primary, &secondary].into_iter().zip(kinds) {
            if let Some(shown) = shown {
                group = group.elements(shown.origin()).element(shown.snippet(kind));
            }
        }
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help));
    }
    renderer.render(&[group])
}

/// A line as it is shown.
struct Shown {
    file: String,
    number: usize,
    column: usize,
    text: String,
    range: Range<usize>,
    label: Option<String>,
    /// Whether it is the line as it is in the file, a character for a character.
    whole: bool,
}

impl Shown {
    fn new(line: &Line<'_>, label: &Label) -> Self {
        let column = line.column;
        let long = line.chars().nth(WIDEST).is_some();
        let skipped = if long { column.saturating_sub(BEFORE + 1) } else { 0 };
        let mut text = String::new();
        let mut range = 0..0;
        let mut whole = skipped == 0;
        if !whole {
            text.push('…');
        }
        for (n, (at, c)) in line.chars().skip(skipped).enumerate() {
            if n >= WIDEST {
                text.push('…');
                whole = false;
                break;
            }
            if at == line.range.start {
                range.start = text.len();
            }
            whole &= c == '\t' || !is_hidden(c);
            push(&mut text, if c == '\t' { ' ' } else { c });
            if at < line.range.end {
                range.end = text.len();
            }
        }
        if line.range.start >= line.text.len() {
            range.start = text.len();
        }
        range.end = range.end.max(range.start);
        Self {
            file: visible(&line.source.name),
            number: line.number,
            column,
            text,
            range,
            label: (!label.text.is_empty()).then(|| label.text.clone()),
            whole,
        }
    }

    fn same_line(&self, other: &Self) -> bool {
        self.file == other.file && self.number == other.number && self.whole && other.whole
    }

    /// The place in words, where the drawn line is not the one in the file and would count wrong.
    fn origin(&self) -> Option<Origin<'_>> {
        let origin = Origin::path(&self.file).line(self.number).char_column(self.column);
        (!self.whole).then_some(origin)
    }

    fn annotation(&self, kind: AnnotationKind) -> Annotation<'_> {
        kind.span(self.range.clone()).label(self.label.as_deref())
    }

    fn snippet(&self, kind: AnnotationKind) -> Snippet<'_, Annotation<'_>> {
        let path = self.whole.then_some(self.file.as_str());
        let snippet = Snippet::source(&self.text).line_start(self.number).path(path);
        snippet.annotation(self.annotation(kind))
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::super::diagnostic::Report;
    use super::*;

    fn shown(text: &str, diagnostic: Diagnostic) -> String {
        let sources = Rc::new(Sources::default());
        sources.add("plan.toml".into(), text.into());
        let report = Report::default();
        report.add(diagnostic);
        report.finish(sources).render(false)
    }

    #[test]
    fn line_column_caret_label_help() {
        let text = "[[case]]\n日本 = \"x\" # é\n";
        let at = text.find("\"x\"").unwrap();
        let diagnostic = Diagnostic::error("wrong").at(at..at + 3, "this").help("write that");
        insta::assert_snapshot!(shown(text, diagnostic), @r#"
        error: wrong
         --> plan.toml:2:6
          |
        2 | 日本 = "x" # é
          |        ^^^ this
          |
          = help: write that
        "#);
    }

    #[test]
    fn two_places() {
        let text = "id = \"A\"\n\n\nid = \"A\"\n";
        let diagnostic = Diagnostic::error("twice").at(16..19, "again").also(5..8, "first");
        insta::assert_snapshot!(shown(text, diagnostic), @r#"
        error: twice
         --> plan.toml:4:6
          |
        4 | id = "A"
          |      ^^^ again
          |
         ::: plan.toml:1:6
          |
        1 | id = "A"
          |      --- first
        "#);
        let diagnostic = Diagnostic::error("twice").at(5..8, "again").also(0..2, "first");
        insta::assert_snapshot!(shown(text, diagnostic), @r#"
        error: twice
         --> plan.toml:1:6
          |
        1 | id = "A"
          | --   ^^^ again
          | |
          | first
        "#);
    }

    #[test]
    fn a_hostile_line_is_written_out_and_cut() {
        let text = format!("{}\u{1b}[31mred\u{202e}\t{}", "é".repeat(500), "z".repeat(100_000));
        let at = text.find('r').unwrap();
        let out = shown(&text, Diagnostic::error("a\u{7}b").at(at..at + 3, "\u{9b}"));
        assert!(!out.chars().any(|c| is_hidden(c) && c != '\n'), "{out}");
        assert!(out.contains("plan.toml:1:506"), "{out}");
        assert!(out.contains("\\u{1b}[31mred\\u{202e}"), "{out}");
        assert!(out.len() < 2000, "{}", out.len());
    }

    #[test]
    fn the_end_of_the_file_has_a_place() {
        for text in ["", "\n", "a", "a\r\n"] {
            let out = shown(text, Diagnostic::error("e").at(text.len()..text.len(), "here"));
            assert!(out.contains("here"), "{text:?}: {out}");
        }
    }

    #[test]
    fn only_the_first_hundred_are_drawn() {
        let report = Report::default();
        for n in 0..20_000 {
            report.add(Diagnostic::error(n.to_string()));
        }
        let out = report.finish(Rc::default()).render(false);
        assert!(out.ends_with("… and 19900 more; mend these first\n"), "{out}");
    }
}
