//! `org.bluez.ProfileManager1`: the profiles that clients have (`src/profile.c`; `doc/org.bluez.ProfileManager.rst`), and
//! with which devices they are connected. Read in the sources of 5.82, and compared with it in the lab.

mod calls;
mod link;
mod peer;

use std::collections::BTreeMap;

use zbus::{OwnedObjectPath, OwnedVariant};

use super::{AdapterId, Daemon, DeviceId};
use crate::sim::{
    bus::{Answer, Answered, Call, Client, Refusal, Value, arguments},
    scene::Uuid,
};
use calls::Incoming;
use link::Link;

const PROFILE: &str = "org.bluez.Profile1";
/// The most profiles at once.
const MOST: usize = 256;

/// The profiles that BlueZ itself knows to be connected with a `Connect` of the whole device, with the other side's
/// (`defaults`).
const TELEPHONY: [(u16, u16); 4] =
    [(0x111e, 0x111f), (0x111f, 0x111e), (0x1108, 0x1112), (0x1112, 0x1108)];
/// The side of a phone book's client that serves.
const PHONE_BOOK: (u16, u16) = (0x112e, 0x112f);

/// Names a profile, also when it has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ProfileId(u64);

/// Profiles, and what came of them.
#[derive(Default)]
pub(super) struct Profiles {
    row: Vec<Profile>,
    /// How many there have been.
    made: u64,
    links: Vec<Link>,
    /// Devices that wait to be let in.
    incoming: Vec<Incoming>,
}

/// A profile of a client's.
struct Profile {
    id: ProfileId,
    client: Client,
    path: String,
    /// What this side is, as the adapter shows it.
    own: Uuid,
    /// What a device is that it connects to.
    remote: Uuid,
    connects: bool,
    serves: bool,
    asks_agent: bool,
    /// Whether it is connected by `Connect`.
    auto_connect: bool,
}

impl Profile {
    /// What BlueZ makes of what a client wants (`ext_set_defaults`, `parse_ext_opt`).
    fn of(
        (id, client, path): (ProfileId, Client, String),
        own: Uuid,
        options: &BTreeMap<String, OwnedVariant>,
    ) -> Self {
        let value = |name: &str| options.get(name).cloned().map(Value::from);
        let flag = |name: &str| match value(name) {
            Some(Value::Bool(on)) => Some(on),
            _ => None,
        };
        let role = match value("Role") {
            Some(Value::Str(role)) => role.as_str().to_owned(),
            _ => String::new(),
        };
        let number = |number: u16| Uuid::assigned(number) == own;
        let telephony = TELEPHONY.into_iter().find(|(known, _)| number(*known));
        let other = telephony.or_else(|| number(PHONE_BOOK.0).then_some(PHONE_BOOK));
        let open = [0x1105].into_iter().any(number);
        Profile {
            id,
            client,
            path,
            remote: other.map_or_else(|| own.clone(), |(_, remote)| Uuid::assigned(remote)),
            connects: role != "server",
            serves: role != "client" || options.contains_key("ServiceRecord"),
            asks_agent: flag("RequireAuthorization").unwrap_or(!open),
            auto_connect: flag("AutoConnect").unwrap_or(telephony.is_some()),
            own,
        }
    }
}

impl Daemon {
    /// The method of `org.bluez.ProfileManager1` that a call names.
    pub(super) fn profile_manager_method(&mut self, call: &Call) -> Answered {
        if call.member() == "RegisterProfile" {
            return self.register_profile(call);
        }
        let path: OwnedObjectPath = arguments(call)?;
        let own = |profile: &&Profile| is_at(profile, call.client(), path.as_str());
        let id = self.profiles.row.iter().find(own).map(|profile| profile.id);
        self.remove_profile(id.ok_or_else(Refusal::does_not_exist)?);
        Ok(Answer::Empty)
    }

    fn register_profile(&mut self, call: &Call) -> Answered {
        let (path, word, options): (OwnedObjectPath, String, BTreeMap<String, OwnedVariant>) =
            arguments(call)?;
        let (client, path) = (call.client().clone(), path.as_str().to_owned());
        if self.profiles.row.iter().any(|profile| is_at(profile, &client, &path)) {
            return Err(Refusal::already_exists());
        }
        let uuid = Uuid::parse(&word).ok_or_else(Refusal::invalid_arguments)?;
        if self.profiles.row.iter().any(|profile| profile.own == uuid) {
            let text = "UUID already registered";
            return Err(Refusal::new("org.bluez.Error.NotPermitted", text));
        }
        if self.profiles.row.len() >= MOST {
            return Err(Refusal::invalid_arguments());
        }
        self.profiles.made += 1;
        let id = ProfileId(self.profiles.made);
        self.profiles.row.push(Profile::of((id, client, path), uuid, &options));
        self.bus.reply(call, &());
        self.show_profiles();
        self.devices_call(id);
        Ok(Answer::Later)
    }

    fn remove_profile(&mut self, id: ProfileId) {
        self.end_links_of(id);
        self.profiles.row.retain(|profile| profile.id != id);
        self.show_profiles();
    }

    /// A client has left the bus, and its profiles with it.
    pub(super) fn end_profiles_of(&mut self, client: &Client) {
        let own = self.profiles.row.iter().filter(|profile| profile.client == *client);
        for id in own.map(|profile| profile.id).collect::<Vec<_>>() {
            self.remove_profile(id);
        }
    }

    /// Shows the services of the adapters, which those that serve add to.
    fn show_profiles(&mut self) {
        for id in self.adapters.ids::<AdapterId>() {
            if self.adapters[id].controller.is_plugged() {
                self.show_audio(id);
            }
        }
    }

    /// The services that clients' profiles serve.
    pub(super) fn profile_services(&self) -> impl Iterator<Item = String> {
        let serve = self.profiles.row.iter().filter(|profile| profile.serves);
        serve.map(|profile| profile.own.to_string())
    }

    /// What they add to the class of an adapter: audio, for a headset or a hands-free unit (recorded for 111e).
    pub(super) fn profile_class(&self) -> u32 {
        let is_unit = |profile: &Profile| {
            profile.serves && [0x1108, 0x111e].map(Uuid::assigned).contains(&profile.own)
        };
        if self.profiles.row.iter().any(is_unit) { 0x20_0000 } else { 0 }
    }

    fn profile(&self, id: ProfileId) -> Option<&Profile> {
        self.profiles.row.iter().find(|profile| profile.id == id)
    }

    /// The profile of a client's that connects to a service of a device; of those alone that a `Connect` connects, where
    /// the whole device is connected.
    fn profile_for(&self, id: DeviceId, uuid: &Uuid, whole: bool) -> Option<&Profile> {
        let fits = |profile: &&Profile| {
            profile.connects && profile.remote == *uuid && (profile.auto_connect || !whole)
        };
        let spec = &self.devices[id].peer.spec;
        let has = spec.services.contains(uuid) || spec.hidden_services.contains(uuid);
        self.profiles.row.iter().find(fits).filter(|_| has)
    }

    /// Whether a client's profile goes with a service of a device.
    pub(super) fn has_profile_for(&self, id: DeviceId, uuid: &Uuid, whole: bool) -> bool {
        self.profile_for(id, uuid, whole).is_some()
    }
}

fn is_at(profile: &Profile, client: &Client, path: &str) -> bool {
    profile.client == *client && profile.path == path
}
