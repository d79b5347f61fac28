//! What a right plan comes to.

use std::path::Path;
use std::time::Duration;

use bttest::plan::{self, Overrides, Plan, Step, What};

fn plan(text: &str, set: &[&str], environment: &[(&str, &str)]) -> Plan {
    let mut overrides = Overrides::default();
    for argument in set {
        overrides.set(argument).unwrap();
    }
    let environment =
        environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    overrides.environment = environment.collect();
    let loaded = plan::load_text(Path::new("dir/my plan.toml"), text.as_bytes(), &overrides);
    loaded.unwrap_or_else(|errors| panic!("{errors}")).plan
}

/// Steps as sentences, loops with their rounds.
fn said(steps: &[Step]) -> Vec<String> {
    let one = |step: &Step| match &step.what {
        What::Do(action) => action.describe(),
        What::Repeat { times, steps } => format!("{times} × [{}]", said(steps).join(", ")),
        What::Span(steps) => {
            let measure = step.measure.as_deref().unwrap_or_default();
            format!("{measure}: [{}]", said(steps).join(", "))
        }
        What::Parallel(branches) => {
            let branches: Vec<String> =
                branches.iter().map(|steps| said(steps).join(", ")).collect();
            format!("[{}]", branches.join(" | "))
        }
    };
    steps.iter().map(one).collect()
}

#[test]
fn what_is_not_said_has_a_default() {
    let plan = plan("[[case]]\nid = 'A'\nsteps = [{ do = 'inspect' }]\n", &[], &[]);
    let case = &plan.cases[0];
    assert_eq!((plan.name.as_str(), plan.file.as_str()), ("my plan", "dir/my plan.toml"));
    assert_eq!((case.title.as_str(), case.soak, case.retries), ("A", plan::Soak::default(), 0));
    assert_eq!((case.timeout, case.steps[0].timeout), (None, None));
    assert_eq!((case.place.line, case.steps[0].place.line, case.steps[0].place.column), (1, 3, 10));
}

