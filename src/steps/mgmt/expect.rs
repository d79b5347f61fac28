//! `mgmt-expect`: how the controller is in the kernel.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::call::{Call, Parameters};
use super::expect;
use crate::plan::{DeviceName, Span};
use crate::steps::fields::Fields;
use crate::steps::setting::SettingName;
use crate::steps::{Bench, Failure, Outcome, Step};

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
