//! The task that reads the wire, and makes a new one when it breaks.

use std::collections::HashMap;
use std::pin::Pin;

use futures_core::Stream;
use zbus::message::{Message, Type};
use zbus::{MessageStream, OwnedObjectPath, OwnedVariant};

use super::bus::Bus;
use super::device::{BEARER_BREDR, BEARER_LE, Device};
use super::mirror::{Change, Interfaces, Properties, Tree};
use super::session::{BLUEZ, BUS, OBJECT_MANAGER, PROPERTIES, Session, lock};
use super::value::{cut, to_json};

/// Takes every message off the wire, in order.
pub(super) struct Reader {
    session: Session,
    bus: Bus,
}

impl Reader {
    pub(super) fn new(session: Session, bus: Bus) -> Self {
        Self { session, bus }
    }

    /// Reads for as long as the runtime lasts, on one connection after the other.
    pub(super) async fn run(self, mut stream: MessageStream) {
        loop {
            self.read(stream).await;
            self.session.bus_left();
            let connection = self.bus.connect_again().await;
            stream = self.session.take(connection);
            self.session.mirror().tell(Change::BusBack);
            let (session, has_names) = (self.session.clone(), self.bus.has_names());
            // In a task of its own: its replies come through this one. Where it fails, either the bus is
            // gone again, which shows here, or bluetoothd is not there yet, which says when it is.
            tokio::spawn(async move { session.introduce(has_names).await });
        }
    }

    /// Reads until the connection breaks.
    async fn read(&self, mut stream: MessageStream) {
        while let Some(Ok(message)) = next(&mut stream).await {
            match message.message_type() {
                Type::Signal => self.signal(&message),
                Type::MethodReturn | Type::Error => self.reply(message),
                // Calls are for the objects that zbus serves.
                Type::MethodCall => {}
            }
        }
    }

    fn reply(&self, message: Message) {
        let Some(serial) = message.header().reply_serial() else {
            return;
        };
        let Some(waiting) = self.session.waiting(serial.get()) else {
            return;
        };
        if waiting.seeds_mirror && message.message_type() == Type::MethodReturn {
            *lock(self.session.owner()) = message.header().sender().map(ToString::to_string);
            let objects: Objects = message.body().deserialize().unwrap_or_default();
            let objects = objects
                .into_iter()
                .map(|(path, interfaces)| (path.to_string(), plain_interfaces(interfaces)));
            self.session.mirror().seed(objects.collect());
        }
        // The caller may have given up in the meantime.
        let _ = waiting.caller.send(message);
    }

    fn signal(&self, message: &Message) {
        let header = message.header();
        let sender = header.sender().map(|name| name.as_str());
        let (Some(path), Some(interface), Some(member)) =
            (header.path(), header.interface(), header.member())
        else {
            return;
        };
        if (interface.as_str(), member.as_str()) == (BUS, "NameOwnerChanged") {
            return self.owner_changed(message, sender);
        }
        // Anybody may send us a signal; only bluetoothd tells what is in its tree.
        let is_bluez = sender == lock(self.session.owner()).as_deref();
        if !is_bluez || !self.session.mirror().read(Tree::is_present) {
            return;
        }
        let applied = match (interface.as_str(), member.as_str()) {
            (OBJECT_MANAGER, "InterfacesAdded") => self.added(message),
            (OBJECT_MANAGER, "InterfacesRemoved") => self.removed(message),
            (PROPERTIES, "PropertiesChanged") => self.changed(message, path.as_str()),
            (Device::INTERFACE | BEARER_LE | BEARER_BREDR, "Disconnected") => {
                self.disconnected(message, path.as_str(), interface.as_str())
            }
            _ => Ok(()),
        };
        // A signal whose body is not what its name says comes from no bluetoothd; there is nothing
        // in it to use, and nobody to answer.
        drop(applied);
    }

    fn added(&self, message: &Message) -> zbus::Result<()> {
        let body = message.body();
        let (path, interfaces): (OwnedObjectPath, WireInterfaces) = body.deserialize()?;
        self.session.mirror().add(path.as_str(), plain_interfaces(interfaces));
        Ok(())
    }

    fn removed(&self, message: &Message) -> zbus::Result<()> {
        let body = message.body();
        let (path, interfaces): (OwnedObjectPath, Vec<String>) = body.deserialize()?;
        self.session.mirror().remove(path.as_str(), &interfaces);
        Ok(())
    }

    fn changed(&self, message: &Message, path: &str) -> zbus::Result<()> {
        let body = message.body();
        let (interface, set, withdrawn): (String, WireProperties, Vec<String>) =
            body.deserialize()?;
        self.session.mirror().set(path, &interface, plain(set), &withdrawn);
        Ok(())
    }

    fn disconnected(&self, message: &Message, path: &str, interface: &str) -> zbus::Result<()> {
        let body = message.body();
        let (reason, text): (&str, &str) = body.deserialize()?;
        let last = cut(reason.rsplit('.').next().unwrap_or(reason));
        self.session.mirror().disconnected(path, interface, &last, &cut(text));
        Ok(())
    }

    fn owner_changed(&self, message: &Message, sender: Option<&str>) {
        let body = message.body();
        let Ok((name, _old, new)) = body.deserialize::<(String, String, String)>() else {
            return;
        };
        if name != BLUEZ || sender.is_some_and(|sender| sender != BUS) {
            return;
        }
        self.session.bluez_left();
        if !new.is_empty() {
            let session = self.session.clone();
            // In a task of its own: its reply comes through this one.
            tokio::spawn(async move { session.seed().await });
        }
    }
}

type WireProperties = HashMap<String, OwnedVariant>;
type WireInterfaces = HashMap<String, WireProperties>;
type Objects = HashMap<OwnedObjectPath, WireInterfaces>;

fn plain(properties: WireProperties) -> Properties {
    properties.into_iter().map(|(name, value)| (name, to_json(&value))).collect()
}

fn plain_interfaces(interfaces: WireInterfaces) -> Interfaces {
    interfaces.into_iter().map(|(name, properties)| (name, plain(properties))).collect()
}

async fn next(stream: &mut MessageStream) -> Option<zbus::Result<Message>> {
    std::future::poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await
}
