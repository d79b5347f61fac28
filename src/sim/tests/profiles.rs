//! Profiles of clients, and the sockets of the devices that are connected on them: read in `src/profile.c` of 5.82.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, SocketType};
use zbus::{ObjectPath, Variant};

use super::{Answer, Bench, bench::verdict};

const SCENE: &str = "[[adapter]]\naudio = false\n[[device]]\nname = 'Gadget'\naddress = '00:AA:01:03:00:03'\n\
                     transport = 'bredr'\npaired = true\nservices = ['1101', '1116', '1124']\n\
                     [[device.profile]]\nuuid = '1101'\necho = true\n";
const GADGET: &str = "hci0/dev_00_AA_01_03_00_03";
const SERIAL: &str = "00001101-0000-1000-8000-00805f9b34fb";
const NETWORK: &str = "00001116-0000-1000-8000-00805f9b34fb";

async fn register(bench: &Bench, path: &str, uuid: &str) -> String {
    let options = BTreeMap::from([("Role", Variant::new("client"))]);
    let body = (ObjectPath::from_str_unchecked(path), uuid, options);
    verdict(bench.call("/org/bluez", "ProfileManager1.RegisterProfile", &body).await)
}

async fn unregister(bench: &Bench, path: &str) -> String {
    let path = ObjectPath::from_str_unchecked(path);
    verdict(bench.call("/org/bluez", "ProfileManager1.UnregisterProfile", &path).await)
}

async fn on_profile(bench: &Bench, method: &str, uuid: &str) -> String {
    verdict(bench.call(GADGET, &format!("Device1.{method}"), &uuid).await)
}

fn short(notes: Vec<String>) -> Vec<String> {
    notes.into_iter().map(|note| note.replace(GADGET, "GDG")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_profile_has_one_client_and_one_path() {
    let bench = Bench::new(SCENE).await;
    let other = bench.again().await;
    assert_eq!(register(&bench, "/agent", SERIAL).await, "reply");
    let twice = "error org.bluez.Error.AlreadyExists: Already Exists";
    assert_eq!(register(&bench, "/agent", NETWORK).await, twice);
    let taken = "error org.bluez.Error.NotPermitted: UUID already registered";
    assert_eq!(register(&other, "/agent", SERIAL).await, taken);
    let nonsense = "error org.bluez.Error.InvalidArguments: Invalid arguments in method call";
    assert_eq!(register(&other, "/agent", "serial").await, nonsense);
    let unknown = "error org.bluez.Error.DoesNotExist: Does Not Exist";
    assert_eq!(unregister(&other, "/agent").await, unknown);
    assert_eq!(unregister(&bench, "/agent").await, "reply");
    assert_eq!(register(&other, "/agent", SERIAL).await, "reply");
}

#[tokio::test(start_paused = true)]
async fn a_device_is_connected_on_it_for_as_long_as_the_client_holds_it() {
    let bench = Bench::new(SCENE).await;
    let unavailable = "error org.bluez.Error.Failed: br-connection-profile-unavailable";
    assert_eq!(on_profile(&bench, "ConnectProfile", SERIAL).await, unavailable);
    register(&bench, "/agent", SERIAL).await;
    bench.forget();
    assert_eq!(on_profile(&bench, "ConnectProfile", SERIAL).await, "reply");
    let notes = short(bench.notes());
    assert_eq!(notes[0], "GDG Device1 Connected=true");
    assert!(notes[1].starts_with("agent NewConnection "), "{notes:?}");
    // This client closes the socket at once, and nothing else holds the link.
    bench.wait(5000).await;
    let over = "error org.bluez.Error.Failed: Operation already in progress";
    assert_eq!(on_profile(&bench, "DisconnectProfile", SERIAL).await, over);
    let notes = short(bench.notes());
    assert!(
        notes.contains(&"GDG Device1 Connected=false ServicesResolved=false".to_owned()),
        "{notes:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_refuses_leaves_nothing_behind() {
    let bench = Bench::new(SCENE).await;
    register(&bench, "/agent", SERIAL).await;
    bench.answers(Answer::Error("org.bluez.Error.Rejected"));
    let refused = on_profile(&bench, "ConnectProfile", SERIAL).await;
    assert!(
        refused.starts_with("error org.bluez.Error.Failed: br-connection-refused"),
        "{refused}"
    );
    bench.answers(Answer::Yes);
    assert_eq!(on_profile(&bench, "ConnectProfile", SERIAL).await, "reply");
    // With the profile goes the link that nothing else holds.
    unregister(&bench, "/agent").await;
    bench.wait(5000).await;
    let last = short(bench.notes()).pop();
    assert_eq!(last.as_deref(), Some("GDG Device1 Connected=false ServicesResolved=false"));
}

#[tokio::test(start_paused = true)]
async fn a_network_is_there_until_the_link_is_not() {
    let bench = Bench::new(SCENE).await;
    let connect = async |role: &str| verdict(bench.call(GADGET, "Network1.Connect", &role).await);
    let not_supported = "error org.bluez.Error.NotSupported: Operation is not supported";
    assert_eq!(connect("gn").await, not_supported);
    let not_connected = "error org.bluez.Error.NotConnected: Not Connected";
    assert_eq!(bench.say(GADGET, "Network1.Disconnect").await, not_connected);
    bench.forget();
    assert_eq!(connect("nap").await, "reply");
    bench.settle().await;
    assert_eq!(
        short(bench.notes()),
        [
            "GDG Device1 Connected=true",
            "reply",
            &format!("GDG Network1 Connected=true Interface=\"bnep0\" UUID=\"{NETWORK}\"")
        ]
    );
    let over = "error org.bluez.Error.Failed: Operation already in progress";
    assert_eq!(connect(NETWORK).await, over);
    bench.forget();
    // That this host ends it, nobody is told.
    assert_eq!(bench.say(GADGET, "Network1.Disconnect").await, "reply");
    bench.wait(5000).await;
    assert_eq!(short(bench.notes()), ["reply", "GDG Device1 Connected=false"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_device_has_is_shown_with_its_services() {
    let scene = SCENE.replace("paired = true\n", "known = true\n");
    let bench = Bench::new(&scene).await;
    let has = async |interface: &str| bench.say(GADGET, &format!("{interface}.Disconnect")).await;
    assert!(has("Network1").await.contains("UnknownMethod"), "it is not known yet");
    let paired = Bench::new(SCENE).await;
    let answer =
        paired.call(GADGET, "org.freedesktop.DBus.Properties.GetAll", &"org.bluez.Input1").await;
    let values: BTreeMap<String, zbus::OwnedVariant> =
        answer.expect("properties").body().deserialize().expect("a dictionary");
    assert_eq!(values.len(), 1);
}

/// What RFCOMM is, too.
#[test]
fn the_socket_keeps_no_packets_apart() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _entered = runtime.enter();
    let (sockets, _heard) = crate::sim::sockets::Sockets::new();
    let (_ours, theirs) = sockets.open_stream(1).expect("a socket");
    let theirs: OwnedFd = theirs;
    assert_eq!(rustix::net::sockopt::socket_type(&theirs), Ok(SocketType::STREAM));
    assert_eq!(rustix::net::sockopt::socket_domain(&theirs), Ok(AddressFamily::UNIX));
}
