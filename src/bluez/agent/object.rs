//! The object that BlueZ calls: `org.bluez.Agent1`.
//!
//! The session lets bluetoothd alone call it. What is asked goes to the step that listens, or is answered as the last one
//! said; what was asked and the kind of answer are told, the numbers never.

use std::sync::Arc;

use tokio::sync::oneshot;
use zbus::OwnedObjectPath;

use super::question::{Matter, Question, Reply};
use super::shared::Shared;
use crate::bluez::mirror::{Change, Mirror};

/// The errors that an agent may answer.
#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.bluez.Error")]
enum Refusal {
    #[zbus(error)]
    ZBus(zbus::Error),
    Rejected(String),
    Canceled(String),
}

type Answer<T> = std::result::Result<T, Refusal>;

fn rejected<T>(why: &str) -> Answer<T> {
    Err(Refusal::Rejected(why.to_owned()))
}

/// The object that BlueZ calls.
#[derive(Debug, Clone)]
pub(in crate::bluez) struct Object {
    shared: Arc<Shared>,
    mirror: Mirror,
}

impl Object {
    pub(super) fn new(shared: Arc<Shared>, mirror: Mirror) -> Self {
        Self { shared, mirror }
    }

    fn told(&self, method: &str, device: &str, answer: &str) {
        self.mirror.tell(Change::Asked {
            method: method.to_owned(),
            path: device.to_owned(),
            answer: answer.to_owned(),
        });
    }

    /// What is answered, once that is known.
    async fn ask(&self, device: &str, matter: Matter) -> Answer<Reply> {
        let method = matter.method();
        // Before anybody learns of the question, so that no end of it is missed.
        let mut ended = self.shared.ended();
        let reply = match self.shared.listener(device) {
            None => self.shared.answers().to(&matter),
            Some(listener) => {
                let (reply, answered) = oneshot::channel();
                let path = device.to_owned();
                let question = Question { matter, device: path, reply, ended: ended.clone() };
                // A step that has just ended drops the question, which is no answer.
                let _ = listener.send(question);
                tokio::select! {
                    biased;
                    reply = answered => reply.unwrap_or(Reply::Nothing),
                    _ = ended.changed() => {
                        self.told(method, device, "withdrawn");
                        return Err(Refusal::Canceled("BlueZ took the question back".to_owned()));
                    }
                }
            }
        };
        self.told(method, device, reply.told());
        match reply {
            Reply::No => rejected("the plan says no"),
            Reply::Nothing => rejected("the plan has no answer for this"),
            Reply::Silence => {
                let _ = ended.changed().await;
                Err(Refusal::Canceled("BlueZ took the question back".to_owned()))
            }
            reply => Ok(reply),
        }
    }

    /// A yes, where that is all that is asked for.
    async fn confirm(&self, device: &str, matter: Matter) -> Answer<()> {
        self.ask(device, matter).await.map(|_| ())
    }

    /// Something for the person at the bench to see, which wants no answer.
    fn show(&self, device: &str, matter: Matter) {
        self.told(matter.method(), device, "shown");
        if let Some(listener) = self.shared.listener(device) {
            let (reply, _) = oneshot::channel();
            let ended = self.shared.ended();
            let _ = listener.send(Question { matter, device: device.to_owned(), reply, ended });
        }
    }

    /// Nothing that was asked is waited for any more.
    fn end(&self, method: &str) {
        self.told(method, "", "");
        self.shared.end_questions();
    }
}

#[zbus::interface(name = "org.bluez.Agent1")]
impl Object {
    fn release(&self) {
        self.end("Release");
        self.shared.released();
    }

    fn cancel(&self) {
        self.end("Cancel");
    }

    async fn request_pin_code(
        &self,
        device: OwnedObjectPath,
    ) -> std::result::Result<String, Refusal> {
        match self.ask(device.as_str(), Matter::PinCode).await? {
            Reply::Pin(pin) => Ok(pin),
            _ => rejected("the plan has no PIN"),
        }
    }

    fn display_pin_code(&self, device: OwnedObjectPath, pincode: String) {
        self.show(device.as_str(), Matter::ShownPin(pincode));
    }

    async fn request_passkey(&self, device: OwnedObjectPath) -> std::result::Result<u32, Refusal> {
        match self.ask(device.as_str(), Matter::Passkey).await? {
            Reply::Passkey(passkey) => Ok(passkey),
            _ => rejected("the plan has no passkey"),
        }
    }

    fn display_passkey(&self, device: OwnedObjectPath, passkey: u32, _entered: u16) {
        self.show(device.as_str(), Matter::ShownPasskey(passkey));
    }

    async fn request_confirmation(
        &self,
        device: OwnedObjectPath,
        passkey: u32,
    ) -> std::result::Result<(), Refusal> {
        self.confirm(device.as_str(), Matter::Confirmation(passkey)).await
    }

    async fn request_authorization(
        &self,
        device: OwnedObjectPath,
    ) -> std::result::Result<(), Refusal> {
        self.confirm(device.as_str(), Matter::Authorization).await
    }

    async fn authorize_service(
        &self,
        device: OwnedObjectPath,
        uuid: String,
    ) -> std::result::Result<(), Refusal> {
        self.confirm(device.as_str(), Matter::Service(uuid)).await
    }
}
