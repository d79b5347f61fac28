//! A capture while a run goes on: it reads the kernel's monitor channel, writes the [`Rolling`] file of the run,
//! keeps the last packets in a [`Ring`] for what fails, and tells why something failed.
//!
//! The packets of a failure are on the socket before bluetoothd answers, but a task that reads them may not
//! have had its turn: whoever asks takes what is there first. The file of the run is written by a thread of its
//! own, so that a slow disk holds up nothing that is measured.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::{Monitored, Reason, Reasons, Redactor, Ring, Rolling};
use crate::mgmt::socket::{LARGEST, Socket, receive_once, until_done};

/// How much memory the last packets may take, in octets: minutes of reconnecting, seconds of audio.
const RING: usize = 16 << 20;

/// How many packets wait for the disk.
const TO_WRITE: usize = 20_000;

/// How many reasons wait for who tells them.
const WAITING: usize = 1000;

/// How many files of failing attempts are kept, and of how many octets together: a device that fails all
/// night fills no disk.
const MOST_FILES: u32 = 500;
const MOST_OCTETS: u64 = 256 << 20;

/// Where a capture goes, and what of it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder of its files.
    pub folder: PathBuf,
    /// How large the file of the run may grow before a new one is begun, in octets; two are kept.
    pub limit: u64,
    /// Whether keys and PINs are struck out.
    pub redact: bool,
}

/// A capture that goes on. It ends when it is dropped.
#[derive(Debug)]
pub struct Live {
    shared: Arc<Shared>,
    reader: AbortHandle,
    writer: Option<JoinHandle<()>>,
    folder: PathBuf,
}

impl Drop for Live {
    fn drop(&mut self) {
        self.reader.abort();
        self.shared.catch_up();
        // The writer ends when it has written what waits.
        self.shared.lock().to_write = None;
        if let Some(writer) = self.writer.take() {
            // One that panicked has nothing more to write.
            let _ = writer.join();
        }
    }
}

/// What the thread that writes is told.
#[derive(Debug)]
struct ToWrite {
    packet: Monitored,
    /// How many were lost before it.
    lost: u64,
}

#[derive(Debug)]
struct Shared {
    socket: Arc<AsyncFd<OwnedFd>>,
    state: Mutex<State>,
    /// Why the file of the run could not be written, the first time.
    trouble: Arc<Mutex<Option<String>>>,
    news: Notify,
}

#[derive(Debug)]
struct State {
    buffer: Vec<u8>,
    redactor: Option<Redactor>,
    reasons: Reasons,
    told: VecDeque<Reason>,
    ring: Ring,
    /// To the thread that writes the file of the run; none when the capture ends.
    to_write: Option<SyncSender<ToWrite>>,
    /// How many packets found no room on that way.
    lost: u64,
    files: u32,
    octets: u64,
}

