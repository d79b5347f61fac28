//! Times and shares as a person reads them.

/// A duration in microseconds with three digits that matter: `85 µs`, `312 ms`, `1.51 s`, `7m 05s`, `2h 05m`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn time(us: u64) -> String {
    let ms = us as f64 / 1e3;
    let s = us as f64 / 1e6;
    let minutes = us / 60_000_000;
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..9_995 => format!("{ms:.2} ms"),
        9_995..99_950 => format!("{ms:.1} ms"),
        99_950..999_500 => format!("{ms:.0} ms"),
        999_500..9_995_000 => format!("{s:.2} s"),
        9_995_000..60_000_000 => format!("{s:.1} s"),
        60_000_000..3_600_000_000 => format!("{minutes}m {:02}s", us / 1_000_000 % 60),
        _ => format!("{}h {:02}m", minutes / 60, minutes % 60),
    }
}

/// A moment in microseconds since the start of a run, to the millisecond: `0.310s`, `1m 03.240s`,
/// `3h 00m 04.218s`.
#[must_use]
pub fn moment(us: u64) -> String {
    let (ms, minutes) = (us / 1000 % 60_000, us / 60_000_000);
    let seconds = format!("{}.{:03}s", ms / 1000, ms % 1000);
    match minutes {
        0 => seconds,
        1..60 => format!("{minutes}m {seconds:0>7}"),
        _ => format!("{}h {:02}m {seconds:0>7}", minutes / 60, minutes % 60),
    }
}

/// A time from another one on, with its sign: `+0.310 s`, `-1.200 s`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "milliseconds are shown")]
pub fn offset(us: u64, from: u64) -> String {
    let sign = if us < from { '-' } else { '+' };
    format!("{sign}{:.3} s", us.abs_diff(from) as f64 / 1e6)
}

/// A share as [`share`] shows it, where there is a whole to have a share of.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a run has fewer than 2^53 iterations")]
pub fn share_of(part: u64, whole: u64) -> Option<String> {
    (whole > 0).then(|| share(part as f64 / whole as f64))
}

/// A share from 0 to 1 in percent. Only what is all shows as 100 %, and only what is nothing as 0 %.
#[must_use]
pub fn share(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 100.0 && percent > 99.99 {
        "> 99.99 %".to_owned()
    } else if percent > 0.0 && percent < 0.01 {
        "< 0.01 %".to_owned()
    } else if percent.fract() == 0.0 {
        format!("{percent:.0} %")
    } else {
        format!("{percent:.2} %")
    }
}

/// `1 case`, `3 cases`.
#[must_use]
pub fn several(n: u64, thing: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{n} {thing}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_three_digits_that_matter() {
        for (us, text) in [
            (0, "0 µs"),
            (999, "999 µs"),
            (1_000, "1.00 ms"),
            (1_234, "1.23 ms"),
            (9_994, "9.99 ms"),
            (9_996, "10.0 ms"),
            (99_960, "100 ms"),
            (312_400, "312 ms"),
            (999_600, "1.00 s"),
            (1_511_000, "1.51 s"),
            (9_999_000, "10.0 s"),
            (59_900_000, "59.9 s"),
            (425_000_000, "7m 05s"),
            (7_500_000_000, "2h 05m"),
        ] {
            assert_eq!(time(us), text, "{us}");
        }
    }

    #[test]
    fn a_share_is_never_rounded_to_all_or_nothing() {
        for (value, text) in [
            (0.0, "0 %"),
            (0.000_01, "< 0.01 %"),
            (0.98, "98 %"),
            (0.994_9, "99.49 %"),
            (0.999_999, "> 99.99 %"),
            (1.0, "100 %"),
        ] {
            assert_eq!(share(value), text);
        }
    }

    #[test]
    fn a_moment_is_told_to_the_millisecond() {
        for (us, text) in [
            (0, "0.000s"),
            (310_999, "0.310s"),
            (59_999_999, "59.999s"),
            (63_240_000, "1m 03.240s"),
            (10_804_218_000, "3h 00m 04.218s"),
            (90_000_000_000, "25h 00m 00.000s"),
        ] {
            assert_eq!(moment(us), text, "{us}");
        }
    }

    #[test]
    fn an_offset_has_a_sign() {
        assert_eq!(offset(1_310_000, 1_000_000), "+0.310 s");
        assert_eq!(offset(0, 1_200_000), "-1.200 s");
    }
}
