//! A device's GATT database: what is in it, values, notifications, who it says it is.

use crate::bench::Bench;

const SCENE: &str = r#"
[[device]]
name = "Sensor"
address = "C0:DE:00:00:00:01"
address-type = "random"
[[device.service]]
uuid = "180f"
[[device.service.characteristic]]
uuid = "2a19"
flags = ["read", "notify"]
value = "4d"
[[device.service]]
uuid = "180a"
[[device.service.characteristic]]
uuid = "2a29"
flags = ["read"]
text = "Acme <b>"
[[device.service.characteristic]]
uuid = "2a26"
flags = ["read"]
text = "1.2.3"
[[device.service]]
uuid = "180d"
[[device.service.characteristic]]
uuid = "2a37"
flags = ["notify"]
value = "00 48"
notify-every = "1s"
notify-values = ["00 48", "00 49", "00 4a"]
[[device.service]]
uuid = "7e570000-b77e-4e57-8000-000000000001"
[[device.service.characteristic]]
uuid = "7e570000-b77e-4e57-8000-000000000002"
flags = ["encrypt-read"]
text = "secret"
[[device.service.characteristic]]
uuid = "7e570000-b77e-4e57-8000-000000000003"
flags = ["read", "write", "write-without-response", "notify"]
text = "open"
on-write = "notify"
[[device.service.characteristic]]
uuid = "7e570000-b77e-4e57-8000-000000000004"
flags = ["read"]
value = "01"
[[device.service.characteristic]]
uuid = "7e570000-b77e-4e57-8000-000000000004"
flags = ["read"]
value = "02"
"#;

const CONNECTED: &str = r#"{ do = "discover", device = "dut", within = "10s" },
  { do = "connect", device = "dut", services = true },"#;

const OPEN: &str = r#"characteristic = "7e570000-b77e-4e57-8000-000000000003""#;

/// A bench on which the device is connected, and then these steps.
fn bench(steps: &str) -> Bench {
    let plan = format!(
        "[device.dut]\nname = \"Sensor\"\n[[case]]\nid = \"A\"\ntitle = \"t\"\nsteps = [\n{CONNECTED}\n{steps}\n]\n"
    );
    Bench::new().file("scene.toml", SCENE).file("plan.toml", plan)
}

/// The cause of the step that failed.
#[track_caller]
fn cause(steps: &str) -> serde_json::Value {
    let ran = bench(steps).run(&["--sim-clock", "fast"]).exits(1);
    let failed = ran.events("step-finished").into_iter().find(|step| step["verdict"] == "fail");
    failed.expect("a step fails")["cause"].clone()
}

#[test]
fn the_plan_to_copy_passes_on_the_sensor() {
    let read = |file: &str| std::fs::read_to_string(file).unwrap();
    let bench = Bench::new()
        .file("plan.toml", read("testplans/gatt.toml"))
        .file("snapshots/sensor.toml", read("testplans/snapshots/sensor.toml"))
        .file("scene.toml", read("fixtures/scenes/gatt.toml"));
    let ran = bench.run(&[]).exits(0);
    assert_eq!(ran.each("case-finished", "verdict"), ["pass"; 11]);
}

#[test]
fn a_value_that_differs_says_what_is_wanted_and_what_is_there() {
    let cause = cause(&format!(
        r#"{{ do = "gatt-read", device = "dut", {OPEN}, text = "opem", length = 5 }}"#
    ));
    assert_eq!(cause["kind"], "unmet");
    assert_eq!(cause["expected"], "\"opem\"; 5 bytes");
    let seen = "6f 70 65 6e (\"open\"); 4 bytes: 6f 70 65 6e (\"open\")";
    assert_eq!(cause["seen"], seen);
}

#[test]
fn numbers_are_told_by_their_names_and_units() {
    let cause = cause(
        r#"{ do = "gatt-read", device = "dut", characteristic = "battery-level",
             number = { type = "u8", name = "level", at-least = 80, unit = "%" } }"#,
    );
    assert_eq!(cause["expected"], "level >= 80 %");
    assert_eq!(cause["seen"], "level 77 %");
}

