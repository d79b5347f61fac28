//! Whether the bench is there: the bus, bluetoothd on it and alive, the adapter in its tree and on.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, timeout};

use super::fault::Fault;
use super::{Bench, Failure};
use crate::bluez::{Adapter, ErrorKind, Life, Tree};
use crate::event::{BenchChange, Event, Verdict};
use crate::plan::Span;

/// How long a bench that is not there may take to come back before an attempt begins.
const RETURN: Duration = Duration::from_secs(10);

/// How long bluetoothd may take to give a sign of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);

/// How long a step waits until bluetoothd is asked whether it lives.
const BETWEEN_SIGNS: Duration = Duration::from_secs(5);

/// How long bluetoothd may take to load the devices that it has stored, once its adapter is in its tree. One
/// that it has not stored does not come back by itself.
const LOADING: Duration = Duration::from_secs(3);

/// How long after a failure something may be told that explains it: bluetoothd answers a call first, and
/// then says that the adapter is gone.
const AFTERMATH: Duration = Duration::from_secs(1);

/// How long the kernel may take to switch an adapter off once it has ended what was under way on it: a `Connect` that
/// this host itself has ended may be rfkill's doing, of which bluetoothd tells a moment later (50 ms were seen on 5.82).
const SWITCHING_OFF: Duration = Duration::from_millis(250);

impl Bench {
    /// Waits a while for a bench that is not there. At once when all of it is.
    ///
    /// # Errors
    /// Something did not come back; the failure says what.
    pub async fn there(&self) -> Result<(), Failure> {
        self.there_within(RETURN).await
    }

