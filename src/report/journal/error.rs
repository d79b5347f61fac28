//! Why a file cannot be read as a journal, worded for the person who named it.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::event::FORMAT;

/// Why a journal cannot be read.
#[derive(Debug)]
pub enum Error {
    /// It is not there, or the system does not let it be read.
    Unreadable(PathBuf, io::Error),
    /// It is something else.
    NotAJournal(PathBuf, NotAJournal),
}

/// What a file is that is no journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAJournal {
    /// A journal of a later format than this version reads.
    Newer(u32),
    /// XML, such as the JUnit report that was made from the journal.
    Xml,
    /// TOML, such as the plan.
    Toml,
    /// JSON, but no record.
    Json,
    /// Bytes that are no text.
    Binary,
    /// Other text.
    Text,
}

impl NotAJournal {
    /// What the file looks like, judged by its first line.
    pub(super) fn guess(line: &[u8]) -> Self {
        let start = line.trim_ascii_start();
        if start.contains(&0) || std::str::from_utf8(line).is_err() {
            Self::Binary
        } else if start.starts_with(b"<") {
            Self::Xml
        } else if start.starts_with(b"{") || start.starts_with(b"[{") {
            Self::Json
        } else if start.starts_with(b"[") || start.contains(&b'=') {
            Self::Toml
        } else {
            Self::Text
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, error) if error.kind() == io::ErrorKind::NotFound => write!(
                f,
                "there is no journal at {}; name the folder of a run, such as one under bttest-runs/",
                path.display()
            ),
            Self::Unreadable(path, error) => {
                write!(f, "cannot read the journal {}: {error}", path.display())
            }
            Self::NotAJournal(path, what) => write!(f, "{} {what}", path.display()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(_, error) => Some(error),
            Self::NotAJournal(..) => None,
        }
    }
}

impl fmt::Display for NotAJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let looks = match self {
            Self::Newer(format) => {
                return write!(
                    f,
                    "was written by a newer bttest (format {format}; this one reads up to {FORMAT})"
                );
            }
            Self::Xml => "XML, perhaps the JUnit report made from one",
            Self::Toml => "TOML, perhaps the plan",
            Self::Json => "JSON, but not of bttest",
            Self::Binary => "binary, perhaps compressed",
            Self::Text => "some other text",
        };
        write!(f, "is not a journal: it looks like {looks}; name the folder of a run")
    }
}
