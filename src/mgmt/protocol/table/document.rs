//! The table against the document it was written from. The document is not part of the project:
//!
//!     BTTEST_MGMT_DOC=bluez/doc/mgmt-protocol.rst cargo test --lib mgmt::protocol::table::document -- --ignored

use super::{COMMANDS, EVENTS, Target, kebab, plain};
use crate::mgmt::protocol::{Extent, Field, Kind};

/// A parameter: its name, and its octets if they are fixed.
type Parameter = (String, Option<usize>);

/// A section of the document about a command or an event.
#[derive(Debug, PartialEq, Eq)]
struct Section {
    name: String,
    code: u16,
    target: Target,
    parameters: Vec<Parameter>,
    reply: Vec<Parameter>,
}

/// Where the table says something else than the document, on purpose: line, the document's parameter, the table's.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    // The same parameter has two spellings; the table has the one of Load Long Term Keys.
    ("New Long Term Key", "enc-diversifier 2", "encryption-diversifier 2"),
    // So that every device is `address` and `address-type`.
    ("Transmit Mesh Packet", "addr 6", "address 6"),
    ("Transmit Mesh Packet", "addr-type 1", "address-type 1"),
    // No size is documented; the kernel has one octet each (mgmt_cp_set_mesh, mgmt_rp_mesh_read_features).
    ("Set Mesh Receiver", "ad-types", "ad-types 1"),
    ("Read Mesh Features", "handle", "handle 1"),
    // The kernel sends the store hint after the address (mgmt_ev_new_conn_param).
    ("New Connection Parameter", "store-hint 1", "address 6"),
    ("New Connection Parameter", "address 6", "address-type 1"),
    ("New Connection Parameter", "address-type 1", "store-hint 1"),
];

/// The events of which the kernel tells for no controller, too, though the document has them for one.
const ALSO_WITHOUT_CONTROLLER: &[&str] = &["Experimental Feature Changed"];

#[test]
#[ignore = "needs the document: BTTEST_MGMT_DOC names it"]
fn the_table_says_what_the_document_says() {
    let path = std::env::var_os("BTTEST_MGMT_DOC").expect("BTTEST_MGMT_DOC names the document");
    let document = std::fs::read_to_string(path).unwrap();
    let (commands, events) = document.split_once("\nEvents\n------").unwrap();
    let mut used = Vec::new();
    let commands = sections(commands, ":Command Code:");
    assert_eq!(commands.len(), COMMANDS.len());
    for (section, line) in commands.iter().zip(COMMANDS) {
        assert_eq!(
            (&*section.name, section.code, section.target),
            (line.name, line.code, line.target)
        );
        compare(line.name, &section.parameters, line.parameters, &mut used);
        compare(line.name, &section.reply, line.reply, &mut used);
    }
    let events = sections(events, ":Event Code:");
    assert_eq!(events.len(), EVENTS.len());
    for (section, line) in events.iter().zip(EVENTS) {
        let wider = ALSO_WITHOUT_CONTROLLER.contains(&line.name);
        let target = if wider { Target::Either } else { section.target };
        assert_eq!((&*section.name, section.code, target), (line.name, line.code, line.target));
        compare(line.name, &section.parameters, line.parameters, &mut used);
    }
    let unused: Vec<_> =
        DIFFERENCES.iter().filter(|difference| !used.contains(difference)).collect();
    assert!(unused.is_empty(), "no difference any more: {unused:?}");
}

fn compare(
    line: &str,
    documented: &[Parameter],
    fields: &[Field],
    used: &mut Vec<&(&str, &str, &str)>,
) {
    let ours = flat(fields);
    assert_eq!(documented.len(), ours.len(), "{line}: {documented:?} and {ours:?}");
    let told = |(name, octets): &Parameter| match octets {
        Some(octets) => format!("{name} {octets}"),
        None => name.clone(),
    };
    for (documented, ours) in documented.iter().zip(&ours) {
        if (plain(&documented.0), documented.1) == (plain(&ours.0), ours.1) {
            continue;
        }
        let (documented, ours) = (told(documented), told(ours));
        let known = DIFFERENCES.iter().find(|known| **known == (line, &*documented, &*ours));
        used.push(known.unwrap_or_else(|| {
            panic!("{line}: {documented} in the document, {ours} in the table")
        }));
    }
}