    /// As [`Bench::there`], with another limit.
    ///
    /// # Errors
    /// As [`Bench::there`].
    pub async fn there_within(&self, limit: Duration) -> Result<(), Failure> {
        match timeout(limit, self.comes_back()).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.missing(limit).await),
        }
    }

    async fn comes_back(&self) {
        loop {
            // A bluetoothd that starts is on the bus before its adapters are in its tree.
            self.session().mirror().present().await;
            let mut back = true;
            for adapter in self.adapters() {
                back = back
                    && adapter.there().await.is_ok()
                    && self.answers_again().await
                    && self.is_on_again(adapter).await;
            }
            if back {
                return self.devices_are_loaded().await;
            }
        }
    }

    /// Waits for the devices of the plan, where bluetoothd or the adapter was away: the adapter is in the
    /// tree some 50 ms before them (seen on 5.82).
    async fn devices_are_loaded(&self) {
        if self.loading().get() {
            let all = |tree: &Tree| self.knows_all(tree).then_some(());
            drop(timeout(LOADING, self.session().mirror().wait_for(all)).await);
            self.loading().set(false);
        }
    }

    /// Waits for a sign of life, where the last one was missed.
    async fn answers_again(&self) -> bool {
        let hung = self.health().hung();
        if !hung.get() {
            return true;
        }
        let answers = self.session().life(Duration::MAX).await == Life::Answers;
        hung.set(false);
        if answers {
            self.record(Event::Bench { change: BenchChange::BluezAnswers, by_us: None });
        }
        answers
    }

    /// Switches the adapter on where it went off by itself and the plan lets it, and waits until it is.
    async fn is_on_again(&self, adapter: &Adapter) -> bool {
        if adapter.is("Powered") || self.health().off_by_plan().get() {
            return true;
        }
        let state = adapter.property("PowerState");
        if !self.health().power_left_alone().get() {
            // Under rfkill it is refused; then the property tells when that is lifted.
            drop(adapter.set("Powered", &Value::Bool(true)).await);
        }
        let changed = |tree: &Tree| {
            let property = |name| tree.property(adapter.path(), Adapter::INTERFACE, name);
            let on = property("Powered") == Some(&Value::Bool(true));
            (on || property("PowerState") != state.as_ref()).then_some(on)
        };
        self.session().mirror().wait_for(changed).await == Ok(true)
    }

    /// What of the bench is not there.
    async fn missing(&self, limit: Duration) -> Failure {
        let fault = self.missing_part().await;
        let is_lost = |adapter: &&Adapter| !adapter.is("Powered");
        let name = self.adapters().find(is_lost).unwrap_or(self.adapter()).name();
        let limit = Span(limit);
        let message = match fault {
            Fault::BusGone => {
                format!("the D-Bus bus went away and did not come back within {limit}")
            }
            Fault::BluezHung => {
                format!("bluetoothd is on the bus, and gave no sign of life within {limit}")
            }
            Fault::AdapterGone => format!("the adapter {name} is not there any more"),
            Fault::Rfkill => format!("rfkill keeps the adapter {name} off"),
            Fault::AdapterOff => {
                format!("the adapter {name} is off, and did not come on within {limit}")
            }
            Fault::BluezGone | Fault::Suspended => {
                format!("bluetoothd left the bus and did not come back within {limit}")
            }
        };
        Failure::bench(fault.kind(), message, fault.hint())
    }

    async fn missing_part(&self) -> Fault {
        let present = self.session().mirror().read(Tree::is_present);
        if !self.session().has_bus() {
            Fault::BusGone
        } else if self.health().hung().get() {
            Fault::BluezHung
        } else if !present {
            self.silent_or_gone().await
        } else if self.adapters().any(|adapter| adapter.property("Powered").is_none()) {
            Fault::AdapterGone
        } else {
            let is_off = |adapter: &&Adapter| !adapter.is("Powered");
            Fault::of_power_off(self.adapters().find(is_off).unwrap_or(self.adapter()))
        }
    }

    /// Whether a bluetoothd that shows nothing of itself hangs, or is not there at all.
    async fn silent_or_gone(&self) -> Fault {
        match self.session().life(SIGN_OF_LIFE).await {
            Life::Silent => {
                self.hangs();
                Fault::BluezHung
            }
            Life::Answers | Life::Gone => Fault::BluezGone,
        }
    }

    fn hangs(&self) {
        self.health().note(Fault::BluezHung);
        if !self.health().hung().replace(true) {
            self.record(Event::Bench { change: BenchChange::BluezHung, by_us: None });
        }
    }

    /// Asks bluetoothd for a sign of life now and then, while a step waits: one that hung in the middle of
    /// it, and has come to life again, would else not be known to have. Nothing on the bus tells of that.
    /// Never ends.
    pub async fn watch_life(&self) {
        loop {
            tokio::time::sleep(BETWEEN_SIGNS).await;
            if self.session().life(SIGN_OF_LIFE).await == Life::Silent {
                self.hangs();
                self.answers_again().await;
            }
        }
    }

    /// From here on, what fails may be explained by what happens to the bench from here on.
    pub fn watch_over(&self) {
        self.health().clear();
        self.kernel_attempt();
    }

    /// Notes a fault that no change of BlueZ's tree tells.
    pub fn note_fault(&self, fault: Fault) {
        self.health().note(fault);
    }

    /// The failure of a step, as the bench's where the bench explains it. bluetoothd is asked for a sign of
    /// life: its answer comes after what it had to tell before, such as that the adapter is gone.
    pub async fn explained(&self, mut failure: Failure) -> Failure {
        if failure.verdict == Verdict::Fail {
            if failure.cause.kind == ErrorKind::AbortedByLocal.as_str() {
                self.may_be_switched_off().await;
            }
            match self.session().life(SIGN_OF_LIFE).await {
                Life::Silent => self.hangs(),
                Life::Gone => self.note_fault(Fault::BluezGone),
                Life::Answers if failure.cause.kind == "time-limit" => {
                    failure.cause.message += ", and bluetoothd itself answers";
                }
                Life::Answers => {}
            }
        }
        self.health().explain(failure, Instant::now())
    }

    /// Waits until an adapter of the plan is told to be off, but not for long.
    async fn may_be_switched_off(&self) {
        let off = Some(&Value::Bool(false));
        let is_off = |tree: &Tree, adapter: &Adapter| {
            tree.property(adapter.path(), Adapter::INTERFACE, "Powered") == off
        };
        let told = |tree: &Tree| self.adapters().any(|one| is_off(tree, one)).then_some(());
        let told = self.session().mirror().wait_for(told);
        // Told or not, or with bluetoothd gone: what it was is judged by what was noted until then.
        let _ = timeout(SWITCHING_OFF, told).await;
    }

    /// A failure that a step had at this time, when what followed it is known too.
    pub fn explained_afterwards(&self, failure: Failure, at: Instant) -> Failure {
        self.health().explain(failure, at + AFTERMATH)
    }
}
