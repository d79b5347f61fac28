//! What this host broadcasts (BAP broadcast source): bluetoothd shows an endpoint of the adapter for it, on which the tester's
//! own is configured (`SetConfiguration` in `doc/org.bluez.MediaEndpoint.rst`).

use std::collections::BTreeMap;

use serde_json::Value;
use zbus::{ObjectPath, Variant};

use super::isochronous::{Isochronous, chosen, quality};
use super::{Endpoints, Role, Transport};
use crate::audio::lc3::{Configuration, Context, Locations, Preset};
use crate::bluez::{Adapter, Result, Tree};

const ENDPOINT: &str = "org.bluez.MediaEndpoint1";

/// What is broadcast, and how.
#[derive(Debug, Clone)]
pub struct Broadcast {
    /// Its configuration, and what the link does for it.
    pub preset: Preset,
    /// A channel for each place; none is one for everywhere.
    pub locations: Locations,
    /// What it is for.
    pub context: Context,
    /// The Broadcast_Code that it is encrypted with (Core Specification, Vol 3, Part C, 3.2.6).
    pub code: Option<[u8; 16]>,
}

impl Broadcast {
    /// Offers an endpoint for it on an adapter, and gives the path of that.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub async fn offer(&self, endpoints: &Endpoints, adapter: &Adapter) -> Result<String> {
        let offer = Isochronous { presets: vec![self.preset], context: self.context };
        endpoints.register_isochronous(adapter, Role::BroadcastSource, offer).await
    }

    /// Configures it with the tester's own endpoint, and gives the transport once it is there.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub async fn configure(
        &self,
        endpoints: &Endpoints,
        adapter: &Adapter,
        own: &str,
    ) -> Result<Transport> {
        let session = endpoints.session();
        let theirs = session.mirror().wait_for(|tree| endpoint_of(tree, adapter)).await?;
        let body = (ObjectPath::from_str_unchecked(own), self.properties());
        session.call(&theirs, ENDPOINT, "SetConfiguration", &body).await?;
        let path = session.mirror().wait_for(|tree| {
            let mut all = tree.with_interface(Transport::INTERFACE).map(|(path, _)| path);
            let below = |path: &&str| path.starts_with(&theirs) && endpoints.own(path);
            all.find(below).map(str::to_owned)
        });
        Ok(Transport::at(session, &path.await?))
    }

    fn properties(&self) -> BTreeMap<&'static str, Variant<'static>> {
        let configuration = Configuration::of(self.preset, self.locations);
        let mut qos = quality(configuration, self.preset.broadcast());
        qos.insert("Encryption", Variant::new(u8::from(self.code.is_some())));
        if let Some(code) = self.code {
            qos.insert("BCode", Variant::new(code.to_vec()));
        }
        chosen(configuration, qos, self.context)
    }
}

/// The endpoint that bluetoothd shows for what an adapter broadcasts.
fn endpoint_of(tree: &Tree, adapter: &Adapter) -> Option<String> {
    let mut all = tree.with_interface(ENDPOINT);
    let is_its = |properties: &crate::bluez::Properties| {
        properties.get("Device").and_then(Value::as_str) == Some(adapter.path())
    };
    all.find(|(_, properties)| is_its(properties)).map(|(path, _)| path.to_owned())
}
