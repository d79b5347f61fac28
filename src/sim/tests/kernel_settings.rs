//! Settings: what bluetoothd and management clients change, as the other side sees it.

use serde_json::json;

use super::{Answer, Bench, kernel_bench::Manager};

async fn both(scene: &str) -> (Bench, Manager) {
    let bench = Bench::new(scene).await;
    let manager = Manager::beside(&bench);
    (bench, manager)
}

#[tokio::test(start_paused = true)]
async fn what_bluetoothd_sets_is_told_before_bluetoothd_shows_it() {
    let (bench, _manager) = both("").await;
    bench.set("hci0", "Discoverable", true.into()).await;
    bench.settle().await;
    assert_eq!(
        bench.notes(),
        [
            "mgmt new-settings powered+connectable",
            "hci0 Adapter1 Connectable=true",
            "mgmt new-settings powered+connectable+discoverable",
            "reply",
            "hci0 Adapter1 Discoverable=true",
        ]
    );
    bench.set("hci0", "Discoverable", false.into()).await;
    bench.settle().await;
    let hidden = "hci0 Adapter1 Connectable=false Discoverable=false";
    assert_eq!(bench.notes(), ["mgmt new-settings powered", "reply", hidden]);
    bench.set("hci0", "Alias", "Kitchen".into()).await;
    bench.settle().await;
    let renamed = ["reply", "mgmt local-name-changed Kitchen ", "hci0 Adapter1 Alias=\"Kitchen\""];
    assert_eq!(bench.notes(), renamed);
    bench.agent("NoInputNoOutput", Answer::Yes).await;
    let pairable = ["reply", "mgmt new-settings powered+bondable", "hci0 Adapter1 Pairable=true"];
    assert_eq!(bench.notes(), pairable);
}

#[tokio::test(start_paused = true)]
async fn what_bluetoothd_switches_off_and_on() {
    let (bench, manager) = both("").await;
    bench.set("hci0", "Powered", false.into()).await;
    bench.settle().await;
    assert_eq!(
        bench.notes(),
        [
            "hci0 Adapter1 PowerState=\"on-disabling\"",
            "mgmt class-of-device-changed 0",
            "mgmt new-settings ",
            "reply",
            "hci0 Adapter1 Class=0 Discovering=false PowerState=\"off\" Powered=false",
        ]
    );
    assert_eq!(manager.settings().await, "");
    bench.set("hci0", "Powered", true.into()).await;
    bench.settle().await;
    assert!(bench.notes().contains(&"mgmt new-settings powered".to_owned()));
    let class = manager.read("read-controller-information").await.uint("class-of-device");
    assert_eq!(class, Some(0x40_0000));
}

#[tokio::test(start_paused = true)]
async fn what_a_client_sets_bluetoothd_shows() {
    let (bench, manager) = both("").await;
    for (command, argument, on, property) in [
        ("set-bondable", "bondable", true, "Pairable=true"),
        ("set-connectable", "connectable", true, "Connectable=true"),
        ("set-discoverable", "discoverable", true, "Discoverable=true"),
        ("set-discoverable", "discoverable", false, "Discoverable=false"),
        ("set-connectable", "connectable", false, "Connectable=false"),
        ("set-bondable", "bondable", false, "Pairable=false"),
    ] {
        assert_eq!(manager.say(command, json!({ argument: on })).await, "success");
        bench.settle().await;
        assert_eq!(bench.notes(), [format!("hci0 Adapter1 {property}")], "{command}");
    }
    manager.ask("set-local-name", json!({ "name": "Bench 7" })).await;
    manager.ask("set-device-class", json!({ "major-class": 1, "minor-class": 4 })).await;
    bench.settle().await;
    let shown = [
        "hci0 Adapter1 Alias=\"Bench 7\"",
        "mgmt class-of-device-changed 4194564",
        "hci0 Adapter1 Class=4194564",
    ];
    assert_eq!(bench.notes(), shown, "recorded; a class is told to everybody");
}

