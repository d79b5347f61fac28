//! How a profile is registered.

use std::collections::BTreeMap;

use zbus::Variant;

/// Which side of a profile this host is, where its UUID does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// It connects.
    Client,
    /// It is connected to.
    Server,
}

impl Side {
    /// BlueZ's word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// The options of `RegisterProfile` (`doc/org.bluez.ProfileManager.rst`). Of what is not given BlueZ takes what it knows
/// of the UUID.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) name: Option<String>,
    /// The primary service class, if it is not that of the profile.
    pub(crate) service: Option<String>,
    pub(crate) side: Option<Side>,
    /// RFCOMM; 0: any that is free.
    pub(crate) channel: Option<u8>,
    /// L2CAP; 0: any that is free.
    pub(crate) psm: Option<u16>,
    pub(crate) require_authentication: Option<bool>,
    pub(crate) require_authorization: Option<bool>,
    pub(crate) auto_connect: Option<bool>,
    /// Major number in the high byte.
    pub(crate) version: Option<u16>,
    pub(crate) features: Option<u16>,
    /// The SDP record as XML.
    pub(crate) service_record: Option<String>,
}

impl Options {
    /// As BlueZ wants them.
    pub(super) fn wire(&self) -> BTreeMap<&'static str, Variant<'_>> {
        let text = |text: &'_ Option<String>| text.clone().map(Variant::new);
        let side = self.side.map(|side| Variant::new(side.word()));
        [
            ("Name", text(&self.name)),
            ("Service", text(&self.service)),
            ("Role", side),
            ("Channel", self.channel.map(|channel| Variant::new(u16::from(channel)))),
            ("PSM", self.psm.map(Variant::new)),
            ("RequireAuthentication", self.require_authentication.map(Variant::new)),
            ("RequireAuthorization", self.require_authorization.map(Variant::new)),
            ("AutoConnect", self.auto_connect.map(Variant::new)),
            ("Version", self.version.map(Variant::new)),
            ("Features", self.features.map(Variant::new)),
            ("ServiceRecord", text(&self.service_record)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_given_is_told() {
        assert!(Options::default().wire().is_empty());
        let options = Options { side: Some(Side::Client), channel: Some(3), ..Options::default() };
        let wire = options.wire();
        assert_eq!(wire.get("Role"), Some(&Variant::new("client")));
        assert_eq!(wire.get("Channel"), Some(&Variant::new(3_u16)));
        assert_eq!(wire.len(), 2);
    }
}
