//! When: a command and its own reply, and what the kernel tells by itself.
//!
//! One task reads the socket. A reply goes to the command that it answers: the kernel answers commands of
//! one kind on one controller in the order in which it took them, and of different kinds in any order. An
//! event goes into a log, which any number of users read from where they left off: nobody misses what was
//! told before they came to wait for it, and a reader that is slow stops nobody.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::{Notify, oneshot};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::protocol::{ArgumentError, Command, Index, Message, Packet, Record, Status};
use super::socket::{Channel, OpenError, Receiver, Sender, Socket, how_to_get_rights};

/// How many events are kept for those who read them later.
const KEPT: usize = 10_000;

/// Kernels (seen on 6.1, 6.12 and 7.2) answer the second of these under the number of the first.
const SET_SYSTEM_CONFIGURATION: u16 = 0x004C;
const SET_RUNTIME_CONFIGURATION: u16 = 0x004E;

/// How long the kernel may take to answer a command where nobody says otherwise. Pairing waits for people.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A user of the management API. Clones share the socket; it is closed when the last of them is dropped.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    sender: Sender,
    shared: Arc<Shared>,
    reader: AbortHandle,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// What the reader and the users have in common.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    news: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Who waits for a reply, by opcode and index, in the order of the commands. One who has given up stays
    /// in the row: the reply may still come, and must not pass for that of the next.
    waiting: HashMap<(u16, Index), VecDeque<oneshot::Sender<Answer>>>,
    log: VecDeque<Told>,
    /// How many events have left the log at its old end.
    forgotten: u64,
    /// Why nothing comes any more.
    closed: Option<String>,
}

type Answer = Result<Record, Status>;

/// Something that the kernel told by itself.
#[derive(Debug, Clone)]
pub struct Told {
    /// When it was read.
    pub at: Instant,
    /// An event, known or not.
    pub message: Arc<Message>,
}

/// A place in the log of events: the number of those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position(u64);

