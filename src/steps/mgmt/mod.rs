//! `mgmt`, `mgmt-expect` and `mgmt-wait`: the kernel's management API, past bluetoothd.

mod call;
mod expect;
mod wait;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::fields::Fields;
use super::{Bench, Failure, Outcome, Step};
use crate::mgmt::client::Error;
use crate::mgmt::protocol::Status;
use crate::plan::DeviceName;
use call::{Call, Parameters};
pub use expect::MgmtExpect;
pub use wait::MgmtWait;

/// Send a command to the kernel's management API, and check what it answers.
///
/// The commands and their parameters are those of BlueZ's `doc/mgmt-protocol.rst`; `bttest mgmt commands`
/// lists them. It goes to the controller of the plan's adapter. Most commands need CAP_NET_ADMIN. Settings
/// of the controller that it changes are put back after the attempt.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "MgmtTable")]
#[schemars(with = "MgmtTable")]
pub struct Mgmt {
    call: Call,
    status: Option<Status>,
    reply: Fields,
}

/// [`Mgmt`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MgmtTable {
    /// The command, by its documented name: `Set Powered` or `set-powered`.
    #[schemars(extend("examples" = ["Set Powered"]))]
    command: String,
    /// Its parameters by their documented names: numbers; words for what has words; lists of words for sets
    /// of bits; hexadecimal text for octets.
    #[serde(default)]
    #[schemars(extend("examples" = [{ "powered": true }]))]
    with: Parameters,
    /// The device of the plan whose address it is about, instead of `address` and `address-type` in `with`.
    device: Option<DeviceName>,
    /// The status that the kernel is to answer. Without it, success.
    #[schemars(extend("examples" = ["not-powered"]))]
    status: Option<StatusWord>,
    /// What the fields of its reply must be: a value; a list, of which the field must have all; or a table
    /// with `in`, `contains`, `matches`, `present`, `less` or `greater`.
    #[serde(default)]
    reply: Fields,
}

impl TryFrom<MgmtTable> for Mgmt {
    type Error = String;

    fn try_from(table: MgmtTable) -> Result<Self, String> {
        let MgmtTable { command, with, device, status, reply } = table;
        let status = status.map(|StatusWord(status)| status);
        if status.is_some_and(|status| !status.is_success()) && !reply.is_empty() {
            return Err(
                "a command that fails has no `reply`; take `reply` or `status` out".to_owned()
            );
        }
        let call = Call::of(&command, with.0, device)?;
        reply.check(call.command.reply, &format!("the reply to {}", call.command.name))?;
        Ok(Self { call, status, reply })
    }
}

impl Step for Mgmt {
    const VERB: &'static str = "mgmt";
    const EXAMPLE: &'static str =
        r#"{ do = "mgmt", command = "Set Bondable", with = { bondable = true } }"#;
    const ASKS_KERNEL: bool = true;

    fn describe(&self) -> String {
        format!("mgmt {}", self.call)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        match (self.call.send(bench).await, self.status) {
            (Err(Error::Refused { status, .. }), Some(wanted)) if status == wanted => Ok(()),
            (Ok(Ok(_)), Some(wanted)) if !wanted.is_success() => Err(Failure::unmet(
                format!("{} succeeded", self.call.command.name),
                format!("status {}", wanted.word()),
                "status success",
            )),
            (Err(error), _) => Err(error.into()),
            (Ok(Err(failure)), _) => Err(failure),
            (Ok(Ok(reply)), _) => {
                let said = self.call.record(bench, &reply);
                expect(&self.reply, &said, || format!("the reply to {}", self.call.command.name))
            }
        }
    }
}

fn expect(wanted: &Fields, said: &Map<String, Value>, of: impl Fn() -> String) -> Outcome {
    if wanted.hold(said) {
        return Ok(());
    }
    Err(Failure::unmet(format!("{} is not as expected", of()), wanted.wanted(), wanted.seen(said)))
}

/// A status of the management API, by its word.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct StatusWord(Status);

impl TryFrom<String> for StatusWord {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        let help = "doc/mgmt-protocol.rst, Error Codes, has the list, such as \"not-powered\"";
        Status::named(&word)
            .map(Self)
            .ok_or_else(|| format!("`{word}` is no status of the kernel; {help}"))
    }
}

impl JsonSchema for StatusWord {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Status".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}
