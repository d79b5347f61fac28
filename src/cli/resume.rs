//! `--resume`: going on with a run that was cut off or interrupted.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use super::bench::Place;
use crate::engine::{Clock, Earlier, Options};
use crate::event::{Event, Record, Scope};
use crate::plan::{Plan, Soak};
use crate::report::run_folder::{GoOn, RunFolder};
use crate::report::summary::{Case, Summary};
use crate::steps::Left;

/// A run to go on with.
pub(super) struct Resumed {
    pub(super) folder: RunFolder,
    pub(super) on: GoOn,
}

impl Resumed {
    /// Opens the run at `path`, its folder or its journal.
    ///
    /// # Errors
    /// There is none, or it cannot go on: a sentence on why.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let folder = RunFolder::at(path);
        let on = folder.go_on().map_err(|error| error.to_string())?;
        Ok(Self { folder, on })
    }

    /// Prepares the options for going on, if the run was of this plan, with these options, here.
    ///
    /// # Errors
    /// What is not as it was.
    pub(super) fn prepare(
        &self,
        plan: &Plan,
        place: &Place,
        options: &mut Options,
    ) -> Result<(), String> {
        let summary = self.reopened();
        self.check_plan(plan)?;
        self.check_end()?;
        self.check_place(place)?;
        check_cases(&summary, plan, options)?;
        check_limits(&summary, plan, options)?;
        let started = self.on.run.started.parse::<Timestamp>();
        let started =
            started.map_err(|error| format!("the journal's start is no time: {error}"))?;
        options.clock = Clock::new(started, options.clock.is_fast());
        options.earlier =
            summary.cases.iter().map(|case| (case.id.clone(), earlier(case))).collect();
        options.recovered = summary.recoveries.total();
        // Of the attempt that was cut off: as it was before the run went on.
        let left = &self.on.so_far.so_far().left;
        options.left = Left {
            by_attempt: left.by_attempt().cloned().collect(),
            by_run: left.by_run().cloned().collect(),
        };
        Ok(())
    }

    /// What the run came to, with what was cut off open again.
    fn reopened(&self) -> Summary {
        let mut fold = self.on.so_far.clone();
        let (n, t, scope) = (self.on.next_n, self.on.t, Scope::default());
        fold.add(&Record { n, t, scope, event: resumed() });
        fold.so_far().clone()
    }

    fn check_plan(&self, plan: &Plan) -> Result<(), String> {
        let run = &self.on.run;
        if run.plan_hash.as_ref() == Some(&plan.hash) {
            return Ok(());
        }
        let folder = self.folder.path().display();
        if run.plan != plan.name {
            return Err(format!(
                "{folder} is a run of the plan {:?}, and this is {:?}; give the plan that it was of",
                run.plan, plan.name
            ));
        }
        let before = run.plan_hash.as_deref().unwrap_or("unknown");
        let short = |hash: &str| hash.get(..12).unwrap_or(hash).to_owned();
        Err(format!(
            "the plan is not what it was in {folder}: its text, a file that it includes, or a value from \
             outside (--set, BTTEST_VAR_…) has changed (hash {} then, {} now); put it back, or begin a \
             new run",
            short(before),
            short(&plan.hash)
        ))
    }

    /// A run that came to its end has nothing to go on with.
    fn check_end(&self) -> Result<(), String> {
        let summary = self.on.so_far.so_far();
        if summary.end.is_none() || summary.interrupted.is_some() {
            return Ok(());
        }
        let folder = self.folder.path().display();
        Err(format!(
            "the run in {folder} came to its end; `bttest report {folder}` makes its reports"
        ))
    }

    fn check_place(&self, place: &Place) -> Result<(), String> {
        let run = &self.on.run;
        let told = |scene: Option<&str>, seed: Option<u64>| match (scene, seed) {
            (Some(scene), Some(seed)) => format!("on the simulator ({scene}, seed {seed})"),
            _ => "on a bus".to_owned(),
        };
        let then = told(run.simulator.as_deref(), run.seed);
        let now = told(place.scene_name().as_deref(), place.seed());
        if then == now {
            return Ok(());
        }
        Err(format!("the run was {then}, and this would be {now}; give the same --sim and --seed"))
    }
}

/// The event that a run goes on with.
pub(super) fn resumed() -> Event {
    Event::Resumed {
        bttest: env!("CARGO_PKG_VERSION").to_owned(),
        at: Timestamp::now().to_string(),
    }
}

/// The same cases must be chosen.
fn check_cases(summary: &Summary, plan: &Plan, options: &Options) -> Result<(), String> {
    let then = summary.run.as_ref().map_or(0, |run| run.cases);
    let now = options.cases.len();
    let chosen = |id: &str| {
        options.cases.iter().filter_map(|index| plan.cases.get(*index)).any(|case| case.id == id)
    };
    let other = summary.cases.iter().find(|case| !chosen(&case.id));
    match other {
        Some(case) => Err(format!(
            "{} was run, and is not selected now; give the same --case, --tag and --shard",
            case.id
        )),
        None if then != now => Err(format!(
            "{then} cases were selected, and now {now}; give the same --case, --tag and --shard"
        )),
        None => Ok(()),
    }
}

/// What goes on must go on as it was to.
fn check_limits(summary: &Summary, plan: &Plan, options: &Options) -> Result<(), String> {
    for block in options.blocks(plan) {
        let soak = block.soak;
        for case in block.of(plan) {
            let known = summary.cases.iter().find(|known| known.id == case.id);
            let Some(known) = known.filter(|known| !known.finished) else { continue };
            if known.identity.iterations != soak.iterations()
                || known.identity.until_t.is_some() != is_timed(&soak)
            {
                return Err(format!(
                    "{} was not to go on {soak}; give the same --repeat, --for, --until and --until-fail as \
                     for the run",
                    case.id
                ));
            }
        }
    }
    Ok(())
}

fn is_timed(soak: &Soak) -> bool {
    soak.lasting.is_some() || soak.until.is_some()
}

/// What a case came to.
fn earlier(case: &Case) -> Earlier {
    let measures = case.measures.iter().map(|m| (m.name.clone(), m.statistics.clone()));
    Earlier {
        began: case.started,
        done: case.iterations.total(),
        anew: case.anew,
        failed: case.iterations.failed > 0,
        so_far: match case.finished {
            true => Some((case.verdict, case.cause.clone())),
            false => case.so_far.clone(),
        },
        last: case.last,
        ended: case.finished,
        measures: measures.collect::<BTreeMap<_, _>>(),
    }
}
