//! Extended inquiry response and advertising data: a row of structures, each a length, a type and octets (Core
//! Specification Vol 3 Part C 8 and 11, Supplement Part A, Assigned Numbers 2.3).
//!
//! It comes from whoever is in range. Reading it never fails, and every octet of it is kept.

mod form;
mod json;
mod kinds;

use std::borrow::Cow;
use std::fmt;

pub use kinds::{Namespace, kind};

use super::{Bits, Uuid};

/// A row of structures as it was received.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Eir {
    raw: Box<[u8]>,
    namespace: Namespace,
    struck: bool,
}

/// A part of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'e> {
    /// A structure.
    Structure(Structure<'e>),
    /// A length of zero, which ends the row, and all after it.
    End(&'e [u8]),
    /// A length beyond the end, and all after it.
    Torn(&'e [u8]),
}

/// One structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Structure<'e> {
    /// Its type: see [`kind`].
    pub kind: u8,
    /// What it says.
    pub octets: &'e [u8],
}

impl Eir {
    /// The data of these octets.
    #[must_use]
    pub fn new(raw: &[u8]) -> Self {
        Self::within(Namespace::Eir, raw)
    }

    /// The data of these octets, whose types are those of a namespace.
    #[must_use]
    pub fn within(namespace: Namespace, raw: &[u8]) -> Self {
        Self { raw: raw.into(), namespace, struck: false }
    }

    /// The data with one more structure at the end. Of more than 254 octets the first 254 fit.
    #[must_use]
    pub fn with(self, kind: u8, octets: &[u8]) -> Self {
        let octets = octets.get(..254).unwrap_or(octets);
        let length = u8::try_from(octets.len() + 1).unwrap_or(u8::MAX);
        let raw = [&*self.raw, &[length, kind], octets].concat().into();
        Self { raw, ..self }
    }

    /// The octets, as they were received.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// All parts; together they are all octets.
    #[must_use]
    pub fn parts(&self) -> Parts<'_> {
        Parts { left: &self.raw }
    }

    /// The structures.
    pub fn structures(&self) -> impl Iterator<Item = Structure<'_>> {
        self.parts().filter_map(|part| match part {
            Part::Structure(structure) => Some(structure),
            Part::End(_) | Part::Torn(_) => None,
        })
    }

    /// The octets of the first structure of a type.
    #[must_use]
    pub fn find(&self, kind: u8) -> Option<&[u8]> {
        self.structures().find(|structure| structure.kind == kind).map(|structure| structure.octets)
    }

    /// The device's name, the complete one if it is there.
    #[must_use]
    pub fn name(&self) -> Option<Cow<'_, str>> {
        let octets = self.find(kind::COMPLETE_NAME).or_else(|| self.find(kind::SHORTENED_NAME))?;
        let end = octets.iter().position(|octet| *octet == 0).unwrap_or(octets.len());
        Some(String::from_utf8_lossy(octets.get(..end).unwrap_or_default()))
    }

    /// The flags.
    #[must_use]
    pub fn flags(&self) -> Option<Bits> {
        let bits = u32::from(*self.find(kind::FLAGS)?.first()?);
        Some(Bits { bits, names: &kinds::FLAGS })
    }

    /// The UUIDs of its services, from all lists of them.
    #[must_use]
    pub fn services(&self) -> Vec<Uuid> {
        let lists = self.structures().filter(|s| kind::SERVICE_LISTS.contains(&s.kind));
        lists.flat_map(|list| form::uuids(form::uuid_width(list.kind), list.octets)).collect()
    }

    /// The power that it says it sends with, in dBm.
    #[must_use]
    pub fn tx_power(&self) -> Option<i8> {
        self.find(kind::TX_POWER)?.first().map(|octet| octet.cast_signed())
    }

    /// The appearance: what kind of device it is to a person (Assigned Numbers 2.6).
    #[must_use]
    pub fn appearance(&self) -> Option<u16> {
        self.find(kind::APPEARANCE)?.first_chunk().map(|octets| u16::from_le_bytes(*octets))
    }

    /// The class of device (Assigned Numbers 2.8).
    #[must_use]
    pub fn class(&self) -> Option<u32> {
        let [low, middle, high] = *self.find(kind::CLASS_OF_DEVICE)?.first_chunk()?;
        Some(u32::from_le_bytes([low, middle, high, 0]))
    }

    /// The data of manufacturers, each with the number of the company (Assigned Numbers 7.1).
    pub fn manufacturer_data(&self) -> impl Iterator<Item = (u16, &[u8])> {
        let data = self.structures().filter(|structure| structure.kind == kind::MANUFACTURER);
        data.filter_map(|structure| {
            let (company, data) = structure.octets.split_first_chunk()?;
            Some((u16::from_le_bytes(*company), data))
        })
    }

    /// The data of services, each with the service's UUID.
    pub fn service_data(&self) -> impl Iterator<Item = (Uuid, &[u8])> {
        let data = self.structures().filter(|s| kind::SERVICE_DATA.contains(&s.kind));
        data.filter_map(|structure| {
            let (uuid, data) =
                structure.octets.split_at_checked(form::uuid_width(structure.kind))?;
            Some((form::uuid(uuid)?, data))
        })
    }

    /// The data with zeros in place of every secret (hashes, randomizers, keys of out-of-band pairing and broadcast
    /// codes), which then show as a visible mark.
    #[must_use]
    pub fn struck(&self) -> Self {
        let mut raw = Vec::with_capacity(self.raw.len());
        for part in self.parts() {
            let start = raw.len();
            raw.extend(part.raw());
            if part.kind().is_some_and(|kind| self.is_secret(kind, part)) {
                raw.iter_mut().skip(start + 2).for_each(|octet| *octet = 0);
            }
        }
        Self { raw: raw.into(), namespace: self.namespace, struck: true }
    }

    /// Whether something in it is secret.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        let secret = |part: Part<'_>| part.kind().is_some_and(|kind| self.is_secret(kind, part));
        !self.struck && self.parts().any(secret)
    }

    fn is_secret(&self, kind: u8, part: Part<'_>) -> bool {
        // The same type is a device ID of 8 octets in one place and a temporary key of 16 in the other.
        let is_id = kind == kind::DEVICE_ID_OR_TK
            && matches!(part, Part::Structure(s) if s.octets.len() == 8);
        self.namespace == Namespace::Eir && !is_id && kind::SECRETS.contains(&kind)
    }
}

