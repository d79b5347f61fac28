//! The simulator through the eyes of a client: what is called, answered and signalled, in order,
//! against what was recorded of bluetoothd.

mod adapter;
mod agents;
mod audio;
mod bench;
mod centrals;
mod connecting;
mod crashes;
mod discovery;
mod dual_mode;
mod faults;
mod gatt;
mod incidents;
mod introspection;
mod kernel_bench;
mod kernel_incidents;
mod kernel_links;
mod kernel_pairing;
mod kernel_settings;
mod kernel_wire;
mod le_audio;
mod leftovers;
mod monitors;
mod on_bus;
mod pairing;
mod players;
mod profiles;
mod scenes;
mod sets;
mod soak;
mod standard;
mod statistics;
mod storms;

use bench::{Answer, Bench};
