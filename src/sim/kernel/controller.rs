//! A controller as the kernel keeps it: what bluetoothd and other clients have set, which outlives
//! them both.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    advertising::Instances, discovery::Scan, links::Link, list::Listed, news::UserRequest,
    pairing::Pairing, request::Request,
};
use crate::mgmt::protocol::{Address, AddressType, Index, Setting, Settings, Text, Uuid};
use crate::sim::{
    radio::PeerId,
    scene::{self, Scene, Version},
    timers::TimerId,
};

/// The PHYs of the emulated controllers: all there are (recorded).
pub(super) const ALL_PHYS: u32 = 0x7FFF;

/// A controller of the machine.
pub(super) struct Controller {
    pub(super) index: Index,
    pub(super) address: Address,
    pub(super) spec: scene::Adapter,
    /// How many incidents keep it out of its socket, and how many holders rfkill has.
    pub(super) pulled: u32,
    pub(super) blocked: u32,
    pub(super) settings: Settings,
    pub(super) name: Text,
    pub(super) short_name: Text,
    pub(super) appearance: u16,
    /// Major and minor class, as they were set.
    pub(super) device_class: u16,
    /// The service classes that bluetoothd's own services ask for.
    pub(super) own_hints: u8,
    pub(super) uuids: Vec<(Uuid, u8)>,
    /// Whether the class is told once it is on, as that of a new controller is.
    pub(super) class_is_due: bool,
    /// Whether it is to be found for a limited time only, which shows in its class.
    pub(super) limited: bool,
    pub(super) hides: Option<TimerId>,
    pub(super) static_address: Option<Address>,
    pub(super) phys: u32,
    pub(super) instances: Instances,
    pub(super) listed: Vec<Listed>,
    pub(super) kept_away: BTreeSet<(Address, u8)>,
    /// The default system configuration, where it differs from the start's.
    pub(super) configured: BTreeMap<u16, Vec<u8>>,
    /// The experimental features that are on.
    pub(super) features: BTreeSet<Uuid>,
    pub(super) monitors: BTreeSet<u16>,
    /// The devices that it has keys of.
    pub(super) keys: BTreeSet<PeerId>,
    pub(super) links: Vec<Link>,
    pub(super) scan: Option<Scan>,
    /// Counts the scans, so that what was armed for an earlier one is known for old.
    pub(super) scans: u64,
    /// Commands that it carries out just now.
    pub(super) pending: Vec<(TimerId, Request)>,
    pub(super) pairing: Option<Pairing>,
    /// What bluetoothd's pairing asks a user just now.
    pub(super) asked: Option<(PeerId, UserRequest)>,
    /// BR/EDR devices that there is out-of-band data of.
    pub(super) out_of_band: BTreeSet<Address>,
}

impl Controller {
    pub(super) fn new(scene: &Scene, place: usize) -> Option<Self> {
        let spec = scene.adapter.get(place)?.clone();
        let name = scene.adapter_name(place);
        let index = name.parse().unwrap_or(Index(u16::try_from(place).unwrap_or(u16::MAX)));
        let own_name = spec.alias.clone().unwrap_or_else(|| scene.own_name(place));
        let [_, hints, high, low] = spec.class.to_be_bytes();
        Some(Controller {
            index,
            address: scene.adapter_address(place),
            pulled: 0,
            blocked: u32::from(spec.blocked),
            settings: at_start(&spec, scene.bluez),
            name: own_name.as_str().into(),
            short_name: Text::default(),
            appearance: 0,
            device_class: u16::from_be_bytes([high, low]),
            own_hints: hints,
            uuids: Vec::new(),
            class_is_due: false,
            limited: false,
            hides: None,
            static_address: None,
            phys: selected_phys(scene.bluez),
            instances: Instances::default(),
            listed: Vec::new(),
            kept_away: BTreeSet::new(),
            configured: BTreeMap::new(),
            features: BTreeSet::new(),
            monitors: BTreeSet::new(),
            keys: BTreeSet::new(),
            links: Vec::new(),
            scan: None,
            scans: 0,
            pending: Vec::new(),
            pairing: None,
            asked: None,
            out_of_band: BTreeSet::new(),
            spec,
        })
    }

    /// A controller that has just been put in: nothing is set but what it is.
    pub(super) fn start_over(&mut self, version: Version) {
        let spec = scene::Adapter {
            powered: false,
            discoverable: false,
            pairable: false,
            ..self.spec.clone()
        };
        self.settings = at_start(&spec, version);
        self.class_is_due = true;
        self.limited = false;
        self.static_address = None;
        self.phys = selected_phys(version);
        self.instances.clear();
        self.listed.clear();
        self.kept_away.clear();
        self.configured.clear();
        self.features.clear();
        self.monitors.clear();
        self.out_of_band.clear();
        self.uuids.clear();
        self.keys.clear();
    }

