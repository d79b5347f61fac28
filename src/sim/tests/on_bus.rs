//! The simulator on a real bus: several clients, those that leave, those that mean it ill, and what befalls
//! bluetoothd and the bus. Skipped where there is no `dbus-daemon`.

use std::{collections::HashMap, future::poll_fn, pin::Pin, time::Duration};

use tokio::{task::JoinHandle, time::timeout};
use zbus::{
    Connection, DynamicType, MessageStream, ObjectPath, OwnedVariant, Variant,
    export::futures_core::Stream,
    message::{Message, Type},
};

use crate::{
    private_bus::PrivateBus,
    sim::{Scene, Service, Unserved},
};

const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// Puts a simulator on a bus.
async fn serve(bus: &PrivateBus, scene: &str) -> JoinHandle<Unserved> {
    let scene = Scene::parse(scene).expect("a scene");
    let service = Service::start(scene, 1, &bus.address()).await.expect("a service");
    tokio::spawn(service.run())
}

/// A client of bluetoothd's.
struct Client {
    connection: Connection,
}

/// What a client hears.
struct Ears(MessageStream);

impl Client {
    async fn of(bus: &PrivateBus) -> Self {
        let client = Client { connection: bus.connect().await };
        for rule in ["type='signal',sender='org.bluez'", "type='signal',arg0='org.bluez'"] {
            client.ask("org.freedesktop.DBus", "/", "AddMatch", &rule).await.expect("a rule");
        }
        client
    }

    async fn ask<B>(&self, to: &str, path: &str, method: &str, body: &B) -> Result<Message, String>
    where
        B: serde::Serialize + DynamicType,
    {
        let (interface, member) = method.rsplit_once('.').unwrap_or((to, method));
        let asked = self.connection.call_method(Some(to), path, Some(interface), member, body);
        let answer = timeout(Duration::from_secs(20), asked)
            .await
            .unwrap_or_else(|_| panic!("{path} {method}"));
        answer.map_err(|error| error.to_string())
    }

    async fn call<B>(&self, path: &str, method: &str, body: &B) -> Result<Message, String>
    where
        B: serde::Serialize + DynamicType,
    {
        self.ask("org.bluez", path, method, body).await
    }

    async fn adapter(&self, member: &str) -> Result<Message, String> {
        self.call("/org/bluez/hci0", &format!("org.bluez.Adapter1.{member}"), &()).await
    }

    async fn discovering(&self) -> bool {
        let body = ("org.bluez.Adapter1", "Discovering");
        let reply = self.call("/org/bluez/hci0", &format!("{PROPERTIES}.Get"), &body).await;
        let value: OwnedVariant = reply.expect("a value").body().deserialize().expect("a value");
        value == OwnedVariant::from(true)
    }

    fn ears(&self) -> Ears {
        Ears(MessageStream::from(&self.connection))
    }
}

impl Ears {
    /// Waits for a message that is of this kind, and has this member.
    async fn hears(&mut self, kind: Type, member: &str) -> Message {
        let heard = async {
            loop {
                let next = poll_fn(|context| Pin::new(&mut self.0).poll_next(context)).await;
                let message = next.expect("a bus").expect("a message");
                let is_it = message.header().member().is_some_and(|it| it.as_str() == member);
                if message.message_type() == kind && is_it {
                    return message;
                }
            }
        };
        timeout(Duration::from_secs(20), heard).await.expect(member)
    }

    async fn hears_of_discovery(&mut self, wanted: bool) {
        loop {
            let told = self.hears(Type::Signal, "PropertiesChanged").await;
            let (_, values, _): (String, HashMap<String, OwnedVariant>, Vec<String>) =
                told.body().deserialize().expect("changes");
            if values.get("Discovering") == Some(&OwnedVariant::from(wanted)) {
                return;
            }
        }
    }

    async fn owner_changes(&mut self) -> (String, String) {
        let told = self.hears(Type::Signal, "NameOwnerChanged").await;
        let (_, old, new): (String, String, String) = told.body().deserialize().expect("names");
        (old, new)
    }
}

