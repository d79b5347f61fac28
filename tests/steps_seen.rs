//! The README's table of the steps that have been seen to work, and where: made from the journals of runs. Those on
//! the simulator are made here, of every plan in `testplans/`; those on real bluetoothd are the lab's.
//!
//! ```sh
//! UPDATE=1 cargo test --test steps_seen                                                    # the simulator's column
//! UPDATE=1 BTTEST_LAB_RUNS=target/lab cargo test --test steps_seen -- --include-ignored    # after scripts/test: all
//! ```
//!
//! `UPDATE=add` takes no mark away, for runs that are not the whole of the lab's. A step counts as seen where it
//! passed in a case that passed, of a plan in `testplans/`: the lab's jobs write plans of their own, too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use bttest::steps::VERBS;
use serde_json::Value;

const README: &str = "README.md";
const BEGIN: &str = "<!-- seen: made by UPDATE=1 cargo test --test steps_seen -->\n";
const END: &str = "<!-- end of seen -->\n";
const SIMULATOR: usize = 0;
const COLUMNS: [&str; 4] = ["simulator", "BlueZ 5.66", "BlueZ 5.82", "BlueZ 5.87"];
/// Which of the columns a suite of the lab is.
const SUITES: [(&str, usize); 3] = [("bookworm", 1), ("trixie", 2), ("forky", 3)];

/// Where each step has been seen, in the order of the columns.
type Seen = BTreeMap<String, [bool; COLUMNS.len()]>;

/// One test at a time reads and writes the README.
static TABLE: Mutex<()> = Mutex::new(());

#[test]
fn the_table_tells_what_the_simulator_has_shown() {
    let mut seen = BTreeSet::new();
    for plan in files("testplans", "toml") {
        for (number, scene) in scenes(&plan).into_iter().enumerate() {
            seen.extend(simulate(&plan, number, &scene));
        }
    }
    assert!(seen.contains("connect"), "{seen:?}");
    compare(&BTreeMap::from([(SIMULATOR, seen)]));
}

#[test]
#[ignore = "reads runs of the lab, which scripts/test makes first"]
fn the_table_tells_what_the_lab_has_shown() {
    let runs = PathBuf::from(std::env::var_os("BTTEST_LAB_RUNS").expect("BTTEST_LAB_RUNS is set"));
    let mut seen: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for entry in fs::read_dir(&runs).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let suite = name.rsplit('-').next().unwrap();
        let Some((_, column)) = SUITES.iter().find(|(each, _)| *each == suite) else { continue };
        let mut journals = Vec::new();
        find_journals(&folder, &mut journals);
        let verbs = journals.iter().flat_map(|journal| passed(journal));
        seen.entry(*column).or_default().extend(verbs);
    }
    assert!(!seen.is_empty(), "no run of the lab in {}", runs.display());
    compare(&seen);
}

/// Compares columns of the table with what was seen, or writes them anew.
fn compare(columns: &BTreeMap<usize, BTreeSet<String>>) {
    let _alone = TABLE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let update = std::env::var("UPDATE").ok();
    let readme = fs::read_to_string(README).unwrap();
    let (head, rest) = readme.split_once(BEGIN).expect("the README has the table");
    let (table, tail) = rest.split_once(END).expect("the table ends");
    let mut seen = parse(table);
    for (column, verbs) in columns {
        for (verb, marks) in &mut seen {
            let kept = marks[*column] && update.as_deref() == Some("add");
            marks[*column] = kept || verbs.contains(verb);
        }
    }
    let now = render(&seen);
    if update.is_some() {
        fs::write(README, format!("{head}{BEGIN}{now}{END}{tail}")).unwrap();
    } else {
        assert!(
            table == now,
            "the README's table of the steps is old: UPDATE=1 cargo test --test steps_seen renews it (its first \
             comment tells how to renew the lab's columns); it would be\n{now}"
        );
    }
}

