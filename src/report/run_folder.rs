//! The folder of a run: where its journal is, and what it is called when nobody names it.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::journal::JournalWriter;

/// Where runs go that were given no folder.
pub const RUNS: &str = "bttest-runs";

const JOURNAL: &str = "journal.jsonl";

/// A folder that holds, or will hold, one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder(PathBuf);

/// Why a run got no folder or no journal.
#[derive(Debug)]
pub enum Error {
    /// The folder holds another run.
    Taken(PathBuf),
    /// The system says no.
    Io(PathBuf, io::Error),
}

impl RunFolder {
    /// The folder that `path` names: the folder itself, or the journal in it.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        if path.is_file() {
            Self(path.parent().unwrap_or(Path::new("")).to_owned())
        } else {
            Self(path.to_owned())
        }
    }

    /// Makes the folder that the user named.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn create(path: &Path) -> Result<Self, Error> {
        fs::create_dir_all(path).map_err(|error| Error::Io(path.to_owned(), error))?;
        Ok(Self(path.to_owned()))
    }

    /// Makes a new folder under `runs`, called after the plan and the time, such as
    /// `headset-regression-20261120T174705Z`, and lets `runs/latest` point to it where the file system
    /// has links.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn create_new(runs: &Path, plan: &str, now: Timestamp) -> Result<Self, Error> {
        fs::create_dir_all(runs).map_err(|error| Error::Io(runs.to_owned(), error))?;
        let name = format!("{}-{}", slug(plan), now.strftime("%Y%m%dT%H%M%SZ"));
        let again = (2_u32..).map(|n| format!("{name}-{n}"));
        for name in std::iter::once(name.clone()).chain(again) {
            let path = runs.join(&name);
            match fs::create_dir(&path) {
                Ok(()) => {
                    point_latest_to(runs, &name);
                    return Ok(Self(path));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::Io(path, error)),
            }
        }
        Err(Error::Taken(runs.join(name)))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The journal in it.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.0.join(JOURNAL)
    }

    /// Begins the journal.
    ///
    /// # Errors
    /// There is one already, which is never written over, or it cannot be made.
    pub fn begin(&self) -> Result<JournalWriter, Error> {
        JournalWriter::create(&self.journal()).map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                Error::Taken(self.0.clone())
            } else {
                Error::Io(self.journal(), error)
            }
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken(path) => write!(
                f,
                "{} already holds a run; name another folder with --out, or move that one away",
                path.display()
            ),
            Self::Io(path, error) => write!(
                f,
                "cannot keep the journal in {}: {error}; name another folder with --out",
                path.display()
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Taken(_) => None,
            Self::Io(_, error) => Some(error),
        }
    }
}

/// A name of a plan as part of a file name: small letters, digits and dashes, at most 40.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if slug.len() >= 40 {
            break;
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    match slug.trim_end_matches('-') {
        "" => "run".to_owned(),
        slug => slug.to_owned(),
    }
}

/// Points the link `latest` to the run. It is a convenience: where it cannot be, there is none.
fn point_latest_to(runs: &Path, name: &str) {
    let new = runs.join(format!(".latest-{name}"));
    let made = std::os::unix::fs::symlink(name, &new);
    if made.is_ok() && fs::rename(&new, runs.join("latest")).is_err() {
        let _ = fs::remove_file(&new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::temp_folder::Folder;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_name_is_made_of_plan_and_time() {
        let temp = Folder::new();
        let first = RunFolder::create_new(temp.path(), "Headset: regression!", at(0)).unwrap();
        let second = RunFolder::create_new(temp.path(), "Headset: regression!", at(0)).unwrap();
        let name = |run: &RunFolder| run.path().file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(name(&first), "headset-regression-19700101T000000Z");
        assert_eq!(name(&second), "headset-regression-19700101T000000Z-2");
        let latest = fs::read_link(temp.path().join("latest")).unwrap();
        assert_eq!(latest, Path::new("headset-regression-19700101T000000Z-2"));
    }

    #[test]
    fn any_name_of_a_plan_is_a_file_name() {
        for (name, expected) in
            [("", "run"), ("../../etc/passwd", "etc-passwd"), ("耳机", "run"), ("-\0-", "run")]
        {
            assert_eq!(slug(name), expected);
        }
        assert!(slug(&"long ".repeat(100)).len() <= 40);
    }

    #[test]
    fn a_journal_is_never_written_over() {
        let temp = Folder::new();
        let run = RunFolder::create(&temp.path().join("a/b")).unwrap();
        run.begin().unwrap();
        let error = run.begin().unwrap_err().to_string();
        assert!(error.contains("already holds a run; name another folder"), "{error}");
        assert_eq!(RunFolder::at(&run.journal()), run);
        assert_eq!(RunFolder::at(run.path()), run);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let temp = Folder::new();
        let file = temp.path().join("file");
        fs::write(&file, "").unwrap();
        let error = RunFolder::create(&file.join("run")).unwrap_err().to_string();
        assert!(error.contains("file/run") && error.contains("--out"), "{error}");
    }
}
