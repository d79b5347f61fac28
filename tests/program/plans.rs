//! Wrong plans, wrong arguments, and benches that cannot run.

use crate::bench::Bench;

#[test]
fn check_tells_every_error_at_once_with_its_place() {
    let plan = r#"
[device.dut]
name = "Thing"

[[case]]
id = "A"
title = "wrong"
steps = [
  { do = "conect", device = "dut" },
  { do = "connect", devise = "dut" },
  { do = "connect", device = "dtu", timeout = "soon" },
]
"#;
    let ran = Bench::new().file("plan.toml", plan).bttest(&["check", "plan.toml"]).exits(2);
    for text in
        ["connect", "device", "dut", "soon", "plan.toml:9:", "plan.toml:10:", "plan.toml:11:"]
    {
        assert!(ran.stderr.contains(text), "{text} is not in\n{}", ran.stderr);
    }
}

#[test]
fn what_is_no_plan_is_an_error_and_never_a_panic() {
    let deep = "[".repeat(10_000_000);
    let bench = Bench::new()
        .file("empty.toml", "")
        .file("bytes.toml", [0xff, 0xfe, 0x00])
        .file("deep.toml", format!("x = {deep}"))
        .file("cycle.toml", "include = [\"cycle.toml\"]")
        .file(
            "negative.toml",
            "[[case]]\nid=\"A\"\ntitle=\"t\"\nsteps=[{do=\"pause\", for=\"-3s\"}]",
        );
    for plan in
        ["empty.toml", "bytes.toml", "deep.toml", "cycle.toml", "negative.toml", ".", "none.toml"]
    {
        let ran =
            bench.bttest(&["run", plan, "--sim", "--out", "run", "--junit", "junit.xml"]).exits(2);
        assert!(ran.stderr.contains("error"), "{plan}: {}", ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{plan}: {}", ran.stderr);
        assert!(!bench.path("junit.xml").exists() && !bench.path("run").exists(), "{plan}");
    }
}

#[test]
fn a_billion_rounds_begin_and_can_be_ended() {
    let case = "timeout = \"1m\"\n[[case]]\nid = \"A\"\ntitle = \"t\"\nsteps = [{ do = \"repeat\", times = 1000000000, steps = [{ do = \"pause\", for = \"1s\" }] }]\n";
    let ran = Bench::new().file("plan.toml", case).run(&[]).exits(4);
    assert_eq!(ran.events("step-started").len(), 61);
}

#[test]
fn a_bench_that_cannot_run_says_what_to_do() {
    let case = "[[case]]\nid = \"A\"\ntitle = \"t\"\nsteps = [{ do = \"inspect\" }]\n";
    let bench = Bench::with_plan(case);
    let arguments = [
        "run",
        "plan.toml",
        "--bus",
        "unix:path=/nonexistent/bus",
        "--junit",
        "junit.xml",
        "--out",
        "run",
    ];
    let ran = bench.bttest(&arguments).exits(3).says("is D-Bus running?");
    assert!(ran.junit().contains("<error"), "{}", ran.junit());
    for (scene, plan, says) in [
        ("adapter = []\n", "", "BlueZ has no Bluetooth adapter"),
        ("[[adapter]]\npowered = false\nblocked = true\n", "", "rfkill unblock bluetooth"),
        (
            "[[adapter]]\npowered = false\n",
            "[adapter]\npower = \"leave\"\n",
            "bluetoothctl power on",
        ),
        ("[[adapter]]\n[[adapter]]\n", "", "there are several adapters"),
        ("[[adapter]]\n", "[adapter]\nselect = \"hci7\"\n", "there is no adapter `hci7`"),
    ] {
        let bench =
            Bench::new().file("plan.toml", format!("{plan}{case}")).file("scene.toml", scene);
        bench.run(&[]).exits(3).says(says);
    }
}

#[test]
fn an_earlier_journal_is_never_overwritten() {
    let bench =
        Bench::with_plan("[[case]]\nid = \"A\"\ntitle = \"t\"\nsteps = [{ do = \"inspect\" }]\n");
    bench.run(&[]).exits(0);
    let before = std::fs::read(bench.path("run/journal.jsonl")).unwrap();
    bench.run(&[]).exits(2).says("--out");
    assert_eq!(before, std::fs::read(bench.path("run/journal.jsonl")).unwrap());
}

#[test]
fn a_hostile_name_reaches_no_terminal_and_no_report_raw() {
    let plan = format!(
        "[device.dut]\naddress = \"C0:DE:00:00:00:01\"\n[[case]]\nid = \"A\"\ntitle = \"t\"\nsteps = [\n{}]\n",
        r#"{ do = "discover", device = "dut" }, { do = "inspect" }, { do = "expect", device = "dut", property = "Name", equals = "x" },"#
    );
    let name = r#""\u001b[31m]]><script>\u202e\u0007\uFFFE&'""#;
    let scene = format!(
        "[[device]]\nname = {name}\naddress = \"C0:DE:00:00:00:01\"\naddress-type = \"random\"\n"
    );
    let bench = Bench::new().file("plan.toml", plan).file("scene.toml", scene);
    let ran = bench.run(&["-v"]).exits(1);
    for raw in ['\u{1b}', '\u{202e}', '\u{7}', '\u{fffe}'] {
        assert!(!ran.stdout.contains(raw), "{raw:?} in {}", ran.stdout);
        assert!(!ran.junit().contains(raw), "{raw:?} in {}", ran.junit());
    }
    assert!(ran.stdout.contains("u{1b}"), "{}", ran.stdout);
}

#[test]
fn a_secret_is_in_no_output() {
    let plan = r#"
[vars]
name = { env = "DUT_NAME", secret = true }
[device.dut]
name = "${name}"
[[case]]
id = "A"
title = "finds ${name}"
steps = [{ do = "discover", device = "dut" }, { do = "inspect" }, { do = "expect", device = "dut", property = "Name", equals = "x" }]
"#;
    let bench = Bench::new().file("plan.toml", plan);
    let arguments = ["run", "plan.toml", "--sim", "-v", "--out", "run", "--junit", "junit.xml"];
    let output = bench.command(&arguments).env("DUT_NAME", "hush-4711").output().unwrap();
    let ran = bench.ran(output).exits(1);
    let journal = std::fs::read_to_string(bench.path("run/journal.jsonl")).unwrap();
    for text in [&ran.stdout, &ran.stderr, &ran.junit(), &journal] {
        assert!(!text.contains("hush-4711"), "{text}");
    }
}
