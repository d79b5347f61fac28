//! The person at the bench, played by the plan: answers what BlueZ asks about a device for as long as it
//! pairs, and remembers what that was.

use std::cell::RefCell;
use std::convert::Infallible;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use tokio::sync::mpsc::UnboundedReceiver;

use super::super::command::Confidence;
use super::super::{Bench, Failure, matching};
use super::answer::{Consent, Passkey, Pin, Source, Typed};
use crate::bluez::{Answers, Device, Matter, Question, Reply};
use crate::plan::DeviceName;

/// The longest first line of a file that can be a passkey or a PIN, in bytes.
const LINE: u64 = 256;

/// How an answer has ended a pairing, as far as the person can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The person has said no.
    Refused,
    /// BlueZ took its question back.
    Withdrawn,
}

/// What the plan has the person say and type.
#[derive(Debug, Default)]
pub(super) struct Manners {
    /// To what is asked in the pairing.
    pub(super) confirm: Consent,
    /// To the device's wish to use a service.
    pub(super) authorize: Consent,
    pub(super) passkey: Option<Source<Passkey>>,
    pub(super) pin: Option<Source<Pin>>,
    /// A command of the device's `control` that is run before a question is answered.
    pub(super) when_asked: Option<String>,
}

impl Manners {
    /// What the agent answers by itself.
    pub(super) fn answers(&self) -> Answers {
        Answers { pairing: self.confirm.into(), service: self.authorize.into() }
    }

    /// Whether a command is run.
    pub(super) fn executes(&self) -> bool {
        let passkey = self.passkey.as_ref().is_some_and(Source::is_command);
        let pin = self.pin.as_ref().is_some_and(Source::is_command);
        passkey || pin || self.when_asked.is_some()
    }

    /// What of it may appear in no output.
    pub(super) fn secrets(&self) -> Vec<String> {
        let passkey = self.passkey.as_ref().and_then(Source::secret);
        passkey.into_iter().chain(self.pin.as_ref().and_then(Source::secret)).collect()
    }
}

/// Who answers during a pairing.
pub(super) struct Person<'a> {
    bench: &'a Bench,
    of: &'a DeviceName,
    manners: &'a Manners,
    asked: RefCell<Vec<Matter>>,
    /// Why an answer could not be had.
    failure: RefCell<Option<Failure>>,
}

impl<'a> Person<'a> {
    pub(super) fn new(bench: &'a Bench, of: &'a DeviceName, manners: &'a Manners) -> Self {
        Self { bench, of, manners, asked: RefCell::default(), failure: RefCell::default() }
    }

    /// What was asked, in its order.
    pub(super) fn asked(&self) -> Vec<Matter> {
        self.asked.borrow().clone()
    }

