//! From a table of a plan to a value of a type, with everything that is wrong with the table at once.
//!
//! The schema of the type says which keys there are, which must be there and which name something of
//! the plan: all of that is checked first. Then the table is read; where reading stops at a value, the
//! error is told in the schema's words, the value is taken out, and the table is read again, until
//! nothing new is wrong.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue, Error, ValueDeserializer};

use super::commanded;
use super::defined::Known;
use super::diagnostic::{Diagnostic, Report};
use super::explain::{explain, missing, unknown_key};
use super::locate::{Inner, find, get_mut, remove};
use super::shape::Shape;
use super::suggest::list;
use super::visible::quote;

/// How many values of one table are tried before the rest of it is left alone.
const TRIES: usize = 20;

/// What is known of values that variables stand in.
#[derive(Debug, Default)]
pub(super) struct Expanded {
    /// Values that could not be made out; the reason was reported.
    pub broken: RefCell<HashSet<Range<usize>>>,
    /// Values that a variable stands for, as text: where text is wanted, that is what it means.
    pub texts: RefCell<HashMap<Range<usize>, String>>,
}

/// What a table is, for reading it and for speaking of it.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    /// As it is called in a sentence: `a case`, `a `pair` step`.
    pub what: &'a str,
    pub shape: Shape<'a>,
    /// Keys that are fine here though others read them.
    pub also: &'a [&'a str],
}

/// Reads tables.
#[derive(Clone, Copy)]
pub(super) struct Decoder<'c> {
    pub report: &'c Report,
    pub known: &'c Known,
    pub expanded: &'c Expanded,
}

