//! The bench's kernel, where a plan reaches past bluetoothd: one user of its management API, what it has
//! told, and what of its settings is to be put back.

use std::cell::{Cell, OnceCell};
use std::time::Duration;

use serde_json::{Map, Value};

use super::{Bench, Failure, SettingName};
use crate::bluez::{Adapter, Device};
use crate::event::{Event, Object, Verdict};
use crate::mgmt::client::{Client, Error, Position, Told};
use crate::mgmt::kernel::Kernel;
use crate::mgmt::protocol::{
    Address, AddressType, Command, Index, Message, Record, Settings, Target, command_of,
};
use crate::mgmt::socket::OpenError;
use crate::plan::{DeviceName, Transport};

/// Codes of commands that are used here (doc/mgmt-protocol.rst).
pub(super) const READ_INFORMATION: u16 = 0x0004;
pub(super) const SET_POWERED: u16 = 0x0005;

/// The code of the event Device Found, of which there are hundreds in a minute.
const DEVICE_FOUND: u16 = 0x0012;

/// How long a command of bttest's own may take. What a plan sends has the time limit of its step.
pub(super) const OWN: Duration = Duration::from_secs(10);

/// The bench's way to the kernel.
#[derive(Debug, Default)]
pub(super) struct KernelAccess {
    kernel: Kernel,
    client: OnceCell<Client>,
    /// Up to where what it told was recorded.
    recorded: Cell<Position>,
    /// From where on `mgmt-wait` looks: since the attempt began, and behind what it has found.
    unclaimed: Cell<Position>,
}

impl KernelAccess {
    pub(super) fn to(kernel: Kernel) -> Self {
        Self { kernel, ..Self::default() }
    }

    pub(super) fn unclaimed(&self) -> &Cell<Position> {
        &self.unclaimed
    }

    /// The client; opened when it is first asked for.
    fn client(&self) -> Result<&Client, OpenError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = self.kernel.open()?;
        Ok(self.client.get_or_init(|| client))
    }
}

impl Bench {
    /// Opens the kernel's management API, so that nothing that it tells is missed.
    ///
    /// # Errors
    /// The kernel has no Bluetooth, or does not let this process in.
    pub fn open_kernel(&self) -> Result<(), Failure> {
        self.kernel_client().map(drop)
    }

    /// An attempt begins: what the kernel told before is no concern of its `mgmt-wait`.
    pub(super) fn kernel_attempt(&self) {
        if let Some(client) = self.kernel().client.get() {
            self.kernel().unclaimed.set(client.position());
        }
    }

    pub(super) fn kernel_client(&self) -> Result<&Client, Failure> {
        self.kernel().client().map_err(|error| {
            let kind = if error.is_permission() { "no-permission" } else { "no-kernel" };
            Failure::bench(kind, error.to_string(), error.hint())
        })
    }

    /// The kernel's number of the adapter that a device is on; of the plan's own, where there is no device.
    pub(super) fn kernel_index_for(&self, device: Option<&DeviceName>) -> Result<Index, Failure> {
        index_of(device.map_or(self.adapter(), |name| self.adapter_of(name)))
    }

    /// Whom a command is sent to: the adapter, if it is for one.
    pub(super) fn index_for(
        &self,
        command: &Command,
        device: Option<&DeviceName>,
    ) -> Result<Index, Failure> {
        match command.target {
            Target::NonController => Ok(Index::NONE),
            Target::Controller | Target::Either => self.kernel_index_for(device),
        }
    }

    /// Sends a command, on the adapter if it is for one.
    pub(super) async fn mgmt(
        &self,
        command: &'static Command,
        arguments: &Map<String, Value>,
        limit: Duration,
    ) -> Result<Record, Failure> {
        let index = self.index_for(command, None)?;
        let reply = self.kernel_client()?.call(command, index, arguments, limit).await?;
        Ok(reply)
    }

    /// Sends a command of bttest's own.
    pub(super) async fn own_mgmt(
        &self,
        code: u16,
        arguments: Map<String, Value>,
    ) -> Result<Record, Failure> {
        let Some(command) = command_of(code) else {
            return Err(Failure::bench("no-kernel", "no such command", "report this as a bug"));
        };
        self.mgmt(command, &arguments, OWN).await
    }

    /// The controller's settings: those that it can have, and those that it has.
    pub(super) async fn kernel_settings(&self) -> Result<(Settings, Settings), Failure> {
        let info = self.own_mgmt(READ_INFORMATION, Map::new()).await?;
        let settings = |name| info.settings(name).unwrap_or_default();
        Ok((settings("supported-settings"), settings("current-settings")))
    }

    /// The names of the settings of a list that the controller cannot have.
    ///
    /// # Errors
    /// The kernel cannot be asked.
    pub async fn settings_missing(
        &self,
        wanted: &[SettingName],
    ) -> Result<Vec<SettingName>, Failure> {
        let (supported, _) = self.kernel_settings().await?;
        let supported = supported.bits();
        Ok(wanted.iter().filter(|word| !supported.has(word.as_str())).cloned().collect())
    }

