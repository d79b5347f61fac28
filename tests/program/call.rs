//! Methods and properties of BlueZ that no step has for its own.

use crate::bench::Bench;

fn bench(steps: &str) -> Bench {
    let head = "[device.dut]\nname = \"Thing\"\n[[case]]\nid = \"A\"\ntitle = \"t\"\nsteps = [\n";
    let device = "[[device]]\nname = \"Thing\"\naddress = \"C0:DE:00:00:00:01\"\nbattery = 77\n";
    Bench::new().file("plan.toml", format!("{head}{steps}\n]\n")).file("scene.toml", device)
}

#[test]
fn a_method_is_called_and_its_answer_compared() {
    let call = |reply: &str| {
        bench(&format!(
            "{{ do = \"call\", method = \"Adapter1.GetDiscoveryFilters\", reply = {reply} }},"
        ))
    };
    let ran = call("{ contains = \"RSSI\" }").run(&[]).exits(0);
    let inspected = &ran.events("inspected")[0]["properties"];
    assert!(inspected["Adapter1.GetDiscoveryFilters()"].is_array(), "{inspected}");
    call("{ contains = \"Colour\" }")
        .run(&[])
        .exits(1)
        .says("the answer to Adapter1.GetDiscoveryFilters");
}

#[test]
fn what_bluez_answers_instead_is_an_error_like_any_other() {
    let wrong = "{ do = \"call\", method = \"Adapter1.ConnectDevice\", with = [{ Address = \"00:11:22:33:44:55\" }]";
    bench(&format!("{wrong}, expect-error = \"unknown-member\" }},")).run(&[]).exits(0);
}

#[test]
fn an_interface_that_is_not_there_is_named_with_what_is() {
    let steps = r#"{ do = "discover", device = "dut" },
        { do = "connect", device = "dut", services = true },
        { do = "call", device = "dut", method = "Network1.Connect", with = ["nap"] },"#;
    bench(steps)
        .run(&[])
        .exits(1)
        .says("BlueZ shows no Network1 of /org/bluez/hci0/dev_C0_DE_00_00_00_01")
        .says("Battery1");
}

#[test]
fn a_property_of_an_object_below_the_device_is_found() {
    let steps = r#"{ do = "discover", device = "dut" },
        { do = "pair", device = "dut" },
        { do = "connect", device = "dut", services = true, if-needed = true },
        { do = "wait", device = "dut", property = "Battery1.Percentage", equals = 77 },
        { do = "expect", device = "dut", object = "player0", property = "Battery1.Percentage", present = false },"#;
    bench(steps).run(&[]).exits(0);
}

#[test]
fn what_is_wrong_is_found_before_anything_runs() {
    for (step, says) in [
        (r#"method = "MediaPlayer1.Paly""#, "did you mean `MediaPlayer1.Play`?"),
        (r#"method = "MediaPlayer1.Play", with = [1]"#, "takes no arguments"),
        (r#"method = "MediaPlayer1.Press", with = [256]"#, "from 0 to 255"),
        (r#"method = "Network1.Connect""#, "takes the arguments uuid"),
        (r#"method = "Device1.Pair""#, "the step `pair` is for"),
        (r#"method = "MediaPlayer1.Play", object = "../x""#, "no end of an object's path"),
    ] {
        let step = format!("{{ do = \"call\", device = \"dut\", {step} }}");
        bench(&step).bttest(&["check", "plan.toml"]).exits(2).says(says).says("plan.toml:7:");
    }
    let step =
        r#"{ do = "expect", device = "dut", property = "MediaPlayer1.Staus", equals = "playing" }"#;
    bench(step).bttest(&["check", "plan.toml"]).exits(2).says("did you mean `Status`?");
}
