//! Which cases of a plan run: `--case GLOB`, `--tag EXPR`, `--shard I/N`.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::str::FromStr;

use wildmatch::WildMatch;

use super::diagnostic::{Diagnostic, Diagnostics, Report};
use super::source::Sources;
use super::suggest::{list, nearest};
use super::tag_expression::TagExpression;
use super::visible::{quote, visible};
use super::{Case, Plan};

/// Which cases are asked for. What is not given asks for all.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Patterns with `*` and `?`, of which one must match the id.
    pub cases: Vec<String>,
    /// An expression that the tags must meet.
    pub tag: Option<String>,
    /// A share of what is left.
    pub shard: Option<Shard>,
}

/// The I-th of N shares, such as `2/3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('/').and_then(|(index, count)| {
            Some(Self { index: index.trim().parse().ok()?, count: count.trim().parse().ok()? })
        });
        match parsed {
            Some(shard) if (1..=shard.count).contains(&shard.index) => Ok(shard),
            Some(_) => Err(format!("{text}: the share must be from 1 to the number of shares")),
            None => Err(format!(
                "{} is no share; write for example 1/3 for the first of three",
                visible(&quote(text))
            )),
        }
    }
}

/// What was chosen.
#[derive(Debug, Default)]
pub struct Chosen {
    /// Indexes into [`Plan::cases`], in the order of the plan.
    pub cases: Vec<usize>,
    /// A sentence on each pattern that matches no case.
    pub unmatched: Vec<String>,
}

/// Chooses cases.
///
/// # Errors
/// The expression of `--tag` is wrong, or names a tag that no case has.
pub fn select(plan: &Plan, selection: &Selection) -> Result<Chosen, Diagnostics> {
    let tags = match &selection.tag {
        Some(text) => Some(expression(plan, text)?),
        None => None,
    };
    let globs: Vec<WildMatch> = selection.cases.iter().map(|glob| WildMatch::new(glob)).collect();
    let wanted = |case: &Case| {
        (globs.is_empty() || globs.iter().any(|glob| matches(glob, case)))
            && tags.as_ref().is_none_or(|tags| tags.holds(&case.tags))
    };
    let cases = plan.cases.iter().enumerate();
    let mut chosen: Vec<usize> = cases.filter(|(_, case)| wanted(case)).map(|(n, _)| n).collect();
    if let Some(shard) = selection.shard {
        chosen = share(plan, chosen, shard);
    }
    let unmatched = globs.iter().zip(&selection.cases).filter_map(|(glob, text)| {
        let none = !plan.cases.iter().any(|case| matches(glob, case));
        none.then(|| unmatched(plan, text))
    });
    Ok(Chosen { cases: chosen, unmatched: unmatched.collect() })
}

/// A pattern matches the whole id, or the id of the plan, without the values of a matrix.
fn matches(glob: &WildMatch, case: &Case) -> bool {
    let base = case.id.split('[').next().unwrap_or_default();
    glob.matches(&case.id) || glob.matches(base)
}

fn unmatched(plan: &Plan, glob: &str) -> String {
    let ids = plan.cases.iter().map(|case| case.id.as_str());
    let glob_shown = visible(&quote(glob));
    match nearest(glob, ids) {
        Some(meant) => format!("no case matches {glob_shown}; did you mean `{meant}`?"),
        None => format!("no case matches {glob_shown}; `bttest list` shows the cases"),
    }
}

fn expression(plan: &Plan, text: &str) -> Result<TagExpression, Diagnostics> {
    let report = Report::default();
    match TagExpression::parse(text) {
        Ok(expression) => {
            let known: BTreeSet<&str> =
                plan.cases.iter().flat_map(|case| &case.tags).map(String::as_str).collect();
            for (tag, span) in expression.tags() {
                if !known.contains(tag) {
                    let label = match nearest(tag, known.iter().copied()) {
                        Some(meant) => format!("did you mean {}?", quote(meant)),
                        None => "not a tag of this plan".to_owned(),
                    };
                    let help = match known.is_empty() {
                        true => "no case of the plan has tags".to_owned(),
                        false => format!("the tags are {}", list(known.iter().copied())),
                    };
                    let message = format!("no case has the tag {}", quote(tag));
                    report.add(Diagnostic::error(message).at(span, label).help(help));
                }
            }
            if report.errors() == 0 {
                return Ok(expression);
            }
        }
        Err(diagnostic) => report.add(*diagnostic),
    }
    let sources = Rc::new(Sources::default());
    sources.add("--tag".to_owned(), text.to_owned());
    Err(report.finish(sources))
}

