//! The line of the plan that something is about, with a caret under its place.

use unicode_width::UnicodeWidthStr;

use super::escape;
use crate::event::Place;

/// Four lines: where, a bar, the source line with its number, the caret. No more than `width` columns.
///
/// Only the first where the place has no source line.
#[must_use]
pub fn excerpt(place: &Place, width: usize) -> Vec<String> {
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    let file = escape::terminal(&place.file);
    let mut lines = vec![format!("{margin}--> {file}:{}:{}", place.line, place.column)];
    if !place.source.trim().is_empty() {
        let room = width.saturating_sub(number.len() + 3).max(20);
        let (source, caret) = shown(place, room);
        lines.push(format!("{margin} |"));
        lines.push(format!("{number} | {source}"));
        lines.push(format!("{margin} | {}^", " ".repeat(caret)));
    }
    lines
}

/// The source line, without what is left or right of the room around the place, and the column of the
/// place in it, from 0.
fn shown(place: &Place, room: usize) -> (String, usize) {
    let column = usize::try_from(place.column).unwrap_or(1).max(1) - 1;
    let visible = |c: char| match c {
        '\t' => "    ".to_owned(),
        _ => escape::terminal(c.encode_utf8(&mut [0; 4])).into_owned(),
    };
    let cells: Vec<String> = place.source.trim_end().chars().map(visible).collect();
    let column = column.min(cells.len());
    let (before, after) = cells.split_at(column);
    let before = last_within(before, room / 2);
    let caret = before.width();
    let after = first_within(after, room.saturating_sub(caret));
    (before + &after, caret)
}

/// As many of the last cells as fit, with a mark where some are left out.
fn last_within(cells: &[String], room: usize) -> String {
    let whole = cells.concat();
    if whole.width() <= room {
        return whole;
    }
    let mut used = 1;
    let fitting = cells.iter().rev().take_while(|cell| {
        used += cell.width();
        used <= room
    });
    let kept = fitting.count();
    format!("…{}", cells.split_at(cells.len() - kept).1.concat())
}

/// As many of the first cells as fit, with a mark where some are left out.
fn first_within(cells: &[String], room: usize) -> String {
    let whole = cells.concat();
    if whole.width() <= room {
        return whole;
    }
    let mut used = 1;
    let fitting = cells.iter().take_while(|cell| {
        used += cell.width();
        used <= room
    });
    let kept = fitting.count();
    format!("{}…", cells.split_at(kept).0.concat())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn drawn(column: u32, source: &str, width: usize) -> String {
        let place =
            Place { file: "plan.toml".to_owned(), line: 23, column, source: source.to_owned() };
        excerpt(&place, width).join("\n")
    }

    #[test]
    fn the_caret_stands_under_its_place() {
        insta::assert_snapshot!(drawn(10, "\tname = \"耳机\u{1b}\", wrong = 1", 80), @r#"
          --> plan.toml:23:10
           |
        23 |     name = "耳机\u{1b}", wrong = 1
           |             ^
        "#);
    }

    #[test]
    fn a_long_line_is_cut_round_the_place() {
        let source = format!("{} here {}", "left".repeat(30), "right".repeat(30));
        insta::assert_snapshot!(drawn(122, &source, 50), @r"
          --> plan.toml:23:122
           |
        23 | …leftleftleftleftleft here rightrightrightri…
           |                       ^
        ");
    }

    #[test]
    fn a_place_without_source_is_still_a_place() {
        assert_eq!(drawn(1, "", 80), "  --> plan.toml:23:1");
    }

    proptest! {
        #[test]
        fn any_line_and_column_are_drawn_within_the_width(
            source in any::<String>(), column in any::<u32>(), width in 40_usize..120,
        ) {
            for line in drawn(column, &source, width).lines().skip(1) {
                prop_assert!(line.width() <= width, "{line:?}");
            }
        }
    }
}