    /// Why an answer could not be had, where one could not.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure.borrow_mut().take()
    }

    /// Answers until the person has said no, or BlueZ has asked in vain.
    pub(super) async fn attend(&self, questions: &mut UnboundedReceiver<Question>) -> End {
        while let Some(question) = questions.recv().await {
            if let Some(end) = self.attend_to(question).await {
                return end;
            }
        }
        // The agent is gone; whoever waits for the pairing learns that elsewhere.
        std::future::pending().await
    }

    /// Answers for ever.
    pub(super) async fn attend_on(
        &self,
        questions: &mut UnboundedReceiver<Question>,
    ) -> Infallible {
        loop {
            self.attend(questions).await;
        }
    }

    async fn attend_to(&self, mut question: Question) -> Option<End> {
        let Some(device) = self.device(&question.device) else {
            question.answer(Reply::No);
            return None;
        };
        self.bench.touch(&device);
        let matter = question.matter.clone();
        let is_news = !self.asked.borrow().contains(&matter);
        if is_news {
            self.asked.borrow_mut().push(matter.clone());
        }
        let reply = tokio::select! {
            biased;
            reply = self.reply(&matter, is_news) => reply,
            () = question.withdrawn() => return Some(End::Withdrawn),
        };
        let ends = match &reply {
            _ if matter.is_only_shown() || matches!(matter, Matter::Service(_)) => None,
            Reply::No | Reply::Nothing => Some(End::Refused),
            Reply::Silence => Some(End::Withdrawn),
            _ => None,
        };
        let is_silent = reply == Reply::Silence;
        let mut asked = question.answer(reply);
        if is_silent {
            asked.withdrawn().await;
        }
        ends
    }

    /// The device of the plan, if it is the one that BlueZ asks about.
    fn device(&self, path: &str) -> Option<Device> {
        let device = Device::at(self.bench.session(), path);
        let known = self.bench.device(self.of).ok();
        let is_known = known.is_some_and(|known| known.path() == path);
        let criteria = self.bench.criteria(self.of);
        let matches = |device: &Device| {
            device.properties().is_some_and(|properties| matching::matches(&criteria, &properties))
        };
        let adapter = self.bench.adapter_of(self.of);
        let is_here = path.starts_with(&format!("{}/", adapter.path()));
        (is_known || (is_here && matches(&device))).then_some(device)
    }

    /// What is said to a question. The bench's command comes first: it may type what is shown on the device.
    async fn reply(&self, matter: &Matter, is_news: bool) -> Reply {
        if let Matter::Service(_) = matter {
            return self.manners.authorize.into();
        }
        if let (true, Some(command)) = (is_news, &self.manners.when_asked) {
            let confidence = Confidence { shown: matter.shown(), ..Confidence::default() };
            if let Err(failure) = self.bench.control_in(self.of, command, confidence).await {
                return self.fails(failure);
            }
        }
        match (self.manners.confirm, matter) {
            (Consent::Yes, Matter::Passkey) => self.typed(self.manners.passkey.as_ref()).await,
            (Consent::Yes, Matter::PinCode) => self.typed(self.manners.pin.as_ref()).await,
            (consent, _) => consent.into(),
        }
    }

    async fn typed<T: Typed>(&self, source: Option<&Source<T>>) -> Reply {
        let read = match source {
            None => return Reply::Nothing,
            Some(Source::Given(given)) => return given.reply(),
            Some(Source::File(path)) => first_line(path).map_err(|why| {
                let message = format!("no {} in {}: {why}", T::WHAT, path.display());
                let hint = "the file must be there when BlueZ asks; where it comes later, use a `command` that waits for it";
                Failure::bench("answer-missing", message, hint)
            }),
            Some(Source::Command(command)) => {
                let confidence = Confidence { is_answer: true, ..Confidence::default() };
                self.bench.control_in(self.of, command, confidence).await
            }
        };
        match read.and_then(|text| of_text::<T>(&text)) {
            Ok(typed) => typed.reply(),
            Err(failure) => self.fails(failure),
        }
    }

    fn fails(&self, failure: Failure) -> Reply {
        self.failure.borrow_mut().get_or_insert(failure);
        Reply::Nothing
    }
}

/// What was read elsewhere; never told when it is wrong.
fn of_text<T: Typed>(text: &str) -> Result<T, Failure> {
    let last = text.lines().rev().map(str::trim).find(|line| !line.is_empty());
    T::read(last.unwrap_or_default()).map_err(|wanted| {
        let message = format!("what the bench gave for a {} is none", T::WHAT);
        Failure::bench("answer-missing", message, wanted)
    })
}

/// The first line of an ordinary file, as far as it can be a passkey or a PIN.
fn first_line(path: &Path) -> Result<String, String> {
    let told = |error: std::io::Error| error.to_string();
    // A pipe or a device would let everything wait.
    if !std::fs::metadata(path).map_err(told)?.is_file() {
        return Err("it is no ordinary file".to_owned());
    }
    let mut line = String::new();
    let file = File::open(path).map_err(told)?;
    BufReader::new(file.take(LINE)).read_line(&mut line).map_err(told)?;
    Ok(line)
}
