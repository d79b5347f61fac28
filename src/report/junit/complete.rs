//! Adds to the XML of `junit-report` what the crate does not write: totals of the whole, `skipped`
//! counts, properties, lines, and failed attempts that did not decide.
//!
//! One pass over its events; the n-th `testcase` gets the n-th [`Extra`].

use std::io::{self, Write};
use std::slice;

use quick_xml::events::{BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer};

use super::properties::Properties;

/// What is added to the root and to the suite. All texts are clean.
#[derive(Debug, Clone, Default)]
pub(super) struct Whole {
    /// Attributes of the root.
    pub(super) totals: Vec<(&'static str, String)>,
    /// The times of all cases together, in seconds: the crate adds them up as fractions that are not exact.
    pub(super) time: String,
    pub(super) skipped: usize,
    pub(super) properties: Properties,
}

/// What is added to a `testcase`. All texts are clean.
#[derive(Debug, Clone, Default)]
pub(super) struct Extra {
    pub(super) line: Option<u32>,
    pub(super) properties: Properties,
    pub(super) reruns: Vec<Rerun>,
}

/// A failed attempt that did not decide.
#[derive(Debug, Clone)]
pub(super) struct Rerun {
    /// `flakyFailure` or `rerunFailure`.
    pub(super) element: &'static str,
    pub(super) kind: String,
    pub(super) message: String,
    pub(super) text: String,
}

/// Writes the crate's XML with the additions.
///
/// # Errors
/// `out` could not be written to.
pub(super) fn complete(
    xml: &[u8],
    whole: &Whole,
    extras: &[Extra],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut reader = Reader::from_reader(xml);
    let mut pass = Pass {
        whole,
        extras: extras.iter(),
        reruns: &[],
        out: Writer::new_with_indent(out, b' ', 2),
    };
    loop {
        match reader.read_event().map_err(io::Error::other)? {
            Event::Start(tag) => pass.open(tag, false)?,
            Event::Empty(tag) => pass.open(tag, true)?,
            Event::End(tag) => {
                if tag.name().as_ref() == b"testcase" {
                    pass.write_reruns()?;
                }
                pass.out.write_event(Event::End(tag))?;
            }
            Event::Eof => break,
            other => pass.out.write_event(other)?,
        }
    }
    pass.out.into_inner().write_all(b"\n")
}

/// The tag with another time.
fn with_time(tag: &BytesStart<'_>, time: &str) -> BytesStart<'static> {
    let name = String::from_utf8_lossy(tag.name().as_ref()).into_owned();
    let mut with = BytesStart::new(name);
    for attribute in tag.attributes().flatten() {
        match attribute.key.as_ref() {
            b"time" => with.push_attribute(("time", time)),
            _ => with.push_attribute(attribute),
        }
    }
    with
}

/// The pass and where it is.
struct Pass<'a> {
    whole: &'a Whole,
    extras: slice::Iter<'a, Extra>,
    /// Those of the case that is open.
    reruns: &'a [Rerun],
    out: Writer<&'a mut dyn Write>,
}

impl Pass<'_> {
    /// Writes a tag that opens, with what belongs to it, and closes it if it is `empty`.
    fn open(&mut self, mut tag: BytesStart<'_>, empty: bool) -> io::Result<()> {
        let none = Properties::new();
        let properties = match tag.name().as_ref() {
            b"testsuites" => {
                tag.extend_attributes(self.whole.totals.iter().map(|(k, v)| (*k, v.as_str())));
                &none
            }
            b"testsuite" => {
                tag = with_time(&tag, &self.whole.time);
                tag.push_attribute(("skipped", self.whole.skipped.to_string().as_str()));
                &self.whole.properties
            }
            b"testcase" => match self.extras.next() {
                Some(extra) => {
                    if let Some(line) = extra.line {
                        tag.push_attribute(("line", line.to_string().as_str()));
                    }
                    self.reruns = &extra.reruns;
                    &extra.properties
                }
                None => &none,
            },
            _ => &none,
        };
        if empty && properties.is_empty() && self.reruns.is_empty() {
            return self.out.write_event(Event::Empty(tag));
        }
        let end = tag.to_end().into_owned();
        self.out.write_event(Event::Start(tag))?;
        write_properties(&mut self.out, properties)?;
        if empty {
            self.write_reruns()?;
            self.out.write_event(Event::End(end))?;
        }
        Ok(())
    }

    /// Writes the open case's failed attempts, once.
    fn write_reruns(&mut self) -> io::Result<()> {
        for rerun in std::mem::take(&mut self.reruns) {
            self.out
                .create_element(rerun.element)
                .with_attribute(("type", rerun.kind.as_str()))
                .with_attribute(("message", rerun.message.as_str()))
                .write_inner_content(|out| {
                    out.create_element("stackTrace")
                        .write_text_content(BytesText::new(&rerun.text))?;
                    Ok(())
                })?;
        }
        Ok(())
    }
}

fn write_properties<W: Write>(out: &mut Writer<W>, properties: &Properties) -> io::Result<()> {
    if properties.is_empty() {
        return Ok(());
    }
    out.create_element("properties").write_inner_content(|out| {
        for (name, value) in properties {
            out.create_element("property")
                .with_attribute(("name", name.as_str()))
                .with_attribute(("value", value.as_str()))
                .write_empty()?;
        }
        Ok(())
    })?;
    Ok(())
}
