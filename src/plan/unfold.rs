//! From the steps as a plan writes them to steps that an engine runs: verbs looked up in the registry,
//! sequences written out, loops kept as loops.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::chain::{self, Chain, DEEPEST_STEPS};
use super::control::{CONTROLS, Common, PARALLEL, Parallel, REPEAT, Repeat, SEQUENCE, SPAN, Span};
use super::decode::{Decoder, Target};
use super::diagnostic::Diagnostic;
use super::expand::{Expander, Scope};
use super::model::{Step, What};
use super::sequence::Sequences;
use super::shape::{Shape, schema_by, schema_of};
use super::suggest::{list, nearest};
use super::visible::quote;
use crate::steps::{VERBS, Verb};

/// How many steps a plan may come to when its matrices and sequences are written out.
const MOST_STEPS: usize = 100_000;

/// How many branches can run at the same time.
const MOST_BRANCHES: usize = 8;

/// The schemas that steps are read by, each made once.
#[derive(Debug, Default)]
pub(super) struct Schemas(RefCell<HashMap<&'static str, Rc<Value>>>);

impl Schemas {
    fn get(&self, name: &'static str, make: impl FnOnce() -> Value) -> Rc<Value> {
        Rc::clone(self.0.borrow_mut().entry(name).or_insert_with(|| Rc::new(make())))
    }
}

/// What unfolding needs to know.
#[derive(Clone, Copy)]
pub(super) struct Unfolder<'c, 's> {
    pub decoder: Decoder<'c>,
    pub expander: Expander<'c, 's>,
    pub sequences: &'c Sequences<'s>,
    /// The variables of the plan, which sequences see beside their parameters.
    pub variables: &'c dyn Scope<'s>,
    pub schemas: &'c Schemas,
    pub count: &'c Cell<usize>,
    /// Time limit of a step that says nothing about time.
    pub step_timeout: Option<Duration>,
}

/// How deep the step at hand stands, and in which sequences.
pub(super) type Depth = Chain;

/// What any step can say is divided from what is its own.
struct Divided<'s> {
    common: Spanned<DeTable<'s>>,
    own: Spanned<DeTable<'s>>,
}

