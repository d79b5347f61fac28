//! What is written is read back, and what is damaged is told and survived.

mod full;
mod night;

use std::io::ErrorKind;

use proptest::prelude::*;

use super::format::write_line;
use super::*;
use crate::event::Record;
use crate::recorder::Sink;
use crate::report::sample;
use crate::report::temp_folder::Folder;

fn bytes_of(records: &[Record]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for record in records {
        write_line(record, &mut bytes).unwrap();
    }
    bytes
}

fn read(bytes: &[u8]) -> (Vec<Record>, Notes) {
    let mut journal = Journal::read(bytes).map_err(|e| format!("{e:?}")).unwrap();
    let records = journal.by_ref().map(Result::unwrap).collect();
    (records, journal.notes())
}

fn refused(bytes: &[u8]) -> NotAJournal {
    match Journal::read(bytes) {
        Err(Opening::Not(what)) => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_written_is_read_back() {
    let temp = Folder::new();
    let path = temp.path().join("journal.jsonl");
    let run = sample::once_each();
    let mut writer = JournalWriter::create(&path).unwrap();
    for record in &run.records {
        writer.record(record).unwrap();
    }
    let mut journal = Journal::open(&path).unwrap();
    let back: Vec<Record> = journal.by_ref().map(Result::unwrap).collect();
    assert_eq!(back, run.records);
    assert_eq!(journal.notes(), Notes::default());
    let again = JournalWriter::create(&path).unwrap_err();
    assert_eq!(again.kind(), ErrorKind::AlreadyExists);
}

#[test]
fn a_line_that_failed_spoils_none_but_itself() {
    let run = sample::one_of_each();
    let mut bytes = bytes_of(&run.records[..2]);
    bytes.extend_from_slice(b"{\"n\":2,\"t\":40");
    bytes.push(b'\n');
    bytes.extend(bytes_of(&run.records[3..5]));
    let (records, notes) = read(&bytes);
    assert_eq!(records.len(), 4);
    let expected = Notes { damaged: 1, missing: 1, ..Notes::default() };
    assert_eq!(notes, expected);
}

#[test]
fn a_later_version_is_read_as_far_as_it_is_understood() {
    let run = sample::one_of_each();
    let mut bytes = bytes_of(&run.records[..2]);
    bytes.extend_from_slice(
        br#"{"n":2,"t":5,"event":"firmware-flashed","version":"3"}
{"n":3,"t":6,"event":"iteration-started","mood":"new field"}
{"n":4,"t":6,"case":"A","event":"measured","name":"reconnect"}
"#,
    );
    let (records, notes) = read(&bytes);
    assert_eq!(records.len(), 3);
    let expected = Notes { unknown: 2, ..Notes::default() };
    assert_eq!(notes, expected);
}

#[test]
fn an_invalid_byte_costs_that_byte() {
    let run = sample::one_of_each();
    let mut bytes = bytes_of(&run.records);
    let at = bytes.windows(5).position(|w| w == b"PAIR-").unwrap();
    bytes[at + 1] = 0xff;
    let (records, notes) = read(&bytes);
    assert_eq!(records.len(), run.records.len());
    assert_eq!(notes, Notes::default());
}

#[test]
fn numbers_that_do_not_ascend_are_told_and_counted() {
    let run = sample::one_of_each();
    let once = bytes_of(&run.records);
    let (records, notes) = read(&[once.clone(), once].concat());
    assert_eq!(records.len(), 2 * run.records.len());
    assert_eq!((notes.out_of_order, notes.missing), (1, 0));
}

#[test]
fn what_is_no_journal_is_named() {
    for (bytes, what) in [
        (&b"<?xml version=\"1.0\"?>\n"[..], NotAJournal::Xml),
        (b"name = \"Headset\"\n", NotAJournal::Toml),
        (b"[[case]]\n", NotAJournal::Toml),
        (b"{\"hello\":1}\n", NotAJournal::Json),
        (b"\x1f\x8b\x08\0\n", NotAJournal::Binary),
        (b"hello\n", NotAJournal::Text),
        (b"\n", NotAJournal::Text),
        (b"a torn line of something else", NotAJournal::Text),
    ] {
        assert_eq!(refused(bytes), what, "{}", String::from_utf8_lossy(bytes));
    }
    let newer = String::from_utf8(bytes_of(&sample::one_of_each().records)).unwrap();
    let newer = newer.replace("\"format\":1", "\"format\":99");
    assert_eq!(refused(newer.as_bytes()), NotAJournal::Newer(99));
    assert!(NotAJournal::Newer(99).to_string().contains("newer bttest (format 99"));
}

#[test]
fn no_journal_says_what_to_name() {
    let error = Journal::open(std::path::Path::new("/nowhere/journal.jsonl")).unwrap_err();
    assert!(error.to_string().contains("name the folder of a run"), "{error}");
    let temp = Folder::new();
    assert!(Journal::open(temp.path()).is_err(), "a folder is no journal");
}

#[test]
fn a_line_without_end_does_not_fill_the_memory() {
    let run = sample::one_of_each();
    let mut bytes = bytes_of(&run.records[..2]);
    bytes.extend(vec![b'x'; 3 * 1024 * 1024]);
    bytes.push(b'\n');
    bytes.extend(bytes_of(&run.records[2..3]));
    let (records, notes) = read(&bytes);
    assert_eq!((records.len(), notes.damaged), (3, 1));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(journal) = Journal::read(&bytes[..]) {
            prop_assert!(journal.count() < 400);
        }
    }

    #[test]
    fn damage_anywhere_is_survived(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let run = sample::one_of_each();
        let mut bytes = bytes_of(&run.records[..60]);
        let first = bytes.iter().position(|b| *b == b'\n').unwrap() + 1;
        let at = first + at.index(bytes.len() - first);
        bytes[at] = byte;
        let (records, _) = read(&bytes);
        prop_assert!(records.len() >= 57, "{} records", records.len());
    }
}
