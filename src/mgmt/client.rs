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
mod tests {
    use super::*;
    use crate::mgmt::protocol::{Settings, command, event};

    /// A kernel in the hands of a test.
    struct Kernel {
        sender: Sender,
        receiver: Receiver,
    }

    fn connected() -> (Client, Kernel) {
        let (ours, theirs) = Socket::pair();
        let (sender, receiver) = theirs.split();
        (Client::over(ours), Kernel { sender, receiver })
    }

    const HCI0: Index = Index(0);
    const HCI1: Index = Index(1);

    impl Kernel {
        /// The next command, as opcode and index.
        async fn asked(&mut self) -> (u16, Index) {
            let packet = Packet::parse(&self.receiver.receive().await.unwrap()).unwrap();
            (packet.code, packet.index)
        }

        async fn tell(&self, code: u16, index: Index, parameters: Vec<u8>) {
            let packet = Packet { code, index, parameters };
            self.sender.send(&packet.to_bytes()).await.unwrap();
        }

        async fn complete(&self, (opcode, index): (u16, Index), status: Status, reply: &[u8]) {
            let parameters = [&opcode.to_le_bytes(), [status.0].as_slice(), reply].concat();
            self.tell(0x0001, index, parameters).await;
        }

        async fn status(&self, (opcode, index): (u16, Index), status: Status) {
            let parameters = [opcode.to_le_bytes().as_slice(), &[status.0]].concat();
            self.tell(0x0002, index, parameters).await;
        }

        async fn new_settings(&self, settings: u32) {
            self.tell(0x0006, HCI0, settings.to_le_bytes().to_vec()).await;
        }
    }

    async fn send(client: &Client, name: &str, index: Index) -> Result<Record, Error> {
        let command = command(name).unwrap();
        let parameters = command.parameters.iter().map(|_| 1).collect();
        client.send(command, index, parameters, LIMIT).await
    }

    fn settings(reply: Result<Record, Error>) -> u32 {
        reply.unwrap().settings("current-settings").unwrap().0
    }

    #[tokio::test]
    async fn replies_that_cross_reach_those_who_asked() {
        let (client, mut kernel) = connected();
        let other = client.clone();
        let answers = async {
            let first = kernel.asked().await;
            let second = kernel.asked().await;
            let third = kernel.asked().await;
            kernel.complete(third, Status::SUCCESS, &[3, 0, 0, 0]).await;
            kernel.complete(second, Status::SUCCESS, &[2, 0, 0, 0]).await;
            kernel.complete(first, Status::SUCCESS, &[1, 0, 0, 0]).await;
        };
        let (one, two, three, ()) = tokio::join!(
            send(&client, "Set Powered", HCI0),
            send(&client, "Set Powered", HCI1),
            send(&other, "Set Bondable", HCI0),
            answers
        );
        assert_eq!([settings(one), settings(two), settings(three)], [1, 2, 3]);
    }

    #[tokio::test]
    async fn two_of_one_kind_are_answered_in_their_order() {
        let (client, mut kernel) = connected();
        let answers = async {
            for settings in [1, 2] {
                let asked = kernel.asked().await;
                kernel.complete(asked, Status::SUCCESS, &[settings, 0, 0, 0]).await;
            }
        };
        let (one, two, ()) = tokio::join!(
            send(&client, "Set Powered", HCI0),
            send(&client, "Set Powered", HCI0),
            answers
        );
        assert_eq!([settings(one), settings(two)], [1, 2]);
    }

    #[tokio::test]
    async fn a_failure_ends_the_command_whichever_event_tells_it() {
        let (client, mut kernel) = connected();
        for by_status in [true, false] {
            let answers = async {
                let asked = kernel.asked().await;
                match by_status {
                    true => kernel.status(asked, Status::BUSY).await,
                    false => kernel.complete(asked, Status::BUSY, &[]).await,
                }
            };
            let (reply, ()) = tokio::join!(send(&client, "Set Powered", HCI0), answers);
            let error = reply.unwrap_err();
            assert_eq!(error.to_string(), "the kernel answered Set Powered with Busy");
        }
    }

    #[tokio::test]
    async fn an_answer_under_the_number_of_another_command_is_taken_for_what_it_is() {
        let (client, mut kernel) = connected();
        let command = command("Set Default Runtime Configuration").unwrap();
        let answers = async {
            let (_, index) = kernel.asked().await;
            kernel.status((SET_SYSTEM_CONFIGURATION, index), Status::INVALID_PARAMETERS).await;
        };
        let (reply, ()) = tokio::join!(client.send(command, HCI0, Vec::new(), LIMIT), answers);
        let invalid = Error::Refused { command, status: Status::INVALID_PARAMETERS };
        assert_eq!(reply.unwrap_err(), invalid);
    }

