//! `[device.NAME]`: how the devices under test are told from others.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::DeValue;

use super::decode::{Decoder, Target};
use super::defined::Names;
use super::diagnostic::Diagnostic;
use super::document::DeviceMatch;
use super::shape::{Shape, schema_of};
use super::visible::quote;
use super::word::{NAME_ADVICE, is_name};

/// What tells a device from others; `transport` alone does not.
const CRITERIA: &[&str] = &["name", "name-prefix", "address", "service", "manufacturer"];

/// The names of all devices, whatever else is wrong with them.
pub(super) fn names(devices: Option<&Spanned<DeValue<'_>>>) -> Names {
    let mut names = Names::default();
    let table = devices.and_then(|devices| devices.get_ref().as_table());
    for name in table.into_iter().flat_map(|table| table.keys()) {
        names.define(name.get_ref(), name.span());
    }
    names
}

/// Reads every `[device.NAME]`.
pub(super) fn read(
    devices: Option<Spanned<DeValue<'_>>>,
    decoder: Decoder<'_>,
) -> BTreeMap<String, DeviceMatch> {
    let schema = schema_of::<DeviceMatch>();
    let mut read = BTreeMap::new();
    let table = devices.and_then(|devices| decoder.as_table("[device]", devices));
    for (name, value) in table.map(Spanned::into_inner).into_iter().flatten() {
        if !is_name(name.get_ref()) {
            let message = format!("{} cannot name a device", quote(name.get_ref()));
            decoder.report.add(Diagnostic::error(message).at(name.span(), "").help(NAME_ADVICE));
        }
        let what = format!("the device {}", quote(name.get_ref()));
        let Some(table) = decoder.as_table(&what, value) else { continue };
        if !CRITERIA.iter().any(|key| table.get_ref().contains_key(*key)) {
            let diagnostic = Diagnostic::error(format!("nothing tells {what} from others"))
                .at(name.span(), "needs at least one criterion")
                .help("add name = \"…\" or address = \"…\", or a `name-prefix`, `service` or `manufacturer`");
            decoder.report.add(diagnostic);
        }
        decoder.check_command_names(table.get_ref());
        let target = Target { what: &what, shape: Shape(&schema), also: &[] };
        if let Some(device) = decoder.decode::<DeviceMatch>(target, table) {
            read.insert(name.into_inner().into_owned(), device);
        }
    }
    read
}
