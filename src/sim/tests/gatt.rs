//! A device's GATT database through bluetoothd: what it shows, and what clients do with it. What is expected was
//! recorded on 5.66, 5.82 and 5.87 with the lab's device, where nothing else is said.

use std::{collections::BTreeMap, os::fd::OwnedFd};

use rustix::net::{RecvFlags, SendFlags, recv, send};
use zbus::{OwnedVariant, Variant};

use super::{
    Answer, Bench,
    bench::{Outcome, verdict},
};

const DEVICE: &str = "hci0/dev_C0_DE_00_00_00_01";
const BATTERY: &str = "hci0/dev_C0_DE_00_00_00_01/service000e/char000f";
const MAKER: &str = "hci0/dev_C0_DE_00_00_00_01/service0012/char0013";
const PROTECTED: &str = "hci0/dev_C0_DE_00_00_00_01/service0019/char001a";
const OPEN: &str = "hci0/dev_C0_DE_00_00_00_01/service0019/char001c";
const CONFIGURATION: &str = "hci0/dev_C0_DE_00_00_00_01/service0019/char001c/desc001e";
const LAB: &str = include_str!("../../../fixtures/scenes/lab.toml");
const CHARACTERISTIC: &str = "org.bluez.GattCharacteristic1";
const RELEASES: [&str; 3] = ["5.66", "5.82", "5.87"];

type Options = BTreeMap<&'static str, Variant<'static>>;

/// A bench whose device is connected, its services resolved.
async fn connected(scene: &str) -> Bench {
    let bench = Bench::new(scene).await;
    bench.discover().await;
    bench.call(DEVICE, "Device1.Connect", &()).await.expect("a link");
    bench.wait(1000).await;
    bench.forget();
    bench
}

/// A device of this database, connected.
async fn with(services: &str) -> Bench {
    connected(&format!(
        "[[device]]\nname = 'Sensor'\naddress = 'C0:DE:00:00:00:01'\naddress-type = 'random'\n\
         [[device.service]]\nuuid = 'fff0'\n{services}"
    ))
    .await
}

/// The only characteristic of a device of `with`.
const ONLY: &str = "hci0/dev_C0_DE_00_00_00_01/service000e/char000f";

async fn read_from(bench: &Bench, path: &str, options: &Options) -> Result<Vec<u8>, String> {
    let interface = if path.contains("/desc") { "GattDescriptor1" } else { "GattCharacteristic1" };
    let reply = bench.call(path, &format!("{interface}.ReadValue"), options).await;
    reply
        .map(|reply| reply.body().deserialize().expect("bytes"))
        .map_err(|(name, message)| format!("{name}: {message}"))
}

async fn read(bench: &Bench, path: &str) -> Result<Vec<u8>, String> {
    read_from(bench, path, &Options::new()).await
}

async fn write_as(bench: &Bench, path: &str, value: &[u8], options: Options) -> String {
    let interface = if path.contains("/desc") { "GattDescriptor1" } else { "GattCharacteristic1" };
    verdict(bench.call(path, &format!("{interface}.WriteValue"), &(value, options)).await)
}

async fn write(bench: &Bench, path: &str, value: &[u8]) -> String {
    write_as(bench, path, value, Options::new()).await
}

fn option(name: &'static str, value: impl Into<Variant<'static>>) -> Options {
    Options::from([(name, value.into())])
}

async fn property(bench: &Bench, path: &str, name: &str) -> Option<OwnedVariant> {
    let body = (CHARACTERISTIC, name);
    let reply = bench.call(path, "org.freedesktop.DBus.Properties.Get", &body).await.ok()?;
    reply.body().deserialize().ok()
}

async fn notifying(bench: &Bench, path: &str) -> bool {
    property(bench, path, "Notifying").await == Some(OwnedVariant::from(true))
}

async fn acquire(bench: &Bench, path: &str, method: &str) -> Result<(OwnedFd, u16), String> {
    let method = format!("GattCharacteristic1.{method}");
    let reply: Outcome = bench.call(path, &method, &Options::new()).await;
    let reply = reply.map_err(|(name, message)| format!("{name}: {message}"))?;
    let (socket, mtu): (zbus::OwnedFd, u16) = reply.body().deserialize().expect("a socket");
    Ok((socket.into(), mtu))
}

