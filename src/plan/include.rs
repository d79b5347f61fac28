//! `include`: what a plan takes over from other files.
//!
//! An included file brings adapter, devices, variables, sequences and defaults, never cases: which cases
//! a plan has is read in one file. What the including file defines itself wins; where two included files
//! define the same, the plan must say which it means.

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::chain::{self, Chain, DEEPEST_INCLUDES};
use super::decode::keep;
use super::diagnostic::{Diagnostic, Report};
use super::source::{MOST_FILES, Sources, read};
use super::suggest::nearest;
use super::syntax::parse;
use super::visible::quote;

/// What an included file may hold.
const SHARED: &[&str] =
    &["include", "description", "adapter", "device", "vars", "defaults", "sequence"];

/// Those of them that are merged name by name.
const BY_NAME: &[&str] = &["adapter", "device", "vars", "defaults", "sequence"];

/// Reads included files.
pub(super) struct Includer<'c, 's> {
    pub sources: &'s Sources,
    pub report: &'c Report,
    under_way: Chain,
    seen: HashSet<PathBuf>,
}

impl<'c, 's> Includer<'c, 's> {
    /// For the plan at a path.
    pub fn new(root: &Path, sources: &'s Sources, report: &'c Report) -> Self {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        Self {
            sources,
            report,
            under_way: vec![(root.display().to_string(), 0..0)],
            seen: HashSet::from([root]),
        }
    }

    /// Takes what the files of `include` define into a table, where the table does not define it.
    pub fn merge_into(&mut self, table: &mut DeTable<'s>, file: &Path) {
        let Some(include) = table.remove("include") else { return };
        let mut brought = DeTable::new();
        for (path, span) in self.paths(&include) {
            let path = file.parent().unwrap_or(Path::new("")).join(path);
            if let Some(included) = self.included(&path, span) {
                self.merge_brothers(&mut brought, included, table);
            }
        }
        merge(table, brought);
    }

    fn paths(&self, include: &Spanned<DeValue<'s>>) -> Vec<(String, Range<usize>)> {
        let wrong = |value: &Spanned<DeValue<'s>>| {
            let diagnostic = Diagnostic::error("`include` must be a list of files")
                .at(value.span(), "")
                .help("write include = [\"common.toml\"]");
            self.report.add(diagnostic);
        };
        let Some(array) = include.get_ref().as_array() else {
            wrong(include);
            return Vec::new();
        };
        let path = |value: &Spanned<DeValue<'s>>| {
            let path = value.get_ref().as_str().map(|path| (path.to_owned(), value.span()));
            if path.is_none() {
                wrong(value);
            }
            path
        };
        array.iter().filter_map(path).collect()
    }

    /// The tables of one included file, with what that includes.
    fn included(&mut self, path: &Path, span: Range<usize>) -> Option<DeTable<'s>> {
        let text = match read(path) {
            Ok(text) => text,
            Err(unreadable) => {
                let at = "included here";
                self.report.add(Diagnostic::from(unreadable).at(span, at));
                return None;
            }
        };
        let canonical = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let name = canonical.display().to_string();
        if self.under_way.iter().any(|(other, _)| *other == name) {
            chain::in_circles("the file", &name, &span, &self.under_way, self.report);
            return None;
        }
        if self.under_way.len() > DEEPEST_INCLUDES {
            chain::too_deep(
                "files include one another",
                DEEPEST_INCLUDES,
                &span,
                &self.under_way,
                self.report,
            );
            return None;
        }
        if !self.seen.insert(canonical) {
            return None;
        }
        let Some(source) = self.sources.add(path.display().to_string(), text) else {
            let message = format!("the plan is made of more than {MOST_FILES} files");
            self.report.add(Diagnostic::error(message).at(span, "not read"));
            return None;
        };
        let mut table = parse(source, self.report)?.into_inner();
        self.only_shared(&mut table);
        self.under_way.push((name, span));
        self.merge_into(&mut table, path);
        self.under_way.pop();
        Some(table)
    }

    fn only_shared(&self, table: &mut DeTable<'s>) {
        keep(table, |key, _| {
            let shared = SHARED.contains(&key.get_ref().as_ref());
            if !shared {
                let label = match nearest(key.get_ref(), SHARED.iter().copied()) {
                    Some(meant) => format!("did you mean {}?", quote(meant)),
                    None => "only in the plan that is run".to_owned(),
                };
                let message = format!("{} has no place in an included file", quote(key.get_ref()));
                let help = format!(
                    "an included file can hold {}",
                    super::suggest::list(SHARED.iter().copied())
                );
                self.report.add(Diagnostic::error(message).at(key.span(), label).help(help));
            }
            shared
        });
    }

    /// Merges one included file into those before it. Both defining the same is an error, unless the
    /// including file says itself what it means.
    fn merge_brothers(&self, brought: &mut DeTable<'s>, included: DeTable<'s>, own: &DeTable<'s>) {
        for group in BY_NAME {
            let inner = |table: &DeTable<'s>| {
                table.get(*group).and_then(|v| v.get_ref().as_table().cloned())
            };
            let (Some(before), Some(now)) = (inner(brought), inner(&included)) else { continue };
            let own = inner(own).unwrap_or_default();
            for (key, _) in now.iter().filter(|(key, _)| !own.contains_key(key.get_ref().as_ref()))
            {
                if let Some((first, _)) = before.get_key_value(key.get_ref().as_ref()) {
                    let message =
                        format!("two included files define {} in [{group}]", quote(key.get_ref()));
                    let diagnostic = Diagnostic::error(message)
                        .at(key.span(), "here")
                        .also(first.span(), "and here")
                        .help("define it in the plan itself: that wins");
                    self.report.add(diagnostic);
                }
            }
        }
        merge(brought, included);
    }
}

/// Adds what is not there yet; the groups name by name.
fn merge<'s>(table: &mut DeTable<'s>, other: DeTable<'s>) {
    for (key, value) in other {
        let by_name = BY_NAME.contains(&key.get_ref().as_ref());
        match (table.get_mut(key.get_ref().as_ref()), value.get_ref()) {
            (None, _) if by_name => {
                table.insert(key, value);
            }
            (Some(own), DeValue::Table(_)) if by_name => {
                if let (DeValue::Table(own), DeValue::Table(more)) =
                    (own.get_mut(), value.into_inner())
                {
                    for (key, value) in more {
                        own.entry(key).or_insert(value);
                    }
                }
            }
            _ => {}
        }
    }
}
