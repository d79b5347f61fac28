//! The parameters that more than one command or event has, and short names for kinds.

use super::vocabulary as words;
use crate::mgmt::protocol::eir::Namespace;
use crate::mgmt::protocol::{Extent, Field, Kind, Width};

pub const U8: Kind = Kind::Unsigned(Width::One);
pub const U16: Kind = Kind::Unsigned(Width::Two);
pub const U24: Kind = Kind::Unsigned(Width::Three);
pub const U32: Kind = Kind::Unsigned(Width::Four);
pub const U64: Kind = Kind::Unsigned(Width::Eight);
pub const COUNT8: Kind = Kind::Count(Width::One);
pub const COUNT16: Kind = Kind::Count(Width::Two);
pub const SWITCH: Kind = choice(&words::SWITCH);
pub const PHYS: Kind = Kind::Bits(Width::Four, &words::PHYS);

/// A parameter of its own.
pub const fn field(name: &'static str, kind: Kind) -> Field {
    Field::new(name, kind)
}

/// One octet that stands for one of several things.
pub const fn choice(choices: &'static crate::mgmt::protocol::Choices) -> Kind {
    Kind::Choice(Width::One, choices)
}

/// As many values as a count before says.
pub const fn values(kind: &'static Kind) -> Kind {
    Kind::Values(Extent::Counted, kind)
}

/// As many groups of fields as a count before says.
pub const fn records(fields: &'static [Field]) -> Kind {
    Kind::Records(Extent::Counted, fields)
}

pub const ADDRESS: Field = field("address", Kind::Address);
pub const ADDRESS_TYPE: Field = field("address-type", choice(&words::ADDRESS_TYPES));
pub const DISCOVERY_TYPE: Field =
    field("address-type", Kind::Bits(Width::One, &words::DISCOVERY_TYPES));
pub const CURRENT_SETTINGS: Field =
    field("current-settings", Kind::Bits(Width::Four, &words::SETTINGS));
pub const SUPPORTED_SETTINGS: Field =
    field("supported-settings", Kind::Bits(Width::Four, &words::SETTINGS));
pub const MISSING_OPTIONS: Field =
    field("missing-options", Kind::Bits(Width::Four, &words::OPTIONS));
pub const CLASS_OF_DEVICE: Field = field("class-of-device", U24);
pub const NAME: Field = field("name", Kind::Text(249));
pub const SHORT_NAME: Field = field("short-name", Kind::Text(11)).or(0);
pub const IO_CAPABILITY: Field = field("io-capability", choice(&words::IO_CAPABILITY));
pub const ACTION: Field = field("action", choice(&words::ACTION));
pub const INSTANCE: Field = field("instance", U8);
pub const MONITOR_HANDLE: Field = field("monitor-handle", U16);
pub const STATUS: Field = field("status", Kind::Status);
pub const STORE_HINT: Field = field("store-hint", SWITCH);
pub const VALUE: Field = field("value", Kind::Key);
pub const RSSI: Field = field("rssi", Kind::Signed);
pub const ADVERTISING_FLAGS: Field =
    field("flags", Kind::Bits(Width::Four, &words::ADVERTISING_FLAGS)).or(0);
pub const FOUND_FLAGS: Field = field("flags", Kind::Bits(Width::Four, &words::FOUND_FLAGS));
pub const FEATURE_FLAGS: Field = field("flags", Kind::Bits(Width::Four, &words::FEATURE_FLAGS));
pub const SUPPORTED_FLAGS: Field =
    field("supported-flags", Kind::Bits(Width::Four, &words::DEVICE_FLAGS));
pub const CURRENT_FLAGS: Field =
    field("current-flags", Kind::Bits(Width::Four, &words::DEVICE_FLAGS));
pub const CONTROLLER_TYPE: Field = field("controller-type", choice(&words::CONTROLLER_TYPE));
pub const CONTROLLER_BUS: Field = field("controller-bus", choice(&words::BUS));
pub const EIR_LENGTH: Field = field("eir-data-length", COUNT16);
pub const EIR: Field = field("eir-data", Kind::Eir(Namespace::Eir)).or(0);
pub const AD_LENGTH: Field = field("ad-data-length", COUNT16);
pub const AD: Field = field("ad-data", Kind::Eir(Namespace::Eir)).or(0);

pub const LINK_KEY: &[Field] = &[
    ADDRESS,
    ADDRESS_TYPE,
    field("key-type", choice(&words::LINK_KEY)),
    VALUE,
    field("pin-length", U8).or(0),
];
pub const LONG_TERM_KEY: &[Field] = &[
    ADDRESS,
    ADDRESS_TYPE,
    field("key-type", choice(&words::LONG_TERM_KEY)),
    field("central", SWITCH),
    field("encryption-size", U8).or(16),
    field("encryption-diversifier", U16),
    field("random-number", U64),
    VALUE,
];
pub const CONNECTION_PARAMETERS: &[Field] = &[
    ADDRESS,
    ADDRESS_TYPE,
    field("min-connection-interval", U16),
    field("max-connection-interval", U16),
    field("connection-latency", U16),
    field("supervision-timeout", U16),
];
pub const SUBRATE: &[Field] = &[
    ADDRESS,
    ADDRESS_TYPE,
    field("min-connection-interval", U16),
    field("max-connection-interval", U16),
    field("subrate-min", U16),
    field("subrate-max", U16),
    field("max-latency", U16),
    field("continuation-number", U16),
    field("supervision-timeout", U16),
];
pub const PATTERN: &[Field] = &[
    field("ad-type", U8),
    field("offset", U8).or(0),
    field("length", COUNT8),
    field("value", Kind::Padded(31)),
];
const SYSTEM_PARAMETER: &[Field] = &[
    field("parameter-type", Kind::Choice(Width::Two, &words::SYSTEM_PARAMETER)),
    field("value-length", COUNT8),
    field("value", Kind::Data(Extent::Counted)),
];
const RUNTIME_PARAMETER: &[Field] = &[
    field("parameter-type", Kind::Choice(Width::Two, &words::RUNTIME_PARAMETER)),
    field("value-length", COUNT8),
    field("value", Kind::Data(Extent::Counted)),
];
// A list that ends with the packet; the document has no name for it.
pub const SYSTEM_CONFIGURATION: Field =
    field("parameters", Kind::Records(Extent::ToEnd, SYSTEM_PARAMETER)).or(0);
pub const RUNTIME_CONFIGURATION: Field =
    field("parameters", Kind::Records(Extent::ToEnd, RUNTIME_PARAMETER)).or(0);
