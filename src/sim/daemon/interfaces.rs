//! BlueZ's own interfaces as bluetoothd declares them (`doc/org.bluez.*.rst`; the tables in
//! `src/adapter.c`, `src/device.c`, `src/agent.c` and the profiles of the same names). Those
//! without a method here that the simulator carries out are there because a client may look for
//! them.

use crate::sim::{
    bus::{Interface, Method, Property, Signal},
    scene::Version,
};

pub(super) static ADAPTER: Interface = Interface {
    methods: &[
        Method::new("StartDiscovery"),
        Method::new("SetDiscoveryFilter").takes(&[("properties", "a{sv}")]),
        Method::new("StopDiscovery"),
        Method::new("RemoveDevice").takes(&[("device", "o")]),
        Method::new("GetDiscoveryFilters").gives(&[("filters", "as")]),
    ],
    properties: &[
        Property::read("Address", "s"),
        Property::read("AddressType", "s"),
        Property::read("Name", "s"),
        Property::read_write("Alias", "s"),
        Property::read("Class", "u"),
        Property::read_write("Connectable", "b").since(Version::V5_82),
        Property::read_write("Powered", "b"),
        Property::read("PowerState", "s").since(Version::V5_82).experimental(Version::V5_66),
        Property::read_write("Discoverable", "b"),
        Property::read_write("DiscoverableTimeout", "u"),
        Property::read_write("Pairable", "b"),
        Property::read_write("PairableTimeout", "u"),
        Property::read("Discovering", "b"),
        Property::read("UUIDs", "as"),
        Property::read("Modalias", "s"),
        Property::read("Roles", "as"),
        Property::read("ExperimentalFeatures", "as"),
        Property::read("Manufacturer", "q").since(Version::V5_82),
        Property::read("Version", "y").since(Version::V5_82),
    ],
    ..Interface::new("org.bluez.Adapter1")
};

pub(super) static DEVICE: Interface = Interface {
    methods: &[
        Method::new("Disconnect"),
        Method::new("Connect"),
        Method::new("ConnectProfile").takes(&[("UUID", "s")]),
        Method::new("DisconnectProfile").takes(&[("UUID", "s")]),
        Method::new("Pair"),
        Method::new("CancelPairing"),
    ],
    signals: DISCONNECTED,
    properties: &[
        Property::read("Address", "s"),
        Property::read("AddressType", "s"),
        Property::read("Name", "s"),
        Property::read_write("Alias", "s"),
        Property::read("Class", "u"),
        Property::read("Appearance", "q"),
        Property::read("Icon", "s"),
        Property::read("Paired", "b"),
        Property::read("Bonded", "b"),
        Property::read_write("Trusted", "b"),
        Property::read_write("Blocked", "b"),
        Property::read("LegacyPairing", "b"),
        Property::read("CablePairing", "b").since(Version::V5_87),
        Property::read("RSSI", "n"),
        Property::read("Connected", "b"),
        Property::read("UUIDs", "as"),
        Property::read("Modalias", "s"),
        Property::read("Adapter", "o"),
        Property::read("ManufacturerData", "a{qv}"),
        Property::read("ServiceData", "a{sv}"),
        Property::read("TxPower", "n"),
        Property::read("ServicesResolved", "b"),
        Property::read("AdvertisingFlags", "ay").since(Version::V5_82).experimental(Version::V5_66),
        Property::read("AdvertisingData", "a{yv}")
            .since(Version::V5_82)
            .experimental(Version::V5_66),
        Property::read_write("WakeAllowed", "b"),
        Property::read("Sets", "a{oa{sv}}").since(Version::V5_82),
        Property::read_write("PreferredBearer", "s").only_experimental(Version::V5_82),
    ],
    ..Interface::new("org.bluez.Device1")
};

/// The LE link of a device (`src/bearer.c`). Without the experimental flag it only tells of its end.
pub(super) static BEARER_LE: Interface = Interface {
    methods: BEARER_METHODS,
    signals: DISCONNECTED,
    properties: BEARER_PROPERTIES,
    ..Interface::new("org.bluez.Bearer.LE1")
};

/// The BR/EDR link of a device.
pub(super) static BEARER_BREDR: Interface = Interface {
    methods: BEARER_METHODS,
    signals: DISCONNECTED,
    properties: BEARER_PROPERTIES,
    ..Interface::new("org.bluez.Bearer.BREDR1")
};

const BEARER_METHODS: &[Method] =
    &[Method::new("Connect").only_experimental(), Method::new("Disconnect").only_experimental()];

