//! Commands that a plan runs: bounded in time, in output, and in what they leave behind.
//!
//! A command runs in a process group of its own, with nothing on its standard input. At its limit, or when
//! nobody waits for it any more, the group is asked to end (SIGTERM), and made to after 2 s (SIGKILL).
//!
//! It is watched from a blocking task of tokio's: the simulator's fast clock stands still meanwhile, or
//! every time limit would be over at once.

use std::io::{self, PipeReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::plan::Span;

/// How much of the end of the output is kept, in bytes.
const KEPT: usize = 4096;

/// How long a group that was asked to end may take to do so.
const GRACE: Duration = Duration::from_secs(2);

/// How long the output may take to end after the command has: a process that it left running may hold on
/// to it for ever.
const REST: Duration = Duration::from_millis(200);

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Order {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Variables of the environment beside bttest's own.
    pub environment: Vec<(&'static str, String)>,
    /// When it is ended.
    pub limit: Duration,
}

/// How a command ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ran {
    /// Its exit status; none where a signal ended it, or it did not start.
    pub status: Option<i32>,
    /// The end of what it wrote on both streams, at most 4 KiB.
    pub output: String,
    /// Why it could not be run, or did not end by itself.
    pub error: Option<String>,
}

/// A command at work. Dropped, it is ended.
#[derive(Debug)]
pub struct Running {
    watcher: tokio::task::JoinHandle<Ran>,
    events: Sender<Happened>,
    output: Output,
}

/// What the watcher waits for.
enum Happened {
    Exited(io::Result<ExitStatus>),
    /// Both streams are closed.
    Closed,
    /// Nobody waits for the command any more.
    Dropped,
}

impl Running {
    /// Starts a command. That it cannot be started shows when it is waited for.
    #[must_use]
    pub fn start(order: Order) -> Self {
        let (events, happened) = channel();
        let output = Output::default();
        let (told, kept) = (events.clone(), output.clone());
        let watcher = tokio::task::spawn_blocking(move || watch(&order, told, &happened, &kept));
        Self { watcher, events, output }
    }

    /// Waits until it has ended.
    pub async fn finish(&mut self) -> Ran {
        let ended = (&mut self.watcher).await;
        ended.unwrap_or_else(|error| Ran { error: Some(error.to_string()), ..Ran::default() })
    }

    /// What it has written so far.
    #[must_use]
    pub fn output(&self) -> String {
        self.output.text()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Nobody listens where it has ended.
        let _ = self.events.send(Happened::Dropped);
    }
}

fn watch(
    order: &Order,
    told: Sender<Happened>,
    happened: &Receiver<Happened>,
    output: &Output,
) -> Ran {
    let (child, reader) = match spawn(order) {
        Ok(spawned) => spawned,
        Err(error) => {
            let program = order.argv.first().map(String::as_str).unwrap_or_default();
            let error = Some(format!("cannot run {program:?}: {error}"));
            return Ran { error, ..Ran::default() };
        }
    };
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    attend(child, reader, told, output.clone());
    let (status, error) = ended(happened, group, order.limit);
    let (status, error) = match status {
        Some(Ok(status)) => (Some(status), error),
        Some(Err(lost)) => (None, error.or_else(|| Some(lost.to_string()))),
        None => (None, error),
    };
    let signal = status.and_then(|status| status.signal());
    let error = error.or_else(|| signal.map(|signal| format!("signal {signal} ended it")));
    Ran { status: status.and_then(|status| status.code()), output: output.text(), error }
}

fn spawn(order: &Order) -> io::Result<(Child, PipeReader)> {
    let (reader, writer) = io::pipe()?;
    let (program, arguments) =
        order.argv.split_first().ok_or_else(|| io::Error::other("there is no program"))?;
    // The command, with its ends of the pipe, goes at the end of this function: else it would never close.
    let child = Command::new(program)
        .args(arguments)
        .envs(order.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .process_group(0)
        .spawn()?;
    Ok((child, reader))
}

/// Reads what the child writes and waits for its end, each in a thread of its own, which end with it.
fn attend(mut child: Child, mut reader: PipeReader, told: Sender<Happened>, output: Output) {
    let closed = told.clone();
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = reader.read(&mut bytes) {
            output.add(bytes.get(..count).unwrap_or_default());
        }
        let _ = closed.send(Happened::Closed);
    });
    std::thread::spawn(move || {
        let _ = told.send(Happened::Exited(child.wait()));
    });
}

/// Waits until the child has ended, by itself or not, and for the rest of its output.
fn ended(
    happened: &Receiver<Happened>,
    group: Option<Pid>,
    limit: Duration,
) -> (Option<io::Result<ExitStatus>>, Option<String>) {
    let mut closed = false;
    let mut exit = |within: Duration| {
        let deadline = Instant::now().checked_add(within);
        loop {
            let left = deadline.map_or(within, |end| end.saturating_duration_since(Instant::now()));
            match happened.recv_timeout(left) {
                Ok(Happened::Exited(status)) => return Ok(status),
                Ok(Happened::Closed) => closed = true,
                Ok(Happened::Dropped) => return Err("it was cut off".to_owned()),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    return Err(format!("it did not end within {}", Span(within)));
                }
            }
        }
    };
    let (status, error) = match exit(limit) {
        Ok(status) => (Some(status), None),
        Err(error) => {
            signal(group, Signal::TERM);
            let mut status = exit(GRACE).ok();
            // Also where the first of the group has ended: others in it may not have.
            signal(group, Signal::KILL);
            if status.is_none() {
                status = exit(GRACE).ok();
            }
            (status, Some(error))
        }
    };
    let end = Instant::now() + REST;
    while !closed {
        match happened.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(Happened::Closed) | Err(_) => closed = true,
            Ok(_) => {}
        }
    }
    (status, error)
}

