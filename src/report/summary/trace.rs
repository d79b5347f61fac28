//! What happened on the bus shortly before, in words.

use std::collections::VecDeque;

use serde_json::Value;

use super::FailedStep;
use crate::event::{Access, BenchChange, Event, Record, Way};
use crate::report::escape::cut;
use crate::report::quantity::time;

/// How many events are remembered, of all devices.
const REMEMBERED: usize = 64;

/// How many of them are told with a failure, and how many of those may be from before its attempt.
const TOLD: usize = 8;
const EARLIER: usize = 4;

/// The longest text of an event, in characters.
const LONGEST: usize = 200;

/// Something that happened to an object on the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Microseconds since the start of the run.
    pub t: u64,
    /// What it happened to, as the plan names it.
    pub object: String,
    pub text: String,
    /// It was before the attempt that it is told with.
    pub earlier: bool,
}

/// The last events, and no more, whatever attempt, iteration and case they are of.
#[derive(Debug, Clone, Default)]
pub(super) struct Recent {
    last: VecDeque<Trace>,
    /// How many of them are older than the attempt, and than the iteration, that is under way.
    before_attempt: usize,
    before_iteration: usize,
}

impl Recent {
    pub(super) fn add(&mut self, record: &Record) {
        if let Event::IterationSummed(sum) = &record.event {
            // Of it only its end is known, so that what was before it says nothing any more.
            *self = Self::default();
            for (object, text, ago) in sum.last.iter().take(EARLIER) {
                let text = cut(text, LONGEST).into_owned();
                self.push(record.t.saturating_sub(*ago), object, text);
            }
            let number = record.scope.iteration.unwrap_or(0);
            let text = format!("iteration {number} passed; the journal has it in one line");
            self.push(record.t, RUN, text);
        } else if let Some((object, text)) = told(&record.event) {
            self.push(record.t, object, text);
        }
    }

    fn push(&mut self, t: u64, object: &str, text: String) {
        if self.last.len() == REMEMBERED {
            self.last.pop_front();
            self.before_attempt = self.before_attempt.saturating_sub(1);
            self.before_iteration = self.before_iteration.saturating_sub(1);
        }
        let object = object.to_owned();
        self.last.push_back(Trace { t, object, text, earlier: false });
    }

    pub(super) fn start_iteration(&mut self) {
        self.before_iteration = self.last.len();
        self.start_attempt();
    }

    pub(super) fn start_attempt(&mut self) {
        self.before_attempt = self.last.len();
    }

    /// The last events of the iteration.
    pub(super) fn of_iteration(&self) -> Vec<Trace> {
        let own = self.last.iter().skip(self.before_iteration).rev();
        let mut last: Vec<Trace> = own.take(TOLD).cloned().collect();
        last.reverse();
        last
    }

    /// The last events of the object that the step is about, and of the bench itself; of all of them
    /// where the step's words name none of the objects. Where there is room, those before the attempt too.
    pub(super) fn about(&self, step: Option<&FailedStep>) -> Vec<Trace> {
        let text = step.map_or("", |step| step.identity.text.as_str());
        let named = |object: &str| text.split_whitespace().any(|word| word == object);
        let last = |events: &[&Trace], most: usize| {
            let any_named = events.iter().any(|trace| named(&trace.object));
            let wanted =
                |t: &&&Trace| !any_named || named(&t.object) || [BENCH, RUN].contains(&&*t.object);
            events.iter().rev().filter(wanted).take(most).map(|t| (**t).clone()).collect::<Vec<_>>()
        };
        let all: Vec<&Trace> = self.last.iter().collect();
        let (before, own) = all.split_at(self.before_attempt.min(all.len()));
        let mut told = last(own, TOLD);
        for mut trace in last(before, TOLD.saturating_sub(told.len()).min(EARLIER)) {
            trace.earlier = true;
            told.push(trace);
        }
        told.reverse();
        told
    }
}

/// How many bytes of a value are told.
const BYTES_TOLD: usize = 32;

/// What stands in place of an object where something happened to the bench as a whole.
const BENCH: &str = "bench";

/// What stands there where something is said of the run itself.
const RUN: &str = "run";

