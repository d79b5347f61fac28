//! The bench as steps see it: the adapter, the devices under test, and what to put back.

mod observed;
mod offered;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use self::offered::Offered;
use super::begun::Begun;
use super::capture::Captured;
use super::fault::Health;
use super::kernel::KernelAccess;
use super::kernel_settings;
use super::put_back::{Before, Place, PutBack, Things};
use super::restore::Ongoing;
use super::{Failure, matching};
use crate::bluez::{Adapter, BluezVersion, Device, DeviceSet, Endpoints, Role, Session, Tree};
use crate::event::{Event, Object, Touched};
use crate::mgmt::kernel::Kernel;
use crate::plan::{DeviceMatch, DeviceName, Keep};
use crate::recorder::Recorder;

/// What steps act on. Its state is behind cells, so that steps can share it.
#[derive(Debug)]
pub struct Bench {
    session: Session,
    adapter: Adapter,
    /// Adapters that devices of the plan are on besides, by what the plan calls them.
    further: BTreeMap<String, Adapter>,
    offered: Offered,
    recorder: Recorder,
    devices: BTreeMap<String, DeviceMatch>,
    /// Object paths of the devices that were recognised, by the plan's name for them.
    recognised: RefCell<BTreeMap<String, String>>,
    /// The innermost scope is the last.
    scopes: RefCell<Vec<PutBack>>,
    last_seen: RefCell<Option<String>>,
    /// Paths of the adapters on which this run has discovery running.
    scanning: RefCell<BTreeSet<String>>,
    /// Held while a step discovers, by the adapter's path.
    discovering: BTreeMap<String, tokio::sync::Mutex<()>>,
    /// bluetoothd or the adapter was away, and the devices may not all be back in its tree.
    loading: Cell<bool>,
    health: Health,
    kernel: KernelAccess,
    captured: Captured,
    plan_folder: PathBuf,
}

impl Bench {
    /// A bench on an adapter, with the devices of a plan.
    ///
    /// # Errors
    /// The pairing agent could not be served.
    pub async fn new(
        session: Session,
        adapter: Adapter,
        further: BTreeMap<String, Adapter>,
        devices: BTreeMap<String, DeviceMatch>,
        recorder: Recorder,
        kernel: Kernel,
    ) -> crate::bluez::Result<Self> {
        let paths = std::iter::once(&adapter).chain(further.values()).map(Adapter::path);
        let discovering = paths.map(|path| (path.to_owned(), Default::default())).collect();
        Ok(Self {
            offered: Offered::by(&session).await?,
            session,
            adapter,
            further,
            recorder,
            devices,
            recognised: RefCell::default(),
            scopes: RefCell::default(),
            last_seen: RefCell::default(),
            scanning: RefCell::default(),
            discovering,
            loading: Cell::default(),
            health: Health::default(),
            kernel: KernelAccess::to(kernel),
            captured: Captured::default(),
            plan_folder: PathBuf::new(),
        })
    }

    /// Files that steps name lie in this folder: the plan's.
    pub fn set_plan_folder(&mut self, folder: PathBuf) {
        self.plan_folder = folder;
    }

    /// The folder of the plan; nothing is the current one.
    pub(super) fn plan_folder(&self) -> &Path {
        &self.plan_folder
    }

    /// The adapter that the plan runs on.
    pub fn adapter(&self) -> &Adapter {
        &self.adapter
    }

    /// Every adapter that the plan uses, its own first.
    pub fn adapters(&self) -> impl Iterator<Item = &Adapter> {
        std::iter::once(&self.adapter).chain(self.further.values())
    }

    /// The adapter that a device of the plan is on.
    pub fn adapter_of(&self, name: &DeviceName) -> &Adapter {
        let asked = self.devices.get(&name.0).and_then(|device| device.adapter.as_ref());
        asked.and_then(|asked| self.further.get(asked)).unwrap_or(&self.adapter)
    }

