use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::*;
use crate::mgmt::capture::btsnoop::{FILE_HEADER, RECORD_HEADER, read};
use crate::mgmt::capture::packet::Kind;
use crate::mgmt::capture::sample::packet;

/// How long the record of a packet of ten octets is.
const RECORD: u64 = RECORD_HEADER as u64 + 10;

/// The header of a file and so many packets of ten octets.
fn room(packets: u64) -> u64 {
    FILE_HEADER as u64 + packets * RECORD
}

fn data(at: u64) -> Monitored {
    packet(at, Kind::ScoRx, &[0; 10])
}

/// Time and drops of each record.
fn told(file: &[u8]) -> Vec<(u64, u32)> {
    let (records, broken) = read(file);
    assert!(broken.is_none(), "{broken:?}");
    records.iter().map(|record| (record.packet.at, record.drops)).collect()
}

#[derive(Debug)]
struct State {
    files: BTreeMap<PathBuf, Rc<RefCell<Vec<u8>>>>,
    /// How many more octets there is room for.
    room: usize,
    /// What else fails.
    cuts: bool,
    renames: bool,
}

/// A disk in memory.
#[derive(Debug, Clone)]
struct Memory(Rc<RefCell<State>>);

#[derive(Debug)]
struct MemoryFile {
    octets: Rc<RefCell<Vec<u8>>>,
    disk: Memory,
}

impl Memory {
    fn new() -> Self {
        let (files, room) = (BTreeMap::new(), usize::MAX);
        Self(Rc::new(RefCell::new(State { files, room, cuts: true, renames: true })))
    }

    fn content(&self, path: &str) -> Vec<u8> {
        let state = self.0.borrow();
        state.files.get(Path::new(path)).map(|file| file.borrow().clone()).unwrap_or_default()
    }
}

impl Disk for Memory {
    type File = MemoryFile;

    fn create(&self, path: &Path) -> io::Result<MemoryFile> {
        let octets = Rc::default();
        self.0.borrow_mut().files.insert(path.to_owned(), Rc::clone(&octets));
        Ok(MemoryFile { octets, disk: self.clone() })
    }

    fn cut(&self, file: &mut MemoryFile, length: u64) -> io::Result<()> {
        if !self.0.borrow().cuts {
            return Err(io::ErrorKind::Other.into());
        }
        file.octets.borrow_mut().truncate(length as usize);
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        if !state.renames {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let file = state.files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.files.insert(to.to_owned(), file);
        Ok(())
    }
}

impl io::Write for MemoryFile {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let mut state = self.disk.0.borrow_mut();
        let taken = octets.len().min(state.room);
        if taken == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        state.room -= taken;
        self.octets.borrow_mut().extend(&octets[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_file_is_set_aside_and_the_next_begins_with_what_is_there() {
    let disk = Memory::new();
    let mut rolling = Rolling::on(disk.clone(), Path::new("a.btsnoop"), room(3)).unwrap();
    rolling.write(&packet(1, Kind::NewIndex, &[0; 10])).unwrap();
    for at in 2..=5 {
        rolling.write(&data(at)).unwrap();
    }
    assert_eq!(told(&disk.content("a.1.btsnoop")), [(1, 0), (2, 0), (3, 0)]);
    assert_eq!(told(&disk.content("a.btsnoop")), [(1, 0), (4, 0), (5, 0)]);
    for at in 6..=100 {
        rolling.write(&data(at)).unwrap();
    }
    assert_eq!(told(&disk.content("a.1.btsnoop")), [(1, 0), (98, 0), (99, 0)]);
    assert_eq!(told(&disk.content("a.btsnoop")), [(1, 0), (100, 0)]);
    assert_eq!(disk.0.borrow().files.len(), 2);
}

#[test]
fn a_full_disk_costs_packets_and_nothing_else() {
    let disk = Memory::new();
    let mut rolling = Rolling::on(disk.clone(), Path::new("a"), u64::MAX).unwrap();
    rolling.write(&data(1)).unwrap();
    // The record is torn in its header, in its packet, or not begun at all; and cannot always be cut off.
    for (at, room, cuts) in [(2, 10, true), (3, 30, false), (4, 0, false), (5, 0, true)] {
        (disk.0.borrow_mut().room, disk.0.borrow_mut().cuts) = (room, cuts);
        assert!(rolling.write(&data(at)).is_err());
    }
    disk.0.borrow_mut().room = usize::MAX;
    rolling.lose(3);
    rolling.write(&data(6)).unwrap();
    assert_eq!(told(&disk.content("a")), [(1, 0), (6, 7)]);
    assert_eq!(rolling.missing(), 7);
}

#[test]
fn a_disk_that_is_full_when_a_file_begins_is_tried_again() {
    let disk = Memory::new();
    let mut rolling = Rolling::on(disk.clone(), Path::new("a"), room(1)).unwrap();
    rolling.write(&data(1)).unwrap();
    disk.0.borrow_mut().room = 5;
    assert!(rolling.write(&data(2)).is_err());
    assert!(rolling.write(&data(3)).is_err());
    disk.0.borrow_mut().room = usize::MAX;
    rolling.write(&data(4)).unwrap();
    assert_eq!(told(&disk.content("a.1")), [(1, 0)], "it was set aside once");
    assert_eq!(told(&disk.content("a")), [(4, 2)]);
}

#[test]
fn a_file_that_cannot_be_set_aside_is_kept_and_grows_no_further() {
    let disk = Memory::new();
    let mut rolling = Rolling::on(disk.clone(), Path::new("a"), room(1)).unwrap();
    rolling.write(&data(1)).unwrap();
    disk.0.borrow_mut().renames = false;
    assert!(rolling.write(&data(2)).is_err());
    assert_eq!(told(&disk.content("a")), [(1, 0)]);
    disk.0.borrow_mut().renames = true;
    rolling.write(&data(3)).unwrap();
    assert_eq!(told(&disk.content("a")), [(3, 1)]);
    assert_eq!(rolling.missing(), 1);
}

#[test]
fn on_a_real_disk_two_files_are_left_and_old_ones_replaced() {
    let folder = std::env::temp_dir().join(format!("bttest-rolling-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("night.btsnoop");
    fs::write(&path, [7; 500]).unwrap();
    fs::write(aside(&path), [7; 500]).unwrap();
    let mut rolling = Rolling::create(&path, room(2)).unwrap();
    assert!(!aside(&path).exists(), "it belongs to an earlier run");
    for at in 1..=3 {
        rolling.write(&data(at)).unwrap();
    }
    assert_eq!(told(&fs::read(rolling.aside()).unwrap()), [(1, 0), (2, 0)]);
    assert_eq!(told(&fs::read(&path).unwrap()), [(3, 0)]);
    // Somebody takes the file away; it is begun anew when it would have been set aside.
    fs::remove_file(&path).unwrap();
    for at in 4..=5 {
        rolling.write(&data(at)).unwrap();
    }
    assert_eq!(told(&fs::read(&path).unwrap()), [(5, 0)]);
    fs::remove_dir_all(&folder).unwrap();
    assert!(rolling.write(&data(6)).is_ok() && rolling.write(&data(7)).is_err());
}

#[test]
fn the_other_name_keeps_the_extension() {
    for (path, other) in [("x/a.btsnoop", "x/a.1.btsnoop"), ("a", "a.1"), ("a.b.c", "a.b.1.c")] {
        assert_eq!(aside(Path::new(path)), Path::new(other));
    }
}
