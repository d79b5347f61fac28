//! In which order cases run, and how long: a run is a list of blocks, a block is cases in rounds.
//!
//! A case that runs by itself is a block of one case. In a block of several, each round is one iteration
//! of each case in turn.

use crate::plan::{Case, Plan, Soak};

/// Cases that run in rounds until a limit is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// As indices into the plan's cases, in its order.
    pub cases: Vec<usize>,
    /// How long the rounds go on.
    pub soak: Soak,
}

impl Block {
    /// The cases themselves.
    pub fn of<'p>(&self, plan: &'p Plan) -> impl Iterator<Item = &'p Case> + use<'p, '_> {
        self.cases.iter().filter_map(|index| plan.cases.get(*index))
    }
}

/// The blocks that the chosen cases come to.
///
/// `asked` is what the command line says. It takes the place of what the plan says; of several cases,
/// those that are soaks by themselves then take turns, and the others run once, before or after them as
/// they stand in the plan. Where no case is a soak, all take turns. Only `until-fail` adds to what else
/// holds, on either side.
#[must_use]
pub fn blocks(plan: &Plan, chosen: &[usize], asked: &Soak) -> Vec<Block> {
    let whole = |soak| vec![Block { cases: chosen.to_vec(), soak }];
    let said = |index: &usize| plan.cases.get(*index).map(|case| case.soak).unwrap_or_default();
    if let Some(of_plan) = plan.soak {
        return whole(instead(of_plan, asked));
    }
    let alone = |cases: &[usize]| -> Vec<Block> {
        cases.iter().map(|index| Block { cases: vec![*index], soak: said(index) }).collect()
    };
    if !asked.is_said() {
        return alone(chosen);
    }
    let is_soak = |index: &usize| said(index).is_soak();
    let Some(first) = chosen.iter().position(is_soak) else {
        return whole(*asked);
    };
    let (before, rest) = chosen.split_at(first);
    let (turns, after): (Vec<usize>, Vec<usize>) = rest.iter().partition(|index| is_soak(index));
    let turns = if has_limit(asked) {
        let until_fail = turns.iter().any(|index| said(index).until_fail);
        vec![Block { cases: turns, soak: instead(Soak { until_fail, ..Soak::default() }, asked) }]
    } else {
        let each = |index: &usize| Block { cases: vec![*index], soak: instead(said(index), asked) };
        turns.iter().map(each).collect()
    };
    [alone(before), turns, alone(&after)].concat()
}

/// What the command line says instead of the plan.
fn instead(of_plan: Soak, asked: &Soak) -> Soak {
    let until_fail = of_plan.until_fail || asked.until_fail;
    let base = if has_limit(asked) { *asked } else { of_plan };
    Soak { until_fail, ..base }
}

/// Whether it says more than `until-fail`.
fn has_limit(soak: &Soak) -> bool {
    Soak { until_fail: false, ..*soak }.is_said()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::*;
    use crate::plan::{Overrides, load_text};

    /// The blocks of a plan of cases A, B, … that say this, each as its cases and its limit.
    fn told(head: &str, cases: &[&str], asked: Soak) -> Vec<String> {
        let case = |(n, keys): (usize, &&str)| {
            format!("[[case]]\nid = \"C{n}\"\n{keys}\nsteps = [{{ do = \"inspect\" }}]\n")
        };
        let text = cases.iter().enumerate().map(case).collect::<String>();
        let text = format!("{head}\n{text}");
        let plan = load_text(Path::new("x"), text.as_bytes(), &Overrides::default()).unwrap().plan;
        let all: Vec<usize> = (0..cases.len()).collect();
        let blocks = blocks(&plan, &all, &asked);
        blocks.iter().map(|block| format!("{:?} {}", block.cases, block.soak)).collect()
    }

    const NOTHING: Soak = Soak { repeat: None, lasting: None, until: None, until_fail: false };
    const FAIL: Soak = Soak { until_fail: true, ..NOTHING };
    const TWICE: Soak = Soak { repeat: Some(2), ..NOTHING };
    const HOUR: Soak = Soak { lasting: Some(Duration::from_secs(3600)), ..NOTHING };

    #[test]
    fn each_case_by_itself_or_all_in_rounds_as_the_plan_says() {
        assert_eq!(told("", &["", "repeat = 3"], NOTHING), ["[0] once", "[1] 3 times"]);
        let soak = "[soak]\nfor = \"8h\"";
        assert_eq!(told(soak, &["", ""], NOTHING), ["[0, 1] for 8h"]);
    }

    #[test]
    fn the_command_line_takes_the_place_of_the_plans_limit() {
        let soak = "[soak]\nfor = \"8h\"\nuntil-fail = true";
        assert_eq!(told(soak, &["", ""], TWICE), ["[0, 1] 2 times or until it fails"]);
        assert_eq!(told("", &["", ""], HOUR), ["[0, 1] for 1h"]);
        assert_eq!(
            told("", &["", "repeat = 3", "", "for = \"8h\"", ""], HOUR),
            ["[0] once", "[1, 3] for 1h", "[2] once", "[4] once"]
        );
    }

    #[test]
    fn until_fail_adds_to_what_else_holds() {
        assert_eq!(
            told("", &["repeat = 3", "", "for = \"8h\""], FAIL),
            ["[0] 3 times or until it fails", "[2] for 8h or until it fails", "[1] once"]
        );
        assert_eq!(told("", &["", ""], FAIL), ["[0, 1] until it fails"]);
        assert_eq!(
            told("", &["until-fail = true", "repeat = 3"], TWICE),
            ["[0, 1] 2 times or until it fails"]
        );
    }
}
