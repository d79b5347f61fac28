//! The tester's own advertisement monitors: `org.bluez.AdvertisementMonitor1`
//! (`doc/org.bluez.AdvertisementMonitor.rst`), by which bluetoothd tells of devices that advertise something, without
//! a discovery.
//!
//! BlueZ takes the root of a tree of monitors, and asks it for all objects; here each monitor has a root of its own,
//! so that it comes and goes by itself.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use zbus::{ObjectPath, OwnedObjectPath, Variant, interface};

use super::device::Device;
use super::mirror::{Change, Mirror, Tree};
use super::session::lock;
use super::{ErrorKind, Result, Session};

const INTERFACE: &str = "org.bluez.AdvertisementMonitor1";
const ROOT: &str = "/org/bttest/monitor/";
/// The end of the path of a monitor below its root.
const OBJECT: &str = "/monitor";
/// The type of monitor that every bluetoothd with monitors has.
const OR_PATTERNS: &str = "or_patterns";
/// How many devices are remembered; whoever advertises can have as many addresses as it likes.
const MOST: usize = 4096;
/// How long the mirror may take to show a device that BlueZ tells of.
const SHOWN: Duration = Duration::from_secs(1);

/// Bytes at a place of one part of what is advertised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// The type of the part (Assigned Numbers, 2.3).
    pub(crate) kind: u8,
    /// Where the bytes begin in it.
    pub(crate) offset: u8,
    pub(crate) bytes: Vec<u8>,
}

/// What a monitor looks for. What is none is not said, and BlueZ has its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Watched {
    /// One of them is enough.
    pub(crate) patterns: Vec<Pattern>,
    /// In dBm.
    pub(crate) high: Option<i16>,
    /// In dBm.
    pub(crate) low: Option<i16>,
    /// In seconds.
    pub(crate) high_timeout: Option<u16>,
    /// In seconds.
    pub(crate) low_timeout: Option<u16>,
    /// In steps of 100 ms; 0 for each advertisement, 255 for the first alone.
    pub(crate) sampling_period: Option<u16>,
}

/// How a monitor stands with BlueZ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is registered, and not at work yet.
    Waiting,
    Active,
    /// BlueZ has let it go.
    Released,
}

/// What BlueZ has told of a device last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    Found,
    Lost,
}

#[derive(Debug)]
struct Known {
    adapter: String,
    standing: Standing,
    devices: BTreeMap<String, Sight>,
}

/// The monitors that BlueZ knows, by what the plan calls them: what the served objects and the steps share.
type Shared = Arc<Mutex<BTreeMap<String, Known>>>;

/// The monitors of a session.
#[derive(Debug, Clone)]
pub(crate) struct Monitors {
    session: Session,
    shared: Shared,
}

impl Monitors {
    /// What an adapter that takes monitors has.
    pub(crate) const MANAGER: &'static str = "org.bluez.AdvertisementMonitorManager1";

    pub(crate) fn new(session: &Session) -> Self {
        Self { session: session.clone(), shared: Arc::default() }
    }

    /// Has an adapter watch from now on, under a name of letters and digits, instead of what had it before. Whether it
    /// does, [`Self::settled`] tells.
    ///
    /// # Errors
    /// What BlueZ answered; `unknown-member` where it has no monitors.
    pub(crate) async fn start(&self, name: &str, adapter: &str, watched: Watched) -> Result<()> {
        self.stop(name).await?;
        let root = format!("{ROOT}{name}");
        let object = Monitor {
            name: name.to_owned(),
            watched: Arc::new(watched),
            shared: self.shared.clone(),
            mirror: self.session.mirror().clone(),
        };
        self.session.serve(&format!("{root}{OBJECT}"), object.clone()).await?;
        self.session.serve(&root, Root(object)).await?;
        // BlueZ may call before it answers.
        let known = Known {
            adapter: adapter.to_owned(),
            standing: Standing::Waiting,
            devices: BTreeMap::new(),
        };
        lock(&self.shared).insert(name.to_owned(), known);
        let path = ObjectPath::from_str_unchecked(&root);
        if let Err(error) =
            self.session.call(adapter, Self::MANAGER, "RegisterMonitor", &path).await
        {
            lock(&self.shared).remove(name);
            self.withdraw(&root).await?;
            return Err(error);
        }
        Ok(())
    }

    /// Waits until BlueZ has a monitor at work, or has let it go.
    ///
    /// # Errors
    /// bluetoothd left.
    pub(crate) async fn settled(&self, name: &str) -> Result<Standing> {
        let settled = |_: &Tree| match self.standing(name) {
            Some(Standing::Waiting) => None,
            other => Some(other.unwrap_or(Standing::Released)),
        };
        self.session.mirror().wait_for(settled).await
    }

    /// How a monitor stands; none, where there is none of this name.
    pub(crate) fn standing(&self, name: &str) -> Option<Standing> {
        lock(&self.shared).get(name).map(|known| known.standing)
    }

    /// The devices, by path, that BlueZ has told a monitor of, and what it told last of each.
    pub(crate) fn sights(&self, name: &str) -> BTreeMap<String, Sight> {
        lock(&self.shared).get(name).map(|known| known.devices.clone()).unwrap_or_default()
    }

