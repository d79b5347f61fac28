//! The bench as steps see it: the adapter, the devices under test, what the run changed.

use crate::event::{Cause, Verdict};

/// What steps act on.
#[derive(Debug)]
pub struct Bench {}

/// Why a step did not pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    pub verdict: Verdict,
    pub cause: Cause,
}
