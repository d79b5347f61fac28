//! Why a history cannot be read or written, worded for the person who named it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a history cannot be used. It is as it was before.
#[derive(Debug)]
pub enum Error {
    /// There is no such file.
    Missing(PathBuf),
    /// The folder for it cannot be made.
    Folder(PathBuf, io::Error),
    /// It is the database of another program.
    Foreign(PathBuf),
    /// It has a schema of a later version than this one knows.
    Newer(PathBuf, i64),
    /// It is no database, or what is in it cannot be.
    Damaged(PathBuf, String),
    /// Another program holds it.
    Locked(PathBuf),
    /// The system says no.
    System(PathBuf, rusqlite::Error),
}

impl Error {
    /// An error of the database at `path`.
    pub(super) fn of(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked(path),
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::Damaged(path, error.to_string())
            }
            Some(ErrorCode::Unknown) | None => Self::Damaged(path, error.to_string()),
            Some(_) => Self::System(path, error),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(
                f,
                "there is no history at {}; add a run with `bttest history add RUN`, or name the file with --db",
                path.display()
            ),
            Self::Folder(path, error) => {
                write!(f, "cannot make the folder {}: {error}; name another file", path.display())
            }
            Self::Foreign(path) => write!(
                f,
                "{} is the database of another program, and is left as it is; name another file",
                path.display()
            ),
            Self::Newer(path, version) => write!(
                f,
                "{} was written by a newer bttest (schema {version}; this one knows {}), and is left as it is; \
                 update bttest, or name another file",
                path.display(),
                super::schema::VERSION
            ),
            Self::Damaged(path, what) => write!(
                f,
                "{} is no history of bttest, or is damaged ({what}), and is left as it is; move it away, and \
                 add the runs again with `bttest history add RUN`",
                path.display()
            ),
            Self::Locked(path) => write!(
                f,
                "{} is in use by another program; try again when that one has ended",
                path.display()
            ),
            Self::System(path, error) => {
                write!(f, "cannot use the history {}: {error}; name another file", path.display())
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Folder(_, error) => Some(error),
            Self::System(_, error) => Some(error),
            _ => None,
        }
    }
}
