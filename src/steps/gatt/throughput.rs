//! `gatt-throughput`: how fast values go over the link.

use std::io;
use std::num::NonZeroUsize;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::net::{RecvFlags, SendFlags};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::io::unix::AsyncFd;
use tokio::time::{Instant, timeout};

use super::super::{Bench, Failure, Outcome, Step};
use super::field::LONGEST_VALUE;
use super::id::{CharacteristicId, ServiceId};
use super::rate::Throughput;
use super::target::{Found, Target};
use crate::bluez::ErrorKind;
use crate::event::{Access, Event, Object};
use crate::mgmt::socket::watched;
use crate::plan::{Bound, DeviceName, Span};

/// What a value has besides itself in a packet (Core Specification, Vol 3, Part F, 3.4.5.3 and 3.4.7.1).
const HEAD: u16 = 3;

/// Measure how fast values go over the link: written without response, or notified.
///
/// It goes past D-Bus, over a socket of BlueZ's (`AcquireWrite`, `AcquireNotify`). What is written counts when the
/// device has answered a read behind it. Give `bytes` or `for`; with `bytes`, `measure` makes the time that they take
/// a measure, with thresholds.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "GattThroughputTable")]
#[schemars(with = "GattThroughputTable")]
pub struct GattThroughput {
    target: Target,
    direction: Direction,
    bytes: Option<u64>,
    time: Option<Span>,
    packet: Option<u16>,
    rate: Option<Bound<Throughput>>,
}

/// [`GattThroughput`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct GattThroughputTable {
    /// The device of the plan.
    device: DeviceName,
    /// The service that it is in, where the characteristic is in several: a UUID or a name.
    service: Option<ServiceId>,
    /// The characteristic, by its UUID or its name.
    characteristic: CharacteristicId,
    /// Which one, from 1 in the order of their handles, where there are several of the same UUID.
    instance: Option<NonZeroUsize>,
    /// Which way: `write` to the device, or `notify` from it.
    direction: Direction,
    /// How many bytes.
    bytes: Option<u64>,
    /// For how long.
    #[serde(rename = "for")]
    time: Option<Span>,
    /// How many bytes each write has; without it, as many as a packet can carry.
    packet: Option<u16>,
    /// What the throughput must be.
    #[schemars(with = "Option<String>", extend("examples" = [">= 5 kB/s"]))]
    rate: Option<Bound<Throughput>>,
}

/// Which way values go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
enum Direction {
    /// To the device, without response.
    Write,
    /// From the device.
    Notify,
}

impl TryFrom<GattThroughputTable> for GattThroughput {
    type Error = String;

    fn try_from(table: GattThroughputTable) -> Result<Self, String> {
        let GattThroughputTable { device, service, characteristic, instance, direction, .. } =
            table;
        let GattThroughputTable { bytes, time, packet, rate, .. } = table;
        if bytes.is_none() == time.is_none() {
            return Err("give how much, `bytes`, or how long, `for`".to_owned());
        }
        if bytes == Some(0) || time.is_some_and(|time| time.0.is_zero()) {
            return Err("nothing has no throughput; give more than 0".to_owned());
        }
        if packet.is_some() && direction == Direction::Notify {
            return Err("the device says how long a notification is; take `packet` out".to_owned());
        }
        if packet.is_some_and(|packet| packet == 0 || usize::from(packet) > LONGEST_VALUE) {
            return Err(format!("a packet has 1 to {LONGEST_VALUE} bytes"));
        }
        let target = Target { device, service, characteristic, descriptor: None, instance };
        Ok(Self { target, direction, bytes, time, packet, rate })
    }
}

impl Step for GattThroughput {
    const VERB: &'static str = "gatt-throughput";
    const EXAMPLE: &'static str = r#"{ do = "gatt-throughput", device = "headset", characteristic = "2a39", direction = "write", bytes = 20000, rate = ">= 5 kB/s", measure = "upload" }"#;

    fn describe(&self) -> String {
        let direction = match self.direction {
            Direction::Write => "written to",
            Direction::Notify => "notified by",
        };
        format!("measure what is {direction} {}", self.target.told())
    }

    fn limit(&self) -> Duration {
        self.time.map_or(Duration::ZERO, Duration::from) + Duration::from_secs(60)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let found = self.target.find(bench).await?;
        let (bytes, took) = match self.direction {
            Direction::Write => self.write(bench, &found).await?,
            Direction::Notify => self.listen(bench, &found).await?,
        };
        let rate = Throughput::of(bytes, took);
        let access = match self.direction {
            Direction::Write => Access::Written,
            Direction::Notify => Access::Notified,
        };
        bench.record(Event::Attribute {
            object: Object {
                name: self.target.device.0.clone(),
                path: found.attribute.path().to_owned(),
            },
            attribute: self.target.what(),
            access,
            value: String::new(),
            meaning: Some(format!("{bytes} bytes in {}, {rate}", Span(in_ms(took)))),
        });
        match self.rate.as_ref().filter(|bound| !bound.holds(rate)) {
            None => Ok(()),
            Some(bound) => Err(Failure::unmet(
                format!("the throughput of {} is not as expected", self.target.told()),
                bound.text.clone(),
                format!("{rate}, of {bytes} bytes"),
            )),
        }
    }
}

