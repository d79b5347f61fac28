//! `bttest mgmt`: the kernel's Bluetooth management API from the shell.

mod ask;
mod commands;
mod info;
mod monitor;
mod words;

use std::path::PathBuf;
use std::sync::Arc;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};

use super::{Exit, print, say};
use crate::mgmt::client::{Client, Error};
use crate::mgmt::kernel::Kernel;
use crate::mgmt::protocol::Index;
use crate::sim::{self, Scene};

/// What is told below the options.
const RIGHTS: &str = "\
`info` works for every user. Most commands, and most of what `monitor` shows, need CAP_NET_ADMIN:
  sudo setcap cap_net_admin,cap_net_raw+ep \"$(command -v bttest)\"

The commands and events are those of BlueZ's doc/mgmt-protocol.rst; `bttest mgmt commands` lists them.";

/// Read and control the kernel's Bluetooth controllers, past bluetoothd
#[derive(Debug, Args)]
#[command(after_help = RIGHTS)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    common: Common,
}

/// What every one of them can be told.
#[derive(Debug, Clone, Args)]
struct Common {
    /// The controller, such as hci0 [default: the only one there is; `info` and `monitor`: all]
    #[arg(long, short = 'i', value_name = "HCI", global = true)]
    index: Option<Index>,
    /// As JSON, for programs: one object in each line
    #[arg(long, global = true)]
    json: bool,
    /// Ask the kernel that the simulator plays, with what a scene file says
    #[arg(long, value_name = "SCENE", num_args = 0..=1, require_equals = true, global = true)]
    sim: Option<Option<PathBuf>>,
    /// How long the kernel may take to answer, in seconds [default: 60]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=86_400), global = true)]
    timeout: Option<u64>,
}

/// What stands behind the name of a command: parameters, and options too.
#[derive(Debug, Parser)]
#[command(name = "bttest mgmt COMMAND", disable_version_flag = true)]
struct Behind {
    /// Parameters, such as `powered=on`
    parameters: Vec<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the controllers: address, version, settings
    Info,
    /// List the commands and events, and which of them this kernel knows
    Commands,
    /// Show what the kernel tells, as it happens
    Monitor(monitor::Arguments),
    /// Send a command: its name and its parameters, such as `set-powered powered=on`
    #[command(external_subcommand)]
    Command(Vec<String>),
}

pub(super) fn main(arguments: &Arguments) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(run(arguments)),
        Err(error) => {
            say(&format!("the system gives no event queue: {error}"));
            Exit::Bench
        }
    }
}

async fn run(arguments: &Arguments) -> Exit {
    let mut common = arguments.common.clone();
    // What is wrong with the words is told before the kernel is asked.
    let call = match &arguments.what {
        What::Command(words) => match command(words, &mut common) {
            Ok(call) => Some(call),
            Err(exit) => return exit,
        },
        _ => None,
    };
    let common = &common;
    let kernel = match kernel(common) {
        Ok(kernel) => kernel,
        Err(error) => {
            say(&error);
            return Exit::Usage;
        }
    };
    let client = match kernel.open() {
        Ok(client) => client,
        Err(error) => {
            say(&format!("{error}; {}", error.hint()));
            return Exit::Bench;
        }
    };
    let ended = match &arguments.what {
        What::Info => info::show(&client, common).await,
        What::Commands => commands::list(&client, common).await,
        What::Monitor(monitor) => monitor::watch(&client, monitor, common).await,
        What::Command(_) => match call {
            Some(call) => ask::send(&client, call, common).await,
            None => Ok(()),
        },
    };
    match ended {
        Ok(()) => Exit::Passed,
        Err(error) => refused(&error),
    }
}

/// The command that is typed, and the options that stand behind its name.
fn command(words: &[String], common: &mut Common) -> Result<words::Call, Exit> {
    let (name, rest) = words.split_first().map_or(("", &[][..]), |(name, rest)| (name, rest));
    let behind = Behind::try_parse_from(std::iter::once("").chain(rest.iter().map(String::as_str)));
    let behind = behind.map_err(|error| {
        if let (ErrorKind::DisplayHelp, Ok(help)) = (error.kind(), words::help(name)) {
            print(&help);
            return Exit::Passed;
        }
        let _ = error.print();
        if error.use_stderr() { Exit::Usage } else { Exit::Passed }
    })?;
    common.add(behind.common);
    words::read(name, &behind.parameters).map_err(|error| {
        say(&error);
        Exit::Usage
    })
}

fn kernel(common: &Common) -> Result<Kernel, String> {
    let scene = match &common.sim {
        None => return Ok(Kernel::Machine),
        Some(None) => Scene::default(),
        Some(Some(file)) => Scene::read(file)?,
    };
    let simulator = sim::start(scene, 1);
    Ok(Kernel::Within(Arc::new(move || simulator.connect_kernel())))
}

/// Why a command came to nothing.
#[derive(Debug)]
enum Trouble {
    Kernel(Error),
    /// There is no controller, or it is not clear which.
    Choice(String),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Kernel(error)
    }
}

fn refused(trouble: &Trouble) -> Exit {
    use crate::mgmt::protocol::Status;
    let error = match trouble {
        Trouble::Choice(sentence) => {
            say(sentence);
            return Exit::Bench;
        }
        Trouble::Kernel(error) => error,
    };
    match error.hint() {
        Some(hint) => say(&format!("{error}; {hint}")),
        None => say(&error.to_string()),
    }
    match error {
        Error::Argument(_) => Exit::Usage,
        Error::Refused { status: Status::PERMISSION_DENIED, .. } | Error::Closed(_) => Exit::Bench,
        Error::Refused { .. } | Error::Untaken { .. } | Error::Late { .. } => Exit::Failed,
    }
}

/// The controllers that there are.
async fn controllers(client: &Client, common: &Common) -> Result<Vec<Index>, Trouble> {
    if let Some(index) = common.index {
        return Ok(vec![index]);
    }
    let reply = own(client, common, 0x0003, Index::NONE).await?;
    let number = |value: &crate::mgmt::protocol::Value| u16::try_from(value.number()?).ok();
    let mut all: Vec<Index> =
        reply.values("controller-index").iter().filter_map(number).map(Index).collect();
    all.sort_by_key(|index| index.0);
    Ok(all)
}

/// A command of bttest's own, without parameters.
async fn own(
    client: &Client,
    common: &Common,
    code: u16,
    index: Index,
) -> Result<crate::mgmt::protocol::Record, Trouble> {
    let Some(command) = crate::mgmt::protocol::command_of(code) else {
        return Err(Trouble::Choice("there is no such command".to_owned()));
    };
    Ok(client.send(command, index, Vec::new(), common.limit()).await?)
}

impl Common {
    fn limit(&self) -> std::time::Duration {
        self.timeout.map_or(crate::mgmt::client::LIMIT, std::time::Duration::from_secs)
    }

    /// Takes over what is said later.
    fn add(&mut self, later: Self) {
        let Self { index, json, sim, timeout } = later;
        self.index = index.or(self.index);
        self.json |= json;
        self.sim = sim.or(self.sim.take());
        self.timeout = timeout.or(self.timeout);
    }
}
