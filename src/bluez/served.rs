//! The objects of ours that BlueZ calls: the pairing agent, endpoints, players, applications.
//!
//! They are kept beside the connection, so that the next one serves them too. Any client of the bus may
//! call an object; here, for all of them, only bluetoothd is answered.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use zbus::export::async_trait::async_trait;
use zbus::message::{Header, Message};
use zbus::names::{InterfaceName, MemberName};
use zbus::object_server::{DispatchResult, Interface, SignalEmitter};
use zbus::{BoxDBusError, Connection, ObjectServer, OwnedVariant, Variant, fdo};

use super::session::{Owner, lock};

type Serving<'a> = Pin<Box<dyn Future<Output = zbus::Result<()>> + Send + 'a>>;

/// Puts an object on a connection.
type Put = Arc<dyn Fn(&Connection) -> Serving<'_> + Send + Sync>;

/// What is served, by path and interface.
#[derive(Clone, Default)]
pub(super) struct Served(BTreeMap<(String, String), Put>);

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Served {
    /// Takes an object in, in place of one that has the same path and interface.
    pub(super) fn add<I: Interface + Clone>(&mut self, path: &str, object: I, owner: Owner) {
        let object = Guarded { object, owner };
        let key = (path.to_owned(), I::name().to_string());
        let path = key.0.clone();
        let put: Put = Arc::new(move |connection| {
            let (path, object) = (path.clone(), object.clone());
            Box::pin(async move {
                let server = connection.object_server();
                if let Some(object) = server.at(path.as_str(), object).await? {
                    server.remove_named(path.as_str(), I::name()).await?;
                    server.at(path.as_str(), object).await?;
                }
                Ok(())
            })
        });
        self.0.insert(key, put);
    }

    /// Forgets an object, and says whether it was there.
    pub(super) fn forget<I: Interface>(&mut self, path: &str) -> bool {
        self.0.remove(&(path.to_owned(), I::name().to_string())).is_some()
    }

    /// Puts all of them on a connection.
    pub(super) async fn put_on(&self, connection: &Connection) -> zbus::Result<()> {
        for put in self.0.values() {
            put(connection).await?;
        }
        Ok(())
    }

    /// Puts one of them on a connection.
    pub(super) async fn put_one<I: Interface>(
        &self,
        path: &str,
        connection: &Connection,
    ) -> zbus::Result<()> {
        match self.0.get(&(path.to_owned(), I::name().to_string())) {
            Some(put) => put(connection).await,
            None => Ok(()),
        }
    }
}

/// An object that answers bluetoothd only.
#[derive(Clone)]
struct Guarded<I> {
    object: I,
    owner: Owner,
}

impl<I> Guarded<I> {
    fn refuse_strangers(&self, header: &Header<'_>) -> Result<(), BoxDBusError> {
        let sender = header.sender().map(|name| name.as_str());
        if sender == lock(&self.owner).as_deref() {
            return Ok(());
        }
        Err(fdo::Error::AccessDenied("this object answers bluetoothd only".to_owned()).into())
    }

    /// Without a header it is this process that asks.
    fn refuse(&self, header: Option<&Header<'_>>) -> Result<(), BoxDBusError> {
        header.map_or(Ok(()), |header| self.refuse_strangers(header))
    }
}

fn refused<'a>(refusal: BoxDBusError) -> DispatchResult<'a> {
    DispatchResult::Async(Box::pin(std::future::ready(Err(refusal))))
}

#[async_trait]
impl<I: Interface> Interface for Guarded<I> {
    fn name() -> InterfaceName<'static> {
        I::name()
    }

    fn spawn_tasks_for_methods(&self) -> bool {
        self.object.spawn_tasks_for_methods()
    }

    async fn get(
        &self,
        name: &str,
        server: &ObjectServer,
        connection: &Connection,
        header: Option<&Header<'_>>,
        emitter: &SignalEmitter<'_>,
    ) -> Option<Result<OwnedVariant, BoxDBusError>> {
        match self.refuse(header) {
            Ok(()) => self.object.get(name, server, connection, header, emitter).await,
            Err(refusal) => Some(Err(refusal)),
        }
    }

    async fn get_all(
        &self,
        server: &ObjectServer,
        connection: &Connection,
        header: Option<&Header<'_>>,
        emitter: &SignalEmitter<'_>,
    ) -> fdo::Result<HashMap<String, OwnedVariant>> {
        match self.refuse(header) {
            Ok(()) => self.object.get_all(server, connection, header, emitter).await,
            Err(refusal) => Err(fdo::Error::AccessDenied(refusal.to_string())),
        }
    }

    fn set<'call>(
        &'call self,
        name: &'call str,
        value: &'call Variant<'_>,
        server: &'call ObjectServer,
        connection: &'call Connection,
        header: Option<&'call Header<'_>>,
        emitter: &'call SignalEmitter<'_>,
    ) -> DispatchResult<'call> {
        match self.refuse(header) {
            Ok(()) => self.object.set(name, value, server, connection, header, emitter),
            Err(refusal) => refused(refusal),
        }
    }

    async fn set_mut(
        &mut self,
        name: &str,
        value: &Variant<'_>,
        server: &ObjectServer,
        connection: &Connection,
        header: Option<&Header<'_>>,
        emitter: &SignalEmitter<'_>,
    ) -> Option<Result<(), BoxDBusError>> {
        match self.refuse(header) {
            Ok(()) => self.object.set_mut(name, value, server, connection, header, emitter).await,
            Err(refusal) => Some(Err(refusal)),
        }
    }

    fn call<'call>(
        &'call self,
        server: &'call ObjectServer,
        connection: &'call Connection,
        message: &'call Message,
        name: MemberName<'call>,
    ) -> DispatchResult<'call> {
        match self.refuse_strangers(&message.header()) {
            Ok(()) => self.object.call(server, connection, message, name),
            Err(refusal) => refused(refusal),
        }
    }

    fn call_mut<'call>(
        &'call mut self,
        server: &'call ObjectServer,
        connection: &'call Connection,
        message: &'call Message,
        name: MemberName<'call>,
    ) -> DispatchResult<'call> {
        match self.refuse_strangers(&message.header()) {
            Ok(()) => self.object.call_mut(server, connection, message, name),
            Err(refusal) => refused(refusal),
        }
    }

    fn introspect_to_writer(&self, writer: &mut dyn fmt::Write, level: usize) {
        self.object.introspect_to_writer(writer, level);
    }
}
