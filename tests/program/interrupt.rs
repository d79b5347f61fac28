//! Ctrl-C, SIGTERM and kill -9: what is left is a whole journal, and reports.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::bench::{Bench, Ran};

const WAITS: &str = r#"
[[case]]
id = "A"
title = "waits"
steps = [{ do = "discover", device = "dut" }, { do = "pair", device = "dut" }, { do = "pause", for = "10m" }]
teardown = [{ do = "inspect", only = "adapter" }]
[[case]]
id = "B"
title = "comes after"
steps = [{ do = "inspect" }]
"#;

/// The program on the simulator in real time, once it is in the middle of its long step.
fn waiting(bench: &Bench) -> Child {
    waiting_under(bench, "exec \"$@\"")
}

/// The same, started by a line of shell.
fn waiting_under(bench: &Bench, shell: &str) -> Child {
    let arguments = [
        "run",
        "plan.toml",
        "--sim",
        "--sim-clock",
        "real",
        "--out",
        "run",
        "--junit",
        "junit.xml",
    ];
    let program = bench.command(&arguments);
    let child = bench
        .command_of("sh", &["-c", shell, "sh"])
        .arg(program.get_program())
        .args(program.get_args())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    // The iteration that is under way may stand in a file beside the journal.
    let text = || {
        let files = std::fs::read_dir(bench.path("run")).into_iter().flatten().flatten();
        files.filter_map(|file| std::fs::read_to_string(file.path()).ok()).collect::<String>()
    };
    while !text().contains("\"verb\":\"pause\"") {
        assert!(start.elapsed() < Duration::from_secs(60), "the run does not get to its long step");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

fn kill(child: &Child, signal: &str) {
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

fn ended(bench: &Bench, child: Child) -> Ran {
    bench.ran(child.wait_with_output().unwrap())
}

#[test]
fn the_first_signal_tears_down_and_writes_every_report() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let bench = Bench::with_plan(WAITS);
        let child = waiting(&bench);
        kill(&child, signal);
        let ran = ended(&bench, child).exits(code);
        assert_eq!(ran.each("case-finished", "verdict"), ["inconclusive", "skip"]);
        assert!(ran.each("step-started", "step").contains(&"teardown/1".to_owned()));
        assert!(!ran.events("restored").is_empty(), "the bond was left");
        assert_eq!(ran.events("run-finished")[0]["exit_code"], code);
        assert!(ran.junit().contains("</testsuites>"));
    }
}

#[test]
fn a_second_signal_ends_at_once_with_the_journal_intact() {
    // Teardown that lasts, so that the second signal finds the program in it.
    let plan = WAITS
        .replace("{ do = \"inspect\", only = \"adapter\" }", "{ do = \"pause\", for = \"5m\" }");
    let bench = Bench::with_plan(&plan);
    let child = waiting(&bench);
    kill(&child, "-INT");
    let start = Instant::now();
    let journal = bench.path("run/journal.jsonl");
    while !std::fs::read_to_string(&journal).unwrap().contains("teardown/1") {
        assert!(start.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(20));
    }
    kill(&child, "-INT");
    let ran = ended(&bench, child).exits(130);
    assert!(ran.events("run-finished").is_empty());
    // Every line is whole: reading it did not panic. And the reports can be made of it.
    bench.bttest(&["report", "run", "--junit", "again.xml"]).exits(0);
    assert!(std::fs::read_to_string(bench.path("again.xml")).unwrap().contains("cut off"));
}

#[test]
fn a_killed_run_can_still_be_reported() {
    let bench = Bench::with_plan(WAITS);
    let child = waiting(&bench);
    kill(&child, "-KILL");
    assert_eq!(ended(&bench, child).code, None);
    bench.bttest(&["report", "run", "--junit", "junit.xml"]).exits(0);
    let junit = std::fs::read_to_string(bench.path("junit.xml")).unwrap();
    assert!(junit.contains("cut off") && junit.contains("</testsuites>"), "{junit}");
}

#[test]
fn reports_made_again_are_the_same_bytes() {
    let bench =
        Bench::with_plan("[[case]]\nid = \"A\"\ntitle = \"t\"\nsteps = [{ do = \"inspect\" }]\n");
    let first = bench.run(&["--html", "first.html"]).exits(0);
    assert!(first.stdout.contains("  html      first.html"), "{}", first.stdout);
    bench.bttest(&["report", "run", "--junit", "again.xml", "--html", "again.html"]).exits(0);
    let read = |name: &str| std::fs::read_to_string(bench.path(name)).unwrap();
    assert_eq!(first.junit(), read("again.xml"));
    assert_eq!(read("first.html"), read("again.html"));
    assert!(read("first.html").contains("1 of 1 case passed"));
}

#[test]
fn the_signal_is_told_when_it_comes_and_not_when_all_is_put_back() {
    let bench = Bench::with_plan(WAITS);
    let child = waiting(&bench);
    kill(&child, "-INT");
    let ran = ended(&bench, child).exits(130);
    let journal = ran.journal();
    let at = |event: &str| journal.iter().position(|record| record["event"] == event).unwrap();
    let told = at("interrupted");
    let teardown = journal.iter().position(|record| record["step"] == "teardown/1").unwrap();
    assert!(told < teardown && told < at("attempt-finished"), "{journal:#?}");
    assert_eq!(journal[told].get("case"), None);
    assert_eq!(ran.events("interrupted").len(), 1);
}

#[test]
fn nohup_keeps_a_run_going_when_its_terminal_is_closed() {
    let bench = Bench::with_plan(WAITS);
    let child = waiting_under(&bench, "trap '' HUP; exec \"$@\"");
    kill(&child, "-HUP");
    std::thread::sleep(Duration::from_millis(300));
    kill(&child, "-TERM");
    let ran = ended(&bench, child).exits(143);
    assert_eq!(ran.each("interrupted", "signal"), ["SIGTERM"]);
}

#[test]
fn a_run_tells_how_far_it_is_when_it_is_asked() {
    let soak = "[[case]]\nid = \"S\"\nfor = \"1h\"\nsteps = [{ do = \"pause\", for = \"10m\" }]\n";
    let bench = Bench::with_plan(soak);
    let child = waiting_under(&bench, "exec \"$@\" --quiet");
    kill(&child, "-USR1");
    std::thread::sleep(Duration::from_millis(300));
    kill(&child, "-TERM");
    let ran = ended(&bench, child).exits(143);
    assert!(ran.stderr.contains("into the run, 0 of 1 cases done"), "{}", ran.stderr);
    assert!(ran.stderr.contains("S 0 iterations, "), "{}", ran.stderr);
    assert!(ran.stderr.contains(" left of 1h 00m"), "{}", ran.stderr);
}

#[test]
fn a_run_goes_on_when_nobody_reads_its_output_any_more() {
    let soak = "[[case]]\nid = \"S\"\nrepeat = 300\nsteps = [{ do = \"inspect\" }]\n";
    let bench = Bench::with_plan(soak);
    let run = bench.command(&["run", "plan.toml", "--sim", "-v", "--out", "run"]);
    let mut line = bench.command_of("sh", &["-c", "\"$@\" | head -n 1", "sh"]);
    line.arg(run.get_program()).args(run.get_args());
    let ran = bench.ran(line.output().unwrap());
    assert_eq!(ran.events("iteration-finished").len(), 300);
    assert_eq!(ran.events("run-finished")[0]["exit_code"], 0);
}
