//! `--capture`: an HCI capture beside the journal.

use std::path::Path;

use clap::{Args, ValueEnum};

use crate::mgmt::capture::live::{Live, Settings};
use crate::mgmt::socket::{Channel, Socket};
use crate::steps::{CAPTURE_FOLDER, Failure};

/// Whether and how HCI is captured.
#[derive(Debug, Clone, Args)]
pub(super) struct Capture {
    /// Keep what passes between the kernel and its controllers, for Wireshark and `btmon -r`: of the whole run in
    /// capture/run.btsnoop of its folder, and of each failing attempt in a file with the case's id
    #[arg(long, conflicts_with = "sim")]
    capture: bool,
    /// Whether keys and PINs are struck out of it
    #[arg(long, value_name = "WHEN", default_value = "always", requires = "capture")]
    capture_redact: Redact,
    /// How large capture/run.btsnoop may grow, in megabytes, before it becomes run.1.btsnoop and a new one begins
    #[arg(long, value_name = "MB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=100_000), requires = "capture")]
    capture_size: u64,
}

/// When keys and PINs are struck out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Redact {
    /// Before anything is written
    Always,
    /// Where CI runs (the environment variable CI is set): there files are uploaded
    Ci,
    /// Not at all: whoever has the files can decrypt what the devices said on the air
    Never,
}

impl Capture {
    /// Begins the capture of a run, if one is wanted.
    ///
    /// # Errors
    /// The kernel does not let this process in, or the files cannot be written.
    pub(super) fn begin(&self, run: &Path) -> Result<Option<Live>, Failure> {
        if !self.capture {
            return Ok(None);
        }
        let socket = Socket::open(Channel::Monitor).map_err(|error| {
            let kind = if error.is_permission() { "no-permission" } else { "no-kernel" };
            Failure::bench(kind, error.to_string(), error.hint())
        })?;
        let redact = match self.capture_redact {
            Redact::Always => true,
            Redact::Ci => std::env::var_os("CI").is_some_and(|ci| !ci.is_empty()),
            Redact::Never => false,
        };
        let folder = run.join(CAPTURE_FOLDER);
        let settings = Settings { folder: folder.clone(), limit: self.capture_size << 20, redact };
        let live = Live::begin(&settings, socket).map_err(|error| {
            Failure::bench(
                "no-capture",
                format!("no HCI capture can be written in {}: {error}", folder.display()),
                "is there room, and may this user write there?",
            )
        })?;
        Ok(Some(live))
    }
}
