//! Runs kept over nights, in one file: an SQLite database of what [`crate::report::digest`] holds.
//!
//! The file is only ever changed in one transaction for a run, so that whatever happens it has the whole
//! run or none of it. What is no history, is damaged or was written by a newer version is never written
//! to. Everything from outside goes in and out as a bound parameter.

mod error;
mod load;
mod schema;
mod store;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

pub use error::Error;
pub use store::Added;

/// The file where nobody names one.
pub const FILE: &str = "bttest-runs/history.sqlite";

/// How long another program may hold the file.
const PATIENCE: Duration = Duration::from_secs(2);

/// An open history.
#[derive(Debug)]
pub struct History {
    connection: Connection,
    path: PathBuf,
}

impl History {
    /// Opens the history at `path`.
    ///
    /// # Errors
    /// There is none, or it cannot be read; see [`Error`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        if !path.exists() {
            return Err(Error::Missing(path.to_owned()));
        }
        Self::at(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// Opens the history at `path`, and makes it and the folder that it lies in where there is none.
    ///
    /// # Errors
    /// It can neither be opened nor made; see [`Error`].
    pub fn open_or_create(path: &Path) -> Result<Self, Error> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            let unwritable = |error| Error::Folder(folder.to_owned(), error);
            fs::create_dir_all(folder).map_err(unwritable)?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut history = Self::at(path, flags)?;
        let made = schema::create(&mut history.connection);
        made.map_err(|error| Error::of(path, error))?;
        Ok(history)
    }

    fn at(path: &Path, flags: OpenFlags) -> Result<Self, Error> {
        // A name such as `:memory:` is that of a file like any other.
        let file = if path.is_relative() { Path::new(".").join(path) } else { path.to_owned() };
        let of = |error| Error::of(path, error);
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags).map_err(of)?;
        connection.busy_timeout(PATIENCE).map_err(of)?;
        schema::check(&connection, path)?;
        connection.pragma_update(None, "foreign_keys", true).map_err(of)?;
        connection.pragma_update(None, "trusted_schema", false).map_err(of)?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// An error of the database, with its path and what to do.
    fn error(&self, error: rusqlite::Error) -> Error {
        Error::of(&self.path, error)
    }
}