const BEARER_PROPERTIES: &[Property] = &[
    Property::read("Adapter", "o").only_experimental(Version::V5_87),
    Property::read("Paired", "b").only_experimental(Version::V5_87),
    Property::read("Bonded", "b").only_experimental(Version::V5_87),
    Property::read("Connected", "b").only_experimental(Version::V5_87),
];

const DISCONNECTED: &[Signal] = &[Signal {
    name: "Disconnected",
    carries: &[("name", "s"), ("message", "s")],
    since: Version::V5_87,
}];

pub(super) static BATTERY: Interface = Interface {
    properties: &[
        Property::read("Percentage", "y"),
        Property::read("Source", "s").since(Version::V5_82).experimental(Version::V5_66),
    ],
    ..Interface::new("org.bluez.Battery1")
};

pub(super) static SIM_ACCESS: Interface = Interface {
    methods: &[Method::new("Disconnect")],
    properties: &[Property::read("Connected", "b")],
    ..Interface::new("org.bluez.SimAccess1")
};

/// A dummy driver that Debian builds in where it builds SIM access.
pub(super) static SIM_ACCESS_TEST: Interface = Interface::new("org.bluez.SimAccessTest1");

pub(super) static AGENT_MANAGER: Interface = Interface {
    methods: &[
        Method::new("RegisterAgent").takes(&[("agent", "o"), ("capability", "s")]),
        Method::new("UnregisterAgent").takes(&[("agent", "o")]),
        Method::new("RequestDefaultAgent").takes(&[("agent", "o")]),
    ],
    ..Interface::new("org.bluez.AgentManager1")
};

pub(super) static PROFILE_MANAGER: Interface = Interface {
    methods: &[
        Method::new("RegisterProfile").takes(&[
            ("profile", "o"),
            ("UUID", "s"),
            ("options", "a{sv}"),
        ]),
        Method::new("UnregisterProfile").takes(&[("profile", "o")]),
    ],
    ..Interface::new("org.bluez.ProfileManager1")
};

pub(super) static HEALTH_MANAGER: Interface = Interface {
    methods: &[
        Method::new("CreateApplication")
            .takes(&[("config", "a{sv}")])
            .gives(&[("application", "o")]),
        Method::new("DestroyApplication").takes(&[("application", "o")]),
    ],
    ..Interface::new("org.bluez.HealthManager1")
};

pub(super) static BATTERY_PROVIDER_MANAGER: Interface = Interface {
    methods: &[
        Method::new("RegisterBatteryProvider").takes(&[("provider", "o")]),
        Method::new("UnregisterBatteryProvider").takes(&[("provider", "o")]),
    ],
    ..Interface::new("org.bluez.BatteryProviderManager1")
};

pub(super) static GATT_MANAGER: Interface = Interface {
    methods: &[
        Method::new("RegisterApplication").takes(&[("application", "o"), ("options", "a{sv}")]),
        Method::new("UnregisterApplication").takes(&[("application", "o")]),
    ],
    ..Interface::new("org.bluez.GattManager1")
};

pub(super) static MEDIA: Interface = Interface {
    methods: &[
        Method::new("RegisterEndpoint").takes(&[("endpoint", "o"), ("properties", "a{sv}")]),
        Method::new("UnregisterEndpoint").takes(&[("endpoint", "o")]),
        Method::new("RegisterPlayer").takes(&[("player", "o"), ("properties", "a{sv}")]),
        Method::new("UnregisterPlayer").takes(&[("player", "o")]),
        Method::new("RegisterApplication").takes(&[("application", "o"), ("options", "a{sv}")]),
        Method::new("UnregisterApplication").takes(&[("application", "o")]),
    ],
    properties: &[
        Property::read("SupportedUUIDs", "as"),
        Property::read("SupportedFeatures", "as").since(Version::V5_87),
    ],
    ..Interface::new("org.bluez.Media1")
};

pub(super) static MEDIA_ENDPOINT: Interface = Interface {
    methods: &[Method::new("SetConfiguration").takes(&[("endpoint", "o"), ("properties", "a{sv}")])],
    properties: &[
        Property::read("UUID", "s"),
        Property::read("Codec", "y"),
        Property::read("Capabilities", "ay"),
        Property::read("Device", "o"),
        Property::read("DelayReporting", "b"),
    ],
    ..Interface::new("org.bluez.MediaEndpoint1")
};