#[test]
fn branches_have_variables_sequences_and_places() {
    let text = r#"
[vars]
for = "2s"
[sequence.rest]
params = { for = { required = true } }
steps = [{ do = "pause", for = "${for}" }]
[[case]]
id = "A"
steps = [
  { do = "parallel", measure = "both", branches = [
    [{ do = "pause", for = "${for}" }],
    [{ do = "sequence", name = "rest", with = { for = "1s" } }, { do = "inspect" }],
  ] },
]
"#;
    let plan = plan(text, &[], &[]);
    let step = &plan.cases[0].steps[0];
    assert_eq!(step.measure.as_deref(), Some("both"));
    let told = said(&plan.cases[0].steps);
    assert_eq!(told, ["[pause 2s | pause 1s, inspect the adapter and its devices]"]);
    let inner = step.what.inner();
    assert_eq!(inner.iter().map(|steps| steps.len()).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(inner[0][0].place.line, 11);
}

#[test]
fn defaults_hold_where_nothing_nearer_is_said() {
    let text = r#"
keep = { adapter = true }
[defaults]
step-timeout = "20s"
case-timeout = "3m"
retries = 2
[device.d]
name = "x"
[[case]]
id = "A"
steps = [
  { do = "connect", device = "d" },
  { do = "connect", device = "d", timeout = "5s" },
  { do = "discover", device = "d", within = "40s" },
  { do = "pause", for = "1m" },
  { do = "repeat", times = 2, steps = [{ do = "disconnect", device = "d" }] },
]
[[case]]
id = "B"
retries = 0
timeout = "1h"
repeat = 5
keep = { bonds = true }
steps = [{ do = "inspect" }]
"#;
    let plan = plan(text, &[], &[]);
    let seconds = |step: &Step| step.timeout.map(|limit| limit.as_secs());
    let limits: Vec<_> = plan.cases[0].steps.iter().map(seconds).collect();
    assert_eq!(limits, [Some(20), Some(5), None, None, None]);
    assert_eq!((plan.cases[0].retries, plan.cases[1].retries), (2, 0));
    assert_eq!(plan.cases[0].timeout, Some(Duration::from_secs(180)));
    assert_eq!(plan.cases[1].timeout, Some(Duration::from_secs(3600)));
    assert!(plan.cases[0].keep.adapter && !plan.cases[0].keep.bonds);
    assert!(plan.cases[1].keep.bonds && !plan.cases[1].keep.adapter);
}

#[test]
fn variables_have_types_and_an_order() {
    let text = r#"
[vars]
cycles = 3
half = 2
name = "ear ${half}"
on = true
pin = { env = "PIN", secret = true }
plain = "$${x}"
[device.d]
name = "${name} ${pin} ${plain}"
name-prefix = "${half}"
[[case]]
id = "A"
steps = [
  { do = "repeat", times = "${cycles}", steps = [{ do = "power", on = "${on}" }] },
  { do = "pause", for = "${half}s" },
]
"#;
    let name = |plan: &Plan| plan.devices["d"].name.clone().unwrap();
    let first = plan(text, &[], &[("PIN", "0012")]);
    assert_eq!(name(&first), "ear 2 0012 ${x}");
    assert_eq!(first.devices["d"].name_prefix.as_deref(), Some("2"));
    assert_eq!(said(&first.cases[0].steps), ["3 × [power on]", "pause 2s"]);
    assert_eq!(first.secrets, ["0012"]);
    let environment = [("PIN", "${half}"), ("BTTEST_VAR_cycles", "5"), ("BTTEST_VAR_on", "false")];
    let second = plan(text, &["cycles=7", "name=a"], &environment);
    assert_eq!(name(&second), "a ${half} ${x}", "what comes from outside is taken as it is");
    assert_eq!(said(&second.cases[0].steps), ["7 × [power off]", "pause 2s"]);
}

#[test]
fn a_sequence_stands_in_the_place_of_its_call() {
    let text = r#"
[device.d]
name = "x"
[vars]
rest = "2s"
[sequence.reconnect]
params = { device = { required = true }, times = 2 }
steps = [
  { do = "repeat", times = "${times}", steps = [
    { do = "sequence", name = "one", with = { device = "${device}" } },
  ] },
  { do = "pause", for = "${rest}" },
]
[sequence.one]
params = { device = "d" }
steps = [{ do = "disconnect", device = "${device}" }, { do = "connect", device = "${device}" }]
[[case]]
id = "A"
setup = [{ do = "sequence", name = "one" }]
steps = [{ do = "sequence", name = "reconnect", with = { device = "d", times = 4 } }]
"#;
    let plan = plan(text, &[], &[]);
    assert_eq!(said(&plan.cases[0].setup), ["disconnect d", "connect d"]);
    assert_eq!(said(&plan.cases[0].steps), ["4 × [disconnect d, connect d]", "pause 2s"]);
}

#[test]
fn a_matrix_is_a_case_for_each_combination() {
    let text = r#"
[vars]
bearers = ["le", "bredr"]
[device.d]
name = "x"
[[case]]
id = "SCAN"
title = "Over ${bearer}"
tags = ["${bearer}"]
matrix = { bearer = "${bearers}", for = ["1s", "a/b c"] }
steps = [{ do = "discover", device = "d", transport = "${bearer}" }]
[[case]]
id = "AFTER"
requires = { cases = ["SCAN"] }
steps = [{ do = "inspect" }]
"#;
    let plan = plan(text, &[], &[]);
    let ids: Vec<&str> = plan.cases.iter().map(|case| case.id.as_str()).collect();
    let scans = [
        "SCAN[bearer=le,for=1s]",
        "SCAN[bearer=le,for=a_b_c]",
        "SCAN[bearer=bredr,for=1s]",
        "SCAN[bearer=bredr,for=a_b_c]",
    ];
    assert_eq!(ids, [&scans[..], &["AFTER"]].concat());
    assert_eq!(plan.cases[4].requires.cases, scans);
    assert_eq!(
        (plan.cases[2].title.as_str(), plan.cases[2].tags[0].as_str()),
        ("Over bredr", "bredr")
    );
}

#[test]
fn steps_with_headers_of_their_own() {
    let text = "[[case]]\nid = 'A'\n[[case.steps]]\ndo = 'repeat'\ntimes = 2\n[[case.steps.steps]]\ndo = 'pause'\nfor = '1s'\n[[case.steps]]\ndo = 'inspect'\n";
    let plan = plan(text, &[], &[]);
    assert_eq!(
        said(&plan.cases[0].steps),
        ["2 × [pause 1s]", "inspect the adapter and its devices"]
    );
    assert_eq!(plan.cases[0].steps[1].place.line, 9);
}

#[test]
fn a_time_limit_of_nothing_is_an_error() {
    for text in [
        "timeout = '0s'\n[[case]]\nid = 'A'\nsteps = [{ do = 'inspect' }]",
        "[[case]]\nid = 'A'\ntimeout = '0ms'\nsteps = [{ do = 'inspect' }]",
        "[[case]]\nid = 'A'\nsteps = [{ do = 'inspect', timeout = '0s' }]",
        "[defaults]\nstep-timeout = '0s'\n[[case]]\nid = 'A'\nsteps = [{ do = 'inspect' }]",
    ] {
        let errors = plan::load_text(Path::new("p.toml"), text.as_bytes(), &Overrides::default());
        let errors = errors.unwrap_err().to_string();
        assert!(errors.contains("lets nothing pass"), "{errors}");
    }
}

#[test]
fn a_span_and_a_call_with_a_measure_are_one_measure() {
    let text = r#"
[sequence.again]
steps = [{ do = "pause", for = "1s" }, { do = "pause", for = "2s" }]
[[case]]
id = "A"
steps = [
  { do = "sequence", name = "again", measure = "both" },
  { do = "span", measure = "all", steps = [{ do = "sequence", name = "again" }] },
]
threshold = [{ of = "both", count = ">= 1" }, { of = "all", count = ">= 1" }]
"#;
    let plan = plan(text, &[], &[]);
    let wanted = ["both: [pause 1s, pause 2s]", "all: [pause 1s, pause 2s]"];
    assert_eq!(said(&plan.cases[0].steps), wanted);
}
