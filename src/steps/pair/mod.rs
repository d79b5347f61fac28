//! `pair` and `cancel-pairing`.

mod answer;
mod association;
mod on_demand;
mod person;

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::sleep;

use super::restore::Ongoing;
use super::{Bench, Failure, Outcome, Step, matching};
use crate::association::{self as core, Capability};
use crate::bluez::{Device, Error, ErrorKind, Tree};
use crate::plan::{DeviceName, Span};
pub(super) use answer::Consent;
use answer::{Passkey, Pin, Source};
use association::Sides;
pub(super) use on_demand::OnDemand;
use person::{End, Manners, Person};

/// Pair with a device and make a bond, with bttest as the pairing agent.
///
/// What a person at the bench would see and type is in the plan: `confirm`, `passkey`, `pin`. Passkeys and
/// PINs appear in no output; give them as secret variables where the plan itself is shown around.
///
/// The bond is forgotten again after the case, unless the case keeps bonds. A device that is paired
/// already answers `already-exists`: forget it first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "PairTable")]
#[schemars(with = "PairTable")]
pub struct Pair {
    device: DeviceName,
    agent: Capability,
    without_agent: bool,
    initiator: Initiator,
    start: Option<String>,
    manners: Manners,
    cancel_after: Option<Span>,
    theirs: Option<Capability>,
    secure_connections: bool,
}

/// [`Pair`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PairTable {
    /// The device of the plan.
    device: DeviceName,
    /// What the tester's side can show and type.
    #[serde(default)]
    agent: Capability,
    /// `true`: pair without an agent of this run. BlueZ then asks another program's default agent, or nobody.
    #[serde(default)]
    without_agent: bool,
    /// Which side begins. `device`: wait until the device pairs, as the agent that BlueZ asks for everybody.
    /// It must find the adapter first: `{ do = "adapter", discoverable = true, pairable = true }`.
    #[serde(default)]
    initiator: Initiator,
    /// With `initiator = "device"`: the command of the device's `control` that makes it begin, run when
    /// everything is ready for it. Needs `--allow-exec`.
    #[schemars(extend("x-refers-to" = "control", "examples" = ["press-pair"]))]
    start: Option<String>,
    /// What the agent says to what it is asked in the pairing: to a number to compare, to the pairing itself.
    /// `false` refuses whatever is asked, a passkey and a PIN too. `"silent"` answers nothing, until BlueZ
    /// or the device gives up.
    #[serde(default)]
    confirm: Consent,
    /// What it says when the device wants to use a service and is not trusted, here and for the rest of the
    /// case.
    #[serde(default)]
    authorize: Consent,
    /// What is typed where BlueZ asks for the passkey that the device shows: a number of six digits, or where
    /// to read it, `{ file = "…" }` or `{ command = "…" }`. Without it, the question is refused.
    #[schemars(extend("examples" = ["${passkey}"]))]
    passkey: Option<Source<Passkey>>,
    /// What is typed where BlueZ asks for a PIN, as devices before Bluetooth 2.1 want it; as `passkey`.
    #[schemars(extend("examples" = ["${pin}"]))]
    pin: Option<Source<Pin>>,
    /// A command of the device's `control` to run when BlueZ asks something in the pairing or shows a number,
    /// before it is answered. What it shows is in BTTEST_PASSKEY, for the device's user to type or compare.
    /// Needs `--allow-exec`.
    #[schemars(extend("x-refers-to" = "control", "examples" = ["type-passkey"]))]
    when_asked: Option<String>,
    /// Cancel the pairing when it has taken so long; BlueZ then answers `authentication-canceled`.
    cancel_after: Option<Span>,
    /// What the device can show and type. With it, the step fails where BlueZ asks the agent something else
    /// than the Core Specification says for the two (Vol 3, Part H, 2.3.5.1, and for BR/EDR Part C,
    /// 5.2.2.4): nothing, a number to compare, or a passkey, and on which side it is typed.
    device_io_capability: Option<Capability>,
    /// Whether both sides know LE Secure Connections; `false`: LE legacy pairing, which compares no numbers.
    /// It matters with `device-io-capability` on LE alone.
    secure_connections: Option<bool>,
}