pub(super) static MEDIA_TRANSPORT: Interface = Interface {
    methods: &[
        Method::new("Acquire").gives(&[("fd", "h"), ("mtu_r", "q"), ("mtu_w", "q")]),
        Method::new("TryAcquire").gives(&[("fd", "h"), ("mtu_r", "q"), ("mtu_w", "q")]),
        Method::new("Release"),
    ],
    properties: &[
        Property::read("Device", "o"),
        Property::read("UUID", "s"),
        Property::read("Codec", "y"),
        Property::read("Configuration", "ay"),
        Property::read("State", "s"),
        Property::read_write("Delay", "q"),
        Property::read_write("Volume", "q"),
    ],
    ..Interface::new("org.bluez.MediaTransport1")
};

/// What a device can do for LE Audio, or an adapter broadcast (`ep_properties` in `profiles/audio/bap.c`).
pub(super) static PUBLISHED_ENDPOINT: Interface = Interface {
    methods: &[
        Method::new("SetConfiguration").takes(&[("endpoint", "o"), ("Configuration", "a{sv}")]),
        Method::new("ClearConfiguration").takes(&[("transport", "o")]),
        Method::new("Reconfigure").takes(&[("properties", "a{sv}")]),
    ],
    properties: &[
        Property::read("UUID", "s"),
        Property::read("Codec", "y"),
        Property::read("Capabilities", "ay"),
        Property::read("Metadata", "ay"),
        Property::read("Device", "o"),
        Property::read("Locations", "u"),
        Property::read("SupportedContext", "q"),
        Property::read("Context", "q"),
        Property::read("QoS", "a{sv}"),
        Property::read("SupportedFeatures", "a{sv}").since(Version::V5_87),
    ],
    ..Interface::new("org.bluez.MediaEndpoint1")
};

/// A stream of LE Audio (`transport_bap_uc_properties` in `profiles/audio/transport.c`).
pub(super) static STREAM_TRANSPORT: Interface = Interface {
    methods: &[
        Method::new("Acquire").gives(&[("fd", "h"), ("mtu_r", "q"), ("mtu_w", "q")]),
        Method::new("TryAcquire").gives(&[("fd", "h"), ("mtu_r", "q"), ("mtu_w", "q")]),
        Method::new("Release"),
        Method::new("Select"),
        Method::new("Unselect"),
    ],
    properties: &[
        Property::read("Device", "o"),
        Property::read("UUID", "s"),
        Property::read("Codec", "y"),
        Property::read("Configuration", "ay"),
        Property::read("State", "s"),
        Property::read("QoS", "a{sv}"),
        Property::read("Endpoint", "o"),
        Property::read("Location", "u"),
        Property::read_write("Metadata", "ay"),
        Property::read("Links", "ao"),
        Property::read_write("Volume", "q"),
    ],
    ..Interface::new("org.bluez.MediaTransport1")
};

pub(super) static MEDIA_CONTROL: Interface = Interface {
    methods: &[
        Method::new("Play"),
        Method::new("Pause"),
        Method::new("Stop"),
        Method::new("Next"),
        Method::new("Previous"),
        Method::new("VolumeUp"),
        Method::new("VolumeDown"),
        Method::new("FastForward"),
        Method::new("Rewind"),
    ],
    properties: &[Property::read("Connected", "b"), Property::read("Player", "o")],
    ..Interface::new("org.bluez.MediaControl1")
};

pub(super) static MEDIA_PLAYER: Interface = Interface {
    methods: &[
        Method::new("Play"),
        Method::new("Pause"),
        Method::new("Stop"),
        Method::new("Next"),
        Method::new("Previous"),
        Method::new("FastForward"),
        Method::new("Rewind"),
        Method::new("Press").takes(&[("avc_key", "y")]),
        Method::new("Hold").takes(&[("avc_key", "y")]),
        Method::new("Release"),
    ],
    properties: &[
        Property::read("Name", "s"),
        Property::read("Type", "s"),
        Property::read("Subtype", "s"),
        Property::read("Position", "u"),
        Property::read("Status", "s"),
        Property::read_write("Equalizer", "s"),
        Property::read_write("Repeat", "s"),
        Property::read_write("Shuffle", "s"),
        Property::read_write("Scan", "s"),
        Property::read("Track", "a{sv}"),
        Property::read("Device", "o"),
        Property::read("Browsable", "b"),
        Property::read("Searchable", "b"),
        Property::read("Playlist", "o"),
    ],
    ..Interface::new("org.bluez.MediaPlayer1")
};

pub(super) static NETWORK: Interface = Interface {
    methods: &[
        Method::new("Connect").takes(&[("uuid", "s")]).gives(&[("interface", "s")]),
        Method::new("Disconnect"),
    ],
    properties: &[
        Property::read("Connected", "b"),
        Property::read("Interface", "s"),
        Property::read("UUID", "s"),
    ],
    ..Interface::new("org.bluez.Network1")
};

