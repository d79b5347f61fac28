//! The names a plan defines, and whether anything refers to them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

use super::suggest::nearest;

/// One name.
#[derive(Debug)]
struct Defined {
    span: Range<usize>,
    used: Cell<bool>,
}

/// The names of one kind, such as all devices.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, Defined>);

impl Names {
    /// Defines a name; where it was there already, answers with the place of the first.
    pub fn define(&mut self, name: &str, span: Range<usize>) -> Option<Range<usize>> {
        if let Some(first) = self.0.get(name) {
            return Some(first.span.clone());
        }
        self.0.insert(name.to_owned(), Defined { span, used: Cell::new(false) });
        None
    }

    /// Marks a name as used; whether there is one.
    pub fn refer(&self, name: &str) -> bool {
        let found = self.0.get(name);
        found.inspect(|defined| defined.used.set(true)).is_some()
    }

    /// Every name.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The name that was meant.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.iter())
    }

    /// Every name that nothing referred to, with its place.
    pub fn unused(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let unused = self.0.iter().filter(|(_, defined)| !defined.used.get());
        unused.map(|(name, defined)| (name.as_str(), defined.span.clone()))
    }
}

/// What steps and tables can refer to.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub devices: Names,
    pub cases: Names,
    /// Of the case at hand.
    pub measures: Names,
    /// The commands of each device, by its name.
    pub controls: BTreeMap<String, Names>,
}

impl Known {
    /// The names that `x-refers-to` means, with what one of them is called.
    pub fn of(&self, kind: &str) -> Option<(&Names, &'static str)> {
        match kind {
            "device" => Some((&self.devices, "device")),
            "cases" => Some((&self.cases, "case")),
            "measure" => Some((&self.measures, "measure")),
            _ => None,
        }
    }

    /// How one comes to be defined.
    pub fn advice(kind: &str, name: &str) -> String {
        match kind {
            "device" => format!("define it: [device.{name}] with a `name` or an `address`"),
            "measure" => format!("give a step of this case `measure = \"{name}\"`"),
            _ => "write the `id` of a case of this plan".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_defined_once_and_known_to_be_used() {
        let mut names = Names::default();
        assert_eq!(names.define("headset", 3..5), None);
        assert_eq!(names.define("headset", 9..12), Some(3..5));
        names.define("phone", 20..21);
        assert!(names.refer("headset") && !names.refer("haedset"));
        assert_eq!(names.nearest("haedset"), Some("headset"));
        assert_eq!(names.unused().collect::<Vec<_>>(), [("phone", 20..21)]);
    }
}
