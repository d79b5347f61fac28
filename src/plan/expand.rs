//! `${name}` in the texts of a plan: what stands for what.
//!
//! A text that is nothing but `${name}` becomes the value, with its type; inside a longer text the value
//! is written out. `$${` is a plain `${`. What a variable holds is not looked at again.

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::decode::Expanded;
use super::diagnostic::{Diagnostic, Report};
use super::source::Sources;
use super::suggest::{list, nearest};
use super::visible::quote;

/// The longest text that may come of writing values out.
const LONGEST: usize = 1 << 16;

/// How much may be written out over a whole plan: bytes of text, and a share for every value.
const FUEL: usize = 1 << 26;

/// What one value costs beside its text.
const PER_VALUE: usize = 64;

/// What a plan may still write out, so that no plan grows without bound.
#[derive(Debug)]
pub(super) struct Fuel {
    left: Cell<usize>,
    told: Cell<bool>,
}

impl Default for Fuel {
    fn default() -> Self {
        Self { left: Cell::new(FUEL), told: Cell::new(false) }
    }
}

impl Fuel {
    /// Takes some; whether there was enough.
    fn take(&self, amount: usize) -> bool {
        let left = self.left.get().checked_sub(amount);
        self.left.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.left.get() == 0
    }
}

/// The value of a variable.
#[derive(Debug, Clone)]
pub(super) enum Meaning<'s> {
    /// A value; with the text it was written as, where that is known and may differ from the value's.
    Value(DeValue<'s>, Option<String>),
    /// There is one, but it is not known: that was reported, or a call will give it.
    Unknown,
}

/// Where names are looked up.
pub(super) trait Scope<'s> {
    /// What a name stands for.
    fn look_up(&self, name: &str) -> Option<Meaning<'s>>;
    /// Every name there is.
    fn names(&self) -> Vec<String>;
}

