//! Whether the bench is there: bluetoothd on the bus, and the adapter in its tree.

use std::time::Duration;

use super::{Bench, Failure};
use crate::plan::Span;

/// How long a bluetoothd or an adapter that has left may take to come back.
const RETURN: Duration = Duration::from_secs(10);

impl Bench {
    /// Waits a while for a bluetoothd or an adapter that has left. At once when both are there.
    ///
    /// # Errors
    /// One of them did not come back; the failure says which.
    pub async fn there(&self) -> Result<(), Failure> {
        let mirror = self.session().mirror();
        let there = async {
            // A bluetoothd that starts is on the bus before its adapters are in its tree.
            loop {
                mirror.present().await;
                if self.adapter().there().await.is_ok() {
                    return;
                }
            }
        };
        match tokio::time::timeout(RETURN, there).await {
            Ok(()) => Ok(()),
            Err(_) if mirror.read(|tree| tree.is_present()) => Err(Failure::bench(
                "adapter-gone",
                format!("the adapter {} is not there any more", self.adapter().name()),
                "was it unplugged? see `bluetoothctl list`",
            )),
            Err(_) => Err(Failure::bench(
                "bluez-gone",
                format!("bluetoothd left the bus and did not come back within {}", Span(RETURN)),
                "see `systemctl status bluetooth` and `journalctl -u bluetooth`",
            )),
        }
    }
}
