//! Pairing that BlueZ begins by itself, in the middle of another step: a protected attribute is used, and the link is
//! not encrypted.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::timeout;

use super::super::{Bench, Failure, Outcome};
use super::answer::{Consent, Passkey, Pin, Source};
use super::person::{End, Manners, Person};
use crate::association::Capability;
use crate::bluez::{Device, Error, ErrorKind};
use crate::plan::DeviceName;

/// How long BlueZ may take to answer once there will be no pairing. Less than the two seconds after which 5.87 drops the
/// link: whether it has, is not to be chance.
const ANSWER: Duration = Duration::from_millis(1500);

/// How the bench answers when BlueZ pairs by itself; as in `pair`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(from = "OnDemandTable")]
#[schemars(with = "OnDemandTable", inline)]
pub(in super::super) struct OnDemand {
    agent: Capability,
    manners: Manners,
}

/// [`OnDemand`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct OnDemandTable {
    /// What the tester's side can show and type.
    #[serde(default)]
    agent: Capability,
    /// What the agent says to a number to compare and to the pairing itself; `"silent"`: nothing.
    #[serde(default)]
    confirm: Consent,
    /// What is typed where BlueZ asks for the passkey that the device shows.
    passkey: Option<Source<Passkey>>,
    /// What is typed where BlueZ asks for a PIN.
    pin: Option<Source<Pin>>,
    /// A command of the device's `control` to run when BlueZ asks something. Needs `--allow-exec`.
    #[schemars(extend("x-refers-to" = "control", "examples" = ["type-passkey"]))]
    when_asked: Option<String>,
}

impl From<OnDemandTable> for OnDemand {
    fn from(table: OnDemandTable) -> Self {
        let OnDemandTable { agent, confirm, passkey, pin, when_asked } = table;
        let manners = Manners { confirm, passkey, pin, when_asked, ..Manners::default() };
        Self { agent, manners }
    }
}

impl OnDemand {
    /// Whether a command is run.
    pub(in super::super) fn executes(&self) -> bool {
        self.manners.executes()
    }

    /// What of it may appear in no output.
    pub(in super::super) fn secrets(&self) -> Vec<String> {
        self.manners.secrets()
    }

    /// Does something, and answers what BlueZ asks about the device meanwhile.
    ///
    /// Where pairing does not come about, bluetoothd never answers what was asked of it (seen on 5.66 and 5.82): the
    /// step ends as if it had said that the device is not paired.
    pub(in super::super) async fn during<T>(
        &self,
        bench: &Bench,
        name: &DeviceName,
        device: &Device,
        work: impl Future<Output = Outcome<T>>,
    ) -> Outcome<T> {
        // The first agent makes the adapter pairable, and the last one to leave takes that back.
        bench.touch_adapter("Pairable");
        bench.touch(device);
        let person = Person::new(bench, name, &self.manners);
        let mut questions = bench.agent().listen(Some(device.path()));
        bench.agent().register(self.agent, self.manners.answers()).await?;
        // Nobody has called Pair: then BlueZ asks the default agent.
        bench.agent().make_default().await?;
        tokio::pin!(work);
        let outcome = tokio::select! {
            biased;
            end = person.attend(&mut questions) => match timeout(ANSWER, work).await {
                Ok(outcome) => outcome,
                Err(_) => Err(not_paired(name, end)),
            },
            outcome = &mut work => outcome,
        };
        match person.failure() {
            Some(failure) => Err(failure),
            None => outcome,
        }
    }
}

fn not_paired(name: &DeviceName, end: End) -> Failure {
    let message = match end {
        End::Refused => "the agent said no to the pairing, and BlueZ answers nothing",
        End::Withdrawn => "BlueZ took back what it had asked, and answers nothing",
    };
    Error {
        kind: ErrorKind::NotPaired,
        name: String::new(),
        message: message.to_owned(),
        call: format!("the use of a protected value of {name}"),
    }
    .into()
}
