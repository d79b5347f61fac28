//! The objects that the daemon shows: path, interface, property, value. A change is noted, and
//! published with the others of its event, as `gdbus/object.c` does.

use std::collections::BTreeMap;

use zbus::{ObjectPath, message::Message};

use super::{
    INTROSPECTABLE, Interface, Letter, Method, OBJECT_MANAGER, PROPERTIES, Property, Value,
    values::{Interfaces, Values},
};
use crate::sim::scene::Version;

/// Which bluetoothd it is whose objects these are.
#[derive(Clone, Copy)]
struct Release {
    version: Version,
    experimental: bool,
}

impl Release {
    fn has(self, property: &Property) -> bool {
        let by_flag = property.experimental.filter(|_| self.experimental);
        property.since.is_some_and(|since| self.version >= since)
            || by_flag.is_some_and(|since| self.version >= since)
    }
}

/// All objects of the daemon, and which of them have something to tell.
pub(in crate::sim) struct Tree {
    release: Release,
    objects: BTreeMap<String, Object>,
    /// The objects with unpublished changes, the longest waiting first.
    changed: Vec<String>,
}

#[derive(Default)]
struct Object {
    faces: Vec<Face>,
    /// Interfaces that went and were not yet reported gone, the last first.
    gone: Vec<&'static str>,
    /// Whether it is among those that have something to tell.
    is_noted: bool,
}

/// An interface of an object, with its values.
struct Face {
    interface: &'static Interface,
    values: Vec<Option<Value>>,
    /// Properties to be reported, in the order of their changes.
    changed: Vec<usize>,
    /// Whether it has not been reported to be there.
    is_new: bool,
}

impl Tree {
    /// No objects, for this release: what a later one brought is not shown.
    pub(super) fn new(version: Version, experimental: bool) -> Self {
        let release = Release { version, experimental };
        Tree { release, objects: BTreeMap::new(), changed: Vec::new() }
    }

    /// Whether this release has what came with that one.
    pub(super) fn has(&self, since: Version) -> bool {
        self.release.version >= since
    }

    /// Whether this bluetoothd has a method that is declared.
    pub(super) fn has_method(&self, method: &Method) -> bool {
        self.release.experimental || !method.experimental
    }

    /// Whether this bluetoothd has a property that is declared.
    pub(super) fn has_property(&self, property: &Property) -> bool {
        self.release.has(property)
    }