/// Which side begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Initiator {
    /// The bench.
    #[default]
    Bench,
    /// The device.
    Device,
}

impl TryFrom<PairTable> for Pair {
    type Error = &'static str;

    fn try_from(table: PairTable) -> Result<Self, Self::Error> {
        let by_device = table.initiator == Initiator::Device;
        if table.without_agent && (by_device || table.device_io_capability.is_some()) {
            return Err(
                "without an agent nothing is asked here; take `without-agent` out, or what asks for one",
            );
        }
        if table.start.is_some() && !by_device {
            return Err(
                "the bench begins by itself; take `start` out, or write `initiator = \"device\"`",
            );
        }
        if table.cancel_after.is_some() && by_device {
            return Err(
                "BlueZ cancels what it began itself; take `cancel-after` or `initiator` out",
            );
        }
        if table.secure_connections.is_some() && table.device_io_capability.is_none() {
            return Err(
                "`secure-connections` is about what is checked; write `device-io-capability` too",
            );
        }
        Ok(Self {
            device: table.device,
            agent: table.agent,
            without_agent: table.without_agent,
            initiator: table.initiator,
            start: table.start,
            manners: Manners {
                confirm: table.confirm,
                authorize: table.authorize,
                passkey: table.passkey,
                pin: table.pin,
                when_asked: table.when_asked,
            },
            cancel_after: table.cancel_after,
            theirs: table.device_io_capability,
            secure_connections: table.secure_connections.unwrap_or(true),
        })
    }
}

impl Step for Pair {
    const VERB: &'static str = "pair";
    const EXAMPLE: &'static str =
        r#"{ do = "pair", device = "headset", agent = "NoInputNoOutput" }"#;

    fn describe(&self) -> String {
        match self.initiator {
            Initiator::Bench => format!("pair {}", self.device),
            Initiator::Device => format!("pair {}, which begins", self.device),
        }
    }

    /// BlueZ gives a person 60 s to answer its agent.
    fn limit(&self) -> Duration {
        Duration::from_secs(65)
    }

    fn executes(&self) -> bool {
        self.manners.executes() || self.start.is_some()
    }

    fn secrets(&self) -> Vec<String> {
        self.manners.secrets()
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        // The first agent makes the adapter pairable, and the last one to leave takes that back.
        bench.touch_adapter("Pairable");
        let answers = self.manners.answers();
        let person = Person::new(bench, &self.device, &self.manners);
        let outcome = match self.initiator {
            Initiator::Bench => {
                let device = bench.device(&self.device)?;
                let mut questions = bench.agent().listen(Some(device.path()));
                match self.without_agent {
                    true => bench.agent().unregister().await?,
                    false => bench.agent().register(self.agent, answers).await?,
                }
                tokio::select! {
                    biased;
                    // Whatever the person says, it is BlueZ that tells how the pairing ends.
                    never = person.attend_on(&mut questions) => match never {},
                    outcome = self.pairs(bench, &device) => outcome,
                }
            }
            Initiator::Device => {
                let mut questions = bench.agent().listen(None);
                bench.agent().register(self.agent, answers).await?;
                bench.agent().make_default().await?;
                tokio::select! {
                    biased;
                    end = person.attend(&mut questions) => Err(self.ended(end)),
                    outcome = self.is_paired_with(bench) => outcome,
                }
            }
        };
        match person.failure() {
            Some(failure) => Err(failure),
            None => self.checked(bench, &person, outcome),
        }
    }
}