#[test]
fn an_attribute_that_is_not_there_or_there_twice_is_told() {
    let missing = cause(
        r#"{ do = "gatt-read", device = "dut", service = "battery", characteristic = "2a1a" }"#,
    );
    assert_eq!(missing["kind"], "no-attribute");
    assert_eq!(missing["message"], "dut has no 2a1a in battery (180f)");
    assert_eq!(missing["seen"], "battery-level (2a19)");
    let twice = r#"characteristic = "7e570000-b77e-4e57-8000-000000000004""#;
    let ambiguous = cause(&format!(r#"{{ do = "gatt-read", device = "dut", {twice} }}"#));
    assert_eq!(ambiguous["kind"], "ambiguous");
    let second =
        format!(r#"{{ do = "gatt-read", device = "dut", {twice}, instance = 2, value = "02" }}"#);
    bench(&second).run(&[]).exits(0);
    let third = cause(&format!(r#"{{ do = "gatt-read", device = "dut", {twice}, instance = 3 }}"#));
    assert_eq!(third["seen"], "2");
}

#[test]
fn a_device_that_is_not_connected_is_told() {
    let steps = r#"{ do = "disconnect", device = "dut" },
        { do = "gatt-read", device = "dut", characteristic = "2a19" }"#;
    let cause = cause(steps);
    assert_eq!(cause["kind"], "not-connected");
}

#[test]
fn a_value_that_is_read_is_in_the_journal_and_on_one_line_at_most() {
    let steps = format!(r#"{{ do = "gatt-read", device = "dut", {OPEN} }}"#);
    let ran = bench(&steps).run(&["-v"]).exits(0).says("read: \"open\"");
    let read = &ran.events("attribute")[0];
    assert_eq!((&read["access"], &read["value"]), (&"read".into(), &"6f70656e".into()));
    let ran = bench(&steps).run(&[]).exits(0);
    assert!(!ran.stdout.contains("6f70656e") && !ran.stdout.contains("open"), "{}", ran.stdout);
}

#[test]
fn notifications_are_counted_in_their_order() {
    let subscribe = r#"{ do = "gatt-subscribe", device = "dut", characteristic = "2a37" },"#;
    let fine = format!(
        r#"{subscribe}
        {{ do = "gatt-notifications", device = "dut", characteristic = "2a37", count = ">= 2", within = "5s",
           in-order = [{{ value = "0048" }}, {{ value = "0049" }}], interval-at-least = "900ms", interval-at-most = "1100ms" }},
        {{ do = "gatt-unsubscribe", device = "dut", characteristic = "2a37" }}"#
    );
    let ran = bench(&fine).run(&["--sim-clock", "fast"]).exits(0);
    assert_eq!(ran.each("attribute", "value"), ["0048", "0049"]);

    let few = cause(&format!(
        r#"{subscribe} {{ do = "gatt-notifications", device = "dut", characteristic = "2a37", count = ">= 9", within = "3500ms" }}"#
    ));
    assert_eq!(few["expected"], ">= 9 notifications");
    let seen = few["seen"].as_str().unwrap();
    assert!(seen.starts_with("3 notifications, the last "), "{seen}");

    let many = cause(&format!(
        r#"{subscribe} {{ do = "gatt-notifications", device = "dut", characteristic = "2a37", count = 0, within = "9s" }}"#
    ));
    assert_eq!(many["expected"], "0 notifications");

    let nobody = cause(r#"{ do = "gatt-notifications", device = "dut", characteristic = "2a37" }"#);
    assert_eq!(nobody["kind"], "not-subscribed");
}

#[test]
fn what_is_written_is_told_back_and_what_is_read_is_no_notification() {
    let steps = format!(
        r#"{{ do = "gatt-subscribe", device = "dut", {OPEN} }},
        {{ do = "gatt-write", device = "dut", {OPEN}, number = {{ type = "u16", is = 258 }}, type = "request" }},
        {{ do = "gatt-notifications", device = "dut", {OPEN}, each = {{ value = "02 01" }} }},
        {{ do = "gatt-read", device = "dut", {OPEN}, value = "02 01" }},
        {{ do = "gatt-notifications", device = "dut", {OPEN}, count = 0, within = "1s" }}"#
    );
    bench(&steps).run(&["--sim-clock", "fast"]).exits(0);
}

#[test]
fn a_protected_value_wants_a_pairing() {
    let protected = r#"characteristic = "7e570000-b77e-4e57-8000-000000000002""#;
    let refused = cause(&format!(
        r#"{{ do = "gatt-read", device = "dut", {protected}, pair = {{ confirm = false }} }}"#
    ));
    assert_eq!(refused["kind"], "not-paired");
    // Nobody answers BlueZ, and BlueZ answers nobody.
    let late =
        cause(&format!(r#"{{ do = "gatt-read", device = "dut", {protected}, timeout = "5s" }}"#));
    assert_eq!(late["kind"], "time-limit");
    let granted = format!(
        r#"{{ do = "gatt-read", device = "dut", {protected}, pair = {{}}, text = "secret" }}"#
    );
    let ran = bench(&granted).run(&[]).exits(0);
    // The bond that BlueZ made is forgotten when the case ends.
    assert!(ran.each("restored", "what")[0].starts_with("device "), "{:?}", ran.events("restored"));
}

#[test]
fn a_device_says_who_it_is_in_the_reports() {
    let steps = r#"{ do = "device-information", device = "dut", manufacturer = "Acme <b>", firmware = { matches = '^1\.' } },
        { do = "battery", device = "dut", level = ">= 50" }"#;
    let ran = bench(steps).run(&["--html", "run.html"]).exits(0);
    assert!(ran.junit().contains(r#"name="device.dut.firmware" value="1.2.3""#), "{}", ran.junit());
    let page = std::fs::read_to_string(ran.path("run.html")).unwrap();
    assert!(page.contains("FirmwareRevision") && page.contains("Acme &lt;b&gt;"), "{page}");
    let old = cause(r#"{ do = "device-information", device = "dut", firmware = "2" }"#);
    assert_eq!(old["seen"], "FirmwareRevision \"1.2.3\"");
}

#[test]
fn a_snapshot_is_recorded_once_and_then_compared() {
    let step = |record: &str| {
        format!(
            r#"{{ do = "gatt-snapshot", device = "dut", file = "sensor.toml", values = ["2a26"], record = "{record}" }}"#
        )
    };
    // Nothing is written unless the plan says so.
    let ran = bench(&step("never")).run(&[]).exits(4).says("there is no sensor.toml");
    assert!(!ran.path("sensor.toml").exists());
    let ran = bench(&step("missing")).run(&[]).exits(0);
    let text = std::fs::read_to_string(ran.path("sensor.toml")).unwrap();
    assert!(text.contains("value = \"312e322e33\""), "{text}");
    bench(&step("never")).file("sensor.toml", &text).run(&[]).exits(0);
    let older =
        text.replace("312e322e33", "312e322e32").replace("[\"notify\", \"read\"]", "[\"read\"]");
    for record in ["never", "missing"] {
        let ran = bench(&step(record)).file("sensor.toml", &older).run(&[]).exits(1);
        let step = ran.events("step-finished").pop().unwrap();
        let battery = "battery (180f) > battery-level (2a19): read";
        let expected = step["cause"]["expected"].as_str().unwrap();
        assert!(
            expected.starts_with(battery) && expected.ends_with("value 312e322e32"),
            "{expected}"
        );
        assert_eq!(std::fs::read_to_string(ran.path("sensor.toml")).unwrap(), older);
    }
    let ran = bench(&step("always")).file("sensor.toml", &older).run(&[]).exits(0);
    assert_eq!(std::fs::read_to_string(ran.path("sensor.toml")).unwrap(), text);
    bench(&step("never"))
        .file("sensor.toml", "service = 1")
        .run(&[])
        .exits(4)
        .says("is no snapshot");
}

#[test]
fn throughput_is_measured_and_bounded() {
    let write = |rate: &str| {
        format!(
            r#"{{ do = "gatt-throughput", device = "dut", {OPEN}, direction = "write", bytes = 2000, rate = "{rate}" }}"#
        )
    };
    let ran = bench(&write(">= 1 B/s")).run(&[]).exits(0);
    let meaning = ran.events("attribute")[0]["meaning"].as_str().unwrap().to_owned();
    assert!(meaning.starts_with("2000 bytes in ") && meaning.ends_with(" kB/s"), "{meaning}");
    let slow = cause(&write(">= 900 MB/s"));
    assert_eq!(slow["expected"], ">= 900 MB/s");
}
