//! The monitors of a client, out of its object manager, and what bluetoothd makes of them: which it does not take
//! (`monitor_process` in `src/adv_monitor.c`), and which parts of what is advertised it compares (`src/shared/ad.c`).

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use zbus::{
    OwnedObjectPath, OwnedVariant, Variant,
    message::{Message, Type},
};

use crate::{mgmt::protocol::Eir, sim::scene::Version};

type Properties = HashMap<String, OwnedVariant>;
type Objects = HashMap<OwnedObjectPath, HashMap<String, Properties>>;

/// The most bytes of a pattern, with its offset.
const LONGEST: usize = 31;
/// Names and lists of services, among the types of advertising data (Assigned Numbers, 2.3).
const LISTS_AND_NAMES: std::ops::RangeInclusive<u8> = 0x02..=0x09;
const MANUFACTURER: u8 = 0xff;

/// The octets of the UUID before a service's data, by its type.
fn uuid_before(kind: u8) -> Option<usize> {
    [(0x16, 2), (0x20, 4), (0x21, 16)].into_iter().find_map(|(k, n)| (k == kind).then_some(n))
}

/// Bytes at a place of a part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    offset: usize,
    kind: u8,
    bytes: Vec<u8>,
}

/// When a device is found, and when it is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Strength {
    pub(super) high: i16,
    pub(super) low: i16,
    pub(super) high_timeout: Duration,
    pub(super) low_timeout: Duration,
}

impl Pattern {
    /// Whether it is in what is advertised. Since 5.69 bluetoothd takes that apart before it compares: names and lists of
    /// services it finds no more, and of service data it compares what comes after the UUID.
    pub(super) fn is_in(&self, advertised: &Eir, by: Version) -> bool {
        let is_taken_apart = by > Version::V5_66;
        let is_seen = !is_taken_apart || !LISTS_AND_NAMES.contains(&self.kind);
        let skipped = uuid_before(self.kind).filter(|_| is_taken_apart).unwrap_or_default();
        let begins = |octets: &[u8]| {
            let rest = octets.get(skipped + self.offset..);
            rest.is_some_and(|rest| rest.starts_with(&self.bytes))
        };
        let mut parts = advertised.structures();
        is_seen && parts.any(|part| part.kind == self.kind && begins(part.octets))
    }
}

/// What a monitor looks for.
pub(super) struct Wanted {
    pub(super) patterns: Vec<Pattern>,
    /// None, where every advertisement is told.
    pub(super) strength: Option<Strength>,
}

/// Each monitor by path, with what it looks for; nothing of one that bluetoothd does not take.
pub(super) fn read(message: &Message, interface: &str) -> BTreeMap<String, Option<Wanted>> {
    let objects: Objects = match message.message_type() {
        Type::MethodReturn => message.body().deserialize().unwrap_or_default(),
        _ => Objects::new(),
    };
    let read = |(path, faces): (OwnedObjectPath, HashMap<String, Properties>)| {
        let properties = faces.get(interface)?;
        Some((path.as_str().to_owned(), monitor(properties)))
    };
    objects.into_iter().filter_map(read).collect()
}

fn monitor(properties: &Properties) -> Option<Wanted> {
    match &**properties.get("Type")? {
        Variant::Str(kind) if kind.as_str() == "or_patterns" => {}
        _ => return None,
    }
    let strength = strength(properties)?;
    let patterns = properties.get("Patterns")?.try_clone().ok()?;
    let patterns: Vec<(u8, u8, Vec<u8>)> = Vec::try_from(Variant::from(patterns)).ok()?;
    let patterns: Option<Vec<Pattern>> = patterns.into_iter().map(pattern).collect();
    let patterns = patterns.filter(|patterns| !patterns.is_empty())?;
    Some(Wanted { patterns, strength })
}

fn pattern((offset, kind, bytes): (u8, u8, Vec<u8>)) -> Option<Pattern> {
    let offset = usize::from(offset);
    let is_fit = !bytes.is_empty() && offset + bytes.len() <= LONGEST;
    let is_known = (1..=0x3d).contains(&kind) || kind == MANUFACTURER;
    (is_fit && is_known).then_some(Pattern { offset, kind, bytes })
}

/// Nothing, where nothing is set; none at all, where a value is wrong (`parse_rssi_and_timeout`).
fn strength(properties: &Properties) -> Option<Option<Strength>> {
    let dbm = |name: &str| match properties.get(name).map(|value| &**value) {
        None | Some(Variant::I16(127)) => Some(None),
        Some(Variant::I16(number)) => Some(Some(*number)),
        Some(_) => None,
    };
    let number = |name: &str, unset: u16| match properties.get(name).map(|value| &**value) {
        None => Some(None),
        Some(Variant::U16(number)) => Some((*number != unset).then_some(*number)),
        Some(_) => None,
    };
    let (high, low) = (dbm("RSSIHighThreshold")?, dbm("RSSILowThreshold")?);
    let high_timeout = number("RSSIHighTimeout", 0)?;
    let low_timeout = number("RSSILowTimeout", 0)?;
    let sampling = number("RSSISamplingPeriod", 256)?;
    let is_unset = high.is_none()
        && low.is_none()
        && high_timeout.is_none()
        && low_timeout.is_none()
        && sampling.is_none();
    if is_unset {
        return Some(None);
    }
    let low = low.unwrap_or(-127);
    let high = high.unwrap_or(low);
    let (high_timeout, low_timeout) = (high_timeout.unwrap_or(10), low_timeout.unwrap_or(5));
    let are_fit = [high, low].iter().all(|dbm| (-127..=20).contains(dbm)) && high >= low;
    let times = [high_timeout, low_timeout];
    let last = times.iter().all(|time| (1..=300).contains(time));
    let is_fit = are_fit && last && sampling.is_none_or(|period| period <= 255);
    let seconds = |time: u16| Duration::from_secs(time.into());
    is_fit.then_some(Some(Strength {
        high,
        low,
        high_timeout: seconds(high_timeout),
        low_timeout: seconds(low_timeout),
    }))
}
