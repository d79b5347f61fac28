//! `[sequence.NAME]`: steps with parameters, and the calls of them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::control;
use super::decode::{Decoder, Target};
use super::definitions::parameters;
use super::diagnostic::Diagnostic;
use super::document::SequenceTable;
use super::expand::Meaning;
use super::shape::{Shape, schema_of};
use super::suggest::{list, nearest};
use super::unfold::Unfolder;
use super::variables::{Definition, Local};
use super::visible::quote;
use super::word::{MeasureName, NAME_ADVICE, is_name};

/// One sequence, its steps as the plan writes them.
#[derive(Debug)]
struct Sequence<'s> {
    span: Range<usize>,
    parameters: BTreeMap<String, Definition<'s>>,
    steps: Option<Spanned<DeValue<'s>>>,
    used: Cell<bool>,
}

/// Every sequence of a plan.
#[derive(Debug, Default)]
pub(super) struct Sequences<'s>(BTreeMap<String, Sequence<'s>>);

/// The steps of a sequence with the values of one call.
pub(super) struct Call<'s> {
    pub name: String,
    pub steps: Spanned<DeValue<'s>>,
    /// The measure that they are together.
    pub measure: Option<MeasureName>,
}

/// A sequence that nothing calls.
pub(super) struct Unused<'n, 's> {
    pub name: &'n str,
    pub span: Range<usize>,
    /// For a check: what a call would give is left open.
    pub steps: Option<Spanned<DeValue<'s>>>,
}

impl<'s> Sequences<'s> {
    /// Reads every `[sequence.NAME]`.
    pub fn read(table: Spanned<DeTable<'s>>, decoder: Decoder<'_>) -> Self {
        let schema = schema_of::<SequenceTable>();
        let mut sequences = BTreeMap::new();
        for (name, value) in table.into_inner() {
            if !is_name(name.get_ref()) {
                let message = format!("{} cannot name a sequence", quote(name.get_ref()));
                decoder
                    .report
                    .add(Diagnostic::error(message).at(name.span(), "").help(NAME_ADVICE));
            }
            let what = format!("the sequence {}", quote(name.get_ref()));
            let Some(mut table) = decoder.as_table(&what, value) else { continue };
            let hollow = || DeValue::Array(Vec::new().into_iter().collect());
            let steps = table.get_mut().get_mut("steps").map(|steps| {
                let at = steps.span();
                std::mem::replace(steps, Spanned::new(at, hollow()))
            });
            let params = table.get_mut().remove("params");
            let params = params.and_then(|params| decoder.as_table("`params`", params));
            let parameters = params.map(|params| parameters(params, decoder)).unwrap_or_default();
            let target = Target { what: &what, shape: Shape(&schema), also: &[] };
            decoder.decode::<SequenceTable>(target, table);
            let used = Cell::new(false);
            let sequence = Sequence { span: name.span(), parameters, steps, used };
            sequences.insert(name.into_inner().into_owned(), sequence);
        }
        Self(sequences)
    }

