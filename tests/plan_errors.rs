//! How errors of a plan look to the person who wrote it.

use std::path::Path;

use bttest::plan::{self, Overrides};

fn shown(text: &str) -> String {
    with(text, &[], &[])
}

/// With `--set` and with environment variables.
fn with(text: &str, set: &[&str], environment: &[(&str, &str)]) -> String {
    let mut overrides = Overrides::default();
    for argument in set {
        overrides.set(argument).unwrap();
    }
    let environment =
        environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    overrides.environment = environment.collect();
    match plan::load_text(Path::new("plan.toml"), text.as_bytes(), &overrides) {
        Ok(loaded) => loaded.warnings.render(false),
        Err(errors) => errors.render(false),
    }
}

/// A plan of one case with these steps.
fn steps(steps: &str) -> String {
    format!("[device.headset]\nname = \"x\"\n\n[[case]]\nid = \"A\"\nsteps = [\n{steps}\n]\n")
}

#[test]
fn misspelt_words() {
    let text = steps(
        "  { do = \"conect\", device = \"headset\" },\n  { do = \"pair\", device = \"hedset\", agnet = \"NoInputNoOutput\" },",
    );
    insta::assert_snapshot!(shown(&text), @r#"
    error: there is no step `conect`
     --> plan.toml:7:10
      |
    7 |   { do = "conect", device = "headset" },
      |          ^^^^^^^^ did you mean `connect`?
      |
      = help: the steps are `power`, `adapter`, `discover`, `scan`, `stop-discovery`, `expect-advertised`, `advertise`, `stop-advertising`, `monitor`, `monitor-expect`, `stop-monitoring`, `serve`, `serve-notify`, `serve-expect`, `trust`, `block`, `pair`, `cancel-pairing`, `connect`, `disconnect`, `wait-disconnected`, `prefer-bearer`, `audio-endpoint`, `audio-expect`, `audio-stream`, `unicast-endpoint`, `unicast-expect`, `unicast-stream`, `broadcast`, `broadcast-receive`, `profile`, `profile-expect`, `profile-send`, `profile-receive`, `network`, `device-set-expect`, `device-set-connect`, `device-set-disconnect`, `device-set-auto-connect`, `player` and 29 more; `bttest steps` tells more

    error: there is no device `hedset`
     --> plan.toml:8:27
      |
    8 |   { do = "pair", device = "hedset", agnet = "NoInputNoOutput" },
      |                           ^^^^^^^^ did you mean `headset`?
      |
      = help: the devices are `headset`

    error: unknown key `agnet` in step `pair`
     --> plan.toml:8:37
      |
    8 |   { do = "pair", device = "hedset", agnet = "NoInputNoOutput" },
      |                                     ^^^^^ did you mean `agent`?
      |
      = help: the keys here are `device`, `agent`, `without-agent`, `initiator`, `start`, `confirm`, `authorize`, `passkey`, `pin`, `when-asked`, `cancel-after`, `device-io-capability`, `secure-connections`, `timeout`, `measure` and `expect-error`
    "#);
}

#[test]
fn wrong_values() {
    let text = steps(
        "  { do = \"discover\", device = \"headset\", within = 15, transport = \"bluetooth\" },\n  { do = \"power\", on = \"yes\" },\n  { do = \"pause\", for = \"-5s\" },\n  { do = \"connect\", device = \"headset\", expect-error = \"pagetimeout\" },",
    );
    insta::assert_snapshot!(shown(&text), @r#"
    error: `15` has no unit
     --> plan.toml:7:51
      |
    7 |   { do = "discover", device = "headset", within = 15, transport = "bluetooth" },
      |                                                   ^^ in `within`
      |
      = help: write for example "15s" or "15ms"

    error: `transport` cannot be `bluetooth`
     --> plan.toml:7:67
      |
    7 |   { do = "discover", device = "headset", within = 15, transport = "bluetooth" },
      |                                                                   ^^^^^^^^^^^ not one of its words
      |
      = help: write one of `auto`, `le` and `bredr`

    error: `on` must be `true` or `false`, not the text `yes`
     --> plan.toml:8:24
      |
    8 |   { do = "power", on = "yes" },
      |                        ^^^^^ expected `true` or `false`
      |
      = help: `on`: `true` for on, `false` for off

    error: `-5s` is negative
     --> plan.toml:9:25
      |
    9 |   { do = "pause", for = "-5s" },
      |                         ^^^^^ in `for`
      |
      = help: a duration starts at "0s"

    error: `expect-error` cannot be `pagetimeout`
      --> plan.toml:10:56
       |
    10 |   { do = "connect", device = "headset", expect-error = "pagetimeout" },
       |                                                        ^^^^^^^^^^^^^ did you mean `page-timeout`?
    "#);
}

#[test]
fn what_is_missing() {
    insta::assert_snapshot!(shown("name = \"Empty\"\n"), @r#"
    error: the plan has no case
     --> plan.toml:1:15
      |
    1 | name = "Empty"
      |               ^ the plan ends here
      |
      = help: add one: a line `[[case]]`, then `id = "FIRST-01"` and `steps = [{ do = "inspect" }]`; `bttest steps` tells what there is to do
    "#);
    let text = steps(
        "  { do = \"connect\" },\n  { device = \"headset\" },\n  { disconnect = \"headset\" },",
    );
    insta::assert_snapshot!(shown(&text), @r#"
    error: step `connect` needs `device`
     --> plan.toml:7:3
      |
    7 |   { do = "connect" },
      |   ^^^^^^^^^^^^^^^^^^ `device` is missing
      |
      = help: `device`: The device of the plan; write device = "headset"

    error: a step needs `do`
     --> plan.toml:8:3
      |
    8 |   { device = "headset" },
      |   ^^^^^^^^^^^^^^^^^^^^^^ does what?
      |
      = help: write for example { do = "connect", device = "headset" }

    error: a step needs `do`
     --> plan.toml:9:3
      |
    9 |   { disconnect = "headset" },
      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^ does what?
      |
      = help: write { do = "disconnect", … }
    "#);
    insta::assert_snapshot!(shown("[device.phone]\ntransport = \"le\"\n\n[[case]]\nid = \"A\"\nsteps = []\n"), @r#"
    error: nothing tells the device `phone` from others
     --> plan.toml:1:9
      |
    1 | [device.phone]
      |         ^^^^^ needs at least one criterion
      |
      = help: add name = "…" or address = "…", or a `name-prefix`, `service` or `manufacturer`

    error: `steps` is empty
     --> plan.toml:6:9
      |
    6 | steps = []
      |         ^^ no step
      |
      = help: put a step in, such as { do = "connect", device = "headset" }
    "#);
}

#[test]
fn syntax() {
    let text = "name = Headset regression\n\n[[case]\nid = \"A\nsteps = [ { do = \"inspect\" \n";
    insta::assert_snapshot!(shown(text), @r#"
    error: string values must be quoted
     --> plan.toml:1:8
      |
    1 | name = Headset regression
      |        ^^^^^^^^^^^^^^^^^^ expected text in quotes
      |
      = help: put text between quotes: key = "text"

    error: unclosed array table
     --> plan.toml:3:8
      |
    3 | [[case]
      |        ^ expected `]`
      |
      = help: add the missing `]`

    error: unclosed inline table
     --> plan.toml:5:27
      |
    5 | steps = [ { do = "inspect" 
      |                           ^ expected `}`
      |
      = help: add the missing `}`

    error: unclosed array
     --> plan.toml:5:27
      |
    5 | steps = [ { do = "inspect" 
      |                           ^ expected `]`
      |
      = help: add the missing `]`
    "#);
}

#[test]
fn ids() {
    let case = |id: &str| format!("[[case]]\nid = \"{id}\"\nsteps = [{{ do = \"inspect\" }}]\n");
    let text = [case("PAIR 1"), case("PAIR-2"), case("PAIR-2"), case("${x}")].concat();
    insta::assert_snapshot!(shown(&text), @r#"
    error: `PAIR 1` is not an id: an id begins with a letter or a digit and is made of letters, digits, `.`, `_` and `-`
     --> plan.toml:2:6
      |
    2 | id = "PAIR 1"
      |      ^^^^^^^^ in `id`
      |
      = help: write for example "PAIR-1"

    error: two cases have the id `PAIR-2`
     --> plan.toml:8:6
      |
    8 | id = "PAIR-2"
      |      ^^^^^^^^ used again
      |
     ::: plan.toml:5:6
      |
    5 | id = "PAIR-2"
      |      -------- used first
      |
      = help: give each case an id of its own

    error: an id holds no variables: it stays the same from run to run
      --> plan.toml:11:6
       |
    11 | id = "${x}"
       |      ^^^^^^
       |
       = help: with a `matrix`, each case has the values in its id by itself
    "#);
}

#[test]
fn variables() {
    let text = "[vars]\ncycles = 3\nlist = [\"a\"]\n".to_owned()
        + &steps(
            "  { do = \"repeat\", times = \"${cyles}\", steps = [{ do = \"pause\", for = \"${cycles}\" }] },\n  { do = \"adapter\", alias = \"bench ${list} ${\" },",
        );
    insta::assert_snapshot!(shown(&text), @r#"
    error: there is no variable `cyles`
      --> plan.toml:10:29
       |
    10 |   { do = "repeat", times = "${cyles}", steps = [{ do = "pause", for = "${cycles}" }] },
       |                             ^^^^^^^^ did you mean `${cycles}`?
       |
       = help: the variables here are `cycles` and `list`; define others in [vars]

    error: `3` has no unit
      --> plan.toml:10:71
       |
    10 |   { do = "repeat", times = "${cyles}", steps = [{ do = "pause", for = "${cycles}" }] },
       |                                                                       ^^^^^^^^^^^ in `for`
       |
       = help: write for example "3s" or "3ms"

    error: `list` is a list and cannot stand inside a text
      --> plan.toml:11:36
       |
    11 |   { do = "adapter", alias = "bench ${list} ${" },
       |                                    ^^^^^^^ a list
       |
       = help: write "${list}" alone, where a list is wanted
    "#);
}

#[test]
fn variables_from_outside() {
    let text = "[vars]\ncycles = 3\npin = { required = true, help = \"the PIN on the headset's label\" }\n\n".to_owned()
        + &steps("  { do = \"repeat\", times = \"${cycles}\", steps = [{ do = \"adapter\", alias = \"${pin}\" }] },\n  { do = \"connect\", device = \"headset\" },");
    insta::assert_snapshot!(with(&text, &["cycle=5"], &[("BTTEST_VAR_cycles", "many")]), @r#"
    error: --set cycle: the plan has no variable `cycle`
     |
     = help: did you mean `--set cycles=…`?

    error: BTTEST_VAR_cycles: `many` is not a whole number
     --> plan.toml:2:1
      |
    2 | cycles = 3
      | ^^^^^^ `cycles` is a whole number here

    error: the variable `pin` is not set
     --> plan.toml:3:1
      |
    3 | pin = { required = true, help = "the PIN on the headset's label" }
      | ^^^ the PIN on the headset's label
      |
      = help: write `--set pin=…`, or set the environment variable BTTEST_VAR_pin
    "#);
    assert_eq!(with(&text, &["pin=0012"], &[("BTTEST_VAR_cycles", "7")]), "");
    assert_eq!(with(&text, &["pin=1234"], &[]), "", "a number where text is wanted is text");
}

#[test]
fn a_secret_is_in_no_message() {
    let text = "[vars]\nkey = { value = \"s3cr\\\"et\", secret = true }\npin = { env = \"PIN\", secret = true }\n".to_owned()
        + &steps("  { do = \"discover\", device = \"headset\", transport = \"${pin}\", within = \"${key}\" },");
    let out = with(&text, &[], &[("PIN", "hunter2")]);
    assert!(!out.contains("hunter2") && !out.contains("s3cr"), "{out}");
    insta::assert_snapshot!(out, @r#"
    error: `transport` cannot be `***`
      --> plan.toml:10:54
       |
    10 |   { do = "discover", device = "headset", transport = "${pin}", within = "${key}" },
       |                                                      ^^^^^^^^ not one of its words
       |
       = help: write one of `auto`, `le` and `bredr`

    error: `***` is not a duration
      --> plan.toml:10:73
       |
    10 |   { do = "discover", device = "headset", transport = "${pin}", within = "${key}" },
       |                                                                         ^^^^^^^^ in `within`
       |
       = help: write for example "15s", "500ms" or "1m30s"
    "#);
    let key = "[vars]\nkey = { value = \"s3cret\", secert = true, secret = true }\n";
    let out = with(key, &[], &[]);
    assert!(!out.contains("s3cret"), "{out}");
}

#[test]
fn sequences() {
    let text = "[sequence.reconnect]\nparams = { device = { required = true }, times = 3 }\nsteps = [\n  { do = \"repeat\", times = \"${times}\", steps = [{ do = \"connect\", device = \"${device}\" }] },\n]\n\n".to_owned()
        + &steps("  { do = \"sequence\", name = \"reconect\" },\n  { do = \"sequence\", name = \"reconnect\", with = { devise = \"headset\" } },\n  { do = \"sequence\", name = \"reconnect\", with = { device = \"hedset\" }, timeout = \"1s\" },");
    insta::assert_snapshot!(shown(&text), @r#"
    error: there is no device `hedset`
      --> plan.toml:4:76
       |
     4 |   { do = "repeat", times = "${times}", steps = [{ do = "connect", device = "${device}" }] },
       |                                                                            ^^^^^^^^^^^ did you mean `headset`?
       |
      ::: plan.toml:15:3
       |
    15 |   { do = "sequence", name = "reconnect", with = { device = "hedset" }, timeout = "1s" },
       |   ------------------------------------------------------------------------------------- in the steps of this call
       |
       = help: the devices are `headset`

    error: there is no sequence `reconect`
      --> plan.toml:13:29
       |
    13 |   { do = "sequence", name = "reconect" },
       |                             ^^^^^^^^^^ did you mean `reconnect`?
       |
       = help: the sequences are `reconnect`

    error: sequence `reconnect` needs `device`
      --> plan.toml:14:49
       |
    14 |   { do = "sequence", name = "reconnect", with = { devise = "headset" } },
       |                                                 ^^^^^^^^^^^^^^^^^^^^^^ `device` is missing
       |
      ::: plan.toml:2:12
       |
     2 | params = { device = { required = true }, times = 3 }
       |            ------ asked for here
       |
       = help: write with = { device = … }

    error: sequence `reconnect` takes no `devise`
      --> plan.toml:14:51
       |
    14 |   { do = "sequence", name = "reconnect", with = { devise = "headset" } },
       |                                                   ^^^^^^ did you mean `device`?
       |
       = help: it takes `device` and `times`

    error: unknown key `timeout` in step `sequence`
      --> plan.toml:15:72
       |
    15 |   { do = "sequence", name = "reconnect", with = { device = "hedset" }, timeout = "1s" },
       |                                                                        ^^^^^^^ not known here
       |
       = help: the keys here are `name`, `with` and `measure`
    "#);
}

#[test]
fn cases_and_thresholds() {
    let text = r#"
[[case]]
id = "A"
maps_to = ["GAP/BOND/BON/BV-02-C"]
maps-to = ["GAP/BOND/BON/BV-2-C"]
tags = ["smoke", "not"]
requires = { cases = ["B", "C"], bluez = "new" }
matrix = { transport = "le", n = [] }
steps = [{ do = "inspect" }]

[[case]]
id = "B"
steps = [{ do = "inspect", measure = "look" }]

[[case.threshold]]
of = "lok"
p95 = "1500ms"
success-rate = ">= 0.995"

[[case.threshold]]
of = "look"
"#;
    insta::assert_snapshot!(shown(text), @r#"
    error: unknown key `maps_to` in a case
     --> plan.toml:4:1
      |
    4 | maps_to = ["GAP/BOND/BON/BV-02-C"]
      | ^^^^^^^ did you mean `maps-to`?
      |
      = help: the keys here are `id`, `title`, `tags`, `maps-to`, `requires`, `retries`, `timeout`, `repeat`, `for`, `until`, `until-fail`, `keep`, `matrix`, `setup`, `steps`, `teardown` and `threshold`

    error: `GAP/BOND/BON/BV-2-C` has not the form of a test case of the Bluetooth SIG
     --> plan.toml:5:12
      |
    5 | maps-to = ["GAP/BOND/BON/BV-2-C"]
      |            ^^^^^^^^^^^^^^^^^^^^^ in `maps-to`
      |
      = help: write layer, role and capability, then BV or BI, a number, and C or I, for example "GAP/BOND/BON/BV-02-C"

    error: `not` cannot be a tag: `--tag` uses the word
     --> plan.toml:6:18
      |
    6 | tags = ["smoke", "not"]
      |                  ^^^^^ in `tags`
      |
      = help: write another one

    error: `A` requires `B`, which runs after it
     --> plan.toml:7:23
      |
    7 | requires = { cases = ["B", "C"], bluez = "new" }
      |                       ^^^
      |
      = help: cases run in the order of the plan; put the one that is needed first

    error: there is no case `C`
     --> plan.toml:7:28
      |
    7 | requires = { cases = ["B", "C"], bluez = "new" }
      |                            ^^^ not defined
      |
      = help: write the `id` of a case of this plan

    error: `new` is not a version of BlueZ
     --> plan.toml:7:42
      |
    7 | requires = { cases = ["B", "C"], bluez = "new" }
      |                                          ^^^^^ in `bluez`
      |
      = help: write for example "5.82"

    error: `transport` in `matrix` must be a list of values
     --> plan.toml:8:24
      |
    8 | matrix = { transport = "le", n = [] }
      |                        ^^^^ this is none
      |
      = help: write transport = ["le", "bredr"], or "${list}" for a variable that is a list

    error: `n` in `matrix` must be a list of values
     --> plan.toml:8:34
      |
    8 | matrix = { transport = "le", n = [] }
      |                                  ^^ nothing in it
      |
      = help: write n = ["le", "bredr"], or "${list}" for a variable that is a list

    error: there is no measure `lok`
      --> plan.toml:16:6
       |
    16 | of = "lok"
       |      ^^^^^ did you mean `look`?
       |
       = help: the measures are `iteration` and `look`

    error: `1500ms` says no comparison
      --> plan.toml:17:7
       |
    17 | p95 = "1500ms"
       |       ^^^^^^^^ in `p95`
       |
       = help: begin with one of >=, <=, >, <, ==, for example "<= 1500ms"

    error: `0.995` has no `%`
      --> plan.toml:18:16
       |
    18 | success-rate = ">= 0.995"
       |                ^^^^^^^^^^ in `success-rate`
       |
       = help: write for example ">= 99.5%"

    error: a threshold asks for nothing
      --> plan.toml:20:1
       |
    20 | [[case.threshold]]
       | ^^^^^^^^^^^^^^^^^^ no statistic is given
       |
       = help: add for example p95 = "<= 1500ms" or success-rate = ">= 99.5%"
    "#);
}

#[test]
fn warnings() {
    let text = "[device.phone]\nname = \"y\"\n\n[vars]\nx = 1\n\n[sequence.s]\nsteps = [{ do = \"inspect\" }]\n\n".to_owned()
        + &steps("  { do = \"connect\", device = \"headset\" },");
    insta::assert_snapshot!(with(&text, &[], &[("BTTEST_VAR_y", "1")]), @r#"
    warning: BTTEST_VAR_y is set, but the plan has no variable `y`

    warning: nothing uses the device `phone`
     --> plan.toml:1:9
      |
    1 | [device.phone]
      |         ^^^^^ never used

    warning: nothing uses the variable `x`
     --> plan.toml:5:1
      |
    5 | x = 1
      | ^ never used

    warning: nothing uses the sequence `s`
     --> plan.toml:7:11
      |
    7 | [sequence.s]
      |           ^ never used
    "#);
}

#[test]
fn a_span_without_a_measure() {
    let text = steps(
        "  { do = \"span\", steps = [{ do = \"inspect\" }] },\n  { do = \"span\", measure = \"x\", timeout = \"1s\", steps = [] },",
    );
    insta::assert_snapshot!(shown(&text), @r#"
    error: step `span` needs `measure`
     --> plan.toml:7:3
      |
    7 |   { do = "span", steps = [{ do = "inspect" }] },
      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `measure` is missing
      |
      = help: `measure`: Name of the measure that the time is added to, for `[[case.threshold]]`; write measure = "reconnect"

    error: unknown key `timeout` in step `span`
     --> plan.toml:8:33
      |
    8 |   { do = "span", measure = "x", timeout = "1s", steps = [] },
      |                                 ^^^^^^^ not known here
      |
      = help: the keys here are `measure` and `steps`

    error: `steps` is empty
     --> plan.toml:8:57
      |
    8 |   { do = "span", measure = "x", timeout = "1s", steps = [] },
      |                                                         ^^ no step
      |
      = help: put a step in, such as { do = "connect", device = "headset" }
    "#);
}

#[test]
fn values_that_can_never_be() {
    let text = steps(
        r#"  { do = "gatt-read", device = "headset", characteristic = "2a1", value = "0" },
  { do = "gatt-read", device = "headset", characteristic = "batery-level", number = { type = "u8", equals = 256 } },
  { do = "gatt-write", device = "headset", characteristic = "2a06", value = "0g" },
  { do = "gatt-write", device = "headset", characteristic = "2a06", number = { type = "i8", is = 128 } },
  { do = "gatt-write", device = "headset", characteristic = "2a06" },
  { do = "gatt-expect", device = "headset", characteristics = [{ characteristic = "2a37", properties = ["notfy"] }] },
  { do = "gatt-notifications", device = "headset", characteristic = "2a37", count = 1, in-order = [{ value = "01" }, { value = "02" }] },
  { do = "gatt-throughput", device = "headset", characteristic = "2a39", direction = "write", bytes = 100, rate = "5" },
  { do = "battery", device = "headset", level = "much" },"#,
    );
    insta::assert_snapshot!(shown(&text), @r#"
    error: `2a1` is no UUID of a characteristic
     --> plan.toml:7:60
      |
    7 |   { do = "gatt-read", device = "headset", characteristic = "2a1", value = "0" },
      |                                                            ^^^^^ in `characteristic`
      |
      = help: write a 16-bit number such as "2a19", a whole UUID, or a name such as "server-supported-features"

    error: `0` is no row of bytes: a digit is missing
     --> plan.toml:7:75
      |
    7 |   { do = "gatt-read", device = "headset", characteristic = "2a1", value = "0" },
      |                                                                           ^^^ in `value`
      |
      = help: write pairs of hexadecimal digits, `?` for any digit, `*` at the end for whatever follows, such as "02 15 ?? *"

    error: `batery-level` is no UUID of a characteristic
     --> plan.toml:8:60
      |
    8 |   { do = "gatt-read", device = "headset", characteristic = "batery-level", number = { type = "u8", equals = 256 } },
      |                                                            ^^^^^^^^^^^^^^ in `characteristic`
      |
      = help: did you mean `battery-level`?

    error: `u8` holds 0 to 255, and not 256
     --> plan.toml:8:85
      |
    8 |   { do = "gatt-read", device = "headset", characteristic = "batery-level", number = { type = "u8", equals = 256 } },
      |                                                                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ in `number`

    error: nothing is written
     --> plan.toml:9:3
      |
    9 |   { do = "gatt-write", device = "headset", characteristic = "2a06", value = "0g" },
      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this step `gatt-write`
      |
      = help: give `value`, `text`, `number` or `fields`

    error: `0g` are no bytes: `0g` is no byte
     --> plan.toml:9:77
      |
    9 |   { do = "gatt-write", device = "headset", characteristic = "2a06", value = "0g" },
      |                                                                             ^^^^ in `value`
      |
      = help: write pairs of hexadecimal digits, such as "01 02 ff"

    error: nothing is written
      --> plan.toml:10:3
       |
    10 |   { do = "gatt-write", device = "headset", characteristic = "2a06", number = { type = "i8", is = 128 } },
       |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this step `gatt-write`
       |
       = help: give `value`, `text`, `number` or `fields`

    error: `i8` holds -128 to 127, and not 128
      --> plan.toml:10:78
       |
    10 |   { do = "gatt-write", device = "headset", characteristic = "2a06", number = { type = "i8", is = 128 } },
       |                                                                              ^^^^^^^^^^^^^^^^^^^^^^^^^ in `number`

    error: nothing is written
      --> plan.toml:11:3
       |
    11 |   { do = "gatt-write", device = "headset", characteristic = "2a06" },
       |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this step `gatt-write`
       |
       = help: give `value`, `text`, `number` or `fields`

    error: `properties` cannot be `notfy`
      --> plan.toml:12:105
       |
    12 |   { do = "gatt-expect", device = "headset", characteristics = [{ characteristic = "2a37", properties = ["notfy"] }] },
       |                                                                                                         ^^^^^^^ did you mean `notify`?
       |
       = help: write one of `broadcast`, `read`, `write-without-response`, `write`, `notify`, `indicate`, `authenticated-signed-writes`, `extended-properties`, `reliable-write` and `writable-auxiliaries`

    error: `in-order` has 2, and `count` lets fewer come
      --> plan.toml:13:3
       |
    13 |   { do = "gatt-notifications", device = "headset", characteristic = "2a37", count = 1, in-order = [{ value = "01" }, { value = "02" }] },
       |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this step `gatt-notifications`

    error: `5` says no comparison
      --> plan.toml:14:115
       |
    14 |   { do = "gatt-throughput", device = "headset", characteristic = "2a39", direction = "write", bytes = 100, rate = "5" },
       |                                                                                                                   ^^^ in `rate`
       |
       = help: begin with one of >=, <=, >, <, ==, for example ">= 5 kB/s"

    error: "much" is no number of these
      --> plan.toml:15:49
       |
    15 |   { do = "battery", device = "headset", level = "much" },
       |                                                 ^^^^^^ in `level`
       |
       = help: write 4, or for example ">= 4"
    "#);
}
