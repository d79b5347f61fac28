//! Makes text from outside fit to be shown: one function for each edge that it leaves by.
//!
//! Names of devices, messages of D-Bus and plans may hold anything. What an edge cannot bear is not
//! dropped but made visible, in the way Rust writes it: `\u{1b}`. Everything else stays as it is.

use std::borrow::Cow;
use std::fmt::Write as _;

/// For one line on a terminal: no control character, no ANSI escape, no invisible or reordering one.
#[must_use]
pub fn terminal(text: &str) -> Cow<'_, str> {
    escaped(text, treacherous)
}

/// For an attribute of XML: what [`xml_text`] does, and on one line, since readers turn line breaks and
/// tabs in attributes into spaces.
#[must_use]
pub fn xml_attribute(text: &str) -> Cow<'_, str> {
    escaped(text, treacherous)
}

/// For the text of an XML element, also within CDATA: nothing that XML 1.0 cannot hold (2.2), nothing
/// that its readers change (2.11, carriage returns), and no `]]>`, which would end a CDATA section.
///
/// `<`, `&` and quotes are the XML writer's.
#[must_use]
pub fn xml_text(text: &str) -> Cow<'_, str> {
    let clean = escaped(text, |c| treacherous(c) && c != '\n' && c != '\t');
    if clean.contains("]]>") { Cow::Owned(clean.replace("]]>", "]]\\u{3e}")) } else { clean }
}

/// For HTML, as text and within quotes as an attribute, on one line: nothing of it is markup, and nothing of
/// it is unseen.
#[must_use]
pub fn html(text: &str) -> Cow<'_, str> {
    let clean = escaped(text, treacherous);
    if !clean.contains(['<', '>', '&', '"', '\'']) {
        return clean;
    }
    let mut safe = String::with_capacity(clean.len() + 32);
    for c in clean.chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// For a part of the path of a URL (RFC 3986, 3.3): what is not unreserved is percent-encoded.
#[must_use]
pub fn url(part: &str) -> String {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    let encoded = |b: u8| match unreserved(b) {
        true => char::from(b).to_string(),
        false => format!("%{b:02X}"),
    };
    part.bytes().map(encoded).collect()
}

/// Whether a character must not reach a terminal or a report as it is: it moves the cursor, cannot be
/// seen, changes the order of what stands around it (Unicode TR 36, 2.5), or is none (U+FFFE).
#[must_use]
pub fn treacherous(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{fdd0}'..='\u{fdef}' | '\u{e0000}'..='\u{e007f}'
        )
        || u32::from(c) & 0xfffe == 0xfffe
}

/// The text, cut to `longest` characters, with a mark that says how many are missing.
#[must_use]
pub fn cut(text: &str, longest: usize) -> Cow<'_, str> {
    match text.char_indices().nth(longest) {
        None => Cow::Borrowed(text),
        Some((end, _)) => {
            let (kept, left) = text.split_at(end);
            Cow::Owned(format!("{kept}…(+{})", left.chars().count()))
        }
    }
}

fn escaped(text: &str, bad: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&bad) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            _ if !bad(c) => clean.push(c),
            '\n' => clean.push_str("\\n"),
            '\r' => clean.push_str("\\r"),
            '\t' => clean.push_str("\\t"),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(clean, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_harmless_stays() {
        for text in ["", "Kopfhörer", "耳机 🎧", "a<b>&\"c\"", "👩‍👧", "[31m"] {
            assert_eq!(terminal(text), text);
            assert_eq!(xml_attribute(text), text);
            assert_eq!(xml_text(text), text);
        }
    }

    #[test]
    fn what_is_not_is_seen() {
        assert_eq!(terminal("\u{1b}[31mred\r\n"), "\\u{1b}[31mred\\r\\n");
        assert_eq!(terminal("\u{9b}2J\u{7f}"), "\\u{9b}2J\\u{7f}");
        assert_eq!(terminal("a\u{202e}b\u{fffe}"), "a\\u{202e}b\\u{fffe}");
        assert_eq!(xml_text("a]]>b\u{0}\n\tc\r"), "a]]\\u{3e}b\\u{0}\n\tc\\r");
        assert_eq!(xml_attribute("a\nb"), "a\\nb");
        assert_eq!(html("</style>&\"'\u{202e}\n"), "&lt;/style&gt;&amp;&quot;&#39;\\u{202e}\\n");
    }

    #[test]
    fn a_part_of_a_path_is_no_more_than_that() {
        assert_eq!(url("night-2.1_a~"), "night-2.1_a~");
        assert_eq!(url("a night/<b>ü"), "a%20night%2F%3Cb%3E%C3%BC");
    }

    #[test]
    fn a_cut_is_marked_and_never_within_a_character() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äöü…(+1)");
        assert_eq!(cut("ä", 0), "…(+1)");
    }

    proptest! {
        #[test]
        fn nothing_treacherous_is_left(text in any::<String>()) {
            prop_assert!(!terminal(&text).chars().any(treacherous));
            prop_assert!(!xml_text(&text).contains("]]>"));
            prop_assert!(!html(&text).contains(['<', '>', '"', '\'']));
            prop_assert!(!html(&text).chars().any(treacherous));
        }
    }
}
