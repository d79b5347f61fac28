//! The tester's pairing agent: `org.bluez.Agent1` (`doc/org.bluez.Agent.rst`).
//!
//! BlueZ asks it what a person at a screen and a keyboard would be asked; the plan has given the answers.

mod object;
mod question;
mod shared;

use std::sync::Arc;

use serde::Serialize;
use tokio::sync::mpsc;
use zbus::ObjectPath;

pub use question::{Answers, Asked, Matter, Question, Reply};

use super::{ErrorKind, Result, Session};
use crate::association::Capability;
use object::Object;
use shared::Shared;

pub(super) const PATH: &str = "/org/bttest/agent";
const MANAGER: &str = "org.bluez.AgentManager1";

/// The agent of a session. It is registered from [`Agent::register`] to [`Agent::unregister`].
#[derive(Debug, Clone)]
pub struct Agent {
    session: Session,
    shared: Arc<Shared>,
}

impl Agent {
    /// Serves the agent's object on the session's connection. BlueZ does not know of it yet.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn serve(session: &Session) -> Result<Self> {
        let shared = Shared::new();
        session.serve(PATH, Object::new(shared.clone(), session.mirror().clone())).await?;
        Ok(Self { session: session.clone(), shared })
    }

    /// Tells BlueZ of the agent, with a capability, and sets its answers. A client's own agent is asked
    /// for the pairings that this client starts.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub async fn register(&self, capability: Capability, answers: Answers) -> Result<()> {
        self.shared.set_answers(answers);
        if self.shared.registered() == Some(capability) {
            return Ok(());
        }
        self.unregister().await?;
        self.manager("RegisterAgent", &(path(), capability.as_str())).await?;
        self.shared.set_registered(capability);
        Ok(())
    }

    /// Makes the agent the one that is asked for pairings that nobody on this host has started.
    ///
    /// # Errors
    /// What BlueZ answered; `does-not-exist` where the agent is not registered.
    pub async fn make_default(&self) -> Result<()> {
        self.manager("RequestDefaultAgent", &path()).await
    }

    /// Takes the agent away from BlueZ, if it is registered.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub async fn unregister(&self) -> Result<()> {
        if !self.shared.released() {
            return Ok(());
        }
        match self.manager("UnregisterAgent", &path()).await {
            // A bluetoothd that was restarted has forgotten it already.
            Err(error) if error.kind == ErrorKind::DoesNotExist => Ok(()),
            other => other,
        }
    }

    /// bluetoothd left, and with it every registration.
    pub fn forgotten(&self) {
        self.shared.released();
    }

    /// What BlueZ asks about a device from now on, until this is dropped; none: about any device that nobody
    /// else listens for. Each question must be answered; what is dropped is a no.
    #[must_use]
    pub fn listen(&self, device: Option<&str>) -> mpsc::UnboundedReceiver<Question> {
        self.shared.listen(device.map(str::to_owned))
    }

    async fn manager<B>(&self, method: &str, body: &B) -> Result<()>
    where
        B: Serialize + zbus::DynamicType,
    {
        self.session.call("/org/bluez", MANAGER, method, body).await.map(|_| ())
    }
}

fn path() -> ObjectPath<'static> {
    ObjectPath::from_static_str_unchecked(PATH)
}
