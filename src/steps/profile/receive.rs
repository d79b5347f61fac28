//! `profile-receive`: bytes from a device.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::id::ProfileUuid;
use super::{link, meant, record, shown};
use crate::event::Way;
use crate::plan::{DeviceName, Span};
use crate::steps::condition::Pattern;
use crate::steps::octets::Octets;
use crate::steps::{Bench, Failure, Outcome, Step};

/// Wait for bytes from a device that is connected on a profile of the bench.
///
/// What comes is kept in its order, up to 64 KiB, and each step takes the first of it: `text` and `value` as many bytes as
/// they have, which must be these; `contains` and `matches` all up to the end of what they found; without them, all
/// that is there. What came before the step counts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "ProfileReceiveTable")]
#[schemars(with = "ProfileReceiveTable")]
pub struct ProfileReceive {
    device: DeviceName,
    uuid: Option<ProfileUuid>,
    wanted: Wanted,
    within: Span,
}

/// [`ProfileReceive`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ProfileReceiveTable {
    /// The device of the plan.
    device: DeviceName,
    /// The profile, as in `profile`. Default: the only one.
    uuid: Option<ProfileUuid>,
    /// The next bytes are this text, in UTF-8.
    #[schemars(extend("examples" = ["\r\nOK\r\n"]))]
    text: Option<String>,
    /// The next bytes are these: pairs of hexadecimal digits, `?` for any digit, `*` at the end for whatever else is there.
    value: Option<Octets>,
    /// This text comes.
    contains: Option<String>,
    /// A text comes that this regular expression matches.
    matches: Option<Pattern>,
    /// How long that may take.
    #[serde(default = "ten_seconds")]
    within: Span,
}

fn ten_seconds() -> Span {
    Span(Duration::from_secs(10))
}

/// What is to come.
#[derive(Debug)]
enum Wanted {
    Anything,
    Text(String),
    Value(Octets),
    Contains(String),
    Matches(Pattern),
}

/// What has come, held against what is to come.
#[derive(Debug, PartialEq, Eq)]
enum Judged {
    /// It is there: so many bytes.
    There(usize),
    /// Not yet.
    Wait,
    /// It cannot be there any more.
    Wrong,
}

impl Wanted {
    fn judge(&self, came: &[u8]) -> Judged {
        let found = |end: Option<usize>| end.map_or(Judged::Wait, Judged::There);
        match self {
            Self::Anything => found((!came.is_empty()).then_some(came.len())),
            Self::Text(text) => {
                let text = text.as_bytes();
                let both = came.iter().zip(text);
                if both.into_iter().any(|(came, wanted)| came != wanted) {
                    return Judged::Wrong;
                }
                found((came.len() >= text.len()).then_some(text.len()))
            }
            Self::Value(octets) => {
                let first = came.get(..octets.length()).unwrap_or(came);
                if !octets.begins(first) {
                    return Judged::Wrong;
                }
                let all = if octets.is_open() { came.len() } else { first.len() };
                found((came.len() >= octets.length()).then_some(all))
            }
            Self::Contains(text) => {
                let text = text.as_bytes();
                let at = came.windows(text.len()).position(|window| window == text);
                found(at.map(|at| at + text.len()))
            }
            Self::Matches(Pattern(pattern)) => {
                found(match std::str::from_utf8(came) {
                    Ok(text) => pattern.find(text).map(|found| found.end()),
                    // One character for each byte.
                    Err(_) => {
                        let text: String = came.iter().map(|byte| char::from(*byte)).collect();
                        let end = pattern.find(&text).map(|found| found.end());
                        end.map(|end| text.get(..end).map_or(0, |text| text.chars().count()))
                    }
                })
            }
        }
    }

    fn told(&self) -> String {
        match self {
            Self::Anything => "anything".to_owned(),
            Self::Text(text) => shown(text.as_bytes()),
            Self::Value(octets) => octets.to_string(),
            Self::Contains(text) => format!("{} somewhere", shown(text.as_bytes())),
            Self::Matches(Pattern(pattern)) => format!("like /{}/", pattern.as_str()),
        }
    }
}

impl TryFrom<ProfileReceiveTable> for ProfileReceive {
    type Error = String;

