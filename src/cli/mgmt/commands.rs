//! `bttest mgmt commands`: what there is, and what this kernel knows of it.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::json;

use super::{Common, Trouble, own, words};
use crate::cli::print;
use crate::mgmt::client::Client;
use crate::mgmt::protocol::{COMMANDS, EVENTS, Index, Record};

/// Commands and events that every kernel knows and lists nowhere (doc/mgmt-protocol.rst, Read Management
/// Supported Commands).
const ALWAYS: [u16; 2] = [0x0001, 0x0002];

/// Lists them.
pub(super) async fn list(client: &Client, common: &Common) -> Result<(), Trouble> {
    let known = Known::of(&own(client, common, 0x0002, Index::NONE).await?);
    print(&if common.json { known.json() } else { known.text() });
    Ok(())
}

/// What the kernel says that it knows, by code.
struct Known {
    commands: BTreeSet<u16>,
    events: BTreeSet<u16>,
}

impl Known {
    fn of(reply: &Record) -> Self {
        let codes = |name| {
            let values = reply.values(name).iter();
            let codes = values.filter_map(|value| u16::try_from(value.number()?).ok());
            codes.chain(ALWAYS).collect()
        };
        Self { commands: codes("command"), events: codes("event") }
    }

    fn text(&self) -> String {
        let mut out = String::from("Commands; what is in brackets can be left out:\n");
        for command in COMMANDS {
            let mark = mark(self.commands.contains(&command.code));
            let usage = words::usage(command);
            let usage = usage.trim_matches('`').trim_start_matches("bttest mgmt ");
            let _ = writeln!(out, "{mark} 0x{:04x}  {usage}", command.code);
        }
        out.push_str("Events:\n");
        for event in EVENTS {
            let mark = mark(self.events.contains(&event.code));
            let _ = writeln!(out, "{mark} 0x{:04x}  {}", event.code, event.word());
        }
        let (commands, events) = self.unknown_here();
        let _ = writeln!(out, "- what this kernel does not know");
        if !(commands.is_empty() && events.is_empty()) {
            let codes = |codes: Vec<u16>| {
                let codes: Vec<String> = codes.iter().map(|code| format!("0x{code:04x}")).collect();
                codes.join(" ")
            };
            let _ = writeln!(
                out,
                "The kernel knows more than this program: commands {}; events {}",
                codes(commands),
                codes(events)
            );
        }
        out
    }

    /// Codes that the table does not have.
    fn unknown_here(&self) -> (Vec<u16>, Vec<u16>) {
        let beyond = |codes: &BTreeSet<u16>, most: usize| {
            codes.iter().copied().filter(|code| usize::from(*code) > most).collect()
        };
        (beyond(&self.commands, COMMANDS.len()), beyond(&self.events, EVENTS.len()))
    }

    fn json(&self) -> String {
        let mut out = String::new();
        for command in COMMANDS {
            let names: Vec<&str> = (command.parameters.iter())
                .filter(|field| field.is_argument())
                .map(|field| field.name)
                .collect();
            let line = json!({
                "command": command.word(), "name": command.name, "code": command.code,
                "parameters": names, "known": self.commands.contains(&command.code),
            });
            let _ = writeln!(out, "{line}");
        }
        for event in EVENTS {
            let known = self.events.contains(&event.code);
            let line = json!({ "event": event.word(), "name": event.name, "code": event.code, "known": known });
            let _ = writeln!(out, "{line}");
        }
        out
    }
}

fn mark(known: bool) -> char {
    if known { ' ' } else { '-' }
}
