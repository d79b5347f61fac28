//! What the parameters of commands and events are made of.

use super::bits::BitNames;
use super::choice::Choices;
use super::eir::Namespace;

/// One parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The documented name, in kebab-case.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What is sent where it is left out: this number; 0 stands for zero octets, an empty text, an empty list. None
    /// where it cannot be left out.
    pub default: Option<u8>,
    /// Whether a packet may end before it.
    pub optional: bool,
}

impl Field {
    /// A parameter that cannot be left out.
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, default: None, optional: false }
    }

    /// The parameter with a default.
    #[must_use]
    pub const fn or(mut self, default: u8) -> Self {
        self.default = Some(default);
        self
    }

    /// The parameter, before which a packet may end.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Whether what it holds must not be shown.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        self.kind.is_secret()
    }

    /// What it could be, for the end of a sentence: `off or on`.
    #[must_use]
    pub fn expected(&self) -> String {
        super::expectation::expected(&self.kind)
    }

    /// Whether it is an argument, and not a length that follows from the others.
    #[must_use]
    pub const fn is_argument(&self) -> bool {
        !matches!(self.kind, Kind::Count(_))
    }
}

/// What a parameter holds, and in how many octets. Numbers are little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number from 0 on.
    Unsigned(Width),
    /// One octet with a sign: dBm. 127 means that it is not available.
    Signed,
    /// One of some named numbers; others may come.
    Choice(Width, &'static Choices),
    /// A set of named bits; others may come.
    Bits(Width, &'static BitNames),
    /// The result of something, one octet.
    Status,
    /// A device address, six octets.
    Address,
    /// A UUID, 16 octets, the last one of its text first.
    Uuid,
    /// This many octets.
    Octets(usize),
    /// UTF-8 in this many octets, filled up with NUL.
    Text(usize),
    /// A key, a hash or a randomizer: 16 secret octets.
    Key,
    /// A passkey, or a number to compare: four octets, secret.
    Passkey,
    /// 16 octets of which a [`Kind::Count`] before says how many are the PIN.
    Pin,
    /// This many octets of which a [`Kind::Count`] before says how many count.
    Padded(usize),
    /// How long, or how many, a later field is: the first count belongs to the first [counted](Kind::is_counted)
    /// field, the second to the second.
    Count(Width),
    /// Octets.
    Data(Extent),
    /// Structures of extended inquiry response or advertising data, in as many octets as a count before says.
    Eir(Namespace),
    /// Values of one kind.
    Values(Extent, &'static Kind),
    /// Groups of fields.
    Records(Extent, &'static [Field]),
}

impl Kind {
    /// Whether what it holds must not be shown.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        matches!(self, Self::Key | Self::Passkey | Self::Pin)
    }

    /// Whether a count before it says how much of it there is.
    #[must_use]
    pub const fn is_counted(&self) -> bool {
        matches!(
            self,
            Self::Pin
                | Self::Padded(_)
                | Self::Eir(_)
                | Self::Data(Extent::Counted)
                | Self::Values(Extent::Counted, _)
                | Self::Records(Extent::Counted, _)
        )
    }

    /// Whether octets of it may be secret even if they cannot be read.
    pub(super) fn may_hold_secrets(&self) -> bool {
        match self {
            Self::Eir(_) => true,
            Self::Records(_, fields) => fields.iter().any(|field| field.kind.may_hold_secrets()),
            other => other.is_secret(),
        }
    }
}

/// The octets of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// 8 bits.
    One,
    /// 16 bits.
    Two,
    /// 24 bits.
    Three,
    /// 32 bits.
    Four,
    /// 64 bits.
    Eight,
}

impl Width {
    /// How many octets.
    #[must_use]
    pub const fn octets(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }

    /// The greatest number.
    #[must_use]
    pub const fn most(self) -> u64 {
        match self {
            Self::One => 0xFF,
            Self::Two => 0xFFFF,
            Self::Three => 0xFF_FFFF,
            Self::Four => 0xFFFF_FFFF,
            Self::Eight => u64::MAX,
        }
    }
}

/// Where a field of no fixed length ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Where a [`Kind::Count`] before it says.
    Counted,
    /// Where the packet ends.
    ToEnd,
}
