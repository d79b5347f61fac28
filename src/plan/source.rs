//! The files of a plan, and where a span of bytes lies in them.
//!
//! All files share one numbering of bytes: each begins where the one before it ended. A span therefore
//! says by itself which file it is in, also after tables of several files were merged.

use std::cell::{Cell, OnceCell, RefCell};
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use crate::event::Place;

/// The largest file that is read.
pub(super) const LARGEST: usize = 1 << 20;

/// How many files a plan may be made of.
pub(super) const MOST_FILES: usize = 64;

/// How many characters of a line a [`Place`] shows.
const SHOWN: usize = 200;

/// One file.
#[derive(Debug)]
pub(super) struct Source {
    pub name: String,
    pub text: String,
    /// The number of its first byte.
    pub base: usize,
    /// Where each line begins, counted from the start of this file.
    lines: Vec<usize>,
    /// The last place whose column was counted: its line, its byte in that, the characters before it.
    counted: Cell<(usize, usize, usize)>,
}

/// A line of a file.
pub(super) struct Line<'s> {
    pub source: &'s Source,
    /// From 1.
    pub number: usize,
    /// Where the span begins, from 1, in characters.
    pub column: usize,
    /// Without its end.
    pub text: &'s str,
    /// The span that was asked for, in bytes of `text`, cut at its end.
    pub range: Range<usize>,
    /// What must not be shown, in bytes of `text`.
    hidden: Vec<Range<usize>>,
}

/// Every file of a plan. Files are added, never changed: text read once can be borrowed for good.
#[derive(Debug)]
pub(super) struct Sources {
    slots: Vec<OnceCell<Source>>,
    used: Cell<usize>,
    secrets: RefCell<Vec<String>>,
}

impl Default for Sources {
    fn default() -> Self {
        Self {
            slots: (0..MOST_FILES).map(|_| OnceCell::new()).collect(),
            used: Cell::new(0),
            secrets: RefCell::default(),
        }
    }
}

impl Sources {
    /// Adds a file; none where there are too many.
    pub fn add(&self, name: String, text: String) -> Option<&Source> {
        let slot = self.slots.get(self.used.get())?;
        let base = match self.used.get().checked_sub(1) {
            Some(before) => {
                let before = self.slots.get(before)?.get()?;
                before.base + before.text.len() + 1
            }
            None => 0,
        };
        self.used.set(self.used.get() + 1);
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        Some(slot.get_or_init(|| Source { name, text, base, lines, counted: Cell::default() }))
    }

    /// The texts of all files, in the order in which they were read.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.slots.iter().map_while(OnceCell::get).map(|source| source.text.as_str())
    }

    /// The line that a span begins in.
    pub fn line(&self, span: &Range<usize>) -> Option<Line<'_>> {
        let source = self
            .slots
            .iter()
            .map_while(OnceCell::get)
            .take_while(|source| source.base <= span.start)
            .last()?;
        let mut line = source.line(span);
        for secret in self.secrets.borrow().iter() {
            let found = line.text.match_indices(secret.as_str());
            line.hidden.extend(found.map(|(at, text)| at..at + text.len()));
        }
        Some(line)
    }

    /// From now on, no line shows these texts, nor what TOML writes for them.
    pub fn hide(&self, secrets: &[String]) {
        let written = secrets.iter().map(|secret| {
            let quoted = super::shape::toml_text(&serde_json::Value::from(secret.as_str()));
            quoted.trim_matches('"').to_owned()
        });
        let mut all: Vec<String> = secrets.iter().cloned().chain(written).collect();
        all.retain(|secret| !secret.is_empty());
        self.secrets.replace(all);
    }

    /// A text without the secrets.
    pub fn without_secrets(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for secret in self.secrets.borrow().iter() {
            let shown = super::visible::visible(secret);
            // A long text was cut where it was quoted.
            let cut = super::visible::quote(&shown);
            for form in [secret.as_str(), &shown, cut.trim_matches('`').trim_end_matches('…')] {
                out = out.replace(form, "***");
            }
        }
        out
    }

    /// The place of a span, as events and reports show it.
    pub fn place(&self, span: &Range<usize>) -> Place {
        self.line(span).map(|line| line.place()).unwrap_or_default()
    }
}

impl Source {
    fn line(&self, span: &Range<usize>) -> Line<'_> {
        let at = (span.start - self.base).min(self.text.len());
        let number = self.lines.partition_point(|start| *start <= at).max(1);
        let start = self.lines.get(number - 1).copied().unwrap_or_default();
        let end = self.lines.get(number).map_or(self.text.len(), |next| next - 1);
        let text = self.text.get(start..end).unwrap_or_default();
        let text = text.strip_suffix('\r').unwrap_or(text);
        let floor = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let from = floor(at - start);
        let to = floor(span.end.saturating_sub(self.base + start)).max(from);
        let column = self.column(start, from, text);
        Line { source: self, number, column, text, range: from..to, hidden: Vec::new() }
    }

    /// The column of a place in a line, from 1, in characters. Steps are asked about one after the
    /// other, and may all stand in one line: it is counted on from the place before.
    fn column(&self, start: usize, at: usize, line: &str) -> usize {
        let (before, counted) = match self.counted.get() {
            (same, before, counted) if same == start && before <= at => (before, counted),
            _ => (0, 0),
        };
        let between = line.get(before..at).unwrap_or_default();
        let counted = counted + between.chars().count();
        self.counted.set((start, at, counted));
        counted + 1
    }
}

