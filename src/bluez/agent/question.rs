//! What BlueZ asks an agent, and what it can be answered.
//!
//! PINs and passkeys are in here and nowhere beyond: no type of this file shows one.

use std::fmt;

use tokio::sync::{oneshot, watch};

/// What an agent is asked, or shown (`doc/org.bluez.Agent.rst`).
#[derive(Clone, PartialEq, Eq)]
pub enum Matter {
    /// The PIN that the device's user has chosen or the device is known to have, of 1 to 16 characters.
    PinCode,
    /// The passkey that the device shows.
    Passkey,
    /// Whether the device shows this number too.
    Confirmation(u32),
    /// Whether the device may pair, where nothing is compared or typed.
    Authorization,
    /// Whether the device may use this service.
    Service(String),
    /// Nothing is asked: the device's user is to type this PIN.
    ShownPin(String),
    /// Nothing is asked: the device's user is to type this passkey. Told again with each key that is typed.
    ShownPasskey(u32),
}

impl Matter {
    /// The method of `org.bluez.Agent1`.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self {
            Self::PinCode => "RequestPinCode",
            Self::Passkey => "RequestPasskey",
            Self::Confirmation(_) => "RequestConfirmation",
            Self::Authorization => "RequestAuthorization",
            Self::Service(_) => "AuthorizeService",
            Self::ShownPin(_) => "DisplayPinCode",
            Self::ShownPasskey(_) => "DisplayPasskey",
        }
    }

    /// What there is to see for the person at the bench: a passkey in six digits, or a PIN.
    #[must_use]
    pub fn shown(&self) -> Option<String> {
        match self {
            Self::Confirmation(number) | Self::ShownPasskey(number) => Some(format!("{number:06}")),
            Self::ShownPin(pin) => Some(pin.clone()),
            Self::PinCode | Self::Passkey | Self::Authorization | Self::Service(_) => None,
        }
    }

    /// Whether it wants no answer.
    #[must_use]
    pub fn is_only_shown(&self) -> bool {
        matches!(self, Self::ShownPin(_) | Self::ShownPasskey(_))
    }
}

impl fmt::Debug for Matter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.method())
    }
}

/// What an agent says.
#[derive(Clone, PartialEq, Eq)]
pub enum Reply {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Nothing, until BlueZ gives up.
    Silence,
    /// There is no answer in the plan, which is a no.
    Nothing,
    /// What was typed where a PIN is asked for.
    Pin(String),
    /// What was typed where a passkey is asked for.
    Passkey(u32),
}

impl Reply {
    /// The reply as it may be told.
    pub(super) fn told(&self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Silence => "no answer",
            Self::Nothing => "no answer in the plan",
            Self::Pin(_) | Self::Passkey(_) => "typed",
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.told())
    }
}

/// A question on its way to whoever answers.
#[derive(Debug)]
pub struct Question {
    /// What is asked.
    pub matter: Matter,
    /// Object path of the device that it is about.
    pub device: String,
    pub(super) reply: oneshot::Sender<Reply>,
    /// Changes when BlueZ takes the question back.
    pub(super) ended: watch::Receiver<u64>,
}

impl Question {
    /// Answers it. Where BlueZ has taken it back in the meantime, nobody hears.
    pub fn answer(self, reply: Reply) -> Asked {
        let _ = self.reply.send(reply);
        Asked { ended: self.ended }
    }

    /// Waits until BlueZ takes the question back, by Cancel or Release, or by leaving.
    pub async fn withdrawn(&mut self) {
        // Where the agent is gone, so is the question.
        let _ = self.ended.changed().await;
    }
}

/// A question that was answered.
#[derive(Debug)]
pub struct Asked {
    ended: watch::Receiver<u64>,
}

impl Asked {
    /// As [`Question::withdrawn`]: also silence ends so.
    pub async fn withdrawn(&mut self) {
        let _ = self.ended.changed().await;
    }
}

/// What the agent says where no step listens: after the pairing that it was registered for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// To everything that is asked in a pairing.
    pub pairing: Reply,
    /// To a service that the device wants to use.
    pub service: Reply,
}

impl Answers {
    /// The answer to a question.
    pub(super) fn to(&self, matter: &Matter) -> Reply {
        match (matter, &self.pairing) {
            (Matter::Service(_), _) => self.service.clone(),
            (Matter::PinCode | Matter::Passkey, Reply::Yes) => Reply::Nothing,
            (_, reply) => reply.clone(),
        }
    }
}
