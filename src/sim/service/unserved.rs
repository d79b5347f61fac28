//! Why no bluetoothd can be played on a bus, or none any more, and what its user can do about it.

use std::fmt;

use zbus::message::Message;

/// How to get a bus on which it can be done.
const OWN_BUS: &str = "start a bus of your own, `dbus-daemon --session --print-address --nofork`, and give \
                       the address that it prints";

/// Why there is no service on a bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unserved {
    /// What is given is not a D-Bus address.
    NoAddress(String),
    /// There is no bus at the address.
    NoBus { address: String, why: String },
    /// The name has another owner, of this unique name and process.
    Taken { owner: String, process: Option<u32> },
    /// The bus lets this user not have the name, in its own words.
    Refused(String),
    /// The bus has closed the connection.
    Gone,
}

impl Unserved {
    pub(super) fn no_bus(address: &str, why: impl fmt::Display) -> Self {
        Unserved::NoBus { address: address.to_owned(), why: why.to_string() }
    }

    /// A connection to the bus could not be made.
    pub(super) fn unreachable(address: &str, error: &zbus::Error) -> Self {
        match error {
            zbus::Error::Address(why) => Unserved::NoAddress(why.clone()),
            zbus::Error::Connection(why, _) => Unserved::no_bus(address, why),
            other => Unserved::no_bus(address, other),
        }
    }

    /// The bus has answered with this error.
    pub(super) fn refused(message: &Message) -> Self {
        let name = message.header().error_name().map(ToString::to_string).unwrap_or_default();
        let text: String = message.body().deserialize().unwrap_or_default();
        Unserved::Refused(format!("{name}: {text}"))
    }
}

impl fmt::Display for Unserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unserved::NoAddress(why) => {
                write!(f, "this is no D-Bus address ({why}); {OWN_BUS}, such as unix:path=/tmp/bus")
            }
            Unserved::NoBus { address, why } => write!(f, "no bus at {address}: {why}; {OWN_BUS}"),
            Unserved::Taken { owner, process } => {
                write!(f, "org.bluez belongs to {owner} on this bus")?;
                if let Some(process) = process {
                    write!(f, " (process {process})")?;
                }
                write!(f, ", a bluetoothd or another simulator; end that, or {OWN_BUS}")
            }
            Unserved::Refused(why) => write!(
                f,
                "the bus does not give this user the name org.bluez ({why}); a system bus keeps it for \
                 bluetoothd: {OWN_BUS}"
            ),
            Unserved::Gone => f.write_str("the bus has closed the connection"),
        }
    }
}

impl std::error::Error for Unserved {}
