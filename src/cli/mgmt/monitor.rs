//! `bttest mgmt monitor`: what the kernel tells, as it happens.

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::{Common, Trouble};
use crate::cli::{print, show};
use crate::mgmt::client::{Client, Told};
use crate::mgmt::protocol::Message;
use crate::plan::Span;
use crate::report::escape::terminal;
use crate::report::summary::shown;

/// What to watch.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only events of this name; may be given more than once
    #[arg(long = "event", value_name = "EVENT", value_parser = known)]
    events: Vec<String>,
    /// End after so long [default: Ctrl-C ends it]
    #[arg(long = "for", value_name = "TIME", value_parser = span)]
    lasting: Option<Span>,
}

fn known(name: &str) -> Result<String, String> {
    crate::mgmt::protocol::event(name).map(|event| event.word())
}

fn span(text: &str) -> Result<Span, String> {
    Span::parse(text)
}

/// Shows events until the time is over or Ctrl-C.
pub(super) async fn watch(
    client: &Client,
    arguments: &Arguments,
    common: &Common,
) -> Result<(), Trouble> {
    let start = Instant::now();
    let end = async {
        match arguments.lasting {
            Some(lasting) => tokio::time::sleep(lasting.0).await,
            // Where signals cannot be caught, Ctrl-C ends the program.
            None if tokio::signal::ctrl_c().await.is_ok() => {}
            None => std::future::pending().await,
        }
    };
    if !common.json {
        show("watching; Ctrl-C ends\n");
    }
    tokio::select! {
        biased;
        () = end => Ok(()),
        error = events(client, arguments, common, start) => error,
    }
}

async fn events(
    client: &Client,
    arguments: &Arguments,
    common: &Common,
    start: Instant,
) -> Result<(), Trouble> {
    let mut from = client.position();
    loop {
        let (told, next) = client.wait_for(from, |told| Some(told.clone())).await?;
        from = next;
        let of = told.message.index();
        if common.index.is_none_or(|index| index == of) && wanted(&told, &arguments.events) {
            print(&line(&told, start, common.json));
        }
    }
}

fn wanted(told: &Told, events: &[String]) -> bool {
    events.is_empty() || events.contains(&name(told))
}

fn name(told: &Told) -> String {
    match &*told.message {
        Message::Event { kind, .. } => kind.word(),
        Message::Unknown { code, .. } => format!("0x{code:04x}"),
        Message::Complete { .. } | Message::Status { .. } => String::new(),
    }
}

/// One event in a line. Keys and passkeys are struck out.
fn line(told: &Told, start: Instant, as_json: bool) -> String {
    let fields = match &*told.message {
        Message::Event { record, .. } => match record.struck().to_json() {
            Value::Object(fields) => fields,
            _ => Map::new(),
        },
        Message::Unknown { octets, .. } => {
            let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
            Map::from_iter([("octets".to_owned(), Value::from(hex))])
        }
        Message::Complete { .. } | Message::Status { .. } => Map::new(),
    };
    let (index, after) = (told.message.index(), told.at.saturating_duration_since(start));
    if as_json {
        let us = u64::try_from(after.as_micros()).unwrap_or(u64::MAX);
        let line = json!({ "t": us, "controller": index.to_string(), "event": name(told), "fields": fields });
        return format!("{line}\n");
    }
    let said: String =
        fields.iter().map(|(name, value)| format!("  {name} {}", terminal(&text(value)))).collect();
    format!("{:>10.3}  {index}  {}{said}\n", after.as_secs_f64(), name(told))
}

/// A value in a line: a list of tables as its values.
fn text(value: &Value) -> String {
    match value {
        Value::Array(items) if items.iter().any(Value::is_object) => {
            let of = |item: &Value| match (item.get("type"), item.get("value")) {
                (Some(kind), Some(value)) => format!("{}={}", shown(kind), shown(value)),
                _ => item.to_string(),
            };
            items.iter().map(of).collect::<Vec<_>>().join(" ")
        }
        other => shown(other),
    }
}