/// The parameters as the document lists them: those of a group one after the other, the group itself not.
fn flat(fields: &[Field]) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    for field in fields {
        match field.kind {
            Kind::Records(_, inner) => parameters.extend(flat(inner)),
            Kind::Values(_, kind) => parameters.push((field.name.to_owned(), octets(kind))),
            kind => parameters.push((field.name.to_owned(), octets(&kind))),
        }
    }
    parameters
}

fn octets(kind: &Kind) -> Option<usize> {
    match kind {
        Kind::Unsigned(width)
        | Kind::Choice(width, _)
        | Kind::Bits(width, _)
        | Kind::Count(width) => Some(width.octets()),
        Kind::Signed | Kind::Status => Some(1),
        Kind::Passkey => Some(4),
        Kind::Address => Some(6),
        Kind::Uuid | Kind::Key | Kind::Pin => Some(16),
        Kind::Octets(length) | Kind::Text(length) | Kind::Padded(length) => Some(*length),
        Kind::Data(Extent::Counted | Extent::ToEnd) | Kind::Eir(_) => None,
        Kind::Values(..) | Kind::Records(..) => unreachable!("a list is flat already"),
    }
}

/// The sections with a code, in their order.
fn sections(text: &str, code: &str) -> Vec<Section> {
    let lines: Vec<&str> = text.lines().collect();
    let is_title = |at: &usize| lines.get(at + 1).is_some_and(|under| under.starts_with("```"));
    let starts: Vec<usize> = (0..lines.len()).filter(is_title).collect();
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    let bodies = starts.iter().zip(ends).map(|(start, end)| &lines[*start..end]);
    bodies.filter(|body| body.iter().any(|line| line.starts_with(code))).map(section).collect()
}

fn section(lines: &[&str]) -> Section {
    let title = lines[0].split(" (since").next().unwrap();
    let mut section = Section {
        name: title.to_owned(),
        code: 0,
        target: Target::Controller,
        parameters: Vec::new(),
        reply: Vec::new(),
    };
    let mut heading = "";
    for line in &lines[2..] {
        let (label, text) = match line.strip_prefix(':').and_then(|line| line.split_once(':')) {
            Some((label, text)) => (label, text.trim()),
            None if line.starts_with('\t') => ("...", line.trim()),
            None if line.is_empty() => continue,
            None => break,
        };
        heading = if label == "..." { heading } else { label };
        match heading {
            "Command Code" | "Event Code" => {
                section.code = u16::from_str_radix(text.trim_start_matches("0x"), 16).unwrap();
            }
            "Controller Index" => section.target = target(text),
            "Command Parameters" | "Event Parameters" => section.parameters.extend(parameter(text)),
            "Return Parameters" => section.reply.extend(parameter(text)),
            other => panic!("{title}: {other}"),
        }
    }
    section
}

fn target(text: &str) -> Target {
    match text {
        "<controller id>" | "<controller_id>" => Target::Controller,
        "<non-controller>" => Target::NonController,
        "<controller id> or <non-controller>" => Target::Either,
        other => panic!("a controller index of {other}"),
    }
}

/// A parameter such as `Address[] (6 Octets)`; none for `...[]`.
fn parameter(text: &str) -> Option<Parameter> {
    let (name, size) = text.split_once('(').unwrap_or((text, ""));
    let name = kebab(name.split('[').next()?);
    (!name.is_empty())
        .then(|| (name, size.split(' ').next().and_then(|octets| octets.parse().ok())))
}