#[tokio::test(start_paused = true)]
async fn a_client_switches_off_and_on_and_bluetoothd_keeps_its_old_power_state() {
    let (bench, manager) = both("").await;
    assert_eq!(manager.say("set-powered", json!({ "powered": false })).await, "success");
    bench.settle().await;
    assert_eq!(
        bench.notes(),
        [
            "mgmt class-of-device-changed 0",
            "hci0 Adapter1 Class=0 Discovering=false PowerState=\"on\" Powered=false",
        ],
        "recorded, on 5.82 and 5.87"
    );
    let not_ready = "error org.bluez.Error.NotReady: Resource Not Ready";
    assert_eq!(bench.say("hci0", "Adapter1.StartDiscovery").await, not_ready);
    bench.forget();
    assert_eq!(manager.say("set-powered", json!({ "powered": true })).await, "success");
    bench.settle().await;
    assert_eq!(bench.notes(), ["hci0 Adapter1 Powered=true"]);
    assert_eq!(bench.say("hci0", "Adapter1.StartDiscovery").await, "reply");
}

#[tokio::test(start_paused = true)]
async fn clients_hear_each_other_and_not_themselves() {
    let bench = Bench::new("").await;
    let (one, two) = (Manager::of(&bench.simulator), Manager::of(&bench.simulator));
    one.ask("set-bondable", json!({ "bondable": true })).await;
    two.ask("set-bondable", json!({ "bondable": true })).await;
    two.ask("set-bondable", json!({ "bondable": false })).await;
    bench.settle().await;
    assert_eq!(one.notes(), ["new-settings powered"], "what changed nothing is not told");
    assert_eq!(two.notes(), ["new-settings powered+bondable"]);
    two.ask("read-extended-controller-information", json!({})).await;
    one.ask("set-device-class", json!({ "major-class": 2, "minor-class": 0 })).await;
    one.ask("set-local-name", json!({ "name": "One" })).await;
    one.ask("set-appearance", json!({ "appearance": 0x41 })).await;
    bench.settle().await;
    assert_eq!(one.notes(), ["class-of-device-changed 4194816"]);
    let extended = |name: &str| format!("extended-controller-information-changed \"{name}\"");
    assert_eq!(two.notes(), [extended("bench"), extended("One"), extended("One")]);
}

#[tokio::test(start_paused = true)]
async fn a_command_that_is_under_way_is_busy_and_fails_when_power_goes() {
    let bench = Bench::new("[[adapter]]\npower = '10ms'").await;
    let manager = Manager::of(&bench.simulator);
    manager.begin("set-connectable", json!({ "connectable": true })).await;
    assert_eq!(manager.say("set-connectable", json!({ "connectable": true })).await, "busy");
    assert_eq!(manager.answer().await.0.word(), "success");
    manager.begin("set-powered", json!({ "powered": false })).await;
    bench.wait(9).await;
    manager.begin("set-fast-connectable", json!({ "enable": true })).await;
    let answers = [manager.named_answer().await, manager.named_answer().await];
    let words = answers.map(|(name, (status, _))| format!("{name} {status}"));
    assert_eq!(words, ["set-powered Success", "set-fast-connectable Not Powered"]);
}

#[tokio::test(start_paused = true)]
async fn being_found_ends_in_time_whoever_asked_for_it() {
    let (bench, manager) = both("").await;
    manager.ask("set-connectable", json!({ "connectable": true })).await;
    let limited = json!({ "discoverable": "limited", "timeout": 30 });
    assert_eq!(manager.say("set-discoverable", limited).await, "success");
    bench.settle().await;
    bench.forget();
    bench.wait(30_000).await;
    assert_eq!(
        bench.notes(),
        [
            "mgmt class-of-device-changed 4194304",
            "mgmt new-settings powered+connectable",
            "hci0 Adapter1 Discoverable=false",
        ]
    );
    bench.set("hci0", "Discoverable", true.into()).await;
    bench.settle().await;
    bench.forget();
    bench.wait(180_000).await;
    let ended = ["mgmt new-settings powered+connectable", "hci0 Adapter1 Discoverable=false"];
    assert_eq!(bench.notes(), ended);
}

#[tokio::test(start_paused = true)]
async fn what_a_client_set_outlives_bluetoothd_but_for_what_that_sets_anew() {
    let crash = "[[incident]]\nwhat = 'crash'\nat = '1m'\nfor = '10s'";
    let (bench, manager) = both(crash).await;
    manager.ask("set-fast-connectable", json!({ "enable": true })).await;
    manager.ask("set-bondable", json!({ "bondable": true })).await;
    bench.wait_until(61_000).await;
    assert_eq!(manager.settings().await, "powered+fast-connectable+bondable");
    assert_eq!(manager.say("set-powered", json!({ "powered": false })).await, "success");
    assert_eq!(manager.settings().await, "fast-connectable+bondable");
    bench.wait_until(71_000).await;
    assert_eq!(manager.settings().await, "powered+fast-connectable", "AutoEnable, and no agent");
    assert!(bench.is("hci0", "Powered").await);
}

