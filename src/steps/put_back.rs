//! Putting the bench back as it was found.
//!
//! Each attempt of a case, and the run as a whole, is a scope. A step says what it is about to change;
//! the first word on a thing keeps how it was. At its end a scope restores that in the reverse order of
//! what matters on the air: discovery, devices, adapter, agent. What a case is told to keep passes to the
//! scope around it, and so lasts until the run ends; so does what cannot be put back at the moment.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Bench;
use super::bearer::PREFERRED;
use super::begun::Begun;
use super::kernel_settings;
use super::restore::{
    Ongoing, attempt, restore_adapter, restore_device, restore_power, restore_set, stop,
    stop_discovery, unregister,
};
use crate::bluez::{Adapter, Device, DeviceSet};
use crate::event::{Event, device_in_words, property_in_words, set_in_words};
use crate::plan::Keep;

/// How a device was before the scope changed it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Before {
    pub(super) known: bool,
    pub(super) paired: bool,
    pub(super) connected: bool,
    pub(super) trusted: bool,
    pub(super) blocked: bool,
    /// Which bearer BlueZ connects first, where it has a choice.
    pub(super) preferred: Option<String>,
}

/// What one scope has to put back.
#[derive(Debug, Default)]
pub(super) struct PutBack {
    /// Paths of the devices that BlueZ knew when the scope began.
    known: BTreeSet<String>,
    things: Things,
    /// What was begun on a device and has not ended yet, by path.
    ongoing: BTreeMap<String, Ongoing>,
    /// What ends with the scope.
    begun: BTreeSet<Begun>,
}

/// How things were.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Things {
    /// By path.
    pub(super) devices: BTreeMap<String, Before>,
    /// Values of the adapter's properties by name.
    pub(super) adapter: BTreeMap<String, Value>,
    /// Whether further adapters of the plan were on, by path.
    pub(super) further: BTreeMap<String, Value>,
    /// Whether BlueZ connected sets of devices as a whole, by path.
    pub(super) sets: BTreeMap<String, Value>,
    /// How the controller was in the kernel.
    pub(super) kernel: Option<kernel_settings::Before>,
}

/// Whether there is a scope around the one that ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// What cannot be put back now passes to the scope around it.
    Inner,
    /// It is the run's: what cannot be put back now never is.
    Outermost,
}

impl PutBack {
    pub(super) fn new(known: &[Device]) -> Self {
        Self {
            known: known.iter().map(|device| device.path().to_owned()).collect(),
            ..Self::default()
        }
    }

    /// A scope that has these things to put back.
    pub(super) fn of(things: Things) -> Self {
        Self { things, ..Self::default() }
    }

    /// A step is about to change the device. Gives how it is, where that is news.
    pub(super) fn touch(&mut self, device: &Device) -> Option<Before> {
        if self.things.devices.contains_key(device.path()) {
            return None;
        }
        let before = Before {
            known: self.known.contains(device.path()),
            paired: device.is("Paired"),
            connected: device.is("Connected"),
            trusted: device.is("Trusted"),
            blocked: device.is("Blocked"),
            preferred: device.property(PREFERRED).and_then(|word| Some(word.as_str()?.to_owned())),
        };
        self.things.devices.insert(device.path().to_owned(), before.clone());
        Some(before)
    }

    /// Something begins that BlueZ would go on with if the step were cut off; none: it has ended.
    pub(super) fn ongoing(&mut self, device: &Device, what: Option<Ongoing>) {
        match what {
            Some(what) => self.ongoing.insert(device.path().to_owned(), what),
            None => self.ongoing.remove(device.path()),
        };
    }

    /// A step begins something that is to end with the scope.
    pub(super) fn begins(&mut self, what: Begun) {
        self.begun.insert(what);
    }

    /// A step is about to change the property. Gives its value, where that is news.
    pub(super) fn touch_adapter(&mut self, adapter: &Adapter, property: &str) -> Option<Value> {
        if self.things.adapter.contains_key(property) {
            return None;
        }
        let value = adapter.property(property)?;
        self.things.adapter.insert(property.to_owned(), value.clone());
        Some(value)
    }

