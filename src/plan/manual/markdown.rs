//! The reference of the steps as a page of the manual: `testplans/steps.md`, readable where the tree is.

use std::fmt::Write;

use super::{Common, Entry, Shape, entries, schema_of};

/// The whole reference.
#[must_use]
pub fn markdown() -> String {
    let mut out = "<!-- Made by `bttest steps --markdown`; do not edit. -->\n\n# The steps\n\n\
                   What a case can do: one table in `steps` for each. `bttest steps NAME` prints one of them, and \
                   `bttest check` tells what is wrong with a plan.\n\n| step | |\n|---|---|\n"
        .to_owned();
    for entry in entries() {
        let summary = Shape(&entry.schema).summary().unwrap_or_default();
        let _ = writeln!(out, "| [`{0}`](#{0}) | {1} |", entry.name, cell(&summary));
    }
    out.push_str("\n## Any step\n\ncan also say\n\n");
    arguments(&mut out, Shape(&schema_of::<Common>()));
    for entry in entries() {
        step(&mut out, &entry);
    }
    out
}

fn step(out: &mut String, entry: &Entry) {
    let shape = Shape(&entry.schema);
    let _ = writeln!(out, "\n## {}\n", entry.name);
    for paragraph in shape.description().unwrap_or_default().split("\n\n") {
        let _ = writeln!(out, "{}\n", joined(paragraph));
    }
    let _ = writeln!(out, "```toml\n{}\n```", entry.example);
    if shape.properties().is_some_and(|mut all| all.next().is_some()) {
        out.push('\n');
        arguments(out, shape);
    }
    if !entry.common {
        out.push_str("\nIt takes no `timeout`, `measure` or `expect-error` beside these.\n");
    }
}

/// The arguments as a table, and under it the words that some of them are one of.
fn arguments(out: &mut String, shape: Shape<'_>) {
    out.push_str("| key | value | |\n|---|---|---|\n");
    for (key, argument) in shape.properties().into_iter().flatten() {
        let needed = shape.required().any(|required| required == key);
        let mut value = argument.kind();
        match argument.default() {
            _ if needed => value.push_str(", needed"),
            Some(default) => {
                let _ = write!(value, "; without it {default}");
            }
            None => {}
        }
        let mut text = joined(argument.description().unwrap_or_default());
        let examples = argument.examples();
        if !examples.is_empty() {
            let _ = write!(text, " For example `{key} = {}`", examples.join("`, `"));
        }
        let _ = writeln!(out, "| `{key}` | {} | {} |", cell(&value), cell(text.trim()));
    }
    for (key, argument) in shape.properties().into_iter().flatten() {
        let words = argument.words().unwrap_or_default();
        if words.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n`{key}` is\n");
        for (word, meaning) in words {
            let meaning = meaning.map(|meaning| format!(": {}", joined(meaning)));
            let _ = writeln!(out, "* `{word}`{}", meaning.unwrap_or_default());
        }
    }
}

/// A text on one line.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text as a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_place_for_each_step_and_tables_that_hold() {
        let page = markdown();
        for entry in entries() {
            let name = entry.name;
            assert!(page.contains(&format!("| [`{name}`](#{name}) | ")), "{name}");
            assert!(page.contains(&format!("\n## {name}\n\n")), "{name}");
            assert!(page.contains(&format!("```toml\n{}\n```\n", entry.example)), "{name}");
        }
        let mut columns = 0;
        for line in page.lines() {
            let bars = line.replace("\\|", "").matches('|').count();
            if line.starts_with('|') {
                assert!(columns == 0 || bars == columns, "{line}");
                columns = bars;
            } else {
                columns = 0;
            }
        }
    }
}