impl<'s> Unfolder<'_, 's> {
    /// The steps of a list; variables in it are written out already.
    pub fn steps(self, value: Spanned<DeValue<'s>>, key: &str, depth: &mut Depth) -> Vec<Step> {
        let span = value.span();
        if self.decoder.is_broken(&span) {
            return Vec::new();
        }
        let DeValue::Array(array) = value.into_inner() else {
            let message = format!("{} must be a list of steps", quote(key));
            let help = format!("write {key} = [ {{ do = \"…\" }}, … ]");
            self.decoder.report.add(Diagnostic::error(message).at(span, "").help(help));
            return Vec::new();
        };
        if array.is_empty() {
            let message = format!("{} is empty", quote(key));
            let help = format!("put a step in, such as {}", example());
            self.decoder.report.add(Diagnostic::error(message).at(span, "no step").help(help));
        }
        let mut steps = Vec::new();
        for value in array {
            if self.is_over() || !self.count_one(&value.span()) {
                break;
            }
            steps.extend(self.step(value, depth));
        }
        steps
    }

    /// Whether a limit was reached, which was reported: what is left of the plan need not be read.
    pub fn is_over(self) -> bool {
        let full = self.decoder.report.is_full() || self.expander.fuel.is_empty();
        full || self.count.get() > MOST_STEPS
    }

    /// Counts a step; whether the plan may still have it.
    fn count_one(self, span: &Range<usize>) -> bool {
        self.count.set(self.count.get() + 1);
        if self.count.get() == MOST_STEPS + 1 {
            let diagnostic = Diagnostic::error("the plan comes to more than 100,000 steps")
                .at(span.clone(), "up to here, with matrices and sequences written out")
                .help("use `repeat`, which is not written out, or fewer combinations");
            self.decoder.report.add(diagnostic);
        }
        self.count.get() <= MOST_STEPS
    }

    fn step(self, value: Spanned<DeValue<'s>>, depth: &mut Depth) -> Vec<Step> {
        let span = value.span();
        if self.decoder.is_broken(&span) {
            return Vec::new();
        }
        let DeValue::Table(mut table) = value.into_inner() else {
            let help = format!("write {}", example());
            let diagnostic = Diagnostic::error("a step is a table").at(span, "this is none");
            self.decoder.report.add(diagnostic.help(help));
            return Vec::new();
        };
        let Some(verb) = self.verb(&mut table, &span) else { return Vec::new() };
        let table = Spanned::new(span, table);
        match verb.get_ref().as_str() {
            REPEAT => self.repeat(table, depth).into_iter().collect(),
            SEQUENCE => self.sequence(table, &verb.span(), depth),
            SPAN => self.span(table, depth).into_iter().collect(),
            PARALLEL => self.parallel(table, depth).into_iter().collect(),
            word => match VERBS.iter().find(|verb| verb.name == word) {
                Some(verb) => self.action(verb, table).into_iter().collect(),
                None => {
                    self.decoder.report.add(unknown_verb(word, verb.span()));
                    Vec::new()
                }
            },
        }
    }

    /// The word after `do`.
    fn verb(self, table: &mut DeTable<'s>, span: &Range<usize>) -> Option<Spanned<String>> {
        let Some(value) = table.remove("do") else {
            let named = table.keys().find(|key| is_verb(key.get_ref()));
            let help = match named {
                Some(key) => format!("write {{ do = \"{}\", … }}", key.get_ref()),
                None => format!("write for example {}", example()),
            };
            let diagnostic = Diagnostic::error("a step needs `do`").at(span.clone(), "does what?");
            self.decoder.report.add(diagnostic.help(help));
            return None;
        };
        let at = value.span();
        if self.decoder.is_broken(&at) {
            return None;
        }
        match value.get_ref().as_str() {
            Some(word) => Some(Spanned::new(at, word.to_owned())),
            None => {
                let diagnostic = Diagnostic::error("`do` must be the name of a step")
                    .at(at, "")
                    .help(format!("write for example {}", example()));
                self.decoder.report.add(diagnostic);
                None
            }
        }
    }

    fn action(self, verb: &'static Verb, table: Spanned<DeTable<'s>>) -> Option<Step> {
        let place = self.expander.sources.place(&table.span());
        let schema = self.schemas.get(verb.name, || schema_by(verb.schema));
        let common_schema = self.common_schema();
        let own_time =
            ["within", "for", "command"].iter().any(|key| table.get_ref().contains_key(*key));
        let divided = divide(table, Shape(&common_schema));
        let common = self.common(divided.common, &common_schema);
        let what = format!("step `{}`", verb.name);
        let also = keys(Shape(&common_schema));
        let target = Target { what: &what, shape: Shape(&schema), also: &also };
        let devices = named_devices(divided.own.get_ref());
        let action = self.decoder.decode_by(target, divided.own, verb.decode)?;
        let common = common?;
        let limit = common.timeout.map(Duration::from);
        let limit = limit.or(if own_time { None } else { self.step_timeout });
        Some(Step { timeout: limit, devices, ..step(verb.name, common, place, What::Do(action)) })
    }

    fn repeat(self, mut table: Spanned<DeTable<'s>>, depth: &mut Depth) -> Option<Step> {
        let span = table.span();
        let steps = self.inner_steps(&mut table, depth);
        let schema = self.schemas.get(REPEAT, schema_of::<Repeat>);
        let common_schema = self.common_schema();
        let divided = divide(table, Shape(&common_schema));
        let common = self.common(divided.common, &common_schema);
        let also = keys(Shape(&common_schema));
        let target = Target { what: "step `repeat`", shape: Shape(&schema), also: &also };
        let repeat = self.decoder.decode::<Repeat>(target, divided.own)?;
        let place = self.expander.sources.place(&span);
        let what = What::Repeat { times: repeat.times.get(), steps };
        Some(step(REPEAT, common?, place, what))
    }

    fn span(self, mut table: Spanned<DeTable<'s>>, depth: &mut Depth) -> Option<Step> {
        let at = table.span();
        let steps = self.inner_steps(&mut table, depth);
        let schema = self.schemas.get(SPAN, schema_of::<Span>);
        let target = Target { what: "step `span`", shape: Shape(&schema), also: &[] };
        let span = self.decoder.decode::<Span>(target, table)?;
        let common = Common { measure: Some(span.measure), ..Common::default() };
        Some(step(SPAN, common, self.expander.sources.place(&at), What::Span(steps)))
    }

    fn parallel(self, mut table: Spanned<DeTable<'s>>, depth: &mut Depth) -> Option<Step> {
        let at = table.span();
        let branches = self.branches(&mut table, depth);
        let schema = self.schemas.get(PARALLEL, schema_of::<Parallel>);
        let target = Target { what: "step `parallel`", shape: Shape(&schema), also: &[] };
        let parallel = self.decoder.decode::<Parallel>(target, table)?;
        let common = Common { measure: parallel.measure, ..Common::default() };
        Some(step(PARALLEL, common, self.expander.sources.place(&at), What::Parallel(branches?)))
    }

    /// Takes the branches out of a step, each a list of steps.
    fn branches(
        self,
        table: &mut Spanned<DeTable<'s>>,
        depth: &mut Depth,
    ) -> Option<Vec<Vec<Step>>> {
        let span = table.span();
        let value = taken(table.get_mut().get_mut("branches")?);
        let at = value.span();
        if self.decoder.is_broken(&at) {
            return None;
        }
        let branches = match value.into_inner() {
            DeValue::Array(branches) if (2..=MOST_BRANCHES).contains(&branches.len()) => branches,
            _ => {
                let message =
                    format!("`branches` must be a list of 2 to {MOST_BRANCHES} lists of steps");
                let help = "write branches = [[{ do = \"…\" }], [{ do = \"…\" }]]";
                self.decoder.report.add(Diagnostic::error(message).at(at, "").help(help));
                return None;
            }
        };
        let of = |branch| self.deeper(branch, &span, "branches", depth);
        Some(branches.into_iter().map(of).collect())
    }

    /// Takes the steps out of a step; an empty list stays in their place.
    fn inner_steps(self, table: &mut Spanned<DeTable<'s>>, depth: &mut Depth) -> Vec<Step> {
        let span = table.span();
        let Some(value) = table.get_mut().get_mut("steps") else { return Vec::new() };
        let value = taken(value);
        self.deeper(value, &span, "steps", depth)
    }

    /// Steps within a step, which stands at `span`.
    fn deeper(
        self,
        value: Spanned<DeValue<'s>>,
        span: &Range<usize>,
        key: &str,
        depth: &mut Depth,
    ) -> Vec<Step> {
        if depth.len() >= DEEPEST_STEPS {
            chain::too_deep("steps stand", DEEPEST_STEPS, span, depth, self.decoder.report);
            return Vec::new();
        }
        // No sequence has such a name.
        depth.push(("(steps)".to_owned(), span.clone()));
        let steps = self.steps(value, key, depth);
        depth.pop();
        steps
    }

    /// The steps of a sequence stand in the place of its call; as one, where they are one measure.
    fn sequence(
        self,
        table: Spanned<DeTable<'s>>,
        verb: &Range<usize>,
        depth: &mut Depth,
    ) -> Vec<Step> {
        let span = table.span();
        let schema = self.schemas.get(SEQUENCE, schema_of::<super::control::Sequence>);
        let Some(call) = self.sequences.call(table, Shape(&schema), self) else {
            return Vec::new();
        };
        let name = call.name;
        if depth.iter().any(|(other, _)| *other == name) {
            chain::in_circles("the sequence", &name, verb, depth, self.decoder.report);
            return Vec::new();
        }
        if depth.len() >= DEEPEST_STEPS {
            chain::too_deep("steps stand", DEEPEST_STEPS, verb, depth, self.decoder.report);
            return Vec::new();
        }
        let place = self.expander.sources.place(&span);
        let before = self.decoder.report.called_from(Some(span));
        depth.push((name, verb.clone()));
        let steps = self.steps(call.steps, "steps", depth);
        depth.pop();
        self.decoder.report.called_from(before);
        match call.measure {
            None => steps,
            measure => {
                let common = Common { measure, ..Common::default() };
                vec![step(SEQUENCE, common, place, What::Span(steps))]
            }
        }
    }

    fn common_schema(self) -> Rc<Value> {
        self.schemas.get("any step", schema_of::<Common>)
    }

    fn common(self, table: Spanned<DeTable<'s>>, schema: &Value) -> Option<Common> {
        let target = Target { what: "a step", shape: Shape(schema), also: &[] };
        self.decoder.decode::<Common>(target, table)
    }
}