/// The cases of one share. Cases that need one another stay together, so that no share skips what
/// another has run; the groups are dealt out in turn.
fn share(plan: &Plan, chosen: Vec<usize>, shard: Shard) -> Vec<usize> {
    let mut leaders: Vec<usize> = (0..plan.cases.len()).collect();
    let needing = plan.cases.iter().enumerate().filter(|(_, case)| !case.requires.cases.is_empty());
    for (n, case) in needing {
        let needed = |other: &usize| {
            plan.cases.get(*other).is_some_and(|other| case.requires.cases.contains(&other.id))
        };
        let groups: BTreeSet<usize> =
            (0..n).filter(needed).filter_map(|other| leaders.get(other).copied()).collect();
        let Some(first) = groups.first().copied() else { continue };
        for (at, leader) in leaders.iter_mut().enumerate() {
            if at == n || groups.contains(leader) {
                *leader = first;
            }
        }
    }
    let leader = |n: &usize| leaders.get(*n).copied().unwrap_or(*n);
    let groups: BTreeSet<usize> = chosen.iter().map(leader).collect();
    let own: BTreeSet<usize> =
        groups.into_iter().skip(shard.index - 1).step_by(shard.count).collect();
    chosen.into_iter().filter(|n| own.contains(&leader(n))).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::plan::{Overrides, load_text};

    fn plan() -> Plan {
        let case = |id: &str, more: &str| {
            format!("[[case]]\nid = '{id}'\nsteps = [{{ do = 'inspect' }}]\n{more}\n")
        };
        let text = [
            case("PAIR-01", "tags = ['smoke']"),
            case("PAIR-02", "tags = ['smoke', 'slow']\nrequires = { cases = ['PAIR-01'] }"),
            case("SCAN-01", "tags = ['le']"),
            case("M", "matrix = { n = [1, 2] }"),
        ];
        load_text(Path::new("p.toml"), text.concat().as_bytes(), &Overrides::default())
            .unwrap()
            .plan
    }

    fn ids(selection: &Selection) -> Vec<String> {
        let plan = plan();
        let chosen = select(&plan, selection).unwrap();
        chosen.cases.iter().map(|n| plan.cases[*n].id.clone()).collect()
    }

    fn globs(globs: &[&str]) -> Selection {
        Selection { cases: globs.iter().map(|g| (*g).to_owned()).collect(), ..Selection::default() }
    }

    #[test]
    fn by_id_and_by_tag() {
        assert_eq!(ids(&globs(&["PAIR-*", "scan-01"])), ["PAIR-01", "PAIR-02"]);
        assert_eq!(ids(&globs(&["M"])), ["M[n=1]", "M[n=2]"]);
        assert_eq!(ids(&globs(&["M[n=2]"])), ["M[n=2]"]);
        let tag = Some("smoke and not slow".to_owned());
        assert_eq!(ids(&Selection { tag, ..globs(&[]) }), ["PAIR-01"]);
        assert_eq!(ids(&globs(&[])).len(), 5);
        let chosen = select(&plan(), &globs(&["PAIR-1", "x*"])).unwrap();
        assert!(chosen.cases.is_empty());
        insta::assert_snapshot!(chosen.unmatched.join("\n"), @r#"
        no case matches `PAIR-1`; did you mean `PAIR-01`?
        no case matches `x*`; `bttest list` shows the cases
        "#);
    }

    #[test]
    fn shares_hold_every_case_once_and_keep_needs_together() {
        let share = |text: &str| {
            let shard = Some(text.parse().unwrap());
            ids(&Selection { shard, ..globs(&[]) })
        };
        assert_eq!(share("1/2"), ["PAIR-01", "PAIR-02", "M[n=1]"]);
        assert_eq!(share("2/2"), ["SCAN-01", "M[n=2]"]);
        assert_eq!(share("9/9"), [""; 0]);
        for bad in ["", "0/2", "3/2", "1", "a/b", "-1/2", "1/0"] {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_wrong_tag_is_shown_in_the_expression() {
        let refused = |tag: &str| {
            let selection = Selection { tag: Some(tag.to_owned()), ..globs(&[]) };
            select(&plan(), &selection).unwrap_err().render(false)
        };
        insta::assert_snapshot!(refused("smoke and not slwo"), @r#"
        error: no case has the tag `slwo`
         --> --tag:1:15
          |
        1 | smoke and not slwo
          |               ^^^^ did you mean `slow`?
          |
          = help: the tags are `le`, `slow` and `smoke`
        "#);
        insta::assert_snapshot!(refused("(smoke or slow"), @r#"
        error: a parenthesis is not closed
         --> --tag:1:1
          |
        1 | (smoke or slow
          | ^ opened here
          |
          = help: add a `)`
        "#);
    }
}
