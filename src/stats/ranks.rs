//! Whether the durations of one sample are longer than those of another: by their order, not by their
//! size, so that a few outliers decide nothing.
//!
//! Samples are cells of histograms: values in ascending order, each with how often it occurred. What is in
//! the same cell counts as equal.

use super::normal;

/// Up to how many values altogether the probability is counted out instead of approximated.
const COUNTED_OUT: u64 = 40;

/// The test of Mann and Whitney, and Cliff's delta.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranks {
    /// Cliff's delta: the probability that a new value is above an old one, less the probability that it is
    /// below; from -1 to 1. Source: N. Cliff, "Dominance statistics", Psychological Bulletin 114 (1993).
    pub delta: f64,
    /// The two-sided probability of an order at least as uneven where both have the same distribution.
    ///
    /// Source: H. B. Mann and D. R. Whitney, Annals of Mathematical Statistics 18 (1947); by the normal
    /// approximation with corrections for ties and continuity, as R's `wilcox.test` has it. Up to 40 values it is
    /// counted out, with ties, by the shift algorithm of B. Streitberg and J. Röhmel, Statistical
    /// Software Newsletter 12 (1986).
    pub p: f64,
}

impl Ranks {
    /// The test of two samples; none where one of them is empty.
    #[must_use]
    pub fn of(old: &[(u64, u64)], new: &[(u64, u64)]) -> Option<Self> {
        let groups = tied(old, new);
        let [n, m] = groups.iter().fold([0_u64, 0], |[n, m], [old, new]| {
            [n.saturating_add(*old), m.saturating_add(*new)]
        });
        if n == 0 || m == 0 {
            return None;
        }
        let [n, m] = [real(n), real(m)];
        let above = pairs_above(&groups);
        let p = match n + m <= real(COUNTED_OUT) {
            true => counted_out(&groups),
            false => approximated(&groups, above, n, m),
        };
        Some(Self { delta: 2.0 * above / (n * m) - 1.0, p: p.min(1.0) })
    }
}

/// How many of each sample have each value, in ascending order of the values.
fn tied(old: &[(u64, u64)], new: &[(u64, u64)]) -> Vec<[u64; 2]> {
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    let mut groups = Vec::new();
    loop {
        let next = [old.peek(), new.peek()].into_iter().flatten().map(|(value, _)| *value).min();
        let Some(value) = next else { return groups };
        let of = |(_, count): &(u64, u64)| *count;
        let a = old.next_if(|(at, _)| *at == value).map_or(0, of);
        let b = new.next_if(|(at, _)| *at == value).map_or(0, of);
        groups.push([a, b]);
    }
}

/// In how many pairs of an old and a new value the new one is above; half of those in which they are equal.
fn pairs_above(groups: &[[u64; 2]]) -> f64 {
    let mut below = 0.0;
    let mut pairs = 0.0;
    for [old, new] in groups {
        pairs += real(*new) * (below + real(*old) / 2.0);
        below += real(*old);
    }
    pairs
}

fn approximated(groups: &[[u64; 2]], above: f64, n: f64, m: f64) -> f64 {
    let all = n + m;
    let tied: f64 = groups.iter().map(|[a, b]| real(*a) + real(*b)).map(|t| t * t * t - t).sum();
    let variance = n * m / 12.0 * (all + 1.0 - tied / (all * (all - 1.0)));
    if variance <= 0.0 {
        return 1.0;
    }
    let z = ((above - n * m / 2.0).abs() - 0.5).max(0.0) / variance.sqrt();
    2.0 * normal::upper_tail(z)
}

