//! How a record becomes a line of the journal: JSON, bounded, and safe to `cat`.
//!
//! A string is cut after [`LONGEST_STRING`] bytes, with the mark `…(+N bytes)`, whoever sent it. Besides
//! what JSON asks for, characters that would act on a terminal are written as `\uXXXX`; that is the same
//! JSON, so that a reader gets back exactly what was recorded.

use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};

use crate::event::{Event, Record};
use crate::report::escape::treacherous;

/// The longest string in a journal, in bytes of UTF-8, less its mark.
pub const LONGEST_STRING: usize = 2048;

/// From which length on the values of properties are left out of a line, in bytes. Properties of
/// BlueZ are far below it.
const LONGEST_LINE: usize = 64 * 1024;

/// How much of an iteration is held in memory until it ends, in bytes.
pub(super) const LONGEST_BUFFERED: usize = 256 * 1024;

/// Appends the record to `line`, with its line feed.
///
/// # Errors
/// Never in practice: memory takes what is written, and every record is JSON.
pub fn write_line(record: &Record, line: &mut Vec<u8>) -> io::Result<()> {
    let start = line.len();
    serialize(record, line)?;
    if line.len() - start > LONGEST_LINE {
        let left_out = without_values(record, line.len() - start);
        line.truncate(start);
        serialize(&left_out, line)?;
    }
    line.push(b'\n');
    Ok(())
}

fn serialize(record: &Record, line: &mut Vec<u8>) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(line, Bounded::default());
    Ok(record.serialize(&mut serializer)?)
}

/// The record with a mark in place of the values that make it too long.
fn without_values(record: &Record, length: usize) -> Record {
    let mark = || serde_json::Value::String(format!("…(left out: {length} bytes)"));
    let mut record = record.clone();
    match &mut record.event {
        Event::Changed { value, .. } => *value = Some(mark()),
        Event::Inspected { properties, .. } | Event::Identified { properties, .. } => {
            properties.values_mut().for_each(|v| *v = mark())
        }
        _ => {}
    }
    record
}

/// Compact JSON that cuts strings.
#[derive(Default)]
struct Bounded {
    /// How many bytes of the current string are written.
    kept: usize,
    /// How many are not.
    cut: usize,
}

impl Formatter for Bounded {
    fn begin_string<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        *self = Self::default();
        writer.write_all(b"\"")
    }

    fn end_string<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.cut > 0 {
            write!(writer, "…(+{} bytes)", self.cut)?;
        }
        writer.write_all(b"\"")
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let end =
            if self.cut > 0 { 0 } else { boundary_up_to(fragment, LONGEST_STRING - self.kept) };
        let (kept, cut) = fragment.split_at(end);
        self.kept += kept.len();
        self.cut += cut.len();
        write_visibly(writer, kept)
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        if self.cut > 0 || self.kept == LONGEST_STRING {
            self.cut += 1;
            return Ok(());
        }
        self.kept += 1;
        serde_json::ser::CompactFormatter.write_char_escape(writer, escape)
    }
}

/// The last boundary between characters that is not beyond `longest` bytes.
fn boundary_up_to(text: &str, longest: usize) -> usize {
    (0..=longest.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Writes text with `\uXXXX` for what acts on a terminal; what JSON itself escapes is not in it.
fn write_visibly<W: ?Sized + io::Write>(writer: &mut W, text: &str) -> io::Result<()> {
    let mut rest = text;
    while let Some((at, c)) = rest.char_indices().find(|(_, c)| treacherous(*c)) {
        let (before, from) = rest.split_at(at);
        writer.write_all(before.as_bytes())?;
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(writer, "\\u{unit:04x}")?;
        }
        rest = from.strip_prefix(c).unwrap_or_default();
    }
    writer.write_all(rest.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::event::{Object, Scope};

    fn record(event: Event) -> Record {
        Record { n: 0, t: 0, scope: Scope::default(), event }
    }

    fn named(name: &str, value: serde_json::Value) -> Record {
        record(Event::Changed {
            object: Object::default(),
            interface: "org.bluez.Device1".to_owned(),
            property: name.to_owned(),
            value: Some(value),
        })
    }

    fn line(record: &Record) -> String {
        let mut line = Vec::new();
        write_line(record, &mut line).unwrap();
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn a_long_string_is_cut_with_a_mark() {
        let long = format!("{}é", "a".repeat(LONGEST_STRING - 1));
        let back: Record = serde_json::from_str(&line(&named("Name", json!(long)))).unwrap();
        let Event::Changed { value: Some(value), .. } = back.event else {
            panic!("{back:?}");
        };
        let expected = format!("{}…(+2 bytes)", "a".repeat(LONGEST_STRING - 1));
        assert_eq!(value, json!(expected));
    }

    #[test]
    fn a_giant_value_is_left_out() {
        let giant = named("ManufacturerData", json!(vec![255; 100_000]));
        let line = line(&giant);
        assert!(line.len() < 300, "{} bytes", line.len());
        assert!(line.contains("left out"), "{line}");
    }

    proptest! {
        #[test]
        fn what_is_not_cut_comes_back_and_never_acts_on_a_terminal(
            name in any::<String>(), text in any::<String>(),
        ) {
            let record = named(&name, json!(text));
            let line = line(&record);
            prop_assert!(!line.trim_end_matches('\n').chars().any(treacherous), "{line:?}");
            prop_assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record);
        }

        #[test]
        fn no_string_is_longer_than_it_may_be(text in proptest::collection::vec(any::<char>(), 0..3000)) {
            let text: String = text.into_iter().collect();
            let back: serde_json::Value = serde_json::from_str(&line(&named("x", json!(text)))).unwrap();
            let kept = back["value"].as_str().unwrap();
            prop_assert!(kept.len() <= LONGEST_STRING + 20);
            let whole = text.len() <= LONGEST_STRING;
            prop_assert!(whole == (kept == text));
        }
    }
}
