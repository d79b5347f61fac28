//! The folder of a run: where its journal is, and what it is called when nobody names it.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::journal::{self, Journal, JournalWriter};
use super::summary::Fold;
use crate::event::RunStarted;

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
    /// The run that is to go on is under way.
    UnderWay(PathBuf),
    /// The run that is to go on has no journal that can be read.
    Journal(journal::Error),
    /// The journal of the run that is to go on does not say what was run.
    NoBeginning(PathBuf),
    /// The system says no.
    Io(PathBuf, io::Error),
}

/// A run that goes on after it was cut off or interrupted.
#[derive(Debug)]
pub struct GoOn {
    /// Writes on where the journal ends.
    pub writer: JournalWriter,
    /// What the journal comes to so far.
    pub so_far: Fold,
    /// The number of the next record.
    pub next_n: u64,
    /// The time of the last record, in microseconds since the start of the run.
    pub t: u64,
    /// What the run is of.
    pub run: RunStarted,
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

    /// Reads the journal of a run to its end, to go on with it from there. What was under way when the run
    /// was cut off is moved into the journal, and a torn last line is ended; else nothing is written yet.
    ///
    /// # Errors
    /// There is no journal, it cannot be read or written, another bttest is writing it, or it does not
    /// tell what was run.
    pub fn go_on(&self) -> Result<GoOn, Error> {
        let path = self.journal();
        let mut journal = Journal::open(&path).map_err(Error::Journal)?;
        let mut writer = JournalWriter::append(&path).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => Error::UnderWay(self.0.clone()),
            _ => Error::Io(path.clone(), error),
        })?;
        let mut so_far = Fold::default();
        for record in &mut journal {
            let unreadable =
                |error| Error::Journal(journal::Error::Unreadable(path.clone(), error));
            so_far.add(&record.map_err(unreadable)?);
        }
        writer.take_over(journal.under_way());
        let summary = so_far.so_far();
        let run = summary.run.clone().ok_or_else(|| Error::NoBeginning(self.0.clone()))?;
        Ok(GoOn { writer, next_n: journal.next_n(), t: summary.last_t, run, so_far })
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
            Self::UnderWay(path) => write!(
                f,
                "the run in {} is still under way; wait for its end, or end it with Ctrl-C",
                path.display()
            ),
            Self::Journal(error) => write!(f, "{error}"),
            Self::NoBeginning(path) => write!(
                f,
                "the journal in {} was cut off before it said what was run; begin a new run",
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
            Self::Taken(_) | Self::UnderWay(_) | Self::NoBeginning(_) => None,
            Self::Journal(error) => Some(error),
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
    use crate::event::Record;
    use crate::recorder::Sink;
    use crate::report::sample;
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

    /// The records of a run, written up to one, of which a part is written too.
    fn torn(folder: &Path, records: &[Record], up_to: usize, part: usize) -> RunFolder {
        let run = RunFolder::create(folder).unwrap();
        let mut writer = run.begin().unwrap();
        records[..up_to].iter().for_each(|record| writer.record(record).unwrap());
        drop(writer);
        let mut line = Vec::new();
        journal::write_line(&records[up_to], &mut line).unwrap();
        let mut bytes = fs::read(run.journal()).unwrap();
        bytes.extend(&line[..part]);
        fs::write(run.journal(), bytes).unwrap();
        run
    }

    #[test]
    fn a_run_goes_on_after_its_last_whole_record() {
        let temp = Folder::new();
        let records = sample::once_each().records;
        for part in [0, 1, 20] {
            let run = torn(&temp.path().join(part.to_string()), &records, 10, part);
            let mut on = run.go_on().unwrap();
            assert_eq!((on.next_n, on.t), (10, records[9].t));
            assert_eq!(on.run.plan, "Headset regression");
            assert_eq!(on.so_far.so_far().cases.len(), 1);
            records[10..].iter().for_each(|record| on.writer.record(record).unwrap());
            let mut journal = Journal::open(&run.journal()).unwrap();
            let back: Vec<Record> = journal.by_ref().map(Result::unwrap).collect();
            assert_eq!(back, records);
            let notes = journal.notes();
            assert_eq!((notes.damaged, notes.missing), (u64::from(part > 0), 0));
        }
    }

    #[test]
    fn a_run_that_is_under_way_does_not_go_on() {
        let temp = Folder::new();
        let run = RunFolder::create(temp.path()).unwrap();
        let mut writer = run.begin().unwrap();
        writer.record(&sample::one_of_each().records[0]).unwrap();
        assert!(run.go_on().unwrap_err().to_string().contains("still under way"));
        drop(writer);
        run.go_on().unwrap();
    }

    #[test]
    fn a_run_of_which_nothing_is_known_does_not_go_on() {
        let temp = Folder::new();
        let none = RunFolder::create(temp.path()).unwrap().go_on().unwrap_err().to_string();
        assert!(none.contains("there is no journal at"), "{none}");
        let run = torn(&temp.path().join("run"), &sample::one_of_each().records, 0, 30);
        let error = run.go_on().unwrap_err().to_string();
        assert!(error.contains("begin a new run"), "{error}");
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
