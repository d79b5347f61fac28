//! `gatt-subscribe` and `gatt-unsubscribe`.

use std::num::NonZeroUsize;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::begun::Begun;
use super::super::pair::OnDemand;
use super::super::{Bench, Outcome, Step};
use super::id::{CharacteristicId, ServiceId};
use super::protected::Protected;
use super::target::Target;
use crate::bluez::Tree;
use crate::bluez::gatt;
use crate::plan::DeviceName;

/// Subscribe to notifications, or to indications where the characteristic has no others.
///
/// What comes from then on is kept for `gatt-notifications`. The subscription ends with the case, or with
/// `gatt-unsubscribe`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(from = "GattSubscribeTable")]
#[schemars(with = "GattSubscribeTable")]
pub struct GattSubscribe {
    attribute: Protected,
}

/// [`GattSubscribe`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct GattSubscribeTable {
    /// The device of the plan.
    device: DeviceName,
    /// The service that it is in, where the characteristic is in several: a UUID or a name.
    service: Option<ServiceId>,
    /// The characteristic, by its UUID or its name.
    characteristic: CharacteristicId,
    /// Which one, from 1 in the order of their handles, where there are several of the same UUID.
    instance: Option<NonZeroUsize>,
    /// Let BlueZ pair where the characteristic wants it, and answer so.
    pair: Option<OnDemand>,
}

impl From<GattSubscribeTable> for GattSubscribe {
    fn from(table: GattSubscribeTable) -> Self {
        let GattSubscribeTable { device, service, characteristic, instance, pair } = table;
        let target = Target { device, service, characteristic, descriptor: None, instance };
        Self { attribute: Protected { target, pair } }
    }
}

impl Step for GattSubscribe {
    const VERB: &'static str = "gatt-subscribe";
    const EXAMPLE: &'static str = r#"{ do = "gatt-subscribe", device = "headset", characteristic = "heart-rate-measurement" }"#;

    fn describe(&self) -> String {
        format!("subscribe to {}", self.attribute.target.told())
    }

    fn limit(&self) -> Duration {
        self.attribute.limit()
    }

    fn executes(&self) -> bool {
        self.attribute.executes()
    }

    fn secrets(&self) -> Vec<String> {
        self.attribute.secrets()
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let found = self.attribute.target.find(bench).await?;
        bench.begins(Begun::Subscription(found.attribute.path().to_owned()));
        let subscribe = async { Ok(found.attribute.subscribe().await?) };
        self.attribute.used(bench, &found, subscribe).await?;
        notifying(bench, found.attribute.path(), true).await
    }
}

/// End a subscription. What came and was not looked at is forgotten.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(from = "GattUnsubscribeTable")]
#[schemars(with = "GattUnsubscribeTable")]
pub struct GattUnsubscribe(Target);

/// [`GattUnsubscribe`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct GattUnsubscribeTable {
    /// The device of the plan.
    device: DeviceName,
    /// The service that it is in, where the characteristic is in several: a UUID or a name.
    service: Option<ServiceId>,
    /// The characteristic, by its UUID or its name.
    characteristic: CharacteristicId,
    /// Which one, from 1 in the order of their handles, where there are several of the same UUID.
    instance: Option<NonZeroUsize>,
}

impl From<GattUnsubscribeTable> for GattUnsubscribe {
    fn from(table: GattUnsubscribeTable) -> Self {
        let GattUnsubscribeTable { device, service, characteristic, instance } = table;
        Self(Target { device, service, characteristic, descriptor: None, instance })
    }
}

impl Step for GattUnsubscribe {
    const VERB: &'static str = "gatt-unsubscribe";
    const EXAMPLE: &'static str = r#"{ do = "gatt-unsubscribe", device = "headset", characteristic = "heart-rate-measurement" }"#;

    fn describe(&self) -> String {
        format!("unsubscribe from {}", self.0.told())
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let found = self.0.find(bench).await?;
        found.attribute.unsubscribe().await?;
        // Another program may still be subscribed: then BlueZ goes on.
        let ended = notifying(bench, found.attribute.path(), false);
        match tokio::time::timeout(Duration::from_secs(1), ended).await {
            Ok(ended) => ended,
            Err(_) => Ok(()),
        }
    }
}

/// Waits until BlueZ tells whether anybody is subscribed; at once where the object is gone.
async fn notifying(bench: &Bench, path: &str, on: bool) -> Outcome {
    let told = |tree: &Tree| match tree.interface(path, gatt::CHARACTERISTIC) {
        Some(properties) => (properties.get("Notifying") == Some(&Value::Bool(on))).then_some(()),
        None => Some(()),
    };
    bench.saw(format!("BlueZ has answered, and Notifying is not {on}"));
    bench.session().mirror().wait_for(told).await?;
    Ok(())
}
