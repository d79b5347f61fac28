//! The introspection text of an object, from the same tables that its calls are checked against,
//! laid out as bluetoothd's D-Bus library lays it out.

use std::fmt::Write as _;

use super::{Access, Argument, Interface, Tree};

const HEAD: &str = "<!DOCTYPE node PUBLIC \"-//freedesktop//DTD D-BUS Object Introspection 1.0//EN\"\n\
                    \"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd\">\n<node>";

/// The text for the object at `path`; where there is none, libdbus's own list of what is below.
pub(super) fn introspect(tree: &Tree, path: &str) -> String {
    let mut xml = HEAD.to_owned();
    if !tree.contains(path) {
        xml.push('\n');
        for child in tree.children(path) {
            put(&mut xml, format_args!("  <node name=\"{child}\"/>\n"));
        }
        xml.push_str("</node>\n");
        return xml;
    }
    for interface in tree.interfaces(path) {
        describe(&mut xml, tree, interface);
    }
    for child in tree.children(path) {
        put(&mut xml, format_args!("<node name=\"{child}\"/>"));
    }
    xml.push_str("</node>");
    xml
}

fn describe(xml: &mut String, tree: &Tree, interface: &Interface) {
    put(xml, format_args!("<interface name=\"{}\">", interface.name));
    for method in interface.methods.iter().filter(|method| tree.has_method(method)) {
        put(xml, format_args!("<method name=\"{}\">", method.name));
        arguments(xml, method.takes, " direction=\"in\"");
        arguments(xml, method.gives, " direction=\"out\"");
        xml.push_str("</method>");
    }
    for signal in interface.signals.iter().filter(|signal| tree.has(signal.since)) {
        put(xml, format_args!("<signal name=\"{}\">", signal.name));
        arguments(xml, signal.carries, "");
        xml.push_str("</signal>\n");
    }
    for property in interface.properties.iter().filter(|property| tree.has_property(property)) {
        let access = match property.access {
            Access::Read => "read",
            Access::ReadWrite => "readwrite",
        };
        let (name, kind) = (property.name, property.kind);
        put(xml, format_args!("<property name=\"{name}\" type=\"{kind}\" access=\"{access}\">"));
        xml.push_str("</property>");
    }
    xml.push_str("</interface>");
}

fn arguments(xml: &mut String, arguments: &[Argument], direction: &str) {
    for (name, kind) in arguments {
        put(xml, format_args!("<arg name=\"{name}\" type=\"{kind}\"{direction}/>\n"));
    }
}

fn put(xml: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = xml.write_fmt(text);
}
