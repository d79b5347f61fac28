//! Advertisement monitors: that they come and go. They find nothing here; what they would find, a
//! discovery does.

use super::{Kernel, Place, Request, Status, Taken};
use crate::mgmt::protocol::{Record, Value};

/// What the kernel does itself where a controller cannot (recorded).
const MONITORS: u16 = 32;
const PATTERNS: u8 = 16;
/// The longest advertisement that a pattern can be about.
const LONGEST: u64 = 31;

impl Kernel {
    pub(super) fn monitor(&mut self, place: Place, request: &Request) -> Taken {
        match request.command.name {
            "Read Advertisement Monitor Features" => self.read_monitors(place, request),
            "Remove Advertisement Monitor" => self.remove_monitor(place, request),
            _ => self.add_monitor(place, request),
        }
    }

    fn read_monitors(&mut self, place: Place, request: &Request) -> Taken {
        let handles = self.controllers[place].monitors.iter().map(|handle| Value::from(*handle));
        let reply = Record::new()
            .with("supported-features", 0_u8)
            .with("enabled-features", 0_u8)
            .with("max-num-handles", MONITORS)
            .with("max-num-patterns", PATTERNS)
            .with("handle", Value::Values(handles.collect()));
        self.complete(request, &reply);
        Ok(())
    }

    fn add_monitor(&mut self, place: Place, request: &Request) -> Taken {
        let patterns = request.arguments.records("patterns");
        let fits = |pattern: &Record| {
            let offset = pattern.uint("offset").unwrap_or_default();
            let length = pattern.octets("value").map_or(0, |octets| octets.len() as u64);
            length > 0 && offset + length <= LONGEST
        };
        let most = usize::from(PATTERNS);
        if patterns.is_empty() || patterns.len() > most || !patterns.iter().all(fits) {
            return Err(Status::INVALID_PARAMETERS);
        }
        let controller = &mut self.controllers[place];
        if !controller.is_on() {
            return Err(Status::FAILED);
        }
        let free = (1..=MONITORS).find(|handle| !controller.monitors.contains(handle));
        let handle = free.ok_or(Status::NO_RESOURCES)?;
        controller.monitors.insert(handle);
        let record = Record::new().with("monitor-handle", handle);
        self.tell(place, "Advertisement Monitor Added", &record, Some(request.client));
        self.complete(request, &record);
        Ok(())
    }

    /// Handle 0 stands for all of them, also in the event.
    fn remove_monitor(&mut self, place: Place, request: &Request) -> Taken {
        let handle = u16::try_from(request.number("monitor-handle")).unwrap_or(u16::MAX);
        let record = Record::new().with("monitor-handle", handle);
        let monitors = &mut self.controllers[place].monitors;
        if handle == 0 {
            monitors.clear();
        } else if !monitors.remove(&handle) {
            self.complete_with(request, Status::INVALID_PARAMETERS, &record);
            return Ok(());
        }
        self.tell(place, "Advertisement Monitor Removed", &record, Some(request.client));
        self.complete(request, &record);
        Ok(())
    }
}
