//! The bench as a peripheral: what it serves, and what a device does with it.

use crate::bench::{Bench, Ran};

const SERVE: &str = r#"{ do = "serve", services = [{ uuid = "fff0", characteristics = [
    { uuid = "fff1", properties = ["read", "write", "notify"], value = "01 02", descriptors = [{ uuid = "2901", text = "A number" }] },
] }] },
{ do = "advertise", name = "Bench" },"#;

fn plan(steps: &str) -> Bench {
    Bench::new().file("plan.toml", format!("[[case]]\nid = \"A\"\nsteps = [\n{steps}\n]\n"))
}

/// Runs the steps with a phone that does this, as soon as the bench is there.
fn with_phone(does: &str, steps: &str) -> Ran {
    let phone = "[[device]]\nname = \"Phone\"\naddress = \"C0:DE:00:00:02:01\"\n[[device.central]]\nafter = \"1s\"\n";
    let scene = format!("{phone}stays = true\ndoes = [{does}]\n");
    plan(&format!("{SERVE}\n{steps}")).file("scene.toml", scene).run(&[])
}

#[test]
fn the_plan_to_copy_passes() {
    let plan = std::fs::read_to_string("testplans/server.toml").unwrap();
    let scene = std::fs::read_to_string("fixtures/scenes/server.toml").unwrap();
    let bench = Bench::new().file("plan.toml", plan).file("scene.toml", scene);
    let ran = bench.run(&["--allow-exec"]).exits(0);
    assert!(ran.each("restored", "what").contains(&"services of the bench".to_owned()));
}

#[test]
fn what_a_device_does_is_seen_with_its_value_and_how_often() {
    let does = r#"{ read = "fff1" }, { write = "fff1", value = "0a0b" }, { read = "fff1" }"#;
    let steps = r#"
        { do = "serve-expect", characteristic = "fff1", operation = "read", value = "01 02" },
        { do = "serve-expect", characteristic = "fff1", operation = "write", value = "0a ??" },
        { do = "serve-expect", characteristic = "fff1", operation = "read", times = 2, value = "*" },
        { do = "serve-expect", characteristic = "fff1", operation = "read", value = "0a 0b" },"#;
    with_phone(does, steps).exits(0);
}

#[test]
fn what_it_does_not_do_fails_with_what_it_did() {
    let wrong = r#"{ do = "serve-expect", characteristic = "fff1", operation = "write", value = "0c", within = "3s" }"#;
    with_phone(r#"{ write = "fff1", value = "0a0b" }"#, wrong).exits(1).says("1 times: 0a0b");
    let never = r#"{ do = "serve-expect", characteristic = "fff1", operation = "subscribe", within = "3s" }"#;
    with_phone(r#"{ read = "fff1" }"#, never).exits(1).says("never");
    let nobody = r#"{ do = "serve-notify", characteristic = "fff1", value = "07", within = "3s" }"#;
    with_phone(r#"{ read = "fff1" }"#, nobody).exits(1).says("no device has subscribed");
}

#[test]
fn what_is_not_served_is_the_benchs_failure() {
    let steps = r#"{ do = "serve-expect", characteristic = "fff2", operation = "read" }"#;
    with_phone("", steps).exits(4).says("the bench serves no characteristic fff2");
}

#[test]
fn wrong_input_has_its_place() {
    for (services, says) in [
        ("[]", "write at least one"),
        (r#"[{ uuid = "18" }]"#, "not a service UUID"),
        (
            r#"[{ uuid = "180f", characteristics = [{ uuid = "2a19", properties = [] }] }]"#,
            "write at least one",
        ),
        (
            r#"[{ uuid = "180f", characteristics = [{ uuid = "2a19", properties = ["raed"] }] }]"#,
            "did you mean `read`?",
        ),
        (
            r#"[{ uuid = "180f", characteristics = [{ uuid = "2a19", properties = ["read"], value = "6" }] }]"#,
            "a digit is missing",
        ),
    ] {
        let step = format!("{{ do = \"serve\", services = {services} }},");
        plan(&step).bttest(&["check", "plan.toml"]).exits(2).says(says).says("plan.toml:4:");
    }
}
