//! BlueZ's D-Bus API for clients as a table, for what must be known of a method or a property before anything runs.
//!
//! `api.toml` is the table. It also says of each member which step uses it, or why none does.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// Where BlueZ's interfaces begin; plans leave it out.
pub(super) const PREFIX: &str = "org.bluez.";

/// A method that BlueZ has.
#[derive(Debug)]
pub(in crate::steps) struct Method {
    /// Its interface, such as `org.bluez.MediaPlayer1`.
    pub(super) interface: String,
    /// Its name, such as `Play`.
    pub(super) name: String,
    pub(super) arguments: Vec<Argument>,
    usage: String,
}

/// An argument of a method.
#[derive(Debug)]
pub(super) struct Argument {
    /// Its D-Bus type, such as `as`.
    pub(super) kind: String,
    /// What BlueZ's document calls it.
    pub(super) name: String,
}

/// An interface as the file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// Why no step uses it at all.
    unused: Option<String>,
    /// Whether it is a client's, which bluetoothd calls.
    #[serde(default)]
    served: bool,
    #[serde(default)]
    methods: BTreeMap<String, String>,
    /// Steps wait for them by what they are about; nothing is looked up here.
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "only its tests ask"))]
    signals: BTreeMap<String, String>,
    #[serde(default)]
    properties: BTreeMap<String, String>,
}

type Table = BTreeMap<String, Written>;

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    // A test reads it, so what does not parse never leaves the house.
    TABLE.get_or_init(|| toml::from_str(include_str!("api.toml")).unwrap_or_default())
}

/// Every interface that there is, by its whole name.
pub(super) fn interfaces() -> impl Iterator<Item = &'static str> {
    table().keys().map(String::as_str)
}

/// The interface that a plan means by a name: one of BlueZ's begins with a capital letter where `org.bluez.` is left out.
pub(in crate::steps) fn interface(name: &str) -> String {
    let is_whole = name.starts_with(|first: char| first.is_ascii_lowercase());
    if is_whole { name.to_owned() } else { format!("{PREFIX}{name}") }
}

/// The method that `call` is to call, such as `MediaPlayer1.Play`.
///
/// # Errors
/// There is none of that name, or it is not for `call`; says what is.
pub(super) fn method(name: &str) -> Result<Method, String> {
    let methods: Vec<Method> = table().iter().flat_map(methods_of).collect();
    let (of, called) = name.rsplit_once('.').ok_or_else(|| {
        format!("`{name}` names no interface; write it as in `MediaPlayer1.Play`")
    })?;
    let full = interface(of);
    let is_meant = |method: &&Method| method.interface == full && method.name == called;
    if let Some(method) = methods.iter().find(is_meant) {
        callable(method)?;
    } else if let Some(reason) = table().get(&full).and_then(|found| found.unused.as_ref()) {
        return Err(format!("no step uses {of}: {reason}"));
    }
    let known = methods.iter().map(Method::short);
    let nearest = nearest(name, known);
    methods
        .into_iter()
        .find(|method| method.interface == full && method.name == called)
        .ok_or_else(|| format!("BlueZ has no method `{name}`; did you mean `{nearest}`?"))
}

fn callable(method: &Method) -> Result<(), String> {
    let short = method.short();
    if table().get(&method.interface).is_some_and(|interface| interface.served) {
        return Err(format!("{short} is not BlueZ's: it calls that of a client"));
    }
    match method.usage.strip_prefix('-') {
        Some(reason) => Err(format!("`call` cannot do {short}: {reason}")),
        None if method.usage.split(' ').any(|step| step == "call") => Ok(()),
        None => Err(format!(
            "{short} is what {} is for, which also waits for what comes of it and puts it back",
            named(&method.usage)
        )),
    }
}

/// The steps of a usage, in words.
fn named(usage: &str) -> String {
    match usage.rsplit_once(' ') {
        None => format!("the step `{usage}`"),
        Some((others, last)) => {
            format!("one of the steps `{}` and `{last}`", others.replace(' ', "`, `"))
        }
    }
}

fn methods_of((interface, written): (&String, &Written)) -> Vec<Method> {
    let read = |(text, usage): (&String, &String)| {
        let (name, rest) = text.split_once('(')?;
        let (arguments, _) = rest.split_once(')')?;
        let arguments = arguments.split(", ").filter_map(|argument| argument.split_once(' '));
        Some(Method {
            interface: interface.clone(),
            name: name.to_owned(),
            arguments: arguments
                .map(|(kind, name)| Argument { kind: kind.to_owned(), name: name.to_owned() })
                .collect(),
            usage: usage.clone(),
        })
    };
    written.methods.iter().filter_map(read).collect()
}

impl Method {
    /// As a plan writes it.
    pub(super) fn short(&self) -> String {
        format!("{}.{}", self.interface.trim_start_matches(PREFIX), self.name)
    }
}

/// Sees that an interface has a property, where it is one that BlueZ's documents know.
///
/// # Errors
/// It has none of that name; says which is near.
pub(in crate::steps) fn property(of: &str, name: &str) -> Result<(), String> {
    let Some(written) = table().get(of) else { return Ok(()) };
    let known = || written.properties.keys().filter_map(|text| text.split(' ').next());
    if written.unused.is_some() || known().any(|property| property == name) {
        return Ok(());
    }
    let short = of.trim_start_matches(PREFIX);
    match nearest(name, known().map(str::to_owned)) {
        none if none.is_empty() => Err(format!("{short} has no properties")),
        nearest => Err(format!("{short} has no property `{name}`; did you mean `{nearest}`?")),
    }
}

