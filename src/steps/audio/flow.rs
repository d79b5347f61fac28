//! What goes over a stream, counted.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

/// What went over a stream.
#[derive(Debug, Default)]
pub(super) struct Flow {
    pub(super) packets: u64,
    pub(super) bytes: u64,
    pub(super) frames: u64,
    pub(super) first: Option<Duration>,
    pub(super) longest_gap: Duration,
    /// How long all of it took.
    pub(super) took: Duration,
}

impl Flow {
    /// One packet more, with so many frames.
    pub(super) fn count(&mut self, packet: &[u8], frames: u16) {
        self.packets += 1;
        self.bytes += packet.len() as u64;
        self.frames += u64::from(frames);
    }

    /// For how long there has been none since the last.
    pub(super) fn gap(&mut self, since: Instant) {
        if self.first.is_some() {
            self.longest_gap = self.longest_gap.max(since.elapsed());
        }
    }

    /// What is recorded of it.
    pub(super) fn told(&self, verb: &'static str) -> Vec<(&'static str, Value)> {
        let ms = |duration: Duration| json!(format!("{} ms", duration.as_millis()));
        let first = self.first.map(|first| ("First packet after", ms(first)));
        let gap = (verb == "Received").then(|| ("Longest gap", ms(self.longest_gap)));
        let Self { packets, bytes, frames, .. } = self;
        let all = json!(format!(
            "{packets} packets, {frames} frames, {bytes} bytes in {} ms",
            self.took.as_millis()
        ));
        [(verb, all)].into_iter().chain(first).chain(gap).collect()
    }
}
