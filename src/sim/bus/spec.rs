//! What an interface offers: its methods, signals and properties, as BlueZ declares them. The
//! tables drive introspection and the checks of calls, so that they cannot disagree.

use crate::sim::scene::Version;

/// An interface as it is declared.
pub(in crate::sim) struct Interface {
    pub(in crate::sim) name: &'static str,
    pub(in crate::sim) methods: &'static [Method],
    pub(in crate::sim) signals: &'static [Signal],
    pub(in crate::sim) properties: &'static [Property],
}

/// An argument: its name and its type.
pub(in crate::sim) type Argument = (&'static str, &'static str);

/// A method as it is declared.
pub(in crate::sim) struct Method {
    pub(in crate::sim) name: &'static str,
    pub(in crate::sim) takes: &'static [Argument],
    pub(in crate::sim) gives: &'static [Argument],
    /// Whether it is there only with the experimental flag.
    pub(in crate::sim) experimental: bool,
}

/// A signal as it is declared.
pub(in crate::sim) struct Signal {
    pub(in crate::sim) name: &'static str,
    pub(in crate::sim) carries: &'static [Argument],
    /// The first release that has it.
    pub(in crate::sim) since: Version,
}

/// Who may change a property.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum Access {
    /// bluetoothd alone.
    Read,
    /// A client too.
    ReadWrite,
}

/// A property as it is declared. One without a value is declared and still absent.
pub(in crate::sim) struct Property {
    pub(in crate::sim) name: &'static str,
    pub(in crate::sim) kind: &'static str,
    pub(in crate::sim) access: Access,
    /// The first release that has it without an experimental flag, if any does.
    pub(in crate::sim) since: Option<Version>,
    /// The first that has it with one.
    pub(in crate::sim) experimental: Option<Version>,
}

impl Interface {
    pub(in crate::sim) const fn new(name: &'static str) -> Self {
        Interface { name, methods: &[], signals: &[], properties: &[] }
    }

    /// The place of a property in the table.
    pub(super) fn position(&self, property: &str) -> Option<usize> {
        self.properties.iter().position(|declared| declared.name == property)
    }
}

impl Method {
    /// The method of this name and with arguments of these types.
    pub(super) fn is(&self, name: &str, signature: &str) -> bool {
        let mut rest = Some(signature);
        for (_, kind) in self.takes {
            rest = rest.and_then(|rest| rest.strip_prefix(kind));
        }
        self.name == name && rest == Some("")
    }

    pub(in crate::sim) const fn new(name: &'static str) -> Self {
        Method { name, takes: &[], gives: &[], experimental: false }
    }

    pub(in crate::sim) const fn takes(self, takes: &'static [Argument]) -> Self {
        Method { takes, ..self }
    }

    pub(in crate::sim) const fn gives(self, gives: &'static [Argument]) -> Self {
        Method { gives, ..self }
    }

    pub(in crate::sim) const fn only_experimental(self) -> Self {
        Method { experimental: true, ..self }
    }
}

impl Property {
    pub(in crate::sim) const fn read(name: &'static str, kind: &'static str) -> Self {
        let since = Some(Version::V5_66);
        Property { name, kind, access: Access::Read, since, experimental: None }
    }

    pub(in crate::sim) const fn read_write(name: &'static str, kind: &'static str) -> Self {
        Property { access: Access::ReadWrite, ..Property::read(name, kind) }
    }

    pub(in crate::sim) const fn since(self, since: Version) -> Self {
        Property { since: Some(since), ..self }
    }

    pub(in crate::sim) const fn experimental(self, since: Version) -> Self {
        Property { experimental: Some(since), ..self }
    }

    pub(in crate::sim) const fn only_experimental(self, since: Version) -> Self {
        Property { since: None, experimental: Some(since), ..self }
    }
}
