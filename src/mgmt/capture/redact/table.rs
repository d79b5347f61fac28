//! Where in packets secrets are.
//!
//! Sources: Core Specification Vol 4 Part E 7 (HCI) and Vol 3 Part H 3.5 and 3.6 (SMP), with BlueZ
//! `monitor/bt.h`; BlueZ `doc/mgmt-protocol.rst` and `lib/bluetooth/mgmt.h` (mgmt).

use std::ops::Range;

/// Where a message is said what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The parameters of the HCI command with this opcode.
    Command(u16),
    /// The parameters of the HCI event with this code.
    Event(u8),
    /// What follows the subevent code of an LE Meta event.
    LeEvent(u8),
    /// What a Command Complete event returns for the HCI command with this opcode, from the status on.
    Returned(u16),
    /// What follows the code of an SMP command.
    Smp(u8),
    /// The parameters of the mgmt command with this code.
    MgmtCommand(u16),
    /// The parameters of the mgmt event with this code.
    MgmtEvent(u16),
    /// What mgmt's Command Complete returns for the command with this code, behind the status.
    MgmtReturned(u16),
    /// What a controller tells its maker.
    VendorDiag,
    /// A text that a program logged, from this word on, in lower case.
    Log(&'static str),
}

/// A length that reaches to the end of the message.
pub const WHOLE: usize = usize::MAX;

/// Octets of a message that are secret.
#[derive(Debug, Clone, Copy)]
pub struct Secret {
    /// In which message.
    pub place: Place,
    /// Where they begin: how many octets behind what [`Place`] says.
    pub offset: usize,
    /// How many there are.
    pub length: usize,
    /// After how many octets the next record begins, in a list of such.
    pub stride: Option<usize>,
}

impl Secret {
    /// Where the secret octets are in a message whose parameters begin at `from` and that ends at `end`.
    /// It is not asked how many records a list says that it has.
    pub fn ranges(self, from: usize, end: usize) -> impl Iterator<Item = Range<usize>> {
        let first = from.saturating_add(self.offset);
        let records = if self.stride.is_some() { usize::MAX } else { 1 };
        (first..end)
            .step_by(self.stride.unwrap_or(1).max(1))
            .take(records)
            .map(move |start| start..start.saturating_add(self.length).min(end))
    }
}

const fn at(place: Place, offset: usize, length: usize) -> Secret {
    Secret { place, offset, length, stride: None }
}

const fn each(place: Place, offset: usize, length: usize, stride: usize) -> Secret {
    Secret { place, offset, length, stride: Some(stride) }
}

use Place::{
    Command, Event, LeEvent, Log, MgmtCommand, MgmtEvent, MgmtReturned, Returned, Smp, VendorDiag,
};