pub(super) static INPUT: Interface = Interface {
    properties: &[Property::read("ReconnectMode", "s")],
    ..Interface::new("org.bluez.Input1")
};

/// Only where bluetoothd runs with `--experimental`.
pub(super) static DEVICE_SET: Interface = Interface {
    methods: &[Method::new("Disconnect"), Method::new("Connect")],
    properties: &[
        Property::read("Adapter", "o"),
        Property::read_write("AutoConnect", "b"),
        Property::read("Devices", "ao"),
        Property::read("Size", "y"),
    ],
    ..Interface::new("org.bluez.DeviceSet1")
};

pub(super) static NETWORK_SERVER: Interface = Interface {
    methods: &[
        Method::new("Register").takes(&[("uuid", "s"), ("bridge", "s")]),
        Method::new("Unregister").takes(&[("uuid", "s")]),
    ],
    ..Interface::new("org.bluez.NetworkServer1")
};

/// Only where bluetoothd runs with `--experimental`.
pub(super) static MONITOR_MANAGER: Interface = Interface {
    methods: &[
        Method::new("RegisterMonitor").takes(&[("application", "o")]),
        Method::new("UnregisterMonitor").takes(&[("application", "o")]),
    ],
    properties: &[
        Property::read("SupportedMonitorTypes", "as"),
        Property::read("SupportedFeatures", "as"),
    ],
    ..Interface::new("org.bluez.AdvertisementMonitorManager1")
};

pub(super) static ADVERTISING_MANAGER: Interface = Interface {
    methods: &[
        Method::new("RegisterAdvertisement").takes(&[("advertisement", "o"), ("options", "a{sv}")]),
        Method::new("UnregisterAdvertisement").takes(&[("service", "o")]),
    ],
    properties: &[
        Property::read("ActiveInstances", "y"),
        Property::read("SupportedInstances", "y"),
        Property::read("SupportedIncludes", "as"),
        Property::read("SupportedSecondaryChannels", "as"),
        Property::read("SupportedFeatures", "as")
            .since(Version::V5_82)
            .experimental(Version::V5_66),
        Property::read("SupportedCapabilities", "a{sv}")
            .since(Version::V5_82)
            .experimental(Version::V5_66),
    ],
    ..Interface::new("org.bluez.LEAdvertisingManager1")
};

pub(super) static GATT_SERVICE: Interface = Interface {
    properties: &[
        Property::read("Handle", "q").since(Version::V5_82),
        Property::read("UUID", "s"),
        Property::read("Device", "o"),
        Property::read("Primary", "b"),
        Property::read("Includes", "ao"),
    ],
    ..Interface::new("org.bluez.GattService1")
};

pub(super) static GATT_CHARACTERISTIC: Interface = Interface {
    methods: &[
        Method::new("ReadValue").takes(&[("options", "a{sv}")]).gives(&[("value", "ay")]),
        Method::new("WriteValue").takes(&[("value", "ay"), ("options", "a{sv}")]),
        Method::new("AcquireWrite")
            .takes(&[("options", "a{sv}")])
            .gives(&[("fd", "h"), ("mtu", "q")]),
        Method::new("AcquireNotify")
            .takes(&[("options", "a{sv}")])
            .gives(&[("fd", "h"), ("mtu", "q")]),
        Method::new("StartNotify"),
        Method::new("StopNotify"),
    ],
    properties: &[
        Property::read("Handle", "q").since(Version::V5_82),
        Property::read("UUID", "s"),
        Property::read("Service", "o"),
        Property::read("Value", "ay"),
        Property::read("Notifying", "b"),
        Property::read("Flags", "as"),
        Property::read("WriteAcquired", "b"),
        Property::read("NotifyAcquired", "b"),
        Property::read("MTU", "q"),
    ],
    ..Interface::new("org.bluez.GattCharacteristic1")
};

pub(super) static GATT_DESCRIPTOR: Interface = Interface {
    methods: &[
        Method::new("ReadValue").takes(&[("options", "a{sv}")]).gives(&[("value", "ay")]),
        Method::new("WriteValue").takes(&[("value", "ay"), ("options", "a{sv}")]),
    ],
    properties: &[
        Property::read("Handle", "q").since(Version::V5_82),
        Property::read("UUID", "s"),
        Property::read("Characteristic", "o"),
        Property::read("Value", "ay"),
    ],
    ..Interface::new("org.bluez.GattDescriptor1")
};
