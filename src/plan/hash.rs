//! What a plan is by its bytes: whether two runs were of the same plan.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use toml::de::DeValue;

use super::expand::as_text;

/// The SHA-256 of a plan, in hexadecimal: of the texts of its files, and of the values that variables
/// were given from outside.
///
/// Where the files lie does not matter. Secrets are no part of it: from a hash, a PIN of six digits is
/// found out in a second.
pub(super) fn hash<'t>(
    files: impl Iterator<Item = &'t str>,
    given: impl Iterator<Item = (&'t str, String)>,
) -> String {
    let mut hash = Sha256::new();
    let mut add = |kind: &str, text: &str| {
        // With its length, so that no text can stand for two others.
        hash.update(format!("{kind} {}\n", text.len()));
        hash.update(text);
    };
    files.for_each(|text| add("file", text));
    for (name, value) in given {
        add("name", name);
        add("value", &value);
    }
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A value as text that no other value has.
pub(super) fn written(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Array(values) => {
            let each = values.iter().map(|value| written(value.get_ref()));
            each.fold(String::from("["), |all, one| format!("{all}{}:{one},", one.len()))
        }
        value => as_text(value).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::plan::{Overrides, load_text};

    /// The hash of a plan with this in front, and with this set from outside.
    fn of(head: &str, set: &[&str]) -> String {
        let mut overrides = Overrides::default();
        set.iter().for_each(|argument| overrides.set(argument).unwrap());
        let vars = "[vars]\na = \"x\"\nb = [1, 2]\npin = { value = \"0000\", secret = true }\n";
        let text = format!(
            "{head}\n{vars}[[case]]\nid = \"A\"\ntitle = \"${{a}}\"\nsteps = [{{ do = \"inspect\" }}]\n"
        );
        load_text(Path::new("x/plan.toml"), text.as_bytes(), &overrides).unwrap().plan.hash
    }

    #[test]
    fn it_is_of_the_text_and_of_what_is_given_from_outside() {
        let plain = of("", &[]);
        assert_eq!((plain.len(), &plain), (64, &of("", &[])));
        for other in [
            of("# remark", &[]),
            of("", &["a=y"]),
            of("", &["a=z"]),
            of("", &["b=[1, 3]"]),
            of("", &["b=[13]"]),
        ] {
            assert_ne!(plain, other);
        }
        assert_ne!(of("", &["a=y"]), of("", &["a=z"]));
    }

    #[test]
    fn a_secret_cannot_be_found_out_from_it() {
        assert_eq!(of("", &["pin=1234"]), of("", &["pin=4321"]));
    }
}
