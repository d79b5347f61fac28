//! Words for what is wrong with a key or a value, made from the schema it should have followed.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::decode::Target;
use super::defined::Known;
use super::diagnostic::Diagnostic;
use super::locate::Inner;
use super::shape::Shape;
use super::suggest::{list, nearest};
use super::visible::quote;

/// A key that is not known here.
pub(super) fn unknown_key(key: &str, span: Range<usize>, target: Target<'_>) -> Diagnostic {
    let message = format!("unknown key {} in {}", quote(key), target.what);
    let own: Vec<&str> =
        target.shape.properties().into_iter().flatten().map(|(key, _)| key).collect();
    let all = || own.iter().chain(target.also).copied();
    let label = match nearest(key, all()) {
        Some(meant) => format!("did you mean {}?", quote(meant)),
        None => "not known here".to_owned(),
    };
    Diagnostic::error(message).at(span, label).help(format!("the keys here are {}", list(all())))
}

/// A key that must be there and is not.
pub(super) fn missing(
    key: &str,
    target: Target<'_>,
    span: Range<usize>,
    known: &Known,
) -> Diagnostic {
    let message = format!("{} needs {}", target.what, quote(key));
    let help = target.shape.property(key).map(|shape| {
        let device = || shape.refers_to().and_then(|kind| known.of(kind)?.0.iter().next());
        let example = device().map(|name| format!("\"{name}\"")).or_else(|| example(shape));
        let example = example.map(|example| format!("write {key} = {example}"));
        sentence(key, shape, example)
    });
    let diagnostic = Diagnostic::error(message).at(span, format!("{} is missing", quote(key)));
    match help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// A value that could not be read, by the message of what tried to.
pub(super) fn explain(
    message: &str,
    value: &Spanned<DeValue<'_>>,
    table: Shape<'_>,
    way: &[Inner],
) -> Diagnostic {
    let shape = way.iter().try_fold(table, |shape, step| match step {
        Inner::Key(key) => shape.property(key),
        Inner::Index(_) => shape.items(),
    });
    let key = way.iter().rev().find_map(|step| match step {
        Inner::Key(key) => Some(key.as_str()),
        Inner::Index(_) => None,
    });
    let key = key.unwrap_or_default();
    let Some(shape) = shape else {
        return Diagnostic::error(message).at(value.span(), "");
    };
    let words = || shape.words().or_else(|| shape.alternatives().find_map(Shape::words));
    // Where other text is allowed too, its own reader knows better what is wrong with it.
    let is_open = shape.alternatives().any(|one| one.words().is_none());
    if let (Some(words), DeValue::String(text)) = (words(), value.get_ref())
        && (is_of_the_reader(message) || !is_open)
    {
        return not_a_word(key, text, value.span(), &words);
    }
    let of_a_list = matches!(way.last(), Some(Inner::Index(_)));
    let takes = if of_a_list { format!("each of {}", quote(key)) } else { quote(key) };
    if is_of_the_reader(message) {
        let found = found(value.get_ref());
        let help =
            sentence(key, shape, example(shape).map(|example| format!("for example {example}")));
        return Diagnostic::error(format!("{takes} must be {}, not {found}", shape.kind()))
            .at(value.span(), format!("expected {}", shape.kind()))
            .help(help);
    }
    match message.split_once("; ") {
        Some((message, help)) => {
            Diagnostic::error(message).at(value.span(), format!("in {}", quote(key))).help(help)
        }
        None => Diagnostic::error(message).at(value.span(), format!("in {}", quote(key))),
    }
}

fn not_a_word(
    key: &str,
    text: &str,
    span: Range<usize>,
    words: &[(&str, Option<&str>)],
) -> Diagnostic {
    let all = || words.iter().map(|(word, _)| *word);
    let diagnostic = Diagnostic::error(format!("{} cannot be {}", quote(key), quote(text)));
    match nearest(text, all()) {
        Some(meant) if words.len() > 12 => {
            diagnostic.at(span, format!("did you mean {}?", quote(meant)))
        }
        meant => {
            let known = "not one of its words".to_owned();
            let label = meant.map_or(known, |meant| format!("did you mean {}?", quote(meant)));
            diagnostic.at(span, label).help(format!("write one of {}", list(all())))
        }
    }
}

/// Whether a message is the deserializer's, in Rust's words, and not one of this program's types.
fn is_of_the_reader(message: &str) -> bool {
    let openings = [
        "invalid type",
        "invalid value",
        "invalid length",
        "unknown variant",
        "wanted ",
        "data did not match any variant",
        "integer number overflowed",
        "floating-point number overflowed",
        "expected ",
        "unit variant",
    ];
    openings.iter().any(|opening| message.starts_with(opening))
}

/// What stands in the plan.
fn found(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text {}", quote(text)),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(value) => format!("`{value}`"),
        DeValue::Datetime(_) => "a date or a time".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// A value it could have, if the schema gives one or one can be told from its kind.
fn example(shape: Shape<'_>) -> Option<String> {
    let own = shape.examples().into_iter().next();
    own.or_else(|| Some(format!("\"{}\"", shape.words()?.first()?.0)))
}

/// What a key is for, and an example.
fn sentence(key: &str, shape: Shape<'_>, example: Option<String>) -> String {
    let summary = shape.summary().unwrap_or_else(|| format!("{}.", shape.kind()));
    let summary = format!("{}: {}", quote(key), summary.trim_end_matches('.'));
    match example {
        Some(example) => format!("{summary}; {example}"),
        None => summary,
    }
}