impl Line<'_> {
    fn place(&self) -> Place {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Place {
            file: self.source.name.clone(),
            line: number(self.number),
            column: number(self.column),
            source: self.chars().take(SHOWN).map(|(_, c)| c).collect(),
        }
    }

    /// Its characters as they may be shown, each with its place in `text`.
    pub fn chars(&self) -> impl Iterator<Item = (usize, char)> {
        let hidden = |at: usize| self.hidden.iter().any(|range| range.contains(&at));
        self.text.char_indices().map(move |(at, c)| (at, if hidden(at) { '*' } else { c }))
    }
}

/// Why a file could not be taken in: what is wrong, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub message: String,
    pub help: String,
}

/// Reads the text of a plan file.
pub(super) fn read(path: &Path) -> Result<String, Unreadable> {
    let shown = path.display();
    let unreadable = |message: String, help: &str| Unreadable { message, help: help.to_owned() };
    let failed = |error: io::Error| {
        let help = match error.kind() {
            io::ErrorKind::NotFound => "check the path; `ls` shows which files there are",
            io::ErrorKind::PermissionDenied => "make it readable: `chmod a+r FILE`",
            _ => "check that the path leads to a plan file",
        };
        unreadable(format!("cannot read {shown}: {}", reason(&error)), help)
    };
    let kind = std::fs::metadata(path).map_err(failed)?;
    if kind.is_dir() {
        return Err(unreadable(
            format!("{shown} is a directory"),
            "name a plan file in it, such as `quickstart.toml`",
        ));
    }
    if !kind.is_file() {
        return Err(unreadable(
            format!("{shown} is not a file"),
            "copy the plan into a file and name that",
        ));
    }
    let mut bytes = Vec::new();
    let limit = LARGEST as u64 + 1;
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(failed)?;
    text(&shown.to_string(), bytes)
}

/// Takes bytes for the text of a plan file.
pub(super) fn text(name: &str, bytes: Vec<u8>) -> Result<String, Unreadable> {
    if bytes.len() > LARGEST {
        return Err(Unreadable {
            message: format!("{name} is larger than 1 MiB"),
            help:
                "a plan is text that a person writes; is this the right file? A plan that is truly \
                   this large can be split with `include`"
                    .to_owned(),
        });
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..good).unwrap_or_default();
        let byte = error.as_bytes().get(good).copied().unwrap_or_default();
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        Unreadable {
            message: format!(
                "{name} is not UTF-8: byte 0x{byte:02X} on line {line} (byte {good} of the file)"
            ),
            help: "save it as UTF-8; `iconv -f latin1 -t utf8` does that for an older text"
                .to_owned(),
        }
    })
}

/// What the system says, without the number that Rust appends.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((reason, _)) => reason.to_lowercase(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters_and_lines_are_cut() {
        let sources = Sources::default();
        let text = format!("# é\r\nü = \"日本\" x\n{}", "y".repeat(300));
        let at = |part: &str| text.find(part).unwrap();
        sources.add("a.toml".into(), text.clone());
        let place = sources.place(&(at("x\n")..at("x\n") + 1));
        assert_eq!((place.line, place.column), (2, 10));
        assert_eq!(place.source, "ü = \"日本\" x");
        assert_eq!(sources.place(&(at("y")..at("y"))).source.len(), 200);
        let end = sources.place(&(text.len()..text.len()));
        assert_eq!((end.line, end.column), (3, 301));
        // The end of a line with CRLF, and the middle of a character.
        assert_eq!(sources.place(&(5..6)).column, 4);
        assert_eq!(sources.place(&(3..4)).column, 3);
    }

    #[test]
    fn a_span_knows_its_file() {
        let sources = Sources::default();
        sources.add("a.toml".into(), "one".into());
        let second = sources.add("b.toml".into(), "two\nlines".into()).unwrap().base;
        assert_eq!(sources.place(&(3..3)).file, "a.toml");
        let place = sources.place(&(second + 4..second + 5));
        assert_eq!((place.file.as_str(), place.line, place.column), ("b.toml", 2, 1));
    }

    #[test]
    fn too_many_files_are_refused() {
        let sources = Sources::default();
        for n in 0..MOST_FILES {
            assert!(sources.add(n.to_string(), String::new()).is_some());
        }
        assert!(sources.add("one more".into(), String::new()).is_none());
    }

    #[test]
    fn what_is_no_text_is_refused_with_a_way_out() {
        let error = text("p.toml", b"a\nb = \"caf\xE9\"".to_vec()).unwrap_err();
        assert!(error.message.contains("byte 0xE9 on line 2"), "{}", error.message);
        assert!(text("p.toml", vec![b' '; LARGEST]).is_ok());
        assert!(text("p.toml", vec![b' '; LARGEST + 1]).is_err());
        let error = read(Path::new("/nonexistent/plan.toml")).unwrap_err();
        assert_eq!(error.message, "cannot read /nonexistent/plan.toml: no such file or directory");
        assert!(read(Path::new("/")).unwrap_err().message.contains("is a directory"));
        assert!(read(Path::new("/dev/zero")).unwrap_err().message.contains("is not a file"));
    }
}
