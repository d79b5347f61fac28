//! Rows of values that each stand behind their length and their type, as LE Audio writes nearly everything.

/// The value of a type in such a row; none, where it is not there or the row breaks off before.
pub(super) fn value(row: &[u8], wanted: u8) -> Option<&[u8]> {
    let mut rest = row;
    while let [length, more @ ..] = rest {
        let (entry, behind) = more.split_at_checked(usize::from(*length))?;
        match entry {
            [kind, value @ ..] if *kind == wanted => return Some(value),
            _ => rest = behind,
        }
    }
    None
}

/// Puts a value behind a row; one that is longer than its length can say is left out.
pub(super) fn push(row: &mut Vec<u8>, kind: u8, value: &[u8]) {
    if let Ok(length) = u8::try_from(value.len() + 1) {
        row.push(length);
        row.push(kind);
        row.extend(value);
    }
}

/// A number of two bytes.
pub(super) fn number(value: &[u8]) -> Option<u16> {
    value.try_into().ok().map(u16::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_its_type_and_a_broken_row_has_none() {
        let row = [2, 1, 3, 3, 4, 100, 0, 0, 1, 7];
        assert_eq!(value(&row, 1), Some(&[3][..]));
        assert_eq!(value(&row, 4).and_then(number), Some(100));
        assert_eq!(value(&row, 7), Some(&[][..]), "behind an empty entry");
        assert_eq!(value(&row, 2), None);
        assert_eq!(value(&[9, 1, 3], 1), None, "it says that it is longer");
        let mut row = Vec::new();
        push(&mut row, 4, &[100, 0]);
        assert_eq!(row, [3, 4, 100, 0]);
        push(&mut row, 5, &[0; 255]);
        assert_eq!(row.len(), 4);
    }
}