impl Decoder<'_> {
    /// Reads a table of a type that is known here.
    pub fn decode<T: DeserializeOwned>(
        self,
        target: Target<'_>,
        table: Spanned<DeTable<'_>>,
    ) -> Option<T> {
        self.decode_by(target, table, |value| T::deserialize(ValueDeserializer::from(value)))
    }

    /// Reads a table by a function.
    pub fn decode_by<R>(
        self,
        target: Target<'_>,
        table: Spanned<DeTable<'_>>,
        read: impl Fn(Spanned<DeValue<'_>>) -> Result<R, Error>,
    ) -> Option<R> {
        let span = table.span();
        let mut value = Spanned::new(span.clone(), DeValue::Table(table.into_inner()));
        self.check_value(&mut value, target);
        for _ in 0..TRIES {
            let error = match read(value.clone()) {
                Ok(read) => return Some(read),
                Err(error) => error,
            };
            let at = error.span().unwrap_or_else(|| span.clone());
            let Some(way) = find(value.get_ref(), &at) else {
                self.whole(target, &error, span);
                return None;
            };
            if error.message().starts_with("invalid type") && self.taken_as_text(&mut value, &way) {
                continue;
            }
            let way = narrowed(&value, way, &error, &read);
            let taken = remove(&mut value, &way)?;
            if !is_about_keys(&error) {
                self.report.add(explain(error.message(), &taken, target.shape, &way));
            }
        }
        None
    }

    /// A value that must be a table.
    pub fn as_table<'s>(
        self,
        what: &str,
        value: Spanned<DeValue<'s>>,
    ) -> Option<Spanned<DeTable<'s>>> {
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(table) => Some(Spanned::new(span, table)),
            _ if self.is_broken(&span) => None,
            _ => {
                let message = format!("{what} must be a table");
                self.report.add(Diagnostic::error(message).at(span, "this is none"));
                None
            }
        }
    }

    /// A value that must be a list of tables, such as `[[case]]`.
    pub fn as_tables<'s>(
        self,
        key: &str,
        header: &str,
        value: Spanned<DeValue<'s>>,
    ) -> Vec<Spanned<DeTable<'s>>> {
        let span = value.span();
        match value.into_inner() {
            DeValue::Array(array) => array
                .into_iter()
                .filter_map(|value| self.as_table(&format!("each {key}"), value))
                .collect(),
            _ if self.is_broken(&span) => Vec::new(),
            _ => {
                let message = format!("{} must be a list of tables", quote(key));
                let help = format!("write {header} above each of them");
                self.report.add(Diagnostic::error(message).at(span, "this is none").help(help));
                Vec::new()
            }
        }
    }

    /// An error about a table as a whole, such as keys that exclude each other.
    fn whole(self, target: Target<'_>, error: &Error, span: Range<usize>) {
        if is_about_keys(error) {
            return;
        }
        let (message, help) = match error.message().split_once("; ") {
            Some((message, help)) => (message, Some(help)),
            None => (error.message(), None),
        };
        let mut diagnostic = Diagnostic::error(message).at(span, format!("this {}", target.what));
        diagnostic.help = help.map(str::to_owned);
        self.report.add(diagnostic);
    }

    /// A variable that holds a number stands where text is wanted.
    fn taken_as_text(self, value: &mut Spanned<DeValue<'_>>, way: &[Inner]) -> bool {
        let Some(value) = get_mut(value, way) else { return false };
        let texts = self.expanded.texts.borrow();
        match texts.get(&value.span()) {
            Some(text) if !value.get_ref().is_str() => {
                *value.get_mut() = DeValue::String(text.clone().into());
                true
            }
            _ => false,
        }
    }

    fn check_value(self, value: &mut Spanned<DeValue<'_>>, target: Target<'_>) {
        let span = value.span();
        if let Some(kind) = target.shape.refers_to() {
            self.check_reference(value, kind);
        }
        match value.get_mut() {
            DeValue::Table(table) => {
                let shape = target.shape.of_table();
                self.check_table(table, span, Target { shape, ..target });
            }
            DeValue::Array(array) => {
                let Some(shape) = target.shape.items() else { return };
                let broken = |value: &Spanned<_>| self.is_broken(&value.span());
                if array.iter().any(broken) {
                    let taken = std::mem::replace(array, Vec::new().into_iter().collect());
                    *array = taken.into_iter().filter(|value| !broken(value)).collect();
                }
                for inner in array.iter_mut() {
                    self.check_value(inner, Target { shape, also: &[], ..target });
                }
            }
            _ => {}
        }
    }

    fn check_table(self, table: &mut DeTable<'_>, span: Range<usize>, target: Target<'_>) {
        let shape = target.shape;
        if shape.properties().is_some() {
            for key in shape.required().filter(|key| !table.contains_key(*key)) {
                self.report.add(missing(key, target, span.clone(), self.known));
            }
            keep(table, |key, _| {
                let known = shape.property(key.get_ref()).is_some();
                if !known {
                    self.report.add(unknown_key(key.get_ref(), key.span(), target));
                }
                known
            });
        }
        keep(table, |_, value| !self.is_broken(&value.span()));
        let is_command =
            |key: &str| shape.property(key).and_then(Shape::refers_to) == Some(commanded::CONTROL);
        for (_, value) in table.iter().filter(|(key, _)| is_command(key.get_ref())) {
            self.check_command(table, value);
        }
        self.check_commands_within(table, shape);
        for (key, value) in table.iter_mut() {
            if let Some(shape) = shape.property(key.get_ref()) {
                let what = quote(key.get_ref());
                self.check_value(value, Target { what: &what, shape, also: &[] });
            }
        }
    }

    /// The commands that tables in a step name, as `passkey = { command = "…" }` does: the device is the step's.
    fn check_commands_within(self, step: &DeTable<'_>, shape: Shape<'_>) {
        for (key, value) in step {
            let (Some(inner), Some(shape)) =
                (value.get_ref().as_table(), shape.property(key.get_ref()))
            else {
                continue;
            };
            let shape = shape.of_table();
            let is_command = |key: &str| {
                shape.property(key).and_then(Shape::refers_to) == Some(commanded::CONTROL)
            };
            for (_, command) in inner.iter().filter(|(key, _)| is_command(key.get_ref())) {
                self.check_command(step, command);
            }
        }
    }

    /// Whether a value could not be made out, which was reported.
    pub fn is_broken(self, span: &Range<usize>) -> bool {
        self.expanded.broken.borrow().contains(span)
    }

    /// A name, or a list of names, that the plan must define.
    fn check_reference(self, value: &Spanned<DeValue<'_>>, kind: &str) {
        match value.get_ref() {
            DeValue::String(name) => self.check_name(name, value.span(), kind),
            DeValue::Array(names) => {
                for name in names {
                    self.check_reference(name, kind);
                }
            }
            _ => {}
        }
    }

    fn check_name(self, name: &str, span: Range<usize>, kind: &str) {
        let Some((names, called)) = self.known.of(kind) else { return };
        if names.refer(name) || self.is_broken(&span) {
            return;
        }
        let diagnostic = Diagnostic::error(format!("there is no {called} {}", quote(name)));
        let diagnostic = match names.nearest(name) {
            Some(meant) => diagnostic
                .at(span, format!("did you mean {}?", quote(meant)))
                .help(format!("the {called}s are {}", list(names.iter()))),
            None => diagnostic.at(span, "not defined").help(Known::advice(kind, name)),
        };
        self.report.add(diagnostic);
    }
}

/// What reads an element of a list may not say which one it was: then each is tried alone.
fn narrowed<R>(
    value: &Spanned<DeValue<'_>>,
    mut way: Vec<Inner>,
    error: &Error,
    read: &impl Fn(Spanned<DeValue<'_>>) -> Result<R, Error>,
) -> Vec<Inner> {
    const MOST: usize = 100;
    let mut trial = value.clone();
    let Some(list) = get_mut(&mut trial, &way) else { return way };
    let DeValue::Array(array) = list.get_ref() else { return way };
    if array.len() > MOST {
        return way;
    }
    for (n, element) in array.clone().into_iter().enumerate() {
        let Some(list) = get_mut(&mut trial, &way) else { return way };
        *list.get_mut() = DeValue::Array(std::iter::once(element).collect());
        if read(trial.clone()).is_err_and(|other| other.message() == error.message()) {
            way.push(Inner::Index(n));
            return way;
        }
    }
    way
}

/// Whether an error is of the kind that the schema told already.
fn is_about_keys(error: &Error) -> bool {
    let message = error.message();
    message.starts_with("missing field") || message.starts_with("unknown field")
}

type Key<'s> = Spanned<DeString<'s>>;

/// Keeps only the entries of a table that are to be kept.
pub(super) fn keep<'s>(
    table: &mut DeTable<'s>,
    kept: impl Fn(&Key<'s>, &Spanned<DeValue<'s>>) -> bool,
) {
    let all = std::mem::replace(table, DeTable::new());
    *table = all.into_iter().filter(|(key, value)| kept(key, value)).collect();
}
