//! What a scene's types cannot say: names that must exist, addresses that must differ, sizes that
//! must stay within bounds. A mistake here names the key it is about.

use std::collections::HashSet;

use super::{
    Adapter, Device, Effect, Failure, Fault, Scene, Uuid, Version, device::Transport, gatt, profile,
};
use crate::{
    plan::suggest::nearest,
    sim::error::{self, Bearer},
};

/// The most adapters of a scene: the kernel has room for no more than these in its names.
const MOST_ADAPTERS: usize = 16;
/// The most devices of a scene.
const MOST_DEVICES: usize = 4096;
/// The most incidents of a scene.
const MOST_INCIDENTS: usize = 1000;
/// The most filler devices of a scene.
const MOST_FILLERS: u32 = 20_000;
/// The most databases of a scene.
const MOST_DATABASES: usize = 256;
/// The smallest and the largest ATT MTU (Core Spec Vol 3, Part F, 3.2.8; what bluetoothd asks for).
const MTUS: std::ops::RangeInclusive<u16> = 23..=517;
/// The longest name of a device, in bytes (Core Spec Vol 3, Part C, 3.2.2.3).
const LONGEST_NAME: usize = 248;
/// BR/EDR Not Supported, of the flags that are advertised (Core Spec Supplement, Part A, 1.3).
const NO_BREDR: u8 = 0x04;

/// A mistake in a scene that is TOML and has the right types.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    /// The array of tables or table it is in.
    pub table: &'static str,
    /// Which of the array's tables, counted from 0.
    pub index: usize,
    /// The key it is about.
    pub key: &'static str,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// Looks for the first mistake.
pub(super) fn check(scene: &Scene) -> Result<(), Mistake> {
    bounds(scene)?;
    adapters(scene)?;
    databases(scene)?;
    devices(scene)?;
    incidents(scene)
}

fn mistake(table: &'static str, index: usize, key: &'static str, message: String) -> Mistake {
    Mistake { table, index, key, message }
}

fn bounds(scene: &Scene) -> Result<(), Mistake> {
    let refuse = |table, key, message: String| Err(mistake(table, 0, key, message));
    if scene.adapter.len() > MOST_ADAPTERS {
        return refuse("adapter", "", format!("{MOST_ADAPTERS} adapters are the most"));
    }
    if scene.device.len() > MOST_DEVICES {
        return refuse("device", "", format!("{MOST_DEVICES} devices are the most"));
    }
    if scene.interference.len() > MOST_INCIDENTS {
        return refuse("interference", "", format!("{MOST_INCIDENTS} of them are the most"));
    }
    if scene.incident.len() > MOST_INCIDENTS {
        return refuse("incident", "", format!("{MOST_INCIDENTS} incidents are the most"));
    }
    if scene.crowd.devices > MOST_FILLERS {
        return refuse("crowd", "devices", format!("{MOST_FILLERS} devices are the most"));
    }
    text(&scene.system_name).or_else(|message| refuse("system-name", "", message))
}

fn adapters(scene: &Scene) -> Result<(), Mistake> {
    let (mut names, mut addresses) = (HashSet::new(), HashSet::new());
    for (index, adapter) in scene.adapter.iter().enumerate() {
        let refuse = |(key, message)| mistake("adapter", index, key, message);
        adapter_itself(adapter).map_err(refuse)?;
        if !names.insert(scene.adapter_name(index)) {
            return Err(refuse(("name", "another adapter has this name".into())));
        }
        if !addresses.insert(scene.adapter_address(index)) {
            return Err(refuse(("address", "another adapter has this address".into())));
        }
    }
    Ok(())
}

