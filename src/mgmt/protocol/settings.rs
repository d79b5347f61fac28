//! The settings of a controller (doc/mgmt-protocol.rst, Read Controller Information).

use super::bits::Bits;
use super::table::vocabulary::SETTINGS;

/// One setting; the value is its bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// The controller is on.
    Powered = 0,
    /// It accepts connections.
    Connectable = 1,
    /// It accepts BR/EDR connections faster, at the cost of power.
    FastConnectable = 2,
    /// Others find it.
    Discoverable = 3,
    /// It makes bonds.
    Bondable = 4,
    /// BR/EDR links are secured when they are made (security mode 3).
    LinkSecurity = 5,
    /// Secure Simple Pairing.
    Ssp = 6,
    /// BR/EDR is enabled.
    Bredr = 7,
    /// High Speed (802.11).
    HighSpeed = 8,
    /// LE is enabled.
    Le = 9,
    /// It advertises.
    Advertising = 10,
    /// Secure Connections.
    SecureConnections = 11,
    /// Debug keys are kept.
    DebugKeys = 12,
    /// It uses private addresses.
    Privacy = 13,
    /// It has something to configure.
    Configuration = 14,
    /// Its static address is in use.
    StaticAddress = 15,
    /// The PHYs can be chosen.
    PhyConfiguration = 16,
    /// Wideband speech.
    WidebandSpeech = 17,
    /// Connected isochronous streams, as central.
    CisCentral = 18,
    /// Connected isochronous streams, as peripheral.
    CisPeripheral = 19,
    /// Isochronous broadcaster.
    IsoBroadcaster = 20,
    /// Synchronized receiver.
    IsoSyncReceiver = 21,
    /// The controller resolves private addresses.
    LlPrivacy = 22,
    /// Periodic advertising sync transfer, as sender.
    PastSender = 23,
    /// Periodic advertising sync transfer, as receiver.
    PastReceiver = 24,
    /// Shorter connection intervals.
    ShorterConnectionInterval = 25,
}

/// A set of settings. Bits that are not documented are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Settings(pub u32);

impl Settings {
    /// Whether a setting is on.
    #[must_use]
    pub const fn has(self, setting: Setting) -> bool {
        self.0 >> setting as u32 & 1 == 1
    }

    /// The settings with one switched on or off.
    #[must_use]
    pub const fn with(self, setting: Setting, on: bool) -> Self {
        let bit = 1 << setting as u32;
        Self(if on { self.0 | bit } else { self.0 & !bit })
    }

    /// The settings with their words.
    #[must_use]
    pub const fn bits(self) -> Bits {
        Bits { bits: self.0, names: &SETTINGS }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_a_named_bit() {
        let on = Settings::default().with(Setting::Le, true).with(Setting::Powered, true);
        assert_eq!(on.bits().to_string(), "powered le");
        assert!(on.has(Setting::Powered) && !on.has(Setting::Bredr));
        assert_eq!(on.with(Setting::Le, false), Settings(1));
        let last = Setting::ShorterConnectionInterval;
        assert_eq!(SETTINGS.0.len(), last as usize + 1);
        assert_eq!(SETTINGS.word(last as u32), Some("shorter-connection-interval"));
        assert_eq!(SETTINGS.word(Setting::StaticAddress as u32), Some("static-address"));
    }
}
