//! From a plan file to a [`Plan`]: the order in which its parts are read.

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::cases::{Cases, ids};
use super::commanded;
use super::decode::{Decoder, Expanded, Target};
use super::defined::Known;
use super::definitions;
use super::devices;
use super::diagnostic::{Diagnostic, Diagnostics, Report};
use super::document::PlanTable;
use super::expand::{Expander, Fuel};
use super::include::Includer;
use super::recovery;
use super::secrets;
use super::sequence::{Sequences, Unused};
use super::shape::{Shape, schema_of};
use super::source::{self, Source, Sources};
use super::syntax::parse;
use super::unfold::{Schemas, Unfolder};
use super::variables::{Overrides, Variables};
use crate::plan::{Plan, Soak};

/// A plan that can run, and what is likely not meant in it.
#[derive(Debug)]
pub struct Loaded {
    pub plan: Plan,
    /// Warnings only.
    pub warnings: Diagnostics,
}

/// Reads a plan file, with the files it includes.
///
/// # Errors
/// Everything that is wrong with the plan.
pub fn load(path: &Path, overrides: &Overrides) -> Result<Loaded, Diagnostics> {
    let text = source::read(path);
    load_read(path, text.map_err(Diagnostic::from), overrides)
}

/// Reads a plan from bytes, as if they stood in a file at `path`: included files are looked for from
/// there.
///
/// # Errors
/// Everything that is wrong with the plan.
pub fn load_text(path: &Path, bytes: &[u8], overrides: &Overrides) -> Result<Loaded, Diagnostics> {
    let text = source::text(&path.display().to_string(), bytes.to_owned());
    load_read(path, text.map_err(Diagnostic::from), overrides)
}

fn load_read(
    path: &Path,
    text: Result<String, Diagnostic>,
    overrides: &Overrides,
) -> Result<Loaded, Diagnostics> {
    let sources = Rc::new(Sources::default());
    let report = Report::default();
    let plan = match text {
        Ok(text) => sources
            .add(path.display().to_string(), text)
            .and_then(|source| read(path, source, &sources, &report, overrides)),
        Err(diagnostic) => {
            report.add(diagnostic);
            None
        }
    };
    let failed = report.errors() > 0;
    let diagnostics = report.finish(sources);
    match plan {
        Some(plan) if !failed => Ok(Loaded { plan, warnings: diagnostics }),
        _ => Err(diagnostics),
    }
}

/// The tables of a plan, divided among those that read them.
struct Parts<'s> {
    head: Spanned<DeTable<'s>>,
    devices: Option<Spanned<DeValue<'s>>>,
    vars: Option<Spanned<DeValue<'s>>>,
    sequences: Option<Spanned<DeValue<'s>>>,
    recovery: Option<Spanned<DeValue<'s>>>,
    setup: Option<Spanned<DeValue<'s>>>,
    teardown: Option<Spanned<DeValue<'s>>>,
    cases: Option<Spanned<DeValue<'s>>>,
}

impl<'s> Parts<'s> {
    fn of(mut table: Spanned<DeTable<'s>>) -> Self {
        let inner = table.get_mut();
        Self {
            devices: inner.remove("device"),
            vars: inner.remove("vars"),
            sequences: inner.remove("sequence"),
            recovery: inner.remove("recovery"),
            setup: inner.remove("setup"),
            teardown: inner.remove("teardown"),
            cases: inner.remove("case"),
            head: table,
        }
    }
}

