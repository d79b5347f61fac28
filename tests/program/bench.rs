//! A folder with a plan and a scene in it, to run the program in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

/// The head that most plans here share: one device, as the scene below has it.
pub const HEAD: &str = "[device.dut]\nname = \"Thing\"\n";

/// A scene with that device, well-behaved.
pub const SCENE: &str =
    "[[device]]\nname = \"Thing\"\naddress = \"C0:DE:00:00:00:01\"\naddress-type = \"random\"\n";

/// A folder of its own for one test; it goes when nobody looks at it any more.
pub struct Bench(Rc<Folder>);

struct Folder(PathBuf);

/// What came of running the program.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    folder: Rc<Folder>,
}

impl Bench {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("program-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(Rc::new(Folder(folder)))
    }

    /// With a plan of these cases.
    pub fn with_plan(cases: &str) -> Self {
        Self::new().file("plan.toml", format!("{HEAD}{cases}"))
    }

    /// With a plan of one case with these steps, after what stands before it (`[vars]`), on a BR/EDR device that is as
    /// said, where nobody else plays audio.
    pub fn on_bredr(before: &str, device: &str, steps: &str) -> Self {
        let case = "[[case]]\nid = \"A\"\ntitle = \"t\"\nsteps = [\n";
        let scene = "[[adapter]]\naudio = false\n[[device]]\nname = \"Thing\"\naddress = \"00:AA:01:03:00:03\"\n\
                     transport = \"bredr\"\n";
        Self::new()
            .file("plan.toml", format!("{before}{HEAD}{case}{steps}\n]\n"))
            .file("scene.toml", format!("{scene}{device}"))
    }

    /// With a scene, to be run by `--sim=scene.toml`.
    pub fn scene(self, more: &str) -> Self {
        self.file("scene.toml", format!("{SCENE}{more}"))
    }

    pub fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.0.join(name)
    }

    /// The program in this folder, with an environment that says nothing.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(env!("CARGO_BIN_EXE_bttest"), arguments)
    }

    /// Any program in this folder, with such an environment.
    pub fn command_of(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.0.0);
        for name in ["CI", "NO_COLOR", "CLICOLOR_FORCE", "DBUS_SYSTEM_BUS_ADDRESS"] {
            command.env_remove(name);
        }
        command
    }

    pub fn bttest(&self, arguments: &[&str]) -> Ran {
        self.ran(self.command(arguments).output().unwrap())
    }

    /// Runs the plan on the scene, or without one on well-behaved devices.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let sim = if self.path("scene.toml").exists() { "--sim=scene.toml" } else { "--sim" };
        let mut all = vec!["run", "plan.toml", sim, "--out", "run", "--junit", "junit.xml"];
        all.extend(arguments);
        self.bttest(&all)
    }

    pub fn ran(&self, output: Output) -> Ran {
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            folder: self.0.clone(),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

impl Ran {
    /// Fails with all that was printed, unless the exit code is this.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// A file that the run has left.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }

    /// The records of the journal.
    pub fn journal(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.0.join("run/journal.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The records of one kind.
    pub fn events(&self, kind: &str) -> Vec<Value> {
        self.journal().into_iter().filter(|record| record["event"] == kind).collect()
    }

    /// The last record of each iteration, whether it was written whole or as a sum.
    pub fn iterations(&self) -> Vec<Value> {
        let last = |record: &Value| {
            ["iteration-finished", "iteration-summed"].iter().any(|kind| record["event"] == *kind)
        };
        self.journal().into_iter().filter(last).collect()
    }

    /// One field of all records of a kind, as text.
    pub fn each(&self, kind: &str, field: &str) -> Vec<String> {
        let text = |record: &Value| record[field].as_str().unwrap_or_default().to_owned();
        self.events(kind).iter().map(text).collect()
    }

    pub fn junit(&self) -> String {
        fs::read_to_string(self.folder.0.join("junit.xml")).unwrap()
    }

    /// Fails unless the text is on standard output or standard error.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        let said = format!("{}{}", self.stdout, self.stderr);
        assert!(said.contains(text), "{text:?} is not in\n{said}");
        self
    }
}