    /// Watches no longer; gives whether it did.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub(crate) async fn stop(&self, name: &str) -> Result<bool> {
        let Some(adapter) = lock(&self.shared).get(name).map(|known| known.adapter.clone()) else {
            return Ok(false);
        };
        let root = format!("{ROOT}{name}");
        let path = ObjectPath::from_str_unchecked(&root);
        let told = self.session.call(&adapter, Self::MANAGER, "UnregisterMonitor", &path).await;
        lock(&self.shared).remove(name);
        self.withdraw(&root).await?;
        match told {
            // It had ended in this moment, or the adapter was away.
            Err(error) if error.kind == ErrorKind::DoesNotExist => Ok(false),
            other => other.map(|_| true),
        }
    }

    async fn withdraw(&self, root: &str) -> Result<()> {
        self.session.withdraw::<Root>(root).await?;
        self.session.withdraw::<Monitor>(&format!("{root}{OBJECT}")).await
    }

    /// BlueZ knows a device no more. It does not say of such a one that it is lost.
    pub(crate) fn device_gone(&self, path: &str) {
        for known in lock(&self.shared).values_mut() {
            if known.devices.get(path) == Some(&Sight::Found) {
                known.devices.remove(path);
            }
        }
    }

    /// bluetoothd left, and with it every registration.
    pub(crate) fn forgotten(&self) {
        lock(&self.shared).clear();
    }
}

type Properties = HashMap<&'static str, Variant<'static>>;

/// The root, which tells that there is one monitor, and what it is.
#[derive(Clone)]
struct Root(Monitor);

#[interface(name = "org.freedesktop.DBus.ObjectManager")]
impl Root {
    fn get_managed_objects(&self) -> HashMap<OwnedObjectPath, HashMap<&'static str, Properties>> {
        let path = format!("{ROOT}{}{OBJECT}", self.0.name);
        let faces = HashMap::from([(INTERFACE, self.0.watched.properties())]);
        HashMap::from([(ObjectPath::from_string_unchecked(path).into(), faces)])
    }
}

impl Watched {
    fn properties(&self) -> Properties {
        let patterns = self.patterns.iter();
        let patterns: Vec<(u8, u8, Vec<u8>)> =
            patterns.map(|pattern| (pattern.offset, pattern.kind, pattern.bytes.clone())).collect();
        let mut all = HashMap::from([
            ("Type", Variant::new(OR_PATTERNS)),
            ("Patterns", Variant::new(patterns)),
        ]);
        let strengths = [("RSSIHighThreshold", self.high), ("RSSILowThreshold", self.low)];
        all.extend(strengths.into_iter().filter_map(|(name, n)| Some((name, Variant::new(n?)))));
        let times = [
            ("RSSIHighTimeout", self.high_timeout),
            ("RSSILowTimeout", self.low_timeout),
            ("RSSISamplingPeriod", self.sampling_period),
        ];
        all.extend(times.into_iter().filter_map(|(name, n)| Some((name, Variant::new(n?)))));
        all
    }
}

/// A monitor, as BlueZ calls it; what it looks for, its root has told.
#[derive(Clone)]
struct Monitor {
    name: String,
    watched: Arc<Watched>,
    shared: Shared,
    mirror: Mirror,
}

#[interface(name = "org.bluez.AdvertisementMonitor1")]
impl Monitor {
    fn activate(&self) {
        self.stands(Standing::Active, "Activate");
    }

    fn release(&self) {
        self.stands(Standing::Released, "Release");
    }

    async fn device_found(&self, device: OwnedObjectPath) {
        let path = device.as_str();
        // Whoever asks for a device that was found is to find it in the mirror.
        let shown =
            self.mirror.wait_for(|tree| tree.interface(path, Device::INTERFACE).map(|_| ()));
        if let Ok(Ok(())) = tokio::time::timeout(SHOWN, shown).await {
            self.sees(path, Sight::Found, "DeviceFound");
        }
    }

    async fn device_lost(&self, device: OwnedObjectPath) {
        self.sees(device.as_str(), Sight::Lost, "DeviceLost");
    }
}

impl Monitor {
    fn stands(&self, standing: Standing, method: &str) {
        if let Some(known) = lock(&self.shared).get_mut(&self.name) {
            known.standing = standing;
        }
        self.told(method, "");
    }

    /// Without thresholds BlueZ tells of each advertisement: what is no news is not told again.
    fn sees(&self, path: &str, sight: Sight, method: &str) {
        {
            let mut all = lock(&self.shared);
            let Some(known) = all.get_mut(&self.name) else { return };
            let is_new = !known.devices.contains_key(path);
            if is_new && known.devices.len() >= MOST {
                return;
            }
            if known.devices.insert(path.to_owned(), sight) == Some(sight) {
                return;
            }
        }
        self.told(method, path);
    }

    fn told(&self, method: &str, path: &str) {
        self.mirror.tell_beside(Change::Monitored {
            monitor: self.name.clone(),
            method: method.to_owned(),
            path: path.to_owned(),
        });
    }
}