fn read<'s>(
    path: &Path,
    source: &'s Source,
    sources: &'s Sources,
    report: &Report,
    overrides: &'s Overrides,
) -> Option<Plan> {
    let mut table = parse(source, report)?;
    Includer::new(path, sources, report).merge_into(table.get_mut(), path);
    if report.errors() > 0 {
        return None;
    }
    let parts = Parts::of(table);
    let expanded = Expanded::default();
    let fuel = Fuel::default();
    let nothing_known = Known::default();
    let decoder = Decoder { report, known: &nothing_known, expanded: &expanded };
    let expander = Expander { sources, report, expanded: &expanded, fuel: &fuel };

    let vars = parts.vars.and_then(|vars| decoder.as_table("[vars]", vars));
    let vars = vars.unwrap_or_else(|| super::variables::empty_table(0..0));
    let definitions = definitions::variables(vars, overrides, decoder);
    let given = definitions.given();
    let given = given.iter().map(|(name, value)| (name.as_str(), value.clone()));
    let hash = super::hash::hash(sources.texts(), given);
    let variables = Variables::settle(definitions.all, expander);
    let secrets = variables.texts_of(&definitions.secret);
    sources.hide(&secrets);

    let head = expander.table(parts.head, &variables);
    let known = Known {
        devices: devices::names(parts.devices.as_ref()),
        controls: commanded::names(parts.devices.as_ref()),
        ..Known::default()
    };
    let devices = parts.devices.map(|devices| expander.value(devices, &variables));
    let devices = devices::read(devices, decoder);
    let schema = schema_of::<PlanTable>();
    let target = Target { what: "a plan", shape: Shape(&schema), also: &[] };
    let soak_at = head.get_ref().get("soak").map(Spanned::span);
    let before = report.errors();
    let head = decoder.decode::<PlanTable>(target, head).unwrap_or_default();
    let soak = head.soak.map(Soak::from);
    if soak.is_some_and(|soak| !soak.is_said()) && report.errors() == before {
        report.add(endless(soak_at.clone().unwrap_or_default()));
    }
    let sequences = parts.sequences.and_then(|value| decoder.as_table("[sequence]", value));
    let sequences = sequences.map(|table| Sequences::read(table, decoder)).unwrap_or_default();

    let empty = parts.cases.as_ref().and_then(|cases| cases.get_ref().as_array());
    if parts.cases.is_none() || empty.is_some_and(|cases| cases.is_empty()) {
        report.add(no_case(source));
    }
    let cases = parts.cases.map(|cases| decoder.as_tables("case", "[[case]]", cases));
    let cases = cases.unwrap_or_default();
    let known = Known { cases: ids(&cases, decoder), ..known };
    let count = Cell::new(0);
    let schemas = Schemas::default();
    let unfolder = Unfolder {
        decoder: Decoder { known: &known, ..decoder },
        expander,
        sequences: &sequences,
        variables: &variables,
        schemas: &schemas,
        count: &count,
        step_timeout: head.defaults.step_timeout.map(Duration::from),
    };
    let phase = |value: Option<Spanned<DeValue<'s>>>, key| match value {
        Some(value) => unfolder.steps(expander.value(value, &variables), key, &mut Vec::new()),
        None => Vec::new(),
    };
    let setup = phase(parts.setup, "setup");
    let teardown = phase(parts.teardown, "teardown");
    let recovery = parts.recovery.map(|value| expander.value(value, &variables));
    let recovery = recovery.and_then(|value| recovery::read(value, unfolder, &devices));
    let mut reader = Cases::new(unfolder, &head.defaults, head.keep, soak_at);
    let cases = cases.into_iter().take_while(|_| !unfolder.is_over());
    let cases: Vec<_> = cases.flat_map(|table| reader.read(table)).collect();
    for Unused { name, span, steps } in sequences.unused(unfolder) {
        if let Some(steps) = steps {
            unfolder.steps(steps, "steps", &mut Vec::new());
        }
        unused("sequence", name, span, source, report);
    }
    let secrets = [secrets, secrets::of(&setup, &cases, &teardown)].concat();
    variables.unused().for_each(|(name, span)| unused("variable", name, span, source, report));
    known.devices.unused().for_each(|(name, span)| unused("device", name, span, source, report));
    Some(Plan {
        name: head.name.unwrap_or_else(|| stem(path)),
        description: head.description,
        file: path.display().to_string(),
        hash,
        adapter: head.adapter,
        devices,
        timeout: head.timeout.map(Duration::from),
        soak,
        recovery,
        setup,
        teardown,
        cases,
        keep: head.keep,
        secrets,
    })
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "plan".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

fn no_case(source: &Source) -> Diagnostic {
    let end = source.base + source.text.trim_end().len();
    let help = "add one: a line `[[case]]`, then `id = \"FIRST-01\"` and `steps = [{ do = \"inspect\" }]`; \
                `bttest steps` tells what there is to do";
    Diagnostic::error("the plan has no case").at(end..end, "the plan ends here").help(help)
}

/// A `[soak]` that says nothing.
fn endless(span: std::ops::Range<usize>) -> Diagnostic {
    let help = "write `for = \"8h\"`, `until = \"06:30\"`, `repeat = 100` or `until-fail = true`";
    Diagnostic::error("[soak] does not say when it ends").at(span, "no limit").help(help)
}

/// A name that nothing refers to, if this plan itself defines it: what is included serves other plans.
fn unused(kind: &str, name: &str, span: std::ops::Range<usize>, source: &Source, report: &Report) {
    if span.start < source.base + source.text.len() {
        let message = format!("nothing uses the {kind} `{name}`");
        report.add(Diagnostic::warning(message).at(span, "never used"));
    }
}
