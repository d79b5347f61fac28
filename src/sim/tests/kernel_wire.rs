//! The simulated kernel's packets, octet for octet as the real one's, and what it makes of packets
//! that are none.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;
use tokio::time::Instant;

use super::{
    Bench,
    kernel_bench::{Manager, hex},
};
use crate::mgmt::protocol::{COMMANDS, Index, Message, Packet};
use crate::sim::{Scene, host::Host, kernel::ClientId};

/// The lab's controller.
const LAB: &str = "system-name = 'BlueZ 5.82'\n[[adapter]]\naddress = '00:AA:01:00:00:00'\n\
                   power = '30ms'\n";

/// Asks what was asked of the real kernel, and tells where the answers differ.
async fn differences(recorded: &str) -> Vec<String> {
    let bench = Bench::new(LAB).await;
    let manager = Manager::of(&bench.simulator);
    let mut differ = Vec::new();
    let mut asked = 0;
    for line in recorded.lines().filter(|line| !line.starts_with(['#', '~'])) {
        let (command, answer) = line.split_once(" > ").expect("an answer");
        let [code, who, parameters] = words(command);
        let [kind, status, reply] = words(answer);
        let code = u16::from_str_radix(code, 16).expect("a code");
        let index: Index = who.parse().expect("a controller");
        let packet = Packet { code, index, parameters: octets(parameters) };
        manager.send(&packet.to_bytes()).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let event = if kind == "complete" { 1 } else { 2 };
        let [low, high] = code.to_le_bytes();
        let status = u8::from_str_radix(status, 16).expect("a status");
        let mut expected = vec![low, high, status];
        expected.extend(octets(reply.trim_end_matches('…')));
        let heard = manager.raw();
        let heard = heard.iter().filter_map(|raw| Packet::parse(&octets(raw)).ok());
        let mut answers = heard.filter(|packet| matches!(packet.code, 1 | 2));
        let found = answers.next();
        let fits = found.as_ref().is_some_and(|found| {
            let whole = match reply.ends_with('…') {
                true => found.parameters.starts_with(&expected),
                false => found.parameters == expected,
            };
            found.code == event && found.index == index && whole
        });
        if !fits {
            let found = found.map(|found| format!("{} {}", found.code, hex(&found.parameters)));
            differ.push(format!("{line}\n    {}", found.unwrap_or_default()));
        }
        asked += 1;
    }
    assert!(asked > 200, "{asked}");
    differ
}

fn words<const N: usize>(line: &str) -> [&str; N] {
    let words: Vec<&str> = line.split(' ').collect();
    words.try_into().expect("so many words")
}

/// Reads hexadecimal digits, with `(00*n)` for n zeros and `-` for nothing.
fn octets(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text.trim_start_matches('-');
    while !rest.is_empty() {
        if let Some(zeros) = rest.strip_prefix("(00*") {
            let (number, after) = zeros.split_once(')').expect("an end");
            octets.resize(octets.len() + number.parse::<usize>().expect("a number"), 0);
            rest = after;
        } else {
            let (pair, after) = rest.split_at(2);
            octets.push(u8::from_str_radix(pair, 16).expect("an octet"));
            rest = after;
        }
    }
    octets
}

