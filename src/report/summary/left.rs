//! What the run has changed on the bench and not put back: what a run that goes on finds there.

use std::collections::BTreeMap;

use crate::event::{Event, Record, Touched};

/// How many things are kept, of the attempt and of the run each.
const MOST: usize = 1024;

/// Things that are to be put back, by what [`Event::Restored`] calls them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Left {
    /// By the attempt that is under way.
    by_attempt: BTreeMap<String, Touched>,
    /// By the run as a whole; whether putting it back has failed.
    by_run: BTreeMap<String, (Touched, bool)>,
}

impl Left {
    /// What was touched by the attempt that was under way.
    pub fn by_attempt(&self) -> impl Iterator<Item = &Touched> {
        self.by_attempt.values()
    }

    /// What was touched by the run as a whole.
    pub fn by_run(&self) -> impl Iterator<Item = &Touched> {
        self.by_run.values().map(|(touched, _)| touched)
    }

    pub(super) fn add(&mut self, record: &Record) {
        let of_attempt = record.scope.attempt.is_some();
        match &record.event {
            Event::Touched(touched) if !of_attempt => self.keep(touched),
            Event::Touched(touched) if self.by_attempt.len() < MOST => {
                self.by_attempt.entry(touched.what()).or_insert_with(|| touched.clone());
            }
            // What it kept is told as the run's.
            Event::AttemptFinished(_) => self.by_attempt.clear(),
            Event::Restored { what, error: None } if !of_attempt => {
                self.by_run.remove(what);
            }
            Event::Restored { what, error: Some(_) } if !of_attempt => {
                if let Some((_, failed)) = self.by_run.get_mut(what) {
                    *failed = true;
                }
            }
            // The run puts back what the attempt could not.
            Event::Resumed { .. } => {
                for touched in std::mem::take(&mut self.by_attempt).values() {
                    self.keep(touched);
                }
            }
            // What was as it had been is put back without a word.
            Event::RunFinished { .. } => self.by_run.retain(|_, (_, failed)| *failed),
            _ => {}
        }
    }

    /// The first word on a thing is the oldest, and stays.
    fn keep(&mut self, touched: &Touched) {
        if self.by_run.len() < MOST {
            self.by_run.entry(touched.what()).or_insert_with(|| (touched.clone(), false));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Object, Scope, Verdict};

    const ATTEMPT: Scope = Scope { case: None, iteration: None, attempt: Some(1), step: None };
    const RUN: Scope = Scope { case: None, iteration: None, attempt: None, step: None };

    fn touched(path: &str, trusted: bool) -> Event {
        let properties = BTreeMap::from([("Trusted".to_owned(), trusted.into())]);
        let object = Object { name: String::new(), path: path.to_owned() };
        Event::Touched(Touched { object, interface: "org.bluez.Device1".to_owned(), properties })
    }

    fn restored(path: &str, error: Option<&str>) -> Event {
        let what = crate::event::device_in_words(path);
        Event::Restored { what, error: error.map(str::to_owned) }
    }

    fn attempt_finished() -> Event {
        serde_json::from_str(r#"{"event":"attempt-finished","verdict":"pass","took_us":1}"#)
            .unwrap()
    }

    fn run_finished() -> Event {
        Event::RunFinished { verdict: Verdict::Pass, exit_code: 0, took_us: 1 }
    }

    fn resumed() -> Event {
        Event::Resumed { bttest: String::new(), at: String::new() }
    }

    /// What is left after these: of the attempt, and of the run.
    fn left(events: &[(&Scope, Event)]) -> (Vec<String>, Vec<String>) {
        let mut left = Left::default();
        for (scope, event) in events {
            let scope = (*scope).clone();
            left.add(&Record { n: 0, t: 0, scope, event: event.clone() });
        }
        let path = |touched: &Touched| touched.object.path.clone();
        (left.by_attempt().map(path).collect(), left.by_run().map(path).collect())
    }

    #[test]
    fn what_is_not_put_back_yet_is_left() {
        let one = |path: &str| vec![path.to_owned()];
        let begun = [(&ATTEMPT, touched("/a", true)), (&RUN, touched("/b", true))];
        assert_eq!(left(&begun), (one("/a"), one("/b")));
        for (scope, event, expected) in [
            (&ATTEMPT, attempt_finished(), (vec![], one("/b"))),
            (&RUN, restored("/b", None), (one("/a"), vec![])),
            (&RUN, restored("/b", Some("no")), (one("/a"), one("/b"))),
            (&RUN, run_finished(), (one("/a"), vec![])),
            (&RUN, resumed(), (vec![], vec!["/a".to_owned(), "/b".to_owned()])),
        ] {
            let events = [&begun[..], &[(scope, event.clone())]].concat();
            assert_eq!(left(&events), expected, "{event:?}");
        }
    }

    #[test]
    fn what_could_not_be_put_back_at_the_end_of_the_run_is_left() {
        let events = [
            (&RUN, touched("/a", true)),
            (&RUN, touched("/b", true)),
            (&RUN, restored("/a", Some("bluetoothd is gone"))),
            (&RUN, run_finished()),
        ];
        assert_eq!(left(&events), (vec![], vec!["/a".to_owned()]));
    }

    #[test]
    fn the_first_word_on_a_thing_stays_and_the_number_of_things_is_bounded() {
        let mut left = Left::default();
        let mut add = |event| left.add(&Record { n: 0, t: 0, scope: RUN, event });
        add(touched("/a", true));
        add(touched("/a", false));
        (0..2 * MOST).for_each(|n| add(touched(&format!("/{n}"), false)));
        assert_eq!(left.by_run().count(), MOST);
        let first = left.by_run().find(|touched| touched.object.path == "/a").unwrap();
        assert_eq!(first.properties["Trusted"], true);
    }
}
