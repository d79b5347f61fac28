//! The run's HCI capture as the bench has it: whose link or pairing failed and why, and the part that belongs
//! to an attempt.

use std::cell::{Cell, RefCell};

use super::Bench;
use crate::event::{Event, Object};
use crate::mgmt::capture::Reason;
use crate::mgmt::capture::live::{Live, now};

/// The folder of the files, within that of the run.
pub const FOLDER: &str = "capture";

/// What is known of the capture.
#[derive(Debug, Default)]
pub(super) struct Captured {
    live: Option<Live>,
    /// When the attempt began, in microseconds since 1970.
    attempt: Cell<u64>,
    /// The last reason that was told of the adapter or a device of the plan, and when.
    last: RefCell<Option<(u64, String)>>,
}

impl Bench {
    /// From here on, what passes between the kernel and the controllers is captured.
    pub fn capture(&mut self, live: Live) {
        self.captured_mut().live = Some(live);
    }

    /// Waits until the capture tells why something failed, and gives it as an event. Never ends where there is
    /// no capture.
    pub async fn hci_told(&self) -> Event {
        let Some(live) = &self.captured().live else { return std::future::pending().await };
        loop {
            if let Some(event) = self.hci_event(&live.reason().await) {
                return event;
            }
        }
    }

    /// An attempt begins.
    pub fn capture_begins(&self) {
        self.captured().attempt.set(now());
    }

    /// Why something failed since a time, as the capture tells it; what of it was not told before is recorded.
    pub fn hci_since(&self, from: u64) -> Option<String> {
        for reason in self.captured().live.as_ref()?.reasons_by_now() {
            if let Some(event) = self.hci_event(&reason) {
                self.record(event);
            }
        }
        let last = self.captured().last.borrow();
        last.as_ref().filter(|(at, _)| *at >= from).map(|(_, reason)| reason.clone())
    }

    /// Keeps the capture of an attempt that did not pass. What cannot be kept says why.
    pub fn keep_capture(&self, name: &str) -> Option<Result<Event, String>> {
        let live = self.captured().live.as_ref()?;
        let kept = live.keep(name, self.captured().attempt.get()).transpose()?;
        Some(match kept {
            Ok(file) => Ok(Event::Captured { file: format!("{FOLDER}/{file}") }),
            Err(error) => Err(format!("the HCI capture of {name} cannot be kept: {error}")),
        })
    }

    /// Why the capture of the whole run is not whole.
    pub fn capture_trouble(&self) -> Option<String> {
        self.captured().live.as_ref()?.trouble()
    }

    /// A reason, if it is about the adapter or a device of the plan.
    fn hci_event(&self, reason: &Reason) -> Option<Event> {
        let object = match reason.address {
            Some(address) => self.device_at(address, None)?,
            None => Object {
                name: self.adapter().name().to_owned(),
                path: self.adapter().path().to_owned(),
            },
        };
        let text = reason.to_string();
        *self.captured().last.borrow_mut() = Some((reason.at, text.clone()));
        Some(Event::Hci { object, reason: text })
    }
}
