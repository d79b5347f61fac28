//! Which adapter a run uses.

use std::fmt;

use super::{Adapter, Session};

/// Why no adapter could be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAdapter {
    /// BlueZ has none at all.
    None,
    /// None is the one that was asked for; these are there.
    NotThere { asked: String, there: Vec<String> },
    /// None was asked for, and there are several.
    Several { there: Vec<String> },
}

impl fmt::Display for NoAdapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("BlueZ has no Bluetooth adapter"),
            Self::NotThere { asked, there } => {
                write!(f, "there is no adapter `{asked}`, only {}", there.join(", "))
            }
            Self::Several { there } => {
                write!(f, "there are several adapters, and none is chosen: {}", there.join(", "))
            }
        }
    }
}

impl NoAdapter {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::None => {
                "is a controller plugged in, and its driver loaded? see `rfkill list` and `dmesg`; \
                 without hardware, run with --sim"
            }
            Self::NotThere { .. } => {
                "choose one of these with `select` in [adapter], or with --adapter"
            }
            Self::Several { .. } => "choose one with `select` in [adapter], or with --adapter",
        }
    }
}

/// The adapter with this kernel name or address; without either, the only one there is.
///
/// # Errors
/// There is none, or more than one.
pub fn choose_adapter(session: &Session, asked: Option<&str>) -> Result<Adapter, NoAdapter> {
    let adapters = Adapter::all(session);
    let there = || adapters.iter().map(label).collect();
    match (asked, adapters.as_slice()) {
        (_, []) => Err(NoAdapter::None),
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(NoAdapter::Several { there: there() }),
        (Some(asked), all) => all
            .iter()
            .find(|adapter| adapter.name() == asked || has_address(adapter, asked))
            .cloned()
            .ok_or_else(|| NoAdapter::NotThere { asked: asked.to_owned(), there: there() }),
    }
}

fn has_address(adapter: &Adapter, asked: &str) -> bool {
    address(adapter).is_some_and(|address| address.eq_ignore_ascii_case(asked))
}

fn address(adapter: &Adapter) -> Option<String> {
    adapter.property("Address")?.as_str().map(str::to_owned)
}

/// Such as `hci0 (00:AA:01:00:00:42)`.
fn label(adapter: &Adapter) -> String {
    let address = address(adapter).unwrap_or_default();
    format!("{} ({address})", adapter.name())
}
