//! A file that is either whole or as it was before.
//!
//! What is written goes to a temporary file beside the target, which then takes the target's place. A run
//! that dies meanwhile leaves the old report, never half of a new one.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes the file at `path`, with the folders that it lies in.
///
/// A link is followed; a device or a pipe, such as `/dev/stdout`, is written to as it is.
///
/// # Errors
/// Of the system, or of `write`; then what was at `path` is still there.
pub fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    if is_stream(path) {
        let mut out = BufWriter::new(File::options().write(true).open(path)?);
        write(&mut out)?;
        return out.flush();
    }
    let (target, temporary) = prepare(path)?;
    let written = fill(&temporary, write).and_then(|()| fs::rename(&temporary, target));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Finds out whether [`write_whole`] could write the file, so that a run of hours does not end in an
/// error that could have been told before it began.
///
/// # Errors
/// It could not.
pub fn check_writable(path: &Path) -> io::Result<()> {
    if is_stream(path) {
        return Ok(());
    }
    let (_, temporary) = prepare(path)?;
    File::create(&temporary)?;
    fs::remove_file(&temporary)
}

/// Where the file really is, and the temporary file beside it.
fn prepare(path: &Path) -> io::Result<(PathBuf, PathBuf)> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = target.file_name().filter(|_| !target.is_dir());
    let name = name.ok_or_else(|| io::Error::from(io::ErrorKind::IsADirectory))?;
    let temporary = format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id());
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            fs::create_dir_all(folder)?;
            let temporary = folder.join(temporary);
            Ok((target, temporary))
        }
        _ => Ok((target, PathBuf::from(temporary))),
    }
}

fn fill(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    write(&mut out)?;
    out.into_inner()?.sync_all()
}

/// Whether the path names something that exists and is no file that could be replaced.
fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::temp_folder::Folder;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_report_that_fails_leaves_the_old_one() {
        let temp = Folder::new();
        let path = temp.path().join("junit.xml");
        write_whole(&path, |out| out.write_all(b"old")).unwrap();
        let failed = write_whole(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(temp.path()), ["junit.xml"]);
    }

    #[test]
    fn folders_are_made_and_links_followed() {
        let temp = Folder::new();
        let path = temp.path().join("a/b/junit.xml");
        check_writable(&path).unwrap();
        write_whole(&path, |out| out.write_all(b"one")).unwrap();
        let link = temp.path().join("link.xml");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write_whole(&link, |out| out.write_all(b"two")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn what_cannot_be_replaced_is_told_or_written_to() {
        let temp = Folder::new();
        assert!(check_writable(temp.path()).is_err(), "a folder");
        fs::write(temp.path().join("file"), "").unwrap();
        assert!(check_writable(&temp.path().join("file/junit.xml")).is_err());
        write_whole(Path::new("/dev/null"), |out| out.write_all(b"x")).unwrap();
    }
}