    /// Adds an interface to an object, and the object if it is new. Values come by name.
    pub(in crate::sim) fn add(
        &mut self,
        path: &str,
        interface: &'static Interface,
        values: Vec<(&'static str, Value)>,
    ) {
        let object = self.objects.entry(path.to_owned()).or_default();
        if object.faces.is_empty() {
            object.faces.push(Face::new(&INTROSPECTABLE));
        }
        let mut face = Face::new(interface);
        for (name, value) in values {
            if let Some(slot) = face.slot(name, self.release) {
                *slot = Some(value);
            }
        }
        object.faces.push(face);
        let is_bare = !object.faces.iter().any(|face| face.interface.name == PROPERTIES.name);
        if is_bare && !interface.properties.is_empty() {
            object.faces.push(Face::new(&PROPERTIES));
        }
        self.note(path);
    }

    /// Removes an object. One that was never reported goes in silence.
    pub(in crate::sim) fn remove(&mut self, path: &str) {
        let Some(object) = self.objects.get_mut(path) else {
            return;
        };
        let (standard, own): (Vec<_>, Vec<_>) = object
            .faces
            .drain(..)
            .filter(|face| !face.is_new)
            .map(|face| face.interface.name)
            .partition(|name| [INTROSPECTABLE.name, PROPERTIES.name].contains(name));
        // The standard ones go last, of the others the last first; the report turns it round.
        let gone = own.into_iter().rev().chain(standard).collect::<Vec<_>>();
        object.gone.splice(..0, gone.into_iter().rev());
        self.note(path);
    }

    /// Removes one of an object's interfaces, if it is there.
    pub(in crate::sim) fn remove_interface(&mut self, path: &str, interface: &Interface) {
        let Some(object) = self.objects.get_mut(path) else {
            return;
        };
        let is_it = |face: &Face| face.interface.name == interface.name;
        let Some(at) = object.faces.iter().position(is_it) else {
            return;
        };
        if !object.faces.remove(at).is_new {
            object.gone.insert(0, interface.name);
        }
        self.note(path);
    }

    /// Gives a property a value, or none; a change is reported, the same value again is not.
    pub(in crate::sim) fn set(
        &mut self,
        path: &str,
        interface: &Interface,
        property: &str,
        value: Option<Value>,
    ) {
        let release = self.release;
        let Some(face) = self.face_mut(path, interface.name) else {
            return;
        };
        let Some(slot) = face.slot(property, release) else {
            return;
        };
        if *slot != value {
            *slot = value;
            self.touch(path, interface, property);
        }
    }

    /// Gives a property a value, or none, and tells nobody.
    pub(in crate::sim) fn set_in_silence(
        &mut self,
        path: &str,
        interface: &Interface,
        property: &str,
        value: Option<Value>,
    ) {
        let release = self.release;
        let face = self.face_mut(path, interface.name);
        if let Some(slot) = face.and_then(|face| face.slot(property, release)) {
            *slot = value;
        }
    }

    /// Reports a property whether or not it changed.
    pub(in crate::sim) fn touch(&mut self, path: &str, interface: &Interface, property: &str) {
        let release = self.release;
        let Some(face) = self.face_mut(path, interface.name) else {
            return;
        };
        if face.slot(property, release).is_none() {
            return;
        }
        let declared = face.interface.position(property);
        let Some(position) = declared.filter(|_| !face.is_new) else {
            return;
        };
        if !face.changed.contains(&position) {
            face.changed.push(position);
        }
        self.note(path);
    }

    /// The value of a property, if it has one.
    pub(in crate::sim) fn get(
        &self,
        path: &str,
        interface: &str,
        property: &str,
    ) -> Option<&Value> {
        let face = self.face(path, interface)?;
        face.values.get(face.interface.position(property)?)?.as_ref()
    }

    /// Whether there is an object of this path.
    pub(in crate::sim) fn contains(&self, path: &str) -> bool {
        self.objects.get(path).is_some_and(|object| !object.faces.is_empty())
    }

    /// Whether there is an object of this path, or one below it.
    pub(super) fn leads_on(&self, path: &str) -> bool {
        !self.children(path).is_empty()
    }

    /// The declaration of an object's interface, if it has it.
    pub(in crate::sim) fn interface(&self, path: &str, name: &str) -> Option<&'static Interface> {
        self.face(path, name).map(|face| face.interface)
    }

    /// The interfaces of an object, in their order.
    pub(super) fn interfaces(&self, path: &str) -> Vec<&'static Interface> {
        let faces = self.objects.get(path).map(|object| object.faces.as_slice());
        faces.unwrap_or_default().iter().map(|face| face.interface).collect()
    }

    /// The next path elements below a path.
    pub(super) fn children(&self, path: &str) -> Vec<&str> {
        let below = match path {
            "/" => "/".to_owned(),
            path => format!("{path}/"),
        };
        let mut children: Vec<&str> = self
            .objects
            .iter()
            .filter(|(_, object)| !object.faces.is_empty())
            .filter_map(|(path, _)| path.strip_prefix(&below)?.split('/').next())
            .filter(|name| !name.is_empty())
            .collect();
        children.dedup();
        children
    }

    /// The values of an interface.
    pub(super) fn values(&self, path: &str, interface: &str) -> Option<Values<'_>> {
        self.face(path, interface).map(Face::values)
    }

    /// Every object with every interface and value.
    pub(super) fn everything(&self) -> BTreeMap<ObjectPath<'_>, Interfaces<'_>> {
        self.objects
            .iter()
            .filter(|(path, object)| path.as_str() != "/" && !object.faces.is_empty())
            .map(|(path, object)| {
                let faces = object.faces.iter();
                let faces = faces.map(|face| (face.interface.name, face.values())).collect();
                (ObjectPath::from_str_unchecked(path), Interfaces(faces))
            })
            .collect()
    }

    /// Puts the signals of all changes into `queue`, and forgets the changes.
    pub(super) fn publish(&mut self, sender: &str, queue: &mut Vec<Letter>) {
        for path in std::mem::take(&mut self.changed) {
            let Some(object) = self.objects.get_mut(&path) else {
                continue;
            };
            object.is_noted = false;
            let signals = [object.added(&path, sender)]
                .into_iter()
                .chain(object.properties_changed(&path, sender))
                .chain([object.removed(&path, sender)]);
            // A signal that cannot be built is one that libdbus would refuse too.
            queue.extend(signals.flatten().flatten().map(Letter::signal));
            if object.faces.is_empty() {
                self.objects.remove(&path);
            }
        }
    }

    fn note(&mut self, path: &str) {
        let Some(object) = self.objects.get_mut(path) else {
            return;
        };
        if !std::mem::replace(&mut object.is_noted, true) {
            self.changed.push(path.to_owned());
        }
    }

    fn face(&self, path: &str, interface: &str) -> Option<&Face> {
        let faces = &self.objects.get(path)?.faces;
        faces.iter().find(|face| face.interface.name == interface)
    }

    fn face_mut(&mut self, path: &str, interface: &str) -> Option<&mut Face> {
        let faces = &mut self.objects.get_mut(path)?.faces;
        faces.iter_mut().find(|face| face.interface.name == interface)
    }
}

