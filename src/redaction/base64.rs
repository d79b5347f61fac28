//! Secrets in base64 (RFC 4648, 4 and 5), on their own or within a longer text that was encoded.
//!
//! Where a secret begins within a group of three bytes decides how it looks, so there are three forms of it,
//! each of the characters that come of the secret alone. The character beside such a form may hold some of its
//! bits too, and goes with it. Programs break long lines (`base64` after 76 characters), so a line break within
//! a form does not hide it.

use std::iter::repeat_n;

use super::STRUCK;

/// The shortest secret that is looked for, in bytes. Of a shorter one a form has fewer than four characters, and
/// would be found in everything.
const SHORTEST: usize = 4;

/// The two alphabets differ in their last two characters.
const ALPHABETS: [&[u8; 64]; 2] = [
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
];

/// How a secret looks at one place within a group of three bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    /// The characters that are of the secret alone.
    text: String,
    /// The character before them holds bits of it too.
    before: bool,
    /// The character after them does.
    after: bool,
}

/// All forms of a secret.
pub(super) fn forms(secret: &str) -> Vec<Form> {
    if secret.len() < SHORTEST {
        return Vec::new();
    }
    let both = ALPHABETS.iter().flat_map(|alphabet| {
        (0..3).map(move |offset| Form::of(secret.as_bytes(), offset, alphabet))
    });
    let mut forms: Vec<Form> = both.collect();
    forms.dedup();
    forms
}

impl Form {
    /// The form after so many other bytes.
    fn of(secret: &[u8], offset: usize, alphabet: &[u8; 64]) -> Self {
        let (first, end) = (8 * offset, 8 * (offset + secret.len()));
        let bytes: Vec<u8> = repeat_n(0, offset).chain(secret.iter().copied()).collect();
        let characters = encoded(&bytes, alphabet);
        let of_it = first.div_ceil(6)..end / 6;
        Self {
            text: characters.get(of_it).unwrap_or_default().to_owned(),
            before: first % 6 != 0,
            after: end % 6 != 0,
        }
    }

    /// How many characters are looked for.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// The text without this form; none where it is not in it.
    pub(super) fn strike(&self, text: &str) -> Option<String> {
        let mut struck = String::new();
        let mut rest = text;
        while let Some((head, tail)) = self.find(rest) {
            struck.push_str(head);
            if self.before && struck.ends_with(is_of_base64) {
                struck.pop();
            }
            struck.push_str(STRUCK);
            rest = if self.after { tail.strip_prefix(is_of_base64).unwrap_or(tail) } else { tail };
        }
        (rest.len() < text.len()).then(|| struck + rest)
    }

    /// What stands before and after its first occurrence.
    fn find<'t>(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        if !text.contains('\n') {
            return text.split_once(self.text.as_str());
        }
        let first = self.text.chars().next()?;
        text.match_indices(first).find_map(|(at, _)| {
            let (head, from) = text.split_at_checked(at)?;
            Some((head, self.after_match(from)?))
        })
    }

    /// What follows it, where the text begins with it, line breaks within aside.
    fn after_match<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut rest = text;
        for wanted in self.text.chars() {
            rest = rest.strip_prefix(wanted).or_else(|| {
                let rest = rest.strip_prefix('\r').unwrap_or(rest);
                rest.strip_prefix('\n')?.strip_prefix(wanted)
            })?;
        }
        Some(rest)
    }
}

fn is_of_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || ['+', '/', '-', '_'].contains(&c)
}

/// The bytes in base64, without padding.
fn encoded(bytes: &[u8], alphabet: &[u8; 64]) -> String {
    let group = |bytes: &[u8]| {
        let byte = |at| u32::from(bytes.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        let sextet = move |at: usize| alphabet.get((bits >> (18 - 6 * at)) as usize & 63);
        (0..=bytes.len()).filter_map(sextet).map(|c| char::from(*c)).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 4648, 10, without the padding.
    #[test]
    fn text_is_encoded_as_the_rfc_has_it() {
        for (text, expected) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encoded(text.as_bytes(), ALPHABETS[0]), expected);
        }
        assert_eq!(encoded(&[0xfb, 0xff], ALPHABETS[0]), "+/8");
        assert_eq!(encoded(&[0xfb, 0xff], ALPHABETS[1]), "-_8");
    }

    fn struck(secret: &str, text: &str) -> String {
        let strike = |text: String, form: Form| form.strike(&text).unwrap_or(text);
        forms(secret).into_iter().fold(text.to_owned(), strike)
    }

    #[test]
    fn a_secret_is_struck_with_the_characters_that_hold_a_part_of_it() {
        // "hush", "xhush", "xxhush" and each with more after it, as coreutils' base64 has them.
        for (text, expected) in [
            ("aHVzaA==", "[secret]=="),
            ("eGh1c2g=", "e[secret]="),
            ("eHhodXNo", "eH[secret]"),
            ("key=aHVzaHk=.", "key=[secret]k=."),
            ("aHVzaA== aHVzaA==", "[secret]== [secret]=="),
            ("aH\nVz\r\naA==", "[secret]=="),
            ("nothing of it", "nothing of it"),
        ] {
            assert_eq!(struck("hush", text), expected);
        }
    }

    #[test]
    fn what_is_too_short_to_be_told_from_chance_is_left_alone() {
        assert!(forms("abc").is_empty());
        assert!(forms("abcd").iter().all(|form| form.len() >= 4));
    }

    proptest! {
        #[test]
        fn wherever_a_secret_stands_in_what_was_encoded_it_is_struck(
            before in proptest::collection::vec(any::<u8>(), 0..7),
            secret in "[ -~äß耳]{4,12}",
            after in proptest::collection::vec(any::<u8>(), 0..7),
            url in any::<bool>(),
            width in 1_usize..80,
        ) {
            let bytes = [&before[..], secret.as_bytes(), &after].concat();
            let text = encoded(&bytes, ALPHABETS[usize::from(url)]);
            let lines: Vec<&str> =
                text.as_bytes().chunks(width).map(|l| std::str::from_utf8(l).unwrap()).collect();
            for text in [text.clone(), lines.join("\n")] {
                let told = struck(&secret, &text);
                prop_assert!(told.contains(STRUCK), "{} in {}", secret, text);
                prop_assert!(told.len() < text.len() + 2 * STRUCK.len());
            }
        }

        #[test]
        fn no_text_is_too_much(secret in "\\PC{0,8}", text in "[A-Za-z0-9+/\n\r=é]{0,200}") {
            let _ = struck(&secret, &text);
        }
    }
}