impl GattThroughput {
    /// Whether that is enough.
    fn is_done(&self, bytes: u64, since: Instant) -> bool {
        self.bytes.is_some_and(|all| bytes >= all)
            || self.time.is_some_and(|time| since.elapsed() >= time.0)
    }

    /// Writes, and waits until the device has answered a read that BlueZ sends behind it.
    async fn write(&self, bench: &Bench, found: &Found) -> Outcome<(u64, Duration)> {
        let (socket, mtu) = found.attribute.acquire_write().await?;
        let socket = Socket::new(socket.into())?;
        let longest = mtu.saturating_sub(HEAD).clamp(1, LONGEST_VALUE as u16);
        let packet = vec![0xa5; self.packet.unwrap_or(longest).min(longest).into()];
        let (start, mut bytes) = (Instant::now(), 0);
        while !self.is_done(bytes, start) {
            let left = self.bytes.map_or(u64::MAX, |all| all - bytes);
            let length = usize::try_from(left).unwrap_or(usize::MAX).min(packet.len());
            socket.send(packet.get(..length).unwrap_or_default()).await?;
            bytes += length as u64;
            bench.saw(format!("{bytes} bytes written"));
        }
        // Whatever the answer, what was sent before has arrived.
        match found.attribute.read(0).await {
            Err(error) if error.is_of_bench() || error.kind == ErrorKind::NotConnected => {
                return Err(error.into());
            }
            _ => {}
        }
        Ok((bytes, start.elapsed()))
    }

    /// Listens. Time begins with the first notification, which belongs to the time before it.
    async fn listen(&self, bench: &Bench, found: &Found) -> Outcome<(u64, Duration)> {
        let (socket, _) = found.attribute.acquire_notify().await?;
        let socket = Socket::new(socket.into())?;
        let mut buffer = vec![0; LONGEST_VALUE];
        bench.saw("no notification");
        socket.receive(&mut buffer).await?;
        let (start, mut bytes) = (Instant::now(), 0);
        while !self.is_done(bytes, start) {
            let left =
                self.time.map_or(Span::LONGEST, |time| time.0.saturating_sub(start.elapsed()));
            let Ok(received) = timeout(left, socket.receive(&mut buffer)).await else { break };
            bytes += received? as u64;
            bench.saw(format!("{bytes} bytes notified"));
        }
        Ok((bytes, start.elapsed()))
    }
}

/// Finer than a millisecond is the bench's affair.
fn in_ms(time: Duration) -> Duration {
    Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// A socket of BlueZ's; a packet is a value. Closing it ends what it was acquired for.
struct Socket(AsyncFd<OwnedFd>);

impl Socket {
    fn new(socket: OwnedFd) -> Outcome<Self> {
        watched(socket).map(Self).map_err(broken)
    }

    async fn send(&self, packet: &[u8]) -> Outcome<usize> {
        let send = |socket: &OwnedFd| {
            rustix::net::send(socket, packet, SendFlags::NOSIGNAL | SendFlags::DONTWAIT)
                .map_err(io::Error::from)
        };
        self.0.async_io(tokio::io::Interest::WRITABLE, send).await.map_err(broken)
    }

    async fn receive(&self, buffer: &mut [u8]) -> Outcome<usize> {
        let receive = |socket: &OwnedFd| {
            let read = rustix::net::recv(socket, &mut *buffer, RecvFlags::DONTWAIT);
            read.map(|(_, length)| length).map_err(io::Error::from)
        };
        match self.0.async_io(tokio::io::Interest::READABLE, receive).await {
            Ok(0) => Err(broken(io::ErrorKind::UnexpectedEof.into())),
            received => received.map_err(broken),
        }
    }
}

/// BlueZ closes the socket when the link ends.
fn broken(error: io::Error) -> Failure {
    Failure::fail(
        "not-connected",
        format!("BlueZ has closed the socket: {error}"),
        "the link may have ended; does it also without this step?",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_measured_is_refused() {
        for (text, says) in [
            ("direction = 'write'", "`bytes`, or how long"),
            ("direction = 'write'\nbytes = 1\nfor = '1s'", "`bytes`, or how long"),
            ("direction = 'write'\nbytes = 0", "more than 0"),
            ("direction = 'notify'\nbytes = 1\npacket = 20", "take `packet` out"),
            ("direction = 'write'\nbytes = 1\npacket = 513", "1 to 512"),
            ("direction = 'write'\nbytes = 1\nrate = '5 kB/s'", "no comparison"),
            ("direction = 'up'\nbytes = 1", "unknown variant"),
        ] {
            let text = format!("device = 'dut'\ncharacteristic = '2a19'\n{text}");
            let error = toml::from_str::<GattThroughput>(&text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
