//! Text in columns of a terminal: measured as it is displayed, cut with an ellipsis, padded.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::report::escape;

/// The text, safe for a terminal, in at most `columns` columns.
pub(in crate::report) fn fit(text: &str, columns: usize) -> String {
    let text: Cow<'_, str> = escape::terminal(text);
    if text.width() <= columns {
        return text.into_owned();
    }
    let mut used = 1;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= columns
    };
    let mut kept: String = text.chars().take_while(fits).collect();
    kept.push('…');
    kept
}

/// The text with spaces up to `columns` columns.
pub(in crate::report) fn padded(text: &str, columns: usize) -> String {
    let spaces = " ".repeat(columns.saturating_sub(text.width()));
    format!("{text}{spaces}")
}

/// Rows with their columns aligned: the first to the left, the others to the right. The texts must be
/// safe already.
pub(in crate::report) fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.width()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let spaces = " ".repeat(width.saturating_sub(cell.width()));
            match column {
                0 => line.push_str(&format!("{cell}{spaces}")),
                _ => line.push_str(&format!("  {spaces}{cell}")),
            }
        }
        line.truncate(line.trim_end().len());
        line
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(fit("耳机耳机", 8), "耳机耳机");
        assert_eq!(fit("耳机耳机", 7), "耳机耳…");
        assert_eq!(fit("耳机耳机", 6), "耳机…");
        assert_eq!(padded("耳机", 6), "耳机  ");
        assert_eq!(fit("a\u{1b}b", 80), "a\\u{1b}b");
    }

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows = [row(["measure", "n", "p50"]), row(["耳机", "200", "3 ms"]), row(["x", "", ""])];
        assert_eq!(table(&rows), ["measure    n   p50", "耳机     200  3 ms", "x"]);
    }
}
