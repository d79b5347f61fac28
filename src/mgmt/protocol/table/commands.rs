//! Every command (doc/mgmt-protocol.rst, Commands), in the order of the codes.
//!
//! A line: code, documented name, whom it is for, what it takes, what it gives back.

use super::Command;
use super::Target::{Controller, Either, NonController};
use super::fields::*;
use super::vocabulary as words;
use crate::mgmt::protocol::eir::Namespace;
use crate::mgmt::protocol::{Extent, Field, Kind, Width};

const fn command(
    code: u16,
    name: &'static str,
    target: super::Target,
    parameters: &'static [Field],
    reply: &'static [Field],
) -> Command {
    Command { code, name, target, parameters, reply }
}

const NOTHING: &[Field] = &[];
const SETTINGS: &[Field] = &[CURRENT_SETTINGS];
const DEVICE: &[Field] = &[ADDRESS, ADDRESS_TYPE];
const CLASS: &[Field] = &[CLASS_OF_DEVICE];
const OPTIONS: Kind = Kind::Bits(Width::Four, &words::OPTIONS);
const FEATURES: Kind = Kind::Bits(Width::Four, &words::MONITOR_FEATURES);
const HASH_256: Field = field("hash-256", Kind::Key).optional();
const RANDOMIZER_256: Field = field("randomizer-256", Kind::Key).optional();
const MAX_ADV_DATA_LEN: Field = field("max-adv-data-len", U8);
const MAX_SCAN_RSP_LEN: Field = field("max-scan-rsp-len", U8);
const DURATION: Field = field("duration", U16).or(0);
const TIMEOUT: Field = field("timeout", U16).or(0);
const PATTERN_COUNT: Field = field("pattern-count", COUNT8);
const PATTERNS: Field = field("patterns", records(PATTERN));
const AD_STRUCTURES: Kind = Kind::Eir(Namespace::Eir);