fn adapter_itself(adapter: &Adapter) -> Result<(), (&'static str, String)> {
    if let Some(name) = &adapter.name {
        let number = name.strip_prefix("hci").unwrap_or_default();
        let fits = !number.is_empty() && number.len() <= 4;
        if !fits || !number.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(("name", "an adapter is called hci0, hci1, …".into()));
        }
    }
    if let Some(alias) = &adapter.alias {
        text(alias).map_err(|message| ("alias", message))?;
    }
    if adapter.blocked && adapter.powered {
        return Err(("blocked", "a blocked adapter is off: add powered = false".into()));
    }
    let of_device = |fault: &Fault| !fault.on.is_of_adapter();
    if adapter.fault.iter().any(of_device) {
        return Err(("fault", "this operation belongs to a device, not to an adapter".into()));
    }
    let is_devices = |effect: &Effect| matches!(effect, Effect::Vanish(_) | Effect::Reboot { .. });
    if adapter.fault.iter().any(|fault| is_devices(&fault.effect)) {
        return Err(("fault", "this happens to a device, not to an adapter".into()));
    }
    Ok(())
}

fn databases(scene: &Scene) -> Result<(), Mistake> {
    let refuse = |message| Err(mistake("database", 0, "", message));
    if scene.database.len() > MOST_DATABASES {
        return refuse(format!("{MOST_DATABASES} databases are the most"));
    }
    for (name, database) in &scene.database {
        if let Err(message) = gatt::check(&database.service) {
            return refuse(format!("{}: {message}", name.escape_default()));
        }
    }
    Ok(())
}

/// The GATT database of a device, its own or by name.
fn database(scene: &Scene, device: &Device) -> Result<(), (&'static str, String)> {
    if !MTUS.contains(&device.mtu) {
        return Err(("mtu", "an ATT MTU is between 23 and 517 bytes".into()));
    }
    if let Some(name) = &device.database
        && !scene.database.contains_key(name)
    {
        let name = name.escape_default();
        let known = scene.database.keys().map(String::as_str);
        let meant = nearest(&name.to_string(), known);
        let meant = meant.map(|meant| format!("; is it `{meant}`?")).unwrap_or_default();
        return Err(("database", format!("no database of this scene is called `{name}`{meant}")));
    }
    if !device.central.is_empty() && device.transport != Transport::Le {
        return Err(("central", "only a device with transport = \"le\" is a central".into()));
    }
    let key = if device.database.is_some() { "database" } else { "service" };
    if device.database.is_none() && device.service.is_empty() {
        return Ok(());
    }
    if device.database.is_some() && !device.service.is_empty() {
        return Err(("database", "the device has services of its own: give one of the two".into()));
    }
    if !device.transport.has_le() {
        return Err((
            key,
            "only a device with transport = \"le\" or \"dual\" has a GATT database".into(),
        ));
    }
    if !device.hidden_services.is_empty() && device.transport == Transport::Le {
        return Err((
            "hidden-services",
            "the device has a GATT database, which says what services it has".into(),
        ));
    }
    gatt::check(&device.service).map_err(|message| (key, message))
}

fn devices(scene: &Scene) -> Result<(), Mistake> {
    let mut addresses = HashSet::new();
    for (index, device) in scene.device.iter().enumerate() {
        let refuse = |(key, message)| mistake("device", index, key, message);
        device_itself(device).map_err(refuse)?;
        database(scene, device).map_err(refuse)?;
        if !addresses.insert((scene.device_address(index), device.adapter.clone())) {
            return Err(refuse(("address", "another device has this address".into())));
        }
        if !is_adapter(scene, device.adapter.as_ref()) {
            return Err(refuse(("adapter", "no adapter of this scene has this name".into())));
        }
    }
    Ok(())
}

/// Whether a name, if there is one, is an adapter's.
fn is_adapter(scene: &Scene, name: Option<&String>) -> bool {
    name.is_none_or(|name| (0..scene.adapter.len()).any(|i| scene.adapter_name(i) == *name))
}

fn incidents(scene: &Scene) -> Result<(), Mistake> {
    for (index, incident) in scene.incident.iter().enumerate() {
        if !is_adapter(scene, incident.adapter.as_ref()) {
            let message = "no adapter of this scene has this name".into();
            return Err(mistake("incident", index, "adapter", message));
        }
    }
    Ok(())
}

