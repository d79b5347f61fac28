//! A transport: the stream between this host and a device, from its configuration to its end.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use serde_json::Value;
use tokio::net::UnixDatagram;
use zbus::Variant;

use super::Role;
use crate::audio::{Configuration, lc3};
use crate::bluez::{Device, Error, ErrorKind, Properties, Result, Session, Tree};

/// A transport as BlueZ presents it.
#[derive(Debug, Clone)]
pub struct Transport {
    session: Session,
    path: String,
}

impl Transport {
    /// Interface of transports.
    pub const INTERFACE: &'static str = "org.bluez.MediaTransport1";

    /// The transport at a path.
    #[must_use]
    pub fn at(session: &Session, path: &str) -> Self {
        Self { session: session.clone(), path: path.to_owned() }
    }

    /// Paths of a device's transports in which this host has one of these roles.
    #[must_use]
    pub fn paths(tree: &Tree, device: &Device, roles: &[Role]) -> Vec<String> {
        let uuids: Vec<&str> = roles.iter().map(|role| role.uuid()).collect();
        let text = |properties: &Properties, name: &str| {
            properties.get(name).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase()
        };
        let device = device.path().to_ascii_lowercase();
        let all = tree.with_interface(Self::INTERFACE).filter(|(_, properties)| {
            text(properties, "Device") == device
                && uuids.contains(&text(properties, "UUID").as_str())
        });
        all.map(|(path, _)| path.to_owned()).collect()
    }

    /// Path of the object.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// A property as last told.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<Value> {
        self.session.mirror().read(|tree| tree.property(&self.path, Self::INTERFACE, name).cloned())
    }

    /// What this host is in the stream.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        let uuid = self.property("UUID")?.as_str()?.to_ascii_lowercase();
        Role::ALL.iter().copied().find(|role| role.uuid() == uuid)
    }

    /// The configuration of the stream, where it is one of SBC.
    #[must_use]
    pub fn configuration(&self) -> Option<Configuration> {
        self.session.mirror().read(|tree| {
            tree.interface(&self.path, Self::INTERFACE).and_then(Self::configuration_in)
        })
    }

    /// The configuration that a transport's properties tell, where it is one of SBC.
    #[must_use]
    pub fn configuration_in(properties: &Properties) -> Option<Configuration> {
        if properties.get("Codec")?.as_u64()? != 0 {
            return None;
        }
        Configuration::read(&octets(properties.get("Configuration")?.as_str()?)?)
    }

    /// The configuration that a transport's properties tell, where it is one of LC3.
    #[must_use]
    pub fn lc3_in(properties: &Properties) -> Option<lc3::Configuration> {
        if properties.get("Codec")?.as_u64()? != u64::from(lc3::CODEC) {
            return None;
        }
        lc3::Configuration::read(&octets(properties.get("Configuration")?.as_str()?)?)
    }

    /// What a transport's properties say of its stream, as LE Audio writes that (`Metadata`).
    #[must_use]
    pub fn metadata_in(properties: &Properties) -> Vec<u8> {
        properties.get("Metadata").and_then(Value::as_str).and_then(octets).unwrap_or_default()
    }

    /// The transports that a transport's properties say it shares its isochronous stream with (`Links`).
    #[must_use]
    pub fn links_in(properties: &Properties) -> Vec<String> {
        let links = properties.get("Links").and_then(Value::as_array);
        let paths = links.into_iter().flatten().filter_map(Value::as_str);
        paths.map(str::to_owned).collect()
    }

    /// Gives back every stream of a device that this program has. Whether there was one.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub async fn release_all(session: &Session, device: &Device) -> Result<bool> {
        let paths = session.mirror().read(|tree| Self::paths(tree, device, Role::ALL));
        let mut released = false;
        for path in paths {
            match Self::at(session, &path).release().await {
                // It is not this program that has it.
                Err(error) if error.kind == ErrorKind::NotAuthorized => {}
                answer => {
                    answer?;
                    released = true;
                }
            }
        }
        Ok(released)
    }

    /// Sets a property: `Volume` or `Delay`.
    ///
    /// # Errors
    /// What BlueZ answered; `not-authorized` while another program has acquired the transport.
    pub async fn set(&self, property: &str, value: u16) -> Result<()> {
        let value = Variant::new(value);
        self.session.set_wire(&self.path, Self::INTERFACE, property, value).await
    }

    /// Acquires the stream, which starts it.
    ///
    /// # Errors
    /// What BlueZ answered; `not-authorized` while another program has it, or where the device does not start.
    pub async fn acquire(&self) -> Result<Stream> {
        self.take("Acquire").await
    }

    /// Acquires a stream that the device has started.
    ///
    /// # Errors
    /// As for [`Transport::acquire`]; `not-available` where it has not.
    pub async fn try_acquire(&self) -> Result<Stream> {
        self.take("TryAcquire").await
    }

    /// Wants the stream of what is broadcast: then it can be acquired.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub async fn select(&self) -> Result<()> {
        self.session.call(&self.path, Self::INTERFACE, "Select", &()).await.map(drop)
    }

    /// Tells with which code what is broadcast is encrypted (`BCode` of `QoS`).
    ///
    /// # Errors
    /// What BlueZ answered.
    pub async fn decrypt_with(&self, code: [u8; 16]) -> Result<()> {
        let qos = BTreeMap::from([
            ("Encryption", Variant::new(1_u8)),
            ("BCode", Variant::new(code.to_vec())),
        ]);
        self.session.set_wire(&self.path, Self::INTERFACE, "QoS", Variant::new(qos)).await
    }

    async fn take(&self, method: &str) -> Result<Stream> {
        let reply = self.session.call(&self.path, Self::INTERFACE, method, &()).await?;
        let call = || format!("{}.{method} on {}", Self::INTERFACE, self.path);
        let (fd, read_mtu, write_mtu): (zbus::OwnedFd, u16, u16) =
            reply.body().deserialize().map_err(|error| Error::wire(&error, call()))?;
        Stream::new(fd.into(), read_mtu, write_mtu).map_err(|error| broken(&error, call()))
    }

    /// Gives the stream back, which suspends it.
    ///
    /// # Errors
    /// What BlueZ answered; `not-authorized` where this program does not have it.
    pub async fn release(&self) -> Result<()> {
        self.session.call(&self.path, Self::INTERFACE, "Release", &()).await.map(drop)
    }
}

