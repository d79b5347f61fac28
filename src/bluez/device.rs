//! `org.bluez.Device1` (`doc/org.bluez.Device.rst`).

use serde_json::Value;

use super::{Error, ErrorKind, Properties, Result, Session, Tree};

/// One bearer of a device (`doc/org.bluez.Bearer.*.rst`, 5.83 on; its methods only with `bluetoothd --experimental`).
pub(super) const BEARER_LE: &str = "org.bluez.Bearer.LE1";
pub(super) const BEARER_BREDR: &str = "org.bluez.Bearer.BREDR1";

/// A bearer of a dual-mode device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearer {
    Le,
    Bredr,
}

impl Bearer {
    /// BlueZ's interface for it.
    #[must_use]
    pub fn interface(self) -> &'static str {
        match self {
            Self::Le => BEARER_LE,
            Self::Bredr => BEARER_BREDR,
        }
    }
}

/// A remote device as BlueZ presents it.
#[derive(Debug, Clone)]
pub struct Device {
    session: Session,
    path: String,
}

impl Device {
    /// Interface of devices.
    pub const INTERFACE: &'static str = "org.bluez.Device1";

    /// The device at a path; whether there is one there shows when it is used.
    #[must_use]
    pub fn at(session: &Session, path: &str) -> Self {
        Self { session: session.clone(), path: path.to_owned() }
    }

    /// Path of the object.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// All properties as last told; none when BlueZ does not know the device any more.
    #[must_use]
    pub fn properties(&self) -> Option<Properties> {
        self.session.mirror().read(|tree| tree.interface(&self.path, Self::INTERFACE).cloned())
    }

    /// A property as last told.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<Value> {
        self.session.mirror().read(|tree| tree.property(&self.path, Self::INTERFACE, name).cloned())
    }

    /// Whether the property is known and true.
    #[must_use]
    pub fn is(&self, property: &str) -> bool {
        self.property(property) == Some(Value::Bool(true))
    }

    /// Sets a property of `org.bluez.Device1`.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub async fn set(&self, property: &str, value: &Value) -> Result<()> {
        self.session.set(&self.path, Self::INTERFACE, property, value).await
    }

    /// Connects: on BR/EDR every profile that both sides have, on LE the link and its services.
    ///
    /// # Errors
    /// What BlueZ answered; its message holds the reason.
    pub async fn connect(&self) -> Result<()> {
        self.call("Connect").await
    }

    /// Disconnects. On LE bluetoothd waits about 2 s before it drops the link.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub async fn disconnect(&self) -> Result<()> {
        self.call("Disconnect").await
    }

    /// Connects one profile, by the UUID of the service that the device has for it.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub async fn connect_profile(&self, uuid: &str) -> Result<()> {
        self.session.call(&self.path, Self::INTERFACE, "ConnectProfile", &uuid).await.map(drop)
    }

    /// Disconnects one profile.
    ///
    /// # Errors
    /// What BlueZ answered; `invalid-arguments` where the device has no such profile.
    pub async fn disconnect_profile(&self, uuid: &str) -> Result<()> {
        self.session.call(&self.path, Self::INTERFACE, "DisconnectProfile", &uuid).await.map(drop)
    }

    /// Whether BlueZ presents this bearer of the device by itself.
    #[must_use]
    pub fn has_bearer(&self, bearer: Bearer) -> bool {
        let has = |tree: &Tree| tree.interface(&self.path, bearer.interface()).is_some();
        self.session.mirror().read(has)
    }

    /// Connects over one bearer.
    ///
    /// # Errors
    /// What BlueZ answered; `unknown-member` unless it runs with `--experimental`.
    pub async fn connect_bearer(&self, bearer: Bearer) -> Result<()> {
        self.session.call(&self.path, bearer.interface(), "Connect", &()).await.map(drop)
    }

    /// Disconnects one bearer.
    ///
    /// # Errors
    /// As for [`Device::connect_bearer`].
    pub async fn disconnect_bearer(&self, bearer: Bearer) -> Result<()> {
        self.session.call(&self.path, bearer.interface(), "Disconnect", &()).await.map(drop)
    }

    /// Pairs, and makes a bond where both sides want one.
    ///
    /// # Errors
    /// What BlueZ answered; `already-exists` for a device that is paired.
    pub async fn pair(&self) -> Result<()> {
        self.call("Pair").await
    }

    /// Cancels a pairing that [`Device::pair`] began.
    ///
    /// # Errors
    /// `does-not-exist` when none is under way.
    pub async fn cancel_pairing(&self) -> Result<()> {
        self.call("CancelPairing").await
    }

    /// Waits until a property has a value for which `holds` is true; one without a value is null.
    ///
    /// # Errors
    /// bluetoothd is gone, or BlueZ no longer knows the device.
    pub async fn wait_until(
        &self,
        property: &str,
        holds: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        self.wait_until_on(Self::INTERFACE, property, holds).await
    }

    /// The same for a property of another interface of the device's object.
    ///
    /// # Errors
    /// As for [`Device::wait_until`].
    pub async fn wait_until_on(
        &self,
        interface: &str,
        property: &str,
        holds: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        let answer = self.session.mirror().wait_for(|tree| {
            let Some(properties) = tree.interface(&self.path, interface) else {
                return Some(Err(self.removed(property)));
            };
            let value = properties.get(property).unwrap_or(&Value::Null);
            holds(value).then(|| Ok(value.clone()))
        });
        answer.await?
    }

    /// Waits until BlueZ has removed the device's object.
    ///
    /// # Errors
    /// bluetoothd is gone.
    pub async fn gone(&self) -> Result<()> {
        let absent =
            |tree: &Tree| tree.interface(&self.path, Self::INTERFACE).is_none().then_some(());
        self.session.mirror().wait_for(absent).await
    }

    fn removed(&self, property: &str) -> Error {
        Error {
            kind: ErrorKind::UnknownObject,
            name: String::new(),
            message: "BlueZ removed the device's object".to_owned(),
            call: format!("waiting for {property} of {}", self.path),
        }
    }

    async fn call(&self, method: &str) -> Result<()> {
        self.session.call(&self.path, Self::INTERFACE, method, &()).await.map(|_| ())
    }
}
