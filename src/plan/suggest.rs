//! The word that was meant, when a word is not known.

/// How many candidates are compared.
pub(super) const MOST: usize = 1000;

/// The candidate nearest to a word, if one is near enough to be what was meant.
pub(crate) fn nearest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    // A word beyond this length was not mistyped, and comparing takes time in its square.
    if word.len() > 100 {
        return None;
    }
    let wanted = plain(word);
    candidates
        .into_iter()
        .take(MOST)
        .filter(|candidate| candidate.len() <= 100)
        .map(|candidate| (strsim::damerau_levenshtein(&wanted, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| {
            let shorter = wanted.chars().count().min(candidate.chars().count());
            *distance <= (shorter / 3).clamp(1, 3) && *distance < shorter.max(1)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A word without what people vary: `mapsTo`, `maps_to` and `MAPS-TO` are all `mapsto`.
fn plain(word: &str) -> String {
    word.chars()
        .filter(|c| !matches!(c, '-' | '_' | ' ' | '.'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Words as a list for people: `a`, `b` and `c`; of a long list the first ones.
pub(crate) fn list<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    const MOST: usize = 40;
    let mut words: Vec<String> = words.into_iter().map(super::visible::quote).collect();
    if let Some(more) = words.len().checked_sub(MOST + 1) {
        words.truncate(MOST);
        words.push(format!("{} more", more + 1));
    }
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let keys = ["maps-to", "timeout", "tags", "device", "if-needed", "on"];
        for (word, meant) in [
            ("maps_to", Some("maps-to")),
            ("mapsTo", Some("maps-to")),
            ("timout", Some("timeout")),
            ("devcie", Some("device")),
            ("tag", Some("tags")),
            ("colour", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, keys), meant, "{word}");
        }
        assert_eq!(nearest(&"a".repeat(1 << 20), keys), None);
    }

    #[test]
    fn lists_read_like_a_sentence() {
        assert_eq!(list([]), "");
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
        assert!(list(vec!["a"; 100]).ends_with("and 60 more"));
    }
}