/// Writes variables out.
#[derive(Clone, Copy)]
pub(super) struct Expander<'c, 's> {
    pub sources: &'s Sources,
    pub report: &'c Report,
    pub expanded: &'c Expanded,
    pub fuel: &'c Fuel,
}

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'t> {
    Plain(&'t str),
    Name(&'t str),
    /// `${` without its end.
    Open,
}

impl<'s> Expander<'_, 's> {
    /// A table with its variables written out.
    pub fn table(self, table: Spanned<DeTable<'s>>, scope: &dyn Scope<'s>) -> Spanned<DeTable<'s>> {
        let span = table.span();
        Spanned::new(span, self.pairs(table.into_inner(), scope))
    }

    /// A value with its variables written out.
    pub fn value(self, value: Spanned<DeValue<'s>>, scope: &dyn Scope<'s>) -> Spanned<DeValue<'s>> {
        let span = value.span();
        if !self.fuel.take(PER_VALUE) {
            return self.out_of_fuel(span);
        }
        match value.into_inner() {
            DeValue::String(text) => self.text(text, span, scope),
            DeValue::Array(array) => {
                let values = array.into_iter().map(|value| self.value(value, scope));
                Spanned::new(span, DeValue::Array(values.collect()))
            }
            DeValue::Table(table) => Spanned::new(span, DeValue::Table(self.pairs(table, scope))),
            other => Spanned::new(span, other),
        }
    }

    /// What a definition stands for once its variables are written out.
    pub fn meaning_of(self, value: Spanned<DeValue<'s>>, scope: &dyn Scope<'s>) -> Meaning<'s> {
        let span = value.span();
        let value = self.value(value, scope);
        let broken = self.expanded.broken.borrow();
        let inner = value.get_ref().as_array().into_iter().flat_map(|array| array.iter());
        if broken.contains(&span) || inner.map(Spanned::span).any(|span| broken.contains(&span)) {
            return Meaning::Unknown;
        }
        let text = self.expanded.texts.borrow().get(&span).cloned();
        Meaning::Value(value.into_inner(), text)
    }

    fn pairs(self, table: DeTable<'s>, scope: &dyn Scope<'s>) -> DeTable<'s> {
        table.into_iter().map(|(key, value)| (key, self.value(value, scope))).collect()
    }

    fn text(
        self,
        text: Cow<'s, str>,
        span: Range<usize>,
        scope: &dyn Scope<'s>,
    ) -> Spanned<DeValue<'s>> {
        if !text.contains("${") {
            if !self.fuel.take(text.len()) {
                return self.out_of_fuel(span);
            }
            return Spanned::new(span, DeValue::String(text));
        }
        let pieces = pieces(&text);
        if let [Piece::Name(name)] = pieces.as_slice() {
            return self.whole(name, span, scope);
        }
        let mut out = String::new();
        for piece in &pieces {
            let added = match piece {
                Piece::Plain(plain) => Some((*plain).to_owned()),
                Piece::Name(name) => self.written_out(name, &span, scope),
                Piece::Open => {
                    let unclosed = Diagnostic::error("`${` without a `}`")
                        .at(self.inside(&span, "${"), "begins here")
                        .help("write `${name}`, or `$${` where a plain `${` is meant");
                    self.report.add(unclosed);
                    None
                }
            };
            let Some(added) = added else { return self.broken(span) };
            out.push_str(&added);
            if out.len() > LONGEST {
                let long = Diagnostic::error("this text becomes longer than 64 KiB")
                    .at(span.clone(), "when its variables are written out");
                self.report.add(long);
                return self.broken(span);
            }
        }
        if !self.fuel.take(out.len()) {
            return self.out_of_fuel(span);
        }
        self.expanded.broken.borrow_mut().remove(&span);
        Spanned::new(span, DeValue::String(out.into()))
    }

    /// A text that is nothing but a variable.
    fn whole(self, name: &str, span: Range<usize>, scope: &dyn Scope<'s>) -> Spanned<DeValue<'s>> {
        match self.meaning(name, &span, scope) {
            Some((value, untyped)) => {
                if let Some(text) = untyped.or_else(|| as_text(&value)) {
                    self.expanded.texts.borrow_mut().insert(span.clone(), text);
                }
                let size = value.as_str().map_or(PER_VALUE, str::len);
                let size = size + PER_VALUE * value.as_array().map_or(0, |array| array.len());
                if !self.fuel.take(size) {
                    return self.out_of_fuel(span);
                }
                // The same text may have stood for nothing in another call or combination.
                self.expanded.broken.borrow_mut().remove(&span);
                moved_to(value, &span)
            }
            None => self.broken(span),
        }
    }

    fn written_out(self, name: &str, span: &Range<usize>, scope: &dyn Scope<'s>) -> Option<String> {
        let (value, untyped) = self.meaning(name, span, scope)?;
        let text = untyped.or_else(|| as_text(&value));
        if text.is_none() {
            let list = Diagnostic::error(format!(
                "{} is a list and cannot stand inside a text",
                quote(name)
            ))
            .at(self.inside(span, &format!("${{{name}}}")), "a list")
            .help(format!("write \"${{{name}}}\" alone, where a list is wanted"));
            self.report.add(list);
        }
        text
    }

    fn meaning(
        self,
        name: &str,
        span: &Range<usize>,
        scope: &dyn Scope<'s>,
    ) -> Option<(DeValue<'s>, Option<String>)> {
        match scope.look_up(name) {
            Some(Meaning::Value(value, untyped)) => Some((value, untyped)),
            Some(Meaning::Unknown) => None,
            None => {
                self.unknown(name, span, &scope.names());
                None
            }
        }
    }

    fn unknown(self, name: &str, span: &Range<usize>, names: &[String]) {
        let at = self.inside(span, &format!("${{{name}}}"));
        let known = || names.iter().map(String::as_str);
        let label = match nearest(name, known()) {
            Some(meant) => format!("did you mean `${{{meant}}}`?"),
            None => "not defined".to_owned(),
        };
        let help = if names.is_empty() {
            format!("define it: [vars] with `{name} = …`; for a plain `${{` write `$${{`")
        } else {
            format!("the variables here are {}; define others in [vars]", list(known()))
        };
        let message = format!("there is no variable {}", quote(name));
        self.report.add(Diagnostic::error(message).at(at, label).help(help));
    }

    /// The place of a part of a text, where the file has it as it is.
    fn inside(self, span: &Range<usize>, part: &str) -> Range<usize> {
        let Some(line) = self.sources.line(span) else { return span.clone() };
        let shown = line.text.get(line.range.clone()).unwrap_or_default();
        match shown.find(part) {
            Some(at) => span.start + at..span.start + at + part.len(),
            None => span.clone(),
        }
    }

    fn broken(self, span: Range<usize>) -> Spanned<DeValue<'s>> {
        self.expanded.broken.borrow_mut().insert(span.clone());
        Spanned::new(span, DeValue::String(Cow::Borrowed("")))
    }

    fn out_of_fuel(self, span: Range<usize>) -> Spanned<DeValue<'s>> {
        if !self.fuel.told.replace(true) {
            let diagnostic = Diagnostic::error("the plan becomes too large")
                .at(
                    span.clone(),
                    "when variables, matrices and sequences are written out up to here",
                )
                .help("use fewer combinations, or `repeat`, which is not written out");
            self.report.add(diagnostic);
        }
        self.broken(span)
    }
}

