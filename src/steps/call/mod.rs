//! `call`: a method of BlueZ for which there is no step of its own.

mod api;
mod interface;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use super::condition::Comparison;
use super::failure::shown;
use super::object::{ObjectName, Whereabouts};
use super::{Bench, Failure, Outcome, Step};
use crate::bluez::check_argument;
use crate::event::{Event, Object};
use crate::plan::DeviceName;
pub(super) use api::{interface, property};
pub use interface::InterfaceName;

/// Call a method of BlueZ, and check what it answers.
///
/// For what has no step of its own: a player's buttons, a network, a set of devices, a call on a phone. The method and
/// its arguments are those of BlueZ's documents (`org.bluez.*`), and are checked with the plan. What the call changes
/// is not put back, but for the bond and the link of the device.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "CallTable")]
#[schemars(with = "CallTable")]
pub struct Call {
    method: api::Method,
    with: Vec<Value>,
    device: Option<DeviceName>,
    object: Option<ObjectName>,
    reply: Option<Comparison>,
}

/// [`Call`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CallTable {
    /// The method with its interface; `org.bluez.` can be left out.
    #[schemars(extend("examples" = ["MediaPlayer1.Play"]))]
    method: String,
    /// Its arguments, in their order: texts, numbers, switches; a list of texts; bytes in hexadecimal digits; a table
    /// of options, in which a number says what it is: `{ int16 = -70 }`.
    #[serde(default)]
    with: Arguments,
    /// The device of the plan that has the object; without it, the adapter.
    device: Option<DeviceName>,
    /// The end of the object's path, where several below the device have the interface. Without it, the first.
    object: Option<ObjectName>,
    /// What its answer must be, as in `expect`: a table with `equals`, `in`, `contains`, `matches`, `present`, `less` or
    /// `greater`.
    reply: Option<Comparison>,
}

/// Arguments of a method. What they must be is the method's to say.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
struct Arguments(Vec<Value>);

impl JsonSchema for Arguments {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Arguments".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "array" })
    }
}

impl TryFrom<CallTable> for Call {
    type Error = String;

    fn try_from(table: CallTable) -> Result<Self, String> {
        let CallTable { method, with: Arguments(with), device, object, reply } = table;
        let method = api::method(&method)?;
        let short = method.short();
        if with.len() != method.arguments.len() {
            let names = method.arguments.iter().map(|argument| argument.name.as_str());
            let wanted = match names.collect::<Vec<_>>().join(", ") {
                none if none.is_empty() => "no arguments; take `with` out".to_owned(),
                names => format!("the arguments {names}; write them as `with = [ … ]`"),
            };
            return Err(format!("{short} takes {wanted}"));
        }
        for (argument, value) in method.arguments.iter().zip(&with) {
            check_argument(&argument.kind, value)
                .map_err(|error| format!("{short}, {}: {error}", argument.name))?;
        }
        Ok(Self { method, with, device, object, reply })
    }
}

impl Step for Call {
    const VERB: &'static str = "call";
    const EXAMPLE: &'static str =
        r#"{ do = "call", device = "headset", method = "MediaPlayer1.Play" }"#;

    fn describe(&self) -> String {
        let of = self.device.as_ref().map_or_else(String::new, |device| format!(" of {device}"));
        let with: Vec<String> = self.with.iter().map(|value| shown(Some(value))).collect();
        format!("call {}({}){of}", self.method.short(), with.join(", "))
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let interface = self.method.interface.clone();
        let place = Whereabouts::of(bench, self.device.as_ref(), self.object.as_ref(), interface)?;
        if let Some(name) = &self.device {
            bench.touch(&bench.device(name)?);
        }
        let mirror = bench.session().mirror();
        let found = mirror
            .read(|tree| place.path(tree).map(str::to_owned).ok_or_else(|| place.absent(tree)));
        let path = found?;
        let kinds = self.method.arguments.iter().map(|argument| argument.kind.as_str());
        let arguments: Vec<(&str, &Value)> = kinds.zip(&self.with).collect();
        let Call { method, .. } = self;
        let call = bench.session().call_by_name(&path, &method.interface, &method.name, &arguments);
        let answer = call.await?.into_iter().next();
        self.judge(bench, path, answer)
    }
}

impl Call {
    /// Records the answer, and sees whether it is as wanted.
    fn judge(&self, bench: &Bench, path: String, answer: Option<Value>) -> Outcome {
        if let Some(answer) = answer.clone() {
            let name = self.device.as_ref().map_or(bench.adapter().name(), |name| name.0.as_str());
            let object = Object { name: name.to_owned(), path };
            let properties = [(format!("{}()", self.method.short()), answer)].into();
            bench.record(Event::Inspected { object, properties });
        }
        match &self.reply {
            Some(reply) if !reply.holds(answer.as_ref()) => Err(Failure::unmet(
                format!("the answer to {} is not as expected", self.method.short()),
                format!("answer {}", reply.told()),
                shown(answer.as_ref()),
            )),
            _ => Ok(()),
        }
    }
}
