//! The types of structures (Assigned Numbers 2.3), with their words and how they are shown.

use super::form::Form;
use crate::mgmt::protocol::BitNames;

/// Whose types they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Namespace {
    /// Of extended inquiry responses and advertising.
    #[default]
    Eir,
    /// Of Read Controller Capabilities, which borrows the format (doc/mgmt-protocol.rst).
    Capabilities,
}

/// The types that are asked for by name.
pub mod kind {
    /// How it can be discovered.
    pub const FLAGS: u8 = 0x01;
    /// The beginning of the name.
    pub const SHORTENED_NAME: u8 = 0x08;
    /// The whole name.
    pub const COMPLETE_NAME: u8 = 0x09;
    /// The power it sends with.
    pub const TX_POWER: u8 = 0x0A;
    /// The class of device.
    pub const CLASS_OF_DEVICE: u8 = 0x0D;
    /// A device ID in an extended inquiry response, a temporary key out of band.
    pub const DEVICE_ID_OR_TK: u8 = 0x10;
    /// The appearance.
    pub const APPEARANCE: u8 = 0x19;
    /// What a company likes.
    pub const MANUFACTURER: u8 = 0xFF;
    /// Lists of the UUIDs of services, of 16, 32 and 128 bits.
    pub const SERVICE_LISTS: [u8; 6] = [0x02, 0x03, 0x04, 0x05, 0x06, 0x07];
    /// Data of services, with UUIDs of 16, 32 and 128 bits.
    pub const SERVICE_DATA: [u8; 3] = [0x16, 0x20, 0x21];
    /// What must not be shown: hashes and randomizers, temporary keys, confirmation and random values of pairing out of
    /// band, and broadcast codes.
    pub const SECRETS: [u8; 8] = [0x0E, 0x0F, DEVICE_ID_OR_TK, 0x1D, 0x1E, 0x22, 0x23, 0x2D];
}

/// The flags of advertising data (Core Specification Supplement Part A 1.3).
pub(super) static FLAGS: BitNames = BitNames(&[
    "limited-discoverable",
    "general-discoverable",
    "bredr-not-supported",
    "simultaneous-le-bredr",
]);
static SECURITY_FLAGS: BitNames = BitNames(&[
    "remote-public-key-validation-bredr",
    "remote-public-key-validation-le",
    "encryption-key-size-enforcement-bredr",
    "encryption-key-size-enforcement-le",
]);
static OOB_FLAGS: BitNames =
    BitNames(&["oob-data-present", "le-supported", "simultaneous-le-bredr", "random-address"]);

/// A type: number, word, form.
pub(super) type Kind = (u8, &'static str, Form);

const EIR: &[Kind] = &[
    (0x01, "flags", Form::Flags(&FLAGS)),
    (0x02, "incomplete-services-16", Form::Uuids(2)),
    (0x03, "complete-services-16", Form::Uuids(2)),
    (0x04, "incomplete-services-32", Form::Uuids(4)),
    (0x05, "complete-services-32", Form::Uuids(4)),
    (0x06, "incomplete-services-128", Form::Uuids(16)),
    (0x07, "complete-services-128", Form::Uuids(16)),
    (0x08, "shortened-local-name", Form::Text),
    (0x09, "complete-local-name", Form::Text),
    (0x0A, "tx-power-level", Form::Signed),
    (0x0D, "class-of-device", Form::Number(3)),
    (0x0E, "simple-pairing-hash-192", Form::Octets),
    (0x0F, "simple-pairing-randomizer-192", Form::Octets),
    (0x10, "device-id", Form::Octets),
    (0x11, "security-manager-oob-flags", Form::Flags(&OOB_FLAGS)),
    (0x12, "peripheral-connection-interval-range", Form::Octets),
    (0x14, "solicited-services-16", Form::Uuids(2)),
    (0x15, "solicited-services-128", Form::Uuids(16)),
    (0x16, "service-data-16", Form::Service(2)),
    (0x17, "public-target-address", Form::Octets),
    (0x18, "random-target-address", Form::Octets),
    (0x19, "appearance", Form::Number(2)),
    (0x1A, "advertising-interval", Form::Number(2)),
    (0x1B, "le-device-address", Form::Octets),
    (0x1C, "le-role", Form::Number(1)),
    (0x1D, "simple-pairing-hash-256", Form::Octets),
    (0x1E, "simple-pairing-randomizer-256", Form::Octets),
    (0x1F, "solicited-services-32", Form::Uuids(4)),
    (0x20, "service-data-32", Form::Service(4)),
    (0x21, "service-data-128", Form::Service(16)),
    (0x22, "le-secure-connections-confirmation", Form::Octets),
    (0x23, "le-secure-connections-random", Form::Octets),
    (0x24, "uri", Form::Octets),
    (0x25, "indoor-positioning", Form::Octets),
    (0x26, "transport-discovery-data", Form::Octets),
    (0x27, "le-supported-features", Form::Octets),
    (0x28, "channel-map-update-indication", Form::Octets),
    (0x29, "pb-adv", Form::Octets),
    (0x2A, "mesh-message", Form::Octets),
    (0x2B, "mesh-beacon", Form::Octets),
    (0x2C, "big-info", Form::Octets),
    (0x2D, "broadcast-code", Form::Octets),
    (0x2E, "resolvable-set-identifier", Form::Octets),
    (0x2F, "advertising-interval-long", Form::Octets),
    (0x30, "broadcast-name", Form::Text),
    (0x31, "encrypted-advertising-data", Form::Octets),
    (0x32, "periodic-advertising-response-timing", Form::Octets),
    (0x34, "electronic-shelf-label", Form::Octets),
    (0x3D, "3d-information", Form::Octets),
    (0xFF, "manufacturer-data", Form::Manufacturer),
];

const CAPABILITIES: &[Kind] = &[
    (0x01, "flags", Form::Flags(&SECURITY_FLAGS)),
    // The document has one octet for a key size; the kernel sends two (net/bluetooth/mgmt.c, read_controller_cap).
    (0x02, "max-encryption-key-size-bredr", Form::Number(2)),
    (0x03, "max-encryption-key-size-le", Form::Number(2)),
    (0x04, "supported-tx-power-le", Form::Range),
];

impl Namespace {
    /// All types that have a word.
    pub(super) fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Eir => EIR,
            Self::Capabilities => CAPABILITIES,
        }
    }
}
