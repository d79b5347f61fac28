//! The object that BlueZ calls: `org.bluez.Profile1`.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::runtime::Handle;
use zbus::{OwnedFd, OwnedObjectPath, OwnedVariant};

use super::{Link, Nature, Shared};
use crate::bluez::mirror::{Change, Mirror};
use crate::bluez::session::lock;

/// The errors that a profile may answer.
#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.bluez.Error")]
enum Refusal {
    #[zbus(error)]
    ZBus(zbus::Error),
    Rejected(String),
}

/// The object that BlueZ calls.
#[derive(Debug, Clone)]
pub(super) struct Object {
    path: String,
    shared: Arc<Shared>,
    mirror: Mirror,
    /// Where the sockets are read.
    runtime: Handle,
}

impl Object {
    pub(super) fn new(path: &str, shared: Arc<Shared>, mirror: Mirror) -> Self {
        Self { path: path.to_owned(), shared, mirror, runtime: Handle::current() }
    }

    fn told(&self, method: &str, device: &str, answer: String) {
        self.mirror.tell(Change::ProfileAsked {
            method: method.to_owned(),
            path: device.to_owned(),
            answer,
        });
    }
}

#[zbus::interface(name = "org.bluez.Profile1")]
impl Object {
    fn new_connection(
        &self,
        device: OwnedObjectPath,
        fd: OwnedFd,
        properties: BTreeMap<String, OwnedVariant>,
    ) -> Result<(), Refusal> {
        let number = |name: &str| properties.get(name).cloned().and_then(|n| u16::try_from(n).ok());
        let nature = Nature { version: number("Version"), features: number("Features") };
        let _entered = self.runtime.enter();
        let place = (self.path.as_str(), device.as_str());
        match Link::open(place, nature, fd.into(), self.shared.clone()) {
            Ok(link) => {
                self.told("NewConnection", device.as_str(), "taken".to_owned());
                self.shared.put(link);
                Ok(())
            }
            Err(error) => {
                let why = format!("the socket cannot be read: {error}");
                self.told("NewConnection", device.as_str(), format!("refused: {why}"));
                Err(Refusal::Rejected(why))
            }
        }
    }

    fn request_disconnection(&self, device: OwnedObjectPath) {
        self.shared.close(&self.path, Some(device.as_str()));
        self.told("RequestDisconnection", device.as_str(), "closed".to_owned());
    }

    fn release(&self) {
        self.shared.close(&self.path, None);
        lock(&self.shared.state).registered.remove(&self.path);
        self.told("Release", "", "noted".to_owned());
    }
}
