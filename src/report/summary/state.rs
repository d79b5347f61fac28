//! What is known of the bench and its devices at a time: enough to tell one cause from another.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::event::{BenchChange, Event};

/// The properties that are followed, in the order in which they are told.
const FOLLOWED: [&str; 4] = ["Connected", "ServicesResolved", "Paired", "Powered"];

/// Which of them is the adapter's.
const POWERED: usize = 3;

/// Of how many objects.
const OBJECTS: usize = 64;

/// How many devices a step may name; what is beyond them is not told.
const TOLD: usize = 4;

/// The state at a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// By the object's name, in order, what is known of each property that is followed.
    objects: Vec<(String, [Option<bool>; FOLLOWED.len()])>,
    bus_gone: bool,
    bluez_gone: bool,
    adapter_gone: bool,
}

impl State {
    /// Takes in what happened.
    pub(crate) fn add(&mut self, event: &Event) {
        match event {
            Event::Changed { object, property, value, .. } => {
                let value = value.as_ref().and_then(Value::as_bool);
                self.set(&object.name, property, value);
            }
            Event::Appeared { object, properties } => self.appeared(&object.name, properties),
            Event::Vanished { object } => self.appeared(&object.name, &BTreeMap::new()),
            Event::Bench { change, .. } => self.bench(*change),
            Event::Resumed { .. } => *self = Self::default(),
            Event::IterationSummed(sum) => {
                for (object, property, value) in &sum.state {
                    self.set(object, property, *value);
                }
            }
            _ => {}
        }
    }

    /// What is not as it was at an earlier time: object, property, and what is known of it now.
    pub(crate) fn since(&self, earlier: &Self) -> Vec<(String, String, Option<bool>)> {
        let mut changed = Vec::new();
        for (object, now) in &self.objects {
            let known = earlier.objects.iter().find(|(name, _)| name == object);
            let before = known.map_or([None; FOLLOWED.len()], |(_, known)| *known);
            for ((property, now), before) in FOLLOWED.iter().zip(now).zip(before) {
                if *now != before {
                    changed.push((object.clone(), (*property).to_owned(), *now));
                }
            }
        }
        changed
    }

    /// What is known of the devices that a step's words name, that the adapter is off, and what is gone.
    pub(crate) fn about(&self, step: &str) -> Vec<String> {
        let named = |object: &str| step.split_whitespace().any(|word| word == object);
        let mut told = Vec::new();
        let devices: Vec<_> = self.objects.iter().filter(|(name, _)| named(name)).collect();
        for (object, known) in devices.iter().take(TOLD) {
            let whose = if devices.len() > 1 { format!("{object} ") } else { String::new() };
            let properties = FOLLOWED.iter().zip(known).take(POWERED);
            let known = properties.filter_map(|(property, value)| Some((property, (*value)?)));
            told.extend(known.map(|(property, value)| format!("{whose}{property} = {value}")));
        }
        if self.objects.iter().any(|(_, known)| known.get(POWERED) == Some(&Some(false))) {
            told.push("Powered = false".to_owned());
        }
        for (is, what) in [
            (self.adapter_gone, "adapter gone"),
            (self.bluez_gone, "bluetoothd gone"),
            (self.bus_gone, "bus gone"),
        ] {
            told.extend(is.then(|| what.to_owned()));
        }
        told
    }

    fn set(&mut self, object: &str, property: &str, value: Option<bool>) {
        let Some(at) = FOLLOWED.iter().position(|followed| *followed == property) else {
            return;
        };
        let index = match self.objects.binary_search_by(|(name, _)| name.as_str().cmp(object)) {
            Ok(index) => index,
            Err(index) if self.objects.len() < OBJECTS => {
                self.objects.insert(index, (object.to_owned(), [None; FOLLOWED.len()]));
                index
            }
            Err(_) => return,
        };
        let object = self.objects.get_mut(index);
        if let Some(known) = object.and_then(|(_, known)| known.get_mut(at)) {
            *known = value;
        }
    }

