//! The interfaces that every object has from the D-Bus library: Properties, ObjectManager,
//! Introspectable and Peer (D-Bus specification, "Standard Interfaces").

use zbus::OwnedVariant;

use super::{
    Access, Answered, Call, Interface, Method, Refusal, Signal, Tree, Value, introspect::introspect,
};
use crate::sim::scene::Version;

pub(in crate::sim) static INTROSPECTABLE: Interface = Interface {
    methods: &[Method::new("Introspect").gives(&[("xml", "s")])],
    ..Interface::new("org.freedesktop.DBus.Introspectable")
};

pub(in crate::sim) static PROPERTIES: Interface = Interface {
    methods: &[
        Method::new("Get").takes(&[("interface", "s"), ("name", "s")]).gives(&[("value", "v")]),
        Method::new("Set").takes(&[("interface", "s"), ("name", "s"), ("value", "v")]),
        Method::new("GetAll").takes(&[("interface", "s")]).gives(&[("properties", "a{sv}")]),
    ],
    signals: &[Signal {
        name: "PropertiesChanged",
        carries: &[
            ("interface", "s"),
            ("changed_properties", "a{sv}"),
            ("invalidated_properties", "as"),
        ],
        since: Version::V5_66,
    }],
    ..Interface::new("org.freedesktop.DBus.Properties")
};

pub(in crate::sim) static OBJECT_MANAGER: Interface = Interface {
    methods: &[Method::new("GetManagedObjects").gives(&[("objects", "a{oa{sa{sv}}}")])],
    signals: &[
        Signal {
            name: "InterfacesAdded",
            carries: &[("object", "o"), ("interfaces", "a{sa{sv}}")],
            since: Version::V5_66,
        },
        Signal {
            name: "InterfacesRemoved",
            carries: &[("object", "o"), ("interfaces", "as")],
            since: Version::V5_66,
        },
    ],
    ..Interface::new("org.freedesktop.DBus.ObjectManager")
};

/// libdbus answers these calls itself, for any path; no object lists them.
pub(in crate::sim) static PEER: Interface = Interface {
    methods: &[Method::new("Ping"), Method::new("GetMachineId").gives(&[("machine_uuid", "s")])],
    ..Interface::new("org.freedesktop.DBus.Peer")
};

/// The method that a call names, if the object at its path has it with these arguments.
/// Without an interface, the first object's interface that has it takes the call.
pub(in crate::sim) fn declared(tree: &Tree, call: &Call) -> Result<&'static str, Refusal> {
    let (path, name) = (call.path(), call.interface());
    let (member, signature) = (call.member(), call.signature());
    let interfaces = tree.interfaces(&path);
    // libdbus itself answers for Peer anywhere, and for Introspectable where there is no object.
    let anywhere = [&PEER, &INTROSPECTABLE];
    let fitting = interfaces.iter().chain(&anywhere).find(|interface| {
        let named = name.is_empty() || interface.name == name;
        named
            && interface
                .methods
                .iter()
                .any(|method| method.is(&member, &signature) && tree.has_method(method))
    });
    fitting.map(|interface| interface.name).ok_or_else(|| {
        let is_object = tree.contains(&path) || tree.leads_on(&path);
        Refusal::unknown(is_object, &member, &signature, &name)
    })
}

pub(in crate::sim) fn introspection(tree: &Tree, call: &Call) -> Answered {
    call.answer(&introspect(tree, &call.path()))
}

pub(in crate::sim) fn managed_objects(tree: &Tree, call: &Call) -> Answered {
    call.answer(&tree.everything())
}

pub(in crate::sim) fn get_all(tree: &Tree, call: &Call) -> Answered {
    let interface: String = arguments(call)?;
    match tree.values(&call.path(), &interface) {
        Some(values) => call.answer(&values),
        None => Err(Refusal::no_such_interface(&interface)),
    }
}

pub(in crate::sim) fn get(tree: &Tree, call: &Call) -> Answered {
    let (interface, property): (String, String) = arguments(call)?;
    let path = call.path();
    if tree.interface(&path, &interface).is_none() {
        return Err(Refusal::no_such_interface(&interface));
    }
    match tree.get(&path, &interface, &property) {
        Some(value) => call.answer(value),
        None => Err(Refusal::nothing_to_get(&property)),
    }
}

/// What a client wants to set, after the checks that hold for every property.
pub(in crate::sim) fn writable(
    tree: &Tree,
    call: &Call,
) -> Result<(&'static Interface, &'static str, Value), Refusal> {
    let (name, property, value): (String, String, OwnedVariant) = arguments(call)?;
    let value = Value::from(value);
    let path = call.path();
    let interface =
        tree.interface(&path, &name).ok_or_else(|| Refusal::no_such_interface(&name))?;
    let declared = interface
        .properties
        .iter()
        .find(|declared| declared.name == property && tree.has_property(declared))
        .ok_or_else(|| Refusal::unknown_property(&property))?;
    if declared.access == Access::Read {
        return Err(Refusal::read_only(&property));
    }
    if tree.get(&path, &name, &property).is_none() {
        return Err(Refusal::unknown_property(&property));
    }
    if value.value_signature().to_string() != declared.kind {
        return Err(Refusal::wrong_type(&property));
    }
    Ok((interface, declared.name, value))
}

/// The arguments of a call whose signature has been checked.
pub(in crate::sim) fn arguments<T>(call: &Call) -> Result<T, Refusal>
where
    T: for<'d> zbus::wire::DynamicDeserialize<'d>,
{
    call.message().body().deserialize().map_err(|_| Refusal::invalid_arguments())
}
