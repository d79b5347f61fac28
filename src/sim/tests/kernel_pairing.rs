//! Pairing and unpairing: by bluetoothd, with management clients watching and answering, and by
//! these clients themselves.

use serde_json::{Value as Json, json};

use super::{Answer, Bench, kernel_bench::Manager};

const HEADSET: &str = "hci0/dev_C0_DE_00_00_00_01";
const TARGET: (&str, &str) = ("C0:DE:00:00:00:01", "le-random");
const UP: &str =
    "mgmt device-connected C0:DE:00:00:00:01 le-random initiated-connection \"Headset\"";
const CONSENT: &str = "mgmt user-confirmation-request C0:DE:00:00:00:01 le-random on";
const KEY: &str =
    "mgmt new-long-term-key on C0:DE:00:00:00:01 le-random unauthenticated-p-256 off 16 0 0";
const FAILED: &str = "mgmt authentication-failed C0:DE:00:00:00:01 le-random authentication-failed";
const DOWN: &str = "mgmt device-disconnected C0:DE:00:00:00:01 le-random local-host";
const UNPAIRED: &str = "mgmt device-unpaired C0:DE:00:00:00:01 le-random";

async fn both(more: &str) -> (Bench, Manager) {
    let device =
        "[[device]]\nname = 'Headset'\naddress = 'C0:DE:00:00:00:01'\naddress-type = 'random'\n";
    let bench = Bench::new(&format!("{device}{more}")).await;
    bench.discover().await;
    let manager = Manager::beside(&bench);
    (bench, manager)
}

/// The kernel's lines, without the numbers that are drawn.
fn of_kernel(notes: Vec<String>) -> Vec<String> {
    let kernel = notes.into_iter().filter(|note| note.starts_with("mgmt "));
    kernel
        .map(|note| match note.split_once(" on ") {
            Some((start, _)) if note.starts_with("mgmt user-confirmation") => format!("{start} on"),
            _ => note,
        })
        .collect()
}

fn with(target: (&str, &str), name: &str, value: Json) -> Json {
    let mut arguments = json!({ "address": target.0, "address-type": target.1 });
    arguments[name] = value;
    arguments
}

#[tokio::test(start_paused = true)]
async fn a_pairing_of_bluetoothds_is_told_as_recorded() {
    let (bench, _manager) = both("").await;
    bench.agent("NoInputNoOutput", Answer::Yes).await;
    bench.forget();
    assert_eq!(bench.say(HEADSET, "Device1.Pair").await, "reply");
    let notes = bench.notes();
    let place = |note: &str| notes.iter().position(|other| other.starts_with(note)).expect(note);
    assert!(place(KEY) < place(&format!("{HEADSET} Device1 Bonded=true")), "{notes:?}");
    assert_eq!(of_kernel(notes), [UP, CONSENT, KEY]);
    let path = zbus::ObjectPath::from_str_unchecked("/org/bluez/hci0/dev_C0_DE_00_00_00_01");
    bench.call("hci0", "Adapter1.RemoveDevice", &path).await.expect("its end");
    bench.settle().await;
    assert_eq!(of_kernel(bench.notes()), [DOWN, UNPAIRED], "recorded");
}

#[tokio::test(start_paused = true)]
async fn keys_are_of_the_kind_that_the_pairing_makes() {
    let key = async |more: &str, capability: &str, answer: Answer| {
        let (bench, _manager) = both(more).await;
        bench.agent(capability, answer).await;
        bench.say(HEADSET, "Device1.Pair").await;
        let notes = of_kernel(bench.notes());
        notes.into_iter().filter(|note| note.contains("-key ")).collect::<Vec<_>>().join("\n")
    };
    let shows = "io-capability = 'DisplayOnly'\npasskey = 123456";
    let right = key(shows, "KeyboardDisplay", Answer::Passkey(123_456)).await;
    assert_eq!(right, KEY.replace("unauthenticated", "authenticated"));
    let legacy = key("secure-connections = false", "NoInputNoOutput", Answer::Yes).await;
    assert!(
        legacy.starts_with(
            &KEY.replace("unauthenticated-p-256 off 16 0 0", "unauthenticated on 16 ")
        )
    );
    let bredr = key("transport = 'bredr'", "NoInputNoOutput", Answer::Yes).await;
    assert_eq!(bredr, "mgmt new-link-key on C0:DE:00:00:00:01 bredr unauthenticated-p-256 0");
}