/// The marks of each step that there is; none for one that the table does not know.
fn parse(table: &str) -> Seen {
    let mut seen: Seen =
        VERBS.iter().map(|verb| (verb.name.to_owned(), Default::default())).collect();
    for line in table.lines().skip(2) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        for name in cells.get(1).unwrap_or(&"").split(", ") {
            if let Some(marks) = seen.get_mut(name.trim_matches('`')) {
                for (column, mark) in marks.iter_mut().enumerate() {
                    *mark = cells.get(column + 2).is_some_and(|cell| !cell.is_empty());
                }
            }
        }
    }
    seen
}

/// One row for all steps that have been seen in the same places; those with the most come first.
fn render(seen: &Seen) -> String {
    let mut text =
        format!("| steps | {} |\n|---|{}\n", COLUMNS.join(" | "), "---|".repeat(COLUMNS.len()));
    let mut rows: Vec<[bool; COLUMNS.len()]> = seen.values().copied().collect();
    rows.sort_by_key(|marks| {
        (marks.iter().filter(|mark| !**mark).count(), marks.map(|mark| !mark))
    });
    rows.dedup();
    for row in rows {
        let names = VERBS.iter().map(|verb| verb.name).filter(|name| seen[*name] == row);
        let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
        let marks: Vec<&str> = row.iter().map(|mark| if *mark { "✓" } else { "" }).collect();
        text += &format!("| {} | {} |\n", names.join(", "), marks.join(" | "));
    }
    text
}

/// The scenes to try a plan on: its own devices, those of the lab, and what its first comments say of the simulator.
fn scenes(plan: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(plan).unwrap();
    let comments = text.lines().take_while(|line| line.is_empty() || line.starts_with('#'));
    let named = comments.filter(|line| line.contains("bttest run") && line.contains("--sim"));
    let told = |word: &&str| word.starts_with("--sim") || *word == "--allow-exec";
    let named = named.map(|line| line.split_whitespace().filter(told).map(str::to_owned).collect());
    let own = ["--sim", "--sim=fixtures/scenes/lab.toml"].map(|scene| vec![scene.to_owned()]);
    own.into_iter().chain(named).collect()
}

/// Runs a plan on a scene, each of its cases once, and gives the steps that passed.
fn simulate(plan: &Path, number: usize, scene: &[String]) -> BTreeSet<String> {
    let name = plan.file_stem().unwrap().to_string_lossy();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("seen-{name}-{number}"));
    let _ = fs::remove_dir_all(&out);
    let output = Command::new(env!("CARGO_BIN_EXE_bttest"))
        .arg("run")
        .arg(plan)
        .args(scene)
        .args(["--repeat", "1", "--progress", "none", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    assert!(output.status.code().is_some(), "{}: {output:?}", plan.display());
    let journal = out.join("journal.jsonl");
    if journal.exists() { passed(&journal) } else { BTreeSet::new() }
}

/// The steps of a journal that passed, in cases that passed.
fn passed(journal: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(journal).unwrap();
    let records: Vec<Value> =
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let is = |record: &Value, event: &str| record["event"] == event;
    let of_ours =
        |record: &Value| record["file"].as_str().is_some_and(|file| file.starts_with("testplans/"));
    if !records.first().is_some_and(of_ours) {
        return BTreeSet::new();
    }
    let good: BTreeSet<&str> = records
        .iter()
        .filter(|record| is(record, "case-finished") && record["verdict"] == "pass")
        .filter_map(|record| record["case"].as_str())
        .collect();
    let mut begun: BTreeMap<[String; 4], &str> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for record in &records {
        let place = ["case", "iteration", "attempt", "step"].map(|key| record[key].to_string());
        if is(record, "step-started") {
            begun.insert(place, record["verb"].as_str().unwrap_or_default());
        } else if is(record, "step-finished") && record["verdict"] == "pass" {
            let counts = record["case"].as_str().is_none_or(|case| good.contains(case));
            seen.extend(begun.remove(&place).filter(|_| counts).map(str::to_owned));
        }
    }
    seen
}

fn files(folder: &str, kind: &str) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == kind)).collect();
    files.sort();
    files
}

fn find_journals(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            find_journals(&path, found);
        } else if path.file_name().is_some_and(|name| name == "journal.jsonl") {
            found.push(path);
        }
    }
}
