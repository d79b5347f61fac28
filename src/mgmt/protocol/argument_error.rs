//! What is wrong with an argument, as a sentence.

use std::fmt;

use super::expectation::expected;
use super::field::Field;
use crate::plan::{suggest, visible};

/// An argument that a command cannot be sent with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentError {
    /// The argument, such as `powered` or `keys[0].address`.
    pub argument: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with an argument. Nothing in it tells a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It has to be given.
    Missing {
        /// What it could be.
        expected: String,
    },
    /// There is no such argument.
    Unknown {
        /// What was meant, if that can be told.
        nearest: Option<&'static str>,
        /// All arguments that there are.
        known: Vec<&'static str>,
    },
    /// It is something else than it should be.
    IllTyped {
        /// What it could be.
        expected: String,
        /// What it is, as it stands in a sentence; not told of a secret.
        given: Option<String>,
    },
    /// It is no word of its list.
    NoSuchWord {
        /// What was given.
        given: String,
        /// What was meant, if that can be told.
        nearest: Option<String>,
        /// What it could be.
        expected: String,
    },
    /// The number does not fit.
    TooLarge {
        /// What was given.
        given: String,
        /// The greatest that fits.
        most: u64,
    },
    /// There is more of it than fits: octets, or elements of a list.
    TooLong {
        /// How much there is.
        length: usize,
        /// The most that fits.
        most: usize,
    },
    /// It has another length than the only one it can have.
    WrongLength {
        /// How many octets there are.
        length: usize,
        /// How many there have to be.
        exactly: usize,
    },
}

impl ArgumentError {
    pub(super) fn new(argument: &str, fault: Fault) -> Self {
        Self { argument: argument.to_owned(), fault }
    }

    pub(super) fn missing(field: &'static Field) -> Self {
        Self::new(field.name, Fault::Missing { expected: expected(&field.kind) })
    }

    pub(super) fn unknown(name: &str, fields: &'static [Field]) -> Self {
        let arguments =
            || fields.iter().filter(|field| field.is_argument()).map(|field| field.name);
        let nearest = suggest::nearest(name, arguments());
        Self::new(name, Fault::Unknown { nearest, known: arguments().collect() })
    }

    /// The error, of a part of this argument.
    pub(super) fn within(mut self, argument: &str) -> Self {
        let part = match self.argument.as_str() {
            "" => String::new(),
            element if element.starts_with('[') => element.to_owned(),
            part => format!(".{part}"),
        };
        self.argument = format!("{argument}{part}");
        self
    }

    /// The error, of this element of a list.
    pub(super) fn at(self, element: usize) -> Self {
        self.within(&format!("[{element}]"))
    }
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = visible::quote(&self.argument);
        match &self.fault {
            Fault::Missing { expected } => write!(f, "{name} is missing; it is {expected}"),
            Fault::Unknown { nearest: Some(near), .. } => {
                write!(f, "there is no argument {name}; did you mean `{near}`?")
            }
            Fault::Unknown { known, .. } if known.is_empty() => {
                write!(f, "there is no argument {name}; there are none at all")
            }
            Fault::Unknown { known, .. } => {
                let known = suggest::list(known.iter().copied());
                write!(f, "there is no argument {name}, only {known}")
            }
            Fault::IllTyped { expected, given: Some(given) } => {
                write!(f, "{name} is {given}, and should be {expected}")
            }
            Fault::IllTyped { expected, given: None } => write!(f, "{name} should be {expected}"),
            Fault::NoSuchWord { given, nearest: Some(near), .. } => {
                write!(f, "{name} cannot be {}; did you mean `{near}`?", visible::quote(given))
            }
            Fault::NoSuchWord { given, expected, .. } => {
                write!(f, "{name} cannot be {}; it is {expected}", visible::quote(given))
            }
            Fault::TooLarge { given, most } => {
                write!(f, "{name} is {given}, and can be {most} at most")
            }
            Fault::TooLong { length, most } => {
                write!(f, "{name} has a length of {length}, and can have {most} at most")
            }
            Fault::WrongLength { length, exactly } => {
                write!(f, "{name} has {length} octets, and must have {exactly}")
            }
        }
    }
}

impl std::error::Error for ArgumentError {}
