//! `[vars]` and the parameters of sequences, as the plan and the world outside define them.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::decode::{Decoder, Target};
use super::diagnostic::Diagnostic;
use super::document::VarTable;
use super::shape::{Shape, schema_of};
use super::suggest::nearest;
use super::variables::{Definition, Overrides, PREFIX, from_outside};
use super::visible::quote;
use super::word::{NAME_ADVICE, is_name};

/// Definitions by name, and the names of those that are secret.
#[derive(Debug, Default)]
pub(super) struct Definitions<'s> {
    pub all: BTreeMap<String, Definition<'s>>,
    pub secret: Vec<String>,
}

/// Reads `[vars]`.
pub(super) fn variables<'s>(
    table: Spanned<DeTable<'s>>,
    overrides: &'s Overrides,
    decoder: Decoder<'_>,
) -> Definitions<'s> {
    let reader = Reader { decoder, overrides: Some(overrides), schema: schema_of::<VarTable>() };
    let definitions = reader.all(table);
    reader.check_overrides(overrides, &definitions);
    definitions
}

/// Reads the parameters of a sequence: nothing from outside sets them.
pub(super) fn parameters<'s>(
    table: Spanned<DeTable<'s>>,
    decoder: Decoder<'_>,
) -> BTreeMap<String, Definition<'s>> {
    let reader = Reader { decoder, overrides: None, schema: schema_of::<VarTable>() };
    reader.all(table).all
}

struct Reader<'c, 's> {
    decoder: Decoder<'c>,
    overrides: Option<&'s Overrides>,
    schema: serde_json::Value,
}

impl Definitions<'_> {
    /// What was given from outside and is no secret, by name.
    pub fn given(&self) -> Vec<(String, String)> {
        let open = self.all.iter().filter(|(name, _)| !self.secret.contains(name));
        let given = open.filter(|(_, definition)| definition.outside.is_some());
        let value = |definition: &Definition<'_>| {
            definition.value.as_ref().map(|value| super::hash::written(value.get_ref()))
        };
        given.filter_map(|(name, definition)| Some((name.clone(), value(definition)?))).collect()
    }
}

