//! The words for the numbers and bits of the management protocol (doc/mgmt-protocol.rst; each list is named after the
//! parameter it belongs to).

use crate::mgmt::protocol::{BitNames, Choices};

pub static SWITCH: Choices = Choices(&[(0, "off"), (1, "on")]);
pub static DISCOVERABLE: Choices = Choices(&[(0, "off"), (1, "general"), (2, "limited")]);
pub static ADVERTISING: Choices = Choices(&[(0, "off"), (1, "on"), (2, "connectable")]);
pub static SECURE_CONNECTIONS: Choices = Choices(&[(0, "off"), (1, "on"), (2, "only")]);
/// Set Debug Keys: keys are kept until the connection ends, or until a reboot; `generate` makes them, too.
pub static DEBUG_KEYS: Choices = Choices(&[(0, "off"), (1, "on"), (2, "generate")]);
pub static PRIVACY: Choices = Choices(&[(0, "off"), (1, "on"), (2, "limited")]);
pub static CONFIGURATION: Choices = Choices(&[(0, "unconfigured"), (1, "configured")]);
pub static ADDRESS_TYPES: Choices = Choices(&[(0, "bredr"), (1, "le-public"), (2, "le-random")]);
pub static IO_CAPABILITY: Choices = Choices(&[
    (0, "display-only"),
    (1, "display-yes-no"),
    (2, "keyboard-only"),
    (3, "no-input-no-output"),
    (4, "keyboard-display"),
]);
pub static DEVICE_ID_SOURCE: Choices =
    Choices(&[(0, "disabled"), (1, "bluetooth-sig"), (2, "usb-implementers-forum")]);
/// Add Device: scan for it in the background, let it connect, or connect it whenever it is seen.
pub static ACTION: Choices = Choices(&[(0, "background-scan"), (1, "allow"), (2, "auto-connect")]);
pub static LINK_KEY: Choices = Choices(&[
    (0, "combination"),
    (1, "local-unit"),
    (2, "remote-unit"),
    (3, "debug-combination"),
    (4, "unauthenticated-p-192"),
    (5, "authenticated-p-192"),
    (6, "changed-combination"),
    (7, "unauthenticated-p-256"),
    (8, "authenticated-p-256"),
]);
/// The list of New Long Term Key; that of Load Long Term Keys stops at 1.
pub static LONG_TERM_KEY: Choices = Choices(&[
    (0, "unauthenticated"),
    (1, "authenticated"),
    (2, "unauthenticated-p-256"),
    (3, "authenticated-p-256"),
    (4, "debug-p-256"),
]);
pub static SIGNATURE_KEY: Choices = Choices(&[
    (0, "unauthenticated-local"),
    (1, "unauthenticated-remote"),
    (2, "authenticated-local"),
    (3, "authenticated-remote"),
]);
pub static BLOCKED_KEY: Choices =
    Choices(&[(0, "link-key"), (1, "long-term-key"), (2, "identity-resolving-key")]);
pub static CONTROLLER_TYPE: Choices =
    Choices(&[(0, "primary"), (1, "unconfigured"), (2, "alternate")]);
pub static BUS: Choices = Choices(&[
    (0x00, "virtual"),
    (0x01, "usb"),
    (0x02, "pcmcia"),
    (0x03, "uart"),
    (0x04, "rs232"),
    (0x05, "pci"),
    (0x06, "sdio"),
    (0x07, "spi"),
    (0x08, "i2c"),
    (0x09, "smd"),
    (0x0A, "virtio"),
    (0x0B, "ipc"),
]);
pub static DISCONNECT_REASON: Choices = Choices(&[
    (0, "unspecified"),
    (1, "timeout"),
    (2, "local-host"),
    (3, "remote-host"),
    (4, "authentication-failure"),
    (5, "local-host-suspend"),
]);
pub static SUSPEND_STATE: Choices =
    Choices(&[(0, "running"), (1, "disconnected"), (2, "page-or-passive-scanning")]);
pub static WAKE_REASON: Choices =
    Choices(&[(0, "not-bluetooth"), (1, "unexpected-event"), (2, "remote-wake")]);
