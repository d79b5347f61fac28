//! The controllers, each at a place that only finding it gives out: it is the scene's, and nothing
//! is ever taken out.

use std::ops::{Index as At, IndexMut as AtMut};

use super::controller::Controller;
use crate::mgmt::protocol::Index;

/// Where a controller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(usize);

impl Place {
    pub(super) fn number(self) -> usize {
        self.0
    }
}

/// The controllers of the scene, in its order.
pub(super) struct Controllers(Vec<Controller>);

impl Controllers {
    pub(super) fn new(row: Vec<Controller>) -> Self {
        Controllers(row)
    }

    pub(super) fn places(&self) -> impl Iterator<Item = Place> + use<> {
        (0..self.0.len()).map(Place)
    }

    pub(super) fn at(&self, number: usize) -> Option<Place> {
        (number < self.0.len()).then_some(Place(number))
    }

    /// The controllers that the machine has at this moment, in the order of their indexes.
    pub(super) fn plugged(&self) -> Vec<Place> {
        let mut places: Vec<_> = self.places().filter(|place| self[*place].is_plugged()).collect();
        places.sort_by_key(|place| self[*place].index);
        places
    }

    /// The controller of an index, if it is there.
    pub(super) fn find(&self, index: Index) -> Option<Place> {
        self.places().find(|place| self[*place].is_plugged() && self[*place].index == index)
    }
}

impl At<Place> for Controllers {
    type Output = Controller;

    fn index(&self, Place(number): Place) -> &Controller {
        &self.0[number]
    }
}

impl AtMut<Place> for Controllers {
    fn index_mut(&mut self, Place(number): Place) -> &mut Controller {
        &mut self.0[number]
    }
}
