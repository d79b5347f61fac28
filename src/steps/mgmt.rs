//! `mgmt`, `mgmt-expect` and `mgmt-wait`: the kernel's management API, past bluetoothd.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::fields::Fields;
use super::kernel::{SET_POWERED, said};
use super::setting::SettingName;
use super::{Bench, Failure, Outcome, Step};
use crate::event::Event;
use crate::mgmt::client::{Error, Position, Told};
use crate::mgmt::protocol::{Command, EventKind, Message, Record, Status, command, event};
use crate::plan::{DeviceName, Span};

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

/// Check the settings of the controller as the kernel has them, or what a command answers.
///
/// Settings are those of Read Controller Information in BlueZ's `doc/mgmt-protocol.rst`, such as `powered`,
/// `le`, `secure-connections`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "MgmtExpectTable")]
#[schemars(with = "MgmtExpectTable")]
pub struct MgmtExpect {
    settings: Vec<(SettingName, bool)>,
    supported: Vec<SettingName>,
    within: Option<Span>,
    call: Option<(Call, Fields)>,
}

/// [`MgmtExpect`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MgmtExpectTable {
    /// Settings that must be on or off.
    #[serde(default)]
    #[schemars(with = "Map<String, Value>", extend("examples" = [{ "le": true, "privacy": false }]))]
    settings: BTreeMap<SettingName, bool>,
    /// Settings that the controller must be able to have.
    #[serde(default)]
    #[schemars(extend("examples" = [["secure-connections"]]))]
    supported: Vec<SettingName>,
    /// How long the settings may take to become so. Without it, they are looked at once.
    within: Option<Span>,
    /// A command that only asks, such as `Get PHY Configuration`.
    command: Option<String>,
    /// Its parameters.
    #[serde(default)]
    with: Parameters,
    /// The device of the plan that it is about.
    device: Option<DeviceName>,
    /// What the fields of its reply must be, as in `mgmt`.
    #[serde(default)]
    reply: Fields,
}

impl TryFrom<MgmtExpectTable> for MgmtExpect {
    type Error = String;

    fn try_from(table: MgmtExpectTable) -> Result<Self, String> {
        let MgmtExpectTable { settings, supported, within, command, with, device, reply } = table;
        if settings.is_empty() && supported.is_empty() && command.is_none() {
            return Err("nothing is expected; give `settings`, `supported` or `command`".to_owned());
        }
        if command.is_some() == reply.is_empty() {
            return Err(
                "`command` and `reply` go together; `mgmt` sends a command and asks for nothing"
                    .to_owned(),
            );
        }
        let call = command.map(|command| Call::of(&command, with.0, device)).transpose()?;
        let call = call.map(|call| {
            reply.check(call.command.reply, &format!("the reply to {}", call.command.name))?;
            Ok::<_, String>((call, reply))
        });
        let settings = settings.into_iter().collect();
        Ok(Self { settings, supported, within, call: call.transpose()? })
    }
}

impl MgmtExpect {
    fn wanted(&self) -> String {
        let state =
            |(word, on): &(SettingName, bool)| format!("{word} {}", if *on { "on" } else { "off" });
        let settings = self.settings.iter().map(state);
        let supported = self.supported.iter().map(|word| format!("{word} supported"));
        settings.chain(supported).collect::<Vec<_>>().join(", ")
    }

    /// Looks at the settings once.
    async fn look(&self, bench: &Bench) -> Outcome {
        let (supported, current) = bench.kernel_settings().await?;
        let (supported, current) = (supported.bits(), current.bits());
        let on = self.settings.iter().all(|(word, on)| current.has(word.as_str()) == *on);
        if on && self.supported.iter().all(|word| supported.has(word.as_str())) {
            return Ok(());
        }
        let seen = match self.supported.is_empty() {
            true => format!("on: {current}"),
            false => format!("on: {current}; supported: {supported}"),
        };
        Err(Failure::unmet("the controller is not as expected", self.wanted(), seen))
    }

    /// Looks again each time that the kernel tells something.
    async fn become_so(&self, bench: &Bench, within: Duration) -> Outcome {
        let client = bench.kernel_client()?;
        let deadline = tokio::time::Instant::now() + within;
        loop {
            let from = client.position();
            let looked = self.look(bench).await;
            if looked.as_ref().is_ok() || looked.as_ref().is_err_and(|f| f.cause.kind != "unmet") {
                return looked;
            }
            let news = client.wait_for(from, |_| Some(()));
            match tokio::time::timeout_at(deadline, news).await {
                Ok(told) => drop(told?),
                Err(_) => return looked,
            }
        }
    }
}

