//! The standard interfaces, as bluetoothd's D-Bus library answers: section 2 of the recordings.

use super::Bench;

const DEVICE: &str = "[[device]]\naddress = 'C0:DE:00:00:00:01'\nname = 'Headset'\nknown = true\n";
const HEADSET: &str = "hci0/dev_C0_DE_00_00_00_01";

#[tokio::test(start_paused = true)]
async fn wrong_calls_get_the_errors_of_libdbus() {
    let bench = Bench::new(DEVICE).await;
    let unknown = |kind, method, signature, interface| {
        format!(
            "error org.freedesktop.DBus.Error.{kind}: Method \"{method}\" with signature \
             \"{signature}\" on interface \"{interface}\" doesn't exist\n"
        )
    };
    let connect = bench.say("hci0/dev_C0_DE_00_00_00_99", "Device1.Connect").await;
    assert_eq!(connect, unknown("UnknownObject", "Connect", "", "org.bluez.Device1"));
    let nonsense = bench.say("hci0", "Adapter1.Nonsense").await;
    assert_eq!(nonsense, unknown("UnknownMethod", "Nonsense", "", "org.bluez.Adapter1"));
    let argument = bench.call("hci0", "Adapter1.StartDiscovery", &"argument").await;
    let expected = unknown("UnknownMethod", "StartDiscovery", "s", "org.bluez.Adapter1");
    assert_eq!(super::bench::verdict(argument), expected);
    let elsewhere = bench.say("hci0", "Nonsense1.StartDiscovery").await;
    assert_eq!(elsewhere, unknown("UnknownMethod", "StartDiscovery", "", "org.bluez.Nonsense1"));
}

#[tokio::test(start_paused = true)]
async fn properties_are_checked_as_gdbus_checks_them() {
    let bench = Bench::new(DEVICE).await;
    for (path, property, expected) in [
        (HEADSET, "Nonsense", "InvalidArgs: No such property 'Nonsense'"),
        (HEADSET, "RSSI", "InvalidArgs: No such property 'RSSI'"),
    ] {
        let error = bench.get(path, property).await.expect_err(property);
        assert_eq!(error, format!("org.freedesktop.DBus.Error.{expected}"));
    }
    for (path, property, value, expected) in [
        ("hci0", "Address", "00".into(), "PropertyReadOnly: Property 'Address' is not writable"),
        ("hci0", "Powered", "yes".into(), "InvalidSignature: Invalid signature for 'Powered'"),
        ("hci0", "Nonsense", true.into(), "UnknownProperty: No such property 'Nonsense'"),
        (HEADSET, "RSSI", 1_i16.into(), "PropertyReadOnly: Property 'RSSI' is not writable"),
        (HEADSET, "WakeAllowed", true.into(), "UnknownProperty: No such property 'WakeAllowed'"),
    ] {
        let error = bench.set(path, property, value).await;
        assert_eq!(error, format!("error org.freedesktop.DBus.Error.{expected}"));
    }
    let other = bench.call("hci0", "org.freedesktop.DBus.Properties.GetAll", &"org.x.Y").await;
    let expected = ("org.freedesktop.DBus.Error.InvalidArgs", "No such interface 'org.x.Y'");
    assert_eq!(other.expect_err("no"), (expected.0.to_owned(), expected.1.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn objects_are_those_of_bluetoothd() {
    let bench = Bench::new(DEVICE).await;
    assert_eq!(bench.objects().await, ["/org/bluez", "hci0", HEADSET, "test"]);
    assert_eq!(bench.say("hci0", "org.freedesktop.DBus.Peer.Ping").await, "reply");
}

#[tokio::test(start_paused = true)]
async fn introspection_is_laid_out_as_recorded() {
    let bench = Bench::new(DEVICE).await;
    let xml = async |path: &str| -> String {
        let method = "org.freedesktop.DBus.Introspectable.Introspect";
        let reply = bench.call(path, method, &()).await.expect("a text");
        reply.body().deserialize().expect("a text")
    };
    let head = "<!DOCTYPE node PUBLIC \"-//freedesktop//DTD D-BUS Object Introspection 1.0//EN\"\n\
                \"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd\">\n<node>";
    // Recorded, word for word.
    let root = "<interface name=\"org.freedesktop.DBus.Introspectable\"><method name=\"Introspect\">\
                <arg name=\"xml\" type=\"s\" direction=\"out\"/>\n</method></interface>\
                <interface name=\"org.freedesktop.DBus.ObjectManager\">\
                <method name=\"GetManagedObjects\"><arg name=\"objects\" \
                type=\"a{oa{sa{sv}}}\" direction=\"out\"/>\n</method>\
                <signal name=\"InterfacesAdded\"><arg name=\"object\" type=\"o\"/>\n\
                <arg name=\"interfaces\" type=\"a{sa{sv}}\"/>\n</signal>\n\
                <signal name=\"InterfacesRemoved\"><arg name=\"object\" type=\"o\"/>\n\
                <arg name=\"interfaces\" type=\"as\"/>\n</signal>\n</interface>\
                <node name=\"org\"/></node>";
    assert_eq!(xml("/").await, format!("{head}{root}"));
    assert_eq!(xml("hci9").await, format!("{head}\n</node>\n"));
    let adapter = xml("hci0").await;
    let alias = "<property name=\"Alias\" type=\"s\" access=\"readwrite\"></property>";
    assert!(adapter.contains(alias), "{adapter}");
    assert!(!xml(HEADSET).await.contains("Disconnected"), "5.83 brought that signal");
}

#[tokio::test(start_paused = true)]
async fn older_releases_lack_what_came_later() {
    let bench = Bench::new("bluez = '5.66'").await;
    let error = bench.get("hci0", "PowerState").await.expect_err("experimental then");
    assert!(error.contains("No such property"), "{error}");
    let modalias = bench.get("hci0", "Modalias").await.expect("a modalias");
    assert_eq!(modalias.to_string(), "\"usb:v1D6Bp0246d0542\"");
    assert_eq!(bench.objects().await, ["/org/bluez", "hci0"]);
}
