//! Which lines of two texts differ: what is not in their longest common subsequence.

/// Lines that only one of two texts has, in their order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// Only the old one has them.
    pub(super) gone: Vec<String>,
    /// Only the new one has them.
    pub(super) new: Vec<String>,
}

/// How many lines are compared in their order; the table grows with their square.
const MOST: usize = 2000;

impl Difference {
    pub(super) fn between(old: &[String], new: &[String]) -> Self {
        let same_head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        let (old, new) = (old.split_at(same_head).1, new.split_at(same_head).1);
        let same_tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
        let old = old.split_at(old.len() - same_tail).0;
        let new = new.split_at(new.len() - same_tail).0;
        if old.len() > MOST || new.len() > MOST {
            return Self { gone: old.to_vec(), new: new.to_vec() };
        }
        let kept = common(old, new);
        let left = |lines: &[String], kept: &[usize]| {
            let lines = lines.iter().enumerate().filter(|(at, _)| !kept.contains(at));
            lines.map(|(_, line)| line.clone()).collect()
        };
        let (of_old, of_new): (Vec<usize>, Vec<usize>) = kept.into_iter().unzip();
        Self { gone: left(old, &of_old), new: left(new, &of_new) }
    }
}

/// The longest common subsequence, as places in both.
fn common(old: &[String], new: &[String]) -> Vec<(usize, usize)> {
    // How long it is from each pair of places on; beyond the ends it is nothing.
    let width = new.len() + 1;
    let mut lengths = vec![0_u16; (old.len() + 1) * width];
    let length = |lengths: &[u16], row: usize, column: usize| {
        lengths.get(row * width + column).copied().unwrap_or(0)
    };
    for (row, line) in old.iter().enumerate().rev() {
        for (column, other) in new.iter().enumerate().rev() {
            let longest = match line == other {
                true => length(&lengths, row + 1, column + 1) + 1,
                false => length(&lengths, row + 1, column).max(length(&lengths, row, column + 1)),
            };
            if let Some(cell) = lengths.get_mut(row * width + column) {
                *cell = longest;
            }
        }
    }
    let (mut row, mut column, mut kept) = (0, 0, Vec::new());
    while let (Some(line), Some(other)) = (old.get(row), new.get(column)) {
        if line == other {
            kept.push((row, column));
            (row, column) = (row + 1, column + 1);
        } else if length(&lengths, row + 1, column) >= length(&lengths, row, column + 1) {
            row += 1;
        } else {
            column += 1;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.chars().map(|c| c.to_string()).collect()
    }

    #[test]
    fn only_what_differs_is_told() {
        let difference = Difference::between(&lines("abcdef"), &lines("abxdfe"));
        assert_eq!((difference.gone.concat(), difference.new.concat()), ("ce".into(), "xe".into()));
        assert_eq!(Difference::between(&lines("ab"), &lines("ab")), Difference::default());
    }

    proptest! {
        #[test]
        fn what_is_left_is_the_same_in_both(old in "[abc]{0,12}", new in "[abc]{0,12}") {
            let (old, new) = (lines(&old), lines(&new));
            let difference = Difference::between(&old, &new);
            prop_assert_eq!(
                old.len() - difference.gone.len(),
                new.len() - difference.new.len()
            );
            prop_assert_eq!(difference == Difference::default(), old == new);
        }
    }
}