impl Live {
    /// Begins a capture from a socket of the monitor channel.
    ///
    /// # Errors
    /// The folder or the file of the run cannot be written.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn begin(settings: &Settings, socket: Socket) -> io::Result<Self> {
        let gone = || io::Error::other("this is no socket of the kernel");
        let socket = socket.into_descriptor().ok_or_else(gone)?;
        fs::create_dir_all(&settings.folder)?;
        let rolling = Rolling::create(&of_the_run(&settings.folder), settings.limit)?;
        let trouble = Arc::default();
        let (to_write, queue) = sync_channel(TO_WRITE);
        let tells = Arc::clone(&trouble);
        let writer = std::thread::Builder::new()
            .name("hci-capture".to_owned())
            .spawn(move || write(rolling, &queue, &tells))?;
        let state = State {
            buffer: vec![0; LARGEST],
            redactor: settings.redact.then(Redactor::default),
            reasons: Reasons::default(),
            told: VecDeque::new(),
            ring: Ring::new(RING),
            to_write: Some(to_write),
            lost: 0,
            files: 0,
            octets: 0,
        };
        let (state, news) = (Mutex::new(state), Notify::new());
        let shared = Arc::new(Shared { socket, state, trouble, news });
        let reader = tokio::spawn(read(shared.clone())).abort_handle();
        Ok(Self { shared, reader, writer: Some(writer), folder: settings.folder.clone() })
    }

    /// The next reason for a failure.
    pub async fn reason(&self) -> Reason {
        loop {
            let news = self.shared.news.notified();
            if let Some(reason) = self.shared.lock().told.pop_front() {
                return reason;
            }
            news.await;
        }
    }

    /// The reasons that nobody has been told yet, up to now.
    #[must_use]
    pub fn reasons_by_now(&self) -> Vec<Reason> {
        self.shared.catch_up();
        self.shared.lock().told.drain(..).collect()
    }

    /// Keeps what passed since a time, in microseconds since 1970, in a file of its own, and gives its name. None
    /// where so much is kept that there is no room for more.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep(&self, name: &str, from: u64) -> io::Result<Option<String>> {
        self.shared.catch_up();
        let mut state = self.shared.lock();
        let part = state.ring.part(from, u64::MAX);
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        if state.files >= MOST_FILES || state.octets.saturating_add(length) > MOST_OCTETS {
            return Ok(None);
        }
        state.files += 1;
        state.octets += length;
        drop(state);
        write_new(&self.folder, &in_file_names(name), &part).map(Some)
    }

    /// Why the file of the run cannot be written, where that has not been said.
    ///
    /// A disk that is full all night is said again each time.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.shared.trouble.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The file of the whole run.
const RUN: &str = "run.btsnoop";

/// The file of the whole run; where a run goes on, that of its later part.
fn of_the_run(folder: &Path) -> PathBuf {
    let later = (2..).map(|part| folder.join(format!("run-{part}.btsnoop")));
    let mut all = std::iter::once(folder.join(RUN)).chain(later);
    all.find(|file| !file.exists()).unwrap_or_else(|| folder.join(RUN))
}

/// Now, in microseconds since 1970: the time of the packets.
#[must_use]
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// A name of letters that every file system and every URL takes as they are.
fn in_file_names(name: &str) -> String {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let name: String = name.chars().map(|c| if fine(c) { c } else { '-' }).take(150).collect();
    name.trim_matches(['-', '.']).to_owned()
}

