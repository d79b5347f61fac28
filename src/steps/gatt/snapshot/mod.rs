//! `gatt-snapshot`: a device's database as it was once, and as it is now.

mod difference;
mod file;

use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::timeout;

use super::super::{Bench, Failure, Outcome, Step};
use super::id::{CharacteristicId, ServiceId};
use super::target::resolved;
use super::value::hex;
use crate::bluez::Tree;
use crate::bluez::gatt::{Attribute, Database};
use crate::plan::DeviceName;
use difference::Difference;
use file::Snapshot;

/// How long the last objects may take to come into the tree after BlueZ has said that all are known.
const LATE: Duration = Duration::from_secs(1);

/// Compare the device's database with one that was recorded: services, characteristics, properties, descriptors, and
/// the values of some characteristics. What differs is told line by line.
///
/// The file is only written where `record` says so. It holds no handles, and services and characteristics in the order
/// of theirs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GattSnapshot {
    /// The device of the plan.
    device: DeviceName,
    /// The file, from the folder of the plan on.
    #[schemars(extend("examples" = ["sensor.gatt.toml"]))]
    file: PathBuf,
    /// Only these services, by UUID or name. BlueZ before 5.80 does not show those that it uses itself.
    #[serde(default)]
    services: Vec<ServiceId>,
    /// Characteristics whose values are recorded and compared too.
    #[serde(default)]
    #[schemars(extend("examples" = [["firmware-revision"]]))]
    values: Vec<CharacteristicId>,
    /// Whether the file is written.
    #[serde(default)]
    record: Record,
}

/// When a snapshot is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
enum Record {
    /// Never: without the file the step is inconclusive.
    #[default]
    Never,
    /// Where there is no file; one that is there is compared.
    Missing,
    /// Always, in place of one that is there; nothing is compared.
    Always,
}

impl Step for GattSnapshot {
    const VERB: &'static str = "gatt-snapshot";
    const EXAMPLE: &'static str = r#"{ do = "gatt-snapshot", device = "headset", file = "sensor.gatt.toml", values = ["firmware-revision"], record = "missing" }"#;

    fn describe(&self) -> String {
        let does = if self.record == Record::Always { "record" } else { "compare" };
        format!("{does} the GATT database of {} with {}", self.device, self.file.display())
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let path = bench.plan_folder().join(&self.file);
        let known = match self.record {
            Record::Always => None,
            Record::Missing | Record::Never => self.known(&path)?,
        };
        let now = match known.as_ref() {
            None => self.now(bench, None).await?,
            // What comes late is no difference.
            Some(known) => match timeout(LATE, self.now(bench, Some(known))).await {
                Ok(now) => now?,
                Err(_) => self.now(bench, None).await?,
            },
        };
        match known {
            Some(known) => self.compare(&known, &now),
            None => self.write(&path, &now),
        }
    }
}

impl GattSnapshot {
    /// What was recorded; none where it is to be.
    fn known(&self, path: &Path) -> Outcome<Option<Snapshot>> {
        match file::read(path) {
            Ok(Some(snapshot)) => Ok(Some(snapshot.only(&self.services))),
            Ok(None) if self.record == Record::Missing => Ok(None),
            Ok(None) => Err(Failure::bench(
                "no-snapshot",
                format!("there is no {}", path.display()),
                "record it once with `record = \"missing\"`, look at it, and keep it beside the plan",
            )),
            Err(why) => Err(Failure::bench(
                "no-snapshot",
                format!("{} is no snapshot: {why}", path.display()),
                "put it right, or record it anew with `record = \"always\"`",
            )),
        }
    }

    fn write(&self, path: &Path, now: &Snapshot) -> Outcome {
        file::write(path, &self.device.0, now).map_err(|error| {
            let message = format!("{} cannot be written: {error}", path.display());
            Failure::bench("no-snapshot", message, "is the folder there, and may it be written?")
        })
    }

    /// What the device has; where something is expected, as soon as it has that.
    async fn now(&self, bench: &Bench, expected: Option<&Snapshot>) -> Outcome<Snapshot> {
        let device = resolved(bench, &self.device).await?;
        let look = |tree: &Tree| {
            let database = Database::of(tree, device.path());
            let snapshot = Snapshot::of(&database).only(&self.services);
            let is_there = expected.is_none_or(|expected| expected.has_shape_of(&snapshot));
            is_there.then_some((database, snapshot))
        };
        let (database, mut snapshot) = bench.session().mirror().wait_for(look).await?;
        for (uuid, path) in self.to_read(&database) {
            let value = Attribute::characteristic(bench.session(), &path).read(0).await?;
            snapshot.add_value(&path, &uuid, hex(&value));
        }
        Ok(snapshot)
    }

    fn to_read(&self, database: &Database) -> Vec<(String, String)> {
        let is_here =
            |uuid: &str| self.services.is_empty() || self.services.iter().any(|id| id.is(uuid));
        let services = database.services.iter().filter(|one| is_here(&one.uuid));
        let all = services.flat_map(|one| &one.characteristics);
        let wanted = all.filter(|one| self.values.iter().any(|id| id.is(&one.uuid)));
        wanted.map(|one| (one.uuid.clone(), one.path.clone())).collect()
    }

    fn compare(&self, known: &Snapshot, now: &Snapshot) -> Outcome {
        let Difference { gone, new } = Difference::between(&known.lines(), &now.lines());
        if gone.is_empty() && new.is_empty() {
            return Ok(());
        }
        let shown = |lines: &[String]| match lines {
            [] => "nothing else".to_owned(),
            lines => super::target::listed_by(lines.iter(), "; "),
        };
        let mut failure = Failure::unmet(
            format!("the GATT database of {} is not that of {}", self.device, self.file.display()),
            shown(&gone),
            shown(&new),
        );
        failure.cause.hint = Some(
            "where the device is right, record it anew with `record = \"always\"`, and look at the file's history"
                .to_owned(),
        );
        Err(failure)
    }
}
