//! The simulator against real bluetoothd: the same plan gives the same trace on both, step by step, less
//! the times.
//!
//! The lab leaves each run of a plan in `$BTTEST_LAB_RUNS/SUITE/RUN/`, and those of the machine with two
//! adapters, and of those whose bluetoothd is experimental, in `two-SUITE`, `experimental-SUITE` and `sets-SUITE`. Here the plan
//! runs again on the simulator, with the scene of the lab's devices and the suite's version of BlueZ, and the two
//! journals are compared: the verdict of each step, and every change of the adapter and of the plan's devices in
//! its case. Cases that only hardware can show are left out. `fixtures/lab/differences.toml` names the differences
//! that stay, each with its reason; one that is not seen any more fails the test, so that the list cannot grow old.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

/// Suites of the lab and the version of BlueZ in each.
const SUITES: [(&str, &str); 3] = [("bookworm", "5.66"), ("trixie", "5.82"), ("forky", "5.87")];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Differences {
    #[serde(default)]
    difference: Vec<Difference>,
}

/// A line that only one side has, and why that is as it should be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Difference {
    /// In which suites; all when it is empty.
    #[serde(default)]
    suites: Vec<String>,
    /// How the names of the runs begin in which it is seen; all when it is not there.
    run: Option<String>,
    /// Part of a line that only bluetoothd's trace has.
    lab: Option<String>,
    /// Part of a line that only the simulator's trace has.
    simulator: Option<String>,
    /// Whether it is seen is chance: a matter of which of two is faster.
    #[serde(default)]
    chance: bool,
    reason: String,
}

#[test]
#[ignore = "compares runs of the lab, which scripts/test makes first"]
fn the_simulator_does_as_bluetoothd_does() {
    let runs = PathBuf::from(std::env::var_os("BTTEST_LAB_RUNS").expect("BTTEST_LAB_RUNS is set"));
    let text = fs::read_to_string("fixtures/lab/differences.toml").unwrap();
    let known: Differences = toml::from_str(&text).unwrap();
    assert!(known.difference.iter().all(|known| !known.reason.trim().is_empty()));
    let mut used = BTreeSet::new();
    let mut found = Vec::new();
    let mut compared = 0;
    let only = std::env::var("BTTEST_LAB_SUITES").ok();
    let wanted =
        |suite: &str| only.as_ref().is_none_or(|only| only.split(' ').any(|name| name == suite));
    for (suite, bluez) in SUITES.into_iter().filter(|(suite, _)| wanted(suite)) {
        for folder in plan_folders(&runs, suite) {
            let simulated = records(&simulate(&folder, bluez));
            let shown = shown(&simulated);
            let lab = traces(told(records(&folder.join("journal.jsonl")), &shown));
            assert!(lab.iter().map(Vec::len).sum::<usize>() > 1, "{} is empty", folder.display());
            for (lab, simulator) in lab.iter().zip(traces(told(simulated, &shown))) {
                found.extend(differences(suite, &folder, lab, &simulator, &known, &mut used));
            }
            compared += 1;
        }
    }
    assert!(compared > 0, "no run of the lab in {}", runs.display());
    let stale = known.difference.iter().enumerate().filter(|(index, known)| {
        let compared = known.suites.is_empty() || known.suites.iter().any(|suite| wanted(suite));
        compared && !known.chance && !used.contains(index)
    });
    found.extend(stale.map(|(_, known)| format!("not seen any more: {known:?}")));
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
    println!("{compared} traces agree");
}

