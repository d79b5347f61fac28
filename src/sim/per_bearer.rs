//! What there is once for each bearer of a device: bluetoothd keeps the states of LE and of BR/EDR side by side
//! (`struct bearer_state` in `src/device.c`).

use std::ops::{Index, IndexMut};

use super::error::Bearer;

/// One of something for LE, and one for BR/EDR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PerBearer<T> {
    le: T,
    bredr: T,
}

impl<T> PerBearer<T> {
    /// Both, BR/EDR first.
    pub(super) fn both(&self) -> [&T; 2] {
        [&self.bredr, &self.le]
    }
}

impl<T> Index<Bearer> for PerBearer<T> {
    type Output = T;

    fn index(&self, bearer: Bearer) -> &T {
        match bearer {
            Bearer::Le => &self.le,
            Bearer::BrEdr => &self.bredr,
        }
    }
}

impl<T> IndexMut<Bearer> for PerBearer<T> {
    fn index_mut(&mut self, bearer: Bearer) -> &mut T {
        match bearer {
            Bearer::Le => &mut self.le,
            Bearer::BrEdr => &mut self.bredr,
        }
    }
}

impl PerBearer<bool> {
    /// Whether it holds on either.
    pub(super) fn any(self) -> bool {
        self.le || self.bredr
    }
}
