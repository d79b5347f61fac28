//! `gatt-notifications`: what a characteristic tells by itself.

use std::num::NonZeroUsize;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::{Instant, timeout};

use super::super::{Bench, Failure, Outcome, Step};
use super::id::{CharacteristicId, ServiceId};
use super::target::{Found, Target};
use super::value::{Length, Shown, Wanted};
use crate::bluez::{Told, Tree};
use crate::event::Access;
use crate::plan::{Comparison, DeviceName, Span};

/// How many values a step puts into the journal.
const RECORDED: usize = 100;

/// Expect notifications or indications, after `gatt-subscribe`.
///
/// It looks at what came since the subscription, or since the step of this kind before it. `count = ">= 3"` is done as
/// soon as there are three; `count = 3`, `count = 0` and `"<= 3"` look for all of `within`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "GattNotificationsTable")]
#[schemars(with = "GattNotificationsTable")]
pub struct GattNotifications {
    target: Target,
    count: Length,
    within: Span,
    fresh: bool,
    each: Option<Wanted>,
    any: Option<Wanted>,
    in_order: Vec<Wanted>,
    interval_at_least: Option<Span>,
    interval_at_most: Option<Span>,
}

/// [`GattNotifications`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct GattNotificationsTable {
    /// The device of the plan.
    device: DeviceName,
    /// The service that it is in, where the characteristic is in several: a UUID or a name.
    service: Option<ServiceId>,
    /// The characteristic, by its UUID or its name.
    characteristic: CharacteristicId,
    /// Which one, from 1 in the order of their handles, where there are several of the same UUID.
    instance: Option<NonZeroUsize>,
    /// How many: a number, or a bound such as `">= 3"`. Without it, as many as `in-order` has, or at least one.
    count: Option<Length>,
    /// How long that may take.
    #[serde(default = "ten_seconds")]
    within: Span,
    /// Forget what came before this step.
    #[serde(default)]
    fresh: bool,
    /// What every one of them must be; as in `gatt-read`.
    #[schemars(extend("examples" = [{ "number": { "type": "u8", "at": 1, "at-least": 40 } }]))]
    each: Option<Wanted>,
    /// What at least one of them must be.
    any: Option<Wanted>,
    /// What they must be, one after the other, from the first on.
    #[serde(default)]
    in_order: Vec<Wanted>,
    /// The least time between one and the next.
    interval_at_least: Option<Span>,
    /// The most time between one and the next.
    interval_at_most: Option<Span>,
}

fn ten_seconds() -> Span {
    Span(Duration::from_secs(10))
}

impl TryFrom<GattNotificationsTable> for GattNotifications {
    type Error = String;

    fn try_from(table: GattNotificationsTable) -> Result<Self, String> {
        let GattNotificationsTable { device, service, characteristic, instance, count, .. } = table;
        let GattNotificationsTable { within, fresh, each, any, in_order, .. } = table;
        let GattNotificationsTable { interval_at_least, interval_at_most, .. } = table;
        let count = match count {
            Some(count) => count,
            None => Length::at_least(in_order.len().max(1) as u64),
        };
        if !in_order.is_empty() && !(in_order.len()..=u16::MAX.into()).any(|many| count.holds(many))
        {
            return Err(format!("`in-order` has {}, and `count` lets fewer come", in_order.len()));
        }
        if any.is_some() && !(1..=u16::MAX.into()).any(|many| count.holds(many)) {
            return Err("`any` wants one, and `count` none".to_owned());
        }
        let target = Target { device, service, characteristic, descriptor: None, instance };
        Ok(Self {
            target,
            count,
            within,
            fresh,
            each,
            any,
            in_order,
            interval_at_least,
            interval_at_most,
        })
    }
}

impl Step for GattNotifications {
    const VERB: &'static str = "gatt-notifications";
    const EXAMPLE: &'static str = r#"{ do = "gatt-notifications", device = "headset", characteristic = "heart-rate-measurement", count = ">= 3", within = "5s", each = { number = { type = "u8", at = 1, at-least = 40, at-most = 200, unit = "bpm" } } }"#;

    fn describe(&self) -> String {
        format!("expect {} notifications of {}", self.count, self.target.told())
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(10)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let found = self.target.find(bench).await?;
        let path = found.attribute.path();
        let mirror = bench.session().mirror();
        if self.fresh {
            mirror.hear(path, |heard| heard.take(usize::MAX));
        }
        let enough = |tree: &Tree| {
            let Some(heard) = tree.heard(path) else { return Some(None) };
            self.count.is_reached(heard.values().len()).then(|| Some(heard.values().len()))
        };
        let there = match timeout(self.within.0, mirror.wait_for(enough)).await {
            Ok(there) => there?,
            Err(_) => mirror.read(|tree| tree.heard(path).map(|heard| heard.values().len())),
        };
        let Some(there) = there else { return Err(self.not_subscribed()) };
        let seen = mirror.hear(path, |heard| heard.take(there)).unwrap_or_default();
        self.check(bench, &found, &seen)
    }
}