    /// The steps for one call.
    pub fn call(
        &self,
        mut table: Spanned<DeTable<'s>>,
        shape: Shape<'_>,
        unfolder: Unfolder<'_, 's>,
    ) -> Option<Call<'s>> {
        let decoder = unfolder.decoder;
        let name_at = table.get_ref().get("name").map(Spanned::span);
        let with = table.get_mut().remove("with");
        let with_at = with.as_ref().map_or_else(|| table.span(), Spanned::span);
        let target = Target { what: "step `sequence`", shape, also: &[] };
        let call = decoder.decode::<control::Sequence>(target, table)?;
        let Some(sequence) = self.0.get(&call.name) else {
            decoder.report.add(self.unknown(&call.name, name_at.unwrap_or(with_at)));
            return None;
        };
        sequence.used.set(true);
        let with = match with {
            Some(with) => decoder.as_table("`with`", with)?,
            None => super::variables::empty_table(with_at),
        };
        let values = sequence.bind(&call.name, with, unfolder);
        let steps = sequence.steps.clone()?;
        let scope = Local { values: &values, outer: unfolder.variables };
        let steps = unfolder.expander.value(steps, &scope);
        Some(Call { name: call.name, steps, measure: call.measure })
    }

    /// The sequences that nothing calls.
    pub fn unused(&self, unfolder: Unfolder<'_, 's>) -> Vec<Unused<'_, 's>> {
        let unused = self.0.iter().filter(|(_, sequence)| !sequence.used.get());
        let checked = unused.map(|(name, sequence)| {
            let open = |definition: &Definition<'s>| match &definition.value {
                Some(value) => unfolder.expander.meaning_of(value.clone(), unfolder.variables),
                None => Meaning::Unknown,
            };
            let values =
                sequence.parameters.iter().map(|(name, d)| (name.clone(), open(d))).collect();
            let scope = Local { values: &values, outer: unfolder.variables };
            let steps = sequence.steps.clone();
            let steps = steps.map(|steps| unfolder.expander.value(steps, &scope));
            Unused { name, span: sequence.span.clone(), steps }
        });
        checked.collect()
    }

    fn unknown(&self, name: &str, span: Range<usize>) -> Diagnostic {
        let names = || self.0.keys().map(String::as_str);
        let label = match nearest(name, names()) {
            Some(meant) => format!("did you mean {}?", quote(meant)),
            None => "not defined".to_owned(),
        };
        let help = if self.0.is_empty() {
            format!("define it: [sequence.{name}] with `steps = […]`")
        } else {
            format!("the sequences are {}", list(names()))
        };
        Diagnostic::error(format!("there is no sequence {}", quote(name)))
            .at(span, label)
            .help(help)
    }
}

impl<'s> Sequence<'s> {
    /// What each parameter stands for in one call.
    fn bind(
        &self,
        name: &str,
        mut with: Spanned<DeTable<'s>>,
        unfolder: Unfolder<'_, 's>,
    ) -> BTreeMap<String, Meaning<'s>> {
        let report = unfolder.decoder.report;
        let at = with.span();
        let values = self.parameters.iter().map(|(parameter, definition)| {
            let value = match (with.get_mut().remove(parameter.as_str()), &definition.value) {
                (Some(given), _) if unfolder.decoder.is_broken(&given.span()) => Meaning::Unknown,
                (Some(given), _) => {
                    let texts = unfolder.decoder.expanded.texts.borrow();
                    let text = texts.get(&given.span()).cloned();
                    Meaning::Value(given.into_inner(), text)
                }
                (None, _) if definition.broken => Meaning::Unknown,
                (None, Some(value)) => {
                    unfolder.expander.meaning_of(value.clone(), unfolder.variables)
                }
                (None, None) => {
                    let message = format!("sequence {} needs {}", quote(name), quote(parameter));
                    let diagnostic = Diagnostic::error(message)
                        .at(at.clone(), format!("{} is missing", quote(parameter)))
                        .also(definition.span.clone(), "asked for here")
                        .help(format!("write with = {{ {parameter} = … }}"));
                    report.add(diagnostic);
                    Meaning::Unknown
                }
            };
            (parameter.clone(), value)
        });
        let values = values.collect();
        let names = || self.parameters.keys().map(String::as_str);
        for (extra, _) in with.into_inner() {
            let label = match nearest(extra.get_ref(), names()) {
                Some(meant) => format!("did you mean {}?", quote(meant)),
                None => "not one of its parameters".to_owned(),
            };
            let message = format!("sequence {} takes no {}", quote(name), quote(extra.get_ref()));
            let help = if self.parameters.is_empty() {
                "it has no parameters; they are defined in its `params`".to_owned()
            } else {
                format!("it takes {}", list(names()))
            };
            report.add(Diagnostic::error(message).at(extra.span(), label).help(help));
        }
        values
    }
}
