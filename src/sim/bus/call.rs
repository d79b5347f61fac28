//! A method call that the daemon received, kept for as long as it is not answered, and the client
//! that made it.

use std::{num::NonZeroU32, sync::Arc};

use zbus::{
    message::{Builder, Flags, Message},
    names::UniqueName,
};

use super::Refusal;

/// A connection to the simulator, counted from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::sim) struct Line(pub(in crate::sim) u64);

/// A client: who is at the other end of a line, or one of several there, by its unique name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::sim) struct Client {
    line: Line,
    name: Option<Arc<str>>,
}

impl Client {
    /// The client that has a line to itself.
    pub(in crate::sim) fn at(line: Line) -> Self {
        Client { line, name: None }
    }

    /// The client of this unique name on a line that several share.
    pub(in crate::sim) fn named(line: Line, name: &str) -> Self {
        Client { line, name: Some(Arc::from(name)) }
    }

    /// Where it is reached.
    pub(in crate::sim) fn line(&self) -> Line {
        self.line
    }

    /// Whether it is one of several on a line, that is, on a bus.
    pub(in crate::sim) fn has_name(&self) -> bool {
        self.name.is_some()
    }

    /// Whether a message is this client's, as far as the message itself tells.
    pub(in crate::sim) fn sent(&self, message: &Message) -> bool {
        let header = message.header();
        self.name.as_deref() == header.sender().map(|name: &UniqueName<'_>| name.as_str())
    }

    /// Directs a message at the client.
    pub(super) fn address<'m>(&self, message: Builder<'m>) -> Builder<'m> {
        match &self.name {
            Some(name) => message.destination(name.to_string()),
            None => message,
        }
    }
}

/// A method call.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Call {
    message: Message,
    client: Client,
}

/// What a method gives its caller now.
#[derive(Debug)]
pub(in crate::sim) enum Answer {
    /// Success, and nothing else.
    Empty,
    /// A reply with a body.
    Message(Message),
    /// Nothing yet: the method keeps the call and answers it in time, or never.
    Later,
}

/// An answer or an error.
pub(in crate::sim) type Answered = Result<Answer, Refusal>;

impl Call {
    /// The call in this message, which came over this line.
    pub(in crate::sim) fn new(line: Line, message: Message) -> Self {
        let name = message.header().sender().map(|name: &UniqueName<'_>| Arc::from(name.as_str()));
        Call { message, client: Client { line, name } }
    }

    pub(in crate::sim) fn message(&self) -> &Message {
        &self.message
    }

    /// The number by which the caller knows the answer.
    pub(in crate::sim) fn serial(&self) -> NonZeroU32 {
        self.message.primary_header().serial_num()
    }

    /// Who calls.
    pub(in crate::sim) fn client(&self) -> &Client {
        &self.client
    }

    /// The object that is called.
    pub(in crate::sim) fn path(&self) -> String {
        self.message.header().path().map(ToString::to_string).unwrap_or_default()
    }

    /// The interface that is called; empty when the call names none.
    pub(in crate::sim) fn interface(&self) -> String {
        self.message.header().interface().map(ToString::to_string).unwrap_or_default()
    }

    /// The method that is called.
    pub(in crate::sim) fn member(&self) -> String {
        self.message.header().member().map(ToString::to_string).unwrap_or_default()
    }

    /// The types of the arguments, as D-Bus writes them.
    pub(in crate::sim) fn signature(&self) -> String {
        self.message.body().signature().to_string_no_parens()
    }

    /// Whether the caller waits for an answer.
    pub(super) fn wants_answer(&self) -> bool {
        !self.message.primary_header().flags().contains(Flags::NO_REPLY_EXPECTED)
    }

    /// A successful answer with a body.
    pub(in crate::sim) fn answer<B: serde::Serialize + zbus::DynamicType>(
        &self,
        body: &B,
    ) -> Answered {
        Message::method_return(&self.message.header())
            .build(body)
            .map(Answer::Message)
            .map_err(|error| Refusal::failed(error.to_string()))
    }
}