/// The runs of plans that users copy, in the folders of a suite.
fn plan_folders(runs: &Path, suite: &str) -> Vec<PathBuf> {
    let machines = ["", "two-", "experimental-", "sets-"].map(|kind| format!("{kind}{suite}"));
    let machines = machines.map(|machine| runs.join(machine));
    let machines = machines.into_iter().filter(|machine| machine.is_dir());
    let is_run = |path: &PathBuf| {
        let is_compared = !path.join("not-compared").exists();
        path.join("journal.jsonl").is_file() && is_compared && plan_of(path).is_some()
    };
    let mut folders: Vec<PathBuf> =
        machines.flat_map(|machine| entries(&machine)).filter(is_run).collect();
    folders.sort();
    folders
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The plan that a run is of, without `testplans/` and `.toml`; none for a plan of a job's own.
fn plan_of(run: &Path) -> Option<String> {
    let first = records(&run.join("journal.jsonl")).into_iter().next()?;
    let file = first["file"].as_str()?.strip_prefix("testplans/")?;
    file.strip_suffix(".toml").map(str::to_owned)
}

fn records(journal: &Path) -> Vec<Value> {
    let text = fs::read_to_string(journal)
        .unwrap_or_else(|error| panic!("{}: {error}", journal.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The cases that the simulator has run.
fn shown(records: &[Value]) -> BTreeSet<String> {
    let ended = records.iter().filter(|record| record["event"] == "case-finished");
    let ran = ended.filter(|record| record["verdict"] != "skip");
    ran.filter_map(|record| record["case"].as_str().map(str::to_owned)).collect()
}

/// The records of some cases, and in them no other devices than theirs, from when they are looked for: which of the
/// others come and go in a case, and how they are heard, is chance. So is how often BlueZ tells the services of an
/// adapter while the bench adds its own, and in which order.
fn told(records: Vec<Value>, shown: &BTreeSet<String>) -> Vec<Value> {
    let mut named: BTreeSet<(String, String)> = BTreeSet::new();
    let mut serving: BTreeSet<String> = BTreeSet::new();
    for record in records.iter().filter(|record| record["event"] == "step-started") {
        let case = record["case"].as_str().unwrap_or_default();
        let text = record["text"].as_str().unwrap_or_default();
        if text.starts_with("serve ") || text.starts_with("have profile ") {
            serving.insert(case.to_owned());
        }
        let words = text.split([' ', ',']);
        named.extend(words.map(|word| (case.to_owned(), word.to_owned())));
    }
    let is_told = |record: &Value| {
        let Some(case) = record["case"].as_str() else { return true };
        if !shown.contains(case) {
            return false;
        }
        let path = record["object"]["path"].as_str().unwrap_or_default();
        if record["property"] == "UUIDs" && !path.contains("/dev_") {
            return !serving.contains(case);
        }
        // How strong the radio is, and when that is told, is the radio's affair.
        if record["property"] == "RSSI" {
            return false;
        }
        let is_passing = matches!(record["event"].as_str(), Some("appeared" | "vanished"));
        let is_sought = !record["step"].as_str().unwrap_or_default().starts_with("setup");
        let name = record["object"]["name"].as_str().unwrap_or_default();
        !is_passing || (is_sought && named.contains(&(case.to_owned(), name.to_owned())))
    };
    records.into_iter().filter(is_told).collect()
}

/// Runs what a folder has on the simulator, and gives the journal's path.
fn simulate(lab: &Path, bluez: &str) -> PathBuf {
    let run = lab.file_name().unwrap().to_str().unwrap();
    let plan = plan_of(lab).unwrap();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{run}-{bluez}"));
    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(&out).unwrap();
    // A plan that needs other devices than the lab has by default brings them along.
    let own = format!("fixtures/scenes/{plan}.toml");
    let scene = if Path::new(&own).exists() { own.as_str() } else { "fixtures/scenes/lab.toml" };
    let text = fs::read_to_string(scene).unwrap();
    // The release is the suite's, whatever a user's is.
    let lines = text.lines().filter(|line| !line.starts_with("bluez = "));
    let mut scene = lines.map(|line| format!("{line}\n")).collect::<String>();
    if run.ends_with("-legacy") {
        // the same devices, as they are told to be there: without Secure Connections
        scene = scene.replace("\nflags = 6\n", "\nflags = 6\nsecure-connections = false\n");
    }
    let scene_file = out.join("scene.toml");
    fs::write(&scene_file, format!("bluez = \"{bluez}\"\n{scene}")).unwrap();
    // what the job in the lab says that the simulator is to be told as well
    let arguments = fs::read_to_string(lab.join("simulator-arguments")).unwrap_or_default();
    let output = Command::new(env!("CARGO_BIN_EXE_bttest"))
        .args(["run", &format!("testplans/{plan}.toml"), "--progress", "none"])
        .arg(format!("--sim={}", scene_file.display()))
        .args(arguments.lines())
        .arg("--out")
        .arg(out.join("run"))
        .output()
        .unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2), "{run}: {output:?}");
    out.join("run/journal.jsonl")
}

/// The lines of a journal that must be the same on both sides, in their order: steps with their verdicts, and
/// what changed in each.
///
/// Where the kernel is listened to, bluetoothd and bttest hear it side by side, and which of them is first is
/// chance: then the steps, what bluetoothd told and what the kernel told are each compared by themselves.
fn traces(records: Vec<Value>) -> Vec<Vec<String>> {
    let of = |record: &Value| match record["event"].as_str().unwrap_or_default() {
        "kernel" => 2,
        "changed" | "appeared" | "vanished" | "disconnected" | "agent-asked" | "endpoint-asked"
        | "monitored" | "profile-asked" | "restored" => 1,
        _ => 0,
    };
    if records.iter().all(|record| of(record) != 2) {
        return branches(records).iter().map(|records| settled(records)).collect();
    }
    let stream = |number: usize| {
        let mine = records.iter().filter(move |record| of(record) == number);
        let mine = mine.map(|record| {
            let mut record = record.clone();
            if number > 0 {
                record["step"] = Value::Null;
            }
            record
        });
        settled(&mine.collect::<Vec<_>>())
    };
    vec![stream(0), stream(1), stream(2)]
}

/// The records of each branch of parallel steps, and those of none. Which of two branches is first is chance.
fn branches(records: Vec<Value>) -> Vec<Vec<Value>> {
    let mut streams: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for record in records {
        let step = record["step"].as_str().unwrap_or_default();
        let is_branch = |part: &&str| {
            part.rsplit('.').next().is_some_and(|end| {
                end.bytes().all(|b| b.is_ascii_lowercase()) && part.contains('.')
            })
        };
        let branch = step.split('/').filter(is_branch).collect::<Vec<_>>().join("/");
        streams.entry(branch).or_default().push(record);
    }
    streams.into_values().collect()
}

/// The lines of records, less what is the radio's affair: how often a device is heard that was heard in this step
/// already, and which of several is heard first.
fn settled(records: &[Value]) -> Vec<String> {
    let mut heard = BTreeSet::new();
    let mut step = Value::Null;
    let mut lines: Vec<(bool, String)> = Vec::new();
    for record in records {
        if record["step"] != step || record["event"] == "step-started" {
            step = record["step"].clone();
            heard.clear();
        }
        let is_hearing = record["event"] == "appeared";
        if is_hearing && !heard.insert(record["object"]["path"].to_string()) {
            continue;
        }
        lines.extend(line_of(record).map(|line| (is_hearing, line)));
    }
    let runs = lines.chunk_by_mut(|(one, _), (next, _)| *one && *next);
    runs.for_each(|run| run.sort());
    lines.into_iter().map(|(_, line)| line).collect()
}

fn line_of(record: &Value) -> Option<String> {
    let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str).unwrap_or("");
    let step = format!("{} {}", text("/case"), text("/step"));
    Some(match text("/event") {
        "step-started" => format!("{step}: {}", text("/text")),
        "step-finished" => format!("{step}: {} {}", text("/verdict"), text("/cause/kind")),
        // What BlueZ tells and what it calls are worked off side by side: where the links of streams fall among the calls to
        // their endpoints is chance.
        "changed" if text("/property") == "Links" => return None,
        "changed" => {
            let value = record.get("value").map_or("withdrawn".to_owned(), Value::to_string);
            let property = text("/property");
            format!("{step}:   {} {property} {value}", text("/object/name"))
        }
        "appeared" => {
            let names: Vec<&String> = record.get("properties")?.as_object()?.keys().collect();
            format!("{step}:   {} appeared with {names:?}", text("/object/name"))
        }
        "disconnected" => {
            let (interface, reason) = (text("/interface"), text("/reason"));
            format!("{step}:   {} {interface} disconnected: {reason}", text("/object/name"))
        }
        // How often a device tells something in a time is its own affair.
        "attribute" if text("/access") != "notified" => {
            let (attribute, access) = (text("/attribute"), text("/access"));
            let value = text("/value");
            format!("{step}:   {} {attribute} {access} {value}", text("/object/name"))
        }
        "identified" => {
            let said = record.get("properties").map(Value::to_string).unwrap_or_default();
            format!("{step}:   {} says that it is {said}", text("/object/name"))
        }
        "vanished" => format!("{step}:   {} vanished", text("/object/name")),
        "kernel" => {
            let said = record.get("said").map(Value::to_string).unwrap_or_default();
            format!("{step}:   kernel: {} {} {said}", text("/object/name"), text("/what"))
        }
        "agent-asked" => format!("{step}:   agent {} {}", text("/method"), text("/answer")),
        // BlueZ waits for no answer to these, so where they fall among what it tells is chance.
        "endpoint-asked" if matches!(text("/method"), "ClearConfiguration" | "Release") => {
            return None;
        }
        "endpoint-asked" => format!("{step}:   endpoint {} {}", text("/method"), text("/answer")),
        // The same goes for that a monitor is let go.
        "monitored" if text("/method") == "Release" => return None,
        "monitored" => {
            let (monitor, method) = (text("/monitor"), text("/method"));
            format!("{step}:   {monitor} {method} {}", text("/object/name"))
        }
        "profile-asked" => format!("{step}:   profile {} {}", text("/method"), text("/answer")),
        "restored" => format!("restored {}", text("/what")),
        "case-finished" => format!("{}: {}", text("/case"), text("/verdict")),
        _ => return None,
    })
}

/// The lines that only one side has, without those that are known.
fn differences(
    suite: &str,
    folder: &Path,
    lab: &[String],
    simulator: &[String],
    known: &Differences,
    used: &mut BTreeSet<usize>,
) -> Vec<String> {
    let run = folder.file_name().unwrap().to_string_lossy();
    let mut excused = |line: &str, side: fn(&Difference) -> Option<&String>| {
        let hit = known.difference.iter().enumerate().find(|(_, known)| {
            (known.suites.is_empty() || known.suites.iter().any(|name| name == suite))
                && known.run.as_ref().is_none_or(|wanted| run.starts_with(wanted.as_str()))
                && side(known).is_some_and(|part| line.contains(part.as_str()))
        });
        if let Some((index, _)) = hit {
            used.insert(index);
        }
        hit.is_some()
    };
    let name = format!("{suite}/{run}");
    let mut found = Vec::new();
    for change in less_moved(diff(lab, simulator)) {
        let (line, excused) = match &change {
            Side::Lab(line) => {
                (format!("only bluetoothd: {line}"), excused(line, |known| known.lab.as_ref()))
            }
            Side::Simulator(line) => (
                format!("only simulator:  {line}"),
                excused(line, |known| known.simulator.as_ref()),
            ),
        };
        if !excused {
            found.push(format!("{name}: {line}"));
        }
    }
    found
}

enum Side {
    Lab(String),
    Simulator(String),
}

/// The differences without what both sides tell in the same case, in another step.
///
/// BlueZ tells what happens when it happens, and a step ends when it has its answer: which of the two is first is
/// chance where nobody waits for the signal, as with a device that goes because a pairing has failed. A step that waits
/// for it has its verdict compared; and the order within a step is compared.
fn less_moved(found: Vec<Side>) -> Vec<Side> {
    let told = |line: &str| {
        let (step, told) = line.split_once(":   ")?;
        let case = step.split(' ').next().unwrap_or_default();
        Some((case.to_owned(), told.to_owned()))
    };
    let mut left: Vec<Option<Side>> = found.into_iter().map(Some).collect();
    for at in 0..left.len() {
        let Some(Side::Lab(lab)) = &left[at] else { continue };
        let Some(here) = told(lab) else { continue };
        let is_its_other = |side: &Option<Side>| matches!(side, Some(Side::Simulator(line)) if line != lab && told(line).as_ref() == Some(&here));
        if let Some(other) = left.iter().position(is_its_other) {
            left[at] = None;
            left[other] = None;
        }
    }
    left.into_iter().flatten().collect()
}

/// What is not in the longest common subsequence, in order.
fn diff(lab: &[String], simulator: &[String]) -> Vec<Side> {
    let (rows, columns) = (lab.len(), simulator.len());
    let mut common = vec![vec![0_usize; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            common[row][column] = if lab[row] == simulator[column] {
                common[row + 1][column + 1] + 1
            } else {
                common[row + 1][column].max(common[row][column + 1])
            };
        }
    }
    let (mut row, mut column, mut found) = (0, 0, Vec::new());
    while row < rows || column < columns {
        if row < rows && column < columns && lab[row] == simulator[column] {
            (row, column) = (row + 1, column + 1);
        } else if column == columns
            || (row < rows && common[row + 1][column] >= common[row][column + 1])
        {
            found.push(Side::Lab(lab[row].clone()));
            row += 1;
        } else {
            found.push(Side::Simulator(simulator[column].clone()));
            column += 1;
        }
    }
    found
}