    /// The address of a device of the plan, as the kernel has it.
    pub(super) fn kernel_address(
        &self,
        name: &DeviceName,
    ) -> Result<(Address, AddressType), Failure> {
        let device = self.device(name)?;
        let address = address_of(&device).ok_or_else(|| {
            Failure::fail(
                "not-found",
                format!("BlueZ gives `{name}` no address"),
                "give the address in `with`",
            )
        })?;
        Ok((address, address_type(&device, self.criteria(name).transport)))
    }

    /// Waits until the kernel tells something of the adapter or of a device of the plan, and gives it as an
    /// event. Never ends where the kernel is not listened to.
    pub async fn kernel_told(&self) -> Event {
        let Some(client) = self.kernel().client.get() else { return std::future::pending().await };
        let from = self.kernel().recorded.get();
        match client.wait_for(from, |told| Some(told.clone())).await {
            Ok((told, next)) => {
                self.kernel().recorded.set(next);
                match self.recordable(&told) {
                    Some(event) => event,
                    None => Box::pin(self.kernel_told()).await,
                }
            }
            // It is told when a step needs it.
            Err(_) => std::future::pending().await,
        }
    }

    fn recordable(&self, told: &Told) -> Option<Event> {
        let Message::Event { kind, index, record } = &*told.message else { return None };
        let adapter = self.adapters().find(|adapter| index_of(adapter).ok() == Some(*index));
        if kind.code == DEVICE_FOUND || (adapter.is_none() && *index != Index::NONE) {
            return None;
        }
        let object = self.told_of(record, adapter.unwrap_or(self.adapter()))?;
        Some(Event::Kernel { what: kind.word(), object, said: said(record) })
    }

    /// Whom it is about: a device of the plan where it names an address, else the adapter.
    pub(super) fn told_of(&self, record: &Record, adapter: &Adapter) -> Option<Object> {
        match record.address("address") {
            Some(address) => self.device_at(address, Some(adapter)),
            None => {
                Some(Object { name: adapter.name().to_owned(), path: adapter.path().to_owned() })
            }
        }
    }

    /// The device of the plan with an address, on an adapter if that is known.
    pub(super) fn device_at(&self, address: Address, on: Option<&Adapter>) -> Option<Object> {
        let end = format!("/{}", address.object_name());
        self.recognised_devices()
            .into_iter()
            .filter(|(_, path)| on.is_none_or(|adapter| path.starts_with(adapter.path())))
            .find(|(_, path)| path.ends_with(&end))
            .map(|(name, path)| Object { name, path })
    }
}

/// The kernel's number of an adapter.
fn index_of(adapter: &Adapter) -> Result<Index, Failure> {
    let name = adapter.name();
    name.parse().map_err(|_| {
        Failure::bench(
            "no-kernel",
            format!("the kernel numbers its controllers, and {name} has no number"),
            "name the adapter `hci0` or the like in [adapter]",
        )
    })
}

/// What a record says, secrets struck out.
pub(super) fn said(record: &Record) -> Map<String, Value> {
    match record.struck().to_json() {
        Value::Object(said) => said,
        _ => Map::new(),
    }
}

fn address_of(device: &Device) -> Option<Address> {
    Address::parse(device.property("Address")?.as_str()?)
}

/// A device with a public address may be of either kind: then the plan's word counts, and after that
/// whether it has a class of device, as only BR/EDR devices have.
fn address_type(device: &Device, transport: Transport) -> AddressType {
    let is_random = device.property("AddressType").is_some_and(|kind| kind == "random");
    match transport {
        _ if is_random => AddressType::LE_RANDOM,
        Transport::Le => AddressType::LE_PUBLIC,
        Transport::Bredr => AddressType::BREDR,
        Transport::Auto if device.property("Class").is_some() => AddressType::BREDR,
        Transport::Auto => AddressType::LE_PUBLIC,
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        use crate::mgmt::protocol::Status;
        let message = error.to_string();
        let (kind, verdict) = match &error {
            Error::Argument(_) => ("invalid-arguments".to_owned(), Verdict::Fail),
            Error::Late { .. } => ("time-limit".to_owned(), Verdict::Fail),
            Error::Untaken { .. } => ("failed".to_owned(), Verdict::Fail),
            Error::Closed(_) => ("no-kernel".to_owned(), Verdict::Inconclusive),
            Error::Refused { status, .. } => match *status {
                Status::PERMISSION_DENIED => ("no-permission".to_owned(), Verdict::Inconclusive),
                Status::INVALID_INDEX => ("adapter-gone".to_owned(), Verdict::Inconclusive),
                Status::RFKILLED => ("rfkill".to_owned(), Verdict::Inconclusive),
                status => (status.word(), Verdict::Fail),
            },
        };
        let mut failure = Self::fail(&kind, message, error.hint().unwrap_or_default());
        failure.cause.hint = error.hint();
        Self { verdict, ..failure }
    }
}
