//! The daemon's end of the bus: its objects, what it answers and what it sends, in the order in
//! which bluetoothd's own D-Bus library (`gdbus/object.c`) would put it.
//!
//! Changes of the tree are held back and go out together, one `PropertiesChanged` an interface,
//! before the next message or at the end of the event that caused them, whichever comes first.

mod call;
mod introspect;
mod refusal;
mod spec;
mod standard;
mod tree;
mod values;

use std::num::NonZeroU32;

use zbus::{DynamicType, message::Flags, message::Message, names::UniqueName};

use super::scene::Version;

pub(super) use call::{Answer, Answered, Call, Client, Line};
pub(super) use refusal::Refusal;
pub(super) use spec::{Access, Argument, Interface, Method, Property, Signal};
pub(super) use standard::{
    INTROSPECTABLE, OBJECT_MANAGER, PEER, PROPERTIES, arguments, declared, get, get_all,
    introspection, managed_objects, writable,
};
pub(super) use tree::Tree;

/// A D-Bus value.
pub(super) type Value = zbus::Variant<'static>;

/// A message that waits to be sent.
#[derive(Debug)]
pub(super) struct Letter {
    /// Where to; a signal goes everywhere.
    pub(super) to: Option<Line>,
    /// The call that it answers.
    pub(super) answers: Option<NonZeroU32>,
    /// What has become of the daemon's name, where that is what the bus tells with it.
    pub(super) owner: Option<Owner>,
    pub(super) message: Message,
}

/// What becomes of the name `org.bluez`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// A daemon has taken it.
    Came,
    /// Its daemon is gone.
    Went,
}

impl Letter {
    /// A signal, for everybody.
    pub(super) fn signal(message: Message) -> Self {
        Letter { to: None, answers: None, owner: None, message }
    }

    /// The answer to a call.
    pub(super) fn answer(call: &Call, message: Message) -> Self {
        let (to, answers) = (Some(call.client().line()), Some(call.serial()));
        Letter { to, answers, owner: None, message }
    }
}

/// The object tree and the messages that wait to be sent.
pub(super) struct Bus {
    pub(super) tree: Tree,
    queue: Vec<Letter>,
    /// The unique name that the daemon has on the bus.
    name: String,
}

impl Bus {
    /// A bus on which the daemon, of this release and with `--experimental` or not, is called `name`.
    pub(super) fn new(name: String, version: Version, experimental: bool) -> Self {
        Bus { tree: Tree::new(version, experimental), queue: Vec::new(), name }
    }

    /// Lets the changes so far be signals of their own.
    pub(super) fn flush(&mut self) {
        self.tree.publish(&self.name, &mut self.queue);
    }

    /// Answers a call.
    pub(super) fn reply<B: serde::Serialize + DynamicType>(&mut self, call: &Call, body: &B) {
        if call.wants_answer() {
            let header = call.message().header();
            let built = Message::method_return(&header).sender(self.name.as_str()).build(body);
            self.answer_with(call, built);
        }
    }

    /// Answers a call with a reply that is there already.
    pub(super) fn answer(&mut self, call: &Call, reply: &Message) {
        if call.wants_answer()
            && let Ok(name) = UniqueName::try_from(self.name.as_str())
        {
            let named = reply.with_sender(&name);
            self.answer_with(call, named);
        }
    }

    /// Answers a call with an error.
    pub(super) fn refuse(&mut self, call: &Call, refusal: &Refusal) {
        if call.wants_answer() {
            let header = call.message().header();
            let built = Message::error(&header, refusal.name.as_ref())
                .sender(self.name.as_str())
                .build(&refusal.message.as_ref());
            self.answer_with(call, built);
        }
    }

    /// Sends a signal.
    pub(super) fn signal<B: serde::Serialize + DynamicType>(
        &mut self,
        path: &str,
        interface: &str,
        member: &str,
        body: &B,
    ) {
        let built = Message::signal(path, interface, member).sender(self.name.as_str()).build(body);
        self.send(built.map(Letter::signal));
    }

    /// Calls a method of a client's object; the serial number recognises the answer.
    pub(super) fn request<B: serde::Serialize + DynamicType>(
        &mut self,
        client: &Client,
        path: &str,
        (interface, member): (&str, &str),
        body: &B,
    ) -> Option<NonZeroU32> {
        let call = Message::method_call(path, member).interface(interface);
        let call = client.address(call.sender(self.name.as_str())).build(body);
        let serial = call.as_ref().ok()?.primary_header().serial_num();
        self.send_to(client, call);
        Some(serial)
    }

    /// Like [`Bus::request`], for a call whose answer nobody waits for.
    pub(super) fn notify<B: serde::Serialize + DynamicType>(
        &mut self,
        client: &Client,
        path: &str,
        (interface, member): (&str, &str),
        body: &B,
    ) {
        let call = Message::method_call(path, member)
            .interface(interface)
            .with_flags(Flags::NO_REPLY_EXPECTED);
        let call = client.address(call.sender(self.name.as_str())).build(body);
        self.send_to(client, call);
    }

    /// Takes everything that is to be sent, in order; what the tree held back comes last.
    pub(super) fn take(&mut self) -> Vec<Letter> {
        self.tree.publish(&self.name, &mut self.queue);
        std::mem::take(&mut self.queue)
    }

    fn answer_with(&mut self, call: &Call, built: zbus::Result<Message>) {
        self.send(built.map(|message| Letter::answer(call, message)));
    }

    fn send_to(&mut self, client: &Client, built: zbus::Result<Message>) {
        let to = Some(client.line());
        self.send(built.map(|message| Letter { to, ..Letter::signal(message) }));
    }

    /// A message that cannot be built is one that libdbus would refuse too: it is not sent.
    fn send(&mut self, built: zbus::Result<Letter>) {
        self.tree.publish(&self.name, &mut self.queue);
        self.queue.extend(built.ok());
    }
}
