//! `profile`, `profile-expect`, `profile-send` and `profile-receive`: a classic profile that the bench has itself, such as
//! a serial port or a hands-free unit, and what goes over its connection with a device.

mod expect;
mod id;
mod receive;
mod register;
mod send;

use serde_json::Value;

pub(super) use expect::ProfileExpect;
pub(super) use receive::ProfileReceive;
pub(super) use register::Profile;
pub(super) use send::ProfileSend;

use super::{Bench, Failure};
use crate::bluez::{Device, Link};
use crate::event::{Event, Object, Way};
use crate::plan::DeviceName;
use id::ProfileUuid;

/// How many bytes of what went over a connection are told.
const TOLD: usize = 4096;
/// How many are shown in a failure.
const SHOWN: usize = 200;

/// The profile that a step means: the one it names, or the only one there is.
fn meant(bench: &Bench, named: Option<&ProfileUuid>) -> Result<ProfileUuid, Failure> {
    let registered = bench.profiles().registered();
    match (named, registered.as_slice()) {
        (Some(named), all) if all.iter().any(|known| known == named.as_str()) => Ok(named.clone()),
        (None, [only]) => Ok(ProfileUuid::of(only)),
        (None, [_, _, ..]) => Err(Failure::bench(
            "ambiguous",
            "the bench has several profiles",
            "say which in this step, for example `uuid = \"serial-port\"`",
        )),
        (named, _) => Err(Failure::bench(
            "no-profile",
            format!(
                "the bench has no profile{}",
                named.map_or_else(String::new, |named| format!(" {named}"))
            ),
            "put { do = \"profile\", uuid = \"serial-port\", … } before it, with this profile",
        )),
    }
}

/// The connection of a device on a profile, also one that has ended: what came over it can still be taken.
fn link(
    bench: &Bench,
    name: &DeviceName,
    device: &Device,
    profile: &ProfileUuid,
) -> Result<Link, Failure> {
    bench.profiles().link(profile.as_str(), device.path()).ok_or_else(|| {
        Failure::fail(
            "profile-not-connected",
            format!("{name} is not connected on {profile}"),
            format!(
                "put {{ do = \"connect\", device = \"{name}\", profile = \"{}\" }} before it, or let the device connect",
                profile.remote()
            ),
        )
    })
}

/// Records what went over a connection.
fn record(
    bench: &Bench,
    name: &DeviceName,
    device: &Device,
    profile: &ProfileUuid,
    (way, bytes): (Way, &[u8]),
) {
    let told = bytes.get(..TOLD).unwrap_or(bytes);
    bench.record(Event::Exchanged {
        object: Object { name: name.to_string(), path: device.path().to_owned() },
        profile: profile.to_string(),
        way,
        bytes: hex(told),
        of: (told.len() < bytes.len()).then_some(bytes.len()),
        text: text(told),
    });
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes as a text that can be shown, where they are one.
fn text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let odd = |c: char| c.is_control() && !matches!(c, '\r' | '\n' | '\t');
    (!text.is_empty() && !text.contains(odd)).then(|| text.escape_debug().to_string())
}

/// Bytes as a person reads them: a text where they are one, and no more of them than fit.
fn shown(bytes: &[u8]) -> String {
    let first = bytes.get(..SHOWN).unwrap_or(bytes);
    let shown = match text(first) {
        Some(text) => format!("\"{text}\""),
        None if first.is_empty() => "nothing".to_owned(),
        None => hex(first),
    };
    if first.len() < bytes.len() {
        return format!("{shown} … ({} bytes)", bytes.len());
    }
    shown
}

/// A number of a profile's record, as it is told.
fn number(number: Option<u16>) -> Value {
    number.map_or(Value::Null, Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_as_the_text_that_they_are() {
        assert_eq!(shown(b"\r\nOK\r\n"), "\"\\r\\nOK\\r\\n\"");
        assert_eq!(shown(b"\x1b[2J"), "1b5b324a");
        assert_eq!(shown(b""), "nothing");
        assert_eq!(shown(&[b'a'; 300]), format!("\"{}\" … (300 bytes)", "a".repeat(200)));
        assert_eq!(text(b"\xff"), None);
    }
}
