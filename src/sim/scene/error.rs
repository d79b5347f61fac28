//! A mistake in a scene file, with the place where it is.

use std::{fmt, ops::Range};

use toml::de::{DeTable, DeValue};

use super::check::Mistake;

/// Why a scene was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneError {
    message: String,
    span: Option<Range<usize>>,
    line_and_column: Option<(usize, usize)>,
}

impl SceneError {
    /// What is wrong, and what would be right.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where it is wrong, in bytes of the text.
    pub fn span(&self) -> Option<Range<usize>> {
        self.span.clone()
    }

    /// Where it is wrong: line and column in characters, both counted from 1.
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        self.line_and_column
    }

    pub(super) fn without_place(message: String) -> Self {
        SceneError { message, span: None, line_and_column: None }
    }

    pub(super) fn of_toml(text: &str, error: &toml::de::Error) -> Self {
        SceneError::at(text, error.span(), error.message().to_owned())
    }

    pub(super) fn of_mistake(text: &str, mistake: &Mistake) -> Self {
        let Mistake { table, key, message, .. } = mistake;
        let message = match *key {
            "" => format!("`{table}`: {message}"),
            key => format!("`{key}`: {message}"),
        };
        SceneError::at(text, find(text, mistake), message)
    }

    fn at(text: &str, span: Option<Range<usize>>, message: String) -> Self {
        let line_and_column = span.as_ref().and_then(|span| {
            let before = text.get(..span.start)?;
            let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            let column = before.get(start..)?.chars().count() + 1;
            Some((line, column))
        });
        SceneError { message, span, line_and_column }
    }
}

/// The place of the key that a mistake is about, or of the table when the key is not written.
fn find(text: &str, mistake: &Mistake) -> Option<Range<usize>> {
    let root = DeTable::parse(text).ok()?;
    let (key, value) = root.get_ref().get_key_value(mistake.table)?;
    let (span, table) = match value.get_ref() {
        DeValue::Array(tables) => {
            let entry = tables.get(mistake.index)?;
            (entry.span(), entry.get_ref().as_table())
        }
        value => (key.span(), value.as_table()),
    };
    let written = table.and_then(|table| table.get_key_value(mistake.key));
    Some(written.map_or(span, |(key, _)| key.span()))
}

impl fmt::Display for SceneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.line_and_column {
            write!(f, "line {line}, column {column}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for SceneError {}
