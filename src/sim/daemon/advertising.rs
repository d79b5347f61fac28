//! Advertisements of clients: who has registered which, how many the controller has room for, and when they end
//! (`src/advertising.c`, `doc/org.bluez.LEAdvertisingManager.rst`).
//!
//! bluetoothd reads the properties of a client's object once, when it is registered.

use std::{collections::HashMap, num::NonZeroU32, time::Duration};

use zbus::{OwnedObjectPath, OwnedVariant, Variant, message::Message, message::Type};

use super::{AdapterId, Daemon, Due, interfaces::ADVERTISING_MANAGER};
use crate::sim::{
    bus::{Answer, Answered, Call, Client, PROPERTIES, Refusal, arguments},
    timers::TimerId,
};

const ADVERTISEMENT: &str = "org.bluez.LEAdvertisement1";
/// How many advertisements a controller has room for at a time: recorded.
const ROOM: u8 = 3;
/// The bytes of an advertisement (`MaxAdvLen`): recorded.
const LONGEST: usize = 251;

/// An advertisement of a client.
struct Advertisement {
    adapter: AdapterId,
    client: Client,
    path: String,
    state: State,
}

enum State {
    /// The client was asked what it says.
    Asked(NonZeroU32, Call),
    /// It is on the air; it may end by itself.
    Sent(Option<TimerId>),
}

/// The advertisements of all clients.
#[derive(Default)]
pub(super) struct Advertisements(Vec<Advertisement>);

impl Advertisements {
    fn position(&self, client: &Client, path: &str) -> Option<usize> {
        self.0.iter().position(|known| known.client == *client && known.path == path)
    }

    fn of(&self, adapter: AdapterId) -> impl Iterator<Item = &Advertisement> {
        self.0.iter().filter(move |known| known.adapter == adapter)
    }

    /// Whether an adapter can be heard, and so be connected to.
    pub(super) fn are_sent(&self, adapter: AdapterId) -> bool {
        self.of(adapter).any(|known| matches!(known.state, State::Sent(_)))
    }
}

impl Daemon {
    /// The method of `org.bluez.LEAdvertisingManager1` that a call names.
    pub(super) fn advertising_method(&mut self, adapter: AdapterId, call: &Call) -> Answered {
        if call.member() == "RegisterAdvertisement" {
            return self.register_advertisement(adapter, call);
        }
        let path: OwnedObjectPath = arguments(call)?;
        let at = self.advertisements.position(call.client(), path.as_str());
        let at = at.ok_or_else(Refusal::does_not_exist)?;
        self.bus.reply(call, &());
        self.end_advertisement(at);
        Ok(Answer::Later)
    }

    fn register_advertisement(&mut self, adapter: AdapterId, call: &Call) -> Answered {
        let (path, _): (OwnedObjectPath, HashMap<String, OwnedVariant>) = arguments(call)?;
        if self.advertisements.position(call.client(), path.as_str()).is_some() {
            return Err(Refusal::already_exists());
        }
        if self.advertisements.of(adapter).count() >= usize::from(ROOM) {
            return Err(Refusal::new(
                "org.bluez.Error.NotPermitted",
                "Maximum advertisements reached",
            ));
        }
        let (client, path) = (call.client().clone(), path.as_str().to_owned());
        let asked = (PROPERTIES.name, "GetAll");
        let Some(serial) = self.bus.request(&client, &path, asked, &ADVERTISEMENT) else {
            return Err(Refusal::failed("Failed to register advertisement"));
        };
        let state = State::Asked(serial, call.clone());
        self.advertisements.0.push(Advertisement { adapter, client, path, state });
        Ok(Answer::Later)
    }

    /// A client has said what its advertisement says. Gives whether this was its answer.
    pub(super) fn advertisement_told(&mut self, serial: NonZeroU32, message: &Message) -> bool {
        let is_asked = |known: &Advertisement| matches!(&known.state, State::Asked(asked, _) if *asked == serial);
        let Some(at) = self.advertisements.0.iter().position(is_asked) else { return false };
        let lasting = match message.message_type() {
            Type::Error => None,
            _ => message.body().deserialize().ok().and_then(|says| lasting(&says)),
        };
        let Some(known) = self.advertisements.0.get_mut(at) else { return true };
        let timer = lasting.flatten().map(|lasting| {
            let due = Due::AdvertisementOver(known.client.clone(), known.path.clone());
            self.timers.arm(lasting, due)
        });
        let State::Asked(_, call) = std::mem::replace(&mut known.state, State::Sent(timer)) else {
            return true;
        };
        if lasting.is_none() {
            self.advertisements.0.remove(at);
            self.bus.refuse(&call, &Refusal::failed("Failed to parse advertisement."));
            return true;
        }
        let adapter = known.adapter;
        self.bus.reply(&call, &());
        self.show_advertisements(adapter);
        true
    }

