//! Cases that go on: in rounds, until a count, a time, a failure.

use crate::bench::{Bench, Ran};

/// A case that takes a minute.
fn minute(id: &str, keys: &str) -> String {
    format!("[[case]]\nid = \"{id}\"\n{keys}\nsteps = [{{ do = \"pause\", for = \"1m\" }}]\n")
}

/// A case whose every third connection fails, and what makes it so.
const THIRD: &str = r#"
steps = [
  { do = "discover", device = "dut" },
  { do = "connect", device = "dut", measure = "connect" },
]
"#;
const FAULT: &str =
    "[[device.fault]]\non = \"connect\"\nevery = 3\nerror = \"aborted-by-remote\"\n";

/// Which case had its turn, one letter for each.
fn turns(ran: &Ran) -> String {
    ran.iterations().iter().map(|record| record["case"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_plan_that_soaks_runs_its_cases_in_rounds() {
    let plan = format!("[soak]\nrepeat = 3\n{}{}", minute("A", ""), minute("B", ""));
    let ran = Bench::new().file("plan.toml", plan).run(&[]).exits(0);
    assert_eq!(turns(&ran), "ABABAB");
    assert_eq!(ran.each("case-started", "case"), ["A", "B"]);
    assert_eq!(ran.each("case-finished", "verdict"), ["pass", "pass"]);
    let numbers: Vec<_> = ran.iterations().iter().map(|r| r["iteration"].clone()).collect();
    assert_eq!(numbers, [1, 1, 2, 2, 3, 3]);
    assert_eq!(ran.events("case-started")[0]["iterations"], 3);
}

#[test]
fn time_ends_between_iterations_and_never_inside_one() {
    let plan = format!("[soak]\nfor = \"150s\"\n{}{}", minute("A", ""), minute("B", ""));
    let ran = Bench::new().file("plan.toml", plan).run(&[]).exits(0);
    assert_eq!(turns(&ran), "ABA");
    let start = &ran.events("case-started")[0];
    let begins = start["t"].as_u64().unwrap();
    assert_eq!(start["until_t"].as_u64(), Some(begins + 150_000_000));
    assert_eq!(start.get("iterations"), None);
    ran.says("2 of 2 iterations passed");
}

#[test]
fn a_time_of_day_is_the_runs_own_under_the_fast_clock() {
    let soon = jiff::Zoned::now().checked_add(jiff::Span::new().hours(2)).unwrap();
    let until = soon.strftime("until = \"%H:%M\"").to_string();
    let ran = Bench::new().file("plan.toml", minute("A", &until)).run(&[]).exits(0);
    let done = ran.iterations().len();
    assert!((118..=121).contains(&done), "{done} minutes in two hours");
}

#[test]
fn a_case_that_is_left_no_time_is_skipped_with_the_reason() {
    let now = jiff::Zoned::now();
    let until = now.checked_add(jiff::Span::new().minutes(10)).unwrap().strftime("%H:%M");
    let plan =
        format!("{}{}", minute("A", "repeat = 20"), minute("B", &format!("until = \"{until}\"")));
    let ran = Bench::new().file("plan.toml", plan).run(&[]).exits(0);
    assert_eq!(ran.each("case-finished", "verdict"), ["pass", "skip"]);
    ran.says("no time was left").says(&format!("until {until}"));
}

#[test]
fn a_failure_ends_it_where_the_plan_says_so_and_what_comes_first_counts() {
    let case = |keys: &str| format!("[[case]]\nid = \"A\"\n{keys}\n{THIRD}");
    let done = |keys: &str, arguments: &[&str]| {
        let bench = Bench::with_plan(&case(keys)).scene(FAULT);
        bench.run(arguments).iterations().len()
    };
    assert_eq!(done("until-fail = true", &[]), 3);
    assert_eq!(done("repeat = 2\nuntil-fail = true", &[]), 2);
    assert_eq!(done("repeat = 5", &[]), 5);
    assert_eq!(done("repeat = 5", &["--until-fail"]), 3);
    assert_eq!(done("repeat = 5", &["--repeat", "4"]), 4);
    assert_eq!(done("", &["--for", "8h", "--until-fail"]), 3);
    assert_eq!(done("for = \"8h\"", &["--repeat", "1"]), 1);
}

#[test]
fn on_the_command_line_soaks_take_turns_and_the_rest_runs_once() {
    let plan =
        [minute("A", ""), minute("B", "repeat = 9"), minute("C", ""), minute("D", "for = \"8h\"")];
    let bench = Bench::new().file("plan.toml", plan.concat());
    let ran = bench.run(&["--for", "4m"]).exits(0);
    assert_eq!(turns(&ran), "ABDBDC");
    let listed = bench.bttest(&["run", "plan.toml", "--for", "4m", "--dry-run"]).exits(0);
    listed.says("in rounds, for 4m\n  B B\n").says("\nC C\n");
}

#[test]
fn thresholds_are_of_all_rounds_together_and_of_each_case_by_itself() {
    let threshold =
        "[[case.threshold]]\nof = \"connect\"\nsuccess-rate = \">= 70%\"\ncount = \">= 6\"\n";
    let plan = format!(
        "{}\n[soak]\nrepeat = 9\n[[case]]\nid = \"A\"\n{THIRD}{threshold}{}",
        crate::bench::HEAD,
        minute("B", "")
    );
    let ran = Bench::new().file("plan.toml", plan).scene(FAULT).run(&[]).exits(1);
    assert_eq!(ran.each("threshold", "case"), ["A", "A"]);
    assert_eq!(ran.each("threshold", "measured"), ["66.667% (6 of 9)", "6"]);
    assert_eq!(ran.each("case-finished", "verdict"), ["fail", "pass"]);
}

#[test]
fn a_case_that_needs_another_looks_at_its_latest_iteration() {
    let needs = minute("B", "requires = { cases = [\"A\"] }");
    let plan = format!("[soak]\nrepeat = 4\n[[case]]\nid = \"A\"\n{THIRD}{needs}");
    let ran = Bench::with_plan("").file("plan.toml", format!("{plan}{}", crate::bench::HEAD));
    let ran = ran.scene(FAULT).run(&[]).exits(1);
    let of_b = ran.events("iteration-finished").into_iter().filter(|record| record["case"] == "B");
    let verdicts: Vec<_> = of_b.map(|record| record["verdict"].clone()).collect();
    assert_eq!(verdicts, ["pass", "pass", "skip", "pass"]);
    // What was skipped once says nothing beside what was run.
    assert_eq!(ran.each("case-finished", "verdict"), ["fail", "pass"]);
}

#[test]
fn what_fails_at_once_does_not_fill_the_disk_until_the_morning() {
    let case = "[[case]]\nid = \"A\"\nfor = \"10m\"\nsteps = [{ do = \"expect\", property = \"Powered\", equals = false }]\n";
    let ran = Bench::new().file("plan.toml", case).run(&[]).exits(1);
    assert_eq!(ran.iterations().len(), 600);
}

#[test]
fn what_takes_no_time_on_the_fast_clock_ends_all_the_same() {
    let case = "[[case]]\nid = \"A\"\nfor = \"10m\"\nsteps = [{ do = \"inspect\" }]\n";
    let ran = Bench::new().file("plan.toml", case).run(&[]).exits(0);
    assert_eq!(ran.iterations().len(), 600);
}

#[test]
fn the_runs_own_limit_cuts_an_iteration_off() {
    let plan =
        format!("timeout = \"150s\"\n[soak]\nfor = \"8h\"\n{}{}", minute("A", ""), minute("B", ""));
    let ran = Bench::new().file("plan.toml", plan).run(&[]).exits(4);
    assert_eq!(turns(&ran), "ABA");
    assert_eq!(ran.each("iteration-finished", "verdict"), ["pass", "pass", "inconclusive"]);
    // Neither has had what it was to have.
    assert_eq!(ran.each("case-finished", "verdict"), ["inconclusive", "inconclusive"]);
}

/// A night on a bench that fails in every way: no report may take that for the device's.
#[test]
fn the_rate_of_iterations_is_the_same_everywhere() {
    let scene = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let scene = std::fs::read(scene.join("fixtures/scenes/restless-bench.toml")).unwrap();
    let soak = include_str!("../../testplans/soak.toml");
    let judged = "[[case.threshold]]\nof = \"iteration\"\nsuccess-rate = \">= 99%\"\n";
    let plan = format!("{soak}\n{judged}");
    let bench = Bench::new().file("plan.toml", plan).file("scene.toml", scene);
    let ran = bench.run(&["--for", "70m", "--html", "night.html"]).exits(4);
    let junit = ran.junit();
    for name in ["iterations.success-rate", "measure.iteration.success-rate"] {
        let property = format!("name=\"{name}\" value=\"1.000000\"");
        assert!(junit.contains(&property), "{property} is not in\n{junit}");
    }
    assert!(junit.contains("name=\"plan.hash\""), "{junit}");
    assert!(junit.contains("name=\"device.dut.address\" value=\"C0:DE:00:00:00:01\""), "{junit}");
    assert!(junit.contains("name=\"iterations.longest-run-of-failures\" value=\"0\""), "{junit}");
    let page = std::fs::read_to_string(bench.path("night.html")).unwrap();
    assert!(page.contains("(100 %, 95 % confidence") && page.contains(" inconclusive; "), "{page}");
    assert!(!page.contains("99.4 %"), "{page}");
}

#[test]
fn nothing_is_cut_where_there_is_no_terminal() {
    let title = "Reconnects ".repeat(15);
    let case = format!("[[case]]\nid = \"A\"\ntitle = \"{title}\"\nrepeat = 9\n{THIRD}");
    let ran = Bench::with_plan(&case).scene(FAULT).run(&[]).exits(1);
    assert!(ran.stdout.contains(title.trim()), "{}", ran.stdout);
    assert!(!ran.stdout.contains('…'), "{}", ran.stdout);
}

/// A soak of nine, three of which fail, with what a threshold asks for.
fn judged(of: &str, rate: &str, steps: &str) -> Ran {
    let case = format!(
        "[[case]]\nid = \"A\"\nrepeat = 9\n{steps}[[case.threshold]]\nof = \"{of}\"\n\
         success-rate = \"{rate}\"\n"
    );
    Bench::with_plan(&case).scene(FAULT).run(&[])
}

#[test]
fn a_threshold_on_the_success_rate_decides_and_not_the_first_failure() {
    for of in ["connect", "iteration"] {
        let held = judged(of, ">= 60%", THIRD).exits(0);
        assert_eq!(held.each("case-finished", "verdict"), ["pass"], "{of}");
        let failed = held.events("iteration-finished");
        let failed: Vec<_> = failed.iter().filter(|r| r["verdict"] == "fail").collect();
        assert_eq!(failed.len(), 3, "{of}");
        assert!(failed.iter().all(|r| r["left_to_threshold"] == true), "{failed:?}");
        assert!(!held.junit().contains("<failure"), "{}", held.junit());
        held.says("6 of 9 iterations passed");
        let missed = judged(of, ">= 70%", THIRD).exits(1);
        assert_eq!(missed.events("case-finished")[0]["cause"]["kind"], "threshold", "{of}");
    }
}

#[test]
fn a_failure_that_no_threshold_has_counted_fails_the_case() {
    let steps = r#"
steps = [
  { do = "discover", device = "dut", measure = "found" },
  { do = "connect", device = "dut" },
]
"#;
    let ran = judged("found", ">= 10%", steps).exits(1);
    assert_eq!(ran.events("case-finished")[0]["cause"]["kind"], "aborted-by-remote");
}

#[test]
fn a_try_in_which_the_bench_failed_is_not_counted() {
    let crash = "[[device.fault]]\non = \"connect\"\nnth = 3\ncrash = true\nfor = \"3s\"\n";
    let case = format!(
        "[[case]]\nid = \"A\"\nrepeat = 9\n{THIRD}[[case.threshold]]\nof = \"connect\"\n\
         success-rate = \"== 100%\"\n"
    );
    let ran = Bench::with_plan(&case).scene(crash).run(&[]).exits(4);
    assert_eq!(ran.each("threshold", "measured"), ["100% (8 of 8)"]);
}
