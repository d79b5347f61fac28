//! The README shows only what works as printed.

use std::fs;
use std::process::Command;

/// Every `<!-- KIND: ARGUMENT -->` of the README with the code block after it.
fn blocks(kind: &str) -> Vec<(String, String)> {
    let readme = fs::read_to_string("README.md").unwrap();
    let marker = format!("<!-- {kind}: ");
    let mut found = Vec::new();
    for part in readme.split(&marker).skip(1) {
        let (argument, rest) = part.split_once(" -->").unwrap();
        let block = rest.split("```").nth(1).unwrap();
        let (_language, text) = block.split_once('\n').unwrap();
        found.push((argument.to_owned(), text.to_owned()));
    }
    assert!(!found.is_empty(), "no {kind} in the README");
    found
}

#[test]
fn the_plans_are_those_of_the_files() {
    for (file, text) in blocks("plan") {
        assert_eq!(text, fs::read_to_string(&file).unwrap(), "{file}");
    }
}

#[test]
fn a_part_of_a_plan_goes_with_the_plan() {
    for (file, text) in blocks("part of") {
        let folder = tempfolder("part");
        fs::create_dir_all(&folder).unwrap();
        let plan = folder.join("plan.toml");
        fs::write(&plan, format!("{}\n{text}", fs::read_to_string(&file).unwrap())).unwrap();
        let checked =
            Command::new(env!("CARGO_BIN_EXE_bttest")).arg("check").arg(&plan).output().unwrap();
        let told = String::from_utf8_lossy(&checked.stderr).into_owned();
        assert!(checked.status.success() && told.is_empty(), "{told}");
    }
}

#[test]
fn the_output_is_what_the_program_prints() {
    for (command, text) in blocks("output") {
        let out = tempfolder("output");
        let arguments = command.strip_prefix("bttest ").unwrap().split_whitespace();
        let mut program = Command::new(env!("CARGO_BIN_EXE_bttest"));
        program.args(arguments).env_remove("CI");
        if command.starts_with("bttest run ") {
            program.arg("--out").arg(&out);
        }
        let output = program.output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let printed =
            printed.replace(out.to_str().unwrap(), "bttest-runs/quickstart-20261120T174705Z");
        assert_eq!(without_the_host(&text), without_the_host(&printed), "{command}");
    }
}

/// The kernel and the name of the machine are whatever they are.
fn without_the_host(text: &str) -> String {
    text.lines()
        .map(|line| line.split(" · Linux ").next().unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}

fn tempfolder(name: &str) -> std::path::PathBuf {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("readme-{name}"));
    let _ = fs::remove_dir_all(&folder);
    folder
}

#[test]
fn the_picture_shows_what_the_program_prints() {
    let picture = fs::read_to_string("fixtures/readme/run.svg").unwrap();
    let out = tempfolder("picture");
    let output = Command::new(env!("CARGO_BIN_EXE_bttest"))
        .args(["run", "testplans/pair-and-reconnect.toml", "--sim", "-v", "--out"])
        .arg(&out)
        .env_remove("CI")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let printed = without_the_host(&printed);
    let shown = printed.lines().filter(|line| !line.contains("journal"));
    for word in shown.flat_map(str::split_whitespace) {
        assert!(picture.contains(word), "{word:?} is not in the picture; scripts/picture draws it");
    }
}
