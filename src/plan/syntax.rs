//! TOML: from text to tables with spans, every syntax error with a word on how to mend it.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Error};

use super::diagnostic::{Diagnostic, Report};
use super::source::Source;

/// Reads the tables of a file; none where its syntax is wrong, which is then reported.
pub(super) fn parse<'s>(source: &'s Source, report: &Report) -> Option<Spanned<DeTable<'s>>> {
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    let whole = 0..source.text.len();
    for error in errors.iter().take_while(|_| !report.is_full()) {
        report.add(explain(error, &table, source));
    }
    let table = shift_table(table.into_inner(), source.base);
    let whole = whole.start + source.base..whole.end + source.base;
    errors.is_empty().then(|| Spanned::new(whole, table))
}

/// What to do about a syntax error, by how its message begins.
const ADVICE: &[(&str, &str)] = &[
    ("string values must be quoted", "put text between quotes: key = \"text\""),
    ("key with no value", "write `key = value`; a table begins with `[name]`"),
    ("missing value", "write a value after the `=`"),
    ("missing assignment", "write `=` between the key and its value"),
    ("duplicate key", "a key stands once in a table; merge the two, or rename one"),
    ("unclosed array", "add the missing `]`"),
    ("unclosed table", "add the missing `]`"),
    ("unclosed inline table", "add the missing `}`"),
    ("missing comma", "put a `,` between them"),
    ("extra comma", "take the extra `,` out"),
    ("extra `=`", "take the extra `=` out"),
    ("extra assignment", "take the extra `=` out"),
    (
        "invalid basic string",
        "close the text with `\"` on the same line; inside it write \\\" for a quote",
    ),
    ("invalid literal string", "close the text with `'` on the same line"),
    ("missing escaped value", "write `\\\\` for a backslash, or put the text between '…'"),
    ("missing opening quote", "put text between quotes: \"text\""),
    ("unexpected key or value", "write each `key = value` on a line of its own"),
    ("unexpected leading zero", "take the leading zeros out, or put the digits between quotes"),
    ("invalid unquoted key", "put a key with such characters between quotes"),
    (
        "unquoted keys cannot be empty",
        "write a key before the `=`, of letters, digits, `-` and `_`",
    ),
    ("cannot recurse further", "a plan nests at most 80 deep"),
    ("recursion limit", "a plan nests at most 80 deep"),
    ("carriage return must", "save the file with one kind of line end"),
];

fn explain(error: &Error, table: &Spanned<DeTable<'_>>, source: &Source) -> Diagnostic {
    let whole = error.message();
    let (message, expected) = whole.split_once(", expected ").unwrap_or((whole, ""));
    let here = |span: &Range<usize>| span.start + source.base..span.end + source.base;
    let span = error.span().unwrap_or(0..0);
    let expected = expected.replace("literal string", "text in quotes");
    let label = if expected.is_empty() { String::new() } else { format!("expected {expected}") };
    let mut diagnostic = Diagnostic::error(message).at(here(&span), label);
    if let Some((_, advice)) = ADVICE.iter().find(|(opening, _)| message.starts_with(opening)) {
        diagnostic = diagnostic.help(advice);
    }
    if message == "duplicate key" {
        let key = source.text.get(span.clone()).unwrap_or_default().trim_matches(['"', '\'']);
        let first = last_key(table.get_ref(), key, span.start);
        if let Some(first) = first.or_else(|| same_header(&source.text, span.start)) {
            diagnostic = diagnostic.also(here(&first), "first here");
        }
    }
    diagnostic
}

/// An earlier line that is the same `[header]` as the one at a place in the text.
fn same_header(text: &str, at: usize) -> Option<Range<usize>> {
    let start = text.get(..at)?.rfind('\n')? + 1;
    let line = text.get(start..)?.lines().next()?;
    let first = text.get(..start)?.find(line).filter(|_| line.starts_with('['))?;
    Some(first..first + line.len())
}