fn nearest(name: &str, known: impl Iterator<Item = String>) -> String {
    let likeness = |candidate: &String| strsim::jaro_winkler(candidate, name);
    known.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::VERBS;

    /// Every member with what the table says of its use.
    fn members() -> Vec<(String, String)> {
        let of = |(interface, written): (&String, &Written)| {
            let all = [&written.methods, &written.signals, &written.properties];
            let all = all.into_iter().flatten();
            let named = |(text, usage): (&String, &String)| {
                let name = text.split(['(', ' ']).next().unwrap_or_default();
                (format!("{interface}.{name}"), usage.clone())
            };
            all.map(named).collect::<Vec<_>>()
        };
        table().iter().flat_map(of).collect()
    }

    #[test]
    fn each_member_is_used_by_a_step_that_exists_or_has_a_reason() {
        let table: Table = toml::from_str(include_str!("api.toml")).expect("a table");
        let reasons = table.values().filter_map(|interface| interface.unused.as_deref());
        assert!(reasons.clone().count() > 5 && reasons.clone().all(|reason| reason.len() > 10));
        assert!(members().len() > 250, "{}", members().len());
        for (member, usage) in members() {
            let is_step = |word: &str| VERBS.iter().any(|verb| verb.name == word);
            match usage.strip_prefix('-') {
                Some(reason) => assert!(reason.len() > 10, "{member}: {reason}"),
                None => assert!(usage.split(' ').all(is_step), "{member}: no step {usage}"),
            }
        }
    }

    #[test]
    fn each_member_that_bluetoothd_shows_is_in_the_table() {
        let recorded = [
            include_str!("../../../fixtures/lab/introspection/5.66.txt"),
            include_str!("../../../fixtures/lab/introspection/5.82.txt"),
            include_str!("../../../fixtures/lab/introspection/5.87.txt"),
            include_str!("../../../fixtures/lab/introspection/5.66-experimental.txt"),
            include_str!("../../../fixtures/lab/introspection/5.82-experimental.txt"),
            include_str!("../../../fixtures/lab/introspection/5.87-experimental.txt"),
        ];
        let seen: usize = recorded.iter().map(|text| held_against_the_table(text)).sum();
        assert!(seen > 200, "{seen}");
    }

    #[test]
    #[ignore = "reads what bluetoothd in the lab shows, which scripts/test asks it first"]
    fn each_member_that_the_running_bluetoothd_shows_is_in_the_table() {
        let runs = std::env::var("BTTEST_LAB_RUNS").expect("BTTEST_LAB_RUNS is set");
        for suite in ["bookworm", "trixie", "forky"] {
            let file = format!("{runs}/experimental-{suite}/introspection.txt");
            let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{file}: {e}"));
            let seen = held_against_the_table(&text);
            assert!(seen > 100, "{file}: {seen}");
            println!("{suite}: all {seen} members are in the table");
        }
    }

    /// Holds an introspection, a line for each member, against the table; gives how many members it has that are used.
    fn held_against_the_table(text: &str) -> usize {
        let members: Vec<String> = members().into_iter().map(|(member, _)| member).collect();
        let mut seen = 0;
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let [_, interface, rest @ ..] = words.as_slice() else { panic!("{line}") };
            if !interface.starts_with(PREFIX) {
                continue;
            }
            let written = table().get(*interface);
            assert!(written.is_some(), "{line}: neither used by a step nor named as unused");
            let name = rest.get(1).map(|name| name.split('(').next().unwrap_or_default());
            if let Some(name) = name.filter(|_| written.is_some_and(|w| w.unused.is_none())) {
                seen += 1;
                let member = format!("{interface}.{name}");
                assert!(members.contains(&member), "{line}: not in the table");
            }
        }
        seen
    }

    #[test]
    fn what_cannot_be_called_says_what_to_do_instead() {
        for (name, says) in [
            ("Play", "names no interface"),
            ("MediaPlayer1.Paly", "did you mean `MediaPlayer1.Play`?"),
            ("Device1.Connect", "the step `connect` is for"),
            ("org.bluez.Agent1.Cancel", "is not BlueZ's"),
            ("NetworkServer1.Register", "lends a network bridge"),
            (
                "MediaTransport1.Acquire",
                "one of the steps `audio-stream`, `unicast-stream`, `broadcast` and `broadcast-receive` is for",
            ),
        ] {
            let error = method(name).unwrap_err();
            assert!(error.contains(says), "{name}: {error}");
        }
        let connect = method("org.bluez.Network1.Connect").unwrap();
        assert_eq!(connect.arguments[0].kind, "s");
        assert!(property("org.bluez.Battery1", "Percentage").is_ok());
        let error = property("org.bluez.Battery1", "Percentag").unwrap_err();
        assert!(error.contains("`Percentage`"), "{error}");
        assert!(property("com.vendor.Thing1", "Whatever").is_ok());
    }
}