    /// An adapter besides the plan's own is about to be switched on. Gives whether it was, where that is news.
    pub(super) fn touch_power(&mut self, adapter: &Adapter) -> Option<Value> {
        if self.things.further.contains_key(adapter.path()) {
            return None;
        }
        let value = adapter.property("Powered")?;
        self.things.further.insert(adapter.path().to_owned(), value.clone());
        Some(value)
    }

    /// A step is about to say whether BlueZ connects a set as a whole. Gives whether that is news.
    pub(super) fn touch_set(&mut self, set: &DeviceSet, was: bool) -> bool {
        let is_news = !self.things.sets.contains_key(set.path());
        if is_news {
            self.things.sets.insert(set.path().to_owned(), was.into());
        }
        is_news
    }

    /// Takes over what an inner scope leaves, and gives what of it is news. What this scope knows of a
    /// thing is older, and stays.
    pub(super) fn adopt(&mut self, left: Things) -> Things {
        let mut news = Things::default();
        for (path, mut before) in left.devices {
            if !self.things.devices.contains_key(&path) {
                before.known &= self.known.contains(&path);
                self.things.devices.insert(path.clone(), before.clone());
                news.devices.insert(path, before);
            }
        }
        for (property, value) in left.adapter {
            if !self.things.adapter.contains_key(&property) {
                self.things.adapter.insert(property.clone(), value.clone());
                news.adapter.insert(property, value);
            }
        }
        for (path, value) in left.further {
            if !self.things.further.contains_key(&path) {
                self.things.further.insert(path.clone(), value.clone());
                news.further.insert(path, value);
            }
        }
        for (path, was) in left.sets {
            if !self.things.sets.contains_key(&path) {
                self.things.sets.insert(path.clone(), was.clone());
                news.sets.insert(path, was);
            }
        }
        self.things.kernel = self.things.kernel.or(left.kernel);
        news
    }

    /// Whether it is known how the controller was in the kernel.
    pub(super) fn has_kernel(&self) -> bool {
        self.things.kernel.is_some()
    }

    /// A step is about to change the controller in the kernel.
    pub(super) fn touch_kernel(&mut self, before: kernel_settings::Before) {
        self.things.kernel.get_or_insert(before);
    }

    /// Takes over what is older than the scope itself. `known` is what BlueZ knows by now.
    pub(super) fn begin_with(&mut self, older: Things, known: &[Device]) {
        self.known.retain(|path| known.iter().any(|device| device.path() == path));
        self.things = older.over(std::mem::take(&mut self.things));
    }

    /// Restores everything that is not kept, and says what was. Gives what is left.
    pub(super) async fn restore(mut self, bench: &Bench, keep: Keep, place: Place) -> Things {
        let mut work = Work { bench, place, left: Things::default() };
        // First, for bluetoothd sees the controller through the kernel; and also where it is gone.
        match self.things.kernel.take() {
            Some(before) if !keep.adapter => bench.restore_kernel(before).await,
            before => work.left.kernel = before,
        }
        if !self.things.is_empty()
            && let Err(failure) = bench.there().await
        {
            work.give_up(self.things, keep, &failure.cause.message);
            return work.left;
        }
        for adapter in bench.adapters().filter(|adapter| bench.is_scanning(adapter)) {
            let stopped = attempt(stop_discovery(adapter)).await;
            bench.scans(adapter, stopped.is_err());
            work.ended("discovery", stopped);
        }
        for (path, what) in self.ongoing {
            let device = Device::at(bench.session(), &path);
            work.ended(&format!("{what:?} of {path}"), attempt(stop(bench, &device, what)).await);
        }
        let (of_link, others): (Vec<_>, Vec<_>) =
            self.begun.into_iter().partition(Begun::is_of_link);
        for begun in of_link {
            work.ended(&begun.told(), attempt(begun.end(bench)).await);
        }
        for (path, before) in self.things.devices {
            work.device(path, before, keep).await;
        }
        for (path, was) in self.things.sets {
            work.set(path, was, keep).await;
        }
        let pairable = self.things.adapter.get("Pairable");
        work.ended("agent", attempt(unregister(bench, pairable)).await);
        for begun in others {
            work.ended(&begun.told(), attempt(begun.end(bench)).await);
        }
        for (property, value) in self.things.adapter {
            work.adapter(property, value, keep).await;
        }
        for (path, on) in self.things.further {
            work.further(path, on, keep).await;
        }
        work.left
    }
}

