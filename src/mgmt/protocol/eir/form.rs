//! How the octets of a structure are shown to a person, and read back.

use serde_json::{Map, Value as Json, json};

use crate::mgmt::protocol::octets::{from_hex, hex};
use crate::mgmt::protocol::{BitNames, Bits, Uuid, json};

/// What a structure holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One octet of named bits.
    Flags(&'static BitNames),
    /// UUIDs of this many octets.
    Uuids(usize),
    /// UTF-8.
    Text,
    /// One octet with a sign.
    Signed,
    /// Two octets with a sign: the least and the most.
    Range,
    /// A number of this many octets.
    Number(usize),
    /// A company and octets.
    Manufacturer,
    /// A UUID of this many octets, and octets.
    Service(usize),
    /// Octets.
    Octets,
}

impl Form {
    /// The octets in the form, or as hexadecimal text where they do not fit it.
    pub(super) fn show(self, octets: &[u8]) -> Json {
        self.fitting(octets).unwrap_or_else(|| hex(octets).into())
    }

    fn fitting(self, octets: &[u8]) -> Option<Json> {
        Some(match (self, octets) {
            (Self::Flags(names), [bits]) => {
                Bits { bits: u32::from(*bits), names }.words().collect()
            }
            (Self::Uuids(width), _) if octets.len().is_multiple_of(width) => {
                uuids(width, octets).map(|uuid| uuid.to_string()).collect()
            }
            (Self::Text, _) => String::from_utf8_lossy(octets).into(),
            (Self::Signed, [octet]) => octet.cast_signed().into(),
            (Self::Range, [least, most]) => json!([least.cast_signed(), most.cast_signed()]),
            (Self::Number(width), _) if octets.len() == width => number(octets).into(),
            (Self::Manufacturer, [low, high, data @ ..]) => {
                json!({ "company": u16::from_le_bytes([*low, *high]), "data": hex(data) })
            }
            (Self::Service(width), _) => {
                let (service, data) = octets.split_at_checked(width)?;
                json!({ "uuid": uuid(service)?.to_string(), "data": hex(data) })
            }
            _ => return None,
        })
    }

    /// The octets of a value as [`Form::show`] makes it; hexadecimal text is possible for all forms but text.
    pub(super) fn read(self, value: &Json) -> Option<Vec<u8>> {
        match (self, value) {
            (Self::Text, Json::String(text)) => Some(text.clone().into_bytes()),
            (_, Json::String(text)) => from_hex(text),
            (Self::Flags(names), _) => {
                let bits = json::bits(names, value).ok()?;
                u8::try_from(bits).ok().map(|octet| vec![octet])
            }
            (Self::Uuids(width), Json::Array(uuids)) => {
                let octets = uuids.iter().map(|uuid| short(width, uuid.as_str()?));
                octets.collect::<Option<Vec<_>>>().map(|octets| octets.concat())
            }
            (Self::Signed, _) => signed(value).map(|octet| vec![octet]),
            (Self::Range, Json::Array(ends)) => ends.iter().map(signed).collect(),
            (Self::Number(width), _) => {
                let number = value.as_u64()?.to_le_bytes();
                let (octets, beyond) = number.split_at_checked(width)?;
                beyond.iter().all(|octet| *octet == 0).then(|| octets.to_vec())
            }
            (Self::Manufacturer, Json::Object(value)) => {
                let company = u16::try_from(value.get("company")?.as_u64()?).ok()?.to_le_bytes();
                Some([&company, data(value)?.as_slice()].concat())
            }
            (Self::Service(width), Json::Object(value)) => {
                Some([short(width, value.get("uuid")?.as_str()?)?, data(value)?].concat())
            }
            _ => None,
        }
    }
}

fn signed(value: &Json) -> Option<u8> {
    i8::try_from(value.as_i64()?).ok().map(i8::cast_unsigned)
}

fn data(value: &Map<String, Json>) -> Option<Vec<u8>> {
    value.get("data").map_or_else(|| Some(Vec::new()), |data| from_hex(data.as_str()?))
}

/// A little-endian number of at most eight octets.
fn number(octets: &[u8]) -> u64 {
    octets.iter().rev().fold(0, |number, octet| number << 8 | u64::from(*octet))
}

/// How many octets the UUIDs of a structure have.
pub(super) fn uuid_width(kind: u8) -> usize {
    match kind {
        0x04 | 0x05 | 0x1F | 0x20 => 4,
        0x06 | 0x07 | 0x15 | 0x21 => 16,
        _ => 2,
    }
}

/// The UUIDs in a list; what is left at its end is none.
pub(super) fn uuids(width: usize, octets: &[u8]) -> impl Iterator<Item = Uuid> {
    octets.chunks_exact(width).filter_map(uuid)
}

/// The UUID in two, four or sixteen octets.
pub(super) fn uuid(octets: &[u8]) -> Option<Uuid> {
    match octets.len() {
        16 => octets.first_chunk().map(|octets| Uuid::from_wire(*octets)),
        2 | 4 => u32::try_from(number(octets)).ok().map(Uuid::assigned),
        _ => None,
    }
}

/// The octets of a UUID in so many of them, if it has a form as short.
fn short(width: usize, text: &str) -> Option<Vec<u8>> {
    let uuid = Uuid::parse(text)?;
    let wire = uuid.to_wire();
    let octets = if width == 16 { wire.to_vec() } else { wire.get(12..12 + width)?.to_vec() };
    (self::uuid(&octets) == Some(uuid)).then_some(octets)
}
