//! The commands of `[device.NAME.control]`: which there are, and whether what refers to one is right.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::decode::Decoder;
use super::defined::Names;
use super::diagnostic::Diagnostic;
use super::suggest::list;
use super::visible::quote;

/// The keyword's value for the name of a command; the device that has it is the `device` beside it.
pub(super) const CONTROL: &str = "control";

/// The commands of every device, by the names of the devices, whatever else is wrong with them.
pub(super) fn names(devices: Option<&Spanned<DeValue<'_>>>) -> BTreeMap<String, Names> {
    let table = devices.and_then(|devices| devices.get_ref().as_table());
    let of = |device: &Spanned<DeValue<'_>>| {
        let mut names = Names::default();
        let control = device.get_ref().get(CONTROL).and_then(|value| value.get_ref().as_table());
        for name in control.into_iter().flat_map(|table| table.keys()) {
            names.define(name.get_ref(), name.span());
        }
        names
    };
    let devices = table.into_iter().flatten();
    devices.map(|(name, device)| (name.get_ref().to_string(), of(device))).collect()
}

/// Whether a text can name a command: words of small letters and digits, with `-` between them.
fn is_command_name(name: &str) -> bool {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let word = |word: &str| !word.is_empty() && word.chars().all(fine);
    name.len() <= 100 && name.split('-').all(word)
}

impl Decoder<'_> {
    /// The names that a device gives its commands.
    pub(super) fn check_command_names(self, device: &DeTable<'_>) {
        let control = device.get(CONTROL).and_then(|control| control.get_ref().as_table());
        for name in control.into_iter().flat_map(|table| table.keys()) {
            if !is_command_name(name.get_ref()) {
                let message = format!("{} cannot name a command", quote(name.get_ref()));
                let help = "write it in small letters, digits and `-`, such as `press-button`";
                self.report.add(Diagnostic::error(message).at(name.span(), "").help(help));
            }
        }
    }

    /// The command that a step names must be one of its device's.
    pub(super) fn check_command(self, step: &DeTable<'_>, command: &Spanned<DeValue<'_>>) {
        let device = step.get("device").and_then(|device| device.get_ref().as_str());
        let (Some(device), Some(name)) = (device, command.get_ref().as_str()) else { return };
        // A device that there is not was told already.
        let Some(names) = self.known.controls.get(device) else { return };
        if names.refer(name) || self.is_broken(&command.span()) {
            return;
        }
        let message = format!("{} has no command {}", quote(device), quote(name));
        let diagnostic = Diagnostic::error(message);
        let diagnostic = match (names.nearest(name), names.iter().next()) {
            (Some(meant), _) => diagnostic
                .at(command.span(), format!("did you mean {}?", quote(meant)))
                .help(format!("its commands are {}", list(names.iter()))),
            (None, Some(_)) => diagnostic
                .at(command.span(), "not one of its commands")
                .help(format!("its commands are {}", list(names.iter()))),
            (None, None) => diagnostic.at(command.span(), "not defined").help(format!(
                "define it: [device.{device}.control] with {name} = [\"program\", \"argument\"]"
            )),
        };
        self.report.add(diagnostic);
    }
}