impl Object {
    fn added(&mut self, path: &str, sender: &str) -> Option<zbus::Result<Message>> {
        let new: Vec<_> = self.faces.iter_mut().filter(|face| face.is_new).collect();
        if new.is_empty() {
            return None;
        }
        let mut faces = Vec::new();
        for face in new {
            face.is_new = false;
            face.changed.clear();
            faces.push((face.interface.name, face.values()));
        }
        // Only what hangs below the object manager is reported, not itself.
        (path != "/").then(|| {
            signal("/", OBJECT_MANAGER.name, "InterfacesAdded", sender)
                .build(&(ObjectPath::from_str_unchecked(path), Interfaces(faces)))
        })
    }

    fn properties_changed<'a>(
        &'a mut self,
        path: &'a str,
        sender: &'a str,
    ) -> Vec<Option<zbus::Result<Message>>> {
        let faces = self.faces.iter_mut().filter(|face| !face.changed.is_empty());
        faces
            .map(|face| {
                let changed = std::mem::take(&mut face.changed);
                let (mut values, mut invalidated) = (Vec::new(), Vec::new());
                for position in changed {
                    let declared = face.interface.properties.get(position);
                    let name = declared.map(|property| property.name).unwrap_or_default();
                    match face.values.get(position).and_then(Option::as_ref) {
                        Some(value) => values.push((name, value)),
                        None => invalidated.insert(0, name),
                    }
                }
                let body = (face.interface.name, Values(values), invalidated);
                Some(signal(path, PROPERTIES.name, "PropertiesChanged", sender).build(&body))
            })
            .collect()
    }

    fn removed(&mut self, path: &str, sender: &str) -> Option<zbus::Result<Message>> {
        let gone = std::mem::take(&mut self.gone);
        (!gone.is_empty()).then(|| {
            signal("/", OBJECT_MANAGER.name, "InterfacesRemoved", sender)
                .build(&(ObjectPath::from_str_unchecked(path), gone))
        })
    }
}

fn signal<'m>(
    path: &'m str,
    interface: &'m str,
    member: &'m str,
    sender: &'m str,
) -> zbus::message::Builder<'m> {
    Message::signal(path, interface, member).sender(sender)
}

impl Face {
    fn new(interface: &'static Interface) -> Self {
        let values = interface.properties.iter().map(|_| None).collect();
        Face { interface, values, changed: Vec::new(), is_new: true }
    }

    /// Where a property's value is kept, if this release has the property.
    fn slot(&mut self, property: &str, release: Release) -> Option<&mut Option<Value>> {
        let position = self.interface.position(property)?;
        let declared = self.interface.properties.get(position)?;
        self.values.get_mut(position).filter(|_| release.has(declared))
    }

    fn values(&self) -> Values<'_> {
        let declared = self.interface.properties.iter().map(|property| property.name);
        let values = declared.zip(&self.values);
        Values(values.filter_map(|(name, value)| Some((name, value.as_ref()?))).collect())
    }
}
