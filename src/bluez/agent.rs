//! The tester's pairing agent: `org.bluez.Agent1` (`doc/org.bluez.Agent.rst`).
//!
//! BlueZ asks it what a person at a screen and a keyboard would be asked; the plan has given the answers.

use std::fmt;
use std::sync::{Arc, Mutex};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zbus::{ObjectPath, OwnedObjectPath};

use super::mirror::{Change, Mirror};
use super::session::lock;
use super::{ErrorKind, Result, Session};

pub(super) const PATH: &str = "/org/bttest/agent";
const MANAGER: &str = "org.bluez.AgentManager1";

/// What the tester's side can show and type (Core Specification, Vol 3, Part H, 2.3.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Capability {
    /// Shows a passkey, types nothing.
    DisplayOnly,
    /// Shows a passkey and says yes or no.
    DisplayYesNo,
    /// Types a passkey, shows nothing.
    KeyboardOnly,
    /// Neither: pairing "just works".
    #[default]
    NoInputNoOutput,
    /// Shows and types.
    KeyboardDisplay,
}

impl Capability {
    /// The word that BlueZ uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DisplayOnly => "DisplayOnly",
            Self::DisplayYesNo => "DisplayYesNo",
            Self::KeyboardOnly => "KeyboardOnly",
            Self::NoInputNoOutput => "NoInputNoOutput",
            Self::KeyboardDisplay => "KeyboardDisplay",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the agent answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answers {
    /// Yes or no to a number to compare, an authorisation, a service.
    pub confirm: bool,
}

/// The agent of a session. It is registered from [`Agent::register`] to [`Agent::unregister`].
#[derive(Debug, Clone)]
pub struct Agent {
    session: Session,
    answers: Arc<Mutex<Answers>>,
    registered: Arc<Mutex<Option<Capability>>>,
}

impl Agent {
    /// Serves the agent's object on the session's connection. BlueZ does not know of it yet.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn serve(session: &Session) -> Result<Self> {
        let answers = Arc::new(Mutex::new(Answers { confirm: true }));
        let object = Object { answers: answers.clone(), mirror: session.mirror().clone() };
        session.serve(PATH, object).await?;
        Ok(Self { session: session.clone(), answers, registered: Arc::default() })
    }

    /// Tells BlueZ of the agent, with a capability, and sets its answers. A client's own agent is asked
    /// for the pairings that this client starts.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub async fn register(&self, capability: Capability, answers: Answers) -> Result<()> {
        *lock(&self.answers) = answers;
        if *lock(&self.registered) == Some(capability) {
            return Ok(());
        }
        self.unregister().await?;
        let path = ObjectPath::from_static_str_unchecked(PATH);
        self.manager("RegisterAgent", &(path, capability.as_str())).await?;
        *lock(&self.registered) = Some(capability);
        Ok(())
    }

    /// Takes the agent away from BlueZ, if it is registered.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub async fn unregister(&self) -> Result<()> {
        if lock(&self.registered).take().is_none() {
            return Ok(());
        }
        let path = ObjectPath::from_static_str_unchecked(PATH);
        match self.manager("UnregisterAgent", &path).await {
            // A bluetoothd that was restarted has forgotten it already.
            Err(error) if error.kind == ErrorKind::DoesNotExist => Ok(()),
            other => other,
        }
    }

    /// bluetoothd left, and with it every registration.
    pub fn forgotten(&self) {
        lock(&self.registered).take();
    }

    async fn manager<B>(&self, method: &str, body: &B) -> Result<()>
    where
        B: Serialize + zbus::DynamicType,
    {
        self.session.call("/org/bluez", MANAGER, method, body).await.map(|_| ())
    }
}

/// The errors that an agent may answer.
#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.bluez.Error")]
enum Refusal {
    #[zbus(error)]
    ZBus(zbus::Error),
    Rejected(String),
}

type Answer<T> = std::result::Result<T, Refusal>;

/// The object that BlueZ calls.
#[derive(Debug, Clone)]
pub(super) struct Object {
    answers: Arc<Mutex<Answers>>,
    mirror: Mirror,
}

impl Object {
    fn told(&self, method: &str, device: &str, answer: &str) {
        self.mirror.tell(Change::Asked {
            method: method.to_owned(),
            path: device.to_owned(),
            answer: answer.to_owned(),
        });
    }

    fn confirm(&self, method: &str, device: &str) -> Answer<()> {
        if lock(&self.answers).confirm {
            self.told(method, device, "yes");
            Ok(())
        } else {
            self.told(method, device, "no");
            Err(Refusal::Rejected("the plan says no".to_owned()))
        }
    }

    fn cannot<T>(&self, method: &str, device: &str) -> Answer<T> {
        self.told(method, device, "no answer in the plan");
        Err(Refusal::Rejected("the plan has no answer for this".to_owned()))
    }

    fn shown(&self, method: &str, device: &str, answer: &str) -> Answer<()> {
        self.told(method, device, answer);
        Ok(())
    }
}

#[zbus::interface(name = "org.bluez.Agent1")]
impl Object {
    fn release(&self) -> std::result::Result<(), Refusal> {
        self.shown("Release", "", "")
    }

    fn cancel(&self) -> std::result::Result<(), Refusal> {
        self.shown("Cancel", "", "")
    }

    fn request_pin_code(&self, device: OwnedObjectPath) -> std::result::Result<String, Refusal> {
        self.cannot("RequestPinCode", device.as_str())
    }

    fn display_pin_code(
        &self,
        device: OwnedObjectPath,
        _pincode: String,
    ) -> std::result::Result<(), Refusal> {
        self.shown("DisplayPinCode", device.as_str(), "shown")
    }

    fn request_passkey(&self, device: OwnedObjectPath) -> std::result::Result<u32, Refusal> {
        self.cannot("RequestPasskey", device.as_str())
    }

    fn display_passkey(
        &self,
        device: OwnedObjectPath,
        _passkey: u32,
        _entered: u16,
    ) -> std::result::Result<(), Refusal> {
        self.shown("DisplayPasskey", device.as_str(), "shown")
    }

    fn request_confirmation(
        &self,
        device: OwnedObjectPath,
        _passkey: u32,
    ) -> std::result::Result<(), Refusal> {
        self.confirm("RequestConfirmation", device.as_str())
    }

    fn request_authorization(&self, device: OwnedObjectPath) -> std::result::Result<(), Refusal> {
        self.confirm("RequestAuthorization", device.as_str())
    }

    fn authorize_service(
        &self,
        device: OwnedObjectPath,
        _uuid: String,
    ) -> std::result::Result<(), Refusal> {
        self.confirm("AuthorizeService", device.as_str())
    }
}
