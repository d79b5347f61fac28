//! A session on a real bus, with a bluetoothd that the test plays. Skipped where there is no `dbus-daemon`.

use std::collections::HashMap;
use std::pin::Pin;
use std::time::Duration;

use futures_core::Stream;
use zbus::message::{Message, Type};
use zbus::{Connection, MessageStream, ObjectPath, OwnedObjectPath, OwnedVariant};

use super::tests::Lamp;
use super::*;
use crate::private_bus::PrivateBus;

type Objects = HashMap<OwnedObjectPath, HashMap<String, HashMap<String, OwnedVariant>>>;

/// Puts a bluetoothd without objects on a bus.
async fn serve_bluez(bus: &PrivateBus) -> Connection {
    let connection = bus.connect().await;
    connection.request_name("org.bluez").await.unwrap();
    let mut stream = MessageStream::from(&connection);
    let answering = connection.clone();
    tokio::spawn(async move {
        while let Some(Ok(message)) =
            std::future::poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await
        {
            if message.message_type() != Type::MethodCall {
                continue;
            }
            let header = message.header();
            let reply = Message::method_return(&header);
            let reply = match header.member().map(|name| name.as_str()) {
                Some("GetManagedObjects") => reply.build(&Objects::new()),
                Some("Ping") => reply.build(&()),
                _ => continue,
            };
            let _ = answering.send(&reply.unwrap()).await;
        }
    });
    connection
}

async fn ask(caller: &Connection, session: &Session) -> zbus::Result<Message> {
    let device = ObjectPath::from_static_str_unchecked("/org/bluez/hci0/dev_C0");
    let name = session.unique_name().unwrap();
    let agent = Some("org.bluez.Agent1");
    caller
        .call_method(
            Some(name.as_str()),
            "/org/bttest/agent",
            agent,
            "RequestConfirmation",
            &(device, 1_u32),
        )
        .await
}

#[tokio::test]
async fn on_a_bus_the_agent_knows_bluetoothd_and_the_session_outlives_the_bus() {
    let socket = std::env::temp_dir().join(format!("bttest-bus-{}", std::process::id()));
    let Some(daemon) = PrivateBus::start(&socket) else {
        eprintln!("skipped: there is no dbus-daemon");
        return;
    };
    let bluez = serve_bluez(&daemon).await;
    let (session, mut told) = Session::open(Bus::Address(daemon.address())).await.unwrap();
    let _agent = Agent::serve(&session).await.unwrap();
    session.serve("/org/bttest/lamp", Lamp { on: true }).await.unwrap();
    let stranger = daemon.connect().await;
    let refused = ask(&stranger, &session).await.unwrap_err().to_string();
    assert!(refused.contains("org.freedesktop.DBus.Error.AccessDenied"), "{refused}");
    assert!(told.try_recv().is_err(), "what a stranger asks is told");
    let read = stranger
        .call_method(
            Some(session.unique_name().unwrap().as_str()),
            "/org/bttest/lamp",
            Some("org.freedesktop.DBus.Properties"),
            "Get",
            &("org.bttest.Lamp1", "On"),
        )
        .await;
    assert!(read.unwrap_err().to_string().contains("AccessDenied"));
    assert!(ask(&bluez, &session).await.is_ok());
    assert!(matches!(told.recv().await, Some(Change::Asked { .. })));
    assert_eq!(session.life(Duration::from_secs(20)).await, Life::Answers);

    drop((daemon, bluez, stranger));
    assert_eq!(told.recv().await, Some(Change::BusGone));
    assert_eq!(told.recv().await, Some(Change::Gone));
    let daemon = PrivateBus::start(&socket).unwrap();
    assert_eq!(told.recv().await, Some(Change::BusBack));
    let bluez = serve_bluez(&daemon).await;
    assert_eq!(told.recv().await, Some(Change::Back));
    assert!(ask(&bluez, &session).await.is_ok());
}
