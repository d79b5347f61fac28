//! A command of the management API in a plan: checked with the plan, sent with the address of a device.

use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::event::Event;
use crate::mgmt::client::Error;
use crate::mgmt::protocol::{Command, Record, command};
use crate::plan::DeviceName;
use crate::steps::kernel::{SET_POWERED, said};
use crate::steps::{Bench, Failure};

/// A command with its parameters.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) command: &'static Command,
    with: Map<String, Value>,
    device: Option<DeviceName>,
}

impl Call {
    /// Sees that the command can be sent so.
    pub(super) fn of(
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
    pub(super) async fn send(&self, bench: &Bench) -> Result<Result<Record, Failure>, Error> {
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
                bench.index_for(self.command, self.device.as_ref())?,
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
    pub(super) fn record(&self, bench: &Bench, reply: &Record) -> Map<String, Value> {
        let said = said(reply);
        let adapter = self.device.as_ref().map_or(bench.adapter(), |name| bench.adapter_of(name));
        let of_adapter = || bench.told_of(&Record::new(), adapter);
        let object = bench.told_of(reply, adapter).or_else(of_adapter).unwrap_or_default();
        bench.record(Event::Kernel { what: self.command.word(), object, said: said.clone() });
        said
    }
}

/// The step has the time limit.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

/// Parameters of a command by name. What they must be is the command's to say.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Parameters(pub(super) Map<String, Value>);

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
