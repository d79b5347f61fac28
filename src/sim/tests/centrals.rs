//! Applications of clients, and devices that are centrals and use them. The errors are bluetoothd's, recorded on
//! 5.82; what passes between bluetoothd and the client was read in its source (`src/gatt-database.c`).

use std::{
    collections::BTreeMap,
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex},
};

use zbus::{
    Connection, MessageStream, ObjectPath, OwnedVariant, Variant,
    export::futures_core::Stream,
    message::{Message, Type},
};

use super::{Answer, Bench, bench::verdict};

const PHONE: &str = "hci0/dev_C0_DE_00_00_00_01";
const SERVICE: &str = "0000fff0-0000-1000-8000-00805f9b34fb";

type Properties = BTreeMap<&'static str, Variant<'static>>;
type Objects = BTreeMap<ObjectPath<'static>, BTreeMap<&'static str, Properties>>;

fn path(path: &'static str) -> ObjectPath<'static> {
    ObjectPath::from_static_str_unchecked(path)
}

fn service(at: &'static str, uuid: &'static str) -> Objects {
    let properties = Properties::from([("UUID", uuid.into()), ("Primary", true.into())]);
    Objects::from([(path(at), BTreeMap::from([("org.bluez.GattService1", properties)]))])
}

fn characteristic(at: &'static str, number: u16, service: &'static str, flags: &[&str]) -> Objects {
    let uuid = format!("0000{number:04x}-0000-1000-8000-00805f9b34fb");
    let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
    let properties = Properties::from([
        ("UUID", uuid.into()),
        ("Service", Variant::ObjectPath(path(service))),
        ("Flags", flags.into()),
    ]);
    Objects::from([(path(at), BTreeMap::from([("org.bluez.GattCharacteristic1", properties)]))])
}

/// A client that serves these objects, and writes down what it is asked.
struct Server {
    connection: Connection,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn new(bench: &Bench, objects: Objects) -> Self {
        let connection = bench.simulator.connect().await.expect("a connection");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let stream = MessageStream::from(&connection);
        tokio::spawn(serve(connection.clone(), stream, objects, asked.clone()));
        Server { connection, asked }
    }

    async fn call(&self, member: &str, at: &'static str) -> String {
        let nothing = Properties::new();
        let to = "/org/bluez/hci0";
        let interface = Some(match member {
            "RegisterAdvertisement" => "org.bluez.LEAdvertisingManager1",
            _ => "org.bluez.GattManager1",
        });
        let none = None::<zbus::names::UniqueName<'_>>;
        let reply = match member {
            "RegisterApplication" | "RegisterAdvertisement" => {
                let body = (path(at), nothing);
                self.connection.call_method(none, to, interface, member, &body).await
            }
            _ => self.connection.call_method(none, to, interface, member, &path(at)).await,
        };
        verdict(reply.map_err(|error| match error {
            zbus::Error::MethodError(name, message, _) => {
                (name.to_string(), message.unwrap_or_default())
            }
            other => panic!("{other}"),
        }))
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("unpoisoned"))
    }
}

async fn serve(
    connection: Connection,
    mut stream: MessageStream,
    objects: Objects,
    asked: Arc<Mutex<Vec<String>>>,
) {
    while let Some(Ok(call)) = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await {
        if call.message_type() != Type::MethodCall {
            continue;
        }
        let header = call.header();
        let member = header.member().map(ToString::to_string).unwrap_or_default();
        let at = header.path().map(ToString::to_string).unwrap_or_default();
        let (mut what, reply) = (format!("{member} {at}"), Message::method_return(&header));
        let reply = match member.as_str() {
            "GetManagedObjects" => reply.build(&objects),
            "GetAll" => reply.build(&Properties::from([("Type", "peripheral".into())])),
            "ReadValue" => {
                let options: BTreeMap<String, OwnedVariant> =
                    call.body().deserialize().expect("options");
                what.push_str(&format!(" {}", options.into_keys().collect::<Vec<_>>().join(" ")));
                reply.build(&vec![0x2a_u8])
            }
            "WriteValue" => {
                let (value, _): (Vec<u8>, BTreeMap<String, OwnedVariant>) =
                    call.body().deserialize().expect("a value");
                what.push_str(&format!(" {value:02x?}"));
                reply.build(&())
            }
            _ => reply.build(&()),
        };
        asked.lock().expect("unpoisoned").push(what);
        connection.send(&reply.expect("a reply")).await.expect("a wire");
    }
}

/// A bench with a phone that does this, and an application of three characteristics.
async fn with(central: &str) -> (Bench, Server) {
    let bench = Bench::new(&format!(
        "[[device]]\nname = 'Phone'\naddress = 'C0:DE:00:00:00:01'\naddress-type = 'random'\n\
         [[device.central]]\nafter = '2s'\n{central}"
    ))
    .await;
    let mut objects = service("/app/s", SERVICE);
    objects.extend(characteristic("/app/s/a", 0xfff1, "/app/s", &["read", "write"]));
    objects.extend(characteristic("/app/s/b", 0xfff2, "/app/s", &["indicate"]));
    objects.extend(characteristic("/app/s/c", 0xfff3, "/app/s", &["encrypt-read"]));
    let server = Server::new(&bench, objects).await;
    assert_eq!(server.call("RegisterApplication", "/app").await, "reply");
    assert_eq!(server.call("RegisterAdvertisement", "/advertisement").await, "reply");
    server.asked();
    (bench, server)
}