#[tokio::test]
async fn clients_are_kept_apart_and_what_is_theirs_ends_with_them() {
    let Some(bus) = PrivateBus::named("apart") else { return };
    let service = serve(&bus, "").await;
    let (first, second) = (Client::of(&bus).await, Client::of(&bus).await);
    let watcher = Client::of(&bus).await;
    let mut ears = watcher.ears();
    first.adapter("StartDiscovery").await.expect("a discovery");
    let again = first.adapter("StartDiscovery").await.expect_err("one is enough");
    assert!(again.contains("org.bluez.Error.InProgress"), "{again}");
    second.adapter("StartDiscovery").await.expect("another client's");
    let agent = (ObjectPath::from_static_str_unchecked("/agent"), "DisplayYesNo");
    let register = "org.bluez.AgentManager1.RegisterAgent";
    for client in [&first, &second] {
        client.call("/org/bluez", register, &agent).await.expect("an agent of its own");
    }
    let again = first.call("/org/bluez", register, &agent).await.expect_err("it has one");
    assert!(again.contains("AlreadyExists"), "{again}");

    // What another client says of it does not end a client.
    let owner = first.ask("org.freedesktop.DBus", "/", "GetNameOwner", &"org.bluez").await;
    let owner: String = owner.expect("an owner").body().deserialize().expect("a name");
    let name = first.connection.unique_name().expect("a name").to_string();
    let forged =
        Message::signal("/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged");
    let forged = forged.destination(owner).build(&(&name, &name, "")).expect("a signal");
    second.connection.send(&forged).await.expect("a bus");
    let again = first.call("/org/bluez", register, &agent).await.expect_err("it is still there");
    assert!(again.contains("AlreadyExists"), "{again}");

    drop(first);
    second.adapter("StopDiscovery").await.expect("its own, and the last");
    ears.hears_of_discovery(false).await;
    assert!(!service.is_finished());
}

#[tokio::test]
async fn a_discovery_ends_with_the_client_that_began_it() {
    let Some(bus) = PrivateBus::named("leaves") else { return };
    let _service = serve(&bus, "").await;
    let watcher = Client::of(&bus).await;
    let mut ears = watcher.ears();
    let client = Client::of(&bus).await;
    client.adapter("StartDiscovery").await.expect("a discovery");
    ears.hears_of_discovery(true).await;
    assert!(watcher.discovering().await);
    drop(client);
    ears.hears_of_discovery(false).await;
    assert!(!watcher.discovering().await);
}

#[tokio::test]
async fn there_is_one_bluetoothd_on_a_bus() {
    let Some(bus) = PrivateBus::named("taken") else { return };
    let service = serve(&bus, "").await;
    let second = Service::start(Scene::default(), 1, &bus.address()).await.expect_err("taken");
    let Unserved::Taken { process, .. } = &second else { panic!("{second}") };
    assert_eq!(*process, Some(std::process::id()));
    assert!(second.to_string().contains("dbus-daemon --session"), "{second}");
    service.abort();
    assert!(service.await.is_err_and(|error| error.is_cancelled()));
    let _third = serve(&bus, "").await;
}

#[tokio::test]
async fn a_crash_is_one_to_the_bus_too() {
    let Some(bus) = PrivateBus::named("crash") else { return };
    let crash = "[[device]]\naddress = 'C0:DE:00:00:00:01'\nknown = true\n\
                 [[device.fault]]\non = 'connect'\ncrash = true\nfor = '50ms'\n";
    let _service = serve(&bus, crash).await;
    let client = Client::of(&bus).await;
    let mut ears = client.ears();
    let device = "/org/bluez/hci0/dev_C0_DE_00_00_00_01";
    let died = client.call(device, "org.bluez.Device1.Connect", &()).await.expect_err("a crash");
    assert!(died.contains("org.freedesktop.DBus.Error.NoReply"), "{died}");
    let (first, none) = ears.owner_changes().await;
    assert_eq!(none, "");
    let (none, second) = ears.owner_changes().await;
    assert_eq!(none, "");
    assert_ne!(first, second);
    let added = ears.hears(Type::Signal, "InterfacesAdded").await;
    assert_eq!(added.header().sender().map(ToString::to_string), Some(second));
    assert!(!client.discovering().await, "it answers again");
}

