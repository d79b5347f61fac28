//! What the measures of a case must have reached.

use super::evaluation::evaluate;
use super::turns::{Turns, scope};
use super::{Ended, Engine};
use crate::event::{Cause, Event, ThresholdResult, Verdict};
use crate::stats::Statistics;

impl Engine<'_> {
    /// Compares every threshold of a case with what its iterations measured.
    pub(super) fn thresholds(&self, turn: &Turns<'_>) -> Ended {
        let nothing = Statistics::default();
        let results = turn.case.thresholds.iter().flat_map(|threshold| {
            evaluate(threshold, turn.measures.get(&threshold.of).unwrap_or(&nothing))
        });
        self.recorder.enter(scope(turn.case));
        results.fold(Ended::PASS, |ended, result| {
            let missed = (!result.held).then(|| missed(&result));
            self.recorder.record(Event::Threshold(result));
            ended.and(missed.unwrap_or(Ended::PASS))
        })
    }
}

fn missed(result: &ThresholdResult) -> Ended {
    let cause = Cause {
        kind: "threshold".to_owned(),
        message: format!("{} of {} is not {}", result.statistic, result.of, result.wanted),
        expected: Some(format!("{} {}", result.statistic, result.wanted)),
        seen: Some(result.measured.clone().unwrap_or_else(|| "nothing was measured".to_owned())),
        ..Cause::default()
    };
    Ended { verdict: Verdict::Fail, cause: Some(cause) }
}