#[tokio::test(start_paused = true)]
async fn an_application_is_looked_at_before_it_is_registered() {
    let bench = Bench::new("").await;
    let unfit = "error org.bluez.Error.Failed: No valid service object found";
    let broken = "error org.bluez.Error.Failed: Failed to create entry in database";
    let with = |mut first: Objects, second: Objects| {
        first.extend(second);
        first
    };
    for (objects, expected) in [
        (Objects::new(), "error org.bluez.Error.Failed: No object received"),
        (characteristic("/app/c", 0xfff1, "/app/s", &["read"]), unfit),
        (
            with(
                service("/app/s", SERVICE),
                characteristic("/app/s/a", 0xfff1, "/app/s", &["raed"]),
            ),
            unfit,
        ),
        (
            with(
                service("/app/s", SERVICE),
                characteristic("/app/s/a", 0xfff1, "/app/t", &["read"]),
            ),
            unfit,
        ),
        (service("/app/s", "xyz"), broken),
        (service("/app/s", "00001800-0000-1000-8000-00805f9b34fb"), broken),
        (service("/app/s", SERVICE), "reply"),
    ] {
        let server = Server::new(&bench, objects).await;
        assert_eq!(server.call("RegisterApplication", "/app").await, expected);
        assert_eq!(server.asked(), ["GetManagedObjects /app"]);
        let unknown = "error org.bluez.Error.DoesNotExist: Does Not Exist";
        if expected == "reply" {
            let twice = "error org.bluez.Error.AlreadyExists: Already Exists";
            assert_eq!(server.call("RegisterApplication", "/app").await, twice);
            assert_eq!(server.call("UnregisterApplication", "/app").await, "reply");
        }
        assert_eq!(server.call("UnregisterApplication", "/app").await, unknown);
    }
}

#[tokio::test(start_paused = true)]
async fn the_adapter_has_the_services_of_clients_while_they_are_there() {
    let bench = Bench::new("").await;
    let server = Server::new(&bench, service("/app/s", SERVICE)).await;
    let has = async || {
        let uuids = bench.get("hci0", "UUIDs").await.expect("services");
        Variant::from(uuids).to_string().contains(SERVICE)
    };
    assert!(!has().await);
    server.call("RegisterApplication", "/app").await;
    assert!(has().await);
    server.connection.close().await.expect("an end");
    bench.settle().await;
    assert!(!has().await, "it left the bus");
}

#[tokio::test(start_paused = true)]
async fn a_central_connects_reads_writes_and_leaves() {
    let (bench, server) = with(
        "does = [{ read = 'fff1' }, { read = 'dddd' }, { write = 'fff1', value = '01 02' }, \
         { write = 'fff1', text = 'a', command = true }]",
    )
    .await;
    bench.forget();
    bench.wait(1900).await;
    assert_eq!(server.asked(), Vec::<String>::new());
    bench.wait(2000).await;
    let expected = [
        "ReadValue /app/s/a device link mtu",
        "WriteValue /app/s/a [01, 02]",
        "WriteValue /app/s/a [61]",
    ];
    assert_eq!(server.asked(), expected);
    let notes = bench.notes();
    let at = |part: &str| notes.iter().position(|note| note.contains(part));
    assert!(at(&format!("+ {PHONE}")) < at("ServicesResolved=true"), "{notes:#?}");
    assert!(at("ServicesResolved=true") < at("Connected=false"), "{notes:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_central_does_not_find_who_does_not_advertise() {
    let bench = Bench::new(
        "[[device]]\nname = 'Phone'\naddress = 'C0:DE:00:00:00:01'\n[[device.central]]\nstays = true",
    )
    .await;
    let server = Server::new(&bench, service("/app/s", SERVICE)).await;
    server.call("RegisterApplication", "/app").await;
    bench.wait(60_000).await;
    assert!(!bench.is(PHONE, "Connected").await);
    server.call("RegisterAdvertisement", "/advertisement").await;
    bench.wait(2000).await;
    assert!(bench.is(PHONE, "Connected").await);
}

#[tokio::test(start_paused = true)]
async fn a_central_listens_confirms_and_is_missed() {
    let (bench, server) = with("does = [{ subscribe = 'fff2' }]\nstays = true").await;
    bench.wait(4000).await;
    assert_eq!(server.asked(), ["StartNotify /app/s/b"]);
    let changed = BTreeMap::from([("Value", Variant::from(vec![1_u8]))]);
    let body = ("org.bluez.GattCharacteristic1", changed, Vec::<String>::new());
    let (interface, member) = ("org.freedesktop.DBus.Properties", "PropertiesChanged");
    let signal = Message::signal("/app/s/b", interface, member).build(&body).expect("a signal");
    server.connection.send(&signal).await.expect("a wire");
    bench.settle().await;
    assert_eq!(server.asked(), ["Confirm /app/s/b"]);
    bench.call(PHONE, "Device1.Disconnect", &()).await.expect("an end");
    bench.settle().await;
    assert_eq!(server.asked(), ["StopNotify /app/s/b"]);
}

#[tokio::test(start_paused = true)]
async fn a_central_pairs_for_what_needs_it() {
    let (bench, server) = with("does = [{ read = 'fff3' }]\nstays = true").await;
    bench.agent("NoInputNoOutput", Answer::Yes).await;
    bench.set("hci0", "Pairable", true.into()).await;
    bench.wait(5000).await;
    assert_eq!(server.asked(), ["ReadValue /app/s/c device link mtu"]);
    assert!(bench.is(PHONE, "Paired").await);
}

#[tokio::test(start_paused = true)]
async fn a_central_comes_again_as_often_as_the_scene_says() {
    let (bench, server) = with(
        "does = [{ read = 'fff1' }]\n[[device.central]]\nafter = '5s'\ndoes = [{ read = 'fff1' }]",
    )
    .await;
    bench.wait(20_000).await;
    assert_eq!(server.asked().len(), 2);
    assert!(!bench.is(PHONE, "Connected").await);
}
