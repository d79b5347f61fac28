//! A simulated bluetoothd on a message bus of the user's, under bluetoothd's own name, for any client of
//! BlueZ.
//!
//! Each of its lives is a connection of its own, as each real bluetoothd is a process: where the scene has
//! it crash, the connection is closed, and the bus itself tells the clients what has become of it (D-Bus
//! specification, "Message Bus Messages"). Where the scene has it hang, it does not read.
//!
//! One loop reads, works and sends. It takes in no message before the last one is worked off and what came
//! of it is written, so that whoever floods it fills the queues of the bus, which have limits, and none here.

mod unserved;

use std::{
    convert::Infallible, future::pending, future::poll_fn, num::NonZeroUsize, pin::Pin,
    time::Duration,
};

use tokio::{
    sync::mpsc::Receiver,
    time::{Instant, sleep_until, timeout},
};
use zbus::{
    Connection, DynamicType, MessageStream,
    connection::Builder,
    export::futures_core::Stream,
    message::{Message, Type},
};

use super::{
    Scene,
    bus::{Line, Owner},
    host::Host,
    sockets::Heard,
};
pub use unserved::Unserved;

const BUS: &str = "org.freedesktop.DBus";
const BUS_PATH: &str = "/org/freedesktop/DBus";
const BLUEZ: &str = "org.bluez";
/// Every client that comes or goes.
const CLIENTS: &str = "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',\
                       member='NameOwnerChanged'";
/// What clients tell of the values that they serve.
const VALUES: &str = "type='signal',interface='org.freedesktop.DBus.Properties',\
                      member='PropertiesChanged',arg0='org.bluez.GattCharacteristic1'";
/// `DBUS_NAME_FLAG_DO_NOT_QUEUE`
const DO_NOT_QUEUE: u32 = 4;
/// `DBUS_REQUEST_NAME_REPLY_PRIMARY_OWNER`
const PRIMARY_OWNER: u32 = 1;
/// How long a bus may take to let somebody in.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many messages the connection reads ahead.
const AHEAD: NonZeroUsize = NonZeroUsize::new(8).unwrap();
/// The longest call that is looked at, in bytes. Clients of BlueZ stay far below; what is kept of a call is
/// thus bounded.
const LONGEST_CALL: usize = 1 << 20;

/// A simulated bluetoothd that owns `org.bluez` on a bus.
pub struct Service {
    host: Host,
    address: String,
    seat: Option<Seat>,
    /// How many connections there have been.
    seats: u64,
}

/// A place on the bus.
struct Seat {
    line: Line,
    connection: Connection,
    stream: MessageStream,
}

