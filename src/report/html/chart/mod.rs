//! Charts, as SVG that a style sheet colours.
//!
//! A chart is as wide as its place and its text is not scaled: across, everything is placed in percent of
//! the plot; up and down, in pixels. Curves stand in an inner drawing, 1000 units wide, that is stretched.

mod axis;
mod columns;
mod compared;
mod distribution;
mod frame;
mod latency;
mod limit;
mod rates;
mod success;
mod timeline;

pub(super) use axis::Scale;
pub(in crate::report) use compared::compared;
pub(super) use distribution::distribution;
pub(super) use frame::Stretch;
pub(super) use latency::latency;
pub(super) use limit::Limit;
pub(in crate::report) use rates::{Rates, rates};
pub(super) use success::success;
pub(super) use timeline::{Lane, Mark, timeline};
