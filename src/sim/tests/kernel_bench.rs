//! A management client of the simulator that writes down all it hears, in order, and asks by name.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Map, Value as Json, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::Bench;
use crate::mgmt::protocol::{Index, Message, Packet, Record, Secret, Status, Value, command};
use crate::mgmt::socket::{Sender, Socket};
use crate::sim::Simulator;

/// A client, and its notes.
pub(super) struct Manager {
    sender: Sender,
    answers: tokio::sync::Mutex<UnboundedReceiver<Message>>,
    notes: Arc<Mutex<Vec<String>>>,
    raw: Arc<Mutex<Vec<String>>>,
}

/// How a command ended, and what it gave back.
pub(super) type Answer = (Status, Record);

impl Manager {
    pub(super) fn of(simulator: &Simulator) -> Self {
        Manager::noting(simulator.connect_kernel(), Arc::default(), "")
    }

    /// A client whose notes stand among those of a client of bluetoothd, in the order in which both
    /// hear.
    pub(super) fn beside(bench: &Bench) -> Self {
        Manager::noting(bench.simulator.connect_kernel(), bench.shared_notes(), "mgmt ")
    }

    fn noting(socket: Socket, notes: Arc<Mutex<Vec<String>>>, prefix: &'static str) -> Self {
        let (sender, mut receiver) = socket.split();
        let (answer, answers) = unbounded_channel();
        let raw: Arc<Mutex<Vec<String>>> = Arc::default();
        let (noted, octets) = (notes.clone(), raw.clone());
        tokio::spawn(async move {
            while let Ok(packet) = receiver.receive().await {
                octets.lock().expect("unpoisoned").push(hex(&packet));
                let message = Message::decode(&packet).expect("a packet");
                match message {
                    Message::Event { kind, index, ref record } => {
                        let note = format!("{prefix}{}", note(&kind.word(), index, record));
                        noted.lock().expect("unpoisoned").push(note);
                    }
                    Message::Unknown { code, .. } => panic!("event {code:#06x}"),
                    other => {
                        let _ = answer.send(other);
                    }
                }
            }
        });
        Manager { sender, answers: tokio::sync::Mutex::new(answers), notes, raw }
    }

    /// Gives a command to hci0, or to nobody if it is for nobody, and waits for the answer.
    pub(super) async fn ask(&self, name: &str, arguments: Json) -> Answer {
        self.begin(name, arguments).await;
        self.answer().await
    }

    /// Gives a command. The answer may be awaited later.
    pub(super) async fn begin(&self, name: &str, arguments: Json) {
        let command = command(name).expect(name);
        let arguments: Map<String, Json> = arguments.as_object().expect("arguments").clone();
        let parameters = command.encode(&arguments).expect(name);
        let for_nobody = command.target == crate::mgmt::protocol::Target::NonController;
        let index = if for_nobody { Index::NONE } else { Index(0) };
        let packet = Packet { code: command.code, index, parameters };
        self.sender.send(&packet.to_bytes()).await.expect("a kernel");
    }

    /// The next answer.
    pub(super) async fn answer(&self) -> Answer {
        self.named_answer().await.1
    }

    /// The next answer, and the command that it answers.
    pub(super) async fn named_answer(&self) -> (String, Answer) {
        let patience = Duration::from_secs(600);
        let mut answers = self.answers.lock().await;
        let answer = tokio::time::timeout(patience, answers.recv()).await.expect("an answer");
        let answer = answer.expect("a kernel");
        let name = answer.command().map(|command| command.word()).unwrap_or_default();
        match answer {
            Message::Complete { status, reply, .. } => (name, (status, reply)),
            Message::Status { status, .. } => (name, (status, Record::new())),
            other => panic!("{other:?}"),
        }
    }

    /// How a command ended, in a word.
    pub(super) async fn say(&self, name: &str, arguments: Json) -> String {
        self.ask(name, arguments).await.0.word()
    }

    /// A command about a device.
    pub(super) async fn about(&self, name: &str, (address, kind): (&str, &str)) -> String {
        self.say(name, json!({ "address": address, "address-type": kind })).await
    }

    /// What a command gives back, once it has succeeded.
    pub(super) async fn read(&self, name: &str) -> Record {
        let (status, record) = self.ask(name, json!({})).await;
        assert!(status.is_success(), "{name}: {status}");
        record
    }

    /// The settings that are switched on, less those that are from the start.
    pub(super) async fn settings(&self) -> String {
        let record = self.read("read-controller-information").await;
        settings(record.get("current-settings").expect("settings"))
    }

    /// Sends these octets, whatever they are.
    pub(super) async fn send(&self, octets: &[u8]) {
        self.sender.send(octets).await.expect("a kernel");
    }

    /// The events since they were last taken.
    pub(super) fn notes(&self) -> Vec<String> {
        std::mem::take(&mut *self.notes.lock().expect("unpoisoned"))
    }

    /// The packets since they were last taken, in hexadecimal.
    pub(super) fn raw(&self) -> Vec<String> {
        std::mem::take(&mut *self.raw.lock().expect("unpoisoned"))
    }
}

/// An event in a line: its name, and what it says, less the advertising data and the octets of
/// keys.
fn note(word: &str, index: Index, record: &Record) -> String {
    let mut line = word.to_owned();
    if index != Index(0) {
        line.push_str(&format!(" {index}"));
    }
    for (name, value) in record.iter() {
        match value {
            Value::Secret(Secret::Octets(_)) => {}
            Value::Eir(eir) => line.extend(eir.name().map(|name| format!(" \"{name}\""))),
            value if name.ends_with("settings") => line.push_str(&format!(" {}", settings(value))),
            value => line.push_str(&format!(" {}", plain(&value.to_json()))),
        }
    }
    line
}

fn plain(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        Json::Array(words) => words.iter().map(plain).collect::<Vec<_>>().join("+"),
        other => other.to_string(),
    }
}

/// The settings that are on and are not from the start.
fn settings(value: &Value) -> String {
    const USUAL: [&str; 8] = [
        "ssp",
        "bredr",
        "le",
        "secure-connections",
        "cis-central",
        "cis-peripheral",
        "iso-broadcaster",
        "iso-sync-receiver",
    ];
    let Value::Bits(bits) = value else {
        panic!("settings");
    };
    let mut words: Vec<String> = bits.words().collect();
    words.retain(|word| !USUAL.contains(&word.as_str()));
    words.join("+")
}

pub(super) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