impl fmt::Debug for Eir {
    /// The octets, the secret ones as zeros.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::octets::hex(self.struck().raw()))
    }
}

impl<'e> Part<'e> {
    /// The type of the structure, also of a torn one.
    fn kind(self) -> Option<u8> {
        match self {
            Self::Structure(structure) => Some(structure.kind),
            Self::Torn(octets) => octets.get(1).copied(),
            Self::End(_) => None,
        }
    }

    /// Its octets with everything: length and type, too.
    #[must_use]
    pub fn raw(self) -> Vec<u8> {
        match self {
            Self::Structure(Structure { kind, octets }) => {
                let length = u8::try_from(octets.len() + 1).unwrap_or(u8::MAX);
                [&[length, kind], octets].concat()
            }
            Self::End(octets) | Self::Torn(octets) => octets.to_vec(),
        }
    }
}

/// The parts of a row, one after the other.
#[derive(Debug, Clone)]
pub struct Parts<'e> {
    left: &'e [u8],
}

impl<'e> Iterator for Parts<'e> {
    type Item = Part<'e>;

    fn next(&mut self) -> Option<Part<'e>> {
        let (length, after) = self.left.split_first()?;
        let whole = std::mem::take(&mut self.left);
        if *length == 0 {
            return Some(Part::End(whole));
        }
        let Some((body, left)) = after.split_at_checked(usize::from(*length)) else {
            return Some(Part::Torn(whole));
        };
        self.left = left;
        let (kind, octets) = body.split_first()?;
        Some(Part::Structure(Structure { kind: *kind, octets }))
    }
}

#[cfg(test)]
mod tests;