/// Counts in how many of all ways to choose the new values from both samples the sum of their ranks is at
/// least as far from the middle. Ranks are doubled, so that those of ties are whole.
fn counted_out(groups: &[[u64; 2]]) -> f64 {
    let sizes = || groups.iter().map(|[a, b]| small(*a) + small(*b));
    let all: usize = sizes().sum();
    let chosen: usize = groups.iter().map(|[_, new]| small(*new)).sum();
    let most = all * (all + 1);
    // How many ways there are to choose so many with such a sum, from the groups so far.
    let mut ways = vec![vec![0.0_f64; most + 1]; chosen + 1];
    ways[0][0] = 1.0;
    let (mut before, mut seen) = (0, 0);
    for (size, [_, new]) in sizes().zip(groups) {
        let rank = 2 * before + size + 1;
        seen += rank * small(*new);
        for many in (1..=chosen).rev() {
            for taken in 1..=size.min(many) {
                let times = choose(size, taken);
                let (fewer, these) = ways.split_at_mut(many);
                let from = &fewer[many - taken];
                for (at, ways) in from[..=most - taken * rank].iter().enumerate() {
                    these[0][at + taken * rank] += times * ways;
                }
            }
        }
        before += size;
    }
    let middle = chosen * (all + 1);
    let far = seen.abs_diff(middle);
    let of_all = ways.last().map_or(&[][..], Vec::as_slice);
    let total: f64 = of_all.iter().sum();
    let as_far = of_all.iter().enumerate().filter(|(sum, _)| sum.abs_diff(middle) >= far);
    as_far.map(|(_, ways)| ways).sum::<f64>() / total
}

fn choose(n: usize, k: usize) -> f64 {
    (0..k).fold(1.0, |ways, i| ways * real((n - i) as u64) / real(i as u64 + 1))
}

/// A count of at most [`COUNTED_OUT`].
fn small(count: u64) -> usize {
    usize::try_from(count).unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "numbers of tries are below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(values: &[u64]) -> Vec<(u64, u64)> {
        let mut sorted = values.to_vec();
        sorted.sort_unstable();
        sorted.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u64)).collect()
    }

    fn of(old: &[u64], new: &[u64]) -> Ranks {
        Ranks::of(&cells(old), &cells(new)).unwrap()
    }

    #[test]
    fn few_values_are_counted_out() {
        // Hollander and Wolfe (1973), page 69, as in the manual of R's wilcox.test: W = 35, and 0.1272 on
        // one side.
        let term = [80, 83, 189, 104, 145, 138, 191, 164, 73, 146];
        let weeks = [115, 88, 90, 74, 121];
        let ranks = of(&weeks, &term);
        assert!((ranks.p - 2.0 * 0.127_206_1).abs() < 1e-6, "{ranks:?}");
        assert!((ranks.delta - (2.0 * 35.0 / 50.0 - 1.0)).abs() < 1e-12, "{ranks:?}");
        // By hand: of the six ways to choose two of 1, 1, 2, 3, only the two with 3 and a 1, and 1 and
        // 1, and 2 and 3 are as far from the middle as 2 and 3: four of them at least.
        assert!((of(&[1, 1], &[2, 3]).p - 2.0 / 6.0).abs() < 1e-12, "{:?}", of(&[1, 1], &[2, 3]));
    }

    #[test]
    fn many_values_with_ties_agree_with_r() {
        // The manual of R's wilcox.test: ozone in May and in August, W = 127.5, p = 0.0001208.
        let may = [
            41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23,
            45, 115, 37,
        ];
        let august = [
            39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168,
            73, 76, 118, 84, 85,
        ];
        let ranks = of(&may, &august);
        assert!((ranks.p - 0.000_120_8).abs() < 1e-6, "{ranks:?}");
        assert!((ranks.delta - (1.0 - 2.0 * 127.5 / 676.0)).abs() < 1e-12, "{ranks:?}");
    }

    #[test]
    fn counting_and_approximating_agree() {
        let old: Vec<u64> = (0..20).map(|n| n * 7 % 40).collect();
        let new: Vec<u64> = (0..20).map(|n| n * 7 % 40 + 6).collect();
        let groups = tied(&cells(&old), &cells(&new));
        let near = approximated(&groups, pairs_above(&groups), 20.0, 20.0);
        assert!((counted_out(&groups) - near).abs() < 0.005, "{} {near}", counted_out(&groups));
    }

    #[test]
    fn equal_values_are_no_difference() {
        let same = [(5, 100)];
        assert_eq!(Ranks::of(&same, &same), Some(Ranks { delta: 0.0, p: 1.0 }));
        assert_eq!(Ranks::of(&[], &same), None);
    }
}
