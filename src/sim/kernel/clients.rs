//! The management clients: what each has asked to hear, and what is on its way to them.
//!
//! A client hears every event, but those of its own making where the document says so, and but for
//! what the newer commands replace: who has read the extended index list hears extended events of
//! indexes from then on, who has read the extended information hears of that in place of class and
//! name (`hci_sock_bind` and the handlers of these commands in the kernel; recorded on 6.12).

use std::collections::BTreeMap;

use crate::mgmt::protocol::{Command, EVENTS, Index, Packet, Record, Status};

/// Names a client: they are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sim) struct ClientId(pub(in crate::sim) u64);

/// The events that answer commands.
const COMMAND_COMPLETE: u16 = 0x0001;
const COMMAND_STATUS: u16 = 0x0002;

/// What a client has turned to by the commands that it used.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hears {
    pub(super) extended_index: bool,
    pub(super) extended_information: bool,
    pub(super) features: bool,
    pub(super) out_of_band: bool,
}

/// The clients, and what is to be sent to them.
#[derive(Default)]
pub(super) struct Clients {
    connected: BTreeMap<ClientId, Hears>,
    queue: Vec<(ClientId, Vec<u8>)>,
}

impl Clients {
    pub(super) fn come(&mut self, client: ClientId) {
        self.connected.insert(client, Hears::default());
    }

    pub(super) fn leave(&mut self, client: ClientId) {
        self.connected.remove(&client);
    }

    pub(super) fn hears(&mut self, client: ClientId) -> Option<&mut Hears> {
        self.connected.get_mut(&client)
    }

    /// Whether nobody listens.
    pub(super) fn are_none(&self) -> bool {
        self.connected.is_empty()
    }

    /// Takes what is to be sent, in order.
    pub(super) fn outgoing(&mut self) -> Vec<(ClientId, Vec<u8>)> {
        std::mem::take(&mut self.queue)
    }

    /// Answers a command, with what it gives back; or with as much of that as an error gives back.
    pub(super) fn complete(
        &mut self,
        to: ClientId,
        command: &Command,
        index: Index,
        status: Status,
        reply: &Record,
    ) {
        // What the kernel says fits its own table; were it otherwise, a client must not wait for
        // ever.
        let Ok(reply) = command.encode_reply_record(reply) else {
            return self.status(to, command.code, index, Status::FAILED);
        };
        let [low, high] = command.code.to_le_bytes();
        let parameters = [&[low, high, status.0], reply.as_slice()].concat();
        self.send(to, COMMAND_COMPLETE, index, parameters);
    }

    /// Answers a command with a status alone.
    pub(super) fn status(&mut self, to: ClientId, command: u16, index: Index, status: Status) {
        let [low, high] = command.to_le_bytes();
        self.send(to, COMMAND_STATUS, index, vec![low, high, status.0]);
    }

    /// Tells an event, by its documented name, to everybody but one.
    pub(super) fn tell(
        &mut self,
        name: &str,
        index: Index,
        record: &Record,
        except: Option<ClientId>,
    ) {
        self.tell_some(name, index, record, |client, _| Some(client) != except);
    }

    /// Tells an event to those clients that are to hear it.
    pub(super) fn tell_some(
        &mut self,
        name: &str,
        index: Index,
        record: &Record,
        listens: impl Fn(ClientId, &Hears) -> bool,
    ) {
        let Some(kind) = EVENTS.iter().find(|kind| kind.name == name) else {
            return;
        };
        let heard = self.connected.iter().filter(|(client, hears)| listens(**client, hears));
        let heard: Vec<_> = heard.map(|(client, _)| *client).collect();
        // Nobody listens: nothing is encoded.
        if heard.is_empty() {
            return;
        }
        let Ok(parameters) = kind.encode_record(record) else {
            return;
        };
        for client in heard {
            self.send(client, kind.code, index, parameters.clone());
        }
    }

    fn send(&mut self, to: ClientId, code: u16, index: Index, parameters: Vec<u8>) {
        if self.connected.contains_key(&to) {
            self.queue.push((to, Packet { code, index, parameters }.to_bytes()));
        }
    }
}
