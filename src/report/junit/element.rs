//! Text for JUnit: harmless, and no longer than its readers bear.

use crate::report::escape::{cut, xml_attribute, xml_text};

/// The longest name of a case or suite, in characters: GitLab keeps 255 bytes of some.
const LONGEST_NAME: usize = 200;

/// The longest message or property, in characters.
const LONGEST_ATTRIBUTE: usize = 1000;

/// The longest text of an element, in characters. Ten thousand failed cases stay below 30 MB, which is
/// what GitLab takes, since few are that long.
pub(super) const LONGEST_TEXT: usize = 16_000;

/// For the name of a suite or a case.
pub(super) fn name(text: &str) -> String {
    let name = cut(&xml_attribute(text), LONGEST_NAME).into_owned();
    if name.trim().is_empty() { "(no name)".to_owned() } else { name }
}

/// For any other attribute.
pub(super) fn attribute(text: &str) -> String {
    cut(&xml_attribute(text), LONGEST_ATTRIBUTE).into_owned()
}

/// For the text of an element.
pub(super) fn paragraph(text: &str) -> String {
    xml_text(&cut(text, LONGEST_TEXT)).into_owned()
}
