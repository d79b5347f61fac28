//! `org.bluez.DeviceSet1` (`doc/org.bluez.DeviceSet.rst`, 5.69 on with `bluetoothd --experimental`): a coordinated set,
//! such as a pair of earbuds, and what BlueZ says of the devices that are members of it.
//!
//! Its methods are not here: up to 5.87 bluetoothd has them without a body (`src/set.c`), and answers neither.

use serde_json::Value;
use zbus::OwnedVariant;

use super::session::PROPERTIES;
use super::value::to_json;
use super::{Device, Error, Properties, Result, Session, Tree};

/// A coordinated set as BlueZ presents it.
#[derive(Debug, Clone)]
pub struct DeviceSet {
    session: Session,
    path: String,
}

impl DeviceSet {
    /// Interface of sets.
    pub const INTERFACE: &'static str = "org.bluez.DeviceSet1";
    /// The property that says whether BlueZ connects the other members when one is connected.
    pub const AUTO_CONNECT: &'static str = "AutoConnect";

    /// The set at a path.
    #[must_use]
    pub fn at(session: &Session, path: &str) -> Self {
        Self { session: session.clone(), path: path.to_owned() }
    }

    /// Path of the set that a device is a member of; the first, where BlueZ knows it in several.
    #[must_use]
    pub fn path_of(tree: &Tree, device: &Device) -> Option<String> {
        let has_device = |properties: &Properties| {
            let members = properties.get("Devices").and_then(Value::as_array);
            members.is_some_and(|all| all.iter().any(|path| path == device.path()))
        };
        let mut all = tree.with_interface(Self::INTERFACE);
        all.find(|(_, properties)| has_device(properties)).map(|(path, _)| path.to_owned())
    }

    /// Path of the object.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether BlueZ has the set.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.session.mirror().read(|tree| tree.interface(&self.path, Self::INTERFACE).is_some())
    }

    /// How many devices are in the set when all are there, as its members say.
    #[must_use]
    pub fn size_in(&self, tree: &Tree) -> Option<i64> {
        tree.property(&self.path, Self::INTERFACE, "Size")?.as_i64()
    }

    /// Paths of the devices that BlueZ knows for members, in its order; none: the set is gone.
    #[must_use]
    pub fn members_in(&self, tree: &Tree) -> Option<Vec<String>> {
        let members = tree.property(&self.path, Self::INTERFACE, "Devices")?.as_array()?;
        Some(members.iter().filter_map(|path| Some(path.as_str()?.to_owned())).collect())
    }

    /// The rank that the device at a path has in this set (`Device1.Sets`), where it has told one.
    #[must_use]
    pub fn rank_in(&self, tree: &Tree, device: &str) -> Option<i64> {
        tree.property(device, Device::INTERFACE, "Sets")?.get(&self.path)?.get("Rank")?.as_i64()
    }

    /// Asks whether BlueZ connects the other members when one is connected. It has to be asked, because bluetoothd tells
    /// nobody when that is changed (`set_auto_connect` in `src/set.c`), so the mirror may not know.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub async fn auto_connect(&self) -> Result<bool> {
        let body = (Self::INTERFACE, Self::AUTO_CONNECT);
        let reply = self.session.call(&self.path, PROPERTIES, "Get", &body).await?;
        let call = || format!("reading {} on {}", Self::AUTO_CONNECT, self.path);
        let value: OwnedVariant =
            reply.body().deserialize().map_err(|error| Error::wire(&error, call()))?;
        Ok(to_json(&value).as_bool().unwrap_or_default())
    }

    /// Says whether BlueZ shall connect the other members when one is connected.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub async fn set_auto_connect(&self, on: bool) -> Result<()> {
        let (path, on) = (&self.path, Value::Bool(on));
        self.session.set(path, Self::INTERFACE, Self::AUTO_CONNECT, &on).await
    }
}