/// The last key of this name before a place in the text.
fn last_key(table: &DeTable<'_>, name: &str, before: usize) -> Option<Range<usize>> {
    fn inside(value: &DeValue<'_>, name: &str, before: usize) -> Option<Range<usize>> {
        match value {
            DeValue::Table(table) => last_key(table, name, before),
            DeValue::Array(array) => {
                let found = array.iter().filter_map(|value| inside(value.get_ref(), name, before));
                found.max_by_key(|span| span.start)
            }
            _ => None,
        }
    }
    let own =
        table.get_key_value(name).map(|(key, _)| key.span()).filter(|span| span.start < before);
    let inner = table.values().filter_map(|value| inside(value.get_ref(), name, before));
    own.into_iter().chain(inner).max_by_key(|span| span.start)
}

/// Moves the spans of a table into the numbering that all files share.
fn shift_table(table: DeTable<'_>, by: usize) -> DeTable<'_> {
    if by == 0 {
        return table;
    }
    let moved = table.into_iter().map(|(key, value)| {
        let span = key.span();
        let key = Spanned::new(span.start + by..span.end + by, key.into_inner());
        (key, shift(value, by))
    });
    moved.collect()
}

fn shift(value: Spanned<DeValue<'_>>, by: usize) -> Spanned<DeValue<'_>> {
    let span = value.span();
    let value = match value.into_inner() {
        DeValue::Table(table) => DeValue::Table(shift_table(table, by)),
        DeValue::Array(array) => {
            DeValue::Array(array.into_iter().map(|value| shift(value, by)).collect::<DeArray<'_>>())
        }
        scalar => scalar,
    };
    Spanned::new(span.start + by..span.end + by, value)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::super::source::Sources;
    use super::*;

    fn errors(text: &str) -> String {
        let sources = Rc::new(Sources::default());
        let report = Report::default();
        let source = sources.add("plan.toml".into(), text.into()).unwrap();
        assert!(parse(source, &report).is_none());
        report.finish(Rc::clone(&sources)).render(false)
    }

    #[test]
    fn every_syntax_error_is_told_with_advice() {
        insta::assert_snapshot!(errors("name = My plan\n[device.x]\nname = \"a\nkey\n"), @r#"
        error: string values must be quoted
         --> plan.toml:1:8
          |
        1 | name = My plan
          |        ^^^^^^^ expected text in quotes
          |
          = help: put text between quotes: key = "text"

        error: invalid basic string
         --> plan.toml:3:10
          |
        3 | name = "a
          |          ^ expected `"`
          |
          = help: close the text with `"` on the same line; inside it write \" for a quote

        error: key with no value
         --> plan.toml:4:4
          |
        4 | key
          |    ^ expected `=`
          |
          = help: write `key = value`; a table begins with `[name]`
        "#);
    }

    #[test]
    fn a_key_given_twice_shows_both_places() {
        insta::assert_snapshot!(errors("[device.a]\nname = 'x'\n[device.a]\nname = 'y'\n"), @r#"
        error: duplicate key
         --> plan.toml:3:9
          |
        3 | [device.a]
          |         ^
          |
         ::: plan.toml:1:1
          |
        1 | [device.a]
          | ---------- first here
          |
          = help: a key stands once in a table; merge the two, or rename one

        error: duplicate key
         --> plan.toml:4:1
          |
        4 | name = 'y'
          | ^^^^
          |
         ::: plan.toml:2:1
          |
        2 | name = 'x'
          | ---- first here
          |
          = help: a key stands once in a table; merge the two, or rename one
        "#);
    }

    #[test]
    fn spans_of_a_second_file_are_its_own() {
        let sources = Sources::default();
        let report = Report::default();
        sources.add("a.toml".into(), "x = 1".into());
        let second = sources.add("b.toml".into(), "\ny = [ 'z' ]".into()).unwrap();
        let table = parse(second, &report).unwrap();
        let (key, value) = table.get_ref().get_key_value("y").unwrap();
        assert_eq!(sources.place(&key.span()).line, 2);
        let inner = value.get_ref().get(0).unwrap();
        assert_eq!(sources.place(&inner.span()).column, 7);
    }
}