    fn try_from(table: ProfileReceiveTable) -> Result<Self, String> {
        let ProfileReceiveTable { device, uuid, text, value, contains, matches, within } = table;
        let mut ways = [
            text.map(Wanted::Text),
            value.map(Wanted::Value),
            contains.map(Wanted::Contains),
            matches.map(Wanted::Matches),
        ]
        .into_iter()
        .flatten();
        let wanted = ways.next().unwrap_or(Wanted::Anything);
        if ways.next().is_some() {
            return Err("a step waits for one thing; take all but one of `text`, `value`, `contains` and `matches` out, \
                        or write several steps"
                .to_owned());
        }
        match &wanted {
            Wanted::Text(text) | Wanted::Contains(text) if text.is_empty() => {
                Err("the text is empty; write what is to come, or leave it out for anything"
                    .to_owned())
            }
            Wanted::Text(text) | Wanted::Contains(text) if text.len() > 4096 => {
                Err("the text has more than 4096 bytes".to_owned())
            }
            _ => Ok(Self { device, uuid, wanted, within }),
        }
    }
}

impl Step for ProfileReceive {
    const VERB: &'static str = "profile-receive";
    const EXAMPLE: &'static str =
        r#"{ do = "profile-receive", device = "headset", contains = "\r\nOK\r\n", within = "2s" }"#;

    fn describe(&self) -> String {
        format!("receive {} from {}", self.wanted.told(), self.device)
    }

    fn limit(&self) -> Duration {
        self.within.0 + Duration::from_secs(1)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        let profile = meant(bench, self.uuid.as_ref())?;
        let device = bench.device(&self.device)?;
        let link = link(bench, &self.device, &device, &profile)?;
        let judge = || match (link.is_up(), self.wanted.judge(&link.came())) {
            (_, Judged::There(length)) => Some(Ok(length)),
            (_, Judged::Wrong) => Some(Err("")),
            (false, Judged::Wait) => Some(Err(", and the connection has ended")),
            (true, Judged::Wait) => None,
        };
        let waited = tokio::time::timeout(self.within.0, bench.profiles().wait_for(judge)).await;
        match waited {
            Ok(Ok(length)) => {
                let taken = link.take(length);
                record(bench, &self.device, &device, &profile, (Way::Received, &taken));
                Ok(())
            }
            Ok(Err(why)) => Err(self.unmet(&link.came(), why)),
            Err(_) => Err(self.unmet(&link.came(), &format!(" within {}", self.within))),
        }
    }
}

impl ProfileReceive {
    fn unmet(&self, came: &[u8], why: &str) -> Failure {
        Failure::unmet(
            format!("{} did not send what is expected{why}", self.device),
            self.wanted.told(),
            shown(came),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(table: &str) -> Wanted {
        let step: ProfileReceive =
            toml::from_str(&format!("device = 'd'\n{table}")).expect("a step");
        step.wanted
    }

    #[test]
    fn each_way_takes_what_it_says() {
        for (table, came, judged) in [
            ("", "", Judged::Wait),
            ("", "abc", Judged::There(3)),
            ("text = 'ab'", "a", Judged::Wait),
            ("text = 'ab'", "abc", Judged::There(2)),
            ("text = 'ab'", "b", Judged::Wrong),
            ("value = '61 ??'", "a", Judged::Wait),
            ("value = '61 ??'", "abc", Judged::There(2)),
            ("value = '61 *'", "abc", Judged::There(3)),
            ("value = '62'", "abc", Judged::Wrong),
            ("contains = 'OK'", "..O", Judged::Wait),
            ("contains = 'OK'", "..OK..", Judged::There(4)),
            ("matches = 'B.*: [0-9]+'", "+BRSF: 87\r", Judged::There(9)),
            ("matches = 'é'", "é!", Judged::There(2)),
        ] {
            assert_eq!(wanted(table).judge(came.as_bytes()), judged, "{table} of {came}");
        }
    }

    #[test]
    fn places_are_counted_in_bytes_also_where_they_are_no_ascii() {
        assert_eq!(wanted("matches = 'b'").judge(b"\xff\xfeab"), Judged::There(4));
    }

    #[test]
    fn a_step_waits_for_one_thing() {
        let read =
            |table: &str| toml::from_str::<ProfileReceive>(&format!("device = 'd'\n{table}"));
        for bad in ["text = 'a'\ncontains = 'b'", "text = ''"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
