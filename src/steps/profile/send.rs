//! `profile-send`: bytes to a device.

use std::io;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::id::ProfileUuid;
use super::{link, meant, record};
use crate::event::Way;
use crate::plan::DeviceName;
use crate::steps::octets::Bytes;
use crate::steps::{Bench, Failure, Outcome, Step};

/// The longest text that is sent, in bytes.
const LONGEST: usize = 4096;
/// How long a device may take nothing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Send bytes to a device that is connected on a profile of the bench.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "ProfileSendTable")]
#[schemars(with = "ProfileSendTable")]
pub struct ProfileSend {
    device: DeviceName,
    uuid: Option<ProfileUuid>,
    bytes: Vec<u8>,
}

/// [`ProfileSend`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ProfileSendTable {
    /// The device of the plan.
    device: DeviceName,
    /// The profile, as in `profile`. Default: the only one.
    uuid: Option<ProfileUuid>,
    /// What is sent, as text in UTF-8.
    #[schemars(length(max = 4096), extend("examples" = ["AT+BRSF=0\r"]))]
    text: Option<String>,
    /// What is sent, in pairs of hexadecimal digits.
    value: Option<Bytes>,
}

impl TryFrom<ProfileSendTable> for ProfileSend {
    type Error = String;

    fn try_from(table: ProfileSendTable) -> Result<Self, String> {
        let bytes = match (table.text, table.value) {
            (Some(text), None) => text.into_bytes(),
            (None, Some(value)) => value.as_slice().to_vec(),
            (None, None) => return Err("nothing is sent; give `text` or `value`".to_owned()),
            _ => return Err("what is sent is given once; take `text` or `value` out".to_owned()),
        };
        match bytes.len() {
            0 => Err("nothing is sent; write at least one byte".to_owned()),
            1..=LONGEST => Ok(Self { device: table.device, uuid: table.uuid, bytes }),
            more => Err(format!("{more} bytes are sent, and {LONGEST} are the most")),
        }
    }
}

impl Step for ProfileSend {
    const VERB: &'static str = "profile-send";
    const EXAMPLE: &'static str =
        r#"{ do = "profile-send", device = "headset", uuid = "hfp-hf", text = "AT+BRSF=0\r" }"#;

    fn describe(&self) -> String {
        format!("send {} bytes to {}", self.bytes.len(), self.device)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let profile = meant(bench, self.uuid.as_ref())?;
        let device = bench.device(&self.device)?;
        let link = link(bench, &self.device, &device, &profile)?;
        let sent = bench.profiles().send(&link, &self.bytes, PATIENCE).await;
        sent.map_err(|error| self.broke(&error, &profile))?;
        record(bench, &self.device, &device, &profile, (Way::Sent, &self.bytes));
        Ok(())
    }
}

impl ProfileSend {
    fn broke(&self, error: &io::Error, profile: &ProfileUuid) -> Failure {
        match error.kind() {
            io::ErrorKind::TimedOut => Failure::fail(
                "profile-blocked",
                format!("{} took nothing for {} s", self.device, PATIENCE.as_secs()),
                "is it in range? The HCI capture (`--capture`) tells what it acknowledged",
            ),
            _ => Failure::fail(
                "profile-ended",
                format!("the connection with {} on {profile} has ended: {error}", self.device),
                "the device closed it, or the link is gone; the events of the step tell",
            ),
        }
    }
}
