//! The database that an application serves, and where in it an attribute is.

use std::fmt;

/// A service of the tester's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Service {
    /// UUID, all 128 bits.
    pub(crate) uuid: String,
    pub(crate) primary: bool,
    pub(crate) characteristics: Vec<Characteristic>,
}

/// A characteristic of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Characteristic {
    pub(crate) attribute: Attribute,
    pub(crate) descriptors: Vec<Attribute>,
    /// Whether some device listens.
    pub(crate) subscribed: bool,
}

/// What characteristics and descriptors have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute {
    /// UUID, all 128 bits.
    pub(crate) uuid: String,
    /// What can be done with it, in BlueZ's words.
    pub(crate) flags: Vec<String>,
    pub(crate) value: Vec<u8>,
}

/// Where something is: the numbers of the service, of the characteristic in it, of the descriptor in that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Service(usize),
    Characteristic(usize, usize),
    Descriptor(usize, usize, usize),
}

/// The end of its object's path.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(s) => write!(f, "service{s}"),
            Self::Characteristic(s, c) => write!(f, "service{s}/char{c}"),
            Self::Descriptor(s, c, d) => write!(f, "service{s}/char{c}/desc{d}"),
        }
    }
}

/// Every place that there is.
pub(super) fn places(services: &[Service]) -> Vec<Place> {
    let mut places = Vec::new();
    for (s, service) in services.iter().enumerate() {
        places.push(Place::Service(s));
        for (c, characteristic) in service.characteristics.iter().enumerate() {
            places.push(Place::Characteristic(s, c));
            places
                .extend((0..characteristic.descriptors.len()).map(|d| Place::Descriptor(s, c, d)));
        }
    }
    places
}

/// The characteristic or the descriptor at a place.
pub(super) fn attribute(services: &mut [Service], place: Place) -> Option<&mut Attribute> {
    match place {
        Place::Service(_) => None,
        Place::Characteristic(..) => {
            characteristic(services, place).map(|known| &mut known.attribute)
        }
        Place::Descriptor(s, c, d) => {
            services.get_mut(s)?.characteristics.get_mut(c)?.descriptors.get_mut(d)
        }
    }
}

/// The characteristic at a place.
pub(super) fn characteristic(
    services: &mut [Service],
    place: Place,
) -> Option<&mut Characteristic> {
    match place {
        Place::Characteristic(s, c) => services.get_mut(s)?.characteristics.get_mut(c),
        _ => None,
    }
}

/// The first characteristic of a UUID, and the end of its path.
pub(super) fn find<'s>(
    services: &'s mut [Service],
    uuid: &str,
) -> Option<(String, &'s mut Characteristic)> {
    services.iter_mut().enumerate().find_map(|(s, service)| {
        let mut known = service.characteristics.iter_mut().enumerate();
        let (c, found) = known.find(|(_, known)| known.attribute.uuid == uuid)?;
        Some((Place::Characteristic(s, c).to_string(), found))
    })
}