impl GattNotifications {
    fn not_subscribed(&self) -> Failure {
        Failure::fail(
            "not-subscribed",
            format!("nobody has subscribed to {}, or the link ended", self.target.told()),
            "put { do = \"gatt-subscribe\", … } before this step",
        )
    }

    fn check(&self, bench: &Bench, found: &Found, seen: &[Told]) -> Outcome {
        let mut failure = None;
        for (at, told) in seen.iter().enumerate() {
            let wanted = [self.each.as_ref(), self.in_order.get(at)];
            let judged = wanted.into_iter().flatten().map(|wanted| wanted.judge(&told.value));
            let (mut meaning, mut wrong) = (None, Vec::new());
            for one in judged {
                meaning = meaning.or(one.meaning);
                wrong.extend(one.wrong);
            }
            if at < RECORDED {
                self.target.record(bench, found, Access::Notified, &told.value, meaning);
            }
            if !wrong.is_empty() && failure.is_none() {
                let what = format!("notification {} of {}", at + 1, self.target.told());
                failure = Some(super::read::differs(&what, &wrong));
            }
        }
        if !self.count.holds(seen.len()) {
            return Err(self.wrong_count(seen));
        }
        let failure = failure.or_else(|| self.none_is(seen)).or_else(|| self.ill_timed(seen));
        failure.map_or(Ok(()), Err)
    }

    fn wrong_count(&self, seen: &[Told]) -> Failure {
        let last = seen.last().map(|told| format!(", the last {}", Shown(&told.value)));
        Failure::unmet(
            format!(
                "{} has not told as often as expected within {}",
                self.target.told(),
                self.within
            ),
            format!("{} notifications", self.count),
            format!("{} notifications{}", seen.len(), last.unwrap_or_default()),
        )
    }

    fn none_is(&self, seen: &[Told]) -> Option<Failure> {
        let wanted = self.any.as_ref()?;
        let is = |told: &Told| wanted.judge(&told.value).wrong.is_empty();
        (!seen.iter().any(is)).then(|| {
            let last: Vec<String> =
                seen.iter().rev().take(5).map(|told| Shown(&told.value).to_string()).collect();
            Failure::unmet(
                format!("no notification of {} is as expected", self.target.told()),
                wanted.told(),
                last.join(", before it "),
            )
        })
    }

    fn ill_timed(&self, seen: &[Told]) -> Option<Failure> {
        let gaps = seen.iter().zip(seen.iter().skip(1)).map(|(one, next)| gap(one.at, next.at));
        let is_wrong = |gap: &Duration| {
            self.interval_at_least.is_some_and(|least| *gap < least.0)
                || self.interval_at_most.is_some_and(|most| *gap > most.0)
        };
        let (at, gap) = gaps.enumerate().find(|(_, gap)| is_wrong(gap))?;
        let bound = |sign: &str, bound: Option<Span>| bound.map(|bound| format!("{sign} {bound}"));
        let bounds = [bound(">=", self.interval_at_least), bound("<=", self.interval_at_most)];
        Some(Failure::unmet(
            format!(
                "the time between notifications {} and {} of {} is not as expected",
                at + 1,
                at + 2,
                self.target.told()
            ),
            bounds.into_iter().flatten().collect::<Vec<_>>().join(" and "),
            Span(gap).to_string(),
        ))
    }
}

fn gap(one: Instant, next: Instant) -> Duration {
    // Finer than a millisecond is the bench's affair.
    Duration::from_millis(u64::try_from((next - one).as_millis()).unwrap_or(u64::MAX))
}

impl Length {
    /// At least so many.
    fn at_least(count: u64) -> Self {
        let bound = crate::plan::Bound {
            comparison: Comparison::AtLeast,
            quantity: count,
            text: format!(">= {count}"),
        };
        Self::Bound(bound)
    }

    /// Whether so many are enough, however many more there will be.
    fn is_reached(&self, count: usize) -> bool {
        match self {
            Self::Bound(bound) => {
                matches!(bound.comparison, Comparison::AtLeast | Comparison::Above)
                    && self.holds(count)
            }
            // One too many is enough to know.
            Self::Is(wanted) => count as u64 > *wanted,
        }
    }
}
