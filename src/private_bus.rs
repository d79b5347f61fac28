//! A D-Bus bus for a test of its own: a `dbus-daemon`, which ends with it.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use zbus::{Connection, connection::Builder};

/// A bus at a path.
pub(crate) struct PrivateBus {
    child: Child,
    socket: PathBuf,
}

impl PrivateBus {
    /// None where the machine has no `dbus-daemon`.
    pub(crate) fn start(socket: &Path) -> Option<Self> {
        let mut child = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--print-address"])
            .arg(format!("--address=unix:path={}", socket.display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        // It says its address once it listens there.
        let mut address = String::new();
        let mut told = BufReader::new(child.stdout.take().expect("a pipe"));
        told.read_line(&mut address).expect("a line");
        assert!(address.starts_with("unix:path="), "the bus does not come up: {address:?}");
        Some(PrivateBus { child, socket: socket.to_owned() })
    }

    /// A bus for the test of this name.
    pub(crate) fn named(test: &str) -> Option<Self> {
        let bus = format!("bttest-{test}-{}", std::process::id());
        let bus = Self::start(&std::env::temp_dir().join(bus));
        if bus.is_none() {
            eprintln!("skipped: there is no dbus-daemon");
        }
        bus
    }

    pub(crate) fn address(&self) -> String {
        format!("unix:path={}", self.socket.display())
    }

    pub(crate) async fn connect(&self) -> Connection {
        Builder::address(self.address().as_str()).build().await.expect("a bus")
    }
}

impl Drop for PrivateBus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.socket);
    }
}
