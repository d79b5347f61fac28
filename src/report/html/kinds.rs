//! Failures of all cases together, by what failed and how.

use crate::event::Verdict;
use crate::report::summary::Summary;

/// Failures of one kind at one step, of whichever case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind<'a> {
    /// See [`crate::event::Cause::kind`].
    pub kind: &'a str,
    /// The step in words.
    pub step: &'a str,
    pub verdict: Verdict,
    pub count: u64,
}

/// All kinds, the most frequent first, those that are as frequent in the order in which they first occurred.
#[must_use]
pub fn of(summary: &Summary) -> Vec<Kind<'_>> {
    let mut kinds: Vec<Kind> = Vec::new();
    // Beyond so many nobody counts them, and the search would take long.
    let groups = summary.cases.iter().flat_map(|case| &case.causes.groups).take(10_000);
    for group in groups {
        let known = kinds.iter_mut().find(|k| k.kind == group.kind && k.step == group.text);
        match known {
            Some(known) => known.count += group.count,
            None => kinds.push(Kind {
                kind: &group.kind,
                step: &group.text,
                verdict: group.verdict,
                count: group.count,
            }),
        }
    }
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.count));
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_same_failure_in_several_cases_is_of_one_kind() {
        let summary = sample::summary_of(&sample::one_of_each().records);
        let kinds: Vec<_> = of(&summary).iter().map(|kind| (kind.kind, kind.count)).collect();
        assert_eq!(kinds, [("page-timeout", 6), ("bluez-gone", 1)]);
    }
}