/// What an event says about an object on the bus: the object's name, and a few words. None for events
/// of the run itself.
#[must_use]
pub fn told(event: &Event) -> Option<(&str, String)> {
    Some(match event {
        Event::Appeared { object, .. } => (&object.name, "appeared".to_owned()),
        Event::Vanished { object } => (&object.name, "vanished".to_owned()),
        Event::Changed { object, interface, property, value } => {
            let interface = interface.rsplit('.').next().unwrap_or(interface);
            let text = match value {
                Some(value) => format!("{interface}.{property} = {}", shown(value)),
                None => format!("{interface}.{property} withdrawn"),
            };
            (&object.name, cut(&text, LONGEST).into_owned())
        }
        Event::Disconnected { object, interface, reason, message } => {
            let interface = interface.rsplit('.').next().unwrap_or(interface);
            let text = format!("{interface} disconnected: {reason}, {message}");
            (&object.name, cut(&text, LONGEST).into_owned())
        }
        Event::AgentAsked { method, object, answer } => {
            let text = format!("agent was asked {method}, answered {answer}");
            (&object.name, cut(&text, LONGEST).into_owned())
        }
        Event::EndpointAsked { method, object, answer } => {
            let text = format!("audio endpoint was called: {method}, answered {answer}");
            (&object.name, cut(&text, LONGEST).into_owned())
        }
        Event::Monitored { monitor, method, object } => {
            let text = format!("advertisement monitor {monitor} was called: {method}");
            (&object.name, cut(&text, LONGEST).into_owned())
        }
        Event::ProfileAsked { method, object, answer } => {
            let text = format!("profile was called: {method}, answered {answer}");
            (&object.name, cut(&text, LONGEST).into_owned())
        }
        Event::Exchanged { object, profile, way, bytes, of, text } => {
            let way = match way {
                Way::Sent => "sent",
                Way::Received => "received",
            };
            let length = of.map_or(String::new(), |of| format!(" ({of} bytes)"));
            let bytes = text.as_ref().unwrap_or(bytes);
            let text = format!("{profile} {way} {bytes}{length}");
            (&object.name, cut(&text, LONGEST).into_owned())
        }
        Event::PlayerAsked { method, answer } => {
            let text = format!("player was asked {method}: {answer}");
            (BENCH, cut(&text, LONGEST).into_owned())
        }
        Event::Kernel { what, object, said } => {
            let said: Vec<String> = (said.iter())
                .filter(|(name, _)| !matches!(name.as_str(), "address" | "address-type"))
                .map(|(name, value)| format!("{name} {}", shown(value)))
                .collect();
            let text = format!("kernel {what}: {}", said.join(", "));
            (&object.name, cut(text.trim_end_matches(": "), LONGEST).into_owned())
        }
        Event::Attribute { object, attribute, access, value, meaning } => {
            let done = match access {
                Access::Read => "read",
                Access::Written => "written",
                Access::Notified => "notified",
            };
            let value = match (meaning, value.get(..BYTES_TOLD * 2)) {
                (Some(meaning), _) => meaning.clone(),
                (None, Some(first)) if first.len() < value.len() => {
                    format!("{first}… ({} bytes)", value.len() / 2)
                }
                (None, _) => value.clone(),
            };
            let text = format!("{attribute} {done}: {value}");
            (&object.name, cut(&text, LONGEST).into_owned())
        }
        Event::Hci { object, reason } => (&object.name, cut(reason, LONGEST).into_owned()),
        Event::Bench { change, by_us } => (BENCH, in_words(*change, *by_us)),
        _ => return None,
    })
}

/// A change of the bench in words, with how far it went, in microseconds, where that is known.
pub(super) fn in_words(change: BenchChange, by_us: Option<i64>) -> String {
    let by = by_us.map(|us| (time(us.unsigned_abs()), us < 0));
    match (change, by) {
        (BenchChange::Suspended, Some((by, _))) => format!("the machine slept {by}"),
        (BenchChange::ClockStepped, Some((by, true))) => {
            format!("the machine's clock was set {by} backwards")
        }
        (BenchChange::ClockStepped, Some((by, false))) => {
            format!("the machine's clock was set {by} forwards")
        }
        _ => name(change).to_owned(),
    }
}

fn name(change: BenchChange) -> &'static str {
    match change {
        BenchChange::BluezGone => "bluetoothd left the bus",
        BenchChange::BluezBack => "bluetoothd is back on the bus",
        BenchChange::AdapterGone => "the adapter is gone",
        BenchChange::AdapterBack => "the adapter is back",
        BenchChange::BluezHung => "bluetoothd does not answer",
        BenchChange::BluezAnswers => "bluetoothd answers again",
        BenchChange::AdapterOff => "the adapter was switched off",
        BenchChange::Rfkill => "rfkill switched the adapter off",
        BenchChange::AdapterOn => "the adapter is on again",
        BenchChange::BusGone => "the bus went away",
        BenchChange::BusBack => "the bus is back",
        BenchChange::Suspended => "the machine slept",
        BenchChange::ClockStepped => "the machine's clock was set",
    }
}

/// A value as a person reads it: text without quotes, bytes in hexadecimal, the rest as JSON.
#[must_use]
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if !items.is_empty() => match bytes(items) {
            Some(bytes) => bytes,
            None => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        },
        other => other.to_string(),
    }
}

/// Numbers that are all bytes, in hexadecimal.
fn bytes(items: &[Value]) -> Option<String> {
    let byte = |item: &Value| u8::try_from(item.as_u64()?).ok();
    let hex: Option<Vec<String>> =
        items.iter().map(|item| Some(format!("{:02x}", byte(item)?))).collect();
    Some(hex?.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_a_clock_went_and_how_long_a_machine_slept_is_told() {
        use BenchChange::{BluezGone, ClockStepped, Suspended};
        for (change, by_us, text) in [
            (Suspended, Some(1_500_000_000), "the machine slept 25m 00s"),
            (Suspended, None, "the machine slept"),
            (ClockStepped, Some(7_200_000_000), "the machine's clock was set 2h 00m forwards"),
            (ClockStepped, Some(-90_000_000), "the machine's clock was set 1m 30s backwards"),
            (BluezGone, Some(1), "bluetoothd left the bus"),
        ] {
            let event = Event::Bench { change, by_us };
            assert_eq!(told(&event), Some((BENCH, text.to_owned())));
        }
    }
}