/// Writes a file that was not there before.
fn write_new(folder: &Path, name: &str, octets: &[u8]) -> io::Result<String> {
    for twin in 1..1000 {
        let file = match twin {
            1 => format!("{name}.btsnoop"),
            twin => format!("{name}.{twin}.btsnoop"),
        };
        match fs::File::create_new(folder.join(&file)) {
            Ok(mut out) => {
                io::Write::write_all(&mut out, octets)?;
                return Ok(file);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{name} is there a thousand times")))
}

async fn read(shared: Arc<Shared>) {
    while let Ok(mut ready) = shared.socket.readable().await {
        shared.catch_up();
        ready.clear_ready();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what is on the socket.
    fn catch_up(&self) {
        let mut state = self.lock();
        let mut told = false;
        while let Some(packet) = state.next(self.socket.get_ref()) {
            told |= state.take(packet);
        }
        drop(state);
        if told {
            self.news.notify_one();
        }
    }
}

impl State {
    fn next(&mut self, socket: &OwnedFd) -> Option<Monitored> {
        loop {
            let buffer = &mut self.buffer;
            let length = until_done(|| receive_once(socket, buffer)).ok()?;
            if length == 0 {
                return None;
            }
            // What is no packet of the channel says nothing.
            let whole = self.buffer.get(..length).map(|octets| Monitored::parse(now(), octets));
            if let Some(Ok(packet)) = whole {
                return Some(packet);
            }
        }
    }

    /// Whether it tells a reason.
    fn take(&mut self, mut packet: Monitored) -> bool {
        let reasons = self.reasons.read(&packet);
        if let Some(redactor) = &mut self.redactor {
            redactor.strike(&mut packet);
        }
        self.hand_over(packet.clone());
        self.ring.push(packet);
        let told = !reasons.is_empty();
        let room = WAITING.saturating_sub(self.told.len());
        self.told.extend(reasons.into_iter().take(room));
        told
    }
}

/// Writes the file of the run until the capture ends.
fn write(mut rolling: Rolling, queue: &Receiver<ToWrite>, trouble: &Mutex<Option<String>>) {
    for ToWrite { packet, lost } in queue {
        rolling.lose(lost);
        if let Err(error) = rolling.write(&packet) {
            let mut trouble = trouble.lock().unwrap_or_else(PoisonError::into_inner);
            trouble.get_or_insert(error.to_string());
        }
    }
}

impl State {
    fn hand_over(&mut self, packet: Monitored) {
        let Some(to_write) = &self.to_write else { return };
        match to_write.try_send(ToWrite { packet, lost: self.lost }) {
            Ok(()) => self.lost = 0,
            Err(TrySendError::Full(_)) => self.lost += 1,
            // The thread has ended; what it could write is on disk.
            Err(TrySendError::Disconnected(_)) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType, socketpair};

    use super::*;
    use crate::mgmt::capture::btsnoop;
    use crate::report::temp_folder::Folder;

    /// A capture, and the end that the kernel has.
    fn begun(folder: &Path) -> (Live, OwnedFd) {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None).unwrap();
        let settings = Settings { folder: folder.to_owned(), limit: 1 << 20, redact: true };
        (Live::begin(&settings, Socket::over(ours).unwrap()).unwrap(), theirs)
    }

    fn tell(kernel: &OwnedFd, opcode: u16, parameters: &[u8]) {
        let length = u16::try_from(parameters.len()).unwrap();
        let header = [opcode, 0, length].map(u16::to_le_bytes).concat();
        let packet = [&header, parameters].concat();
        rustix::net::send(kernel, &packet, SendFlags::empty()).unwrap();
    }

    /// HCI events: a link that came up, and its end by a supervision timeout.
    const CONNECTED: [u8; 13] = [0x03, 11, 0, 0x40, 0, 0x42, 0, 0, 1, 0xAA, 0, 1, 0];
    const LOST: [u8; 6] = [0x05, 4, 0, 0x40, 0, 0x08];

    #[tokio::test]
    async fn what_passed_since_a_time_is_kept_under_a_name_and_why_it_failed_is_told() {
        let temp = Folder::new();
        let (live, kernel) = begun(temp.path());
        tell(&kernel, 3, &CONNECTED);
        assert!(live.reasons_by_now().is_empty());
        std::thread::sleep(Duration::from_millis(2));
        let from = now();
        tell(&kernel, 3, &LOST);
        let file = live.keep("PAIR-01[a=1]-3", from).unwrap().unwrap();
        assert_eq!(file, "PAIR-01-a-1--3.btsnoop");
        let (kept, broken) = btsnoop::read(&fs::read(temp.path().join(file)).unwrap());
        assert!(broken.is_none(), "{broken:?}");
        assert_eq!(kept.last().unwrap().packet.octets, LOST);
        let reasons = live.reasons_by_now();
        assert_eq!(reasons.len(), 1);
        assert_eq!(reasons[0].to_string(), "link lost: HCI 0x08 Connection Timeout");
        let again = live.keep("PAIR-01[a=1]-3", from).unwrap().unwrap();
        assert_eq!(again, "PAIR-01-a-1--3.2.btsnoop");
        drop(live);
        let (run, _) = btsnoop::read(&fs::read(temp.path().join(RUN)).unwrap());
        assert_eq!(run.len(), 2);
    }

    #[tokio::test]
    async fn a_reason_wakes_who_waits_for_it() {
        let temp = Folder::new();
        let (live, kernel) = begun(temp.path());
        let (reason, ()) = tokio::join!(live.reason(), async {
            tokio::task::yield_now().await;
            tell(&kernel, 3, &CONNECTED);
            tell(&kernel, 3, &LOST);
        });
        assert_eq!(reason.code, 8);
    }

    #[tokio::test]
    async fn what_is_kept_is_bounded() {
        let temp = Folder::new();
        let (live, _kernel) = begun(temp.path());
        live.shared.lock().files = MOST_FILES;
        assert_eq!(live.keep("X-1", 0).unwrap(), None);
    }
}