/// All that is struck.
#[rustfmt::skip]
pub const SECRETS: &[Secret] = &[
    at(Command(0x040b), 6, 16),               // Link Key Request Reply: the key
    at(Command(0x040d), 7, 16),               // PIN Code Request Reply: the PIN, not its length
    at(Command(0x042e), 6, 4),                // User Passkey Request Reply: the passkey
    at(Command(0x0430), 6, 32),               // Remote OOB Data Request Reply: hash and randomizer
    at(Command(0x0445), 6, 64),               // Remote OOB Extended Data Request Reply: two of each
    // Hosts differ in whether key follows address or all keys all addresses: neither is left.
    at(Command(0x0c11), 1, WHOLE),            // Write Stored Link Key
    at(Command(0x2017), 0, 32),               // LE Encrypt: key and plaintext
    at(Command(0x2019), 2, 26),               // LE Enable Encryption: random number, diversifier, key
    at(Command(0x201a), 2, 16),               // LE Long Term Key Request Reply: the key
    at(Command(0x2026), 0, 64),               // LE Generate DHKey: the key that it is made of
    at(Command(0x205e), 0, 64),               // LE Generate DHKey [v2]: the same
    at(Command(0x2027), 7, 32),               // LE Add Device To Resolving List: both IRKs
    at(Command(0x2068), 15, 16),              // LE Create BIG: the broadcast code
    at(Command(0x2069), 20, 16),              // LE Create BIG Test: the broadcast code
    at(Command(0x206b), 4, 16),               // LE BIG Create Sync: the broadcast code

    at(Event(0x15), 1, WHOLE),                // Return Link Keys; see Write Stored Link Key
    at(Event(0x18), 6, 16),                   // Link Key Notification: the key
    at(Event(0x33), 6, 4),                    // User Confirmation Request: the number
    at(Event(0x3b), 6, 4),                    // User Passkey Notification: the passkey
    at(LeEvent(0x05), 2, 10),                 // LE Long Term Key Request: random number, diversifier
    at(LeEvent(0x09), 1, 32),                 // LE Generate DHKey Complete: the key
    at(Returned(0x0c57), 1, 32),              // Read Local OOB Data: hash and randomizer
    at(Returned(0x0c7d), 1, 64),              // Read Local OOB Extended Data: two of each
    at(Returned(0x2017), 1, 16),              // LE Encrypt: the ciphertext, of which keys are made
    at(Returned(0x2018), 1, 8),               // LE Rand: what becomes a key or a nonce

    at(Smp(0x03), 0, 16),                     // Pairing Confirm: with Random, it tells the passkey
    at(Smp(0x04), 0, 16),                     // Pairing Random
    at(Smp(0x06), 0, 16),                     // Encryption Information: the LTK
    at(Smp(0x07), 0, 10),                     // Central Identification: diversifier, random number
    at(Smp(0x08), 0, 16),                     // Identity Information: the IRK
    at(Smp(0x0a), 0, 16),                     // Signing Information: the CSRK
    at(Smp(0x0d), 0, 16),                     // Pairing DHKey Check: made of the passkey, too

    each(MgmtCommand(0x0012), 11, 16, 25),    // Load Link Keys: the keys
    each(MgmtCommand(0x0013), 12, 26, 36),    // Load Long Term Keys: diversifiers, random numbers, keys
    at(MgmtCommand(0x0016), 8, 16),           // PIN Code Reply: the PIN, not its length
    at(MgmtCommand(0x001e), 7, 4),            // User Passkey Reply: the passkey
    at(MgmtCommand(0x0021), 7, WHOLE),        // Add Remote Out Of Band Data: hashes and randomizers
    at(MgmtCommand(0x002f), 1, 16),           // Set Privacy: this host's IRK
    each(MgmtCommand(0x0030), 9, 16, 23),     // Load Identity Resolving Keys: the IRKs
    each(MgmtCommand(0x0046), 3, 16, 17),     // Set Blocked Keys: the keys
    at(MgmtCommand(0x005b), 6, WHOLE),        // HCI Command Sync: the parameters of any HCI command

    at(MgmtEvent(0x0009), 9, 16),             // New Link Key: the key
    at(MgmtEvent(0x000a), 11, 26),            // New Long Term Key: diversifier, random number, key
    at(MgmtEvent(0x000f), 8, 4),              // User Confirmation Request: the number
    at(MgmtEvent(0x0017), 7, 4),              // Passkey Notify: the passkey
    at(MgmtEvent(0x0018), 14, 16),            // New Identity Resolving Key: the IRK
    at(MgmtEvent(0x0019), 9, 16),             // New Signature Resolving Key: the CSRK
    at(MgmtEvent(0x0022), 3, WHOLE),          // Local Out Of Band Extended Data Updated
    at(MgmtReturned(0x0020), 0, WHOLE),       // Read Local Out Of Band Data: hashes and randomizers
    at(MgmtReturned(0x003b), 3, WHOLE),       // Read Local Out Of Band Extended Data
    at(MgmtReturned(0x005b), 0, WHOLE),       // HCI Command Sync: what any HCI command returns

    // Controllers report the packets of pairing over the air there.
    at(VendorDiag, 0, WHOLE),
    // bluetoothd writes both in the clear when it debugs (src/adapter.c, src/agent.c).
    at(Log("passkey"), 0, WHOLE),
    at(Log("pincode"), 0, WHOLE),
];