/// What waits in a socket; None: it is closed.
fn packet(socket: &OwnedFd) -> Option<Vec<u8>> {
    let mut bytes = vec![0; 600];
    let (length, _) = recv(socket, bytes.as_mut_slice(), RecvFlags::DONTWAIT).expect("a packet");
    bytes.truncate(length);
    (length > 0).then_some(bytes)
}

#[tokio::test(start_paused = true)]
async fn the_objects_come_before_the_services_are_told_to_be_resolved() {
    for release in RELEASES {
        let bench = Bench::new(&format!("bluez = '{release}'\n{LAB}")).await;
        bench.discover().await;
        bench.call(DEVICE, "Device1.Connect", &()).await.expect("a link");
        bench.wait(1000).await;
        let notes = bench.all_notes();
        let added: Vec<_> =
            notes.iter().filter_map(|note| note.strip_prefix(&format!("+ {DEVICE}"))).collect();
        let expected = [
            "/service0001 GattService1",
            "/service0001/char0002 GattCharacteristic1",
            "/service0001/char0004 GattCharacteristic1",
            "/service0006 GattService1",
            "/service0006/char0007 GattCharacteristic1",
            "/service0006/char0007/desc0009 GattDescriptor1",
            "/service0006/char000a GattCharacteristic1",
            "/service0006/char000c GattCharacteristic1",
            "/service000e GattService1",
            "/service000e/char000f GattCharacteristic1",
            "/service000e/char000f/desc0011 GattDescriptor1",
            "/service0012 GattService1",
            "/service0012/char0013 GattCharacteristic1",
            "/service0012/char0015 GattCharacteristic1",
            "/service0012/char0017 GattCharacteristic1",
            "/service0019 GattService1",
            "/service0019/char001a GattCharacteristic1",
            "/service0019/char001c GattCharacteristic1",
            "/service0019/char001c/desc001e GattDescriptor1",
            " Battery1",
        ];
        assert_eq!(added, expected, "{release}");
        let at = |part: &str| notes.iter().position(|note| note.contains(part));
        assert!(at("desc001e") < at("ServicesResolved=true"), "{release}: {notes:#?}");
        assert!(at("ServicesResolved=true") < at("Battery1"), "{release}: {notes:#?}");
        let handle = property(&bench, OPEN, "Handle").await;
        let shown = (release != "5.66").then(|| OwnedVariant::from(0x1c_u16));
        assert_eq!(handle, shown, "{release}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_objects_stay_without_a_link_and_go_with_the_device() {
    let bench = connected(LAB).await;
    assert_eq!(property(&bench, OPEN, "MTU").await, Some(OwnedVariant::from(517_u16)));
    bench.call(DEVICE, "Device1.Disconnect", &()).await.expect("an end");
    bench.wait(100).await;
    let objects = bench.objects().await;
    assert_eq!(objects.iter().filter(|path| path.starts_with(DEVICE)).count(), 1 + 19);
    assert_eq!(property(&bench, OPEN, "MTU").await, None);
    let refused = "org.bluez.Error.Failed: Not connected".to_owned();
    assert_eq!(read(&bench, OPEN).await, Err(refused.clone()));
    assert_eq!(write(&bench, OPEN, b"x").await, format!("error {refused}"));
    bench.call(DEVICE, "Device1.Connect", &()).await.expect("a link");
    assert_eq!(read(&bench, OPEN).await, Ok(b"open".to_vec()));
    bench.wait(1000).await;
    bench.forget();
    let path = zbus::ObjectPath::from_static_str_unchecked("/org/bluez/hci0/dev_C0_DE_00_00_00_01");
    bench.call("hci0", "Adapter1.RemoveDevice", &path).await.expect("an end");
    bench.settle().await;
    let notes = bench.all_notes();
    let gone: Vec<_> =
        notes.iter().filter_map(|note| note.strip_prefix(&format!("- {DEVICE}"))).collect();
    assert_eq!(gone.len(), 1 + 19 + 1, "{gone:#?}");
    assert_eq!(
        gone[16..],
        [
            "/service0019/char001a GattCharacteristic1",
            "/service0019/char001c/desc001e GattDescriptor1",
            "/service0019/char001c GattCharacteristic1",
            "/service0019 GattService1",
            " Device1",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_value_is_read_and_shown() {
    let bench = connected(LAB).await;
    for _ in 0..2 {
        bench.forget();
        assert_eq!(read(&bench, OPEN).await, Ok(b"open".to_vec()));
        let shown = "Value=[byte 0x6f, 0x70, 0x65, 0x6e]";
        let told = format!("{OPEN} GattCharacteristic1 {shown}");
        assert_eq!(bench.notes(), [told.as_str(), "reply"], "also the same value again");
    }
    let at = |offset: u16| option("offset", offset);
    let not_long = "org.bluez.Error.Failed: Operation failed with ATT error: 0x0b".to_owned();
    assert_eq!(read_from(&bench, OPEN, &at(2)).await, Err(not_long));
    let beyond = "org.bluez.Error.InvalidArguments: Invalid offset".to_owned();
    assert_eq!(read_from(&bench, OPEN, &at(9)).await, Err(beyond));
    let wrong = "org.bluez.Error.InvalidArguments: Invalid arguments in method call".to_owned();
    assert_eq!(read_from(&bench, OPEN, &option("offset", "x")).await, Err(wrong));
    assert_eq!(read(&bench, CONFIGURATION).await, Ok(vec![0, 0]));
    assert_eq!(read(&bench, BATTERY).await, Ok(vec![77]));
    assert_eq!(read(&bench, MAKER).await, Ok(b"Acme".to_vec()));
}

#[tokio::test(start_paused = true)]
async fn a_long_value_is_read_in_pieces_and_from_an_offset() {
    let long = "ab".repeat(300);
    let bench = with(&format!(
        "[[device.service.characteristic]]\nuuid = 'fff1'\nflags = ['read', 'write']\nvalue = '{long}'"
    ))
    .await;
    assert_eq!(read(&bench, ONLY).await, Ok(vec![0xab; 300]), "an MTU of 517 holds it");
    let bench = connected(&format!(
        "[[device]]\nname = 'Sensor'\naddress = 'C0:DE:00:00:00:01'\naddress-type = 'random'\nmtu = 23\n\
         [[device.service]]\nuuid = 'fff0'\n[[device.service.characteristic]]\nuuid = 'fff1'\n\
         flags = ['read', 'write']\nvalue = '{long}'"
    ))
    .await;
    let began = tokio::time::Instant::now();
    assert_eq!(read(&bench, ONLY).await, Ok(vec![0xab; 300]));
    assert_eq!(began.elapsed().as_millis(), 14 * 30, "22 bytes in each packet");
    assert_eq!(read_from(&bench, ONLY, &option("offset", 290_u16)).await, Ok(vec![0xab; 10]));
    assert_eq!(property(&bench, ONLY, "MTU").await, Some(OwnedVariant::from(23_u16)));
}

#[tokio::test(start_paused = true)]
async fn a_value_is_written_in_each_way() {
    let bench = connected(LAB).await;
    for way in ["request", "command", "reliable", "Request"] {
        assert_eq!(write_as(&bench, OPEN, way.as_bytes(), option("type", way)).await, "reply");
        assert_eq!(read(&bench, OPEN).await, Ok(way.as_bytes().to_vec()));
    }
    bench.forget();
    assert_eq!(write(&bench, OPEN, b"new").await, "reply");
    assert_eq!(bench.notes(), ["reply"], "what is written is not shown");
    assert_eq!(read(&bench, OPEN).await, Ok(b"new".to_vec()));
    let not_supported = "error org.bluez.Error.NotSupported: Operation is not supported";
    assert_eq!(write_as(&bench, OPEN, b"q", option("type", "nonsense")).await, not_supported);
    assert_eq!(write(&bench, PROTECTED, b"x").await, not_supported);
    let too_long = "error org.bluez.Error.InvalidArguments: Invalid Length";
    assert_eq!(write(&bench, OPEN, &[0; 600]).await, too_long);
    assert_eq!(write(&bench, OPEN, &[7; 300]).await, "reply");
    let refused = "error org.bluez.Error.NotPermitted: Write not permitted";
    assert_eq!(write(&bench, CONFIGURATION, &[1, 0]).await, refused);
    let refused = "error org.bluez.Error.NotAuthorized: Operation Not Authorized";
    assert_eq!(write(&bench, MAKER, b"x").await, refused, "a profile of bluetoothd's has it");
    let forced = write_as(&bench, PROTECTED, b"x", option("type", "request")).await;
    assert_eq!(forced, "error org.bluez.Error.NotPermitted: Write not permitted");
}

#[tokio::test(start_paused = true)]
async fn one_answer_serves_who_asks_for_the_same_and_no_other() {
    let bench = connected(LAB).await;
    let at_two = option("offset", 2_u16);
    let (first, second, other, written, again) = tokio::join!(
        read(&bench, OPEN),
        read(&bench, OPEN),
        read_from(&bench, OPEN, &at_two),
        write(&bench, OPEN, b"a"),
        write(&bench, OPEN, b"b"),
    );
    let busy = "org.bluez.Error.InProgress: In Progress";
    assert_eq!((first, second), (Ok(b"open".to_vec()), Ok(b"open".to_vec())));
    assert_eq!(other, Err(busy.into()));
    assert_eq!((written.as_str(), again), ("reply", format!("error {busy}")));
}

#[tokio::test(start_paused = true)]
async fn each_client_listens_for_itself() {
    let bench = connected(LAB).await;
    let other = bench.again().await;
    let told = |is: bool| format!("{OPEN} GattCharacteristic1 Notifying={is}");
    assert_eq!(bench.say(OPEN, "GattCharacteristic1.StartNotify").await, "reply");
    assert_eq!(bench.notes(), [told(true).as_str(), "reply"]);
    assert_eq!(read(&bench, CONFIGURATION).await, Ok(vec![1, 0]));
    bench.forget();
    assert_eq!(bench.say(OPEN, "GattCharacteristic1.StartNotify").await, "reply");
    assert_eq!(other.say(OPEN, "GattCharacteristic1.StartNotify").await, "reply");
    let busy = "org.bluez.Error.InProgress: In Progress";
    assert_eq!(acquire(&bench, OPEN, "AcquireNotify").await.err().as_deref(), Some(busy));
    assert_eq!(bench.say(OPEN, "GattCharacteristic1.StopNotify").await, "reply");
    let nothing = "error org.bluez.Error.Failed: No notify session started";
    assert_eq!(bench.say(OPEN, "GattCharacteristic1.StopNotify").await, nothing);
    assert!(notifying(&bench, OPEN).await);
    bench.forget();
    other.connection.close().await.expect("an end");
    bench.settle().await;
    assert_eq!(bench.notes(), [told(false)], "who leaves listens no more");
    assert_eq!(read(&bench, CONFIGURATION).await, Ok(vec![0, 0]));
    let not_supported = "error org.bluez.Error.NotSupported: Operation is not supported";
    assert_eq!(bench.say(PROTECTED, "GattCharacteristic1.StartNotify").await, not_supported);
}

#[tokio::test(start_paused = true)]
async fn who_listens_is_told_every_so_often_and_of_an_echo() {
    let bench = with(
        "[[device.service.characteristic]]\nuuid = 'fff1'\nflags = ['read', 'write', 'notify']\n\
         notify-every = '100ms'\nnotify-values = ['01', '02', '02']\non-write = 'notify'",
    )
    .await;
    bench.wait(1000).await;
    assert_eq!(bench.notes(), Vec::<String>::new(), "nobody listens");
    bench.call(ONLY, "GattCharacteristic1.StartNotify", &()).await.expect("notifications");
    bench.forget();
    bench.wait(450).await;
    let told = |value: &str| format!("{ONLY} GattCharacteristic1 Value=[byte {value}]");
    assert_eq!(bench.notes(), ["0x01", "0x02", "0x02", "0x01"].map(told));
    assert_eq!(write(&bench, ONLY, &[9]).await, "reply");
    assert_eq!(bench.notes()[..2], ["reply".to_owned(), told("0x09")]);
    bench.call(ONLY, "GattCharacteristic1.StopNotify", &()).await.expect("silence");
    bench.forget();
    bench.wait(1000).await;
    assert_eq!(bench.notes(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn who_listened_before_the_link_was_lost_listens_after() {
    let bench = with(
        "[[device.service.characteristic]]\nuuid = 'fff1'\nflags = ['indicate']\n\
         notify-every = '100ms'\nvalue = '05'",
    )
    .await;
    bench.call(ONLY, "GattCharacteristic1.StartNotify", &()).await.expect("indications");
    bench.call(DEVICE, "Device1.Disconnect", &()).await.expect("an end");
    bench.settle().await;
    assert!(notifying(&bench, ONLY).await, "as bluetoothd says it");
    let busy = "error org.bluez.Error.InProgress: In Progress";
    assert_eq!(bench.say(ONLY, "GattCharacteristic1.StartNotify").await, busy);
    bench.forget();
    bench.wait(1000).await;
    assert_eq!(bench.notes(), Vec::<String>::new());
    bench.call(DEVICE, "Device1.Connect", &()).await.expect("a link");
    bench.wait(1000).await;
    let told = format!("{ONLY} GattCharacteristic1 Value=[byte 0x05]");
    assert!(bench.notes().iter().filter(|note| **note == told).count() > 3);
}

#[tokio::test(start_paused = true)]
async fn the_battery_follows_its_characteristic() {
    let bench = connected(
        "[[device]]\nname = 'Sensor'\naddress = 'C0:DE:00:00:00:01'\naddress-type = 'random'\n\
         [[device.service]]\nuuid = '180f'\n[[device.service.characteristic]]\nuuid = '2a19'\n\
         flags = ['read', 'notify']\nvalue = '64'\nnotify-every = '1m'\nnotify-values = ['63']",
    )
    .await;
    let body = ("org.bluez.Battery1", "Percentage");
    let get = || bench.call(DEVICE, "org.freedesktop.DBus.Properties.Get", &body);
    let level = |reply: zbus::Message| reply.body().deserialize::<OwnedVariant>().expect("a level");
    assert_eq!(level(get().await.expect("a battery")), OwnedVariant::from(100_u8));
    bench.wait(60_000).await;
    assert_eq!(level(get().await.expect("a battery")), OwnedVariant::from(99_u8));
    assert_eq!(
        bench.notes(),
        ["reply", &format!("{DEVICE} Battery1 Percentage=byte 0x63"), "reply"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_protected_value_is_read_after_pairing_on_demand() {
    for release in RELEASES {
        let bench = connected(&format!("bluez = '{release}'\n{LAB}")).await;
        bench.agent("NoInputNoOutput", Answer::Yes).await;
        bench.forget();
        assert_eq!(read(&bench, PROTECTED).await, Ok(b"secret".to_vec()), "{release}");
        let notes = bench.notes();
        assert_eq!(notes[0], format!("agent RequestAuthorization {DEVICE}"));
        assert!(notes[1].contains("Bonded=true"), "{notes:#?}");
        assert!(bench.is(DEVICE, "Paired").await);
        bench.call(DEVICE, "Device1.Disconnect", &()).await.expect("an end");
        bench.call(DEVICE, "Device1.Connect", &()).await.expect("a link");
        bench.wait(1000).await;
        bench.forget();
        assert_eq!(read(&bench, PROTECTED).await, Ok(b"secret".to_vec()));
        assert_eq!(bench.notes().len(), 2, "a bond is used without asking");
    }
}

#[tokio::test(start_paused = true)]
async fn without_consent_nothing_is_answered_until_the_link_is_down() {
    for release in ["5.66", "5.82"] {
        let bench = connected(&format!("bluez = '{release}'\n{LAB}")).await;
        bench.agent("NoInputNoOutput", Answer::Error("org.bluez.Error.Rejected")).await;
        let wait = std::time::Duration::from_secs(20);
        let refused = tokio::time::timeout(wait, read(&bench, PROTECTED)).await;
        assert!(refused.is_err(), "{release}: {refused:?}");
        let disconnects = async {
            bench.wait(20_000).await;
            bench.call(DEVICE, "Device1.Disconnect", &()).await.expect("an end");
        };
        let (other, ()) = tokio::join!(read(&bench, OPEN), disconnects);
        let error = "org.bluez.Error.Failed: Operation failed with ATT error: 0x0e";
        assert_eq!(other, Err(error.to_owned()), "{release}");
        assert!(!bench.is(DEVICE, "Paired").await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_socket_carries_notifications_to_one_client() {
    let bench = with(
        "[[device.service.characteristic]]\nuuid = 'fff1'\nflags = ['notify']\n\
         notify-every = '100ms'\nnotify-values = ['01', '0203']",
    )
    .await;
    let (socket, mtu) = acquire(&bench, ONLY, "AcquireNotify").await.expect("a socket");
    assert_eq!(mtu, 517);
    let told = |is: bool| format!("{ONLY} GattCharacteristic1 NotifyAcquired={is}");
    assert_eq!(bench.notes(), [told(true).as_str(), "reply"]);
    bench.wait(250).await;
    assert_eq!(packet(&socket), Some(vec![1]));
    assert_eq!(packet(&socket), Some(vec![2, 3]));
    assert_eq!(bench.notes(), Vec::<String>::new(), "nothing over D-Bus");
    let taken = "org.bluez.Error.NotPermitted: Notify acquired";
    let other = bench.again().await;
    let refused = other.say(ONLY, "GattCharacteristic1.StartNotify").await;
    assert_eq!(refused, format!("error {taken}"));
    assert_eq!(acquire(&other, ONLY, "AcquireNotify").await.err().as_deref(), Some(taken));
    bench.forget();
    assert_eq!(bench.say(ONLY, "GattCharacteristic1.StopNotify").await, "reply");
    assert_eq!(bench.notes(), [told(false).as_str(), "reply"]);
    while packet(&socket).is_some() {}
    let (socket, _) = acquire(&bench, ONLY, "AcquireNotify").await.expect("another");
    bench.forget();
    drop(socket);
    bench.settle().await;
    assert_eq!(bench.notes(), [told(false)], "closed by the client");
}

#[tokio::test(start_paused = true)]
async fn a_socket_carries_what_a_client_writes() {
    let bench = with(
        "[[device.service.characteristic]]\nuuid = 'fff1'\nflags = ['read', 'write-without-response', 'write']",
    )
    .await;
    let (socket, _) = acquire(&bench, ONLY, "AcquireWrite").await.expect("a socket");
    let taken = "org.bluez.Error.NotPermitted: Write acquired";
    assert_eq!(write(&bench, ONLY, b"x").await, format!("error {taken}"));
    assert_eq!(acquire(&bench, ONLY, "AcquireWrite").await.err().as_deref(), Some(taken));
    for value in [&b"one"[..], b"two"] {
        send(&socket, value, SendFlags::NOSIGNAL).expect("room");
        bench.wait(50).await;
        assert_eq!(read(&bench, ONLY).await, Ok(value.to_vec()));
    }
    bench.call(DEVICE, "Device1.Disconnect", &()).await.expect("an end");
    bench.settle().await;
    assert_eq!(packet(&socket), None, "it is closed with the link");
    let told = format!("{ONLY} GattCharacteristic1 WriteAcquired=false");
    assert!(bench.notes().contains(&told));
}

#[tokio::test(start_paused = true)]
async fn faults_spoil_what_is_done_with_attributes() {
    let fault = "[[device.fault]]\non = 'read'\nnth = 2\n\
                 error = { name = 'org.bluez.Error.Failed', message = 'Operation failed with ATT error: 0x80' }\n\
                 [[device.fault]]\non = 'write'\nnever-answers = true\n[[device.fault]]\non = 'notify'\n\
                 error = 'not-permitted'\n";
    let bench = with(&format!(
        "[[device.service.characteristic]]\nuuid = 'fff1'\nflags = ['read', 'write', 'notify']\nvalue = '07'\n{fault}"
    ))
    .await;
    assert_eq!(read(&bench, ONLY).await, Ok(vec![7]));
    let refused = "org.bluez.Error.Failed: Operation failed with ATT error: 0x80".to_owned();
    assert_eq!(read(&bench, ONLY).await, Err(refused));
    assert_eq!(read(&bench, ONLY).await, Ok(vec![7]));
    let refused = "error org.bluez.Error.NotPermitted: Not paired";
    assert_eq!(bench.say(ONLY, "GattCharacteristic1.StartNotify").await, refused);
    let began = tokio::time::Instant::now();
    let given_up = "error org.bluez.Error.Failed: Operation failed with ATT error: 0x0e";
    assert_eq!(write(&bench, ONLY, &[1]).await, given_up);
    assert_eq!(began.elapsed().as_secs(), 30, "the link is given up over it");
    assert!(!bench.is(DEVICE, "Connected").await);
}

#[tokio::test(start_paused = true)]
async fn a_device_without_a_database_has_its_services() {
    let bench = connected(
        "[[device]]\nname = 'Sensor'\naddress = 'C0:DE:00:00:00:01'\naddress-type = 'random'\n\
         services = ['180d', '180f']\nbattery = 42",
    )
    .await;
    let objects = bench.objects().await;
    let below = |path: &String| path.strip_prefix(DEVICE).map(str::to_owned);
    let own: Vec<_> = objects.iter().filter_map(below).filter(|path| path.len() == 12).collect();
    assert_eq!(own, ["/service0001", "/service0006", "/service000e", "/service000f"]);
    let level = "hci0/dev_C0_DE_00_00_00_01/service000f/char0010";
    assert_eq!(read(&bench, level).await, Ok(vec![42]));
}
