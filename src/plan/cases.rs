//! `[[case]]`: from its table to the cases that an engine runs, one for each combination of its matrix.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::decode::{Decoder, Target};
use super::defined::{Known, Names};
use super::diagnostic::Diagnostic;
use super::document::{CaseTable, Defaults, Keep, Threshold};
use super::matrix::{Combination, Matrix};
use super::model::{Case, Step};
use super::shape::{Shape, schema_of};
use super::unfold::{Unfolder, measures};
use super::variables::Local;
use super::visible::quote;
use super::word::{ITERATION, Times};
use crate::plan::Soak;

/// How many combinations of one case may be wrong before the rest is left alone.
const MOST_WRONG: usize = 20;

/// Reads cases.
pub(super) struct Cases<'c, 's> {
    pub unfolder: Unfolder<'c, 's>,
    pub defaults: &'c Defaults,
    /// What cases keep where neither they nor the defaults say it.
    pub keep: Keep,
    /// Where the plan has its `[soak]`, if it has one.
    soak: Option<Range<usize>>,
    schema: Value,
    threshold_schema: Value,
    /// The ids that each case of the plan comes to, by the id in its table, and how far it is.
    done: BTreeMap<String, Vec<String>>,
}

/// The ids of all cases, before anything else of them is read, so that cases can name each other. Tells
/// ids that stand twice.
pub(super) fn ids(cases: &[Spanned<DeTable<'_>>], decoder: Decoder<'_>) -> Names {
    let mut ids = Names::default();
    for case in cases {
        let Some(id) = case.get_ref().get("id") else { continue };
        let Some(text) = id.get_ref().as_str() else { continue };
        if text.contains("${") {
            let diagnostic =
                Diagnostic::error("an id holds no variables: it stays the same from run to run")
                    .at(id.span(), "")
                    .help("with a `matrix`, each case has the values in its id by itself");
            decoder.report.add(diagnostic);
            decoder.expanded.broken.borrow_mut().insert(id.span());
        } else if let Some(first) = ids.define(text, id.span()) {
            let diagnostic = Diagnostic::error(format!("two cases have the id {}", quote(text)))
                .at(id.span(), "used again")
                .also(first, "used first")
                .help("give each case an id of its own");
            decoder.report.add(diagnostic);
        }
    }
    ids
}

/// The lists of steps of a case.
struct Phases {
    setup: Vec<Step>,
    steps: Vec<Step>,
    teardown: Vec<Step>,
}

impl<'c, 's> Cases<'c, 's> {
    pub fn new(
        unfolder: Unfolder<'c, 's>,
        defaults: &'c Defaults,
        keep: Keep,
        soak: Option<Range<usize>>,
    ) -> Self {
        Self {
            unfolder,
            defaults,
            keep,
            soak,
            schema: schema_of::<CaseTable>(),
            threshold_schema: schema_of::<Threshold>(),
            done: BTreeMap::new(),
        }
    }

    /// The cases of one `[[case]]`.
    pub fn read(&mut self, mut table: Spanned<DeTable<'s>>) -> Vec<Case> {
        let expander = self.unfolder.expander;
        let report = self.unfolder.decoder.report;
        let id = table.get_mut().remove_entry("id");
        let matrix = table.get_mut().remove("matrix");
        let matrix = matrix.map(|matrix| expander.value(matrix, self.unfolder.variables));
        let matrix = Matrix::read(matrix, self.unfolder.decoder);
        let mut cases: Vec<Case> = Vec::new();
        let mut wrong = 0;
        let mut base = None;
        for combination in matrix.combinations() {
            let before = report.errors();
            let scope = Local { values: &combination.values, outer: self.unfolder.variables };
            let mut written = expander.table(table.clone(), &scope);
            if let Some((key, id)) = &id {
                written.get_mut().insert(key.clone(), id.clone());
            }
            if let Some((id, case)) = self.one(written, &combination, base.as_deref()) {
                base = Some(id);
                cases.push(case);
            }
            wrong += usize::from(report.errors() > before);
            if wrong > MOST_WRONG || self.unfolder.is_over() {
                break;
            }
        }
        self.check_ids(&cases, &table);
        if let Some(id) = base {
            let ids = cases.iter().map(|case| case.id.clone()).collect();
            self.done.insert(id, ids);
        }
        cases
    }

    /// Values that differ can come to the same word in an id.
    fn check_ids(&self, cases: &[Case], table: &Spanned<DeTable<'_>>) {
        let mut seen = BTreeMap::new();
        for case in cases {
            if seen.insert(case.id.as_str(), ()).is_some() {
                let message = format!("two combinations of the matrix are {}", quote(&case.id));
                let diagnostic = Diagnostic::error(message)
                    .at(table.span(), "in this case")
                    .help("give values that differ in their first 40 letters and digits");
                self.unfolder.decoder.report.add(diagnostic);
                return;
            }
        }
    }

    /// The case of one combination, with its id as the plan has it.
    fn one(
        &self,
        mut table: Spanned<DeTable<'s>>,
        combination: &Combination<'s>,
        base: Option<&str>,
    ) -> Option<(String, Case)> {
        let span = table.span();
        let mut phase = |key: &str| match table.get_mut().get_mut(key) {
            Some(value) => self.unfolder.steps(hollow(value), key, &mut Vec::new()),
            None => Vec::new(),
        };
        let phases =
            Phases { setup: phase("setup"), steps: phase("steps"), teardown: phase("teardown") };
        let threshold = table.get_mut().get_mut("threshold").map(hollow);
        let thresholds = threshold.map(|value| self.thresholds(value, &phases)).unwrap_or_default();
        let target = Target { what: "a case", shape: Shape(&self.schema), also: &[] };
        if base.is_none() {
            self.check_requires(&table);
            self.check_soak(&table);
        }
        let case = self.unfolder.decoder.decode::<CaseTable>(target, table)?;
        let id = String::from(case.id.clone());
        let place = self.unfolder.expander.sources.place(&span);
        let case = self.case(case, phases, thresholds, place, &combination.suffix);
        Some((id, case))
    }

    fn case(
        &self,
        table: CaseTable,
        phases: Phases,
        thresholds: Vec<Threshold>,
        place: crate::event::Place,
        suffix: &str,
    ) -> Case {
        let id = String::from(table.id);
        let defaults = self.defaults;
        let mut requires = table.requires;
        let all = |id: String| self.done.get(&id).cloned().unwrap_or_else(|| vec![id]);
        requires.cases = requires.cases.into_iter().flat_map(all).collect();
        Case {
            title: table.title.unwrap_or_else(|| id.clone()),
            id: id + suffix,
            tags: table.tags.into_iter().map(String::from).collect(),
            maps_to: table.maps_to.into_iter().map(String::from).collect(),
            requires,
            retries: table.retries.or(defaults.retries).unwrap_or_default(),
            timeout: table.timeout.or(defaults.case_timeout).map(Duration::from),
            soak: Soak {
                repeat: table.repeat.map(Times::get),
                lasting: table.lasting.map(Duration::from),
                until: table.until,
                until_fail: table.until_fail,
            },
            keep: table.keep.or(defaults.keep).unwrap_or(self.keep),
            setup: phases.setup,
            steps: phases.steps,
            teardown: phases.teardown,
            thresholds,
            place,
        }
    }

    fn thresholds(&self, value: Spanned<DeValue<'s>>, phases: &Phases) -> Vec<Threshold> {
        let mut found = BTreeMap::new();
        for steps in [&phases.setup, &phases.steps, &phases.teardown] {
            measures(steps, &mut found);
        }
        found.insert(ITERATION.to_owned(), ());
        let mut known = Known::default();
        for name in found.keys() {
            known.measures.define(name, value.span());
        }
        let decoder = Decoder { known: &known, ..self.unfolder.decoder };
        let tables = decoder.as_tables("threshold", "[[case.threshold]]", value);
        let target =
            Target { what: "a threshold", shape: Shape(&self.threshold_schema), also: &[] };
        tables.into_iter().filter_map(|table| self.threshold(decoder, target, table)).collect()
    }

    fn threshold(
        &self,
        decoder: Decoder<'_>,
        target: Target<'_>,
        table: Spanned<DeTable<'s>>,
    ) -> Option<Threshold> {
        let span = table.span();
        if table.get_ref().keys().all(|key| key.get_ref() == "of") && !table.get_ref().is_empty() {
            let diagnostic = Diagnostic::error("a threshold asks for nothing")
                .at(span, "no statistic is given")
                .help("add for example p95 = \"<= 1500ms\" or success-rate = \">= 99.5%\"");
            decoder.report.add(diagnostic);
        }
        decoder.decode::<Threshold>(target, table)
    }

    /// A plan that soaks as a whole has no cases that soak by themselves.
    fn check_soak(&self, table: &Spanned<DeTable<'_>>) {
        let Some(of_plan) = &self.soak else { return };
        for key in super::soak::KEYS {
            let Some((key, _)) = table.get_ref().get_key_value(key) else { continue };
            let message =
                format!("{} stands in a case of a plan with [soak]", quote(key.get_ref()));
            let diagnostic = Diagnostic::error(message)
                .at(key.span(), "for this case only")
                .also(of_plan.clone(), "for all cases in turn")
                .help("take one of them out: [soak] runs the cases in rounds, one iteration of each in turn");
            self.unfolder.decoder.report.add(diagnostic);
        }
    }

    /// A case can only need cases that run before it.
    fn check_requires(&self, table: &Spanned<DeTable<'_>>) {
        let id = table.get_ref().get("id").and_then(|id| id.get_ref().as_str()).unwrap_or_default();
        let requires = table.get_ref().get("requires");
        let cases = requires.and_then(|value| value.get_ref().get("cases")).map(Spanned::get_ref);
        for needed in cases.and_then(DeValue::as_array).into_iter().flat_map(|array| array.iter()) {
            let Some(name) = needed.get_ref().as_str() else { continue };
            let known = self.unfolder.decoder.known.cases.iter().any(|case| case == name);
            if !known || self.done.contains_key(name) {
                continue;
            }
            let message = match name == id {
                true => format!("{} requires itself", quote(id)),
                false => format!("{} requires {}, which runs after it", quote(id), quote(name)),
            };
            let diagnostic = Diagnostic::error(message)
                .at(needed.span(), "")
                .help("cases run in the order of the plan; put the one that is needed first");
            self.unfolder.decoder.report.add(diagnostic);
        }
    }
}

/// Takes a list out of its table and leaves an empty one, so that the table still has the key.
fn hollow<'s>(value: &mut Spanned<DeValue<'s>>) -> Spanned<DeValue<'s>> {
    let empty = DeValue::Array(Vec::new().into_iter().collect());
    let span = value.span();
    std::mem::replace(value, Spanned::new(span, empty))
}