/// Adds the names of all variables that a value mentions.
pub(super) fn mentions(value: &DeValue<'_>, names: &mut Vec<String>) {
    match value {
        DeValue::String(text) => {
            names.extend(pieces(text).into_iter().filter_map(|piece| match piece {
                Piece::Name(name) => Some(name.to_owned()),
                _ => None,
            }))
        }
        DeValue::Array(array) => array.iter().for_each(|value| mentions(value.get_ref(), names)),
        DeValue::Table(table) => table.values().for_each(|value| mentions(value.get_ref(), names)),
        _ => {}
    }
}

/// A value as it is written inside a text; none for a list or a table.
pub(super) fn as_text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => {
            Some(match i128::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => number.to_string(),
                Err(_) => number.to_string(),
            })
        }
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(value) => Some(value.to_string()),
        DeValue::Datetime(time) => Some(time.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// A value, placed where it is used.
fn moved_to<'s>(value: DeValue<'s>, span: &Range<usize>) -> Spanned<DeValue<'s>> {
    let value = match value {
        DeValue::Array(array) => {
            let moved = array.into_iter().map(|value| moved_to(value.into_inner(), span));
            DeValue::Array(moved.collect::<DeArray<'_>>())
        }
        other => other,
    };
    Spanned::new(span.clone(), value)
}

/// Divides a text at its variables.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, after) = rest.split_at(at);
        let after = after.strip_prefix("${").unwrap_or_default();
        if let Some(escaped) = before.strip_suffix('$') {
            pieces.extend([Piece::Plain(escaped), Piece::Plain("${")]);
            rest = after;
            continue;
        }
        if !before.is_empty() {
            pieces.push(Piece::Plain(before));
        }
        match after.split_once('}') {
            Some((name, behind)) => {
                pieces.push(Piece::Name(name));
                rest = behind;
            }
            None => {
                pieces.push(Piece::Open);
                rest = "";
            }
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Plain(rest));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_divided_at_its_variables() {
        use Piece::{Name, Open, Plain};
        for (text, wanted) in [
            ("${a}", vec![Name("a")]),
            ("x${a}y${b}", vec![Plain("x"), Name("a"), Plain("y"), Name("b")]),
            ("$${a}", vec![Plain(""), Plain("${"), Plain("a}")]),
            ("a$${b}${c}", vec![Plain("a"), Plain("${"), Plain("b}"), Name("c")]),
            ("${a", vec![Open]),
            ("${}", vec![Name("")]),
            ("$a {b}", vec![Plain("$a {b}")]),
        ] {
            assert_eq!(pieces(text), wanted, "{text}");
        }
    }
}