impl Step for MgmtExpect {
    const VERB: &'static str = "mgmt-expect";
    const EXAMPLE: &'static str =
        r#"{ do = "mgmt-expect", settings = { le = true, secure-connections = true } }"#;
    const ASKS_KERNEL: bool = true;

    fn describe(&self) -> String {
        let settings = self.wanted();
        let call = self.call.as_ref().map(|(call, reply)| format!("{call}: {}", reply.wanted()));
        let parts: Vec<String> = [settings, call.unwrap_or_default()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        format!("mgmt-expect {}", parts.join("; "))
    }

    fn limit(&self) -> Duration {
        self.within.map_or(Duration::ZERO, Duration::from) + Duration::from_secs(20)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        if !(self.settings.is_empty() && self.supported.is_empty()) {
            match self.within {
                Some(within) => self.become_so(bench, within.0).await?,
                None => self.look(bench).await?,
            }
        }
        let Some((call, wanted)) = &self.call else { return Ok(()) };
        let reply = call.send(bench).await??;
        let said = call.record(bench, &reply);
        expect(wanted, &said, || format!("the reply to {}", call.command.name))
    }
}

/// Wait until the kernel tells an event.
///
/// It may have been told already: what counts is what the kernel told since the attempt began, behind the
/// event that the last `mgmt-wait` has found. The kernel tells nobody what is its own doing: for `mgmt` the
/// reply is the news, and older kernels (6.1) keep even Device Disconnected from who has sent Disconnect. The events and their fields are those of BlueZ's
/// `doc/mgmt-protocol.rst`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "MgmtWaitTable")]
#[schemars(with = "MgmtWaitTable")]
pub struct MgmtWait {
    event: &'static EventKind,
    device: Option<DeviceName>,
    fields: Fields,
    within: Span,
}

/// [`MgmtWait`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MgmtWaitTable {
    /// The event, by its documented name: `Device Disconnected` or `device-disconnected`.
    #[schemars(extend("examples" = ["Device Disconnected"]))]
    event: String,
    /// The device of the plan that it is about. Without it, any.
    device: Option<DeviceName>,
    /// What its fields must be: a value; a list, of which the field must have all; or a table with `in`,
    /// `contains`, `matches`, `present`, `less` or `greater`.
    #[serde(default, rename = "where")]
    fields: Fields,
    /// How long to wait.
    #[serde(default = "ten_seconds")]
    within: Span,
}

fn ten_seconds() -> Span {
    Span(Duration::from_secs(10))
}

impl TryFrom<MgmtWaitTable> for MgmtWait {
    type Error = String;

    fn try_from(table: MgmtWaitTable) -> Result<Self, String> {
        let MgmtWaitTable { event: name, device, fields, within } = table;
        let event = event(&name)?;
        fields.check(event.parameters, event.name)?;
        if device.is_some() && event.parameters.iter().all(|field| field.name != "address") {
            return Err(format!("{} is about no device; take `device` out", event.name));
        }
        Ok(Self { event, device, fields, within })
    }
}

impl Step for MgmtWait {
    const VERB: &'static str = "mgmt-wait";
    const EXAMPLE: &'static str = r#"{ do = "mgmt-wait", event = "Device Disconnected", device = "headset", where = { reason = "remote-host" }, within = "5s" }"#;
    const ASKS_KERNEL: bool = true;

    fn describe(&self) -> String {
        let of = self.device.as_ref().map(|device| format!(" of {device}")).unwrap_or_default();
        let fields = match self.fields.is_empty() {
            true => String::new(),
            false => format!(" with {}", self.fields.wanted()),
        };
        format!("mgmt-wait {}{of}{fields}", self.event.word())
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(1)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let address = match &self.device {
            Some(name) => Some(bench.kernel_address(name)?.0),
            None => None,
        };
        let index = bench.kernel_index()?;
        let client = bench.kernel_client()?;
        let mut last = None;
        let wanted = |told: &Told| {
            let Message::Event { kind, index: of, record } = &*told.message else { return None };
            let about = *of == index
                && address.is_none_or(|address| record.address("address") == Some(address));
            if kind.code != self.event.code || !about {
                return None;
            }
            let said = said(record);
            if self.fields.hold(&said) {
                return Some((record.clone(), said));
            }
            last = Some(self.fields.seen(&said));
            None
        };
        let from = bench.kernel().unclaimed().get();
        let found = tokio::time::timeout(self.within.0, client.wait_for(from, wanted)).await;
        match found {
            Ok(Ok(((record, said), next))) => {
                self.claim(bench, &record, said, next);
                Ok(())
            }
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(self.unmet(last)),
        }
    }
}

impl MgmtWait {
    /// Notes that the event was found. Device Found is recorded only then: there are too many.
    fn claim(&self, bench: &Bench, record: &Record, said: Map<String, Value>, next: Position) {
        bench.kernel().unclaimed().set(next);
        if self.event.word() == "device-found"
            && let Some(object) = bench.told_of(record)
        {
            bench.record(Event::Kernel { what: self.event.word(), object, said });
        }
    }