impl Service {
    /// Starts a simulated bluetoothd with the adapters and devices of a scene on the bus at a D-Bus address.
    /// Whatever in the scene is left to chance follows from the seed.
    ///
    /// # Errors
    ///
    /// There is no such bus, or it does not give the name `org.bluez`.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub async fn start(scene: Scene, seed: u64, address: &str) -> Result<Self, Unserved> {
        let host = Host::new(scene, seed);
        let mut service = Service { host, address: address.to_owned(), seat: None, seats: 0 };
        service.sit_down().await?;
        Ok(service)
    }

    /// Serves its clients, until the bus is gone. Dropping the future takes it off the bus.
    pub async fn run(mut self) -> Unserved {
        match self.serve().await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn serve(&mut self) -> Result<Infallible, Unserved> {
        let mut heard = self.host.heard();
        loop {
            let alarm = self.host.next();
            let reads = !self.host.is_hung();
            // The alarms go first: they end by themselves, and clients may never do.
            tokio::select! {
                biased;
                () = at(alarm) => self.host.happen(),
                Some(heard) = packet(heard.as_mut()), if reads => self.host.hear_socket(&heard),
                message = next(self.seat.as_mut(), reads) => self.receive(message?).await?,
            }
            self.hand_out().await?;
        }
    }

    async fn receive(&mut self, message: Message) -> Result<(), Unserved> {
        let Some(seat) = &self.seat else {
            return Ok(());
        };
        if message.message_type() == Type::MethodCall && message.data().len() > LONGEST_CALL {
            let error = Message::error(&message.header(), format!("{BUS}.Error.LimitsExceeded"));
            let text = format!("the simulator takes calls of {LONGEST_CALL} bytes at the most");
            return match error.build(&text) {
                Ok(error) => seat.connection.send(&error).await.map_err(|_| Unserved::Gone),
                Err(_) => Ok(()),
            };
        }
        self.host.receive(seat.line, message);
        Ok(())
    }

    /// Sends what the last event has led to.
    async fn hand_out(&mut self) -> Result<(), Unserved> {
        loop {
            let letters = self.host.outgoing();
            if letters.is_empty() {
                break;
            }
            for letter in letters {
                match (letter.owner, &self.seat) {
                    (Some(Owner::Went), _) => self.get_up().await,
                    (Some(Owner::Came), _) => self.sit_down().await?,
                    (None, Some(seat)) => {
                        let sent = seat.connection.send(&letter.message).await;
                        sent.map_err(|_| Unserved::Gone)?;
                    }
                    (None, None) => {}
                }
            }
        }
        // Somebody else's bus stays when the scene takes the bus away: bluetoothd alone is gone.
        if !self.host.has_bus() {
            self.get_up().await;
        }
        // Nobody can open a management socket.
        drop(self.host.packets());
        Ok(())
    }

    /// Connects, as a bluetoothd that starts, and takes its name.
    async fn sit_down(&mut self) -> Result<(), Unserved> {
        self.get_up().await;
        let connected = timeout(PATIENCE, self.take_name()).await;
        self.seat = Some(connected.map_err(|_| Unserved::no_bus(&self.address, "no answer"))??);
        Ok(())
    }

    /// Leaves the bus.
    async fn get_up(&mut self) {
        if let Some(seat) = self.seat.take() {
            self.host.closed(seat.line);
            drop(seat.stream);
            let _ = seat.connection.close().await;
        }
    }

    async fn take_name(&mut self) -> Result<Seat, Unserved> {
        let builder = Builder::address(self.address.as_str()).max_queued(AHEAD);
        let stream = builder.build_message_stream().await;
        let stream = stream.map_err(|error| Unserved::unreachable(&self.address, &error))?;
        self.seats += 1;
        let connection = Connection::from(&stream);
        let mut seat = Seat { line: Line(self.seats), connection, stream };
        self.ask::<_, ()>(&mut seat, "AddMatch", &CLIENTS).await?;
        self.ask::<_, ()>(&mut seat, "AddMatch", &VALUES).await?;
        let given: u32 = self.ask(&mut seat, "RequestName", &(BLUEZ, DO_NOT_QUEUE)).await?;
        if given == PRIMARY_OWNER {
            return Ok(seat);
        }
        let owner: String = self.ask(&mut seat, "GetNameOwner", &BLUEZ).await.unwrap_or_default();
        let process = self.ask(&mut seat, "GetConnectionUnixProcessID", &owner).await.ok();
        Err(Unserved::Taken { owner, process })
    }

    /// Calls a method of the bus. What else comes meanwhile is bluetoothd's.
    async fn ask<B, R>(&mut self, seat: &mut Seat, member: &str, body: &B) -> Result<R, Unserved>
    where
        B: serde::Serialize + DynamicType,
        R: for<'d> zbus::wire::DynamicDeserialize<'d>,
    {
        let call = Message::method_call(BUS_PATH, member).destination(BUS).interface(BUS);
        let call =
            call.build(body).map_err(|error| Unserved::unreachable(&self.address, &error))?;
        let serial = call.primary_header().serial_num();
        seat.connection.send(&call).await.map_err(|_| Unserved::Gone)?;
        loop {
            let message = next(Some(seat), true).await?;
            if message.header().reply_serial() != Some(serial) {
                self.host.receive(seat.line, message);
                continue;
            }
            return match message.message_type() {
                Type::Error => Err(Unserved::refused(&message)),
                _ => message.body().deserialize().map_err(|_| Unserved::refused(&message)),
            };
        }
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("address", &self.address).finish_non_exhaustive()
    }
}

/// The next message; never, where there is no connection, or nobody reads.
async fn next(seat: Option<&mut Seat>, reads: bool) -> Result<Message, Unserved> {
    let Some(seat) = seat else {
        return pending().await;
    };
    if !reads {
        seat.connection.closed().await;
        return Err(Unserved::Gone);
    }
    let message = poll_fn(|context| Pin::new(&mut seat.stream).poll_next(context)).await;
    message.and_then(Result::ok).ok_or(Unserved::Gone)
}

/// The next packet over a socket of a client's.
async fn packet(heard: Option<&mut Receiver<Heard>>) -> Option<Heard> {
    match heard {
        Some(heard) => heard.recv().await,
        None => pending().await,
    }
}

/// At this time, or never.
async fn at(alarm: Option<Instant>) {
    match alarm {
        Some(alarm) => sleep_until(alarm).await,
        None => pending().await,
    }
}
