//! Whether a device is the one that a plan means.

use serde_json::Value;

use crate::bluez::Properties;
use crate::plan::{DeviceMatch, ServiceUuid};

/// Whether everything that the plan says of the device holds for these properties of `Device1`.
///
/// The plan's name is compared with what the device calls itself (`Name`), never with `Alias`, which
/// is the user's to set and falls back to the address.
pub(super) fn matches(wanted: &DeviceMatch, properties: &Properties) -> bool {
    let text = |property: &str| properties.get(property).and_then(Value::as_str);
    let name = text("Name");
    wanted.name.as_deref().is_none_or(|wanted| name == Some(wanted))
        && wanted
            .name_prefix
            .as_deref()
            .is_none_or(|prefix| name.is_some_and(|name| name.starts_with(prefix)))
        && wanted.address.as_ref().is_none_or(|address| text("Address") == Some(address.as_str()))
        && wanted.service.as_ref().is_none_or(|service| has_service(properties, service))
        && wanted.manufacturer.is_none_or(|company| has_company(properties, company))
}

/// Whether a service is among those that a device advertises or has.
pub(super) fn has_service(properties: &Properties, uuid: &ServiceUuid) -> bool {
    match properties.get("UUIDs") {
        Some(Value::Array(uuids)) => {
            let mut uuids = uuids.iter().filter_map(Value::as_str);
            uuids.any(|has| has.eq_ignore_ascii_case(uuid.as_str()))
        }
        _ => false,
    }
}

fn has_company(properties: &Properties, company: u16) -> bool {
    properties.get("ManufacturerData").is_some_and(|data| data.get(company.to_string()).is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::Address;

    fn device() -> Properties {
        let properties = json!({
            "Name": "Headset-7",
            "Alias": "Mine",
            "Address": "C0:DE:00:00:00:01",
            "UUIDs": ["0000180d-0000-1000-8000-00805f9b34fb"],
            "ManufacturerData": { "76": "0215" },
        });
        serde_json::from_value(properties).unwrap()
    }

    #[test]
    fn all_that_is_given_must_match() {
        let address = || Address::try_from("c0:de:00:00:00:01".to_owned()).ok();
        let service = || ServiceUuid::try_from("180d".to_owned()).ok();
        let all = DeviceMatch {
            name: Some("Headset-7".into()),
            name_prefix: Some("Headset".into()),
            address: address(),
            service: service(),
            manufacturer: Some(76),
            ..DeviceMatch::default()
        };
        assert!(matches(&all, &device()));
        for wrong in [
            DeviceMatch { name: Some("Headset".into()), ..all.clone() },
            DeviceMatch { name: Some("Mine".into()), ..all.clone() },
            DeviceMatch { name_prefix: Some("Keypad".into()), ..all.clone() },
            DeviceMatch {
                address: Address::try_from("c0:de:00:00:00:02".to_owned()).ok(),
                ..all.clone()
            },
            DeviceMatch { manufacturer: Some(77), ..all.clone() },
        ] {
            assert!(!matches(&wrong, &device()), "{wrong:?}");
        }
    }

    #[test]
    fn a_device_without_a_name_matches_no_name() {
        let wanted = DeviceMatch { name_prefix: Some(String::new()), ..DeviceMatch::default() };
        assert!(!matches(&wanted, &Properties::new()));
        assert!(matches(&DeviceMatch::default(), &Properties::new()));
    }
}
