//! A text from a device or the kernel: UTF-8 if all is well.

use std::borrow::Cow;
use std::fmt;

/// The octets of a text, without the NULs it is filled up with. What is not UTF-8, or stands after a NUL, is kept.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Text(Box<[u8]>);

impl Text {
    /// The text of these octets.
    #[must_use]
    pub fn new(octets: &[u8]) -> Self {
        let end = octets.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1);
        Self(octets.get(..end).unwrap_or_default().into())
    }

    /// The octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    /// The text up to the first NUL, with U+FFFD for what is not UTF-8.
    #[must_use]
    pub fn shown(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.0.split(|octet| *octet == 0).next().unwrap_or_default())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.shown(), f)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_kept() {
        let text = Text::new(b"a\xffb\0c\0\0");
        assert_eq!(text.shown(), "a\u{fffd}b");
        assert_eq!(text.octets(), b"a\xffb\0c");
        assert_eq!(Text::new(&[0; 11]), Text::default());
    }
}