    /// The time of an advertisement is over.
    pub(super) fn advertisement_over(&mut self, client: &Client, path: &str) {
        if let Some(at) = self.advertisements.position(client, path) {
            self.bus.notify(client, path, (ADVERTISEMENT, "Release"), &());
            self.end_advertisement(at);
        }
    }

    /// A client has left the bus, and its advertisements with it.
    pub(super) fn end_advertisements_of(&mut self, client: &Client) {
        while let Some(at) = self.advertisements.0.iter().position(|known| known.client == *client)
        {
            self.end_advertisement(at);
        }
    }

    fn end_advertisement(&mut self, at: usize) {
        let ended = self.advertisements.0.remove(at);
        if let State::Sent(Some(timer)) = ended.state {
            self.timers.disarm(timer);
        }
        self.show_advertisements(ended.adapter);
    }

    fn show_advertisements(&mut self, adapter: AdapterId) {
        let active = u8::try_from(self.advertisements.of(adapter).count()).unwrap_or(ROOM);
        let path = self.adapters[adapter].path.clone();
        let room = ROOM.saturating_sub(active);
        for (property, value) in [("ActiveInstances", active), ("SupportedInstances", room)] {
            self.bus.tree.set(&path, &ADVERTISING_MANAGER, property, Some(value.into()));
        }
    }
}

/// How long an advertisement lasts, where it ends by itself; none at all for one that bluetoothd does not take.
fn lasting(says: &HashMap<String, Variant<'_>>) -> Option<Option<Duration>> {
    let number = |name: &str| match says.get(name) {
        Some(Variant::U16(seconds)) => u32::from(*seconds),
        Some(Variant::U32(milliseconds)) => *milliseconds,
        _ => 0,
    };
    let discoverable = matches!(says.get("Discoverable"), Some(Variant::Bool(true)));
    let is_broadcast = match says.get("Type")? {
        Variant::Str(kind) if kind.as_str() == "broadcast" => true,
        Variant::Str(kind) if kind.as_str() == "peripheral" => false,
        _ => return None,
    };
    let (timeout, found_for) = (number("Timeout"), number("DiscoverableTimeout"));
    let longest = number("MaxInterval");
    let is_refused = (is_broadcast && discoverable)
        || (timeout > 0 && discoverable && timeout < found_for)
        || (longest > 0 && number("MinInterval") > longest)
        || length(says) > LONGEST;
    (!is_refused).then(|| (timeout > 0).then(|| Duration::from_secs(timeout.into())))
}

/// How many bytes of the advertisement are taken, without the name, which is in the scan response.
fn length(says: &HashMap<String, Variant<'_>>) -> usize {
    let bytes = |value: &Variant<'_>| match value {
        Variant::Variant(inner) => match inner.as_ref() {
            Variant::Array(bytes) => bytes.len(),
            _ => 0,
        },
        _ => 0,
    };
    let entries = |name: &str, head: usize| match says.get(name) {
        Some(Variant::Dict(entries)) => entries.iter().map(|(_, value)| head + bytes(value)).sum(),
        _ => 0,
    };
    let flags = if matches!(says.get("Discoverable"), Some(Variant::Bool(true))) { 3 } else { 0 };
    flags
        + uuids(says.get("ServiceUUIDs"))
        + uuids(says.get("SolicitUUIDs"))
        + entries("ManufacturerData", 4)
        + entries("ServiceData", 4)
        + entries("Data", 2)
}

/// A list for each width of UUID that there is.
fn uuids(list: Option<&Variant<'_>>) -> usize {
    let Some(Variant::Array(uuids)) = list else { return 0 };
    let is_short = |uuid: &&Variant<'_>| match uuid {
        Variant::Str(text) => {
            text.len() <= 6 || text.as_str().ends_with("-0000-1000-8000-00805f9b34fb")
        }
        _ => false,
    };
    let short = uuids.inner().iter().filter(is_short).count();
    let long = uuids.len() - short;
    let list = |count: usize, width: usize| if count > 0 { 2 + count * width } else { 0 };
    list(short, 2) + list(long, 16)
}
