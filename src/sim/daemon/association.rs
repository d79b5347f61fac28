//! Who shows and who types in a pairing, from what the two sides can do: Core Specification Vol 3,
//! Part H, 2.3.5.1 (LE), and Part C, 5.2.2.4 (BR/EDR).

use crate::{bluez::Capability, sim::error::Bearer};

/// How the two sides agree on their keys, seen from the bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Model {
    /// Nobody is asked.
    JustWorks,
    /// Both sides show a number, and their users compare.
    NumericComparison,
    /// The bench's user types what the device shows (or what both type).
    TypedHere,
    /// The device's user types what the bench shows.
    TypedThere,
}

/// The model when the bench, which can do `ours`, pairs with a device that can do `theirs`.
pub(in crate::sim) fn model(
    bearer: Bearer,
    ours: Capability,
    theirs: Capability,
    secure_connections: bool,
) -> Model {
    use Capability::*;
    // BR/EDR has no KeyboardDisplay: the kernel makes it DisplayYesNo.
    let on_bearer = |capability| match (bearer, capability) {
        (Bearer::BrEdr, KeyboardDisplay) => DisplayYesNo,
        (_, capability) => capability,
    };
    let compares = secure_connections || bearer == Bearer::BrEdr;
    match (on_bearer(ours), on_bearer(theirs)) {
        (NoInputNoOutput, _) | (_, NoInputNoOutput) => Model::JustWorks,
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
        (DisplayYesNo | KeyboardDisplay, KeyboardDisplay) => Model::TypedThere,
    }
}

#[cfg(test)]
mod tests {
    use super::{Bearer, Capability::*, Model::*, model};

    #[test]
    fn the_table_of_the_core_specification_for_secure_connections() {
        let sides = [DisplayOnly, DisplayYesNo, KeyboardOnly, NoInputNoOutput, KeyboardDisplay];
        // A row for what the device can do, a column for what the bench can do.
        let table = [
            [JustWorks, JustWorks, TypedHere, JustWorks, TypedHere],
            [JustWorks, NumericComparison, TypedHere, JustWorks, NumericComparison],
            [TypedThere, TypedThere, TypedHere, JustWorks, TypedThere],
            [JustWorks; 5],
            [TypedThere, NumericComparison, TypedHere, JustWorks, NumericComparison],
        ];
        for (theirs, row) in sides.iter().zip(table) {
            for (ours, expected) in sides.iter().zip(row) {
                assert_eq!(
                    model(Bearer::Le, *ours, *theirs, true),
                    expected,
                    "{ours:?} {theirs:?}"
                );
            }
        }
    }

    #[test]
    fn legacy_pairing_compares_no_numbers() {
        assert_eq!(model(Bearer::Le, DisplayYesNo, DisplayYesNo, false), JustWorks);
        assert_eq!(model(Bearer::Le, KeyboardDisplay, DisplayYesNo, false), TypedHere);
        assert_eq!(model(Bearer::Le, DisplayYesNo, KeyboardDisplay, false), TypedThere);
        assert_eq!(model(Bearer::Le, KeyboardDisplay, KeyboardDisplay, false), TypedThere);
    }

    #[test]
    fn bredr_knows_no_keyboard_with_display() {
        assert_eq!(model(Bearer::BrEdr, KeyboardDisplay, DisplayYesNo, true), NumericComparison);
        assert_eq!(model(Bearer::BrEdr, KeyboardDisplay, DisplayOnly, true), JustWorks);
    }
}