fn step(verb: &'static str, common: Common, place: crate::event::Place, what: What) -> Step {
    Step {
        verb,
        timeout: common.timeout.map(Duration::from),
        measure: common.measure.map(String::from),
        expect_error: common.expect_error,
        devices: Vec::new(),
        place,
        what,
    }
}

/// The devices that a step names.
fn named_devices(own: &DeTable<'_>) -> Vec<String> {
    let names = ["device", "devices", "absent"].iter().filter_map(|key| own.get(*key));
    let texts = names.flat_map(|value| match value.get_ref() {
        DeValue::Array(names) => names.iter().filter_map(|name| name.get_ref().as_str()).collect(),
        name => name.as_str().into_iter().collect::<Vec<_>>(),
    });
    texts.map(str::to_owned).collect()
}

/// A value out of a table; an empty list stays in its place.
fn taken<'s>(value: &mut Spanned<DeValue<'s>>) -> Spanned<DeValue<'s>> {
    let none = Spanned::new(value.span(), DeValue::Array(Vec::new().into_iter().collect()));
    std::mem::replace(value, none)
}

fn divide<'s>(table: Spanned<DeTable<'s>>, common: Shape<'_>) -> Divided<'s> {
    let span = table.span();
    let (mut any, mut own) = (DeTable::new(), DeTable::new());
    for (key, value) in table.into_inner() {
        let is_common = common.property(key.get_ref()).is_some();
        if is_common {
            any.insert(key, value)
        } else {
            own.insert(key, value)
        };
    }
    Divided { common: Spanned::new(span.clone(), any), own: Spanned::new(span, own) }
}

fn keys(shape: Shape<'_>) -> Vec<&str> {
    shape.properties().into_iter().flatten().map(|(key, _)| key).collect()
}

/// Every word that can stand after `do`.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    VERBS.iter().map(|verb| verb.name).chain(CONTROLS.iter().map(|control| control.name))
}

fn is_verb(word: &str) -> bool {
    words().any(|verb| verb == word)
}

fn unknown_verb(word: &str, span: Range<usize>) -> Diagnostic {
    let label = match nearest(word, words()) {
        Some(meant) => format!("did you mean {}?", quote(meant)),
        None => "not known".to_owned(),
    };
    Diagnostic::error(format!("there is no step {}", quote(word)))
        .at(span, label)
        .help(format!("the steps are {}; `bttest steps` tells more", list(words())))
}

/// A step to show to somebody who has none.
fn example() -> &'static str {
    "{ do = \"connect\", device = \"headset\" }"
}

/// The measures that steps take, with those in loops.
pub(super) fn measures(steps: &[Step], names: &mut BTreeMap<String, ()>) {
    for step in steps {
        names.extend(step.measure.clone().map(|name| (name, ())));
        step.what.inner().iter().for_each(|steps| measures(steps, names));
    }
}
