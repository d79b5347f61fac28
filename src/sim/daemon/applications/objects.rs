//! What a client's application has, out of its object manager, and what bluetoothd finds wrong with it
//! (`client_ready_cb`, `chrc_create`, `database_add_service` in `src/gatt-database.c`).

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, de::value::StrDeserializer};
use zbus::{
    OwnedObjectPath, OwnedVariant, Variant,
    message::{Message, Type},
};

use super::Characteristic;
use crate::sim::{
    bus::Refusal,
    scene::{Flag, Permissions, Uuid},
};

const SERVICE: &str = "org.bluez.GattService1";
const CHARACTERISTIC: &str = "org.bluez.GattCharacteristic1";
const DESCRIPTOR: &str = "org.bluez.GattDescriptor1";
/// What bluetoothd serves itself: Generic Access and Generic Attribute.
const RESERVED: [u16; 2] = [0x1800, 0x1801];

type Properties = HashMap<String, OwnedVariant>;
type Objects = HashMap<OwnedObjectPath, HashMap<String, Properties>>;

/// The services and characteristics of an application, or why it is refused.
pub(super) fn read(message: &Message) -> Result<(Vec<Uuid>, Vec<Characteristic>), Refusal> {
    let objects: Objects = match message.message_type() {
        Type::MethodReturn => message.body().deserialize().unwrap_or_default(),
        _ => Objects::new(),
    };
    // In the order of their paths, so that what comes of them does not hang on chance.
    let objects: BTreeMap<_, _> =
        objects.into_iter().map(|(path, faces)| (path.as_str().to_owned(), faces)).collect();
    if objects.is_empty() {
        return Err(Refusal::failed("No object received"));
    }
    let unfit = || Refusal::failed("No valid service object found");
    let of = |interface: &'static str| {
        objects.iter().filter_map(move |(path, faces)| Some((path.as_str(), faces.get(interface)?)))
    };
    let services: BTreeMap<&str, &Properties> = of(SERVICE).collect();
    let mut characteristics = BTreeMap::new();
    for (path, properties) in of(CHARACTERISTIC) {
        let is_known = object(properties, "Service").is_some_and(|s| services.contains_key(&*s));
        let permissions = is_known.then(|| permissions(properties)).flatten().ok_or_else(unfit)?;
        characteristics.insert(path, (properties, permissions));
    }
    for (_, properties) in of(DESCRIPTOR) {
        let owner = object(properties, "Characteristic").ok_or_else(unfit)?;
        if !characteristics.contains_key(&*owner) {
            return Err(unfit());
        }
        permissions(properties).ok_or_else(unfit)?;
    }
    if services.is_empty() {
        return Err(unfit());
    }
    let broken = || Refusal::failed("Failed to create entry in database");
    for properties in services.values() {
        let is_whole = properties.get("Primary").is_some_and(is_boolean);
        is_whole.then_some(()).ok_or_else(broken)?;
    }
    let uuids = services.values().map(|properties| uuid(properties).ok_or_else(broken));
    let uuids = uuids.collect::<Result<_, _>>()?;
    let all = characteristics.into_iter().map(|(path, (properties, permissions))| {
        let uuid = uuid(properties).ok_or_else(broken)?;
        Ok(Characteristic { path: path.to_owned(), uuid, permissions, subscribers: Vec::new() })
    });
    Ok((uuids, all.collect::<Result<_, _>>()?))
}

fn is_boolean(value: &OwnedVariant) -> bool {
    matches!(&**value, Variant::Bool(_))
}

fn object(properties: &Properties, name: &str) -> Option<String> {
    match &**properties.get(name)? {
        Variant::ObjectPath(path) => Some(path.as_str().to_owned()),
        _ => None,
    }
}

/// The UUID, if it is one that a client may serve.
fn uuid(properties: &Properties) -> Option<Uuid> {
    let Variant::Str(text) = &**properties.get("UUID")? else { return None };
    let uuid = Uuid::parse(text.as_str())?;
    (!RESERVED.iter().any(|number| Uuid::assigned(*number) == uuid)).then_some(uuid)
}

/// What the flags permit, if they are bluetoothd's words.
fn permissions(properties: &Properties) -> Option<Permissions> {
    let written = properties.get("Flags")?.try_clone().ok()?;
    let words: Vec<String> = Vec::try_from(Variant::from(written)).ok()?;
    let flag = |word: &String| {
        Flag::deserialize(StrDeserializer::<serde::de::value::Error>::new(word)).ok()
    };
    let flags: Option<Vec<Flag>> = words.iter().map(flag).collect();
    Some(Permissions::of(&flags?))
}
