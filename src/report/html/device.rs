//! A device as the run saw it: what it is called, its address, and its firmware where that is known.

use super::identity::Facts;
use super::modalias;
use crate::report::summary::Identity;

/// Firmware that devices without a version report.
const NO_VERSION: &str = "0.00";

/// What is known of it.
pub(super) fn facts(identity: &Identity) -> Facts {
    let known = |property: &str| identity.properties.get(property);
    let mut facts = Facts::new();
    let mut add = |name: &str, value: Option<String>| {
        facts.extend(value.filter(|value| !value.is_empty()).map(|value| (name.to_owned(), value)));
    };
    add("Name", known("Name").or(known("Alias")).cloned());
    let address = identity.address();
    let kind = known("AddressType").map_or_else(String::new, |kind| format!(" ({kind})"));
    add("Address", address.map(|address| address + &kind));
    let modalias = known("Modalias");
    add("Product", modalias.and_then(|text| modalias::product(text)));
    let version = modalias.and_then(|text| modalias::version(text));
    add("Version in its modalias", version.filter(|version| version != NO_VERSION));
    add("Modalias", modalias.cloned());
    for (property, value) in &identity.properties {
        let told = ["Name", "Alias", "Address", "AddressType", "Modalias"];
        if !told.contains(&property.as_str()) {
            add(property, Some(value.clone()));
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_told_only_where_it_is_known() {
        let of = |modalias: &str| {
            let properties = [("Modalias".to_owned(), modalias.to_owned())].into();
            let path = "/org/bluez/hci0/dev_C0_DE_00_00_00_01".to_owned();
            facts(&Identity { path, properties })
        };
        let names = |facts: &Facts| facts.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let known = of("bluetooth:v004Cp200Ed0119");
        assert_eq!(known[0], ("Address".to_owned(), "C0:DE:00:00:00:01".to_owned()));
        assert!(known.contains(&("Version in its modalias".to_owned(), "1.19".to_owned())));
        assert_eq!(names(&of("usb:v1D6Bp0246d0000")), ["Address", "Product", "Modalias"]);
    }
}
