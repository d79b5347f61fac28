//! The reference of the steps, as `bttest steps` prints it: made from what the steps say of themselves.

mod markdown;

pub use markdown::markdown;

use std::fmt::Write;

use serde_json::Value;

use super::control::{CONTROLS, Common};
use super::shape::{Shape, schema_by, schema_of};
use super::suggest::nearest;
use super::visible::{quote, visible};
use crate::steps::VERBS;

/// How wide the text may be.
const WIDTH: usize = 96;

/// What is told of one step.
struct Entry {
    name: &'static str,
    example: &'static str,
    schema: Value,
    /// It can also say what any step can.
    common: bool,
}

fn entries() -> impl Iterator<Item = Entry> {
    let own = VERBS.iter().map(|verb| Entry {
        name: verb.name,
        example: verb.example,
        schema: schema_by(verb.schema),
        common: true,
    });
    let controls = CONTROLS.iter().map(|control| Entry {
        name: control.name,
        example: control.example,
        schema: (control.schema)(),
        common: control.common,
    });
    own.chain(controls)
}

/// All steps, each in a line, and what any of them can say.
#[must_use]
pub fn index() -> String {
    let mut out = "What a case can do: one table in `steps` for each, such as\n\n".to_owned();
    let _ = writeln!(out, "  {{ do = \"connect\", device = \"headset\", timeout = \"30s\" }}\n");
    for entry in entries() {
        let summary = Shape(&entry.schema).summary().unwrap_or_default();
        let _ = writeln!(out, "  {:<16}{summary}", entry.name);
    }
    out.push_str("\nAny step can also say\n\n");
    arguments(&mut out, Shape(&schema_of::<Common>()));
    out.push_str("\n`bttest steps NAME` tells all about one of them.\n");
    out
}

/// All about one step.
///
/// # Errors
/// There is none of that name: a sentence that names the nearest.
pub fn page(name: &str) -> Result<String, String> {
    match entries().find(|entry| entry.name == name) {
        Some(entry) => Ok(of(&entry)),
        None => Err(match nearest(name, entries().map(|entry| entry.name)) {
            Some(meant) => {
                format!("there is no step {}; did you mean `{meant}`?", visible(&quote(name)))
            }
            None => {
                format!("there is no step {}; `bttest steps` lists them", visible(&quote(name)))
            }
        }),
    }
}

fn of(entry: &Entry) -> String {
    let shape = Shape(&entry.schema);
    let mut out = format!("{}\n\n", entry.name);
    for paragraph in shape.description().unwrap_or_default().split("\n\n") {
        wrapped(&mut out, 2, paragraph);
        out.push('\n');
    }
    if shape.properties().is_some_and(|mut all| all.next().is_some()) {
        out.push_str("It can say\n\n");
        arguments(&mut out, shape);
        out.push('\n');
    }
    if entry.common {
        out.push_str(
            "and, as any step, `timeout`, `measure` and `expect-error`: see `bttest steps`.\n\n",
        );
    }
    let _ = writeln!(out, "Example\n\n  {}", entry.example);
    out
}

fn arguments(out: &mut String, shape: Shape<'_>) {
    for (key, argument) in shape.properties().into_iter().flatten() {
        let needed = shape.required().any(|required| required == key);
        let _ = write!(out, "  {key}  {}", argument.kind());
        match argument.default() {
            _ if needed => out.push_str(", needed"),
            Some(default) => {
                let _ = write!(out, "; without it {default}");
            }
            None => {}
        }
        out.push('\n');
        let mut text = argument.description().unwrap_or_default().replace("\n\n", " ");
        let examples = argument.examples();
        if !examples.is_empty() {
            let _ = write!(text, " For example {key} = {}", examples.join(", "));
        }
        wrapped(out, 6, text.trim());
        for (word, meaning) in argument.words().into_iter().flatten() {
            let meaning = meaning.map(|meaning| format!(": {}", meaning.replace('\n', " ")));
            wrapped(out, 8, &format!("`{word}`{}", meaning.unwrap_or_default()));
        }
    }
}

