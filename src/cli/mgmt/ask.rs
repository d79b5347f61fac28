//! `bttest mgmt COMMAND`: one command and its reply.

use super::words::Call;
use super::{Common, Trouble, controllers};
use crate::cli::print;
use crate::mgmt::client::Client;
use crate::mgmt::protocol::{Index, Record, Target};
use crate::report::escape::terminal;
use crate::report::summary::shown;

/// Sends it, and shows what it gives back.
pub(super) async fn send(client: &Client, call: Call, common: &Common) -> Result<(), Trouble> {
    let Call { command, parameters } = call;
    let index = match (command.target, common.index) {
        (Target::NonController, _) | (Target::Either, None) => Index::NONE,
        (_, Some(index)) => index,
        (Target::Controller, None) => only(client, common).await?,
    };
    let reply = client.send(command, index, parameters, common.limit()).await?;
    print(&if common.json { format!("{}\n", reply.to_json()) } else { text(&reply) });
    Ok(())
}

async fn only(client: &Client, common: &Common) -> Result<Index, Trouble> {
    let all = controllers(client, common).await?;
    match all.as_slice() {
        [only] => Ok(*only),
        [] => Err(Trouble::Choice("this machine has no Bluetooth controller".to_owned())),
        several => {
            let names: Vec<String> = several.iter().map(ToString::to_string).collect();
            let first = names.first().cloned().unwrap_or_default();
            let names = names.join(", ");
            Err(Trouble::Choice(format!(
                "which controller? there are {names}; say `--index {first}`"
            )))
        }
    }
}

/// A line for each field.
pub(super) fn text(record: &Record) -> String {
    let json = record.to_json();
    let fields: Vec<_> = json.as_object().into_iter().flatten().collect();
    let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let line = |(name, value): &(&String, &serde_json::Value)| {
        format!("{name:width$}  {}\n", terminal(&shown(value)))
    };
    fields.iter().map(line).collect()
}
