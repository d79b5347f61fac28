//! Reads runs.

use rusqlite::types::Type;
use rusqlite::{Params, Row, params};

use super::{Error, History};
use crate::event::Verdict;
use crate::report::digest::{CaseDigest, CauseDigest, Digest, Key, MeasureDigest};
use crate::report::summary::Tally;
use crate::stats::Histogram;

/// What is read of a run at first: all but its cases and facts.
const RUN: &str = "SELECT id, started, host, plan, verdict, took FROM run";

/// Whether a run is good.
const GOOD: &str = "verdict <> 'fail' \
    AND EXISTS (SELECT 1 FROM tested WHERE run = run.id AND passed + failed > 0) \
    AND NOT EXISTS (SELECT 1 FROM tested WHERE run = run.id AND (verdict = 'fail' \
        OR (verdict = 'inconclusive' AND passed + failed <= inconclusive)))";

impl History {
    /// The newest runs of a plan, at most so many, the oldest of them first; without a plan, those of
    /// the plan that ran last.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn newest(&self, plan: Option<&str>, most: u32) -> Result<Vec<Digest>, Error> {
        let plan = match plan {
            Some(plan) => plan.to_owned(),
            None => match self.plans()?.into_iter().next() {
                Some((plan, _)) => plan,
                None => return Ok(Vec::new()),
            },
        };
        let newest = format!("{RUN} WHERE plan = ?1 ORDER BY at DESC, id DESC LIMIT ?2");
        let mut runs = self.runs(&newest, params![plan, most])?;
        runs.reverse();
        Ok(runs)
    }

    /// The newest run of the same plan that is older than this one and good (see [`Digest::is_good`]).
    ///
    /// # Errors
    /// It cannot be read.
    pub fn last_good_before(&self, run: &Key) -> Result<Option<Digest>, Error> {
        let good = format!(
            "{RUN} WHERE plan = ?1 AND at <= ?2 AND NOT (started = ?3 AND host = ?4) AND {GOOD} \
             ORDER BY at DESC, id DESC LIMIT 1"
        );
        let runs = self.runs(&good, params![run.plan, run.at_us(), run.started, run.host])?;
        Ok(runs.into_iter().next())
    }

    /// The plans, each with how many runs there are, the one that ran last first.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn plans(&self) -> Result<Vec<(String, u64)>, Error> {
        let plans =
            "SELECT plan, count(*) FROM run GROUP BY plan ORDER BY max(at) DESC, max(id) DESC";
        self.rows(plans, [], |row| Ok((row.get(0)?, number(row, 1)?)))
    }

    fn runs(&self, query: &str, parameters: impl Params) -> Result<Vec<Digest>, Error> {
        let heads = self.rows(query, parameters, |row| {
            let key = Key { started: row.get(1)?, host: row.get(2)?, plan: row.get(3)? };
            let (facts, cases) = (Vec::new(), Vec::new());
            let (verdict, took_us) = (verdict(row, 4)?, number(row, 5)?);
            Ok((row.get(0)?, Digest { key, verdict, took_us, facts, cases }))
        })?;
        let whole = |(id, run): (i64, Digest)| {
            let facts = "SELECT name, value FROM fact WHERE run = ?1 ORDER BY place";
            let facts = self.rows(facts, [id], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(Digest { facts, cases: self.cases(id)?, ..run })
        };
        heads.into_iter().map(whole).collect()
    }

    fn cases(&self, run: i64) -> Result<Vec<CaseDigest>, Error> {
        let cases = "SELECT id, name, title, verdict, passed, failed, inconclusive, skipped, attempts, flaky, \
                     clustering, took FROM tested WHERE run = ?1 ORDER BY place";
        let heads = self.rows(cases, [run], |row| {
            let iterations = Tally {
                passed: number(row, 4)?,
                failed: number(row, 5)?,
                inconclusive: number(row, 6)?,
                skipped: number(row, 7)?,
            };
            let case = CaseDigest {
                id: row.get(1)?,
                title: row.get(2)?,
                verdict: verdict(row, 3)?,
                iterations,
                attempts: number(row, 8)?,
                flaky: number(row, 9)?,
                clustering: row.get(10)?,
                took: histogram(row, 11)?,
                causes: Vec::new(),
                measures: Vec::new(),
            };
            Ok((row.get(0)?, case))
        })?;
        let whole = |(id, case): (i64, CaseDigest)| {
            Ok(CaseDigest { causes: self.causes(id)?, measures: self.measures(id)?, ..case })
        };
        heads.into_iter().map(whole).collect()
    }

    fn causes(&self, case: i64) -> Result<Vec<CauseDigest>, Error> {
        let causes = "SELECT kind, step, count FROM cause WHERE tested = ?1 ORDER BY place";
        self.rows(causes, [case], |row| {
            Ok(CauseDigest { kind: row.get(0)?, step: row.get(1)?, count: number(row, 2)? })
        })
    }

    fn measures(&self, case: i64) -> Result<Vec<MeasureDigest>, Error> {
        let measures =
            "SELECT name, tries, clustering, latency FROM measure WHERE tested = ?1 ORDER BY place";
        self.rows(measures, [case], |row| {
            Ok(MeasureDigest {
                name: row.get(0)?,
                tries: number(row, 1)?,
                clustering: row.get(2)?,
                latency: histogram(row, 3)?,
            })
        })
    }

    fn rows<T>(
        &self,
        query: &str,
        parameters: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Error> {
        let all = || -> rusqlite::Result<Vec<T>> {
            let mut statement = self.connection.prepare(query)?;
            statement.query_map(parameters, read)?.collect()
        };
        all().map_err(|error| self.error(error))
    }
}

/// A number that is not below zero.
fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| wrong(column, Type::Integer, "a number below zero"))
}

fn verdict(row: &Row<'_>, column: usize) -> rusqlite::Result<Verdict> {
    let word: String = row.get(column)?;
    match word.as_str() {
        "pass" => Ok(Verdict::Pass),
        "skip" => Ok(Verdict::Skip),
        "inconclusive" => Ok(Verdict::Inconclusive),
        "fail" => Ok(Verdict::Fail),
        _ => Err(wrong(column, Type::Text, "no verdict")),
    }
}

fn histogram<const BITS: u32>(row: &Row<'_>, column: usize) -> rusqlite::Result<Histogram<BITS>> {
    let bytes = row.get_ref(column)?.as_blob()?;
    Histogram::from_bytes(bytes).ok_or_else(|| wrong(column, Type::Blob, "no histogram"))
}

/// What is in the file and cannot be.
fn wrong(column: usize, what: Type, why: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, what, why.into())
}
