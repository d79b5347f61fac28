//! What the agent's object, which BlueZ calls, shares with the steps that answer.

use std::sync::{Arc, Mutex};

use tokio::sync::{mpsc, watch};

use super::question::{Answers, Question, Reply};
use crate::association::Capability;
use crate::bluez::session::lock;

/// The agent's state.
#[derive(Debug)]
pub(super) struct Shared {
    /// What is answered where nobody listens.
    answers: Mutex<Answers>,
    /// With which capability BlueZ knows the agent, if it does.
    registered: Mutex<Option<Capability>>,
    listeners: Mutex<Vec<Listening>>,
    /// Counts how often BlueZ took back what it had asked.
    ended: watch::Sender<u64>,
}

/// A step that listens.
#[derive(Debug)]
struct Listening {
    /// The device that it answers for; none: for whichever has no other.
    device: Option<String>,
    questions: mpsc::UnboundedSender<Question>,
}

impl Shared {
    pub(super) fn new() -> Arc<Self> {
        let answers = Answers { pairing: Reply::Yes, service: Reply::Yes };
        Arc::new(Self {
            answers: Mutex::new(answers),
            registered: Mutex::default(),
            listeners: Mutex::default(),
            ended: watch::channel(0).0,
        })
    }

    pub(super) fn answers(&self) -> Answers {
        lock(&self.answers).clone()
    }

    pub(super) fn set_answers(&self, answers: Answers) {
        *lock(&self.answers) = answers;
    }

    pub(super) fn registered(&self) -> Option<Capability> {
        *lock(&self.registered)
    }

    pub(super) fn set_registered(&self, capability: Capability) {
        *lock(&self.registered) = Some(capability);
    }

    /// BlueZ does not know the agent any more, and waits for no answer of it. Whether it did.
    pub(super) fn released(&self) -> bool {
        self.end_questions();
        lock(&self.registered).take().is_some()
    }

    /// BlueZ waits for no answer any more.
    pub(super) fn end_questions(&self) {
        self.ended.send_modify(|times| *times += 1);
    }

    /// Changes when BlueZ takes back what it has asked.
    pub(super) fn ended(&self) -> watch::Receiver<u64> {
        self.ended.subscribe()
    }

    /// Who answers for a device.
    pub(super) fn listener(&self, device: &str) -> Option<mpsc::UnboundedSender<Question>> {
        let mut listeners = lock(&self.listeners);
        listeners.retain(|listening| !listening.questions.is_closed());
        let own = listeners.iter().find(|one| one.device.as_deref() == Some(device));
        let any = || listeners.iter().find(|one| one.device.is_none());
        own.or_else(any).map(|listening| listening.questions.clone())
    }

    /// From now on, questions go here, until the receiver is dropped.
    pub(super) fn listen(&self, device: Option<String>) -> mpsc::UnboundedReceiver<Question> {
        let (questions, asked) = mpsc::unbounded_channel();
        lock(&self.listeners).push(Listening { device, questions });
        asked
    }
}
