//! `matrix`: one case for each combination of some values.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::decode::Decoder;
use super::diagnostic::Diagnostic;
use super::expand::{Meaning, as_text};
use super::visible::quote;
use super::word::{NAME_ADVICE, is_name};

/// How many combinations a case may have.
const MOST: usize = 10_000;

/// How many characters of a value stand in an id.
const IN_ID: usize = 40;

/// The values that a case runs through, name by name in the order of the plan.
#[derive(Debug)]
pub(super) struct Matrix<'s> {
    axes: Vec<(String, Vec<DeValue<'s>>)>,
    /// Names whose values are wrong, which was reported: the rest of the case is still looked at.
    open: Vec<String>,
}

/// One combination.
#[derive(Debug)]
pub(super) struct Combination<'s> {
    pub values: BTreeMap<String, Meaning<'s>>,
    /// What it adds to the id of the case, such as `[transport=le,n=1]`.
    pub suffix: String,
}

impl<'s> Matrix<'s> {
    /// Reads `matrix`; without one, there is one combination of nothing.
    pub fn read(value: Option<Spanned<DeValue<'s>>>, decoder: Decoder<'_>) -> Self {
        let mut matrix = Self { axes: Vec::new(), open: Vec::new() };
        let Some(value) = value else { return matrix };
        let span = value.span();
        let table = decoder.as_table("`matrix`", value).map(Spanned::into_inner);
        for (name, values) in table.into_iter().flatten() {
            if !is_name(name.get_ref()) {
                let message = format!("{} cannot name a variable", quote(name.get_ref()));
                decoder
                    .report
                    .add(Diagnostic::error(message).at(name.span(), "").help(NAME_ADVICE));
            }
            let values = axis(name.get_ref(), values, decoder);
            let name = name.into_inner().into_owned();
            match values {
                Some(values) => matrix.axes.push((name, values)),
                None => matrix.open.push(name),
            }
        }
        if !matrix.fits(span, decoder) {
            matrix.open.extend(matrix.axes.drain(..).map(|(name, _)| name));
        }
        matrix
    }

    fn fits(&self, span: Range<usize>, decoder: Decoder<'_>) -> bool {
        let fits = self.len().is_some_and(|len| len <= MOST);
        if !fits {
            let diagnostic = Diagnostic::error("the matrix has more than 10,000 combinations")
                .at(span, "of these values")
                .help("divide it among several cases, or take values out");
            decoder.report.add(diagnostic);
        }
        fits
    }

    fn len(&self) -> Option<usize> {
        self.axes.iter().try_fold(1_usize, |all, (_, values)| all.checked_mul(values.len()))
    }

    /// Every combination; the last name changes fastest.
    pub fn combinations(&self) -> impl Iterator<Item = Combination<'s>> {
        (0..self.len().unwrap_or_default()).map(|n| self.combination(n))
    }

    fn combination(&self, mut n: usize) -> Combination<'s> {
        let open = self.open.iter().map(|name| (name.clone(), Meaning::Unknown));
        let mut values: BTreeMap<_, _> = open.collect();
        let mut words = Vec::new();
        for (name, all) in self.axes.iter().rev() {
            let count = all.len().max(1);
            if let Some(value) = all.get(n % count) {
                words.push(format!("{name}={}", in_id(value)));
                values.insert(name.clone(), Meaning::Value(value.clone(), None));
            }
            n /= count;
        }
        words.reverse();
        let suffix =
            if words.is_empty() { String::new() } else { format!("[{}]", words.join(",")) };
        Combination { values, suffix }
    }
}

/// The values of one name.
fn axis<'s>(
    name: &str,
    values: Spanned<DeValue<'s>>,
    decoder: Decoder<'_>,
) -> Option<Vec<DeValue<'s>>> {
    let span = values.span();
    if decoder.is_broken(&span) {
        return None;
    }
    let wrong = |span: Range<usize>, label: &str| {
        let message = format!("{} in `matrix` must be a list of values", quote(name));
        let help = format!(
            "write {name} = [\"le\", \"bredr\"], or \"${{list}}\" for a variable that is a list"
        );
        decoder.report.add(Diagnostic::error(message).at(span, label).help(help));
    };
    let DeValue::Array(array) = values.into_inner() else {
        wrong(span, "this is none");
        return None;
    };
    if array.is_empty() {
        wrong(span, "nothing in it");
        return None;
    }
    if let Some(bad) = array.iter().find(|value| as_text(value.get_ref()).is_none()) {
        wrong(bad.span(), "this is no single value");
        return None;
    }
    if array.iter().any(|value| decoder.is_broken(&value.span())) {
        return None;
    }
    Some(array.into_iter().map(Spanned::into_inner).collect())
}

/// A value as it stands in an id: letters, digits and a few signs, fit for file names.
fn in_id(value: &DeValue<'_>) -> String {
    let text = as_text(value).unwrap_or_default();
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '%');
    text.chars().take(IN_ID).map(|c| if fine(c) { c } else { '_' }).collect()
}