/// Every command; the place is the code less one.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    command(0x0001, "Read Management Version Information", NonController, NOTHING, &[field("version", U8), field("revision", U16)]),
    command(0x0002, "Read Management Supported Commands", NonController, NOTHING,
        &[field("num-of-commands", COUNT16), field("num-of-events", COUNT16), field("command", values(&U16)), field("event", values(&U16))]),
    command(0x0003, "Read Controller Index List", NonController, NOTHING, &[field("num-controllers", COUNT16), field("controller-index", values(&U16))]),
    command(0x0004, "Read Controller Information", Controller, NOTHING,
        &[ADDRESS, field("bluetooth-version", U8), field("manufacturer", U16), SUPPORTED_SETTINGS, CURRENT_SETTINGS, CLASS_OF_DEVICE, NAME, SHORT_NAME]),
    command(0x0005, "Set Powered", Controller, &[field("powered", SWITCH)], SETTINGS),
    command(0x0006, "Set Discoverable", Controller, &[field("discoverable", choice(&words::DISCOVERABLE)), TIMEOUT], SETTINGS),
    command(0x0007, "Set Connectable", Controller, &[field("connectable", SWITCH)], SETTINGS),
    command(0x0008, "Set Fast Connectable", Controller, &[field("enable", SWITCH)], SETTINGS),
    command(0x0009, "Set Bondable", Controller, &[field("bondable", SWITCH)], SETTINGS),
    command(0x000A, "Set Link Security", Controller, &[field("link-security", SWITCH)], SETTINGS),
    command(0x000B, "Set Secure Simple Pairing", Controller, &[field("secure-simple-pairing", SWITCH)], SETTINGS),
    command(0x000C, "Set High Speed", Controller, &[field("high-speed", SWITCH)], SETTINGS),
    command(0x000D, "Set Low Energy", Controller, &[field("low-energy", SWITCH)], SETTINGS),
    command(0x000E, "Set Device Class", Controller, &[field("major-class", U8), field("minor-class", U8)], CLASS),
    command(0x000F, "Set Local Name", Controller, &[NAME, SHORT_NAME], &[NAME, SHORT_NAME]),
    command(0x0010, "Add UUID", Controller, &[field("uuid", Kind::Uuid), field("svc-hint", U8).or(0)], CLASS),
    command(0x0011, "Remove UUID", Controller, &[field("uuid", Kind::Uuid)], CLASS),
    command(0x0012, "Load Link Keys", Controller, &[field("debug-keys", SWITCH).or(0), field("key-count", COUNT16), field("keys", records(LINK_KEY))], NOTHING),
    command(0x0013, "Load Long Term Keys", Controller, &[field("key-count", COUNT16), field("keys", records(LONG_TERM_KEY))], NOTHING),
    command(0x0014, "Disconnect", Controller, DEVICE, DEVICE),
    command(0x0015, "Get Connections", Controller, NOTHING, &[field("connection-count", COUNT16), field("connections", records(DEVICE))]),
    command(0x0016, "PIN Code Reply", Controller, &[ADDRESS, ADDRESS_TYPE, field("pin-length", COUNT8), field("pin-code", Kind::Pin)], DEVICE),
    command(0x0017, "PIN Code Negative Reply", Controller, DEVICE, DEVICE),
    command(0x0018, "Set IO Capability", Controller, &[IO_CAPABILITY], NOTHING),
    command(0x0019, "Pair Device", Controller, &[ADDRESS, ADDRESS_TYPE, IO_CAPABILITY], DEVICE),
    command(0x001A, "Cancel Pair Device", Controller, DEVICE, DEVICE),
    command(0x001B, "Unpair Device", Controller, &[ADDRESS, ADDRESS_TYPE, field("disconnect", SWITCH).or(1)], DEVICE),
    command(0x001C, "User Confirmation Reply", Controller, DEVICE, DEVICE),
    command(0x001D, "User Confirmation Negative Reply", Controller, DEVICE, DEVICE),
    command(0x001E, "User Passkey Reply", Controller, &[ADDRESS, ADDRESS_TYPE, field("passkey", Kind::Passkey)], DEVICE),
    command(0x001F, "User Passkey Negative Reply", Controller, DEVICE, DEVICE),
    command(0x0020, "Read Local Out Of Band Data", Controller, NOTHING,
        &[field("hash-192", Kind::Key), field("randomizer-192", Kind::Key), HASH_256, RANDOMIZER_256]),
    command(0x0021, "Add Remote Out Of Band Data", Controller,
        &[ADDRESS, ADDRESS_TYPE, field("hash-192", Kind::Key).or(0), field("randomizer-192", Kind::Key).or(0), HASH_256, RANDOMIZER_256], DEVICE),
    command(0x0022, "Remove Remote Out Of Band Data", Controller, DEVICE, DEVICE),
    command(0x0023, "Start Discovery", Controller, &[DISCOVERY_TYPE], &[DISCOVERY_TYPE]),
    command(0x0024, "Stop Discovery", Controller, &[DISCOVERY_TYPE], &[DISCOVERY_TYPE]),
    command(0x0025, "Confirm Name", Controller, &[ADDRESS, ADDRESS_TYPE, field("name-known", SWITCH)], DEVICE),
    command(0x0026, "Block Device", Controller, DEVICE, DEVICE),
    command(0x0027, "Unblock Device", Controller, DEVICE, DEVICE),
    command(0x0028, "Set Device ID", Controller,
        &[field("source", Kind::Choice(Width::Two, &words::DEVICE_ID_SOURCE)), field("vendor", U16), field("product", U16), field("version", U16)], NOTHING),
    command(0x0029, "Set Advertising", Controller, &[field("advertising", choice(&words::ADVERTISING))], SETTINGS),
    command(0x002A, "Set BR/EDR", Controller, &[field("br-edr", SWITCH)], SETTINGS),
    command(0x002B, "Set Static Address", Controller, &[ADDRESS], SETTINGS),
    command(0x002C, "Set Scan Parameters", Controller, &[field("interval", U16), field("window", U16)], NOTHING),
    command(0x002D, "Set Secure Connections", Controller, &[field("secure-connections", choice(&words::SECURE_CONNECTIONS))], SETTINGS),
    command(0x002E, "Set Debug Keys", Controller, &[field("debug-keys", choice(&words::DEBUG_KEYS))], SETTINGS),
    command(0x002F, "Set Privacy", Controller, &[field("privacy", choice(&words::PRIVACY)), field("identity-resolving-key", Kind::Key).or(0)], SETTINGS),
    command(0x0030, "Load Identity Resolving Keys", Controller, &[field("key-count", COUNT16), field("keys", records(&[ADDRESS, ADDRESS_TYPE, VALUE]))], NOTHING),
    command(0x0031, "Get Connection Information", Controller, DEVICE,
        &[ADDRESS, ADDRESS_TYPE, RSSI, field("tx-power", Kind::Signed), field("max-tx-power", Kind::Signed)]),
    command(0x0032, "Get Clock Information", Controller, DEVICE,
        &[ADDRESS, ADDRESS_TYPE, field("local-clock", U32), field("piconet-clock", U32), field("accuracy", U16)]),
    command(0x0033, "Add Device", Controller, &[ADDRESS, ADDRESS_TYPE, ACTION], DEVICE),
    command(0x0034, "Remove Device", Controller, DEVICE, DEVICE),
    command(0x0035, "Load Connection Parameters", Controller, &[field("param-count", COUNT16), field("parameters", records(CONNECTION_PARAMETERS))], NOTHING),
    command(0x0036, "Read Unconfigured Controller Index List", NonController, NOTHING,
        &[field("num-controllers", COUNT16), field("controller-index", values(&U16))]),
    command(0x0037, "Read Controller Configuration Information", Controller, NOTHING,
        &[field("manufacturer", U16), field("supported-options", OPTIONS), MISSING_OPTIONS]),
    command(0x0038, "Set External Configuration", Controller, &[field("configuration", choice(&words::CONFIGURATION))], &[MISSING_OPTIONS]),
    command(0x0039, "Set Public Address", Controller, &[ADDRESS], &[MISSING_OPTIONS]),
    command(0x003A, "Start Service Discovery", Controller,
        &[DISCOVERY_TYPE, field("rssi-threshold", Kind::Signed).or(127), field("uuid-count", COUNT16), field("uuid", values(&Kind::Uuid)).or(0)], &[DISCOVERY_TYPE]),
    command(0x003B, "Read Local Out Of Band Extended Data", Controller, &[DISCOVERY_TYPE], &[DISCOVERY_TYPE, EIR_LENGTH, EIR]),
    command(0x003C, "Read Extended Controller Index List", NonController, NOTHING,
        &[field("num-controllers", COUNT16), field("controllers", records(&[field("controller-index", U16), CONTROLLER_TYPE, CONTROLLER_BUS]))]),
    command(0x003D, "Read Advertising Features", Controller, NOTHING,
        &[field("supported-flags", ADVERTISING_FLAGS.kind), MAX_ADV_DATA_LEN, MAX_SCAN_RSP_LEN,
          field("max-instances", U8), field("num-instances", COUNT8), field("instance", values(&U8))]),
    command(0x003E, "Add Advertising", Controller,
        &[INSTANCE, ADVERTISING_FLAGS, DURATION, TIMEOUT, field("adv-data-len", COUNT8), field("scan-rsp-len", COUNT8),
          field("adv-data", AD_STRUCTURES).or(0), field("scan-rsp", AD_STRUCTURES).or(0)], &[INSTANCE]),
    command(0x003F, "Remove Advertising", Controller, &[INSTANCE], &[INSTANCE]),
    command(0x0040, "Get Advertising Size Information", Controller, &[INSTANCE, ADVERTISING_FLAGS],
        &[INSTANCE, ADVERTISING_FLAGS, MAX_ADV_DATA_LEN, MAX_SCAN_RSP_LEN]),
    command(0x0041, "Start Limited Discovery", Controller, &[DISCOVERY_TYPE], &[DISCOVERY_TYPE]),
    command(0x0042, "Read Extended Controller Information", Controller, NOTHING,
        &[ADDRESS, field("bluetooth-version", U8), field("manufacturer", U16), SUPPORTED_SETTINGS, CURRENT_SETTINGS, EIR_LENGTH, EIR]),
    command(0x0043, "Set Appearance", Controller, &[field("appearance", U16)], NOTHING),
    command(0x0044, "Get PHY Configuration", Controller, NOTHING,
        &[field("supported-phys", PHYS), field("configurable-phys", PHYS), field("selected-phys", PHYS)]),
    command(0x0045, "Set PHY Configuration", Controller, &[field("selected-phys", PHYS)], NOTHING),
    command(0x0046, "Load Blocked Keys", Controller,
        &[field("key-count", COUNT16), field("keys", records(&[field("key-type", choice(&words::BLOCKED_KEY)), VALUE]))], NOTHING),
    command(0x0047, "Set Wideband Speech", Controller, &[field("wideband-speech", SWITCH)], SETTINGS),
    command(0x0048, "Read Controller Capabilities", Controller, NOTHING,
        &[field("capabilities-data-length", COUNT16), field("capabilities-data", Kind::Eir(Namespace::Capabilities))]),
    command(0x0049, "Read Experimental Features Information", Either, NOTHING,
        &[field("feature-count", COUNT16), field("features", records(&[field("uuid", Kind::Uuid), FEATURE_FLAGS]))]),
    command(0x004A, "Set Experimental Feature", Either, &[field("uuid", Kind::Uuid), field("action", SWITCH)], &[field("uuid", Kind::Uuid), FEATURE_FLAGS]),
    command(0x004B, "Read Default System Configuration", Controller, NOTHING, &[SYSTEM_CONFIGURATION]),
    command(0x004C, "Set Default System Configuration", Controller, &[SYSTEM_CONFIGURATION], NOTHING),
    command(0x004D, "Read Default Runtime Configuration", Controller, NOTHING, &[RUNTIME_CONFIGURATION]),
    command(0x004E, "Set Default Runtime Configuration", Controller, &[RUNTIME_CONFIGURATION], NOTHING),
    command(0x004F, "Get Device Flags", Controller, DEVICE, &[ADDRESS, ADDRESS_TYPE, SUPPORTED_FLAGS, CURRENT_FLAGS]),
    command(0x0050, "Set Device Flags", Controller, &[ADDRESS, ADDRESS_TYPE, CURRENT_FLAGS], DEVICE),
    command(0x0051, "Read Advertisement Monitor Features", Controller, NOTHING,
        &[field("supported-features", FEATURES), field("enabled-features", FEATURES), field("max-num-handles", U16), field("max-num-patterns", U8),
          field("num-handles", COUNT16), field("handle", values(&U16))]),
    command(0x0052, "Add Advertisement Patterns Monitor", Controller, &[PATTERN_COUNT, PATTERNS], &[MONITOR_HANDLE]),
    command(0x0053, "Remove Advertisement Monitor", Controller, &[MONITOR_HANDLE], &[MONITOR_HANDLE]),
    command(0x0054, "Add Extended Advertising Parameters", Controller,
        &[INSTANCE, ADVERTISING_FLAGS, DURATION, TIMEOUT, field("min-interval", U32).or(0), field("max-interval", U32).or(0), field("tx-power", Kind::Signed).or(127)],
        &[INSTANCE, field("tx-power", Kind::Signed), MAX_ADV_DATA_LEN, MAX_SCAN_RSP_LEN]),
    command(0x0055, "Add Extended Advertising Data", Controller,
        &[INSTANCE, field("advertising-data-length", COUNT8), field("scan-response-length", COUNT8),
          field("advertising-data", AD_STRUCTURES).or(0), field("scan-response", AD_STRUCTURES).or(0)], &[INSTANCE]),
    command(0x0056, "Add Advertisement Patterns Monitor With RSSI Threshold", Controller,
        &[field("high-threshold", Kind::Signed), field("high-threshold-timer", U16), field("low-threshold", Kind::Signed), field("low-threshold-timer", U16),
          field("sampling-period", U8), PATTERN_COUNT, PATTERNS], &[MONITOR_HANDLE]),
    command(0x0057, "Set Mesh Receiver", Controller,
        &[field("enable", SWITCH), field("window", U16), field("period", U16), field("num-ad-types", COUNT8), field("ad-types", values(&U8)).or(0)], NOTHING),
    command(0x0058, "Read Mesh Features", Controller, NOTHING,
        &[field("index", U16), field("max-handles", U8), field("used-handles", COUNT8), field("handle", values(&U8))]),
    command(0x0059, "Transmit Mesh Packet", Controller,
        &[ADDRESS, ADDRESS_TYPE, field("instant", U64).or(0), field("delay", U16).or(0), field("count", U8).or(1),
          field("data-length", COUNT8), field("data", AD_STRUCTURES)], &[field("handle", U8)]),
    command(0x005A, "Cancel Transmit Mesh Packet", Controller, &[field("handle", U8)], NOTHING),
    command(0x005B, "Send HCI command and wait for event", Controller,
        &[field("opcode", U16), field("event", U8).or(0), field("timeout", U8).or(0), field("parameter-length", COUNT16), field("parameter", Kind::Data(Extent::Counted)).or(0)],
        &[field("response", Kind::Data(Extent::ToEnd))]),
    command(0x005C, "Load Connection Subrate", Controller, &[field("param-count", COUNT16), field("parameters", records(SUBRATE))], NOTHING),
];
