//! What a step begins with BlueZ and nothing else would end: subscriptions, and what the bench offers to devices.
//!
//! Each ends with its scope. All of it ends with the connection to the bus, too, so that no later run has to know of it.

use super::Bench;
use crate::bluez::gatt::Attribute;
use crate::bluez::{Error, ErrorKind, network};

/// Something that was begun.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Begun {
    /// To the values of the characteristic at a path.
    Subscription(String),
    /// GATT services of the bench.
    Services,
    /// An advertisement, by its name in the plan.
    Advertisement(String),
    /// An advertisement monitor, by its name in the plan.
    Monitor(String),
    /// The audio endpoint at a path of ours.
    Endpoint(String),
    /// The profile at a path of ours.
    Profile(String),
    /// The network with the device at a path.
    Network(String),
    /// The player at a path of ours.
    Player(String),
}

impl Begun {
    /// Whether it needs the link, and so ends before that is put back.
    pub(super) fn is_of_link(&self) -> bool {
        matches!(self, Self::Subscription(_) | Self::Network(_))
    }

    /// What ends, in words.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Subscription(path) => format!("subscription of {path}"),
            Self::Services => "services of the bench".to_owned(),
            Self::Advertisement(name) => format!("advertisement {name}"),
            Self::Monitor(name) => format!("advertisement monitor {name}"),
            Self::Endpoint(_) => "audio endpoint".to_owned(),
            Self::Profile(_) => "profile of the bench".to_owned(),
            Self::Network(path) => format!("network with {path}"),
            Self::Player(_) => "player of the bench".to_owned(),
        }
    }

    /// Ends it; gives whether that is worth telling.
    ///
    /// # Errors
    /// What BlueZ answered.
    pub(super) async fn end(&self, bench: &Bench) -> Result<bool, Error> {
        match self {
            Self::Subscription(path) => unsubscribe(bench, path).await,
            Self::Services => bench.application().stop().await,
            Self::Advertisement(name) => bench.advertiser().stop(name).await,
            Self::Monitor(name) => bench.monitors().stop(name).await,
            Self::Endpoint(path) => bench.endpoints().unregister(path).await.map(|_| false),
            Self::Profile(path) => bench.profiles().unregister(path).await.map(|_| false),
            Self::Network(path) => network::disconnect(bench.session(), path).await.map(|_| false),
            Self::Player(path) => bench.player().withdraw(path).await.map(|()| false),
        }
    }
}

/// Ends a subscription that is still there. BlueZ itself ends it where the link is gone, unless there is a bond.
async fn unsubscribe(bench: &Bench, path: &str) -> Result<bool, Error> {
    let session = bench.session();
    if session.mirror().read(|tree| tree.heard(path).is_some()) {
        match Attribute::characteristic(session, path).unsubscribe().await {
            // It has ended by itself.
            Err(error) if error.kind == ErrorKind::Failed => {}
            other => other?,
        }
    }
    Ok(false)
}
