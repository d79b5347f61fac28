//! Plans that nobody should write: each gets an answer, soon, and in bounds.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bttest::plan::{self, Diagnostics, Loaded, Overrides};
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Result<Loaded, Diagnostics> {
    plan::load_text(Path::new("plan.toml"), bytes, &Overrides::default())
}

/// How long this thread has had a processor, however busy the machine is.
fn worked() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

/// The message of the first error.
fn first_error(text: &str) -> String {
    let errors = read(text.as_bytes()).expect_err("the plan is wrong");
    let _ = errors.render(true);
    errors.iter().next().map(|error| error.message().to_owned()).unwrap_or_default()
}

/// A file in a directory of its own.
fn files(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let directory = std::env::temp_dir().join(format!("bttest-{name}-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    for (name, text) in files {
        fs::write(directory.join(name), text).unwrap();
    }
    directory
}

/// Without optimisation, which takes ten times as long as with it.
const SOON: Duration = Duration::from_secs(20);

const CASE: &str = "[[case]]\nid = 'A'\nsteps = [{ do = 'inspect' }]\n";

#[test]
fn no_plan_at_all() {
    assert_eq!(first_error(""), "the plan has no case");
    assert_eq!(first_error("\n# nothing\n"), "the plan has no case");
    assert_eq!(first_error("case = []"), "the plan has no case");
    let load =
        |path: &str| plan::load(Path::new(path), &Overrides::default()).unwrap_err().to_string();
    assert!(load("/").contains("is a directory"));
    assert!(load("/nonexistent.toml").contains("no such file"));
    assert!(load("/dev/zero").contains("is not a file"));
    let errors = read(b"name = '\xff'").unwrap_err().to_string();
    assert!(errors.contains("not UTF-8: byte 0xFF on line 1"), "{errors}");
}

#[test]
fn ten_megabytes_of_nesting() {
    assert!(first_error(&"[".repeat(10 << 20)).contains("larger than 1 MiB"));
    let most = (1 << 20) - 100;
    for text in [
        "[".repeat(most),
        format!("a = {}", "[".repeat(most)),
        format!("a = {}", "{a=".repeat(most / 3)),
        format!("{}a = 1", "a.".repeat(most / 2)),
        format!("[{}a]", "a.".repeat(most / 2)),
        format!("[[case]]\nid = 'A'\nsteps = {}", "[{do='repeat',times=2,steps=".repeat(20_000)),
    ] {
        let start = worked();
        assert!(read(text.as_bytes()).is_err());
        assert!(worked() - start < SOON, "{}", text.get(..20).unwrap());
    }
}

#[test]
fn loops_in_loops() {
    let nested = |deep: usize| {
        let open = "{ do = 'repeat', times = 1000000000, steps = [".repeat(deep);
        format!("[[case]]\nid = 'A'\nsteps = [{open}{{ do = 'inspect' }}{}]", "] }".repeat(deep))
    };
    assert!(read(nested(16).as_bytes()).is_ok());
    assert_eq!(first_error(&nested(17)), "steps stand more than 16 deep");
    for times in ["0", "-1", "1000000001", "9223372036854775808", "1.5", "'three'", "[]"] {
        let text = format!(
            "[[case]]\nid = 'A'\nsteps = [{{ do = 'repeat', times = {times}, steps = [{{ do = 'inspect' }}] }}]"
        );
        assert!(read(text.as_bytes()).is_err(), "{times}");
    }
}

#[test]
fn variables_that_grow() {
    let mut text = String::from("[vars]\nv0 = 'xxxxxxxxxx'\n");
    for n in 1..30 {
        text += &format!("v{n} = '{}'\n", format!("${{v{}}}", n - 1).repeat(10));
    }
    text += "[[case]]\nid = 'A'\ntitle = '${v29}'\nsteps = [{ do = 'inspect' }]\n";
    assert_eq!(first_error(&text), "this text becomes longer than 64 KiB");
    let mut text = String::from("[vars]\n");
    for n in 0..20_000 {
        text += &format!("v{n} = '${{v{}}}'\n", n + 1);
    }
    assert_eq!(
        first_error(&(text + "v20000 = 1\n" + CASE)),
        "variables lead to one another more than 32 deep"
    );
    let text = format!("[vars]\na = '${{b}}'\nb = 'x${{c}}'\nc = '${{a}}'\n{CASE}");
    assert_eq!(first_error(&text), "the variable `a` leads back to itself");
}

#[test]
fn sequences_that_grow() {
    let call = |n: usize| format!("{{ do = 'sequence', name = 's{n}' }}");
    let mut text = String::new();
    for n in 0..14 {
        text += &format!("[sequence.s{n}]\nsteps = [{}]\n", vec![call(n + 1); 10].join(", "));
    }
    text += "[sequence.s14]\nsteps = [{ do = 'inspect' }]\n[[case]]\nid = 'A'\n";
    text += &format!("steps = [{}]\n", call(0));
    let start = worked();
    assert_eq!(first_error(&text), "the plan comes to more than 100,000 steps");
    assert!(worked() - start < SOON);
    let circle = "[sequence.a]\nsteps = [{ do = 'sequence', name = 'b' }]\n\
                  [sequence.b]\nsteps = [{ do = 'sequence', name = 'a' }]\n\
                  [[case]]\nid = 'A'\nsteps = [{ do = 'sequence', name = 'a' }]\n";
    assert_eq!(first_error(circle), "the sequence `a` leads back to itself");
}

#[test]
fn matrices_that_grow() {
    let axis = |name: char| {
        let values: Vec<String> = (0..22).map(|n| n.to_string()).collect();
        format!("{name} = [{}]", values.join(","))
    };
    let matrix = |names: &str| {
        let axes: Vec<String> = names.chars().map(axis).collect();
        format!(
            "[[case]]\nid = 'A'\nmatrix = {{ {} }}\nsteps = [{{ do = 'inspect' }}]",
            axes.join(", ")
        )
    };
    assert_eq!(read(matrix("ab").as_bytes()).unwrap().plan.cases.len(), 484);
    assert_eq!(first_error(&matrix("abc")), "the matrix has more than 10,000 combinations");
    let huge = format!("{}\ntitle = '{}'", matrix("ab"), "x".repeat(1 << 19));
    assert_eq!(first_error(&huge), "the plan becomes too large");
    let many = format!(
        "[[case]]\nid = 'A'\nmatrix = {{ {} }}\nsteps = [{}]",
        axis('a'),
        "{do='inspect'},".repeat(55_000)
    );
    assert_eq!(first_error(&many), "the plan comes to more than 100,000 steps");
}

#[test]
fn many_errors() {
    for text in [
        "[[case]]\n".repeat(5_000),
        "[[case]]\nx=1\ny=2\n".repeat(4_000),
        format!("[[case]]\nid='A'\ntags=[{}]\nsteps=[{{do='inspect'}}]", "1,".repeat(40_000)),
        format!("[[case]]\nid='A'\nsteps=[{}]", "1,".repeat(40_000)),
        format!("[[case]]\nid='A'\nsteps=[{}]", "{do='x'},".repeat(20_000)),
        format!("case = [{}]", "1,".repeat(40_000)),
        "a=1\n".repeat(40_000),
        "=\n".repeat(40_000),
        format!(
            "[vars]\n{}",
            (0..10_000).map(|n| format!("v{n}='${{w{n}}}'\n")).collect::<String>()
        ),
    ] {
        let start = worked();
        let errors = read(text.as_bytes()).unwrap_err();
        let shown = errors.render(false);
        let what = text.get(..30).unwrap();
        assert!(shown.len() < 200_000, "{what}: {}", shown.len());
        assert!(worked() - start < SOON, "{what}: {:?}", worked() - start);
    }
}

#[test]
fn files_that_include_one_another() {
    let directory = files(
        "circle",
        &[
            ("a.toml", &format!("include = ['b.toml']\n{CASE}")),
            ("b.toml", "include = ['./c.toml']\n"),
            ("c.toml", "include = ['../nowhere/../b.toml', 'b.toml', 'none.toml', '.']\n"),
        ],
    );
    let errors =
        plan::load(&directory.join("a.toml"), &Overrides::default()).unwrap_err().to_string();
    assert!(errors.contains("leads back to itself"), "{errors}");
    assert!(errors.contains("none.toml: no such file"), "{errors}");
    assert!(errors.contains("is a directory"), "{errors}");
    let chain: Vec<(String, String)> =
        (0..30).map(|n| (format!("{n}.toml"), format!("include = ['{}.toml']\n", n + 1))).collect();
    let chain: Vec<(&str, &str)> = chain.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let directory = files("chain", &chain);
    let errors =
        plan::load(&directory.join("0.toml"), &Overrides::default()).unwrap_err().to_string();
    assert!(errors.contains("files include one another more than 16 deep"), "{errors}");
}

#[test]
fn what_is_included_and_what_wins() {
    let directory = files(
        "merge",
        &[
            (
                "plan.toml",
                &format!(
                    "include = ['one.toml', 'two.toml']\n[device.a]\nname = 'own'\n[vars]\nx = 1\n{CASE}"
                ),
            ),
            (
                "one.toml",
                "include = ['base.toml']\n[device.a]\nname = 'one'\n[device.b]\nname = '${x}'\n[vars]\nx = 2\ny = 'é'\n",
            ),
            ("two.toml", "include = ['base.toml']\n[defaults]\nretries = 2\n"),
            (
                "base.toml",
                "[device.c]\naddress = 'C0:DE:00:00:00:01'\n[defaults]\ncase-timeout = '1m'\n",
            ),
        ],
    );
    let loaded = plan::load(&directory.join("plan.toml"), &Overrides::default()).unwrap();
    let name = |device: &str| loaded.plan.devices[device].name.clone();
    assert_eq!(name("a").as_deref(), Some("own"));
    assert!(loaded.plan.devices.contains_key("c"));
    assert_eq!(loaded.plan.cases[0].retries, 2);
    assert_eq!(loaded.plan.cases[0].timeout, Some(Duration::from_secs(60)));
    let directory = files(
        "conflict",
        &[
            ("plan.toml", &format!("include = ['one.toml', 'two.toml']\n{CASE}")),
            ("one.toml", "[device.a]\nname = 'one'\n"),
            ("two.toml", "[device.a]\nname = 'two'\n[[case]]\nid = 'B'\n"),
        ],
    );
    let errors =
        plan::load(&directory.join("plan.toml"), &Overrides::default()).unwrap_err().to_string();
    assert!(errors.contains("two included files define `a`"), "{errors}");
    assert!(errors.contains("`case` has no place in an included file"), "{errors}");
}

fn no_hidden_characters(text: &str) -> bool {
    !text.chars().any(|c| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

/// Pieces of plans, right and wrong, that meet in ways nobody thought of.
fn piece() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "[[case]]\n",
        "id = 'A'\n",
        "steps = [",
        "]\n",
        "{ do = 'connect', device = 'd' },",
        "[device.d]\n",
        "name = 'x'\n",
        "[vars]\n",
        "v = '${v}'\n",
        "w = ['a', 1]\n",
        "matrix = { w = '${w}' }\n",
        "{ do = 'sequence', name = 's', with = { p = '${v}' } },",
        "[sequence.s]\n",
        "params = { p = 1 }\n",
        "{ do = 'repeat', times = '${n}', steps = [",
        "] },",
        "timeout = '5s'\n",
        "[[case.threshold]]\n",
        "of = 'm'\n",
        "[[case.steps]]\n",
        "do = 'pause'\n",
        "for = 5\n",
        "[case.requires]\n",
        "cases = ['A']\n",
        "{ value = '\u{1b}[31m\u{202e}', secret = true }",
        "s = ",
        "[defaults]\n",
        "keep = { bonds = 1 }\n",
        "tags = ['and', 'é']\n",
        "\"\"\"\n",
        "'''",
        "# é\u{7}\n",
        "include = ['x']\n",
        "[adapter]\n",
        "select = 'é'\n",
    ]);
    prop_oneof![8 => fixed.prop_map(str::to_owned), 1 => "\\PC{0,8}", 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_a_plan_or_errors(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let shown = match read(&bytes) {
            Ok(loaded) => loaded.warnings.render(false),
            Err(errors) => errors.render(false),
        };
        prop_assert!(no_hidden_characters(&shown), "{shown:?}");
    }

    #[test]
    fn any_pieces_are_a_plan_or_errors(pieces in prop::collection::vec(piece(), 0..40)) {
        let text = pieces.concat();
        match read(text.as_bytes()) {
            Ok(loaded) => prop_assert!(no_hidden_characters(&loaded.warnings.render(false))),
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                prop_assert!(no_hidden_characters(&errors.render(false)));
                for error in errors.iter() {
                    let Some(place) = errors.place(error) else { continue };
                    let line = text.split('\n').nth(place.line as usize - 1).unwrap_or_default();
                    prop_assert!(place.column as usize <= line.chars().count() + 1, "{place:?}");
                }
            }
        }
    }

    #[test]
    fn columns_count_characters(before in "[a-zé日\u{1F600}]{0,20}", after in "[a-zé]{0,5}") {
        let text = format!("[[case]]\nid = 'A'\nsteps = [{{ do = 'inspect' }}]\ntitle = '{before}${{{after}?}}'\n");
        let errors = read(text.as_bytes()).unwrap_err();
        let place = errors.place(errors.iter().next().unwrap()).unwrap();
        prop_assert_eq!(place.line, 4);
        prop_assert_eq!(place.column as usize, 10 + before.chars().count());
    }
}