impl Pair {
    /// Pairs, and cancels it where the plan says so.
    async fn pairs(&self, bench: &Bench, device: &Device) -> Outcome {
        let pairing = bench.ongoing(device, Ongoing::Pairing, device.pair());
        tokio::pin!(pairing);
        let paired = match self.cancel_after {
            None => pairing.await,
            Some(Span(after)) => tokio::select! {
                biased;
                paired = &mut pairing => paired,
                () = sleep(after) => {
                    match device.cancel_pairing().await {
                        // It ended in the meantime.
                        Err(error) if error.kind == ErrorKind::DoesNotExist => {}
                        other => other?,
                    }
                    pairing.await
                }
            },
        };
        paired?;
        bench.saw("BlueZ answered that it is paired; Paired was not yet true");
        device.wait_until("Paired", |value| value == &Value::Bool(true)).await?;
        Ok(())
    }

    /// Waits until the device has paired. On BR/EDR bluetoothd shows Bonded when the keys are stored, and Paired only
    /// when it has read the device's services, which may be never (seen on 5.82).
    async fn is_paired_with(&self, bench: &Bench) -> Outcome {
        if let Ok(device) = bench.device(&self.device) {
            bench.touch(&device);
            if device.is("Paired") {
                return Err(Error {
                    kind: ErrorKind::AlreadyExists,
                    name: String::new(),
                    message: String::new(),
                    call: format!("waiting until {} pairs", self.device),
                }
                .into());
            }
        }
        if let Some(command) = &self.start {
            bench.control(&self.device, command).await?;
        }
        bench.saw("the device has not paired");
        let criteria = bench.criteria(&self.device);
        let prefix = format!("{}/", bench.adapter_of(&self.device).path());
        let paired = |tree: &Tree| {
            let mut devices = tree.with_interface(Device::INTERFACE);
            let found = devices.find(|(path, properties)| {
                path.starts_with(&prefix)
                    && ["Paired", "Bonded"]
                        .iter()
                        .any(|name| properties.get(*name) == Some(&Value::Bool(true)))
                    && matching::matches(&criteria, properties)
            });
            found.map(|(path, _)| path.to_owned())
        };
        let path = bench.session().mirror().wait_for(paired).await?;
        let device = Device::at(bench.session(), &path);
        bench.touch(&device);
        bench.recognise(&self.device, &device);
        Ok(())
    }

    /// A pairing that the device began, and that did not come about. BlueZ tells nobody how it ends.
    fn ended(&self, end: End) -> Failure {
        let (kind, message) = match end {
            End::Refused => (ErrorKind::AuthenticationRejected, "the agent said no"),
            End::Withdrawn => {
                (ErrorKind::AuthenticationCanceled, "BlueZ took back what it had asked")
            }
        };
        Error {
            kind,
            name: String::new(),
            message: message.to_owned(),
            call: format!("{}'s pairing", self.device),
        }
        .into()
    }

    /// The outcome, held against the Core Specification where the plan says what the device can. One that
    /// failed before anything was asked says nothing of that.
    fn checked(&self, bench: &Bench, person: &Person<'_>, outcome: Outcome) -> Outcome {
        let Some(theirs) = self.theirs else { return outcome };
        let asked = person.asked();
        if outcome.is_err() && asked.is_empty() {
            return outcome;
        }
        let initiator = match self.initiator {
            Initiator::Bench => core::Initiator::Bench,
            Initiator::Device => core::Initiator::Device,
        };
        let secure_connections = self.secure_connections;
        let sides = Sides { ours: self.agent, theirs, initiator, secure_connections };
        sides.check(bench, &self.device, &asked)?;
        outcome
    }
}

/// Cancel a pairing that is under way.
///
/// When none is, BlueZ answers `does-not-exist`, and drops the device's key and its link all the same. To
/// cancel one in the middle, see `cancel-after` of `pair`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CancelPairing {
    /// The device of the plan.
    device: DeviceName,
}

impl Step for CancelPairing {
    const VERB: &'static str = "cancel-pairing";
    const EXAMPLE: &'static str = r#"{ do = "cancel-pairing", device = "headset" }"#;

    fn describe(&self) -> String {
        format!("cancel pairing with {}", self.device)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        bench.device(&self.device)?.cancel_pairing().await?;
        Ok(())
    }
}