impl<'s> Reader<'_, 's> {
    fn all(&self, table: Spanned<DeTable<'s>>) -> Definitions<'s> {
        let mut definitions = Definitions::default();
        for (name, value) in table.into_inner() {
            if !is_name(name.get_ref()) {
                let message = format!("{} cannot name a variable", quote(name.get_ref()));
                let diagnostic = Diagnostic::error(message).at(name.span(), "").help(NAME_ADVICE);
                self.decoder.report.add(diagnostic);
            }
            let (definition, secret) = self.one(&name, value);
            let name = name.into_inner().into_owned();
            definitions.secret.extend(secret.then(|| name.clone()));
            definitions.all.insert(name, definition);
        }
        definitions
    }

    fn one(
        &self,
        name: &Spanned<DeString<'s>>,
        value: Spanned<DeValue<'s>>,
    ) -> (Definition<'s>, bool) {
        let span = name.span();
        let whole = value.span();
        let (mut said, value) = match value.into_inner() {
            DeValue::Table(table) => self.table(name, Spanned::new(whole.clone(), table)),
            other => (Some(VarTable::default()), Some(Spanned::new(whole.clone(), other))),
        };
        let good = value.as_ref().is_none_or(|value| self.check_value(name, value));
        let broken = said.is_none() || !good;
        let said = said.take().unwrap_or_default();
        let definition = Definition { span, value, outside: None, broken };
        match self.overrides {
            Some(overrides) => (self.overridden(name, definition, &said, overrides), said.secret),
            None => (definition, false),
        }
    }

    /// A variable that says more than its value. Without what it says: it could not be read.
    fn table(
        &self,
        name: &Spanned<DeString<'s>>,
        mut table: Spanned<DeTable<'s>>,
    ) -> (Option<VarTable>, Option<Spanned<DeValue<'s>>>) {
        let whole = table.span();
        let value = table.get_mut().remove("value");
        let what = format!("the variable {}", quote(name.get_ref()));
        let target = Target { what: &what, shape: Shape(&self.schema), also: &[] };
        let said = self.decoder.decode::<VarTable>(target, table);
        let Some(said) = said else { return (None, value) };
        let report = |message: &str, help: &str| {
            let diagnostic = Diagnostic::error(message).at(whole.clone(), "").help(help);
            self.decoder.report.add(diagnostic);
        };
        if said.required && value.is_some() {
            report("a variable with a value is never missing", "take `required` or `value` out");
        } else if !said.required && said.env.is_none() && value.is_none() {
            report(
                &format!("{what} has no value"),
                "write `value = …`, `env = \"NAME\"` or `required = true`",
            );
            return (None, None);
        }
        if self.overrides.is_none() && (said.env.is_some() || said.secret) {
            report(
                "a parameter has no `env` and is not `secret`",
                "make a variable in [vars] and give it to the sequence in `with`",
            );
        }
        (Some(said), value)
    }

    fn check_value(&self, name: &Spanned<DeString<'s>>, value: &Spanned<DeValue<'s>>) -> bool {
        let nested = |value: &DeValue<'_>| value.is_array() || value.is_table();
        let bad = match value.get_ref() {
            DeValue::Table(_) => Some(value),
            DeValue::Array(array) => array.iter().find(|inner| nested(inner.get_ref())),
            _ => None,
        };
        if let Some(bad) = bad {
            let message = format!(
                "{} must be text, a number, `true` or `false`, or a list of these",
                quote(name.get_ref())
            );
            self.decoder.report.add(Diagnostic::error(message).at(bad.span(), "this is more"));
        }
        bad.is_none()
    }

    /// The definition with what sets it from outside; an error where nothing sets it at all.
    fn overridden(
        &self,
        name: &Spanned<DeString<'s>>,
        mut definition: Definition<'s>,
        said: &VarTable,
        overrides: &'s Overrides,
    ) -> Definition<'s> {
        let from_env = || {
            let key = said.env.as_ref()?;
            Some((
                format!("the environment variable {key}"),
                overrides.environment.get(key)?.as_str(),
            ))
        };
        let Some((setter, text)) = overrides.of(name.get_ref()).or_else(from_env) else {
            if definition.value.is_none() && !definition.broken {
                self.decoder.report.add(not_set(name, said));
                definition.broken = true;
            }
            return definition;
        };
        let like = definition.value.as_ref();
        // What is itself made of variables is of no type yet.
        let like =
            like.filter(|value| value.get_ref().as_str().is_none_or(|text| !text.contains("${")));
        let like = like.map(Spanned::get_ref);
        match from_outside(text, like) {
            Ok(value) => {
                definition.outside = Some(like.is_none().then(|| text.to_owned()));
                definition.value = Some(Spanned::new(name.span(), value));
                definition.broken = false;
            }
            Err(wanted) => {
                let what = if said.secret { "its value".to_owned() } else { quote(text) };
                let message = format!("{setter}: {what} is not {wanted}");
                let label = format!("{} is {wanted} here", quote(name.get_ref()));
                self.decoder.report.add(Diagnostic::error(message).at(name.span(), label));
                definition.broken = true;
            }
        }
        definition
    }

    /// What is set from outside must be there.
    fn check_overrides(&self, overrides: &Overrides, definitions: &Definitions<'_>) {
        let names = || definitions.all.keys().map(String::as_str);
        for (name, _) in &overrides.set {
            if definitions.all.contains_key(name) {
                continue;
            }
            let help = match nearest(name, names()) {
                Some(meant) => format!("did you mean `--set {meant}=…`?"),
                None if definitions.all.is_empty() => "the plan has no [vars]".to_owned(),
                None => format!("the plan's variables are {}", super::suggest::list(names())),
            };
            let message = format!("--set {name}: the plan has no variable {}", quote(name));
            self.decoder.report.add(Diagnostic::error(message).help(help));
        }
        for key in overrides.environment.keys() {
            let Some(name) = key.strip_prefix(PREFIX) else { continue };
            let same = |other: &str| other == name || other.replace('-', "_") == name;
            if !names().any(same) {
                let message = format!("{key} is set, but the plan has no variable {}", quote(name));
                let warning = Diagnostic::warning(message);
                self.decoder.report.add(match nearest(name, names()) {
                    Some(meant) => warning.help(format!("did you mean {PREFIX}{meant}?")),
                    None => warning,
                });
            }
        }
    }
}

fn not_set(name: &Spanned<DeString<'_>>, said: &VarTable) -> Diagnostic {
    let name_text = name.get_ref();
    let label = said.help.clone().unwrap_or_else(|| "needs a value from outside".to_owned());
    let env =
        said.env.clone().unwrap_or_else(|| format!("{PREFIX}{}", name_text.replace('-', "_")));
    Diagnostic::error(format!("the variable {} is not set", quote(name_text)))
        .at(name.span(), label)
        .help(format!("write `--set {name_text}=…`, or set the environment variable {env}"))
}
