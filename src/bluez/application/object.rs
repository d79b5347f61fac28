//! The objects that BlueZ calls: the application's root, services, characteristics and descriptors
//! (`doc/org.bluez.GattService.rst`, `…GattCharacteristic.rst`, `…GattDescriptor.rst`, as a server has them).

use std::collections::HashMap;
use std::sync::Arc;

use zbus::{ObjectPath, OwnedObjectPath, OwnedVariant, Variant, interface};

use super::database::{self, Place, attribute, characteristic, places};
use super::{Deed, ROOT, Shared, State, What};
use crate::bluez::session::lock;

pub(super) const CHARACTERISTIC: &str = "org.bluez.GattCharacteristic1";
const SERVICE: &str = "org.bluez.GattService1";
const DESCRIPTOR: &str = "org.bluez.GattDescriptor1";
/// The longest value of an attribute (Core Specification, Vol 3, Part F, 3.2.9).
const LONGEST: usize = 512;

/// The errors of a characteristic that BlueZ turns into those of the protocol (`src/gatt-database.c`).
#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.bluez.Error")]
enum Refusal {
    #[zbus(error)]
    ZBus(zbus::Error),
    InvalidOffset(String),
    InvalidValueLength(String),
    Failed(String),
}

type Result<T> = std::result::Result<T, Refusal>;
type Options = HashMap<String, OwnedVariant>;
type Properties = HashMap<&'static str, Variant<'static>>;
type Interfaces = HashMap<&'static str, Properties>;

/// The root, which tells what there is.
#[derive(Debug, Clone)]
pub(super) struct Root {
    pub(super) shared: Arc<Shared>,
}

#[interface(name = "org.freedesktop.DBus.ObjectManager")]
impl Root {
    fn get_managed_objects(&self) -> HashMap<OwnedObjectPath, Interfaces> {
        let mut state = lock(&self.shared.state);
        let all = places(&state.services);
        all.into_iter().filter_map(|place| described(&mut state, place)).collect()
    }
}

fn path(place: Place) -> ObjectPath<'static> {
    ObjectPath::from_string_unchecked(format!("{ROOT}/{place}"))
}

fn described(state: &mut State, place: Place) -> Option<(OwnedObjectPath, Interfaces)> {
    let (interface, properties) = match place {
        Place::Service(s) => {
            let service = state.services.get(s)?;
            let uuid = Variant::new(service.uuid.clone());
            (SERVICE, vec![("UUID", uuid), ("Primary", Variant::new(service.primary))])
        }
        Place::Characteristic(s, _) => {
            (CHARACTERISTIC, told(state, place, ("Service", Place::Service(s)))?)
        }
        Place::Descriptor(s, c, _) => {
            (DESCRIPTOR, told(state, place, ("Characteristic", Place::Characteristic(s, c)))?)
        }
    };
    Some((path(place).into(), HashMap::from([(interface, properties.into_iter().collect())])))
}

fn told(
    state: &mut State,
    place: Place,
    (above, whose): (&'static str, Place),
) -> Option<Vec<(&'static str, Variant<'static>)>> {
    let database::Attribute { uuid, flags, .. } = attribute(&mut state.services, place)?;
    Some(vec![
        ("UUID", Variant::new(uuid.clone())),
        (above, Variant::new(path(whose))),
        ("Flags", Variant::new(flags.clone())),
    ])
}

/// A service: what BlueZ wants of it, the root has told.
#[derive(Debug, Clone)]
pub(super) struct ServiceObject;

#[interface(name = "org.bluez.GattService1")]
impl ServiceObject {}

/// A characteristic.
#[derive(Debug, Clone)]
pub(super) struct CharacteristicObject {
    pub(super) shared: Arc<Shared>,
    pub(super) place: Place,
}

#[interface(name = "org.bluez.GattCharacteristic1")]
impl CharacteristicObject {
    fn read_value(&self, options: Options) -> Result<Vec<u8>> {
        read(&self.shared, self.place, &options)
    }

    fn write_value(&self, value: Vec<u8>, options: Options) -> Result<()> {
        write(&self.shared, self.place, &value, &options)
    }

    fn start_notify(&self) {
        self.subscribe(true);
    }

    fn stop_notify(&self) {
        self.subscribe(false);
    }

    /// An indication has arrived.
    fn confirm(&self) {
        self.done(What::Confirmed);
    }
}

impl CharacteristicObject {
    fn subscribe(&self, on: bool) {
        if let Some(known) = characteristic(&mut lock(&self.shared.state).services, self.place) {
            known.subscribed = on;
        }
        self.done(if on { What::Subscribed } else { What::Unsubscribed });
    }

    fn done(&self, what: What) {
        let known = attribute(&mut lock(&self.shared.state).services, self.place).cloned();
        if let Some(known) = known {
            self.shared.done(Deed { what, uuid: known.uuid, value: known.value, device: None });
        }
    }
}

/// A descriptor.
#[derive(Debug, Clone)]
pub(super) struct DescriptorObject {
    pub(super) shared: Arc<Shared>,
    pub(super) place: Place,
}

#[interface(name = "org.bluez.GattDescriptor1")]
impl DescriptorObject {
    fn read_value(&self, options: Options) -> Result<Vec<u8>> {
        read(&self.shared, self.place, &options)
    }

    fn write_value(&self, value: Vec<u8>, options: Options) -> Result<()> {
        write(&self.shared, self.place, &value, &options)
    }
}

fn read(shared: &Shared, place: Place, options: &Options) -> Result<Vec<u8>> {
    let known = attribute(&mut lock(&shared.state).services, place).cloned();
    let Some(known) = known else { return Err(Refusal::Failed("it is not served".to_owned())) };
    let value = known.value.get(offset(options)..).map(<[u8]>::to_vec);
    let value = value.ok_or_else(|| Refusal::InvalidOffset("the value is shorter".to_owned()))?;
    let deed =
        Deed { what: What::Read, uuid: known.uuid, value: value.clone(), device: device(options) };
    shared.done(deed);
    Ok(value)
}

fn write(shared: &Shared, place: Place, value: &[u8], options: &Options) -> Result<()> {
    // BlueZ asks first whether a long write may be prepared; nothing is written yet.
    if matches!(options.get("prepare-authorize").map(|flag| &**flag), Some(Variant::Bool(true))) {
        return Ok(());
    }
    let offset = offset(options);
    let uuid = {
        let mut state = lock(&shared.state);
        let known = attribute(&mut state.services, place);
        let known = known.ok_or_else(|| Refusal::Failed("it is not served".to_owned()))?;
        if offset > known.value.len() {
            return Err(Refusal::InvalidOffset("the value is shorter".to_owned()));
        }
        if offset + value.len() > LONGEST {
            return Err(Refusal::InvalidValueLength("a value has at most 512 bytes".to_owned()));
        }
        known.value.truncate(offset);
        known.value.extend_from_slice(value);
        known.uuid.clone()
    };
    shared.done(Deed { what: What::Written, uuid, value: value.to_vec(), device: device(options) });
    Ok(())
}

fn offset(options: &Options) -> usize {
    match options.get("offset").map(|offset| &**offset) {
        Some(Variant::U16(offset)) => usize::from(*offset),
        _ => 0,
    }
}

fn device(options: &Options) -> Option<String> {
    match options.get("device").map(|device| &**device) {
        Some(Variant::ObjectPath(path)) => Some(path.as_str().to_owned()),
        _ => None,
    }
}
