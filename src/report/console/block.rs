//! A failure under the line of its case, and the properties that a step inspected.

use std::collections::BTreeMap;

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::fit::{fit, padded};
use super::palette::{Palette, Styled};
use crate::event::Object;
use crate::report::failure::{Line, Part, lines};
use crate::report::summary::{Failure, shown};

const INDENT: &str = "    ";

/// The failure in lines, with a gap before and after.
pub(super) fn failure(failure: &Failure, palette: &Palette, width: usize) -> Vec<String> {
    let told = lines(failure, width.saturating_sub(INDENT.len()));
    let mut block = vec![String::new()];
    for line in told {
        block.extend(of_line(&line, palette, width));
    }
    block.push(String::new());
    block
}

fn of_line(line: &Line, palette: &Palette, width: usize) -> Vec<String> {
    let text = &line.text;
    let one = |style| vec![format!("{INDENT}{}", Styled(style, fit(text, width - INDENT.len())))];
    match line.part {
        Part::Gap => vec![String::new()],
        Part::Step => one(palette.strong),
        Part::Place => one(palette.place),
        Part::Caret => one(palette.fail),
        Part::Heading | Part::Event => one(palette.faint),
        Part::Field(label) => field(label, text, palette, width),
    }
}

/// A label and its text, folded under itself where it is long.
fn field(label: &str, text: &str, palette: &Palette, width: usize) -> Vec<String> {
    let style = match label {
        "expected" => palette.pass,
        "seen" => palette.fail,
        "why" | "hint" => palette.strong,
        _ => palette.faint,
    };
    let label = Styled(style, format!("{label:<9}"));
    let room = width.saturating_sub(INDENT.len() + 10).max(20);
    let mut folded = fold(text, room).into_iter();
    let first = folded.next().unwrap_or_default();
    let mut lines = vec![format!("{INDENT}{label} {first}")];
    lines.extend(folded.map(|rest| format!("{INDENT}{:10}{rest}", "")));
    lines
}

/// Breaks a text between words into lines of at most `room` columns.
fn fold(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(fit(word, room)),
        }
    }
    lines
}

/// The properties of an object, one a line, their values aligned, with a gap after.
pub(super) fn properties(
    object: &Object,
    properties: &BTreeMap<String, Value>,
    palette: &Palette,
    width: usize,
) -> Vec<String> {
    let room = width.saturating_sub(INDENT.len());
    let heading = fit(&format!("{}  {}", object.name, object.path), room);
    let longest = (room / 2).min(40);
    let names = properties.keys().map(|name| fit(name, longest).width());
    let column = names.max().unwrap_or(0);
    let mut lines = vec![format!("{INDENT}{}", Styled(palette.strong, heading))];
    lines.extend(properties.iter().map(|(name, value)| {
        let name = Styled(palette.faint, padded(&fit(name, longest), column));
        let value = fit(&shown(value), room.saturating_sub(column + 4));
        format!("{INDENT}  {name}  {value}")
    }));
    lines.push(String::new());
    lines
}