/// 0x001c is not assigned.
pub static SYSTEM_PARAMETER: Choices = Choices(&[
    (0x0000, "bredr-page-scan-type"),
    (0x0001, "bredr-page-scan-interval"),
    (0x0002, "bredr-page-scan-window"),
    (0x0003, "bredr-inquiry-scan-type"),
    (0x0004, "bredr-inquiry-scan-interval"),
    (0x0005, "bredr-inquiry-scan-window"),
    (0x0006, "bredr-link-supervision-timeout"),
    (0x0007, "bredr-page-timeout"),
    (0x0008, "bredr-min-sniff-interval"),
    (0x0009, "bredr-max-sniff-interval"),
    (0x000A, "le-advertisement-min-interval"),
    (0x000B, "le-advertisement-max-interval"),
    (0x000C, "le-multi-advertisement-rotation-interval"),
    (0x000D, "le-scanning-interval-for-auto-connect"),
    (0x000E, "le-scanning-window-for-auto-connect"),
    (0x000F, "le-scanning-interval-for-wake-scenarios"),
    (0x0010, "le-scanning-window-for-wake-scenarios"),
    (0x0011, "le-scanning-interval-for-discovery"),
    (0x0012, "le-scanning-window-for-discovery"),
    (0x0013, "le-scanning-interval-for-adv-monitoring"),
    (0x0014, "le-scanning-window-for-adv-monitoring"),
    (0x0015, "le-scanning-interval-for-connect"),
    (0x0016, "le-scanning-window-for-connect"),
    (0x0017, "le-min-connection-interval"),
    (0x0018, "le-max-connection-interval"),
    (0x0019, "le-connection-latency"),
    (0x001A, "le-connection-supervision-timeout"),
    (0x001B, "le-autoconnect-timeout"),
    (0x001D, "le-allow-list-scanning-duration-for-adv-monitoring"),
    (0x001E, "le-no-filter-scanning-duration-for-adv-monitoring"),
    (0x001F, "le-enable-interleave-scan-for-adv-monitoring"),
    (0x0020, "bredr-connection-idle-timeout"),
]);
/// No parameter of the runtime configuration is defined.
pub static RUNTIME_PARAMETER: Choices = Choices(&[]);

pub static SETTINGS: BitNames = BitNames(&[
    "powered",
    "connectable",
    "fast-connectable",
    "discoverable",
    "bondable",
    "link-security",
    "ssp",
    "bredr",
    "high-speed",
    "le",
    "advertising",
    "secure-connections",
    "debug-keys",
    "privacy",
    "configuration",
    "static-address",
    "phy-configuration",
    "wideband-speech",
    "cis-central",
    "cis-peripheral",
    "iso-broadcaster",
    "iso-sync-receiver",
    "ll-privacy",
    "past-sender",
    "past-receiver",
    "shorter-connection-interval",
]);
/// The address types of Start Discovery and the like, which are a set there.
pub static DISCOVERY_TYPES: BitNames = BitNames(&["bredr", "le-public", "le-random"]);
pub static OPTIONS: BitNames = BitNames(&["external-configuration", "public-address"]);
pub static ADVERTISING_FLAGS: BitNames = BitNames(&[
    "connectable",
    "discoverable",
    "limited-discoverable",
    "managed-flags",
    "tx-power",
    "appearance",
    "local-name",
    "secondary-1m",
    "secondary-2m",
    "secondary-coded",
    "can-set-tx-power",
    "hw-offload",
    "use-duration",
    "use-timeout",
    "use-intervals",
    "use-tx-power",
    "scan-response",
]);
pub static PHYS: BitNames = BitNames(&[
    "br-1m-1-slot",
    "br-1m-3-slot",
    "br-1m-5-slot",
    "edr-2m-1-slot",
    "edr-2m-3-slot",
    "edr-2m-5-slot",
    "edr-3m-1-slot",
    "edr-3m-3-slot",
    "edr-3m-5-slot",
    "le-1m-tx",
    "le-1m-rx",
    "le-2m-tx",
    "le-2m-rx",
    "le-coded-tx",
    "le-coded-rx",
]);
/// Bit 1 of Read Experimental Features Information and of Set Experimental Feature mean the same.
pub static FEATURE_FLAGS: BitNames = BitNames(&["active", "changes-supported-settings"]);
pub static DEVICE_FLAGS: BitNames =
    BitNames(&["remote-wakeup", "device-privacy", "address-resolution", "past"]);
pub static MONITOR_FEATURES: BitNames = BitNames(&["or-patterns"]);
/// Device Found and Device Connected share them (`MGMT_DEV_FOUND_*`); the document leaves bit 3 out of the former.
pub static FOUND_FLAGS: BitNames = BitNames(&[
    "confirm-name",
    "legacy-pairing",
    "not-connectable",
    "initiated-connection",
    "name-request-failed",
    "scan-response",
]);