    /// The adapter at a path, or whose device is there.
    pub(super) fn adapter_at(&self, path: &str) -> Option<&Adapter> {
        self.adapters().find(|adapter| {
            let rest = path.strip_prefix(adapter.path());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// The session with BlueZ.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// How many adapters BlueZ has.
    pub fn adapter_count(&self) -> usize {
        self.session.mirror().read(|tree| tree.with_interface(Adapter::INTERFACE).count())
    }

    /// Whether bluetoothd lets this host be something in a stream.
    pub fn supports_audio(&self, role: Role) -> bool {
        Endpoints::supports(&self.adapter, role)
    }

    /// The version of BlueZ, where the adapter's modalias tells it.
    pub fn bluez_version(&self) -> Option<BluezVersion> {
        self.adapter.bluez_version()
    }

    /// Records an event of a step.
    pub fn record(&self, event: Event) {
        self.recorder.record(event);
    }

    /// How the plan recognises a device.
    pub fn criteria(&self, name: &DeviceName) -> DeviceMatch {
        self.devices.get(&name.0).cloned().unwrap_or_default()
    }

    /// Whether the plan has a device of this name.
    pub(super) fn has_device(&self, name: &DeviceName) -> bool {
        self.devices.contains_key(&name.0)
    }

    /// From now on, the device of this name is the object at this path.
    pub fn recognise(&self, name: &DeviceName, device: &Device) {
        self.recognised.borrow_mut().insert(name.0.clone(), device.path().to_owned());
    }

    /// A device of the plan, among those that BlueZ knows.
    ///
    /// # Errors
    /// BlueZ knows none that matches, or more than one.
    pub fn device(&self, name: &DeviceName) -> Result<Device, Failure> {
        if let Some(path) = self.recognised.borrow().get(&name.0) {
            let device = Device::at(&self.session, path);
            if device.properties().is_some() {
                return Ok(device);
            }
        }
        let criteria = self.criteria(name);
        let mut matches: Vec<Device> = self.adapter_of(name).devices();
        matches.retain(|device| {
            device.properties().is_some_and(|properties| matching::matches(&criteria, &properties))
        });
        match matches.as_slice() {
            [device] => {
                self.recognise(name, device);
                Ok(device.clone())
            }
            [] => Err(Failure::fail(
                "not-found",
                format!("BlueZ knows no device that is `{name}`"),
                format!("put {{ do = \"discover\", device = \"{name}\" }} before this step"),
            )),
            several => Err(Failure::fail(
                "ambiguous",
                format!("{} devices match `{name}`: {}", several.len(), addresses(several)),
                format!("give [device.{name}] an address"),
            )),
        }
    }

    /// Whether the devices that this run has recognised may still have to be loaded.
    pub(super) fn loading(&self) -> &Cell<bool> {
        &self.loading
    }

    /// Whether BlueZ knows every device that this run has recognised.
    pub(super) fn knows_all(&self, tree: &Tree) -> bool {
        let known = |path: &String| tree.interface(path, Device::INTERFACE).is_some();
        self.recognised.borrow().values().all(known)
    }

    /// What a step saw last; a time limit reports it.
    pub fn saw(&self, what: impl Into<String>) {
        *self.last_seen.borrow_mut() = Some(what.into());
    }

    /// Exchanges what was seen last, for a step that works beside others.
    pub fn swap_last_seen(&self, other: &mut Option<String>) {
        std::mem::swap(&mut *self.last_seen.borrow_mut(), other);
    }

    /// What was seen last since it was last asked.
    pub fn take_last_seen(&self) -> Option<String> {
        self.last_seen.borrow_mut().take()
    }

    /// Whether this run has discovery running on an adapter.
    pub(super) fn is_scanning(&self, adapter: &Adapter) -> bool {
        self.scanning.borrow().contains(adapter.path())
    }

    /// Waits while another step discovers on the adapter: BlueZ has one discovery, with one filter, for this program.
    /// The turn lasts until what is returned is dropped.
    pub(super) async fn turn_to_discover(
        &self,
        adapter: &Adapter,
    ) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        self.saw("waiting for the discovery of another branch");
        let turn = self.discovering.get(adapter.path())?.lock().await;
        self.take_last_seen();
        Some(turn)
    }

    /// Notes that discovery of this run's begins or ends on an adapter.
    pub(super) fn scans(&self, adapter: &Adapter, on: bool) {
        let mut scanning = self.scanning.borrow_mut();
        match on {
            true => scanning.insert(adapter.path().to_owned()),
            false => scanning.remove(adapter.path()),
        };
    }

    /// What is known of the HCI capture.
    pub(super) fn captured(&self) -> &Captured {
        &self.captured
    }

    /// See [`Bench::captured`].
    pub(super) fn captured_mut(&mut self) -> &mut Captured {
        &mut self.captured
    }

    /// The way to the kernel.
    pub(super) fn kernel(&self) -> &KernelAccess {
        &self.kernel
    }

    /// The devices of the plan that were recognised: name and object path.
    pub(super) fn recognised_devices(&self) -> Vec<(String, String)> {
        self.recognised.borrow().clone().into_iter().collect()
    }

    /// Whether it is known how the controller was before this scope changed it in the kernel.
    pub(super) fn kernel_is_touched(&self) -> bool {
        self.scopes.borrow().last().is_some_and(PutBack::has_kernel)
    }

    /// Notes how the controller was before.
    pub(super) fn note_kernel(&self, before: kernel_settings::Before) {
        if let Some(scope) = self.scopes.borrow_mut().last_mut() {
            scope.touch_kernel(before);
        }
    }

    /// What is known of the bench's own state.
    pub(super) fn health(&self) -> &Health {
        &self.health
    }

    /// Notes that a step is about to change a device.
    pub(super) fn touch(&self, device: &Device) {
        let news = self.scopes.borrow_mut().last_mut().and_then(|scope| scope.touch(device));
        if let Some(before) = news {
            self.record(self.touched_device(device.path(), &before));
        }
    }

    /// Notes that a step begins something that is to end with the scope.
    pub(super) fn begins(&self, what: Begun) {
        if let Some(scope) = self.scopes.borrow_mut().last_mut() {
            scope.begins(what);
        }
    }

    /// Does something with a device that BlueZ would go on with if this future were dropped.
    pub(super) async fn ongoing<T>(
        &self,
        device: &Device,
        what: Ongoing,
        work: impl Future<Output = T>,
    ) -> T {
        self.touch(device);
        self.note(device, Some(what));
        let result = work.await;
        self.note(device, None);
        result
    }

    fn note(&self, device: &Device, what: Option<Ongoing>) {
        if let Some(scope) = self.scopes.borrow_mut().last_mut() {
            scope.ongoing(device, what);
        }
    }

    /// Notes that a step is about to change a property of the adapter.
    pub(super) fn touch_adapter(&self, property: &str) {
        let mut scopes = self.scopes.borrow_mut();
        let news = scopes.last_mut().and_then(|scope| scope.touch_adapter(&self.adapter, property));
        drop(scopes);
        if let Some(value) = news {
            self.record(self.touched_adapter(property, value));
        }
    }

    fn touched_device(&self, path: &str, before: &Before) -> Event {
        let unnamed = || Object { name: String::new(), path: path.to_owned() };
        Event::Touched(Touched {
            object: self.object(path).unwrap_or_else(unnamed),
            interface: Device::INTERFACE.to_owned(),
            properties: before.into(),
        })
    }

    fn touched_adapter(&self, property: &str, value: Value) -> Event {
        touched_on(&self.adapter, property, value)
    }

    /// Notes that an adapter besides the plan's own is about to be switched on.
    pub(super) fn touch_power_of(&self, adapter: &Adapter) {
        let news = self.scopes.borrow_mut().last_mut().and_then(|scope| scope.touch_power(adapter));
        if let Some(value) = news {
            self.record(touched_on(adapter, "Powered", value));
        }
    }

    /// Notes that BlueZ is about to be told whether to connect a set as a whole, and whether it did before.
    pub(super) fn touch_set(&self, set: &DeviceSet, was: bool) {
        let mut scopes = self.scopes.borrow_mut();
        let is_news = scopes.last_mut().is_some_and(|scope| scope.touch_set(set, was));
        drop(scopes);
        if is_news {
            self.record(touched_set(set.path(), was.into()));
        }
    }

    /// The devices that BlueZ knows on the adapters of the plan.
    fn known_devices(&self) -> Vec<Device> {
        self.adapters().flat_map(Adapter::devices).collect()
    }

    /// From here on, changes belong to a new scope.
    pub fn enter_scope(&self) {
        let known = self.known_devices();
        self.scopes.borrow_mut().push(PutBack::new(&known));
    }

    /// Ends the innermost scope: puts back what changed in it, and leaves what is to be kept, and what
    /// cannot be put back now, to the scope around it.
    pub async fn leave_scope(&self, keep: Keep) {
        let Some(scope) = self.scopes.borrow_mut().pop() else { return };
        let place = if self.scopes.borrow().is_empty() { Place::Outermost } else { Place::Inner };
        let left = scope.restore(self, keep, place).await;
        let news = self.scopes.borrow_mut().last_mut().map(|outer| outer.adopt(left));
        let Things { devices, adapter, further, sets, .. } = news.unwrap_or_default();
        // It is the run's from here on, whatever the scope that ends belongs to.
        for (path, before) in devices {
            self.recorder.record_of_the_run(self.touched_device(&path, &before));
        }
        for (property, value) in adapter {
            self.recorder.record_of_the_run(self.touched_adapter(&property, value));
        }
        for (path, value) in further {
            let adapter = Adapter::at(&self.session, &path);
            self.recorder.record_of_the_run(touched_on(&adapter, "Powered", value));
        }
        for (path, was) in sets {
            self.recorder.record_of_the_run(touched_set(&path, was));
        }
    }

    /// The run's scope begins anew, with what is left from before.
    pub(super) fn begin_run_with(&self, older: Things) {
        let known = self.known_devices();
        if let Some(scope) = self.scopes.borrow_mut().first_mut() {
            scope.begin_with(older, &known);
        }
    }
}

fn touched_on(adapter: &Adapter, property: &str, value: Value) -> Event {
    let (name, path) = (adapter.name().to_owned(), adapter.path().to_owned());
    Event::Touched(Touched {
        object: Object { name, path },
        interface: Adapter::INTERFACE.to_owned(),
        properties: BTreeMap::from([(property.to_owned(), value)]),
    })
}

fn touched_set(path: &str, auto_connect: Value) -> Event {
    Event::Touched(Touched {
        object: Object { name: String::new(), path: path.to_owned() },
        interface: DeviceSet::INTERFACE.to_owned(),
        properties: BTreeMap::from([(DeviceSet::AUTO_CONNECT.to_owned(), auto_connect)]),
    })
}

fn addresses(devices: &[Device]) -> String {
    let address = |device: &Device| match device.property("Address") {
        Some(Value::String(address)) => address,
        _ => device.path().to_owned(),
    };
    let mut shown: Vec<String> = devices.iter().take(5).map(address).collect();
    if devices.len() > shown.len() {
        shown.push(format!("and {} more", devices.len() - shown.len()));
    }
    shown.join(", ")
}
