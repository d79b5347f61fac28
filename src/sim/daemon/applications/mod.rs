//! The GATT server of bluetoothd, as far as clients bring services for it (`src/gatt-database.c`;
//! `doc/org.bluez.GattManager.rst`): applications that are registered, and the devices that use them.

mod central;
mod objects;

use std::{collections::BTreeMap, num::NonZeroU32};

use zbus::{
    OwnedObjectPath,
    message::{Message, Type},
};

use super::{AdapterId, Daemon, DeviceId, interfaces::ADAPTER};
use crate::sim::{
    bus::{Answer, Answered, Call, Client, OBJECT_MANAGER, Refusal, Value, arguments},
    scene::{Permissions, Uuid},
};
use central::Doing;

/// What clients serve.
#[derive(Default)]
pub(super) struct Applications {
    row: Vec<Application>,
    /// Clients' answers that are waited for.
    awaited: Vec<(NonZeroU32, Awaited)>,
    /// What the devices that are centrals are at.
    doing: BTreeMap<DeviceId, Doing>,
}

/// What an answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    /// The objects of the application that is being registered.
    Objects,
    /// What a device has asked for.
    Deed(DeviceId),
}

/// An application of a client's.
struct Application {
    adapter: AdapterId,
    client: Client,
    path: String,
    /// Its registration, while that is not answered, and the serial of the call for its objects.
    registration: Option<(Call, NonZeroU32)>,
    services: Vec<Uuid>,
    characteristics: Vec<Characteristic>,
}

/// A characteristic of an application.
struct Characteristic {
    path: String,
    uuid: Uuid,
    permissions: Permissions,
    /// The devices that have its value sent.
    subscribers: Vec<DeviceId>,
}

impl Daemon {
    /// The method of `org.bluez.GattManager1` that a call names.
    pub(super) fn application_method(&mut self, id: AdapterId, call: &Call) -> Answered {
        match call.member().as_str() {
            "RegisterApplication" => self.register_application(id, call),
            _ => {
                let path: OwnedObjectPath = arguments(call)?;
                let is_it = |each: &Application| is_at(each, id, call.client(), path.as_str());
                let place = self.applications.row.iter().position(is_it);
                self.remove_application(place.ok_or_else(Refusal::does_not_exist)?);
                Ok(Answer::Empty)
            }
        }
    }

    fn register_application(&mut self, id: AdapterId, call: &Call) -> Answered {
        let (path, _): (OwnedObjectPath, BTreeMap<String, zbus::OwnedVariant>) = arguments(call)?;
        let path = path.as_str().to_owned();
        if self.applications.row.iter().any(|each| is_at(each, id, call.client(), &path)) {
            return Err(Refusal::already_exists());
        }
        let method = (OBJECT_MANAGER.name, "GetManagedObjects");
        let Some(serial) = self.bus.request(call.client(), &path, method, &()) else {
            return Err(Refusal::failed("Failed to register application"));
        };
        self.applications.awaited.push((serial, Awaited::Objects));
        self.applications.row.push(Application {
            adapter: id,
            client: call.client().clone(),
            path,
            registration: Some((call.clone(), serial)),
            services: Vec::new(),
            characteristics: Vec::new(),
        });
        Ok(Answer::Later)
    }

    /// Takes in a client's answer, if it is one that an application or a device waits for.
    pub(super) fn application_answered(&mut self, message: &Message) -> bool {
        if message.message_type() == Type::Signal {
            self.value_told(message);
            return true;
        }
        let Some(serial) = message.header().reply_serial() else { return false };
        let awaited = &mut self.applications.awaited;
        let Some(place) = awaited.iter().position(|(other, _)| *other == serial) else {
            return false;
        };
        match awaited.swap_remove(place).1 {
            Awaited::Objects => self.objects_told(serial, message),
            Awaited::Deed(device) => self.deed_done(device),
        }
        true
    }

    /// A client has told what its application has.
    fn objects_told(&mut self, serial: NonZeroU32, message: &Message) {
        let is_it = |each: &Application| {
            each.registration.as_ref().is_some_and(|(_, other)| *other == serial)
        };
        let Some(place) = self.applications.row.iter().position(is_it) else { return };
        let read = objects::read(message);
        let Some(application) = self.applications.row.get_mut(place) else { return };
        let Some((call, _)) = application.registration.take() else { return };
        let adapter = application.adapter;
        match read {
            Ok((services, characteristics)) => {
                application.services = services;
                application.characteristics = characteristics;
                self.show_services(adapter);
                self.bus.reply(&call, &());
                self.centrals_may_come(adapter);
            }
            Err(refusal) => {
                self.applications.row.remove(place);
                self.bus.refuse(&call, &refusal);
            }
        }
    }

    fn remove_application(&mut self, place: usize) {
        let gone = self.applications.row.remove(place);
        self.show_services(gone.adapter);
        // Nobody answers for it any more: who waits goes on.
        let waiting = self
            .applications
            .awaited
            .extract_if(.., |(_, awaited)| matches!(awaited, Awaited::Deed(_)));
        for (_, awaited) in waiting.collect::<Vec<_>>() {
            if let Awaited::Deed(device) = awaited {
                self.deed_done(device);
            }
        }
    }

    /// A client has left the bus, and its applications with it.
    pub(super) fn end_applications_of(&mut self, client: &Client) {
        while let Some(place) = self.applications.row.iter().position(|a| a.client == *client) {
            self.remove_application(place);
        }
    }

    /// The adapter shows the services of clients behind its own and those of endpoints (`adapter_property_get_uuids`).
    pub(super) fn show_services(&mut self, id: AdapterId) {
        let path = self.adapters[id].path.clone();
        let own = self.services_with_audio(id);
        let clients = self.applications.row.iter().filter(|each| each.adapter == id);
        let mut all = own;
        for uuid in clients.flat_map(|each| each.services.iter().map(ToString::to_string)) {
            if !all.contains(&uuid) {
                all.push(uuid);
            }
        }
        for uuid in self.profile_services() {
            if !all.contains(&uuid) {
                all.push(uuid);
            }
        }
        self.bus.tree.set(&path, &ADAPTER, "UUIDs", Some(Value::from(all)));
    }
}

fn is_at(application: &Application, adapter: AdapterId, client: &Client, path: &str) -> bool {
    application.adapter == adapter && application.client == *client && application.path == path
}
