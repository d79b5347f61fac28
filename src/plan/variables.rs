//! The variables of a plan: what sets them, in which order, and what they come to.
//!
//! `--set name=value` weighs more than the environment variable `BTTEST_VAR_name`, and that more than
//! the plan. A value from outside is taken as it is: `${…}` in it means nothing.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::expand::{Expander, Meaning, Scope, as_text};
use super::suggest::MOST;

/// What sets variables from outside the plan.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--set name=value`, in the order they were given; of one name the last one counts.
    pub set: Vec<(String, String)>,
    /// The environment: `BTTEST_VAR_name`, and what `env = "NAME"` in the plan asks for.
    pub environment: BTreeMap<String, String>,
}

/// How the environment variable of a variable begins.
pub(super) const PREFIX: &str = "BTTEST_VAR_";

impl Overrides {
    /// Takes in the program's environment; what is not UTF-8 is left out.
    #[must_use]
    pub fn with_environment(mut self) -> Self {
        let all = std::env::vars_os();
        let text = all
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)));
        self.environment.extend(text);
        self
    }

    /// Takes in one `--set name=value`.
    ///
    /// # Errors
    /// A sentence on what to write.
    pub fn set(&mut self, argument: &str) -> Result<(), String> {
        match argument.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                self.set.push((name.trim().to_owned(), value.to_owned()));
                Ok(())
            }
            _ => Err(format!(
                "{} sets nothing; write name=value, for example \"cycles=10\"",
                super::visible::visible(&super::visible::quote(argument))
            )),
        }
    }

    /// What sets a variable, and what it is set to.
    pub(super) fn of(&self, name: &str) -> Option<(String, &str)> {
        if let Some((_, value)) = self.set.iter().rev().find(|(set, _)| set == name) {
            return Some((format!("--set {name}"), value));
        }
        let exact = format!("{PREFIX}{name}");
        // A shell cannot set a variable with a dash in its name.
        [exact.replace('-', "_"), exact]
            .into_iter()
            .find_map(|key| Some((key.clone(), self.environment.get(&key)?.as_str())))
    }
}

/// A variable, or a parameter of a sequence, as it is defined.
#[derive(Debug, Clone)]
pub(super) struct Definition<'s> {
    /// The place of its name.
    pub span: Range<usize>,
    /// Its value before variables in it are written out; none: it has none.
    pub value: Option<Spanned<DeValue<'s>>>,
    /// The value is from outside and to be taken as it is; with its text, if the plan gives no type.
    pub outside: Option<Option<String>>,
    /// The value could not be read, which was reported.
    pub broken: bool,
}

/// The variables of a plan with their values.
#[derive(Debug, Default)]
pub(super) struct Variables<'s> {
    all: BTreeMap<String, Variable<'s>>,
}

#[derive(Debug)]
struct Variable<'s> {
    span: Range<usize>,
    value: Meaning<'s>,
    used: Cell<bool>,
}

impl<'s> Scope<'s> for Variables<'s> {
    fn look_up(&self, name: &str) -> Option<Meaning<'s>> {
        let variable = self.all.get(name)?;
        variable.used.set(true);
        Some(variable.value.clone())
    }

    fn names(&self) -> Vec<String> {
        self.all.keys().take(MOST).cloned().collect()
    }
}

impl<'s> Variables<'s> {
    /// What some of the variables hold, as text.
    pub fn texts_of(&self, names: &[String]) -> Vec<String> {
        let mut texts = Vec::new();
        for name in names {
            let Some(Variable { value: Meaning::Value(value, untyped), .. }) = self.all.get(name)
            else {
                continue;
            };
            texts.extend(untyped.clone());
            match value {
                DeValue::Array(array) => {
                    texts.extend(array.iter().filter_map(|v| as_text(v.get_ref())))
                }
                value => texts.extend(as_text(value)),
            }
        }
        texts.retain(|text| !text.is_empty());
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        texts.dedup();
        texts
    }

    /// Every variable that nothing used, with its place.
    pub fn unused(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let unused = self.all.iter().filter(|(_, variable)| !variable.used.get());
        unused.map(|(name, variable)| (name.as_str(), variable.span.clone()))
    }

