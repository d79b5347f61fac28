//! Finds the value that an error is about by the span of the error, and takes values out.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

/// A step from a value to one inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inner {
    Key(String),
    Index(usize),
}

/// The way to the innermost value round a span; none where only the whole lies round it.
///
/// A table with a header of its own spans only its header, so every value is looked at.
pub(super) fn find(value: &DeValue<'_>, span: &Range<usize>) -> Option<Vec<Inner>> {
    let within = |inner: &Spanned<DeValue<'_>>, step: Inner| {
        let round = inner.span().start <= span.start && span.end <= inner.span().end;
        let mut way = find(inner.get_ref(), span).or_else(|| round.then(Vec::new))?;
        way.insert(0, step);
        Some(way)
    };
    match value {
        DeValue::Table(table) => table
            .iter()
            .find_map(|(key, inner)| within(inner, Inner::Key(key.get_ref().to_string()))),
        DeValue::Array(array) => {
            array.iter().enumerate().find_map(|(n, inner)| within(inner, Inner::Index(n)))
        }
        _ => None,
    }
}

/// The value at the end of a way.
pub(super) fn get_mut<'v, 's>(
    value: &'v mut Spanned<DeValue<'s>>,
    way: &[Inner],
) -> Option<&'v mut Spanned<DeValue<'s>>> {
    way.iter().try_fold(value, |value, step| match (value.get_mut(), step) {
        (DeValue::Table(table), Inner::Key(key)) => table.get_mut(key.as_str()),
        (DeValue::Array(array), Inner::Index(n)) => array.get_mut(*n),
        _ => None,
    })
}

/// Takes the value at the end of a way out.
pub(super) fn remove<'s>(
    value: &mut Spanned<DeValue<'s>>,
    way: &[Inner],
) -> Option<Spanned<DeValue<'s>>> {
    let (last, rest) = way.split_last()?;
    match (get_mut(value, rest)?.get_mut(), last) {
        (DeValue::Table(table), Inner::Key(key)) => table.remove(key.as_str()),
        (DeValue::Array(array), Inner::Index(n)) if *n < array.len() => {
            let taken = std::mem::replace(array, Vec::new().into_iter().collect());
            let (mut kept, mut out) = (Vec::new(), None);
            for (at, value) in taken.into_iter().enumerate() {
                if at == *n { out = Some(value) } else { kept.push(value) }
            }
            *array = kept.into_iter().collect();
            out
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::*;

    #[test]
    fn finds_and_removes_the_innermost_value() {
        let text = "a = [1, { b = 'x' }]\n[c.d]\ne = 2\n";
        let table = DeTable::parse(text).unwrap();
        let span = table.span();
        let mut value = Spanned::new(span, DeValue::Table(table.into_inner()));
        let at = |part: &str| {
            let start = text.find(part).unwrap();
            start..start + part.len()
        };
        let key = |k: &str| Inner::Key(k.to_owned());
        let way = find(value.get_ref(), &at("'x'")).unwrap();
        assert_eq!(way, [key("a"), Inner::Index(1), key("b")]);
        let way = find(value.get_ref(), &at("2")).unwrap();
        assert_eq!(way, [key("c"), key("d"), key("e")]);
        assert!(remove(&mut value, &way).is_some());
        assert!(remove(&mut value, &way).is_none());
        assert!(remove(&mut value, &[key("a"), Inner::Index(0)]).is_some());
        assert_eq!(find(value.get_ref(), &at("'x'")).unwrap()[1], Inner::Index(0));
        assert_eq!(find(value.get_ref(), &(0..text.len())), None);
    }
}
