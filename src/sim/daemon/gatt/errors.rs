//! bluetoothd's words for what goes wrong with an attribute (`create_gatt_dbus_error` in `src/gatt-client.c`).

use crate::sim::{bus::Refusal, radio::AttError};

pub(super) fn not_connected() -> Refusal {
    Refusal::failed("Not connected")
}

pub(super) fn not_permitted(message: &'static str) -> Refusal {
    Refusal::new("org.bluez.Error.NotPermitted", message)
}

pub(super) fn not_supported() -> Refusal {
    Refusal::new("org.bluez.Error.NotSupported", "Operation is not supported")
}

pub(super) fn not_authorized() -> Refusal {
    Refusal::new("org.bluez.Error.NotAuthorized", "Operation Not Authorized")
}

/// What a client hears of an error of the device's.
pub(super) fn of_device(error: AttError) -> Refusal {
    let wrong = |message| Refusal::new("org.bluez.Error.InvalidArguments", message);
    match error {
        AttError::READ_NOT_PERMITTED => not_permitted("Read not permitted"),
        AttError::WRITE_NOT_PERMITTED => not_permitted("Write not permitted"),
        AttError::INSUFFICIENT_AUTHENTICATION | AttError::INSUFFICIENT_ENCRYPTION => {
            not_permitted("Not paired")
        }
        AttError::INVALID_OFFSET => wrong("Invalid offset"),
        AttError::INVALID_LENGTH => wrong("Invalid Length"),
        AttError::INSUFFICIENT_AUTHORIZATION => not_authorized(),
        AttError(code) => Refusal::failed(format!("Operation failed with ATT error: 0x{code:02x}")),
    }
}
