//! The address that an HCI socket is bound to (`struct sockaddr_hci`, BlueZ `lib/bluetooth/hci.h`), which no
//! library that this program has knows.

use rustix::net::AddressFamily;
use rustix::net::addr::{SocketAddrArg, SocketAddrLen, SocketAddrOpaque};

/// `HCI_DEV_NONE`: all controllers, or none.
const NO_CONTROLLER: u16 = 0xFFFF;

/// `struct sockaddr_hci`. Every field is in the machine's own order.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(super) struct HciAddress {
    family: u16,
    controller: u16,
    channel: u16,
}

impl HciAddress {
    /// A channel that belongs to no controller.
    pub(super) fn no_controller(channel: u16) -> Self {
        Self { family: AddressFamily::BLUETOOTH.as_raw(), controller: NO_CONTROLLER, channel }
    }
}

// SAFETY: `with_sockaddr` hands on a pointer to `self`, which is plain data of C layout without padding, with
// its own size; both stay as they are until the closure returns.
#[allow(
    unsafe_code,
    reason = "the one way to give the system an address of a family that rustix does not know"
)]
unsafe impl SocketAddrArg for HciAddress {
    unsafe fn with_sockaddr<R>(
        &self,
        f: impl FnOnce(*const SocketAddrOpaque, SocketAddrLen) -> R,
    ) -> R {
        let size = SocketAddrLen::try_from(size_of::<Self>()).unwrap_or(0);
        f(std::ptr::from_ref(self).cast(), size)
    }
}
