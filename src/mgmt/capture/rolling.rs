//! The capture of a whole run on disk, bounded however long the run is.
//!
//! It is written to one file. When that is full it is set aside, in the place of the one that was set aside
//! before, and a new one begins with a preamble: two files at the most, the later half of the limit at the
//! least. Each packet is handed to the system at once, so that a program that is killed leaves it behind.
//!
//! A disk that is full costs packets, which are counted, and nothing else: a record that was written in
//! part is cut off, and the next one is tried as if nothing had been.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::btsnoop;
use super::packet::Monitored;
use super::preamble::Preamble;

/// What a capture does with files; in tests, a disk that is full at will.
pub trait Disk {
    /// A file that is appended to.
    type File: io::Write;

    /// Makes an empty file, also where there is one.
    ///
    /// # Errors
    /// The system says no.
    fn create(&self, path: &Path) -> io::Result<Self::File>;

    /// Cuts off what is behind the first `length` octets.
    ///
    /// # Errors
    /// The system says no.
    fn cut(&self, file: &mut Self::File, length: u64) -> io::Result<()>;

    /// Gives a file another name, also where that is taken.
    ///
    /// # Errors
    /// There is no such file, or the system says no.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
}

/// The disk of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Folder;

impl Disk for Folder {
    type File = File;

    fn create(&self, path: &Path) -> io::Result<File> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        file.set_len(0)?;
        Ok(file)
    }

    fn cut(&self, file: &mut File, length: u64) -> io::Result<()> {
        file.set_len(length)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }
}

/// A capture on disk in at most two files.
#[derive(Debug)]
pub struct Rolling<D: Disk = Folder> {
    disk: D,
    path: PathBuf,
    aside: PathBuf,
    /// How long a file may get, in octets.
    limit: u64,
    /// The file, where it could be begun.
    current: Option<Current<D::File>>,
    preamble: Preamble,
    /// How many packets are missing in the file up to now.
    missing_here: u64,
    /// How many are missing in all.
    missing: u64,
}

/// The file that is being written.
#[derive(Debug)]
struct Current<F> {
    file: F,
    /// How long it is up to the end of its last good record, in octets.
    length: u64,
    /// There is something behind that.
    torn: bool,
    /// There is more in it than a preamble.
    begun: bool,
    /// How many missing packets its last record tells of.
    told: u64,
}

/// Where the file is set aside that was written to `path`: `night.btsnoop` as `night.1.btsnoop`.
fn aside(path: &Path) -> PathBuf {
    let mut extension = std::ffi::OsString::from("1");
    if let Some(own) = path.extension() {
        extension.push(".");
        extension.push(own);
    }
    path.with_extension(extension)
}

impl Rolling {
    /// A capture at `path`, whose files do not get longer than `limit` octets each, unless one packet alone
    /// is. What is there from an earlier run is replaced.
    ///
    /// # Errors
    /// The file cannot be made or written.
    pub fn create(path: &Path, limit: u64) -> io::Result<Self> {
        match fs::remove_file(aside(path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Self::on(Folder, path, limit),
        }
    }
}

impl<D: Disk> Rolling<D> {
    /// As [`Rolling::create`], on this disk.
    ///
    /// # Errors
    /// The file cannot be made or written.
    pub fn on(disk: D, path: &Path, limit: u64) -> io::Result<Self> {
        let mut rolling = Self {
            disk,
            path: path.to_owned(),
            aside: aside(path),
            limit,
            current: None,
            preamble: Preamble::default(),
            missing_here: 0,
            missing: 0,
        };
        rolling.current = Some(rolling.begin()?);
        Ok(rolling)
    }

    /// Writes a packet. It should be [redacted](super::Redactor) by now.
    ///
    /// # Errors
    /// It could not be written, and is missing in the capture; the next one may be tried all the same.
    pub fn write(&mut self, packet: &Monitored) -> io::Result<()> {
        let written = self.append(packet);
        self.preamble.observe(packet);
        if written.is_err() {
            self.lose(1);
        }
        written
    }

    /// So many packets were lost before they could be written, such as in a socket that was full.
    pub fn lose(&mut self, packets: u64) {
        self.missing_here = self.missing_here.saturating_add(packets);
        self.missing = self.missing.saturating_add(packets);
    }

    /// How many packets are missing in the capture, in all.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// Where the latest packets are.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where those before them are, once there are more than one file holds.
    #[must_use]
    pub fn aside(&self) -> &Path {
        &self.aside
    }

    /// A new file with all that it must begin with.
    fn begin(&self) -> io::Result<Current<D::File>> {
        let mut start = Vec::new();
        btsnoop::write_header(&mut start);
        for packet in self.preamble.packets() {
            btsnoop::write_record(packet, 0, &mut start);
        }
        let mut file = self.disk.create(&self.path)?;
        file.write_all(&start)?;
        Ok(Current { file, length: start.len() as u64, torn: false, begun: false, told: 0 })
    }

    /// Sets the file aside if `more` octets would make it too long.
    fn make_room(&mut self, more: u64) -> io::Result<()> {
        let full = |current: &&Current<_>| current.begun && current.length + more > self.limit;
        let Some(told) = self.current.as_ref().filter(full).map(|current| current.told) else {
            return Ok(());
        };
        match self.disk.rename(&self.path, &self.aside) {
            // Somebody removed it; there is room for a new one.
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.current = None;
        // What no record told of is told in the next file.
        self.missing_here = self.missing_here.saturating_sub(told);
        Ok(())
    }

    fn append(&mut self, packet: &Monitored) -> io::Result<()> {
        let mut record = Vec::new();
        btsnoop::write_record(packet, 0, &mut record);
        self.make_room(record.len() as u64)?;
        if self.current.is_none() {
            self.current = Some(self.begin()?);
        }
        // Only now it is known how many are missing in the file that it goes to.
        record.clear();
        btsnoop::write_record(packet, self.missing_here, &mut record);
        match &mut self.current {
            Some(current) => {
                current.append(&self.disk, &record)?;
                current.told = self.missing_here;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl<F: io::Write> Current<F> {
    fn append<D: Disk<File = F>>(&mut self, disk: &D, record: &[u8]) -> io::Result<()> {
        self.mend(disk)?;
        if let Err(error) = self.file.write_all(record) {
            self.torn = true;
            // Were it not mended now, it is before the next record; what matters is why it was torn.
            let _ = self.mend(disk);
            return Err(error);
        }
        self.length += record.len() as u64;
        self.begun = true;
        Ok(())
    }

    /// Cuts off a record that was written in part.
    fn mend<D: Disk<File = F>>(&mut self, disk: &D) -> io::Result<()> {
        if self.torn {
            disk.cut(&mut self.file, self.length)?;
            self.torn = false;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
