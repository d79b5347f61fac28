//! bluetoothd dies, as a client on a bus sees it, and comes back with what it had stored.

use super::{Answer, Bench};

const HEADSET: &str = "hci0/dev_C0_DE_00_00_00_01";

#[tokio::test(start_paused = true)]
async fn pending_calls_fail_and_a_restart_keeps_the_bonds() {
    let bench = Bench::new(
        "[[device]]\naddress = 'C0:DE:00:00:00:01'\n[[device.fault]]\non = 'connect'\nnth = 2\n\
         crash = true\nfor = '5s'",
    )
    .await;
    bench.discover().await;
    bench.agent("NoInputNoOutput", Answer::Yes).await;
    assert_eq!(bench.say(HEADSET, "Device1.Pair").await, "reply");
    bench.say(HEADSET, "Device1.Disconnect").await;
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
    bench.say(HEADSET, "Device1.Disconnect").await;
    bench.forget();
    let no_reply = "error org.freedesktop.DBus.Error.NoReply: \
                    Message recipient disconnected from message bus without replying";
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, no_reply);
    bench.settle().await;
    assert_eq!(
        bench.notes(),
        [no_reply, "/org/freedesktop/DBus NameOwnerChanged \"org.bluez\" \":1.1\" \"\"",]
    );
    let nobody = bench.say("hci0", "Adapter1.StartDiscovery").await;
    assert!(nobody.starts_with("error org.freedesktop.DBus.Error.ServiceUnknown: "), "{nobody}");
    bench.forget();
    bench.wait(5000).await;
    assert!(!bench.devices().await.contains(&HEADSET.to_owned()), "its devices come later");
    bench.wait(51).await;
    let notes = bench.notes();
    assert_eq!(notes[0], "/org/freedesktop/DBus NameOwnerChanged \"org.bluez\" \"\" \":1.2\"");
    assert!(notes.contains(&format!("+ {HEADSET} Device1")), "{notes:?}");
    assert!(bench.is(HEADSET, "Bonded").await);
    assert!(!bench.is(HEADSET, "Connected").await);
    let agentless = bench.call("", "AgentManager1.RegisterAgent", &()).await;
    assert!(agentless.is_err());
    assert_eq!(bench.say(HEADSET, "Device1.Connect").await, "reply");
}
