//! Every event (doc/mgmt-protocol.rst, Events), in the order of the codes.
//!
//! A line: code, documented name, whom it is about, what it says.

use super::EventKind;
use super::Target::{Controller, Either};
use super::fields::*;
use super::vocabulary as words;
use crate::mgmt::protocol::{Extent, Field, Kind};

const fn event(
    code: u16,
    name: &'static str,
    target: super::Target,
    parameters: &'static [Field],
) -> EventKind {
    EventKind { code, name, target, parameters }
}

const NOTHING: &[Field] = &[];
const DEVICE: &[Field] = &[ADDRESS, ADDRESS_TYPE];
const OPCODE: Field = field("command-opcode", U16);
const TYPE_AND_BUS: &[Field] = &[CONTROLLER_TYPE, CONTROLLER_BUS];
const LINK_KEY_TYPE: Field = field("key-type", choice(&words::LINK_KEY));
const LONG_TERM_KEY_TYPE: Field = field("key-type", choice(&words::LONG_TERM_KEY));

/// Every event; the place is the code less one.
#[rustfmt::skip]
pub static EVENTS: &[EventKind] = &[
    event(0x0001, "Command Complete", Either, &[OPCODE, STATUS, field("return-parameters", Kind::Data(Extent::ToEnd))]),
    event(0x0002, "Command Status", Either, &[OPCODE, STATUS]),
    event(0x0003, "Controller Error", Controller, &[field("error-code", U8)]),
    event(0x0004, "Index Added", Controller, NOTHING),
    event(0x0005, "Index Removed", Controller, NOTHING),
    event(0x0006, "New Settings", Controller, &[CURRENT_SETTINGS]),
    event(0x0007, "Class Of Device Changed", Controller, &[CLASS_OF_DEVICE]),
    event(0x0008, "Local Name Changed", Controller, &[NAME, SHORT_NAME]),
    event(0x0009, "New Link Key", Controller, &[STORE_HINT, ADDRESS, ADDRESS_TYPE, LINK_KEY_TYPE, VALUE, field("pin-length", U8)]),
    event(0x000A, "New Long Term Key", Controller,
        &[STORE_HINT, ADDRESS, ADDRESS_TYPE, LONG_TERM_KEY_TYPE, field("central", SWITCH), field("encryption-size", U8),
          field("encryption-diversifier", U16), field("random-number", U64), VALUE]),
    event(0x000B, "Device Connected", Controller, &[ADDRESS, ADDRESS_TYPE, FOUND_FLAGS, EIR_LENGTH, EIR]),
    event(0x000C, "Device Disconnected", Controller, &[ADDRESS, ADDRESS_TYPE, field("reason", choice(&words::DISCONNECT_REASON))]),
    event(0x000D, "Connect Failed", Controller, &[ADDRESS, ADDRESS_TYPE, STATUS]),
    event(0x000E, "PIN Code Request", Controller, &[ADDRESS, ADDRESS_TYPE, field("secure", SWITCH)]),
    event(0x000F, "User Confirmation Request", Controller, &[ADDRESS, ADDRESS_TYPE, field("confirm-hint", SWITCH), field("value", Kind::Passkey)]),
    event(0x0010, "User Passkey Request", Controller, DEVICE),
    event(0x0011, "Authentication Failed", Controller, &[ADDRESS, ADDRESS_TYPE, STATUS]),
    event(0x0012, "Device Found", Controller, &[ADDRESS, ADDRESS_TYPE, RSSI, FOUND_FLAGS, EIR_LENGTH, EIR]),
    event(0x0013, "Discovering", Controller, &[DISCOVERY_TYPE, field("discovering", SWITCH)]),
    event(0x0014, "Device Blocked", Controller, DEVICE),
    event(0x0015, "Device Unblocked", Controller, DEVICE),
    event(0x0016, "Device Unpaired", Controller, DEVICE),
    event(0x0017, "Passkey Notify", Controller, &[ADDRESS, ADDRESS_TYPE, field("passkey", Kind::Passkey), field("entered", U8)]),
    event(0x0018, "New Identity Resolving Key", Controller, &[STORE_HINT, field("random-address", Kind::Address), ADDRESS, ADDRESS_TYPE, VALUE]),
    event(0x0019, "New Signature Resolving Key", Controller, &[STORE_HINT, ADDRESS, ADDRESS_TYPE, field("type", choice(&words::SIGNATURE_KEY)), VALUE]),
    event(0x001A, "Device Added", Controller, &[ADDRESS, ADDRESS_TYPE, ACTION]),
    event(0x001B, "Device Removed", Controller, DEVICE),
    // The document has the store hint first; the kernel and BlueZ have it after the address (mgmt_ev_new_conn_param).
    event(0x001C, "New Connection Parameter", Controller,
        &[ADDRESS, ADDRESS_TYPE, STORE_HINT, field("min-connection-interval", U16), field("max-connection-interval", U16),
          field("connection-latency", U16), field("supervision-timeout", U16)]),
    event(0x001D, "Unconfigured Index Added", Controller, NOTHING),
    event(0x001E, "Unconfigured Index Removed", Controller, NOTHING),
    event(0x001F, "New Configuration Options", Controller, &[MISSING_OPTIONS]),
    event(0x0020, "Extended Index Added", Controller, TYPE_AND_BUS),
    event(0x0021, "Extended Index Removed", Controller, TYPE_AND_BUS),
    event(0x0022, "Local Out Of Band Extended Data Updated", Controller, &[DISCOVERY_TYPE, EIR_LENGTH, EIR]),
    event(0x0023, "Advertising Added", Controller, &[INSTANCE]),
    event(0x0024, "Advertising Removed", Controller, &[INSTANCE]),
    event(0x0025, "Extended Controller Information Changed", Controller, &[EIR_LENGTH, EIR]),
    // BlueZ's struct has two octets; the kernel sends four, as documented (mgmt_ev_phy_configuration_changed).
    event(0x0026, "PHY Configuration Changed", Controller, &[field("selected-phys", PHYS)]),
    // The document has it for a controller; features of the whole stack have none (exp_feature_changed in the kernel).
    event(0x0027, "Experimental Feature Changed", Either, &[field("uuid", Kind::Uuid), FEATURE_FLAGS]),
    event(0x0028, "Default System Configuration Changed", Controller, &[SYSTEM_CONFIGURATION]),
    event(0x0029, "Default Runtime Configuration Changed", Controller, &[RUNTIME_CONFIGURATION]),
    event(0x002A, "Device Flags Changed", Controller, &[ADDRESS, ADDRESS_TYPE, SUPPORTED_FLAGS, CURRENT_FLAGS]),
    event(0x002B, "Advertisement Monitor Added", Controller, &[MONITOR_HANDLE]),
    event(0x002C, "Advertisement Monitor Removed", Controller, &[MONITOR_HANDLE]),
    event(0x002D, "Controller Suspend", Controller, &[field("suspend-state", choice(&words::SUSPEND_STATE))]),
    // BlueZ's struct has the address first; the kernel sends the reason first, as documented (mgmt_ev_controller_resume).
    event(0x002E, "Controller Resume", Controller, &[field("wake-reason", choice(&words::WAKE_REASON)), ADDRESS, ADDRESS_TYPE]),
    event(0x002F, "Advertisement Monitor Device Found", Controller, &[MONITOR_HANDLE, ADDRESS, ADDRESS_TYPE, RSSI, FOUND_FLAGS, AD_LENGTH, AD]),
    event(0x0030, "Advertisement Monitor Device Lost", Controller, &[MONITOR_HANDLE, ADDRESS, ADDRESS_TYPE]),
    event(0x0031, "Mesh Device Found", Controller, &[ADDRESS, ADDRESS_TYPE, RSSI, field("instant", U64), FOUND_FLAGS, AD_LENGTH, AD]),
    event(0x0032, "Mesh Packet Transmit Complete", Controller, &[field("handle", U8)]),
    event(0x0033, "Connection Subrate", Controller,
        &[ADDRESS, ADDRESS_TYPE, STATUS, field("interval", U16), field("subrate", U16), field("latency", U16), field("continuation-number", U16),
          field("supervision-timeout", U16)]),
];