/// Adds a text, wrapped at words.
fn wrapped(out: &mut String, indent: usize, text: &str) {
    let mut width = 0;
    for word in text.split_whitespace() {
        let long = word.chars().count();
        if width == 0 || width + 1 + long > WIDTH {
            let lead = if width == 0 { "" } else { "\n" };
            let _ = write!(out, "{lead}{:indent$}{word}", "");
            width = indent + long;
        } else {
            let _ = write!(out, " {word}");
            width += 1 + long;
        }
    }
    if width > 0 {
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::plan::{Overrides, load_text};

    #[test]
    fn every_example_can_be_run() {
        for entry in entries() {
            let plan = format!(
                "[device.headset]\nname = 'x'\ncontrol = {{ power-off = 'true' }}\n[device.tag]\nname = 'y'\n\
                 [device.left]\nname = 'l'\n[device.right]\nname = 'r'\n\
                 [sequence.reconnect]\nparams = {{ device = 'headset' }}\n\
                 steps = [{{ do = 'connect', device = '${{device}}' }}]\n\
                 [[case]]\nid = 'A'\nsteps = [\n  {},\n]\n",
                entry.example
            );
            let loaded =
                load_text(Path::new("example.toml"), plan.as_bytes(), &Overrides::default());
            assert!(loaded.is_ok(), "{}:\n{}", entry.name, loaded.unwrap_err());
        }
    }

    #[test]
    fn every_step_and_argument_says_what_it_is_for() {
        for entry in entries() {
            let shape = Shape(&entry.schema);
            assert!(shape.summary().is_some(), "{} has no description", entry.name);
            for (key, argument) in shape.properties().into_iter().flatten() {
                assert!(
                    argument.description().is_some(),
                    "{}: {key} has no description",
                    entry.name
                );
            }
        }
    }

    #[test]
    fn a_page_tells_all() {
        insta::assert_snapshot!(page("connect").unwrap(), @r#"
        connect

          Connect a device, and wait until it is connected.

          On BR/EDR this connects every profile that both sides have, or the one that is named.

        It can say

          device  the name of a device, needed
              The device of the plan.
          profile  text
              Only this profile (BR/EDR), by the UUID of the service that the device has for it: `110b`
              for the A2DP sink that a speaker is. For example profile = "110b"
          bearer  one of `le`, `bredr`
              Only this bearer of a dual-mode device. BlueZ 5.83 and later can do that, run with
              `bluetoothd --experimental`; on others the step is inconclusive and says so.
                `le`: Low Energy.
                `bredr`: Basic Rate / Enhanced Data Rate.
          if-needed  `true` or `false`; without it false
              Do nothing when it is connected already.
          services  `true` or `false`; without it false
              Wait also until its services are known.

        and, as any step, `timeout`, `measure` and `expect-error`: see `bttest steps`.

        Example

          { do = "connect", device = "headset", measure = "reconnect", timeout = "30s" }
        "#);
        insta::assert_snapshot!(page("repeat").unwrap(), @r#"
        repeat

          Run steps several times.

        It can say

          times  a whole number from 1 to 1000000000, needed
              How many times. For example times = 3
          steps  a list, needed
              The steps of each round. For example steps = [{ do = "connect", device = "headset" }]

        and, as any step, `timeout`, `measure` and `expect-error`: see `bttest steps`.

        Example

          { do = "repeat", times = 3, steps = [{ do = "pause", for = "1s" }] }
        "#);
    }

    #[test]
    fn the_index_names_all() {
        insta::assert_snapshot!(index().lines().take(6).collect::<Vec<_>>().join("\n"), @r#"
        What a case can do: one table in `steps` for each, such as

          { do = "connect", device = "headset", timeout = "30s" }

          power           Switch the adapter on or off, and wait until it is.
          adapter         Set properties of the adapter: its name on the air, whether it can be found, whether it can be paired.
        "#);
        for entry in entries() {
            assert!(index().contains(entry.name));
        }
        assert_eq!(
            page("conect").unwrap_err(),
            "there is no step `conect`; did you mean `connect`?"
        );
    }
}
