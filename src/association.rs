//! Who shows and who types in a pairing, from what the two sides can do: Core Specification Vol 3,
//! Part H, 2.3.5.1 (LE), and Part C, 5.2.2.4 (BR/EDR).
//!
//! The simulator pairs by this table, and a `pair` step holds BlueZ against it. That both read the same table
//! is no proof that it is right: the test below has the specification's own, and the lab shows that real
//! bluetoothd, kernel and devices go by it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a side can show and type (Core Specification, Vol 3, Part H, 2.3.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Capability {
    /// Shows a passkey, types nothing.
    DisplayOnly,
    /// Shows a passkey and says yes or no.
    DisplayYesNo,
    /// Types a passkey, shows nothing.
    KeyboardOnly,
    /// Neither: pairing "just works".
    #[default]
    NoInputNoOutput,
    /// Shows and types.
    KeyboardDisplay,
}

impl Capability {
    /// The word that BlueZ uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DisplayOnly => "DisplayOnly",
            Self::DisplayYesNo => "DisplayYesNo",
            Self::KeyboardOnly => "KeyboardOnly",
            Self::NoInputNoOutput => "NoInputNoOutput",
            Self::KeyboardDisplay => "KeyboardDisplay",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The way in which keys are agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Procedure {
    /// LE Secure Connections: both sides know it.
    LeSecureConnections,
    /// LE legacy pairing: one side does not.
    LeLegacy,
    /// Secure Simple Pairing on BR/EDR, with Secure Connections or without.
    SecureSimplePairing,
}

/// The side that sends the Pairing Request (LE), or pages and authenticates (BR/EDR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initiator {
    /// The bench. On LE that is also so where a peripheral asks for security: the central then requests.
    Bench,
    /// The device.
    Device,
}

/// How the two sides agree on their keys, seen from the bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// Nobody is asked.
    JustWorks,
    /// Both sides show a number, and their users compare. On BR/EDR also where a side can only show: it confirms by
    /// itself, and the key counts as unauthenticated; BlueZ's agent is asked all the same (the kernel's
    /// `hci_user_confirm_request_evt`; seen on 5.82).
    NumericComparison,
    /// The bench's user types what the device shows (or what both type).
    TypedHere,
    /// The device's user types what the bench shows.
    TypedThere,
}

/// The model when the bench, which can do `ours`, pairs with a device that can do `theirs`.
#[must_use]
pub fn model(
    procedure: Procedure,
    initiator: Initiator,
    ours: Capability,
    theirs: Capability,
) -> Model {
    use Capability::*;
    // BR/EDR has no KeyboardDisplay: the kernel makes it DisplayYesNo.
    let on_bearer = |capability| match (procedure, capability) {
        (Procedure::SecureSimplePairing, KeyboardDisplay) => DisplayYesNo,
        (_, capability) => capability,
    };
    let compares = procedure != Procedure::LeLegacy;
    match (on_bearer(ours), on_bearer(theirs)) {
        (NoInputNoOutput, _) | (_, NoInputNoOutput) => Model::JustWorks,
        (DisplayOnly | DisplayYesNo, DisplayOnly | DisplayYesNo)
            if procedure == Procedure::SecureSimplePairing =>
        {
            Model::NumericComparison
        }
        (DisplayOnly | DisplayYesNo, DisplayOnly) | (DisplayOnly, DisplayYesNo) => Model::JustWorks,
        (KeyboardOnly, _) => Model::TypedHere,
        (_, KeyboardOnly) => Model::TypedThere,
        (DisplayOnly, KeyboardDisplay) => Model::TypedThere,
        (KeyboardDisplay, DisplayOnly) => Model::TypedHere,
        (DisplayYesNo | KeyboardDisplay, DisplayYesNo | KeyboardDisplay) if compares => {
            Model::NumericComparison
        }
        (DisplayYesNo, DisplayYesNo) => Model::JustWorks,
        (KeyboardDisplay, DisplayYesNo) => Model::TypedHere,
        // Where both can do both, the initiator shows and the responder types.
        (KeyboardDisplay, KeyboardDisplay) if initiator == Initiator::Device => Model::TypedHere,
        (DisplayYesNo | KeyboardDisplay, KeyboardDisplay) => Model::TypedThere,
    }
}

#[cfg(test)]
mod tests {
    use super::{Capability::*, Initiator::*, Model::*, Procedure::*, model};

    const SIDES: [super::Capability; 5] =
        [DisplayOnly, DisplayYesNo, KeyboardOnly, NoInputNoOutput, KeyboardDisplay];

    /// Vol 3, Part H, table 2.8: a row for what the device can do, a column for what the bench can do.
    #[test]
    fn the_table_of_the_core_specification_for_secure_connections() {
        let table = [
            [JustWorks, JustWorks, TypedHere, JustWorks, TypedHere],
            [JustWorks, NumericComparison, TypedHere, JustWorks, NumericComparison],
            [TypedThere, TypedThere, TypedHere, JustWorks, TypedThere],
            [JustWorks; 5],
            [TypedThere, NumericComparison, TypedHere, JustWorks, NumericComparison],
        ];
        for (theirs, row) in SIDES.iter().zip(table) {
            for (ours, expected) in SIDES.iter().zip(row) {
                for initiator in [Bench, Device] {
                    let found = model(LeSecureConnections, initiator, *ours, *theirs);
                    assert_eq!(found, expected, "{ours:?} {theirs:?}");
                }
            }
        }
    }

    /// The same table for LE legacy pairing, which compares no numbers.
    #[test]
    fn the_table_of_the_core_specification_for_legacy_pairing() {
        let table = [
            [JustWorks, JustWorks, TypedHere, JustWorks, TypedHere],
            [JustWorks, JustWorks, TypedHere, JustWorks, TypedHere],
            [TypedThere, TypedThere, TypedHere, JustWorks, TypedThere],
            [JustWorks; 5],
            [TypedThere, TypedThere, TypedHere, JustWorks, TypedThere],
        ];
        for (theirs, row) in SIDES.iter().zip(table) {
            for (ours, expected) in SIDES.iter().zip(row) {
                let found = model(LeLegacy, Bench, *ours, *theirs);
                assert_eq!(found, expected, "{ours:?} {theirs:?}");
            }
        }
        let both = model(LeLegacy, Device, KeyboardDisplay, KeyboardDisplay);
        assert_eq!(both, TypedHere, "the initiator shows");
    }

    #[test]
    fn bredr_knows_no_keyboard_with_display() {
        let model = |ours, theirs| model(SecureSimplePairing, Bench, ours, theirs);
        assert_eq!(model(KeyboardDisplay, DisplayYesNo), NumericComparison);
        // With automatic confirmation on the side that can only show.
        assert_eq!(model(KeyboardDisplay, DisplayOnly), NumericComparison);
        assert_eq!(model(DisplayOnly, DisplayOnly), NumericComparison);
        assert_eq!(model(DisplayYesNo, NoInputNoOutput), JustWorks);
        assert_eq!(model(DisplayYesNo, KeyboardOnly), TypedThere);
        assert_eq!(model(KeyboardOnly, DisplayYesNo), TypedHere);
    }
}
