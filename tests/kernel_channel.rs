//! The management API of the kernel that the test runs on: only where there is one with Bluetooth, so
//! `scripts/lab.d/jobs/mgmt` runs it in the lab. A process of its own, so that every descriptor counts.

use std::time::Duration;

use bttest::mgmt::kernel::Kernel;
use bttest::mgmt::protocol::{Command, Index, command_of};
use serde_json::Map;

/// Read Management Version Information (BlueZ `doc/mgmt-protocol.rst`).
const READ_VERSION: u16 = 0x0001;

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("a /proc").count()
}

/// A client comes, asks one thing, and goes, with all that it had.
async fn come_and_go(command: &'static Command) {
    let client = Kernel::Machine.open().expect("the kernel's management API");
    let limit = Duration::from_secs(10);
    client.call(command, Index::NONE, &Map::new(), limit).await.expect("an answer");
    drop(client);
    // Its reader ends at the next turn of the runtime.
    tokio::task::yield_now().await;
}

#[tokio::test]
#[ignore = "needs a kernel with Bluetooth"]
async fn ten_thousand_clients_one_after_the_other_leave_no_descriptor() {
    let command = command_of(READ_VERSION).expect("in the table");
    come_and_go(command).await;
    let before = descriptors();
    for _ in 0..10_000 {
        come_and_go(command).await;
    }
    assert_eq!(descriptors(), before);
}
