//! BlueZ as a client sees it on D-Bus.

mod error_kind;

pub use error_kind::ErrorKind;
