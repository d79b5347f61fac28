//! What goes over a stream, counted, and whether it was enough.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::plan::{DeviceName, Span};
use crate::steps::{Failure, Outcome};

/// How long a stream that is up may take no packet: well above what a weak link holds up.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

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

    /// Whether as many packets came in a time as a plan wants at least, and never longer none than it wants at most.
    pub(super) fn suffices(
        &self,
        device: &DeviceName,
        lasting: Span,
        least: u64,
        longest_gap: Option<Span>,
    ) -> Outcome {
        if self.packets < least {
            return Err(Failure::unmet(
                format!("{device} sent too little"),
                format!("{least} packets in {lasting}"),
                format!("{} packets, {} bytes", self.packets, self.bytes),
            ));
        }
        match longest_gap {
            Some(most) if self.longest_gap > most.0 => Err(Failure::unmet(
                format!("the stream of {device} has a gap"),
                format!("no more than {most} without a packet"),
                format!("{} ms", self.longest_gap.as_millis()),
            )),
            _ => Ok(()),
        }
    }

    /// That the stream broke, after what has gone over it.
    pub(super) fn broke(&self, device: &DeviceName, error: &io::Error) -> Failure {
        let after = format!("after {} packets", self.packets);
        match error.kind() {
            io::ErrorKind::TimedOut => Failure::fail(
                "stream-blocked",
                format!("{device} took no packet for {} s, {after}", PATIENCE.as_secs()),
                "is it in range? The HCI capture (`--capture`) tells what it acknowledged",
            ),
            _ => Failure::fail(
                "stream-ended",
                format!("the stream with {device} ended {after}: {error}"),
                "the device or BlueZ closed it; the HCI capture (`--capture`) tells who",
            ),
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
