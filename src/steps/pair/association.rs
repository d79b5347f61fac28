//! Whether BlueZ asked what it had to: the association model of the Core Specification, against what the
//! agent was asked.

use super::super::{Bench, Failure, Outcome};
use crate::association::{Capability, Initiator, Model, Procedure, model};
use crate::bluez::{Device, Matter};
use crate::plan::{DeviceName, Transport};

/// What the plan says of the two sides.
pub(super) struct Sides {
    pub(super) ours: Capability,
    pub(super) theirs: Capability,
    pub(super) initiator: Initiator,
    pub(super) secure_connections: bool,
}

impl Sides {
    /// Holds what the agent was asked against the table.
    ///
    /// # Errors
    /// It was asked something else; or it cannot be said which table holds.
    pub(super) fn check(&self, bench: &Bench, name: &DeviceName, asked: &[Matter]) -> Outcome {
        let device = bench.device(name)?;
        let procedure = self.procedure(bench, name, &device)?;
        let by = |initiator| match legacy_pin(procedure, &device) {
            true => Seen::Pin,
            false => model(procedure, initiator, self.ours, self.theirs).into(),
        };
        let expected = by(self.initiator);
        let seen = Seen::of(asked);
        // An LE peripheral that begins only asks for security: then the bench's is the Pairing Request.
        if seen == expected || (self.initiator == Initiator::Device && seen == by(Initiator::Bench))
        {
            return Ok(());
        }
        let Self { ours, theirs, .. } = self;
        let message = format!(
            "BlueZ paired otherwise than the Core Specification says for an agent that is {ours} and a \
             device that is {theirs}, by {}",
            called(procedure)
        );
        let seen = match asked {
            [] => seen.told().to_owned(),
            asked => {
                let methods: Vec<&str> = asked.iter().map(Matter::method).collect();
                format!("{}: {}", seen.told(), methods.join(", "))
            }
        };
        Err(Failure::unmet(message, expected.told(), seen))
    }

    /// Which way of pairing it is, by the bearer: what the plan says, else what BlueZ knows of the device.
    fn procedure(
        &self,
        bench: &Bench,
        name: &DeviceName,
        device: &Device,
    ) -> Result<Procedure, Failure> {
        let le = || match self.secure_connections {
            true => Procedure::LeSecureConnections,
            false => Procedure::LeLegacy,
        };
        let has = |property| device.property(property).is_some();
        match bench.criteria(name).transport {
            Transport::Le => Ok(le()),
            Transport::Bredr => Ok(Procedure::SecureSimplePairing),
            // Only BR/EDR has a class, and only LE advertises flags; a random address is LE's.
            Transport::Auto if device.property("AddressType") == Some("random".into()) => Ok(le()),
            Transport::Auto if has("Class") && !has("AdvertisingFlags") => {
                Ok(Procedure::SecureSimplePairing)
            }
            Transport::Auto if !has("Class") => Ok(le()),
            Transport::Auto => Err(Failure::bench(
                "ambiguous",
                format!(
                    "`{name}` speaks LE and BR/EDR, and the plan does not say by which it pairs"
                ),
                format!("write `transport = \"le\"` or `\"bredr\"` in [device.{name}]"),
            )),
        }
    }
}

/// Whether it pairs as before Secure Simple Pairing, by a PIN.
fn legacy_pin(procedure: Procedure, device: &Device) -> bool {
    procedure == Procedure::SecureSimplePairing && device.is("LegacyPairing")
}

fn called(procedure: Procedure) -> &'static str {
    match procedure {
        Procedure::LeSecureConnections => "LE Secure Connections",
        Procedure::LeLegacy => "LE legacy pairing",
        Procedure::SecureSimplePairing => "Secure Simple Pairing",
    }
}

/// How the two paired, as it looks from the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Model(Model),
    /// As before Secure Simple Pairing.
    Pin,
}

impl From<Model> for Seen {
    fn from(model: Model) -> Self {
        Self::Model(model)
    }
}

impl Seen {
    /// Consent to a pairing and to a service belong to no model: nothing is compared or typed.
    fn of(asked: &[Matter]) -> Self {
        let telling = asked.iter().find_map(|matter| match matter {
            Matter::Confirmation(_) => Some(Model::NumericComparison.into()),
            Matter::Passkey => Some(Model::TypedHere.into()),
            Matter::ShownPasskey(_) => Some(Model::TypedThere.into()),
            Matter::PinCode | Matter::ShownPin(_) => Some(Self::Pin),
            Matter::Authorization | Matter::Service(_) => None,
        });
        telling.unwrap_or(Self::Model(Model::JustWorks))
    }

    fn told(self) -> &'static str {
        match self {
            Self::Model(Model::JustWorks) => "just works, nothing to compare or type",
            Self::Model(Model::NumericComparison) => "numeric comparison (RequestConfirmation)",
            Self::Model(Model::TypedHere) => "passkey entry, typed here (RequestPasskey)",
            Self::Model(Model::TypedThere) => {
                "passkey entry, shown here and typed on the device (DisplayPasskey)"
            }
            Self::Pin => "a PIN (RequestPinCode or DisplayPinCode)",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_tells_the_model() {
        for (asked, model) in [
            (vec![], Model::JustWorks),
            (vec![Matter::Authorization], Model::JustWorks),
            (vec![Matter::Service("110b".to_owned())], Model::JustWorks),
            (vec![Matter::Authorization, Matter::Confirmation(7)], Model::NumericComparison),
            (vec![Matter::Passkey], Model::TypedHere),
            (vec![Matter::ShownPasskey(7), Matter::ShownPasskey(7)], Model::TypedThere),
        ] {
            assert_eq!(Seen::of(&asked), Seen::Model(model), "{asked:?}");
        }
        assert_eq!(Seen::of(&[Matter::PinCode]), Seen::Pin);
    }
}