/// Why a command came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The arguments do not fit the command.
    Argument(ArgumentError),
    /// The kernel refused it, or it failed.
    Refused { command: &'static Command, status: Status },
    /// The kernel did not even take it.
    Untaken { command: &'static Command, why: String },
    /// No answer in time.
    Late { command: &'static Command, limit: Duration },
    /// The socket is of no use any more.
    Closed(String),
}

impl Error {
    /// What to do about it, where there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Refused { status: Status::PERMISSION_DENIED, .. } => Some(how_to_get_rights()),
            Self::Refused { status: Status::INVALID_INDEX, .. } => {
                Some("`bttest mgmt info` lists the controllers".to_owned())
            }
            Self::Refused { status: Status::UNKNOWN_COMMAND, .. } => Some(
                "this kernel is too old for it; `bttest mgmt commands` lists what it knows"
                    .to_owned(),
            ),
            Self::Refused { status: Status::NOT_POWERED, .. } => {
                Some("switch the controller on first".to_owned())
            }
            Self::Refused { status: Status::RFKILLED, .. } => {
                Some("see `rfkill list`, then `rfkill unblock bluetooth`".to_owned())
            }
            Self::Late { .. } => Some("see `dmesg`: does the controller still answer?".to_owned()),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(error) => write!(f, "{error}"),
            Self::Refused { command, status } => {
                write!(f, "the kernel answered {} with {status}", command.name)
            }
            Self::Untaken { command, why } => {
                write!(f, "the kernel did not take {}: {why}", command.name)
            }
            Self::Late { command, limit } => {
                let limit = crate::plan::Span(*limit);
                write!(f, "the kernel did not answer {} within {limit}", command.name)
            }
            Self::Closed(why) => write!(f, "the kernel's management socket is closed: {why}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<ArgumentError> for Error {
    fn from(error: ArgumentError) -> Self {
        Self::Argument(error)
    }
}

impl Client {
    /// A client of this machine's kernel.
    ///
    /// # Errors
    /// The kernel has no Bluetooth, or does not let this process in.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn open() -> Result<Self, OpenError> {
        Socket::open(Channel::Control).map(Self::over)
    }

    /// A client over a socket at whose other end is a kernel.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[must_use]
    pub fn over(socket: Socket) -> Self {
        let (sender, receiver) = socket.split();
        let shared = Arc::new(Shared::default());
        let reader = tokio::spawn(read(receiver, shared.clone())).abort_handle();
        Self(Arc::new(Inner { sender, shared, reader }))
    }

    /// Sends a command and waits for its reply, at most for `limit`.
    ///
    /// # Errors
    /// What does not fit the command, what the kernel answered, or that it did not.
    pub async fn call(
        &self,
        command: &'static Command,
        index: Index,
        arguments: &Map<String, Value>,
        limit: Duration,
    ) -> Result<Record, Error> {
        self.send(command, index, command.encode(arguments)?, limit).await
    }

    /// Like [`Client::call`], with the parameters as octets.
    ///
    /// # Errors
    /// What the kernel answered, or that it did not.
    pub async fn send(
        &self,
        command: &'static Command,
        index: Index,
        parameters: Vec<u8>,
        limit: Duration,
    ) -> Result<Record, Error> {
        let (answer, answered) = oneshot::channel();
        {
            let mut state = self.0.shared.lock();
            if let Some(why) = &state.closed {
                return Err(Error::Closed(why.clone()));
            }
            state.waiting.entry((command.code, index)).or_default().push_back(answer);
        }
        let packet = Packet { code: command.code, index, parameters };
        if let Err(error) = self.0.sender.send(&packet.to_bytes()).await {
            self.0.shared.unsent((command.code, index));
            // Some commands fail so, such as Remove Advertising on a controller that is off.
            return Err(match error.kind() {
                io::ErrorKind::BrokenPipe => Error::Closed(error.to_string()),
                _ => Error::Untaken { command, why: error.to_string() },
            });
        }
        match tokio::time::timeout(limit, answered).await {
            Ok(Ok(Ok(reply))) => Ok(reply),
            Ok(Ok(Err(status))) => Err(Error::Refused { command, status }),
            Ok(Err(_)) => Err(self.0.shared.why_closed()),
            Err(_) => Err(Error::Late { command, limit }),
        }
    }

    /// Where the log of events ends now.
    #[must_use]
    pub fn position(&self) -> Position {
        self.0.shared.lock().end()
    }

    /// The events since a place, and how many were told since that are kept no longer.
    #[must_use]
    pub fn since(&self, from: Position) -> (Vec<Told>, u64) {
        let state = self.0.shared.lock();
        (state.from(from).cloned().collect(), state.forgotten.saturating_sub(from.0))
    }

    /// Waits for the first event since a place that is wanted. Gives it, and the place behind it.
    ///
    /// # Errors
    /// The socket is closed: nothing comes any more.
    pub async fn wait_for<T>(
        &self,
        from: Position,
        mut wanted: impl FnMut(&Told) -> Option<T>,
    ) -> Result<(T, Position), Error> {
        let mut next = from;
        loop {
            let news = self.0.shared.news.notified();
            tokio::pin!(news);
            // From here on no event is missed, also before it is awaited.
            news.as_mut().enable();
            {
                let state = self.0.shared.lock();
                next = Position(next.0.max(state.forgotten));
                for told in state.from(next) {
                    next.0 += 1;
                    if let Some(found) = wanted(told) {
                        return Ok((found, next));
                    }
                }
                if let Some(why) = &state.closed {
                    return Err(Error::Closed(why.clone()));
                }
            }
            news.await;
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn why_closed(&self) -> Error {
        Error::Closed(self.lock().closed.clone().unwrap_or_default())
    }

    /// The last command of its kind did not go out: nothing will answer it.
    fn unsent(&self, key: (u16, Index)) {
        if let Some(row) = self.lock().waiting.get_mut(&key) {
            row.pop_back();
        }
    }

    fn take(&self, message: Message) {
        match message {
            Message::Complete { opcode, index, status, reply } => {
                let answer = if status == Status::SUCCESS { Ok(reply) } else { Err(status) };
                self.answer((opcode, index), answer);
            }
            // Told early, where it succeeds: the rest comes with Command Complete.
            Message::Status { status: Status::SUCCESS, .. } => {}
            Message::Status { opcode, index, status } => self.answer((opcode, index), Err(status)),
            event @ (Message::Event { .. } | Message::Unknown { .. }) => self.log(event),
        }
    }

    fn answer(&self, (opcode, index): (u16, Index), answer: Answer) {
        let mut state = self.lock();
        let mut key = (opcode, index);
        if opcode == SET_SYSTEM_CONFIGURATION && !state.waiting.contains_key(&key) {
            key = (SET_RUNTIME_CONFIGURATION, index);
        }
        let Some(row) = state.waiting.get_mut(&key) else { return };
        if let Some(waiting) = row.pop_front() {
            // One who has given up does not hear it.
            let _ = waiting.send(answer);
        }
        if row.is_empty() {
            state.waiting.remove(&key);
        }
    }

    fn log(&self, event: Message) {
        let mut state = self.lock();
        if state.log.len() >= KEPT {
            state.log.pop_front();
            state.forgotten += 1;
        }
        state.log.push_back(Told { at: Instant::now(), message: Arc::new(event) });
        drop(state);
        self.news.notify_waiters();
    }

    fn close(&self, why: &io::Error) {
        let mut state = self.lock();
        state.closed = Some(why.to_string());
        // Whoever waits hears it by this.
        state.waiting.clear();
        drop(state);
        self.news.notify_waiters();
    }
}

impl State {
    fn end(&self) -> Position {
        Position(self.forgotten + u64::try_from(self.log.len()).unwrap_or(u64::MAX))
    }

    fn from(&self, from: Position) -> impl Iterator<Item = &Told> {
        let skipped = from.0.saturating_sub(self.forgotten);
        self.log.iter().skip(usize::try_from(skipped).unwrap_or(usize::MAX))
    }
}

async fn read(mut receiver: Receiver, shared: Arc<Shared>) {
    loop {
        match receiver.receive().await {
            // What is not even a packet answers nothing.
            Ok(octets) => {
                if let Ok(message) = Message::decode(&octets) {
                    shared.take(message);
                }
            }
            Err(error) => return shared.close(&error),
        }
    }
}

#[cfg(test)]
mod tests;
