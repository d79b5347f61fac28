//! `org.bluez.Network1` (`doc/org.bluez.Network.rst`): the personal area network of a device.

use super::{Device, Error, ErrorKind, Result, Session};

/// BlueZ's interface for it, on the device's object.
pub(crate) const INTERFACE: &str = "org.bluez.Network1";

/// Connects to a network in which the device is `nap`, `gn` or `panu`. Gives the name of the network interface.
///
/// # Errors
/// What BlueZ answered: `not-supported` where the device is no such thing.
pub(crate) async fn connect(session: &Session, device: &Device, role: &str) -> Result<String> {
    let reply = session.call(device.path(), INTERFACE, "Connect", &role).await?;
    let call = || format!("{INTERFACE}.Connect on {}", device.path());
    reply.body().deserialize().map_err(|error| Error::wire(&error, call()))
}

/// Ends the network with the device at a path. Whether there was one.
///
/// # Errors
/// What BlueZ answered.
pub(crate) async fn disconnect(session: &Session, path: &str) -> Result<bool> {
    match session.call(path, INTERFACE, "Disconnect", &()).await {
        // It has ended by itself, or with the link, or the device is gone.
        Err(error)
            if matches!(
                error.kind,
                ErrorKind::NotConnected | ErrorKind::UnknownObject | ErrorKind::UnknownMember
            ) =>
        {
            Ok(false)
        }
        answer => answer.map(|_| true),
    }
}
