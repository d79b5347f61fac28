//! A device that is a central: it connects by itself once the bench serves something and advertises, and does there
//! what the scene says (`[[device.central]]`; Core Spec Vol 3, Part G, 4).

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::{gatt, latency, latency::Latency, uuid::Uuid};

/// The most that a central does on a link.
const MOST_DEEDS: usize = 1000;

/// One link that a central makes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Central {
    /// How long after a client has registered an application it connects; for the next link of a device, how long
    /// after the one before has ended.
    #[serde(default = "soon")]
    pub after: Latency,
    /// What it does, one after the other; what it finds nowhere it leaves out.
    #[serde(default, deserialize_with = "deeds")]
    pub does: Vec<Deed>,
    /// Whether it stays connected when it has done everything.
    #[serde(default)]
    pub stays: bool,
}

/// What a central does: `{ read = "2a19" }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Reads the first characteristic of this UUID.
    Read(Uuid),
    /// Writes it.
    Write {
        /// Which characteristic.
        uuid: Uuid,
        /// What is written.
        value: Vec<u8>,
        /// Whether nobody answers it.
        command: bool,
    },
    /// Has its value sent from then on.
    Subscribe(Uuid),
    /// Does not any more.
    Unsubscribe(Uuid),
    /// Lets time pass.
    Wait(Duration),
}

/// A deed as it stands in the file.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    read: Option<Uuid>,
    write: Option<Uuid>,
    subscribe: Option<Uuid>,
    unsubscribe: Option<Uuid>,
    #[serde(default, deserialize_with = "latency::deserialize_optional")]
    wait: Option<Duration>,
    value: Option<String>,
    text: Option<String>,
    #[serde(default)]
    command: bool,
}

fn soon() -> Latency {
    Latency::millis(1000)
}

fn deeds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Deed>, D::Error> {
    let deeds = Vec::<Deed>::deserialize(deserializer)?;
    match deeds.len() {
        0..=MOST_DEEDS => Ok(deeds),
        _ => Err(D::Error::custom(format!("{MOST_DEEDS} deeds are the most"))),
    }
}

impl Written {
    fn deed(self) -> Result<Deed, String> {
        let has_value = self.value.is_some() || self.text.is_some() || self.command;
        let mut deeds = Vec::new();
        deeds.extend(self.read.map(Deed::Read));
        deeds.extend(self.subscribe.map(Deed::Subscribe));
        deeds.extend(self.unsubscribe.map(Deed::Unsubscribe));
        deeds.extend(self.wait.map(Deed::Wait));
        let is_written = self.write.is_some();
        if let Some(uuid) = self.write {
            let value = gatt::value(self.value.as_deref(), self.text.as_deref())?;
            deeds.push(Deed::Write { uuid, value, command: self.command });
        }
        if has_value && !is_written {
            return Err("`value`, `text` and `command` belong to `write`".into());
        }
        let [deed] = <[Deed; 1]>::try_from(deeds)
            .map_err(|_| "give one of `read`, `write`, `subscribe`, `unsubscribe` and `wait`")?;
        Ok(deed)
    }
}

impl<'de> Deserialize<'de> for Deed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Written::deserialize(deserializer)?.deed().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Central, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_central_does_one_thing_after_the_other() {
        let central = read(
            "does = [{ subscribe = 'fff1' }, { write = 'fff2', value = '01', command = true }, \
             { wait = '2s' }, { read = '2a19' }]",
        );
        let does = central.expect("a central").does;
        let [Deed::Subscribe(_), Deed::Write { value, command: true, .. }, Deed::Wait(time), _] =
            &does[..]
        else {
            panic!("{does:?}");
        };
        assert_eq!((value.as_slice(), time.as_secs()), (&[1][..], 2));
    }

    #[test]
    fn nonsense_is_refused_with_the_reason() {
        for (text, reason) in [
            ("does = [{}]", "give one of"),
            ("does = [{ read = 'fff1', wait = '1s' }]", "give one of"),
            ("does = [{ read = 'fff1', value = '00' }]", "belong to `write`"),
            ("does = [{ raed = 'fff1' }]", "`read`"),
            ("does = [{ write = 'fff1', value = 'x' }]", "hexadecimal"),
            ("dos = []", "`does`"),
        ] {
            let message = read(text).expect_err(text);
            assert!(message.contains(reason), "{text}: {message}");
        }
    }
}