fn device_itself(device: &Device) -> Result<(), (&'static str, String)> {
    for (key, name) in [("name", &device.name), ("alias", &device.alias), ("icon", &device.icon)] {
        let Some(name) = name else { continue };
        text(name).map_err(|message| (key, message))?;
        if name.len() > LONGEST_NAME {
            return Err((key, format!("{LONGEST_NAME} bytes are the most")));
        }
    }
    if device.modalias.as_ref().is_some_and(|modalias| text(modalias).is_err()) {
        return Err(("modalias", "a D-Bus string cannot hold U+0000".into()));
    }
    if device.passkey.is_some_and(|passkey| passkey > 999_999) {
        return Err(("passkey", "a passkey has six digits".into()));
    }
    if device.battery.is_some_and(|percentage| percentage > 100) {
        return Err(("battery", "a battery is 100 percent full at most".into()));
    }
    if device.audio.volume.is_some_and(|volume| volume > 127) {
        return Err(("audio", "a volume goes from 0 to 127".into()));
    }
    if !device.profile.is_empty() && !device.transport.has_bredr() {
        return Err((
            "profile",
            "only a device with transport = \"bredr\" or \"dual\" has classic profiles".into(),
        ));
    }
    if device.transport == Transport::Dual
        && device.flags.is_some_and(|flags| flags & NO_BREDR != 0)
    {
        return Err(("flags", "bit 2 says that the device has no BR/EDR".into()));
    }
    let classic = match device.transport {
        Transport::Dual => ("hidden-services", &device.hidden_services),
        _ => ("services", &device.services),
    };
    profile::check(&device.profile, classic).map_err(|message| ("profile", message))?;
    let has = |number| {
        let mut services = device.services.iter().chain(&device.hidden_services);
        services.any(|uuid| *uuid == Uuid::assigned(number))
    };
    if device.player.is_some() && !has(0x110c) {
        return Err(("player", "a device with a player has the service 110c".into()));
    }
    if !device.presses.is_empty() && !has(0x110e) {
        return Err(("presses", "a device with buttons has the service 110e".into()));
    }
    set(device)?;
    if device.connecting_for.is_some() && !device.connecting {
        return Err(("connecting-for", "it belongs to connecting = true".into()));
    }
    if let Some(pin) = &device.pin {
        if device.transport != Transport::BrEdr {
            return Err(("pin", "only a device with transport = \"bredr\" has a PIN".into()));
        }
        if pin.is_empty() || pin.len() > 16 {
            return Err(("pin", "a PIN has 1 to 16 bytes".into()));
        }
    }
    let bearers = Bearer::all_of(device.transport);
    for fault in &device.fault {
        if let Effect::Error(Failure::Kind(kind)) = fault.effect
            && !bearers
                .iter()
                .any(|bearer| error::words(kind, fault.on, *bearer, Version::default()).is_some())
        {
            return Err(("fault", format!("`{kind}` is no error of a device on this transport")));
        }
    }
    let of_adapter = |fault: &Fault| !fault.on.is_of_device();
    if device.fault.iter().any(of_adapter) {
        return Err(("fault", "this operation belongs to an adapter, not to a device".into()));
    }
    Ok(())
}

/// The coordinated set of a device.
fn set(device: &Device) -> Result<(), (&'static str, String)> {
    let Some(set) = &device.set else { return Ok(()) };
    if device.transport != Transport::Le {
        return Err(("set", "only a device with transport = \"le\" is a member of a set".into()));
    }
    set.check().map_err(|message| ("set", message))
}

/// Whether D-Bus can carry the string.
fn text(string: &str) -> Result<(), String> {
    if string.contains('\0') {
        return Err("a D-Bus string cannot hold U+0000".into());
    }
    Ok(())
}
