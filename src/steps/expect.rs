//! `expect` and `wait`: what a property is, or comes to be.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::condition::Condition;
use super::failure::shown;
use super::object::Whereabouts;
use super::{Bench, Failure, Outcome, Step};
use crate::bluez::{Adapter, Device, Tree};
use crate::plan::Span;

/// Check a property of a device or of the adapter.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Expect(Condition);

impl Step for Expect {
    const VERB: &'static str = "expect";
    const EXAMPLE: &'static str =
        r#"{ do = "expect", device = "headset", property = "Connected", equals = true }"#;

    fn describe(&self) -> String {
        format!("expect {}", describe(&self.0))
    }

    fn limit(&self) -> Duration {
        self.0.within.map_or(Duration::ZERO, Duration::from) + Duration::from_secs(1)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        match self.0.within {
            Some(within) => becomes(bench, &self.0, within).await,
            None => is(bench, &self.0),
        }
    }
}

/// Wait until a property of a device or of the adapter is as wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Wait(Condition);

impl Wait {
    fn within(&self) -> Span {
        self.0.within.unwrap_or(Span(Duration::from_secs(10)))
    }
}

impl Step for Wait {
    const VERB: &'static str = "wait";
    const EXAMPLE: &'static str = r#"{ do = "wait", device = "headset", property = "ServicesResolved", equals = true, within = "5s" }"#;

    fn describe(&self) -> String {
        format!("wait for {}", describe(&self.0))
    }

    fn limit(&self) -> Duration {
        self.within().0 + Duration::from_secs(1)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        becomes(bench, &self.0, self.within()).await
    }
}

fn is(bench: &Bench, condition: &Condition) -> Outcome {
    let place = place(bench, condition)?;
    let value = bench.session().mirror().read(|tree| place.value(tree));
    if condition.holds(value.as_ref()) { Ok(()) } else { Err(unmet(condition, value.as_ref())) }
}

async fn becomes(bench: &Bench, condition: &Condition, within: Span) -> Outcome {
    let place = place(bench, condition)?;
    let mirror = bench.session().mirror();
    let wait = mirror.wait_for(|tree| condition.holds(place.value(tree).as_ref()).then_some(()));
    match tokio::time::timeout(within.0, wait).await {
        Ok(held) => held.map_err(Failure::from),
        Err(_) => {
            let last = mirror.read(|tree| place.value(tree));
            let mut failure = unmet(condition, last.as_ref());
            failure.cause.message = format!("{} within {within}", failure.cause.message);
            Err(failure)
        }
    }
}

/// Where a property is in BlueZ's tree.
struct Place {
    whereabouts: Whereabouts,
    property: String,
}

impl Place {
    fn value(&self, tree: &Tree) -> Option<Value> {
        let path = self.whereabouts.path(tree)?;
        tree.property(path, &self.whereabouts.interface, &self.property).cloned()
    }
}

fn place(bench: &Bench, condition: &Condition) -> Result<Place, Failure> {
    let own = match &condition.device {
        Some(_) => Device::INTERFACE,
        None => Adapter::INTERFACE,
    };
    let (interface, property) = condition.property.on(own);
    let (device, object) = (condition.device.as_ref(), condition.object.as_ref());
    let whereabouts = Whereabouts::of(bench, device, object, interface)?;
    Ok(Place { whereabouts, property: property.to_owned() })
}

fn describe(condition: &Condition) -> String {
    let of = condition.device.as_ref().map_or("adapter", |device| device.0.as_str());
    format!("{of} {}", condition.wanted())
}

fn unmet(condition: &Condition, value: Option<&Value>) -> Failure {
    Failure::unmet(
        format!("{} is not as expected", condition.subject()),
        condition.wanted(),
        format!("{} {}", condition.property.0, shown(value)),
    )
}
