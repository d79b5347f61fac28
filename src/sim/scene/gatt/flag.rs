//! What a client may do with an attribute, and how secure the link must be for it: BlueZ's flags of a server's
//! characteristics, and the permissions that come of them (`parse_flags` in `src/gatt-database.c`).

use std::fmt;

use serde::Deserialize;

/// How secure a link is, or must be (Core Spec Vol 3, Part C, 10.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Security {
    /// Not at all.
    #[default]
    None,
    /// Encrypted, by whichever keys.
    Encrypted,
    /// Encrypted by keys of a pairing in which a user saw to it that nobody sits in between.
    Authenticated,
    /// The same, by LE Secure Connections.
    Secure,
}

/// A flag of a characteristic or descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // BlueZ's own words
pub enum Flag {
    Broadcast,
    Read,
    WriteWithoutResponse,
    Write,
    Notify,
    Indicate,
    AuthenticatedSignedWrites,
    ExtendedProperties,
    ReliableWrite,
    WritableAuxiliaries,
    EncryptRead,
    EncryptWrite,
    EncryptNotify,
    EncryptIndicate,
    EncryptAuthenticatedRead,
    EncryptAuthenticatedWrite,
    EncryptAuthenticatedNotify,
    EncryptAuthenticatedIndicate,
    SecureRead,
    SecureWrite,
    SecureNotify,
    SecureIndicate,
    /// The device asks its user, who says no.
    Authorize,
}

/// What a client may do with an attribute: nothing that is absent here, and the rest on a link that is secure
/// enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// To read it.
    pub read: Option<Security>,
    /// To write it, in whichever way.
    pub write: Option<Security>,
    /// To have its value sent.
    pub subscribe: Option<Security>,
    /// Whether reading and writing it needs somebody's consent, which nobody gives.
    pub authorize: bool,
    /// Its properties (Core Spec Vol 3, Part G, 3.3.1.1).
    pub properties: u8,
    /// Its extended properties (Core Spec Vol 3, Part G, 3.3.3.1).
    pub extended: u8,
}

const BROADCAST: u8 = 0x01;
const READ: u8 = 0x02;
const WRITE_WITHOUT_RESPONSE: u8 = 0x04;
const WRITE: u8 = 0x08;
const NOTIFY: u8 = 0x10;
const INDICATE: u8 = 0x20;
const SIGNED_WRITES: u8 = 0x40;
const EXTENDED: u8 = 0x80;
const RELIABLE_WRITE: u8 = 0x01;
const WRITABLE_AUXILIARIES: u8 = 0x02;

/// The words that bluetoothd shows a client for the properties, in its order (`chrc_props`).
const PROPERTIES: [(u8, &str); 8] = [
    (BROADCAST, "broadcast"),
    (READ, "read"),
    (WRITE_WITHOUT_RESPONSE, "write-without-response"),
    (WRITE, "write"),
    (NOTIFY, "notify"),
    (INDICATE, "indicate"),
    (SIGNED_WRITES, "authenticated-signed-writes"),
    (EXTENDED, "extended-properties"),
];
/// The words for the extended properties (`chrc_ext_props`).
const EXTENDED_PROPERTIES: [(u8, &str); 2] =
    [(RELIABLE_WRITE, "reliable-write"), (WRITABLE_AUXILIARIES, "writable-auxiliaries")];

impl Flag {
    /// Whether a descriptor can have it.
    pub(super) fn is_of_descriptor(self) -> bool {
        use Flag::*;
        matches!(
            self,
            Read | Write
                | EncryptRead
                | EncryptWrite
                | EncryptAuthenticatedRead
                | EncryptAuthenticatedWrite
                | SecureRead
                | SecureWrite
                | Authorize
        )
    }

    /// The property that it brings, or is about.
    fn property(self) -> u8 {
        use Flag::*;
        match self {
            Broadcast => BROADCAST,
            Read | EncryptRead | EncryptAuthenticatedRead | SecureRead => READ,
            WriteWithoutResponse => WRITE_WITHOUT_RESPONSE,
            Write | EncryptWrite | EncryptAuthenticatedWrite | SecureWrite => WRITE,
            Notify | EncryptNotify | EncryptAuthenticatedNotify | SecureNotify => NOTIFY,
            Indicate | EncryptIndicate | EncryptAuthenticatedIndicate | SecureIndicate => INDICATE,
            AuthenticatedSignedWrites => SIGNED_WRITES,
            ExtendedProperties | ReliableWrite | WritableAuxiliaries => EXTENDED,
            Authorize => 0,
        }
    }

    /// How secure a link must be for it.
    fn security(self) -> Security {
        use Flag::*;
        match self {
            EncryptRead | EncryptWrite | EncryptNotify | EncryptIndicate => Security::Encrypted,
            EncryptAuthenticatedRead
            | EncryptAuthenticatedWrite
            | EncryptAuthenticatedNotify
            | EncryptAuthenticatedIndicate => Security::Authenticated,
            SecureRead | SecureWrite | SecureNotify | SecureIndicate => Security::Secure,
            _ => Security::None,
        }
    }
}

impl Permissions {
    /// What these flags permit.
    pub fn of(flags: &[Flag]) -> Self {
        let mut all = Permissions::default();
        for flag in flags {
            let property = flag.property();
            all.properties |= property;
            all.authorize |= *flag == Flag::Authorize;
            all.extended |= match flag {
                Flag::ReliableWrite => RELIABLE_WRITE,
                Flag::WritableAuxiliaries => WRITABLE_AUXILIARIES,
                _ => 0,
            };
            let needed = match property {
                READ => &mut all.read,
                WRITE | WRITE_WITHOUT_RESPONSE | SIGNED_WRITES => &mut all.write,
                NOTIFY | INDICATE => &mut all.subscribe,
                _ => continue,
            };
            // The most that any of them needs.
            *needed = (*needed).max(Some(flag.security()));
        }
        all
    }

    /// The words for its properties, in BlueZ's order.
    pub fn words(&self) -> Vec<String> {
        let own = PROPERTIES.iter().filter(|(bit, _)| self.properties & bit != 0);
        let extended = EXTENDED_PROPERTIES.iter().filter(|(bit, _)| self.extended & bit != 0);
        own.chain(extended).map(|(_, word)| (*word).to_owned()).collect()
    }

    /// Whether its value can be written with a response.
    pub fn has_write(&self) -> bool {
        self.properties & WRITE != 0
    }

    /// Whether its value can be written without a response.
    pub fn has_write_without_response(&self) -> bool {
        self.properties & WRITE_WITHOUT_RESPONSE != 0
    }

    /// Whether its value is sent without a confirmation.
    pub fn has_notify(&self) -> bool {
        self.properties & NOTIFY != 0
    }

    /// Whether its value is sent, with or without a confirmation.
    pub fn has_notifications(&self) -> bool {
        self.properties & (NOTIFY | INDICATE) != 0
    }

    /// Whether it can be written in a queue that is carried out as a whole.
    pub fn has_reliable_write(&self) -> bool {
        self.extended & RELIABLE_WRITE != 0
    }

    /// Whether it has a descriptor for more properties.
    pub fn is_extended(&self) -> bool {
        self.properties & EXTENDED != 0
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = Permissions::of(&[*self]);
        let need = match self.security() {
            Security::None => "",
            Security::Encrypted => "encrypt-",
            Security::Authenticated => "encrypt-authenticated-",
            Security::Secure => "secure-",
        };
        let word = one.words().pop().unwrap_or_else(|| "authorize".into());
        write!(f, "{need}{word}")
    }
}