    pub(super) fn is_plugged(&self) -> bool {
        self.pulled == 0
    }

    pub(super) fn is_blocked(&self) -> bool {
        self.blocked > 0
    }

    pub(super) fn is_on(&self) -> bool {
        self.settings.has(Setting::Powered)
    }

    pub(super) fn has(&self, setting: Setting) -> bool {
        self.settings.has(setting)
    }

    /// The settings as they are told. A static address counts where it is in use: that is where
    /// there is no BR/EDR (`get_current_settings` in the kernel; recorded).
    pub(super) fn shown_settings(&self) -> Settings {
        let uses_static = self.static_address.is_some() && !self.has(Setting::Bredr);
        self.settings.with(Setting::StaticAddress, uses_static)
    }

    /// The class of device, which an adapter that is off does not have.
    pub(super) fn class(&self) -> u32 {
        if !self.is_on() {
            return 0;
        }
        let hints = self.uuids.iter().fold(self.own_hints, |hints, (_, hint)| hints | hint);
        // Limited discoverable mode (Assigned Numbers, 2.8.1, bit 13).
        let limited = if self.limited { 0x2000 } else { 0 };
        u32::from(hints) << 16 | limited | u32::from(self.device_class)
    }

    /// The link to a device.
    pub(super) fn link(&self, peer: PeerId) -> Option<&Link> {
        self.links.iter().find(|link| link.peer == peer)
    }

    /// The link to an address. Of LE addresses the kernel tells public and random apart or not, by
    /// the command.
    pub(super) fn link_to(&self, address: Address, kind: AddressType) -> Option<&Link> {
        self.links.iter().find(|link| link.address == address && link.kind == kind)
    }
}

/// The PHYs that are selected at the start: 6.1 has LE keep to 1M (recorded).
fn selected_phys(version: Version) -> u32 {
    if version == Version::V5_66 { 0x07FF } else { ALL_PHYS }
}

/// The settings of a controller when a client first looks (recorded: `ssp br/edr le secure-conn`
/// and what it can do with isochronous channels).
fn at_start(spec: &scene::Adapter, version: Version) -> Settings {
    let powered = spec.powered && !spec.blocked;
    always(version)
        .with(Setting::Powered, powered)
        .with(Setting::Ssp, true)
        .with(Setting::Bredr, true)
        .with(Setting::Le, true)
        .with(Setting::SecureConnections, true)
        .with(Setting::Connectable, spec.discoverable)
        .with(Setting::Discoverable, spec.discoverable && powered)
        .with(Setting::Bondable, spec.pairable)
}

/// The settings that are no switches, but say what the controller can do: its isochronous channels,
/// and with 7.2 also private addresses and the passing on of periodic advertising (recorded on 6.1,
/// 6.12 and 7.2).
fn always(version: Version) -> Settings {
    let until = match version {
        Version::V5_66 => Setting::CisPeripheral,
        Version::V5_82 => Setting::IsoSyncReceiver,
        Version::V5_87 => Setting::PastReceiver,
    };
    (Setting::CisCentral as u32..=until as u32)
        .fold(Settings::default(), |all, bit| Settings(all.0 | 1 << bit))
}

/// The settings that the controller can have (recorded).
pub(super) fn supported(version: Version) -> Settings {
    use Setting::{
        Advertising, Bondable, Bredr, CisCentral, CisPeripheral, Connectable, DebugKeys,
        Discoverable, FastConnectable, Le, LinkSecurity, PhyConfiguration, Powered, Privacy,
        SecureConnections, Ssp, StaticAddress,
    };
    let all = [
        Powered,
        Connectable,
        FastConnectable,
        Discoverable,
        Bondable,
        LinkSecurity,
        Ssp,
        Bredr,
        Le,
        Advertising,
        SecureConnections,
        DebugKeys,
        Privacy,
        StaticAddress,
        PhyConfiguration,
        CisCentral,
        CisPeripheral,
    ];
    let newer = match version {
        // High Speed went with 6.6.
        Version::V5_66 => Settings::default().with(Setting::HighSpeed, true),
        Version::V5_82 => Settings::default(),
        Version::V5_87 => always(version),
    };
    all.into_iter().fold(newer, |settings, setting| settings.with(setting, true))
}
