//! The tables, and whose file it is.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::Error;

/// The version of the tables, kept as `user_version`. A later version of bttest brings an earlier file up
/// to date; an earlier one leaves a later file alone.
pub(super) const VERSION: i64 = 1;

/// The mark of a history, kept as `application_id`: "btts".
const APPLICATION: i64 = 0x6274_7473;

/// Times are in microseconds. `at` is that of `started` since 1970, for the order. Histograms are bytes, as
/// `stats::Histogram::to_bytes` writes them.
const TABLES: &str = "
    CREATE TABLE run (
        id INTEGER PRIMARY KEY,
        started TEXT NOT NULL,
        host TEXT NOT NULL,
        plan TEXT NOT NULL,
        at INTEGER NOT NULL,
        verdict TEXT NOT NULL,
        took INTEGER NOT NULL,
        UNIQUE (started, host, plan)
    ) STRICT;
    CREATE INDEX run_by_plan ON run (plan, at);
    CREATE TABLE fact (
        run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (run, place)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE tested (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        name TEXT NOT NULL,
        title TEXT NOT NULL,
        verdict TEXT NOT NULL,
        passed INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        inconclusive INTEGER NOT NULL,
        skipped INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        flaky INTEGER NOT NULL,
        clustering REAL NOT NULL,
        took BLOB NOT NULL,
        UNIQUE (run, place)
    ) STRICT;
    CREATE TABLE cause (
        tested INTEGER NOT NULL REFERENCES tested (id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        kind TEXT NOT NULL,
        step TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (tested, place)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE measure (
        tested INTEGER NOT NULL REFERENCES tested (id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        name TEXT NOT NULL,
        tries INTEGER NOT NULL,
        clustering REAL NOT NULL,
        latency BLOB NOT NULL,
        PRIMARY KEY (tested, place)
    ) STRICT, WITHOUT ROWID;
";

/// Makes sure that the file is a history that this version knows, or empty.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), Error> {
    let of = |error| Error::of(path, error);
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get(0));
    let version: i64 = number("user_version").map_err(of)?;
    let application: i64 = number("application_id").map_err(of)?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(of)?;
    match (application, version) {
        (0, 0) if tables == 0 => Ok(()),
        (APPLICATION, VERSION) => Ok(()),
        (APPLICATION, version) if version > VERSION => Err(Error::Newer(path.to_owned(), version)),
        (APPLICATION, version) => {
            Err(Error::Damaged(path.to_owned(), format!("schema {version}, which never was")))
        }
        _ => Err(Error::Foreign(path.to_owned())),
    }
}

/// Makes the tables in a file that is empty.
pub(super) fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    // Two programs may find it empty at the same time; the second then finds it made.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()
}