    /// Settles what each variable stands for; a variable may use others.
    pub fn settle(
        mut definitions: BTreeMap<String, Definition<'s>>,
        expander: Expander<'_, 's>,
    ) -> Self {
        let mut settled = Self::default();
        while let Some(name) = definitions.keys().next().cloned() {
            settled.settle_one(&name, &mut definitions, &mut Vec::new(), expander);
        }
        settled
    }

    fn settle_one(
        &mut self,
        name: &str,
        definitions: &mut BTreeMap<String, Definition<'s>>,
        under_way: &mut Vec<(String, Range<usize>)>,
        expander: Expander<'_, 's>,
    ) {
        let Some(definition) = definitions.remove(name) else { return };
        let span = definition.span.clone();
        let value = match definition {
            Definition { broken: true, .. } | Definition { value: None, .. } => Meaning::Unknown,
            _ if expander.report.is_full() => Meaning::Unknown,
            Definition { value: Some(value), outside: Some(untyped), .. } => {
                Meaning::Value(value.into_inner(), untyped)
            }
            Definition { value: Some(value), .. } => {
                under_way.push((name.to_owned(), span.clone()));
                let value = self.settle_value(value, definitions, under_way, expander);
                under_way.pop();
                value
            }
        };
        let used = Cell::new(false);
        self.all.insert(name.to_owned(), Variable { span, value, used });
    }

    fn settle_value(
        &mut self,
        value: Spanned<DeValue<'s>>,
        definitions: &mut BTreeMap<String, Definition<'s>>,
        under_way: &mut Vec<(String, Range<usize>)>,
        expander: Expander<'_, 's>,
    ) -> Meaning<'s> {
        let mut mentioned = Vec::new();
        super::expand::mentions(value.get_ref(), &mut mentioned);
        for name in &mentioned {
            if under_way.iter().any(|(other, _)| other == name) {
                super::chain::in_circles(
                    "the variable",
                    name,
                    &value.span(),
                    under_way,
                    expander.report,
                );
                return Meaning::Unknown;
            }
            if under_way.len() >= super::chain::DEEPEST_VARIABLES {
                let most = super::chain::DEEPEST_VARIABLES;
                let what = "variables lead to one another";
                super::chain::too_deep(what, most, &value.span(), under_way, expander.report);
                return Meaning::Unknown;
            }
            self.settle_one(name, definitions, under_way, expander);
        }
        expander.meaning_of(value, self)
    }
}

/// Parameters and the values of a matrix, before the variables of the plan.
pub(super) struct Local<'v, 's> {
    pub values: &'v BTreeMap<String, Meaning<'s>>,
    pub outer: &'v dyn Scope<'s>,
}

impl<'s> Scope<'s> for Local<'_, 's> {
    fn look_up(&self, name: &str) -> Option<Meaning<'s>> {
        self.values.get(name).cloned().or_else(|| self.outer.look_up(name))
    }

    fn names(&self) -> Vec<String> {
        self.values.keys().cloned().chain(self.outer.names()).collect()
    }
}

/// Reads a value from outside, which is text, as the type that the plan gives the variable, or the one
/// it looks like.
pub(super) fn from_outside<'s>(
    text: &'s str,
    like: Option<&DeValue<'_>>,
) -> Result<DeValue<'s>, String> {
    let plain = || DeValue::String(text.into());
    let read = DeValue::parse(text.trim()).ok().map(Spanned::into_inner);
    let Some(like) = like else {
        // Where the plan gives no type, only what is plainly a number or a truth value is one.
        return Ok(match read {
            Some(read @ (DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_))) => read,
            _ => plain(),
        });
    };
    match (like, read) {
        (DeValue::String(_), _) => Ok(plain()),
        (DeValue::Float(_), Some(read @ DeValue::Integer(_))) => Ok(read),
        (like, Some(read)) if like.same_type(&read) => Ok(read),
        (DeValue::Integer(_), _) => Err("a whole number".to_owned()),
        (DeValue::Float(_), _) => Err("a number".to_owned()),
        (DeValue::Boolean(_), _) => Err("`true` or `false`".to_owned()),
        (DeValue::Array(_), _) => Err("a list such as [\"le\", \"bredr\"]".to_owned()),
        _ => Ok(plain()),
    }
}

/// A table without anything in it.
pub(super) fn empty_table<'s>(span: Range<usize>) -> Spanned<DeTable<'s>> {
    Spanned::new(span, DeTable::new())
}
