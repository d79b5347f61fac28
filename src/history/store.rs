//! Adds a run.

use rusqlite::{Transaction, TransactionBehavior, params};

use super::{Error, History};
use crate::event::Verdict;
use crate::report::digest::{CaseDigest, Digest};

/// What became of a run that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is new.
    New,
    /// It was there already, and is replaced.
    Replaced,
}

impl History {
    /// Adds a run; one that started at the same time on the same host, of the same plan, is the same
    /// and is replaced.
    ///
    /// # Errors
    /// It could not be written; then the history is as it was.
    pub fn add(&mut self, run: &Digest) -> Result<Added, Error> {
        let added = || -> rusqlite::Result<Added> {
            let behaviour = TransactionBehavior::Immediate;
            let transaction = self.connection.transaction_with_behavior(behaviour)?;
            let added = insert(&transaction, run)?;
            transaction.commit()?;
            Ok(added)
        }();
        added.map_err(|error| self.error(error))
    }
}

fn insert(transaction: &Transaction<'_>, run: &Digest) -> rusqlite::Result<Added> {
    let key = &run.key;
    let gone = transaction.execute(
        "DELETE FROM run WHERE started = ?1 AND host = ?2 AND plan = ?3",
        params![key.started, key.host, key.plan],
    )?;
    transaction.execute(
        "INSERT INTO run (started, host, plan, at, verdict, took) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            key.started,
            key.host,
            key.plan,
            key.at_us(),
            word(run.verdict),
            whole(run.took_us)
        ],
    )?;
    let id = transaction.last_insert_rowid();
    let mut fact = transaction
        .prepare("INSERT INTO fact (run, place, name, value) VALUES (?1, ?2, ?3, ?4)")?;
    for (place, (name, value)) in (0_i64..).zip(&run.facts) {
        fact.execute(params![id, place, name, value])?;
    }
    for (place, case) in (0_i64..).zip(&run.cases) {
        insert_case(transaction, id, place, case)?;
    }
    Ok(if gone == 0 { Added::New } else { Added::Replaced })
}

fn insert_case(
    transaction: &Transaction<'_>,
    run: i64,
    place: i64,
    case: &CaseDigest,
) -> rusqlite::Result<()> {
    let tally = case.iterations;
    let mut tested = transaction.prepare(
        "INSERT INTO tested (run, place, name, title, verdict, passed, failed, inconclusive, skipped, \
         attempts, flaky, clustering, took) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    tested.execute(params![
        run,
        place,
        case.id,
        case.title,
        word(case.verdict),
        whole(tally.passed),
        whole(tally.failed),
        whole(tally.inconclusive),
        whole(tally.skipped),
        whole(case.attempts),
        whole(case.flaky),
        case.clustering,
        case.took.to_bytes(),
    ])?;
    let id = transaction.last_insert_rowid();
    let mut cause = transaction.prepare(
        "INSERT INTO cause (tested, place, kind, step, count) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (place, of) in (0_i64..).zip(&case.causes) {
        cause.execute(params![id, place, of.kind, of.step, whole(of.count)])?;
    }
    let mut measure = transaction.prepare(
        "INSERT INTO measure (tested, place, name, tries, clustering, latency) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for (place, of) in (0_i64..).zip(&case.measures) {
        let latency = of.latency.to_bytes();
        measure.execute(params![id, place, of.name, whole(of.tries), of.clustering, latency])?;
    }
    Ok(())
}

/// The largest number of SQLite is smaller than ours; no run comes near.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Skip => "skip",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Fail => "fail",
    }
}