/// The bytes of hexadecimal digits.
fn octets(text: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    text.as_bytes().chunks(2).map(pair).collect()
}

fn broken(error: &io::Error, call: String) -> Error {
    let message = format!("the stream's socket: {error}");
    Error { kind: ErrorKind::Failed, name: String::new(), message, call }
}

/// The longest packet of a broadcast (Max_SDU in the Core Specification, Vol 4, Part E, 7.8.103).
const LONGEST: u16 = 0x0fff;

/// An acquired stream: packets go one way, each whole.
#[derive(Debug)]
pub struct Stream {
    /// Whatever kind of socket it is, packets are sent and received as over one of datagrams.
    socket: UnixDatagram,
    /// How much is read at once, in bytes.
    pub read_mtu: u16,
    /// How much is written at once, in bytes.
    pub write_mtu: u16,
}

impl Stream {
    fn new(socket: OwnedFd, read_mtu: u16, write_mtu: u16) -> io::Result<Self> {
        let socket = std::os::unix::net::UnixDatagram::from(socket);
        socket.set_nonblocking(true)?;
        Ok(Self { socket: UnixDatagram::from_std(socket)?, read_mtu, write_mtu })
    }

    /// Sends a packet.
    ///
    /// # Errors
    /// The socket takes nothing for as long as `patience`, or the stream has ended.
    pub async fn send(&self, packet: &[u8], patience: Duration) -> io::Result<()> {
        let sent = tokio::time::timeout(patience, self.socket.send(packet));
        let sent = sent.await.map_err(|_| stuck())??;
        if sent < packet.len() {
            return Err(io::Error::other("it took only a part of a packet"));
        }
        Ok(())
    }

    /// Takes a packet that has come already; none, where none has.
    ///
    /// # Errors
    /// The stream has broken.
    pub fn take(&self) -> io::Result<Option<Vec<u8>>> {
        let mut packet = vec![0; usize::from(self.read_mtu).max(1)];
        match self.socket.try_recv(&mut packet) {
            Ok(length) => {
                packet.truncate(length);
                Ok(Some(packet))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Receives a packet, of 64 KiB at most. An empty one: the stream has ended.
    ///
    /// # Errors
    /// Nothing comes for as long as `patience`, or the stream has broken.
    pub async fn receive(&self, patience: Duration) -> io::Result<Vec<u8>> {
        // BlueZ tells no size of what is broadcast.
        let mtu = if self.read_mtu == 0 { LONGEST } else { self.read_mtu };
        let mut packet = vec![0; usize::from(mtu)];
        let received = tokio::time::timeout(patience, self.socket.recv(&mut packet));
        let length = received.await.map_err(|_| stuck())??;
        packet.truncate(length);
        Ok(packet)
    }
}

fn stuck() -> io::Error {
    io::ErrorKind::TimedOut.into()
}