    fn appeared(&mut self, object: &str, properties: &BTreeMap<String, Value>) {
        for property in FOLLOWED {
            self.set(object, property, properties.get(property).and_then(Value::as_bool));
        }
    }

    fn bench(&mut self, change: BenchChange) {
        match change {
            BenchChange::BusGone => *self = Self { bus_gone: true, ..Self::default() },
            BenchChange::BusBack => self.bus_gone = false,
            BenchChange::BluezGone => {
                *self = Self { bluez_gone: true, bus_gone: self.bus_gone, ..Self::default() };
            }
            BenchChange::BluezBack => (self.bluez_gone, self.bus_gone) = (false, false),
            BenchChange::AdapterGone => {
                self.objects.clear();
                self.adapter_gone = true;
            }
            BenchChange::AdapterBack => self.adapter_gone = false,
            // What is off is told by the adapter itself.
            BenchChange::AdapterOff | BenchChange::Rfkill | BenchChange::AdapterOn => {}
            BenchChange::BluezHung | BenchChange::BluezAnswers => {}
            BenchChange::Suspended | BenchChange::ClockStepped => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::Object;

    fn changed(object: &str, property: &str, value: Option<Value>) -> Event {
        Event::Changed {
            object: Object { name: object.to_owned(), path: String::new() },
            interface: "org.bluez.Device1".to_owned(),
            property: property.to_owned(),
            value,
        }
    }

    fn after(events: &[Event]) -> State {
        let mut state = State::default();
        events.iter().for_each(|event| state.add(event));
        state
    }

    #[test]
    fn the_steps_device_is_told_in_a_fixed_order() {
        let state = after(&[
            changed("headset", "Paired", Some(json!(true))),
            changed("headset", "RSSI", Some(json!(-40))),
            changed("other", "Connected", Some(json!(true))),
            changed("headset", "Connected", Some(json!(false))),
            changed("hci0", "Powered", Some(json!(false))),
        ]);
        let expected = ["Connected = false", "Paired = true", "Powered = false"];
        assert_eq!(state.about("connect headset"), expected);
        assert_eq!(state.about("wait 1 s"), ["Powered = false"]);
        let both = state.about("connect headset and other");
        assert_eq!(both[0], "headset Connected = false");
        assert_eq!(both[2], "other Connected = true");
    }

    #[test]
    fn what_is_gone_is_not_known() {
        let gone = Event::Bench { change: BenchChange::BluezGone, by_us: None };
        let connected = changed("headset", "Connected", Some(json!(true)));
        let object = Object { name: "headset".to_owned(), path: String::new() };
        assert_eq!(after(&[connected.clone(), gone]).about("connect headset"), ["bluetoothd gone"]);
        let vanished = after(&[connected.clone(), Event::Vanished { object }]);
        assert_eq!(vanished.about("connect headset"), Vec::<String>::new());
        let withdrawn = after(&[connected, changed("headset", "Connected", None)]);
        assert_eq!(withdrawn.about("connect headset"), Vec::<String>::new());
    }

    #[test]
    fn the_difference_leads_from_one_to_the_other() {
        let earlier = after(&[
            changed("a", "Connected", Some(json!(true))),
            changed("a", "Paired", Some(json!(true))),
        ]);
        let mut later = earlier.clone();
        later.add(&changed("a", "Connected", None));
        later.add(&changed("b", "Paired", Some(json!(false))));
        let mut there = earlier.clone();
        for (object, property, value) in later.since(&earlier) {
            there.set(&object, &property, value);
        }
        assert_eq!(there, later);
        assert_eq!(later.since(&earlier).len(), 2);
    }

    #[test]
    fn memory_is_bounded() {
        let mut state = State::default();
        for n in 0..1000 {
            state.add(&changed(&n.to_string(), "Connected", Some(json!(true))));
        }
        assert_eq!(state.objects.len(), OBJECTS);
    }
}