#[tokio::test(start_paused = true)]
async fn a_pairing_of_bluetoothds_that_fails_is_told_and_why_its_link_went() {
    let (bench, _manager) = both("io-capability = 'DisplayOnly'\npasskey = 123456").await;
    bench.agent("KeyboardDisplay", Answer::Passkey(1)).await;
    bench.forget();
    bench.say(HEADSET, "Device1.Pair").await;
    bench.wait(100).await;
    let asked = "mgmt user-passkey-request C0:DE:00:00:00:01 le-random";
    assert_eq!(of_kernel(bench.notes()), [UP, asked, FAILED, DOWN], "recorded");
}

#[tokio::test(start_paused = true)]
async fn a_client_answers_for_bluetoothds_user() {
    for (answer, pairs) in [("user-passkey-reply", true), ("user-passkey-negative-reply", false)] {
        let (bench, manager) = both("io-capability = 'DisplayOnly'\npasskey = 123456").await;
        bench.agent("KeyboardDisplay", Answer::Silence).await;
        let arguments = match pairs {
            true => with(TARGET, "passkey", 123_456.into()),
            false => json!({ "address": TARGET.0, "address-type": TARGET.1 }),
        };
        let answered = async {
            bench.wait(3000).await;
            assert_eq!(
                manager.about("user-confirmation-reply", TARGET).await,
                "failed",
                "not asked"
            );
            manager.say(answer, arguments).await
        };
        let (paired, answered) = tokio::join!(bench.say(HEADSET, "Device1.Pair"), answered);
        assert_eq!((answered.as_str(), paired == "reply"), ("success", pairs), "{paired}");
        assert_eq!(bench.is(HEADSET, "Bonded").await, pairs);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_pairs_and_bluetoothds_agent_is_asked_too() {
    let (bench, manager) = both("").await;
    bench.agent("NoInputNoOutput", Answer::Yes).await;
    bench.forget();
    let pair = with(TARGET, "io-capability", "no-input-no-output".into());
    assert_eq!(manager.say("pair-device", pair.clone()).await, "success");
    bench.wait(1000).await;
    let notes = bench.notes();
    let services =
        "\"00001800-0000-1000-8000-00805f9b34fb\", \"00001801-0000-1000-8000-00805f9b34fb\"";
    let others: Vec<_> = notes.iter().filter(|note| !note.starts_with("mgmt ")).collect();
    assert_eq!(
        others,
        [
            &format!("{HEADSET} Device1 Connected=true"),
            &format!("agent RequestAuthorization {HEADSET}"),
            &format!("{HEADSET} Device1 Bonded=true"),
            &format!("{HEADSET} Device1 Paired=true ServicesResolved=true UUIDs=[{services}]"),
        ],
        "recorded"
    );
    assert_eq!(of_kernel(notes), [UP, CONSENT, KEY]);
    assert_eq!(manager.say("pair-device", pair).await, "already-paired");
    bench.say(HEADSET, "Device1.Disconnect").await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
}

#[tokio::test(start_paused = true)]
async fn a_clients_pairing_fails_without_an_agent_and_the_link_stays() {
    let (bench, manager) = both("").await;
    let other = Manager::of(&bench.simulator);
    let pair = with(TARGET, "io-capability", "no-input-no-output".into());
    assert_eq!(manager.say("pair-device", pair).await, "authentication-failed");
    bench.wait(1000).await;
    assert_eq!(of_kernel(bench.notes()), [UP, CONSENT], "who asked has the answer");
    assert_eq!(other.notes().last().map(String::as_str), FAILED.strip_prefix("mgmt "));
    assert!(bench.is(HEADSET, "Connected").await, "recorded");
    assert!(bench.is(HEADSET, "ServicesResolved").await, "recorded");
    assert!(!bench.is(HEADSET, "Paired").await);
}

#[tokio::test(start_paused = true)]
async fn a_client_pairs_and_answers_itself_while_bluetoothd_is_dead() {
    let crash =
        "io-capability = 'DisplayYesNo'\npasskey = 77\n[[incident]]\nwhat = 'crash'\nat = '10s'";
    let (bench, manager) = both(crash).await;
    bench.wait_until(11_000).await;
    manager.ask("set-bondable", json!({ "bondable": true })).await;
    manager.begin("pair-device", with(TARGET, "io-capability", "display-yes-no".into())).await;
    bench.wait(1000).await;
    let asked = "mgmt user-confirmation-request C0:DE:00:00:00:01 le-random off 77";
    assert_eq!(bench.notes().last().map(String::as_str), Some(asked));
    assert_eq!(manager.about("user-confirmation-reply", TARGET).await, "success");
    assert_eq!(manager.answer().await.0.word(), "success");
    bench.settle().await;
    assert!(bench.notes().iter().any(|note| note.starts_with("mgmt new-long-term-key on")));
    assert_eq!(manager.about("unpair-device", TARGET).await, "success");
    assert_eq!(manager.about("unpair-device", TARGET).await, "not-paired");
}

#[tokio::test(start_paused = true)]
async fn a_clients_pairing_is_called_off_or_finds_nobody() {
    let (bench, manager) = both("").await;
    let nobody = ("C0:DE:00:00:00:99", "le-random");
    let pair = |target| with(target, "io-capability", "no-input-no-output".into());
    assert_eq!(manager.about("cancel-pair-device", nobody).await, "invalid-parameters");
    manager.begin("pair-device", pair(nobody)).await;
    bench.wait(1000).await;
    assert_eq!(manager.say("pair-device", pair(TARGET)).await, "busy");
    manager
        .begin("cancel-pair-device", json!({ "address": nobody.0, "address-type": nobody.1 }))
        .await;
    let answers = [manager.named_answer().await, manager.named_answer().await];
    let words = answers.map(|(name, (status, _))| format!("{name} {status}"));
    assert_eq!(words, ["pair-device Cancelled", "cancel-pair-device Success"]);
    bench.settle().await;
    let gone = "mgmt connect-failed C0:DE:00:00:00:99 le-random disconnected";
    assert_eq!(of_kernel(bench.notes()), [gone], "recorded");
    let absent = ("C0:DE:00:00:00:99", "bredr");
    assert_eq!(manager.say("pair-device", pair(absent)).await, "connect-failed");
    manager.begin("pair-device", pair(TARGET)).await;
    bench.wait(10).await;
    manager.ask("set-powered", json!({ "powered": false })).await;
    assert_eq!(manager.answer().await.0.word(), "success", "power, after the pairing has failed");
}

#[tokio::test(start_paused = true)]
async fn a_client_unpairs_and_bluetoothd_forgets_the_device() {
    for (ends, connected) in [(true, true), (false, true), (true, false)] {
        let (bench, manager) = both("bonded = true").await;
        let other = Manager::of(&bench.simulator);
        if connected {
            bench.say(HEADSET, "Device1.Connect").await;
            bench.wait(1000).await;
        }
        bench.forget();
        drop(other.notes());
        let unpair = with(TARGET, "disconnect", ends.into());
        assert_eq!(manager.say("unpair-device", unpair).await, "success");
        bench.wait(50).await;
        let notes = bench.notes();
        let shown = |line: &str| notes.contains(&format!("{HEADSET} Device1 {line}"));
        assert!(shown("Paired=false"), "{notes:?}");
        assert_eq!(shown("Connected=false ServicesResolved=false"), ends && connected, "{notes:?}");
        let gone = notes.contains(&format!("- {HEADSET} Device1"));
        assert_eq!(gone, ends || !connected, "recorded: a link that stays ends two seconds later");
        let told = other.notes();
        assert_eq!(told.last().map(String::as_str), UNPAIRED.strip_prefix("mgmt "), "{told:?}");
        assert!(!of_kernel(notes).contains(&UNPAIRED.to_owned()), "who asked has the answer");
        bench.wait(40_000).await;
        assert!(bench.devices().await.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn calling_off_what_is_done_throws_the_keys_away() {
    let (bench, _manager) = both("bonded = true").await;
    bench.say(HEADSET, "Device1.Connect").await;
    bench.wait(1000).await;
    bench.forget();
    bench.say(HEADSET, "Device1.CancelPairing").await;
    bench.wait(100).await;
    assert_eq!(of_kernel(bench.notes()), [DOWN, UNPAIRED], "recorded on 7.2");
}

#[tokio::test(start_paused = true)]
async fn bluetoothd_lists_the_devices_that_may_connect() {
    let (bench, manager) = both("transport = 'bredr'").await;
    bench.agent("NoInputNoOutput", Answer::Yes).await;
    bench.forget();
    bench.say(HEADSET, "Device1.Pair").await;
    let listed = [
        "mgmt device-added C0:DE:00:00:00:01 bredr allow",
        "mgmt device-flags-changed C0:DE:00:00:00:01 bredr remote-wakeup ",
    ];
    assert_eq!(of_kernel(bench.notes())[..2], listed, "recorded");
    let bredr = ("C0:DE:00:00:00:01", "bredr");
    let flags =
        json!({ "address": bredr.0, "address-type": bredr.1, "current-flags": ["remote-wakeup"] });
    assert_eq!(manager.say("set-device-flags", flags).await, "success");
    let (status, reply) = manager
        .ask("get-device-flags", json!({ "address": bredr.0, "address-type": bredr.1 }))
        .await;
    assert!(
        status.is_success() && reply.bits("current-flags").expect("flags").has("remote-wakeup")
    );
    assert_eq!(manager.about("remove-device", bredr).await, "success");
    assert_eq!(manager.about("remove-device", bredr).await, "invalid-parameters");
}
