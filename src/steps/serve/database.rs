//! The database that `serve` serves, as a plan writes it.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use crate::bluez::{Attribute, Characteristic, Service};
use crate::plan::ServiceUuid;
use crate::steps::octets::Bytes;

/// A service of the bench.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
pub(super) struct ServedService {
    /// Its UUID.
    #[schemars(extend("examples" = ["180f"]))]
    pub(super) uuid: ServiceUuid,
    /// Whether it is a secondary service.
    #[serde(default)]
    secondary: bool,
    /// Its characteristics.
    #[serde(default)]
    characteristics: Vec<ServedCharacteristic>,
}

/// A characteristic of the bench.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct ServedCharacteristic {
    /// Its UUID.
    #[schemars(extend("examples" = ["2a19"]))]
    uuid: ServiceUuid,
    /// What a device can do with it. Those with `encrypt` need a bond, those with `authenticated` or `secure` one that a
    /// person has confirmed.
    #[serde(deserialize_with = "some")]
    properties: Vec<Property>,
    /// Its value, in pairs of hexadecimal digits.
    #[schemars(extend("examples" = ["64"]))]
    value: Option<Bytes>,
    /// Its value as text.
    text: Option<String>,
    /// Its descriptors. BlueZ adds those by which a device subscribes.
    #[serde(default)]
    descriptors: Vec<ServedDescriptor>,
}

/// A descriptor of the bench.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct ServedDescriptor {
    /// Its UUID.
    #[schemars(extend("examples" = ["2901"]))]
    uuid: ServiceUuid,
    /// What a device can do with it. Without it, read it.
    #[serde(default = "read")]
    properties: Vec<Property>,
    /// Its value, in pairs of hexadecimal digits.
    value: Option<Bytes>,
    /// Its value as text.
    text: Option<String>,
}

fn read() -> Vec<Property> {
    vec![Property::Read]
}

/// A list with something in it.
pub(super) fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let list = Vec::deserialize(deserializer)?;
    match list.is_empty() {
        true => Err(de::Error::custom("the list is empty; write at least one")),
        false => Ok(list),
    }
}

macro_rules! properties {
    ($($variant:ident = $word:literal,)+) => {
        /// What can be done with an attribute, in BlueZ's words.
        #[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
        #[schemars(inline)]
        enum Property {
            $(#[serde(rename = $word)] $variant,)+
        }

        impl Property {
            fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}

properties! {
    Broadcast = "broadcast",
    Read = "read",
    WriteWithoutResponse = "write-without-response",
    Write = "write",
    Notify = "notify",
    Indicate = "indicate",
    AuthenticatedSignedWrites = "authenticated-signed-writes",
    ReliableWrite = "reliable-write",
    WritableAuxiliaries = "writable-auxiliaries",
    EncryptRead = "encrypt-read",
    EncryptWrite = "encrypt-write",
    EncryptNotify = "encrypt-notify",
    EncryptIndicate = "encrypt-indicate",
    EncryptAuthenticatedRead = "encrypt-authenticated-read",
    EncryptAuthenticatedWrite = "encrypt-authenticated-write",
    EncryptAuthenticatedNotify = "encrypt-authenticated-notify",
    EncryptAuthenticatedIndicate = "encrypt-authenticated-indicate",
    SecureRead = "secure-read",
    SecureWrite = "secure-write",
    SecureNotify = "secure-notify",
    SecureIndicate = "secure-indicate",
    Authorize = "authorize",
}

impl ServedService {
    pub(super) fn spec(&self) -> Service {
        Service {
            uuid: self.uuid.as_str().to_owned(),
            primary: !self.secondary,
            characteristics: self.characteristics.iter().map(ServedCharacteristic::spec).collect(),
        }
    }
}

impl ServedCharacteristic {
    fn spec(&self) -> Characteristic {
        let descriptors = self.descriptors.iter();
        Characteristic {
            attribute: attribute(
                &self.uuid,
                &self.properties,
                self.value.as_ref(),
                self.text.as_deref(),
            ),
            descriptors: descriptors
                .map(|one| {
                    attribute(&one.uuid, &one.properties, one.value.as_ref(), one.text.as_deref())
                })
                .collect(),
            subscribed: false,
        }
    }
}

fn attribute(
    uuid: &ServiceUuid,
    properties: &[Property],
    value: Option<&Bytes>,
    text: Option<&str>,
) -> Attribute {
    let text = || text.map(|text| text.as_bytes().to_vec()).unwrap_or_default();
    Attribute {
        uuid: uuid.as_str().to_owned(),
        flags: properties.iter().map(|property| property.word().to_owned()).collect(),
        value: value.map_or_else(text, |bytes| bytes.as_slice().to_vec()),
    }
}
