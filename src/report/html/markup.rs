//! Markup under construction, in which no text from outside can become markup.
//!
//! Names of elements and attributes stand in the source of this program; everything else goes through
//! [`escape::html`]. What is written is well-formed XML too, so that a parser can check it.

use crate::report::escape;

/// An attribute: its name and its value.
pub type Attribute<'a> = (&'static str, &'a str);

/// A piece of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Markup(String);

impl Markup {
    /// Adds an element with what `content` puts into it.
    pub fn element(
        &mut self,
        name: &'static str,
        attributes: &[Attribute],
        content: impl FnOnce(&mut Self),
    ) -> &mut Self {
        self.open(name, attributes);
        self.0.push('>');
        content(self);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
        self
    }

    /// Adds an element with nothing but text in it.
    pub fn leaf(&mut self, name: &'static str, attributes: &[Attribute], text: &str) -> &mut Self {
        self.element(name, attributes, |inside| {
            inside.text(text);
        })
    }

    /// Adds an element that has no content: one of SVG, or a void one of HTML.
    pub fn empty(&mut self, name: &'static str, attributes: &[Attribute]) -> &mut Self {
        self.open(name, attributes);
        self.0.push_str("/>");
        self
    }

    /// Adds text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(&escape::html(text));
        self
    }

    /// Adds a name or a sentence from outside, of no more than `longest` characters, so that its direction
    /// of writing does not change the order of what stands around it.
    pub fn foreign(&mut self, text: &str, longest: usize) -> &mut Self {
        self.leaf("bdi", &[], &escape::cut(text, longest))
    }

    /// Adds a style sheet: text of this program, which HTML reads without escapes.
    pub fn style(&mut self, sheet: &'static str) -> &mut Self {
        self.0.push_str("<style>");
        self.0.push_str(sheet);
        self.0.push_str("</style>");
        self
    }

    /// Adds the line by which browsers know the standard that a page follows.
    pub fn doctype(&mut self) -> &mut Self {
        self.0.push_str("<!DOCTYPE html>\n");
        self
    }

    /// Begins a new line, for those who read the source.
    pub fn line(&mut self) -> &mut Self {
        self.0.push('\n');
        self
    }

    /// Adds another piece.
    pub fn add(&mut self, other: &Self) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    /// As many pieces as fit into `room` bytes together, and how many did not.
    pub fn fitting<T>(
        &mut self,
        room: usize,
        items: impl IntoIterator<Item = T>,
        write: impl Fn(&mut Self, T),
    ) -> u64 {
        let end = self.0.len().saturating_add(room);
        let mut left_out = 0;
        for item in items {
            if left_out > 0 {
                left_out += 1;
                continue;
            }
            let before = self.0.len();
            write(self, item);
            if self.0.len() > end {
                self.0.truncate(before);
                left_out = 1;
            }
        }
        left_out
    }

    /// Says how many of something did not fit, if any.
    pub fn left_out(&mut self, count: u64, thing: &str) {
        let text = match count {
            0 => return,
            1 => format!("1 more {thing} is left out here."),
            _ => format!("{count} more {thing}s are left out here."),
        };
        self.leaf("p", &[("class", "note")], &text);
    }

    /// Whether there is nothing yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The finished text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn open(&mut self, name: &'static str, attributes: &[Attribute]) {
        self.0.push('<');
        self.0.push_str(name);
        for (attribute, value) in attributes {
            self.0.push(' ');
            self.0.push_str(attribute);
            self.0.push_str("=\"");
            self.0.push_str(&escape::html(value));
            self.0.push('"');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        let mut markup = Markup::default();
        markup.element("p", &[("title", "\"><script>")], |p| {
            p.text("</p>]]>&amp;").foreign("\u{202e}evil", 3);
        });
        assert_eq!(
            markup.as_str(),
            "<p title=\"&quot;&gt;&lt;script&gt;\">&lt;/p&gt;]]&gt;&amp;amp;\
             <bdi>\\u{202e}ev…(+2)</bdi></p>"
        );
    }

    #[test]
    fn what_does_not_fit_is_counted_and_leaves_no_trace() {
        let mut markup = Markup::default();
        let left_out = markup.fitting(20, ["1234567", "1234567", "12345678901"], |m, text| {
            m.leaf("b", &[], text);
        });
        assert_eq!((markup.as_str(), left_out), ("<b>1234567</b>", 2));
    }
}
