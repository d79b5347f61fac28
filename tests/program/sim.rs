//! `bttest sim`: a bluetoothd on a bus of the test's own, for bttest itself as the client. Skipped where there
//! is no `dbus-daemon`.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::bench::Bench;

/// A process that ends with the test.
struct Running {
    child: Child,
    told: BufReader<ChildStdout>,
}

impl Running {
    fn start(command: &mut Command) -> Option<Self> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().ok()?;
        let told = BufReader::new(child.stdout.take().unwrap());
        Some(Self { child, told })
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.told.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Waits for its end, and gives its exit code and what it said on standard error.
    fn end(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().unwrap();
        let errors = self.child.stderr.take().unwrap();
        (status.code(), std::io::read_to_string(errors).unwrap())
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A bus, and its address, which leaves no file behind.
fn bus() -> Option<(Running, String)> {
    let address = format!("--address=unix:abstract=bttest-sim-{}", std::process::id());
    let arguments = ["--session", "--nofork", "--nopidfile", "--print-address", &address];
    let Some(mut bus) = Running::start(Command::new("dbus-daemon").args(arguments)) else {
        eprintln!("skipped: there is no dbus-daemon");
        return None;
    };
    let address = bus.line();
    Some((bus, address))
}

#[test]
fn a_plan_runs_on_the_simulator_behind_a_bus() {
    let bench = Bench::new();
    let Some((mut bus, address)) = bus() else { return };
    let mut simulator = Running::start(&mut bench.command(&["sim", "--bus", &address])).unwrap();
    assert_eq!(simulator.line(), format!("ready: org.bluez, BlueZ 5.82, on {address}"));
    assert_eq!(simulator.line(), "hci0  00:AA:01:00:00:42");
    assert_eq!(simulator.line(), "  C0:DE:00:00:00:01  le     My_Bluetooth_Device");
    assert_eq!(simulator.line(), "  00:AA:01:03:00:03  bredr  Speaker");

    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/testplans/quickstart.toml");
    let run = ["run", plan, "--bus", &address, "--out", "run", "--junit", "junit.xml"];
    bench.bttest(&run).exits(0).says("1 passed");

    bench
        .bttest(&["sim", "--bus", &address])
        .exits(3)
        .says("belongs to :1.")
        .says("dbus-daemon --session");

    simulator.signal(Signal::TERM);
    assert_eq!(simulator.end(), (Some(0), String::new()));

    let mut second = Running::start(&mut bench.command(&["sim", "--bus", &address])).unwrap();
    assert!(second.line().starts_with("ready: "));
    bus.child.kill().unwrap();
    bus.child.wait().unwrap();
    let (code, says) = second.end();
    assert_eq!((code, says.trim_end()), (Some(3), "bttest: the bus has closed the connection"));
}

#[test]
fn where_there_is_no_bus_it_says_how_to_have_one() {
    let bench = Bench::new().file("scene.toml", "[[device]]\nnam = 'x'\n");
    let none = ["sim", "--bus", "unix:path=/nonexistent/bus"];
    bench
        .bttest(&none)
        .exits(3)
        .says("no bus at unix:path=/nonexistent/bus")
        .says("dbus-daemon --session");
    bench.bttest(&["sim", "--bus", "nonsense"]).exits(2).says("unix:path=/tmp/bus");
    bench.bttest(&["sim"]).exits(2).says("--bus");
    let scene = ["sim", "--bus", "unix:path=/x", "--scene", "scene.toml"];
    bench.bttest(&scene).exits(2).says("scene.toml").says("`name`");
}