#[tokio::test(start_paused = true)]
async fn errors_are_the_real_kernels_octet_for_octet() {
    let differ = differences(include_str!("recorded/errors.txt")).await;
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn settings_are_the_real_kernels_octet_for_octet_on_and_off() {
    let differ = differences(include_str!("recorded/settings.txt")).await;
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_power_hears_the_answer_then_the_class_and_the_others_the_settings_last() {
    let bench = Bench::new(LAB).await;
    let (one, two) = (Manager::of(&bench.simulator), Manager::of(&bench.simulator));
    one.ask("set-powered", json!({ "powered": false })).await;
    one.ask("set-powered", json!({ "powered": true })).await;
    bench.settle().await;
    let answers =
        ["010000000700050000c00a3c00", "070000000300000000", "010000000700050000c10a3c00"];
    assert_eq!(one.raw(), answers, "recorded");
    let events = ["070000000300000000", "060000000400c00a3c00", "060000000400c10a3c00"];
    assert_eq!(two.raw(), events, "recorded");
}

#[tokio::test(start_paused = true)]
async fn a_kernel_knows_the_commands_of_its_time() {
    for (release, revision, most) in [("5.66", 22, 0x5A), ("5.82", 23, 0x5A), ("5.87", 23, 0x5B)] {
        let bench = Bench::new(&format!("bluez = '{release}'")).await;
        let manager = Manager::of(&bench.simulator);
        let version = manager.read("read-management-version-information").await;
        assert_eq!((version.uint("version"), version.uint("revision")), (Some(1), Some(revision)));
        let listed = manager.read("read-management-supported-commands").await;
        assert_eq!(listed.values("command").len(), most - 2, "{release}");
        for command in COMMANDS {
            // What nobody has a default for is zero.
            let packet = Packet { code: command.code, index: Index(9), parameters: Vec::new() };
            manager.send(&packet.to_bytes()).await;
            let status = manager.answer().await.0.word();
            let known = usize::from(command.code) <= most;
            let expected = if known { "invalid-index" } else { "unknown-command" };
            assert_eq!(status, expected, "{release}: {}", command.name);
        }
    }
}

/// The kernel, without a wire, and one client of it.
fn host() -> Host {
    let device = "[[device]]\nname = 'Headset'\naddress = 'C0:DE:00:00:00:01'\n";
    let bredr = "[[device]]\ntransport = 'bredr'\naddress = '00:AA:01:03:00:03'\nbonded = true\n";
    let mut host = Host::new(Scene::parse(&format!("{device}{bredr}")).expect("a scene"), 1);
    host.manager_comes(ClientId(1));
    host
}

/// Whether everything that a client hears can be read to the end.
fn readable(host: &mut Host) -> Result<usize, TestCaseError> {
    let packets = host.packets();
    for (_, packet) in &packets {
        match Message::decode(packet) {
            Ok(Message::Event { kind, record, .. }) => {
                prop_assert!(record.rest().is_empty(), "{}: {record:?}", kind.name);
            }
            Ok(Message::Complete { opcode, reply, .. }) => {
                prop_assert!(reply.rest().is_empty(), "{opcode:#06x}: {reply:?}");
            }
            Ok(Message::Status { .. }) => {}
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        }
    }
    Ok(packets.len())
}

fn play(packets: Vec<(Vec<u8>, u64)>) -> Result<(), TestCaseError> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().expect("a runtime").block_on(async {
        let mut host = host();
        for (packet, after) in packets {
            host.manage(ClientId(1), &packet);
            readable(&mut host)?;
            let until = Instant::now() + Duration::from_millis(after);
            while let Some(next) = host.next().filter(|next| *next <= until) {
                tokio::time::sleep_until(next).await;
                host.happen();
                drop(host.outgoing());
                readable(&mut host)?;
            }
            tokio::time::sleep_until(until).await;
        }
        host.manage(
            ClientId(1),
            &Packet { code: 1, index: Index::NONE, parameters: vec![] }.to_bytes(),
        );
        prop_assert!(readable(&mut host)? == 1, "it still answers");
        Ok(())
    })
}

/// Lets time pass.
async fn pass(host: &mut Host, time: Duration) {
    let until = Instant::now() + time;
    while let Some(next) = host.next().filter(|next| *next <= until) {
        tokio::time::sleep_until(next).await;
        host.happen();
        drop((host.outgoing(), host.packets()));
    }
    tokio::time::sleep_until(until).await;
}

#[tokio::test(start_paused = true)]
async fn a_night_of_commands_leaves_nothing_behind() {
    let mut host = host();
    let round = async |host: &mut Host| {
        let headset = [0x01, 0, 0, 0, 0xDE, 0xC0, 1];
        let begin: [(u16, &[u8]); 8] = [
            (0x0005, &[1]),
            (0x0007, &[1]),
            (0x0006, &[1, 30, 0]),
            (0x0023, &[7]),
            (0x0019, &[headset.as_slice(), &[3]].concat()),
            (0x0033, &[headset.as_slice(), &[2]].concat()),
            (0x003E, &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            (0x0026, &[headset.as_slice()].concat()),
        ];
        let end: [(u16, &[u8]); 6] = [
            (0x0027, &headset),
            (0x001A, &headset),
            (0x0014, &headset),
            (0x0034, &headset),
            (0x0024, &[7]),
            (0x0005, &[0]),
        ];
        for (code, parameters) in begin.into_iter().chain(end) {
            let packet = Packet { code, index: Index(0), parameters: parameters.to_vec() };
            host.manage(ClientId(1), &packet.to_bytes());
            pass(host, Duration::from_millis(700)).await;
        }
        // Whatever was armed for long has rung by then.
        pass(host, Duration::from_secs(300)).await;
    };
    round(&mut host).await;
    let load = host.kernel_load();
    for _ in 0..300 {
        round(&mut host).await;
    }
    assert_eq!(host.kernel_load(), load);
}

/// Parameters that are about one of the devices now and then.
fn parameters() -> impl Strategy<Value = Vec<u8>> {
    let device = prop_oneof![
        Just(vec![0x01, 0, 0, 0, 0xDE, 0xC0, 1]),
        Just(vec![0x03, 0, 0x03, 0x01, 0xAA, 0, 0]),
        prop::collection::vec(any::<u8>(), 7),
        Just(vec![0; 7]),
    ];
    let small = prop_oneof![0_u8..4, any::<u8>()];
    let rest = prop::collection::vec(small, 0..40);
    prop_oneof![rest.clone(), (device, rest).prop_map(|(device, rest)| [device, rest].concat()),]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn octets_that_are_no_packet_break_nothing(
        packets in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..60), 0_u64..20), 0..20)
    ) {
        play(packets)?;
    }

    #[test]
    fn commands_at_random_break_nothing_and_every_answer_can_be_read(
        commands in prop::collection::vec((0_u16..0x60, 0_u16..2, parameters(), 0_u64..1500), 1..60)
    ) {
        let packet = |(code, index, parameters, after)| {
            let index = if index == 0 { Index(0) } else { Index::NONE };
            (Packet { code, index, parameters }.to_bytes(), after)
        };
        play(commands.into_iter().map(packet).collect())?;
    }

    #[test]
    fn commands_of_the_right_length_break_nothing_and_every_answer_can_be_read(
        commands in prop::collection::vec((0_usize..COMMANDS.len(), parameters(), 0_u64..1500), 1..60)
    ) {
        let packet = |(number, octets, after): (usize, Vec<u8>, u64)| {
            let command = &COMMANDS[number];
            // The decoded record, encoded again with what was missing left at zero, has the right
            // length more often.
            let mut padded = octets;
            padded.resize(padded.len().max(300), 0);
            let whole = command.decode(&padded);
            let mut record = crate::mgmt::protocol::Record::new();
            for (name, value) in whole.iter() {
                record = record.with(name, value.clone());
            }
            let parameters = command.encode_record(&record).unwrap_or_default();
            let none = command.target == crate::mgmt::protocol::Target::NonController;
            let index = if none { Index::NONE } else { Index(0) };
            (Packet { code: command.code, index, parameters }.to_bytes(), after)
        };
        play(commands.into_iter().map(packet).collect())?;
    }
}
