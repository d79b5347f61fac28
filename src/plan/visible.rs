//! Text from a plan, made fit to show: what a terminal would obey, or the eye not see, is written out.

/// How many characters of a quoted text are shown.
const QUOTED: usize = 60;

/// Whether a character would act on a terminal, reorder the text round it, or not be seen.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Writes one character so that it is seen.
pub(super) fn push(out: &mut String, c: char) {
    if is_hidden(c) {
        out.extend(c.escape_default());
    } else {
        out.push(c);
    }
}

/// The text with every hidden character written out, such as `\u{1b}`.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push(&mut out, c));
    out
}

/// The text between backticks, cut if it is long.
pub(crate) fn quote(text: &str) -> String {
    format!("`{}`", cut(text, QUOTED))
}

/// The first characters of a text, with a sign that there were more.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        assert_eq!(visible("a\u{1b}[31m\r\n\u{202e}é"), "a\\u{1b}[31m\\r\\n\\u{202e}é");
        assert!(!visible("\u{9b}\u{feff}\u{200d}\t").chars().any(is_hidden));
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(cut("日本語", 2), "日本…");
        assert_eq!(cut("日本", 2), "日本");
        assert_eq!(quote(&"é".repeat(100)).chars().count(), QUOTED + 3);
    }
}