#[tokio::test]
async fn a_hung_bluetoothd_answers_when_it_goes_on() {
    let Some(bus) = PrivateBus::named("hang") else { return };
    let _service = serve(&bus, "[[incident]]\nwhat = 'hang'\nat = '0s'\nfor = '700ms'").await;
    let client = Client::of(&bus).await;
    let asked = tokio::time::Instant::now();
    let ping = client.call("/", "org.freedesktop.DBus.Peer.Ping", &());
    assert!(timeout(Duration::from_millis(100), ping).await.is_err(), "it hangs");
    client.call("/", "org.freedesktop.DBus.Peer.Ping", &()).await.expect("an answer in the end");
    assert!(asked.elapsed() >= Duration::from_millis(300), "{:?}", asked.elapsed());
}

#[tokio::test]
async fn it_ends_with_the_bus() {
    let Some(bus) = PrivateBus::named("gone") else { return };
    let service = serve(&bus, "").await;
    let hung = serve_hung().await;
    drop(bus);
    let ended = timeout(Duration::from_secs(20), service).await.expect("an end").expect("no panic");
    assert_eq!(ended, Unserved::Gone);
    let ended = timeout(Duration::from_secs(20), hung).await.expect("an end").expect("no panic");
    assert_eq!(ended, Unserved::Gone);
}

/// A bluetoothd that hangs on a bus that is gone.
async fn serve_hung() -> JoinHandle<Unserved> {
    let bus = PrivateBus::named("gone-hung").expect("dbus-daemon");
    let hung = serve(&bus, "[[incident]]\nwhat = 'hang'\nat = '0s'").await;
    let client = Client::of(&bus).await;
    let ping = client.call("/", "org.freedesktop.DBus.Peer.Ping", &());
    assert!(timeout(Duration::from_millis(100), ping).await.is_err(), "it hangs");
    hung
}

#[tokio::test]
async fn nothing_that_a_client_sends_ends_it() {
    let Some(bus) = PrivateBus::named("hostile") else { return };
    let service = serve(&bus, "[[device]]\naddress = 'C0:DE:00:00:00:01'\nknown = true\n").await;
    let (hostile, other) = (Client::of(&bus).await, Client::of(&bus).await);

    let long = "x".repeat(2 << 20);
    let refused = hostile.call("/org/bluez", "org.x.Y.Z", &long).await.expect_err("too long");
    assert!(refused.contains("LimitsExceeded"), "{refused}");

    let paths = ["/", "/org/bluez", "/org/bluez/hci0", "/org/bluez/hci0/dev_C0_DE_00_00_00_01"];
    let interfaces = ["Adapter1", "Device1", "AgentManager1", "GattManager1", "Media1"];
    let members = ["Connect", "Pair", "SetDiscoveryFilter", "RegisterAgent", "RegisterApplication"];
    let deep = (0..20).fold(Variant::from(true), |inner, _| Variant::from((inner,)));
    for path in paths {
        for interface in interfaces {
            for member in members {
                let method = format!("org.bluez.{interface}.{member}");
                let _ =
                    hostile.call(path, &method, &(deep.try_clone().expect("a value"), "")).await;
                let _ = hostile.call(path, &method, &u64::MAX).await;
            }
        }
        for member in ["Get", "GetAll", "Set"] {
            let method = format!("{PROPERTIES}.{member}");
            let wrong = hostile.call(path, &method, &("org.bluez.Adapter1", 1_u8)).await;
            assert!(wrong.is_err(), "{path} {member}");
        }
    }

    let call = Message::method_call("/", "GetManagedObjects").destination("org.bluez");
    let call = call.interface("org.freedesktop.DBus.ObjectManager").build(&()).expect("a call");
    let flooding = hostile.connection.clone();
    let flood = tokio::spawn(async move {
        for _ in 0..5000 {
            flooding.send(&call).await.expect("a bus");
        }
    });
    drop(hostile);
    assert!(!other.discovering().await, "another is served meanwhile");
    flood.await.expect("a flood");
    assert!(!other.discovering().await && !service.is_finished());
}
