//! The tester's own advertisements: `org.bluez.LEAdvertisement1` (`doc/org.bluez.LEAdvertisement.rst`), for devices
//! under test that are centrals.
//!
//! BlueZ reads an advertisement's properties once, when it is registered; those that are not there are not sent.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use zbus::export::async_trait::async_trait;
use zbus::message::{Header, Message};
use zbus::names::{InterfaceName, MemberName};
use zbus::object_server::{DispatchResult, Interface, SignalEmitter};
use zbus::{BoxDBusError, Connection, ObjectPath, ObjectServer, OwnedVariant, Variant, fdo};

use super::argument::encode;
use super::session::lock;
use super::{ErrorKind, Result, Session};

const MANAGER: &str = "org.bluez.LEAdvertisingManager1";
const ROOT: &str = "/org/bttest/advertisement/";

/// A property of an advertisement: its name, its D-Bus type, and its value.
pub(crate) type Property = (&'static str, &'static str, Value);

/// The advertisements of a session, by what the plan calls them.
#[derive(Debug, Clone)]
pub(crate) struct Advertiser {
    session: Session,
    /// The adapter of each that is registered.
    registered: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Advertiser {
    pub(crate) fn new(session: &Session) -> Self {
        Self { session: session.clone(), registered: Arc::default() }
    }

    /// Advertises on an adapter from now on, under a name of letters and digits, instead of what had it before.
    ///
    /// # Errors
    /// What BlueZ answered: `not-permitted` where the controller has no room for another, `invalid-length` where the
    /// data does not fit.
    pub(crate) async fn start(&self, name: &str, adapter: &str, says: &[Property]) -> Result<()> {
        self.stop(name).await?;
        let path = format!("{ROOT}{name}");
        let registered = self.registered.clone();
        let object =
            Advertisement { says: Arc::new(says.to_vec()), name: name.to_owned(), registered };
        self.session.serve(&path, object).await?;
        let options: HashMap<&str, Variant<'_>> = HashMap::new();
        let object = ObjectPath::from_string_unchecked(path.clone());
        let body = (object, options);
        match self.session.call(adapter, MANAGER, "RegisterAdvertisement", &body).await {
            Ok(_) => {
                lock(&self.registered).insert(name.to_owned(), adapter.to_owned());
                Ok(())
            }
            Err(error) => {
                self.session.withdraw::<Advertisement>(&path).await?;
                Err(error)
            }
        }
    }

    /// Advertises no longer; gives whether it did.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub(crate) async fn stop(&self, name: &str) -> Result<bool> {
        let Some(adapter) = lock(&self.registered).remove(name) else { return Ok(false) };
        let path = format!("{ROOT}{name}");
        let object = ObjectPath::from_string_unchecked(path.clone());
        let told = self.session.call(&adapter, MANAGER, "UnregisterAdvertisement", &object).await;
        self.session.withdraw::<Advertisement>(&path).await?;
        match told {
            // It had ended in this moment.
            Err(error) if error.kind == ErrorKind::DoesNotExist => Ok(false),
            other => other.map(|_| true),
        }
    }

    /// bluetoothd left, and with it every registration.
    pub(crate) fn forgotten(&self) {
        lock(&self.registered).clear();
    }
}

/// One advertisement as BlueZ reads it.
#[derive(Clone)]
struct Advertisement {
    says: Arc<Vec<Property>>,
    name: String,
    registered: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Advertisement {
    fn value(&self, wanted: &str) -> Option<OwnedVariant> {
        let (_, kind, value) = self.says.iter().find(|(name, ..)| *name == wanted)?;
        encode(kind, value).ok()?.try_into().ok()
    }
}

#[async_trait]
impl Interface for Advertisement {
    fn name() -> InterfaceName<'static> {
        InterfaceName::from_static_str_unchecked("org.bluez.LEAdvertisement1")
    }

    async fn get(
        &self,
        name: &str,
        _: &ObjectServer,
        _: &Connection,
        _: Option<&Header<'_>>,
        _: &SignalEmitter<'_>,
    ) -> Option<std::result::Result<OwnedVariant, BoxDBusError>> {
        self.value(name).map(Ok)
    }

    async fn get_all(
        &self,
        _: &ObjectServer,
        _: &Connection,
        _: Option<&Header<'_>>,
        _: &SignalEmitter<'_>,
    ) -> fdo::Result<HashMap<String, OwnedVariant>> {
        let all = self.says.iter().map(|(name, ..)| *name);
        Ok(all.filter_map(|name| Some((name.to_owned(), self.value(name)?))).collect())
    }

    async fn set_mut(
        &mut self,
        _: &str,
        _: &Variant<'_>,
        _: &ObjectServer,
        _: &Connection,
        _: Option<&Header<'_>>,
        _: &SignalEmitter<'_>,
    ) -> Option<std::result::Result<(), BoxDBusError>> {
        None
    }

    fn call<'call>(
        &'call self,
        _: &'call ObjectServer,
        connection: &'call Connection,
        message: &'call Message,
        name: MemberName<'call>,
    ) -> DispatchResult<'call> {
        if name != "Release" {
            return DispatchResult::NotFound;
        }
        // Its time is over, or the adapter is gone; BlueZ has it no more.
        lock(&self.registered).remove(&self.name);
        DispatchResult::new_async(connection, message, async { Ok::<(), fdo::Error>(()) })
    }

    fn call_mut<'call>(
        &'call mut self,
        _: &'call ObjectServer,
        _: &'call Connection,
        _: &'call Message,
        _: MemberName<'call>,
    ) -> DispatchResult<'call> {
        DispatchResult::NotFound
    }

    fn introspect_to_writer(&self, writer: &mut dyn fmt::Write, level: usize) {
        // A writer that is full tells it when it is read.
        let _ = writeln!(writer, "{:level$}<interface name=\"{}\">", "", Self::name());
        for (name, kind, _) in self.says.iter() {
            let _ = writeln!(
                writer,
                "{:level$}  <property name=\"{name}\" type=\"{kind}\" access=\"read\"/>",
                ""
            );
        }
        let _ = writeln!(
            writer,
            "{:level$}  <method name=\"Release\"/>\n{:level$}</interface>",
            "", ""
        );
    }
}