impl Things {
    pub(super) fn is_empty(&self) -> bool {
        let Self { devices, adapter, further, sets, kernel } = self;
        let none_of_bluez = devices.is_empty() && adapter.is_empty() && further.is_empty();
        none_of_bluez && sets.is_empty() && kernel.is_none()
    }

    /// These, and of the newer ones those that are not among them.
    pub(super) fn over(self, mut newer: Self) -> Self {
        newer.devices.extend(self.devices);
        newer.adapter.extend(self.adapter);
        newer.further.extend(self.further);
        newer.sets.extend(self.sets);
        newer.kernel = self.kernel.or(newer.kernel);
        newer
    }
}

/// A scope that is ending.
struct Work<'a> {
    bench: &'a Bench,
    place: Place,
    left: Things,
}

impl Work<'_> {
    async fn device(&mut self, path: String, before: Before, keep: Keep) {
        if keep.bonds {
            self.left.devices.insert(path, before);
            return;
        }
        let device = Device::at(self.bench.session(), &path);
        let ended = attempt(restore_device(self.bench, &device, &before)).await;
        if !self.ended(&device_in_words(&path), ended) {
            self.left.devices.insert(path, before);
        }
    }

    async fn adapter(&mut self, property: String, value: Value, keep: Keep) {
        if keep.adapter {
            self.left.adapter.insert(property, value);
            return;
        }
        let ended = attempt(restore_adapter(self.bench, &property, &value)).await;
        if !self.ended(&property_in_words(&property), ended) {
            self.left.adapter.insert(property, value);
        }
    }

    async fn further(&mut self, path: String, on: Value, keep: Keep) {
        let adapter = Adapter::at(self.bench.session(), &path);
        if keep.adapter {
            self.left.further.insert(path, on);
            return;
        }
        let ended = attempt(restore_power(&adapter, &on)).await;
        let what = format!("{} of {}", property_in_words("Powered"), adapter.name());
        if !self.ended(&what, ended) {
            self.left.further.insert(path, on);
        }
    }

    /// A set goes with the bonds that made it, and stays with them.
    async fn set(&mut self, path: String, was: Value, keep: Keep) {
        let set = DeviceSet::at(self.bench.session(), &path);
        if keep.bonds {
            self.left.sets.insert(path, was);
            return;
        }
        let ended = attempt(restore_set(&set, &was)).await;
        if !self.ended(&set_in_words(&path), ended) {
            self.left.sets.insert(path, was);
        }
    }

    /// Nothing can be put back.
    fn give_up(&mut self, things: Things, keep: Keep, error: &str) {
        let devices =
            things.devices.keys().filter(|_| !keep.bonds).map(|path| device_in_words(path));
        let adapter =
            things.adapter.keys().filter(|_| !keep.adapter).map(|name| property_in_words(name));
        let sets = things.sets.keys().filter(|_| !keep.bonds).map(|path| set_in_words(path));
        devices.chain(adapter).chain(sets).for_each(|what| self.failed(&what, error.to_owned()));
        self.left = Things { kernel: self.left.kernel, ..things };
    }

    /// Records what was put back, and a failure where nobody will try again. Whether it was.
    fn ended(&self, what: &str, ended: Result<bool, String>) -> bool {
        match ended {
            Ok(false) => true,
            Ok(true) => {
                self.bench.record(Event::Restored { what: what.to_owned(), error: None });
                true
            }
            Err(error) => {
                self.failed(what, error);
                false
            }
        }
    }

    fn failed(&self, what: &str, error: String) {
        if self.place == Place::Outermost {
            self.bench.record(Event::Restored { what: what.to_owned(), error: Some(error) });
        }
    }
}