#[tokio::test(start_paused = true)]
async fn what_a_client_sets_while_bluetoothd_hangs_is_heard_when_it_goes_on() {
    let (bench, manager) = both("[[incident]]\nwhat = 'hang'\nat = '1m'\nfor = '1m'").await;
    bench.wait_until(61_000).await;
    assert_eq!(manager.say("set-connectable", json!({ "connectable": true })).await, "success");
    assert_eq!(bench.notes(), [""; 0]);
    bench.wait_until(120_001).await;
    assert_eq!(bench.notes(), ["hci0 Adapter1 Connectable=true"]);
}

#[tokio::test(start_paused = true)]
async fn kernels_differ_as_recorded_of_61_612_and_72() {
    for (release, supported, current, phys, flags, features, disconnect) in [
        ("5.66", 0x000D_BFFF, 0x000C_0AC1, 0x07FF, 0x01, 5, "not-connected"),
        ("5.82", 0x000D_BEFF, 0x003C_0AC1, 0x7FFF, 0x01, 5, "disconnected"),
        ("5.87", 0x01FD_BEFF, 0x01FC_0AC1, 0x7FFF, 0x0F, 4, "disconnected"),
    ] {
        let bench = Bench::new(&format!("bluez = '{release}'")).await;
        let manager = Manager::of(&bench.simulator);
        let information = manager.read("read-controller-information").await;
        let bits = |name| information.settings(name).map(|settings| settings.0);
        assert_eq!(bits("supported-settings"), Some(supported), "{release}");
        assert_eq!(bits("current-settings"), Some(current), "{release}");
        let selected = manager.read("get-phy-configuration").await.uint("selected-phys");
        assert_eq!(selected, Some(phys), "{release}");
        let device =
            json!({ "address": "C0:DE:00:00:00:01", "address-type": "le-random", "action": 2 });
        manager.ask("add-device", device).await;
        let device = ("C0:DE:00:00:00:01", "le-random");
        let asked = json!({ "address": device.0, "address-type": device.1 });
        let (_, reply) = manager.ask("get-device-flags", asked).await;
        assert_eq!(reply.uint("supported-flags"), Some(flags), "{release}");
        let listed = manager.read("read-experimental-features-information").await;
        assert_eq!(listed.records("features").len(), features, "{release}");
        assert_eq!(manager.about("disconnect", device).await, disconnect, "{release}");
        let high_speed = manager.say("set-high-speed", json!({ "high-speed": true })).await;
        assert_eq!(high_speed == "success", release == "5.66", "{release}");
        let le = json!({ "address-type": ["le-public", "le-random"] });
        drop((manager.raw(), manager.notes()));
        manager.ask("start-discovery", le).await;
        bench.settle().await;
        let codes: Vec<_> = manager.raw().iter().map(|raw| raw[..4].to_owned()).collect();
        let reply_first = ["0100", "1300"];
        assert_eq!(codes == reply_first, release == "5.66", "{release}: {codes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn several_commands_of_a_client_at_once_have_an_answer_each() {
    let bench = Bench::new("").await;
    let manager = Manager::of(&bench.simulator);
    for uuid in ["180f", "180d", "1812"] {
        manager.begin("add-uuid", json!({ "uuid": uuid })).await;
    }
    manager.begin("set-connectable", json!({ "connectable": true })).await;
    manager.begin("set-fast-connectable", json!({ "enable": true })).await;
    manager.begin("set-bondable", json!({ "bondable": true })).await;
    let mut answers = Vec::new();
    for _ in 0..6 {
        let (name, (status, _)) = manager.named_answer().await;
        answers.push(format!("{name} {status}"));
    }
    answers.sort();
    assert_eq!(
        answers,
        [
            "add-uuid Busy",
            "add-uuid Busy",
            "add-uuid Success",
            "set-bondable Success",
            "set-connectable Success",
            "set-fast-connectable Success",
        ]
    );
    assert_eq!(manager.settings().await, "powered+connectable+fast-connectable+bondable");
}
