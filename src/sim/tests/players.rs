//! AVRCP as clients see it: what a phone's player refuses, and who may register a player. What is told in which order
//! the lab's traces compare; the refusals are read, not recorded (`profiles/audio/control.c`, `player.c`, `media.c`).

use std::collections::BTreeMap;

use zbus::{ObjectPath, Variant};

use super::{Bench, bench::verdict};

const SCENE: &str = "[[device]]\nname = 'Phone'\naddress = '00:AA:01:04:00:04'\ntransport = 'bredr'\npaired = true\n\
                     services = ['110a', '110c']\n\
                     player = { repeat = 'off', tracks = [{ title = 'One' }, { title = 'Two' }] }\n";
const PHONE: &str = "hci0/dev_00_AA_01_04_00_04";
const PLAYER: &str = "hci0/dev_00_AA_01_04_00_04/player0";

async fn sets(bench: &Bench, property: &str, value: &str) -> String {
    let body = ("org.bluez.MediaPlayer1", property, Variant::new(value));
    verdict(bench.call(PLAYER, "org.freedesktop.DBus.Properties.Set", &body).await)
}

#[tokio::test(start_paused = true)]
async fn a_player_takes_keys_while_it_is_there_and_the_settings_that_it_has() {
    let bench = Bench::new(SCENE).await;
    let play = "MediaControl1.Play";
    let not_connected = "error org.bluez.Error.NotConnected: Not Connected";
    assert_eq!(bench.say(PHONE, play).await, not_connected);
    assert_eq!(bench.say(PHONE, "Device1.Connect").await, "reply");
    bench.wait(500).await;
    assert_eq!(bench.say(PHONE, play).await, "reply");
    assert_eq!(bench.say(PLAYER, "MediaPlayer1.Next").await, "reply");
    let wrong = "error org.bluez.Error.InvalidArguments: Invalid arguments in method call";
    assert_eq!(sets(&bench, "Repeat", "everything").await, wrong);
    assert_eq!(
        sets(&bench, "Shuffle", "off").await,
        "error org.freedesktop.DBus.Error.UnknownProperty: No such property 'Shuffle'"
    );
    assert_eq!(sets(&bench, "Repeat", "off").await, "reply");
    assert_eq!(sets(&bench, "Repeat", "group").await, "reply");
    assert_eq!(bench.say(PHONE, "Device1.Disconnect").await, "reply");
    assert_eq!(bench.say(PHONE, play).await, not_connected);
}

#[tokio::test(start_paused = true)]
async fn a_player_is_registered_once_and_with_properties_that_are_some() {
    let bench = Bench::new("").await;
    let register = async |status: Variant<'static>| {
        let properties = BTreeMap::from([("PlaybackStatus", status)]);
        let body = (ObjectPath::from_static_str_unchecked("/agent"), properties);
        verdict(bench.call("hci0", "Media1.RegisterPlayer", &body).await)
    };
    let unregister = async || {
        let path = ObjectPath::from_static_str_unchecked("/agent");
        verdict(bench.call("hci0", "Media1.UnregisterPlayer", &path).await)
    };
    let wrong = "error org.bluez.Error.InvalidArguments: Invalid arguments in method call";
    assert_eq!(register(Variant::new(5_u8)).await, wrong);
    assert_eq!(register(Variant::new("Paused")).await, "reply");
    let twice = "error org.bluez.Error.AlreadyExists: Already Exists";
    assert_eq!(register(Variant::new("Paused")).await, twice);
    assert_eq!(unregister().await, "reply");
    let unknown = "error org.bluez.Error.DoesNotExist: Does Not Exist";
    assert_eq!(unregister().await, unknown);
}