fn signal(group: Option<Pid>, signal: Signal) {
    // A group that has ended already is as it should be.
    let _ = group.map(|group| kill_process_group(group, signal));
}

/// The end of what a command writes.
#[derive(Debug, Clone, Default)]
struct Output(Arc<Mutex<Tail>>);

#[derive(Debug, Default)]
struct Tail {
    bytes: Vec<u8>,
    cut: bool,
}

impl Output {
    fn add(&self, bytes: &[u8]) {
        let mut tail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tail.bytes.extend_from_slice(bytes);
        if let Some(more) = tail.bytes.len().checked_sub(KEPT).filter(|more| *more > 0) {
            tail.bytes.drain(..more);
            tail.cut = true;
        }
    }

    /// As text. What was cut begins with a whole word: a part of a secret would not be known as one.
    fn text(&self) -> String {
        let tail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&tail.bytes);
        let text = match tail.cut {
            true => text.split_once(|c: char| c.is_whitespace()).map_or("", |(_, rest)| rest),
            false => &text,
        };
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(text: &str, ms: u64) -> Order {
        Order {
            argv: ["sh", "-c", text].map(str::to_owned).to_vec(),
            environment: vec![("BTTEST_DEVICE", "dut".to_owned())],
            limit: Duration::from_millis(ms),
        }
    }

    async fn ran(order: Order) -> Ran {
        Running::start(order).finish().await
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_gives_its_status_and_both_streams_while_the_fast_clock_stands_still() {
        let before = tokio::time::Instant::now();
        let work = ran(sh("echo $BTTEST_DEVICE; sleep 0.1; echo no >&2; cat; exit 3", 20_000));
        let ran = tokio::time::timeout(Duration::from_secs(1), work).await.unwrap();
        assert_eq!(ran, Ran { status: Some(3), output: "dut\nno\n".to_owned(), error: None });
        assert_eq!(before.elapsed(), Duration::ZERO);
    }

    #[tokio::test]
    async fn at_its_limit_the_whole_group_is_ended() {
        let start = Instant::now();
        // The one in the background ignores SIGTERM and holds the output open.
        let ended = ran(sh("(trap '' TERM; sleep 60) & echo begun; sleep 60", 300)).await;
        assert_eq!(ended.error.as_deref(), Some("it did not end within 300ms"));
        assert_eq!((ended.status, ended.output.as_str()), (None, "begun\n"));
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }

    #[tokio::test]
    async fn one_that_ignores_the_request_is_made_to_end() {
        let ended = ran(sh("trap '' TERM; while :; do sleep 0.05; done", 200)).await;
        assert_eq!(ended.status, None);
        assert_eq!(ended.error.as_deref(), Some("it did not end within 200ms"));
    }

    #[tokio::test]
    async fn dropped_it_is_ended() {
        let file = std::env::temp_dir().join(format!("bttest-exec-{}", std::process::id()));
        let _ = std::fs::remove_file(&file);
        let text = format!(
            "trap 'echo ended > {}; exit' TERM; echo up; while :; do sleep 0.05; done",
            file.display()
        );
        let mut running = Running::start(sh(&text, 60_000));
        while running.output().is_empty() {
            let _ = tokio::time::timeout(Duration::from_millis(20), running.finish()).await;
        }
        drop(running);
        let start = Instant::now();
        while !file.exists() {
            assert!(start.elapsed() < Duration::from_secs(10), "it goes on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let _ = std::fs::remove_file(&file);
    }

    #[tokio::test]
    async fn what_is_left_running_is_not_waited_for() {
        let start = Instant::now();
        let ended = ran(sh("sleep 3 & echo done", 20_000)).await;
        assert_eq!((ended.status, ended.output.as_str()), (Some(0), "done\n"));
        assert!(start.elapsed() < Duration::from_secs(3));
    }

    #[tokio::test]
    async fn of_much_output_the_end_is_kept_from_a_whole_word_on() {
        let ended = ran(sh("i=0; while [ $i -lt 2000 ]; do echo word$i; i=$((i+1)); done", 20_000));
        let output = ended.await.output;
        assert!(output.len() <= KEPT && output.len() > KEPT - 20, "{}", output.len());
        assert!(output.starts_with("word") && output.ends_with("word1999\n"), "{output}");
    }

    #[tokio::test]
    async fn what_is_no_program_says_so() {
        let order = Order { argv: vec!["/no/such".to_owned()], ..sh("", 1000) };
        let error = ran(order).await.error.unwrap_or_default();
        assert!(error.contains("/no/such"), "{error}");
    }
}