    fn unmet(&self, last: Option<String>) -> Failure {
        let of = self.device.as_ref().map(|device| format!(" of {device}")).unwrap_or_default();
        let message =
            format!("the kernel did not tell {}{of} within {}", self.event.name, self.within);
        let seen = last.unwrap_or_else(|| "no such event".to_owned());
        let wanted = match self.fields.is_empty() {
            true => self.event.name.to_owned(),
            false => self.fields.wanted(),
        };
        Failure::unmet(message, wanted, seen)
    }
}

/// A command with its parameters.
#[derive(Debug)]
struct Call {
    command: &'static Command,
    with: Map<String, Value>,
    device: Option<DeviceName>,
}

impl Call {
    /// Sees that the command can be sent so.
    fn of(
        name: &str,
        with: Map<String, Value>,
        device: Option<DeviceName>,
    ) -> Result<Self, String> {
        let call = Self { command: command(name)?, with, device };
        let is_about_a_device = call.command.parameters.iter().any(|field| field.name == "address");
        if call.device.is_some() && !is_about_a_device {
            return Err(format!("{} is about no device; take `device` out", call.command.name));
        }
        let any = ("00:00:00:00:00:01".to_owned(), "le-public".to_owned());
        let arguments = call.arguments(call.device.as_ref().map(|_| any));
        match call.command.encode(&arguments) {
            Ok(_) => Ok(call),
            Err(error) => Err(format!("{}: {error}", call.command.name)),
        }
    }

    /// Its parameters, those of a device among them.
    fn arguments(&self, device: Option<(String, String)>) -> Map<String, Value> {
        let mut arguments = self.with.clone();
        if let Some((address, kind)) = device {
            for (name, value) in [("address", address), ("address-type", kind)] {
                let known = self.command.parameters.iter().any(|field| field.name == name);
                if known && !arguments.contains_key(name) {
                    arguments.insert(name.to_owned(), Value::from(value));
                }
            }
        }
        arguments
    }

    /// Sends it. Outside: what the kernel says of the command; inside: what is wrong with the bench.
    async fn send(&self, bench: &Bench) -> Result<Result<Record, Failure>, Error> {
        let prepared = async {
            let device = match &self.device {
                Some(name) => {
                    let (address, kind) = bench.kernel_address(name)?;
                    bench.touch(&bench.device(name)?);
                    Some((address.to_string(), kind.to_string()))
                }
                None => None,
            };
            if self.command.word().starts_with("set-") {
                bench.touch_kernel().await?;
            }
            Ok::<_, Failure>((
                self.arguments(device),
                bench.index_for(self.command)?,
                bench.kernel_client()?,
            ))
        };
        let (arguments, index, client) = match prepared.await {
            Ok(prepared) => prepared,
            Err(failure) => return Ok(Err(failure)),
        };
        let on = arguments
            .get("powered")
            .map(|value| value != &Value::Bool(false) && value != "off" && value != 0);
        if let Some(on) = on.filter(|_| self.command.code == SET_POWERED) {
            bench.touch_adapter("Powered");
            bench.health().off_by_plan().set(!on);
        }
        client.call(self.command, index, &arguments, DAY).await.map(Ok)
    }

    /// Records the reply, and gives what it said.
    fn record(&self, bench: &Bench, reply: &Record) -> Map<String, Value> {
        let said = said(reply);
        let object =
            bench.told_of(reply).or_else(|| bench.told_of(&Record::new())).unwrap_or_default();
        bench.record(Event::Kernel { what: self.command.word(), object, said: said.clone() });
        said
    }
}

/// The step has the time limit.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.command.word())?;
        if let Some(device) = &self.device {
            write!(f, " of {device}")?;
        }
        let secret = |name: &str| {
            self.command.parameters.iter().any(|field| field.name == name && field.is_secret())
        };
        for (name, value) in self.with.iter().filter(|(name, _)| !secret(name)) {
            match value {
                Value::String(text) => write!(f, " {name}={text}")?,
                other => write!(f, " {name}={other}")?,
            }
        }
        Ok(())
    }
}

fn expect(wanted: &Fields, said: &Map<String, Value>, of: impl Fn() -> String) -> Outcome {
    if wanted.hold(said) {
        return Ok(());
    }
    Err(Failure::unmet(format!("{} is not as expected", of()), wanted.wanted(), wanted.seen(said)))
}

/// Parameters of a command by name. What they must be is the command's to say.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
struct Parameters(Map<String, Value>);

impl JsonSchema for Parameters {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Parameters".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object" })
    }
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
