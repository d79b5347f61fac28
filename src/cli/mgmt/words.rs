//! A command of the management API as it is typed: `set-powered powered=on`.

use serde_json::{Map, Value};

use crate::mgmt::protocol::{Command, Kind, command};

/// A command with its parameters.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) command: &'static Command,
    pub(super) parameters: Vec<u8>,
}

/// Reads a command from its name and the words behind it.
///
/// # Errors
/// What is wrong with them, and what the command takes.
pub(super) fn read(name: &str, parameters: &[String]) -> Result<Call, String> {
    let command = command(name)
        .map_err(|error| format!("{error}; `bttest mgmt commands` lists the commands"))?;
    let mut arguments = Map::new();
    for word in parameters {
        let Some((name, value)) = word.split_once('=') else {
            return Err(format!("`{word}` is no parameter: {}", usage(command)));
        };
        if arguments.insert(name.to_owned(), value_of(command, name, value)?).is_some() {
            return Err(format!("`{name}` is given twice"));
        }
    }
    match command.encode(&arguments) {
        Ok(parameters) => Ok(Call { command, parameters }),
        Err(error) => Err(format!("{error}: {}", usage(command))),
    }
}

/// A value: JSON where it looks like it, a list of words for a set of bits, else text.
fn value_of(command: &Command, name: &str, text: &str) -> Result<Value, String> {
    if text.starts_with(['[', '{']) {
        return serde_json::from_str(text).map_err(|error| format!("{name}: {error}"));
    }
    let field = command.parameters.iter().find(|field| field.name == name);
    let is_set = field.is_some_and(|field| matches!(field.kind, Kind::Bits(..)));
    let is_number = text.starts_with("0x") || text.bytes().all(|byte| byte.is_ascii_digit());
    if is_set && !is_number {
        return Ok(text.split(',').filter(|word| !word.is_empty()).map(Value::from).collect());
    }
    Ok(Value::from(text))
}

/// All about a command: what it takes, and what each parameter can be.
///
/// # Errors
/// There is none of that name.
pub(super) fn help(name: &str) -> Result<String, String> {
    let command = command(name)?;
    let mut out = format!("{}\n\n  {}\n", command.name, usage(command).trim_matches('`'));
    for field in command.parameters.iter().filter(|field| field.is_argument()) {
        let left_out = match (field.optional, field.default) {
            (true, _) => "; can be left out".to_owned(),
            (_, Some(0)) => "; without it nothing, or 0".to_owned(),
            (_, Some(default)) => format!("; without it {default}"),
            (_, None) => String::new(),
        };
        out.push_str(&format!("\n  {}\n      {}{left_out}\n", field.name, field.expected()));
    }
    out.push_str("\nBlueZ's doc/mgmt-protocol.rst says what it does; `bttest mgmt help` tells the options.\n");
    Ok(out)
}

/// What a command takes.
pub(super) fn usage(command: &Command) -> String {
    let of = |field: &crate::mgmt::protocol::Field| {
        let left_out = field.default.is_some() || field.optional;
        if left_out { format!("[{}=…]", field.name) } else { format!("{}=…", field.name) }
    };
    let fields = command.parameters.iter().filter(|field| field.is_argument()).map(of);
    let all: Vec<String> = std::iter::once(command.word()).chain(fields).collect();
    format!("`bttest mgmt {}`", all.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(line: &str) -> Result<Vec<u8>, String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let (name, parameters) = words.split_first().unwrap();
        read(name, parameters).map(|call| call.parameters)
    }

    #[test]
    fn words_become_octets() {
        for (line, wanted) in [
            ("set-powered powered=on", vec![1]),
            ("Set_Powered powered=0", vec![0]),
            ("set-discoverable discoverable=limited timeout=30", vec![2, 30, 0]),
            ("start-discovery address-type=le-public,le-random", vec![6]),
            ("start-discovery address-type=0x07", vec![7]),
            (
                "disconnect address=C0:DE:00:00:00:01 address-type=le-random",
                vec![1, 0, 0, 0, 0xDE, 0xC0, 2],
            ),
            ("set-static-address address=00:00:00:00:00:00", vec![0; 6]),
        ] {
            assert_eq!(octets(line), Ok(wanted), "{line}");
        }
    }

    #[test]
    fn help_tells_what_each_parameter_can_be() {
        let help = help("set-discoverable").unwrap();
        assert!(
            help.starts_with("Set Discoverable\n\n  bttest mgmt set-discoverable discoverable=…"),
            "{help}"
        );
        assert!(help.contains("\n  discoverable\n      off, "), "{help}");
        assert!(
            help.contains(
                "\n  timeout\n      a number from 0 to 65535; without it nothing, or 0\n"
            ),
            "{help}"
        );
    }

    #[test]
    fn what_is_wrong_says_what_the_command_takes() {
        let error = |line: &str| octets(line).unwrap_err();
        let wrong = error("set-discoverable discoverable=loudly");
        assert!(
            wrong.contains("`bttest mgmt set-discoverable discoverable=… [timeout=…]`"),
            "{wrong}"
        );
        assert!(error("set-powered").contains("powered"), "{}", error("set-powered"));
        assert!(error("set-powered on").contains("`on` is no parameter"));
        assert!(error("set-powered powered=on powered=off").contains("given twice"));
        assert!(error("set-pwered").contains("did you mean `set-powered`?"));
        assert!(error("load-irks").contains("`bttest mgmt commands`"));
    }
}
