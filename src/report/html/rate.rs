//! Shares as a page shows them: with one digit, and how far they can be trusted.

use super::Markup;
use crate::stats::wilson;

/// A share from 0 to 1 in percent: `98.0 %`. Near all and near nothing with one more digit, and never
/// rounded to either.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{} %", digits(share))
}

/// Where the true share lies with 95 % confidence: `95.0–99.2 %`; none where nothing was tried.
#[must_use]
pub fn interval(succeeded: u64, tries: u64) -> Option<String> {
    let (low, high) = wilson(succeeded, tries)?;
    Some(format!("{}–{} %", digits(low), digits(high)))
}

/// `98.0 %`, or a dash where nothing was tried.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a run has fewer than 2^53 tries")]
pub fn of(succeeded: u64, tries: u64) -> String {
    match tries {
        0 => "–".to_owned(),
        _ => percent((succeeded as f64 * 100.0 / tries as f64) / 100.0),
    }
}

/// Adds a cell of a table with the share and, below it, where the true one lies.
pub fn cell(tr: &mut Markup, succeeded: u64, tries: u64) {
    tr.element("td", &[("class", "n")], |td| {
        td.text(&of(succeeded, tries));
        if let Some(interval) = interval(succeeded, tries) {
            let meaning = [("class", "sub"), ("title", "95 % confidence (Wilson)")];
            td.text(" ").leaf("span", &meaning, &interval);
        }
    });
}

fn digits(share: f64) -> String {
    let percent = share * 100.0;
    if percent >= 100.0 {
        "100".to_owned()
    } else if percent <= 0.0 {
        "0".to_owned()
    } else if percent > 99.99 {
        ">99.99".to_owned()
    } else if percent < 0.01 {
        "<0.01".to_owned()
    } else if (0.5..=99.5).contains(&percent) {
        format!("{percent:.1}")
    } else {
        format!("{percent:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_never_rounded_to_all_or_nothing() {
        for (succeeded, tries, text) in [
            (196, 200, "98.0 %"),
            (200, 200, "100 %"),
            (0, 7, "0 %"),
            (999, 1000, "99.90 %"),
            (999_999, 1_000_000, ">99.99 %"),
            (1, 1_000_000, "<0.01 %"),
            (0, 0, "–"),
        ] {
            assert_eq!(of(succeeded, tries), text);
        }
        assert_eq!(interval(196, 200).unwrap(), "95.0–99.2 %");
        assert_eq!(interval(0, 0), None);
    }
}
