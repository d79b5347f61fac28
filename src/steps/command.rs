//! Commands of the bench, run for a step or for recovery, each with its event.

use tokio::time::Instant;

use super::{Bench, Failure, Outcome};
use crate::event::{Commanded, Event};
use crate::exec::{Order, Ran, Running};
use crate::plan::{Command, DeviceName, Span};
use crate::recorder::micros;
use crate::redaction::Redaction;

/// The kind of a cause that is a command of the bench.
pub const CONTROL_FAILED: &str = "control-failed";

/// The longest part of a command's output that a failure repeats, in characters.
const TOLD: usize = 200;

/// What of a command is a secret.
#[derive(Debug, Default)]
pub(super) struct Confidence {
    /// What the command finds in BTTEST_PASSKEY, and what is told of it nowhere else.
    pub(super) shown: Option<String>,
    /// What it writes is the answer to a question of BlueZ's, and is told nowhere.
    pub(super) is_answer: bool,
}

impl Confidence {
    /// The output as it may be told.
    fn strike(&self, output: String) -> String {
        match &self.shown {
            _ if self.is_answer => String::new(),
            Some(shown) => Redaction::of(std::slice::from_ref(shown)).strike_text(output),
            None => output,
        }
    }
}

impl Bench {
    /// Runs a command of a device's `[device.NAME.control]`.
    ///
    /// # Errors
    /// It could not be run, did not end in time, or ended with another status than 0.
    pub async fn control(&self, device: &DeviceName, name: &str) -> Outcome {
        self.control_in(device, name, Confidence::default()).await.map(|_| ())
    }

    /// As [`Bench::control`], with a secret; gives what the command wrote.
    ///
    /// # Errors
    /// As [`Bench::control`].
    pub(super) async fn control_in(
        &self,
        device: &DeviceName,
        name: &str,
        confidence: Confidence,
    ) -> Result<String, Failure> {
        let Some(command) = self.criteria(device).control.remove(name) else {
            return Err(Failure::bench(
                CONTROL_FAILED,
                format!("`{device}` has no command `{name}`"),
                format!("define it in [device.{device}.control]"),
            ));
        };
        self.run_in(&command, name, Some(device), confidence).await
    }

    /// Whether the plan gives a device a command of this name.
    pub fn has_command(&self, device: &DeviceName, name: &str) -> bool {
        self.criteria(device).control.contains_key(name)
    }

    /// Runs a command, for a device or for the bench itself, and records it; also when it is cut off.
    ///
    /// # Errors
    /// As [`Bench::control`].
    pub async fn run_command(
        &self,
        command: &Command,
        name: &str,
        device: Option<&DeviceName>,
    ) -> Outcome {
        self.run_in(command, name, device, Confidence::default()).await.map(|_| ())
    }

    async fn run_in(
        &self,
        command: &Command,
        name: &str,
        device: Option<&DeviceName>,
        confidence: Confidence,
    ) -> Result<String, Failure> {
        let mut environment = vec![("BTTEST_COMMAND", name.to_owned())];
        environment.extend(device.map(|device| ("BTTEST_DEVICE", device.0.clone())));
        let address = device.and_then(|device| self.address(device));
        environment.extend(address.map(|address| ("BTTEST_ADDRESS", address)));
        environment.extend(confidence.shown.clone().map(|shown| ("BTTEST_PASSKEY", shown)));
        let order = Order { argv: command.argv.clone(), environment, limit: command.timeout };
        let commanded = Commanded {
            device: device.map(|device| device.0.clone()),
            name: name.to_owned(),
            ..Commanded::default()
        };
        let start = Instant::now();
        let mut entry = Entry { bench: self, start, commanded, running: None, confidence };
        let mut ran = entry.running.insert(Running::start(order)).finish().await;
        entry.running = None;
        let output = std::mem::take(&mut ran.output);
        ran.output = entry.confidence.strike(output.clone());
        let told = told(&ran, name, device, command);
        entry.commanded.status = ran.status;
        entry.commanded.output = ran.output;
        entry.commanded.error = ran.error;
        told.map(|()| output)
    }

    /// The address of a device, from the plan or as BlueZ knows it.
    fn address(&self, name: &DeviceName) -> Option<String> {
        let of_plan = self.criteria(name).address.map(String::from);
        of_plan.or_else(|| Some(self.device(name).ok()?.property("Address")?.as_str()?.to_owned()))
    }
}

/// What is to be recorded of a command once it has ended, or is cut off because nobody waits any more.
struct Entry<'a> {
    bench: &'a Bench,
    start: Instant,
    commanded: Commanded,
    /// While it runs.
    running: Option<Running>,
    confidence: Confidence,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let mut commanded = std::mem::take(&mut self.commanded);
        if let Some(running) = self.running.take() {
            commanded.output = self.confidence.strike(running.output());
            commanded.error = Some("it was cut off".to_owned());
        }
        commanded.took_us = micros(self.start.elapsed());
        self.bench.record(Event::Commanded(commanded));
    }
}

/// A command that ended well is no news; any other end is the bench's failure.
fn told(ran: &Ran, name: &str, device: Option<&DeviceName>, command: &Command) -> Outcome {
    let what = match device {
        Some(device) => format!("the command `{name}` of {device}"),
        None => format!("the command `{name}`"),
    };
    let message = match (&ran.error, ran.status) {
        (None, Some(0)) => return Ok(()),
        (Some(error), _) => format!("{what}: {error}"),
        (None, Some(status)) => format!("{what} ended with status {status}"),
        (None, None) => format!("{what} was ended by a signal"),
    };
    let hint =
        format!("run it by hand: {}; it may take {}", command.in_shell(), Span(command.timeout));
    let last = ran.output.lines().rev().find(|line| !line.trim().is_empty());
    let last = last.map(|line| line.chars().take(TOLD).collect::<String>());
    Err(Failure::bench(CONTROL_FAILED, message, hint).seen(last))
}
