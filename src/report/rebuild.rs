//! Makes the reports of a run from its journal. A run does it at its end and `bttest report` at any time
//! later, by this same code from the same file, so that both make the same bytes.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::escape;
use super::journal::{self, Journal};
use super::run_folder::RunFolder;
use super::summary::Summary;
use super::{REPORTS, Report};
use crate::whole_file::write_whole;

/// A report and the file that it is to be written to.
#[derive(Clone)]
pub struct Wanted {
    pub report: &'static dyn Report,
    pub file: PathBuf,
}

impl Wanted {
    /// The report of this name, such as `junit`; none if there is no such report.
    #[must_use]
    pub fn named(name: &str, file: &Path) -> Option<Self> {
        let report = *REPORTS.iter().find(|report| report.name() == name)?;
        Some(Self { report, file: file.to_owned() })
    }
}

/// What came of making the reports.
#[derive(Debug)]
pub struct Rebuilt {
    pub summary: Summary,
    /// The reports that could not be written; the others are.
    pub failed: Vec<NotWritten>,
    /// Whether they can be made again from the journal.
    pub again: bool,
}

/// A report that could not be written.
#[derive(Debug)]
pub struct NotWritten {
    /// See [`Report::name`].
    pub report: &'static str,
    pub file: PathBuf,
    pub error: io::Error,
}

/// Reads the journal of the run at `run`, its folder or the journal itself, and writes the reports that
/// are wanted.
///
/// # Errors
/// There is no journal that can be read. A report that cannot be written does not keep the others from
/// being written.
pub fn rebuild(run: &Path, wanted: &[Wanted]) -> Result<Rebuilt, journal::Error> {
    let path = match run.is_file() {
        true => run.to_owned(),
        false => RunFolder::at(run).journal(),
    };
    let mut journal = Journal::open(&path)?;
    let mut summary = Summary::of(&mut journal)
        .map_err(|error| journal::Error::Unreadable(path.clone(), error))?;
    summary.journal = Some(fs::canonicalize(&path).unwrap_or(path));
    let failed = write_all(&mut summary, wanted);
    Ok(Rebuilt { summary, failed, again: true })
}

/// Writes the reports of a run whose journal is not whole, from what was kept in memory; `why` says what of
/// it could not be written, and the program ends with this code.
#[must_use]
pub fn from_memory(
    mut summary: Summary,
    folder: &RunFolder,
    why: String,
    exit_code: u8,
    wanted: &[Wanted],
) -> Rebuilt {
    let path = folder.journal();
    summary.without_evidence(why, exit_code);
    summary.journal = Some(fs::canonicalize(&path).unwrap_or(path));
    let failed = write_all(&mut summary, wanted);
    Rebuilt { summary, failed, again: false }
}

fn write_all(summary: &mut Summary, wanted: &[Wanted]) -> Vec<NotWritten> {
    let mut failed = Vec::new();
    let folder = summary.journal.as_deref().and_then(Path::parent).map(Path::to_owned);
    for Wanted { report, file } in wanted {
        summary.way = folder.as_deref().and_then(|folder| way(file, folder)).unwrap_or_default();
        if let Err(error) = write_whole(file, |out| report.write(summary, out)) {
            failed.push(NotWritten { report: report.name(), file: file.clone(), error });
        }
    }
    failed
}

/// The way from the folder of a file to another folder, as a relative URL that is empty or ends in `/`.
fn way(file: &Path, folder: &Path) -> Option<String> {
    let from = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let from = fs::canonicalize(from.unwrap_or(Path::new("."))).ok()?;
    let folder = fs::canonicalize(folder).ok()?;
    let common = from.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| "../".to_owned());
    let down = folder.components().skip(common);
    let down = down.map(|part| escape::url(&part.as_os_str().to_string_lossy()) + "/");
    Some(up.chain(down).collect())
}

impl fmt::Display for NotWritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        write!(f, "cannot write the {} report to {file}: {}", self.report, self.error)
    }
}

impl std::error::Error for NotWritten {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::recorder::Sink;
    use crate::report::sample;
    use crate::report::temp_folder::Folder;

    fn recorded(folder: &Path) -> RunFolder {
        let run = RunFolder::create(folder).unwrap();
        let mut journal = run.begin().unwrap();
        for record in sample::one_of_each().records {
            journal.record(&record).unwrap();
        }
        run
    }

    fn junit(file: &Path) -> [Wanted; 1] {
        [Wanted::named("junit", file).unwrap()]
    }

    #[test]
    fn made_again_a_report_has_the_same_bytes() {
        let temp = Folder::new();
        let run = recorded(&temp.path().join("run"));
        let (first, second) = (temp.path().join("1.xml"), temp.path().join("2.xml"));
        rebuild(run.path(), &junit(&first)).unwrap();
        let roundabout = temp.path().join("run/../run/journal.jsonl");
        rebuild(&roundabout, &junit(&second)).unwrap();
        assert_eq!(fs::read(first).unwrap(), fs::read(second).unwrap());
    }

    #[test]
    fn the_way_from_a_report_to_its_run_goes_up_and_down() {
        let temp = Folder::new();
        let at = |path: &str| temp.path().join(path);
        fs::create_dir_all(at("reports/new")).unwrap();
        fs::create_dir_all(at("runs/a night")).unwrap();
        let found = way(&at("reports/new/night.html"), &at("runs/a night"));
        assert_eq!(found.as_deref(), Some("../../runs/a%20night/"));
        assert_eq!(way(&at("night.html"), &at("runs")).as_deref(), Some("runs/"));
        assert_eq!(way(&at("runs/night.html"), &at("runs")).as_deref(), Some(""));
    }

    #[test]
    fn a_report_that_cannot_be_written_keeps_none_of_the_others() {
        let temp = Folder::new();
        let run = recorded(&temp.path().join("run"));
        let good = temp.path().join("junit.xml");
        let wanted = [junit(temp.path()), junit(&good)].concat();
        let rebuilt = rebuild(run.path(), &wanted).unwrap();
        assert_eq!(rebuilt.failed.len(), 1);
        let told = rebuilt.failed[0].to_string();
        assert!(told.starts_with("cannot write the junit report to"), "{told}");
        assert!(good.exists());
    }

    #[test]
    fn a_folder_without_a_journal_is_told() {
        let temp = Folder::new();
        let error = rebuild(temp.path(), &[]).unwrap_err().to_string();
        assert!(error.contains("there is no journal at"), "{error}");
    }

    proptest! {
        #[test]
        fn a_journal_cut_anywhere_still_gives_a_report(at in any::<prop::sample::Index>()) {
            let records = sample::one_of_each().records;
            let records = &records[..100];
            let mut bytes = Vec::new();
            for record in records {
                journal::write_line(record, &mut bytes).unwrap();
            }
            let cut = &bytes[..at.index(bytes.len() + 1)];
            let mut journal = Journal::read(cut).map_err(|e| format!("{e:?}")).unwrap();
            let summary = Summary::of(&mut journal).unwrap();
            prop_assert!(summary.end.is_none());
            let mut xml = Vec::new();
            crate::report::JUnit.write(&summary, &mut xml).unwrap();
            let xml = String::from_utf8(xml).unwrap();
            prop_assert!(xml.contains("<error "), "what is cut off is no pass: {}", xml);
        }
    }
}