    #[tokio::test]
    async fn an_early_status_of_success_is_not_the_end() {
        let (client, mut kernel) = connected();
        let answers = async {
            let asked = kernel.asked().await;
            kernel.status(asked, Status::SUCCESS).await;
            kernel.complete(asked, Status::SUCCESS, &[7, 0, 0, 0]).await;
        };
        let (reply, ()) = tokio::join!(send(&client, "Set Powered", HCI0), answers);
        assert_eq!(settings(reply), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reply_that_comes_too_late_does_not_pass_for_the_next() {
        let (client, mut kernel) = connected();
        let command = command("Set Powered").unwrap();
        let late = client.send(command, HCI0, vec![1], Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(late.to_string(), "the kernel did not answer Set Powered within 1s");
        let asked = kernel.asked().await;
        let answers = async {
            kernel.asked().await;
            kernel.complete(asked, Status::SUCCESS, &[1, 0, 0, 0]).await;
            kernel.complete(asked, Status::SUCCESS, &[2, 0, 0, 0]).await;
        };
        let (reply, ()) = tokio::join!(send(&client, "Set Powered", HCI0), answers);
        assert_eq!(settings(reply), 2);
    }

    #[tokio::test]
    async fn arguments_that_do_not_fit_are_not_sent() {
        let (client, _kernel) = connected();
        let command = command("Set Powered").unwrap();
        let error = client.call(command, HCI0, &Map::new(), LIMIT).await.unwrap_err();
        assert!(matches!(error, Error::Argument(_)), "{error}");
    }

    #[tokio::test]
    async fn when_the_kernel_goes_everybody_hears_it() {
        let (client, mut kernel) = connected();
        let gone = async {
            kernel.asked().await;
            drop(kernel);
        };
        let waits = client.wait_for(client.position(), |_| Some(()));
        let (reply, waited, ()) = tokio::join!(send(&client, "Set Powered", HCI0), waits, gone);
        assert!(matches!(reply, Err(Error::Closed(_))), "{reply:?}");
        assert!(matches!(waited, Err(Error::Closed(_))), "{waited:?}");
        assert!(matches!(send(&client, "Set Powered", HCI0).await, Err(Error::Closed(_))));
    }

    fn powered(told: &Told) -> Option<bool> {
        let Message::Event { kind, record, .. } = &*told.message else { return None };
        let settings = record.settings("current-settings").unwrap_or_default();
        (*kind == event("New Settings").unwrap()).then(|| settings == Settings(1))
    }

    #[tokio::test]
    async fn what_was_told_before_is_still_found_and_each_reader_has_a_place_of_its_own() {
        let (client, kernel) = connected();
        let start = client.position();
        kernel.new_settings(1).await;
        kernel.new_settings(0).await;
        let (first, next) = client.wait_for(start, powered).await.unwrap();
        let (second, end) = client.wait_for(next, powered).await.unwrap();
        assert_eq!((first, second), (true, false));
        assert_eq!(client.position(), end);
        let (all, lost) = client.since(start);
        assert_eq!((all.len(), lost), (2, 0));
        let waits = client.wait_for(end, powered);
        let (found, ()) = tokio::join!(waits, kernel.new_settings(1));
        assert!(found.unwrap().0);
    }

    #[tokio::test]
    async fn the_log_is_bounded_and_says_what_it_lost() {
        let (client, kernel) = connected();
        let start = client.position();
        for number in 0..u32::try_from(KEPT).unwrap() + 10 {
            kernel.new_settings(number).await;
        }
        let last = u32::try_from(KEPT).unwrap() + 9;
        let is_last = |told: &Told| match &*told.message {
            Message::Event { record, .. } => {
                (record.settings("current-settings") == Some(Settings(last))).then_some(())
            }
            _ => None,
        };
        client.wait_for(start, is_last).await.unwrap();
        let (all, lost) = client.since(start);
        assert_eq!((all.len(), lost), (KEPT, 10));
    }

    #[tokio::test]
    async fn what_is_no_packet_or_answers_nobody_harms_nothing() {
        let (client, mut kernel) = connected();
        kernel.sender.send(&[1, 0]).await.unwrap();
        kernel.complete((0x0005, HCI0), Status::SUCCESS, &[1, 0, 0, 0]).await;
        kernel.tell(0x7777, HCI0, vec![1, 2, 3]).await;
        client.wait_for(Position::default(), |_| Some(())).await.unwrap();
        let answers = async {
            let asked = kernel.asked().await;
            kernel.complete(asked, Status::SUCCESS, &[9, 0, 0, 0]).await;
        };
        let (reply, ()) = tokio::join!(send(&client, "Set Powered", HCI0), answers);
        assert_eq!(settings(reply), 9);
        let (told, _) = client.since(Position::default());
        assert!(matches!(&*told[0].message, Message::Unknown { code: 0x7777, .. }), "{told:?}");
    }
}
