//! The bench on the air: what is registered, for how long, and what is put back.

use crate::bench::Bench;

fn plan(steps: &str) -> Bench {
    Bench::new().file("plan.toml", format!("[[case]]\nid = \"A\"\nsteps = [\n{steps}\n]\n"))
}

const ACTIVE: &str = "property = \"LEAdvertisingManager1.ActiveInstances\"";

#[test]
fn the_plan_to_copy_passes() {
    let plan = std::fs::read_to_string("testplans/advertising.toml").unwrap();
    let ran = Bench::new().file("plan.toml", plan).run(&[]).exits(0);
    assert_eq!(ran.each("case-finished", "verdict"), ["pass", "pass"]);
}

#[test]
fn what_a_case_has_put_on_the_air_goes_with_it() {
    let steps = format!(
        "{{ do = \"advertise\", name = \"Bench\" }}, {{ do = \"expect\", {ACTIVE}, equals = 1 }},"
    );
    let then = format!(
        "[[case]]\nid = \"B\"\nsteps = [{{ do = \"wait\", {ACTIVE}, equals = 0, within = \"1s\" }}]\n"
    );
    let bench = Bench::new()
        .file("plan.toml", format!("[[case]]\nid = \"A\"\nsteps = [\n{steps}\n]\n{then}"));
    let ran = bench.run(&[]).exits(0);
    assert!(ran.each("restored", "what").contains(&"advertisement advertisement".to_owned()));
}

#[test]
fn the_same_name_is_the_same_advertisement() {
    let steps = format!(
        "{{ do = \"advertise\", name = \"One\" }}, {{ do = \"advertise\", name = \"Two\" }},\n\
         {{ do = \"wait\", {ACTIVE}, equals = 1 }},\n\
         {{ do = \"stop-advertising\" }}, {{ do = \"stop-advertising\" }},\n\
         {{ do = \"wait\", {ACTIVE}, equals = 0 }},"
    );
    plan(&steps).run(&[]).exits(0);
}

#[test]
fn what_does_not_fit_or_has_no_room_is_an_error_of_bluez() {
    let long = "00 ".repeat(250);
    let long = format!(
        "{{ do = \"advertise\", manufacturer-data = {{ \"0x0059\" = \"{long}\" }}, expect-error = \"failed\" }},"
    );
    plan(&long).run(&[]).exits(0);
    let four: String =
        (0..3).map(|n| format!("{{ do = \"advertise\", as = \"a{n}\" }},\n")).collect();
    let four =
        format!("{four}{{ do = \"advertise\", as = \"a3\", expect-error = \"not-permitted\" }},");
    plan(&four).run(&[]).exits(0);
}

#[test]
fn wrong_input_has_its_place() {
    for (step, says) in [
        ("services = [\"18\"]", "not a service UUID"),
        ("manufacturer-data = { \"0x0059\" = \"012\" }", "a digit is missing"),
        ("manufacturer-data = { \"0x10000\" = \"01\" }", "no company identifier"),
        ("min-interval = \"1ms\"", "from 20ms"),
    ] {
        let step = format!("{{ do = \"advertise\", {step} }},");
        plan(&step).bttest(&["check", "plan.toml"]).exits(2).says(says).says("plan.toml:4:");
    }
}
