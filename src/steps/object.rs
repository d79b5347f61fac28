//! Which of BlueZ's objects a step means: the device's own, the adapter's, or one below it that has the interface.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Bench, Failure};
use crate::bluez::{Adapter, Device, Tree};
use crate::plan::DeviceName;

/// Where the objects are that belong to no adapter.
const ROOT: &str = "/org/bluez";

/// The end of an object's path, such as `player0` or `service000a/char000b`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("examples" = ["player0"]))]
pub(super) struct ObjectName(String);

impl TryFrom<String> for ObjectName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let is_plain = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        if name.len() <= 255 && name.split('/').all(is_plain) {
            return Ok(Self(name));
        }
        Err(format!("`{name}` is no end of an object's path; write it as in \"player0\""))
    }
}

/// Where an interface is looked for.
#[derive(Debug)]
pub(super) struct Whereabouts {
    /// Path of the device or of the adapter.
    base: String,
    is_device: bool,
    object: Option<ObjectName>,
    pub(super) interface: String,
}

impl Whereabouts {
    /// Of a device of the plan, or of the adapter.
    pub(super) fn of(
        bench: &Bench,
        device: Option<&DeviceName>,
        object: Option<&ObjectName>,
        interface: String,
    ) -> Result<Self, Failure> {
        let base = match device {
            Some(name) => bench.device(name)?.path().to_owned(),
            None => bench.adapter().path().to_owned(),
        };
        Ok(Self { base, is_device: device.is_some(), object: object.cloned(), interface })
    }

    /// The first object with the interface, in the order of paths.
    pub(super) fn path<'t>(&'t self, tree: &'t Tree) -> Option<&'t str> {
        let mut paths = tree.with_interface(&self.interface).map(|(path, _)| path);
        paths.find(|path| self.holds(path))
    }

    fn holds(&self, path: &str) -> bool {
        let named = |below: &str| {
            let name = self.object.as_ref().map(|name| name.0.as_str());
            name.is_none_or(|name| below.strip_suffix(name).is_some_and(|rest| rest.ends_with('/')))
        };
        match path.strip_prefix(&self.base) {
            Some("") => self.object.is_none(),
            // what is below a device is not the adapter's
            Some(below) if self.is_device || below.starts_with("/set_") => {
                below.starts_with('/') && named(below)
            }
            _ => !self.is_device && path == ROOT && self.object.is_none(),
        }
    }

    /// What BlueZ does not show, for who has to find out why.
    pub(super) fn absent(&self, tree: &Tree) -> Failure {
        let own = if self.is_device { Device::INTERFACE } else { Adapter::INTERFACE };
        let short = |name: &str| name.trim_start_matches("org.bluez.").to_owned();
        let shown = tree.object(&self.base).into_iter().flat_map(|object| object.keys());
        let shown: Vec<String> = shown
            .filter(|name| name.starts_with("org.bluez.") && *name != own)
            .map(|name| short(name))
            .collect();
        let name = self.object.as_ref().map_or_else(String::new, |name| format!(" at {}", name.0));
        Failure::fail(
            "no-such-object",
            format!("BlueZ shows no {}{name} of {}", short(&self.interface), self.base),
            "is the profile connected, and does this BlueZ have it (some interfaces need `bluetoothd --experimental`)?",
        )
        .seen(Some(match shown.is_empty() {
            true => "none of BlueZ's further interfaces there".to_owned(),
            false => shown.join(", "),
        }))
    }
}
