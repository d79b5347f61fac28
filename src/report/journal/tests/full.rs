//! A disk that is full for a while.

use std::cell::RefCell;
use std::rc::Rc;

use proptest::prelude::*;

use super::super::disk::fake::{Fake, Log, content};
use super::super::live::Live;
use super::super::output::{MOST, Output};
use super::*;
use crate::event::Event;

fn log() -> Log {
    Rc::new(RefCell::new(Vec::new()))
}

#[test]
fn a_device_that_is_always_full_stops_nothing() {
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut writer = JournalWriter::over(full(), Live::over(full()));
    let condition = writer.condition();
    let run = sample::one_of_each();
    for record in run.records.iter().filter(|r| !matches!(r.event, Event::RunFinished { .. })) {
        writer.record(record).unwrap();
    }
    assert_eq!(condition.failing().unwrap(), "No space left on device (os error 28)");
    assert!(!condition.is_whole());
    assert_eq!(condition.lost(), 0, "it waits");
}

#[test]
fn what_waited_is_written_in_order_when_there_is_room() {
    let log = log();
    let disk = Fake::new("journal", &log);
    let room = Rc::clone(&disk.room);
    room.set(1_000);
    let mut writer = JournalWriter::over(disk, Live::over(Fake::new("live", &log)));
    let condition = writer.condition();
    let run = sample::one_of_each();
    for (at, record) in run.records.iter().enumerate() {
        match at {
            10 => assert!(condition.failing().unwrap().contains("no storage space")),
            50 => room.set(700),
            90 => room.set(usize::MAX),
            _ => {}
        }
        writer.record(record).unwrap();
    }
    assert!(condition.is_whole());
    let written = content(&log.borrow(), "journal");
    let mut journal = Journal::read(&*written).unwrap();
    let summary = crate::report::summary::Summary::of(&mut journal).unwrap();
    assert_eq!(journal.notes(), Notes::default());
    assert_eq!(summary.cases.last().unwrap().iterations.total(), 200);
}

#[test]
fn more_than_may_wait_is_lost_and_counted_but_not_the_end() {
    let log = log();
    let disk = Fake::new("journal", &log);
    let room = Rc::clone(&disk.room);
    let mut output = Output::new(disk);
    let condition = output.condition();
    room.set(10);
    let line = [vec![b'x'; 999], vec![b'\n']].concat();
    for _ in 0..MOST / 1000 + 500 {
        output.write(&line, false);
    }
    output.write(b"the end\n", true);
    assert!(condition.lost() >= 499 && condition.lost() <= 501, "{}", condition.lost());
    room.set(usize::MAX);
    output.write(b"", true);
    let written = content(&log.borrow(), "journal");
    assert!(written.len() <= MOST + 1000 && written.ends_with(b"x\nthe end\n"));
    assert!(condition.failing().is_none() && !condition.is_whole());
}

proptest! {
    #[test]
    fn whatever_room_there_is_lines_stay_whole_and_in_order(
        rooms in proptest::collection::vec(0_usize..40, 1..60),
    ) {
        let log = log();
        let disk = Fake::new("journal", &log);
        let room = Rc::clone(&disk.room);
        let mut output = Output::new(disk);
        let mut expected = String::new();
        for (n, more) in rooms.iter().enumerate() {
            room.set(*more);
            let lines = format!("line {n}\nand {n}\n");
            output.write(lines.as_bytes(), false);
            expected += &lines;
            let so_far = content(&log.borrow(), "journal");
            prop_assert!(expected.as_bytes().starts_with(&so_far));
        }
        room.set(usize::MAX);
        output.write(b"", false);
        prop_assert_eq!(content(&log.borrow(), "journal"), expected.into_bytes());
    }
}
