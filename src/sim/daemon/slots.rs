//! The adapters and the devices, each under an id that only their making gives out. Nothing is ever
//! taken out, so an id always names something.

use std::ops::{Index, IndexMut};

use super::{AdapterId, DeviceId};

/// A row of things under ids.
pub(in crate::sim) struct Slots<T>(Vec<T>);

/// An id: a place in a row.
pub(super) trait Id: Copy {
    fn place(self) -> usize;
    fn at(place: usize) -> Self;
}

impl Id for AdapterId {
    fn place(self) -> usize {
        self.0
    }

    fn at(place: usize) -> Self {
        AdapterId(place)
    }
}

impl Id for DeviceId {
    fn place(self) -> usize {
        self.0
    }

    fn at(place: usize) -> Self {
        DeviceId(place)
    }
}

impl<T> Slots<T> {
    pub(super) fn new(row: Vec<T>) -> Self {
        Slots(row)
    }

    /// Every id, in order.
    pub(super) fn ids<I: Id>(&self) -> impl Iterator<Item = I> + use<T, I> {
        (0..self.0.len()).map(I::at)
    }

    /// What is at a place, if that is one of the row.
    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        self.0.get_mut(place)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn into_row(self) -> Vec<T> {
        self.0
    }
}

impl<T, I: Id> Index<I> for Slots<T> {
    type Output = T;

    fn index(&self, id: I) -> &T {
        &self.0[id.place()]
    }
}

impl<T, I: Id> IndexMut<I> for Slots<T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.0[id.place()]
    }
}
