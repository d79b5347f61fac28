//! How a command ended (doc/mgmt-protocol.rst, Error Codes).

use std::fmt;

use super::table::{kebab, plain};

/// A status. Numbers that are not documented are kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status(pub u8);

/// The documented names; the number is the place.
const NAMES: [&str; 21] = [
    "Success",
    "Unknown Command",
    "Not Connected",
    "Failed",
    "Connect Failed",
    "Authentication Failed",
    "Not Paired",
    "No Resources",
    "Timeout",
    "Already Connected",
    "Busy",
    "Rejected",
    "Not Supported",
    "Invalid Parameters",
    "Disconnected",
    "Not Powered",
    "Cancelled",
    "Invalid Index",
    "RFKilled",
    "Already Paired",
    "Permission Denied",
];

impl Status {
    /// It was done.
    pub const SUCCESS: Self = Self(0x00);
    /// The kernel does not know the command.
    pub const UNKNOWN_COMMAND: Self = Self(0x01);
    /// There is no connection to the device.
    pub const NOT_CONNECTED: Self = Self(0x02);
    /// It failed, for no reason in particular.
    pub const FAILED: Self = Self(0x03);
    /// No connection could be made.
    pub const CONNECT_FAILED: Self = Self(0x04);
    /// The devices do not share a key, or the other one refused.
    pub const AUTHENTICATION_FAILED: Self = Self(0x05);
    /// There is no bond.
    pub const NOT_PAIRED: Self = Self(0x06);
    /// The kernel or the controller has no room.
    pub const NO_RESOURCES: Self = Self(0x07);
    /// It took too long.
    pub const TIMEOUT: Self = Self(0x08);
    /// There is a connection already.
    pub const ALREADY_CONNECTED: Self = Self(0x09);
    /// Something else has to end first.
    pub const BUSY: Self = Self(0x0A);
    /// It is not allowed now.
    pub const REJECTED: Self = Self(0x0B);
    /// The controller cannot do it.
    pub const NOT_SUPPORTED: Self = Self(0x0C);
    /// A parameter is wrong, or their length is.
    pub const INVALID_PARAMETERS: Self = Self(0x0D);
    /// The connection went down.
    pub const DISCONNECTED: Self = Self(0x0E);
    /// The controller is off.
    pub const NOT_POWERED: Self = Self(0x0F);
    /// It was called off.
    pub const CANCELLED: Self = Self(0x10);
    /// There is no such controller.
    pub const INVALID_INDEX: Self = Self(0x11);
    /// The controller is blocked by rfkill.
    pub const RFKILLED: Self = Self(0x12);
    /// There is a bond already.
    pub const ALREADY_PAIRED: Self = Self(0x13);
    /// It takes `CAP_NET_ADMIN`.
    pub const PERMISSION_DENIED: Self = Self(0x14);

    /// The documented name, if it has one.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        NAMES.get(usize::from(self.0)).copied()
    }

    /// The name in kebab-case, such as `not-powered`; the number where there is no name.
    #[must_use]
    pub fn word(self) -> String {
        self.name().map_or_else(|| self.0.to_string(), kebab)
    }

    /// The status of a name, however it is spelt.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        let wanted = plain(word);
        let at = NAMES.iter().position(|name| plain(name) == wanted)?;
        u8::try_from(at).ok().map(Self)
    }

    /// All words.
    pub fn words() -> impl Iterator<Item = String> {
        NAMES.iter().map(|name| kebab(name))
    }

    /// Whether it was done.
    #[must_use]
    pub fn is_success(self) -> bool {
        self == Self::SUCCESS
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "Status 0x{:02x}", self.0),
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_a_name_and_a_word() {
        assert_eq!(Status::RFKILLED.to_string(), "RFKilled");
        assert_eq!(Status::PERMISSION_DENIED.word(), "permission-denied");
        assert_eq!(Status(0x42).to_string(), "Status 0x42");
        assert_eq!(Status(0x42).word(), "66");
        for number in 0..21 {
            assert_eq!(Status::named(&Status(number).word()), Some(Status(number)));
        }
        assert_eq!(Status::named("Not_Powered"), Some(Status::NOT_POWERED));
        assert_eq!(Status::named("nothing"), None);
    }
}
