//! An error as D-Bus carries it: BlueZ's own, in the words of `src/error.c`, and those of its D-Bus
//! library, in the words of `gdbus/object.c` and libdbus.

use std::borrow::Cow;

/// An error's name and message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sim) struct Refusal {
    /// The D-Bus error's name.
    pub(in crate::sim) name: Cow<'static, str>,
    /// The D-Bus error's message.
    pub(in crate::sim) message: Cow<'static, str>,
}

impl Refusal {
    /// An error with this name and message.
    pub(in crate::sim) fn new(
        name: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Refusal { name: name.into(), message: message.into() }
    }

    pub(in crate::sim) fn invalid_arguments() -> Self {
        Refusal::new("org.bluez.Error.InvalidArguments", "Invalid arguments in method call")
    }

    /// `btd_error_busy`: a discovery is under way.
    pub(in crate::sim) fn busy() -> Self {
        Refusal::new("org.bluez.Error.InProgress", "Operation already in progress")
    }

    pub(in crate::sim) fn in_progress() -> Self {
        Refusal::in_progress_with("In Progress")
    }

    pub(in crate::sim) fn in_progress_with(message: &'static str) -> Self {
        Refusal::new("org.bluez.Error.InProgress", message)
    }

    pub(in crate::sim) fn already_exists() -> Self {
        Refusal::new("org.bluez.Error.AlreadyExists", "Already Exists")
    }

    pub(in crate::sim) fn does_not_exist() -> Self {
        Refusal::new("org.bluez.Error.DoesNotExist", "Does Not Exist")
    }

    pub(in crate::sim) fn not_ready() -> Self {
        Refusal::not_ready_with("Resource Not Ready")
    }

    pub(in crate::sim) fn not_ready_with(message: &'static str) -> Self {
        Refusal::new("org.bluez.Error.NotReady", message)
    }

    pub(in crate::sim) fn not_authorized() -> Self {
        Refusal::new("org.bluez.Error.NotAuthorized", "Operation Not Authorized")
    }

    pub(in crate::sim) fn failed(message: impl Into<Cow<'static, str>>) -> Self {
        Refusal::new("org.bluez.Error.Failed", message)
    }

    /// A property's change is under way already. BlueZ gives no message.
    pub(in crate::sim) fn property_busy() -> Self {
        Refusal::new("org.bluez.Error.Busy", "")
    }

    /// rfkill keeps the adapter off (recorded on 5.82 with kernel 6.12, which tells no reason).
    pub(in crate::sim) fn blocked() -> Self {
        Refusal::new("org.bluez.Error.Failed", "Failed")
    }

    pub(in crate::sim) fn no_such_interface(interface: &str) -> Self {
        Refusal::new(
            "org.freedesktop.DBus.Error.InvalidArgs",
            format!("No such interface '{interface}'"),
        )
    }

    /// `Get` of a property that there is not; `Set` has another name for it.
    pub(in crate::sim) fn nothing_to_get(property: &str) -> Self {
        Refusal::new(
            "org.freedesktop.DBus.Error.InvalidArgs",
            format!("No such property '{property}'"),
        )
    }

    pub(in crate::sim) fn unknown_property(property: &str) -> Self {
        Refusal::new(
            "org.freedesktop.DBus.Error.UnknownProperty",
            format!("No such property '{property}'"),
        )
    }

    pub(in crate::sim) fn read_only(property: &str) -> Self {
        Refusal::new(
            "org.freedesktop.DBus.Error.PropertyReadOnly",
            format!("Property '{property}' is not writable"),
        )
    }

    pub(in crate::sim) fn wrong_type(property: &str) -> Self {
        Refusal::new(
            "org.freedesktop.DBus.Error.InvalidSignature",
            format!("Invalid signature for '{property}'"),
        )
    }

    /// libdbus's answer to a call that no object or no method takes.
    pub(in crate::sim) fn unknown(
        is_object: bool,
        method: &str,
        signature: &str,
        interface: &str,
    ) -> Self {
        let name = match is_object {
            true => "org.freedesktop.DBus.Error.UnknownMethod",
            false => "org.freedesktop.DBus.Error.UnknownObject",
        };
        let interface = match interface {
            "" => "(null)",
            interface => interface,
        };
        Refusal::new(
            name,
            format!(
                "Method \"{method}\" with signature \"{signature}\" on interface \"{interface}\" \
                 doesn't exist\n"
            ),
        )
    }
}
