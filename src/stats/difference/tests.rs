//! What is found, what is not, and how often chance is taken for a difference.

use fastrand::Rng;

use super::*;
use crate::stats::wilson;

fn rate(hits: u64, tries: u64) -> Sampled {
    Sampled { rate: Rate::of(hits, tries), clustering: 1.0 }
}

fn rates(old: (u64, u64), new: (u64, u64)) -> RateChange {
    let mut change = RateChange::between(rate(old.0, old.1), rate(new.0, new.1), true).unwrap();
    settle(&mut [&mut change.evidence]);
    change
}

/// Durations that are mostly near a middle and sometimes long, as those of a radio are.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "durations are small")]
fn latencies(rng: &mut Rng, tries: usize, middle: f64, slow: f64) -> Histogram {
    let mut histogram = Histogram::default();
    for _ in 0..tries {
        let long = if rng.f64() < slow { 5.0 } else { 1.0 };
        let noise: f64 = (0..6).map(|_| rng.f64() - 0.5).sum();
        histogram.record((middle * long * (0.2 * noise).exp() * 1000.0) as u64);
    }
    histogram
}

fn middle(old: &Histogram, new: &Histogram) -> MiddleChange {
    let mut change = MiddleChange::between(old, new).unwrap();
    settle(&mut [&mut change.evidence]);
    change
}

fn tail(old: &Histogram, new: &Histogram) -> TailChange {
    let mut change = TailChange::between(old, new).unwrap();
    settle(&mut [&mut change.slow.evidence]);
    change
}

#[test]
fn chance_is_taken_for_a_difference_in_one_of_a_hundred_at_the_most() {
    let mut rng = Rng::with_seed(4);
    let mut alarms = [0; 3];
    let rounds = 1000;
    for _ in 0..rounds {
        let (old, new) = (latencies(&mut rng, 80, 300.0, 0.1), latencies(&mut rng, 60, 300.0, 0.1));
        alarms[0] += usize::from(middle(&old, &new).evidence.is_real());
        alarms[1] += usize::from(tail(&old, &new).slow.evidence.is_real());
        let mut succeeded = |tries: u64| (0..tries).filter(|_| rng.f64() < 0.9).count() as u64;
        let change = rates((succeeded(200), 200), (succeeded(150), 150));
        alarms[2] += usize::from(change.evidence.is_real());
    }
    // One of a hundred, and three standard deviations.
    assert!(alarms.iter().all(|found| *found <= 19), "{alarms:?} of {rounds}");
    assert!(alarms[0] > 2, "a test that never errs finds nothing: {alarms:?}");
}

#[test]
fn a_known_shift_is_found_and_measured() {
    let mut rng = Rng::with_seed(7);
    for _ in 0..20 {
        let old = latencies(&mut rng, 200, 300.0, 0.0);
        let new = latencies(&mut rng, 200, 345.0, 0.0);
        let change = middle(&old, &new);
        assert_eq!(change.standing(), Standing::Worse, "{change:?}");
        assert_eq!(middle(&new, &old).standing(), Standing::Better);
        assert!((30_000..60_000).contains(&change.shift.by), "{change:?}");
        assert!(change.shift.low > 0 && change.evidence.needed.is_none(), "{change:?}");
    }
}

#[test]
fn a_slow_end_is_found_where_the_middle_stays() {
    let mut rng = Rng::with_seed(9);
    let old = latencies(&mut rng, 1000, 300.0, 0.02);
    let new = latencies(&mut rng, 1000, 300.0, 0.10);
    assert!(matches!(middle(&old, &new).standing(), Standing::Same | Standing::Slight));
    let change = tail(&old, &new);
    assert_eq!(change.standing(), Standing::Worse, "{change:?}");
    assert!(change.old.high < change.new.low, "{change:?}");
    assert_eq!(tail(&new, &old).standing(), Standing::Better);
}

#[test]
fn a_millisecond_over_ten_thousand_tries_is_real_and_slight() {
    let mut rng = Rng::with_seed(3);
    let old = latencies(&mut rng, 10_000, 300.0, 0.0);
    let new = latencies(&mut rng, 10_000, 305.0, 0.0);
    let change = middle(&old, &new);
    assert!(change.evidence.is_real(), "{change:?}");
    assert_eq!(change.standing(), Standing::Slight);
}

#[test]
fn a_real_drop_of_a_rate_is_worse_however_small() {
    assert_eq!(rates((9990, 10_000), (9900, 10_000)).standing(), Standing::Worse);
    assert_eq!(rates((9900, 10_000), (9990, 10_000)).standing(), Standing::Better);
    assert_eq!(rates((9990, 10_000), (9985, 10_000)).standing(), Standing::Same);
    let flaky = RateChange::between(rate(1, 1000), rate(40, 1000), false);
    let mut flaky = flaky.unwrap();
    settle(&mut [&mut flaky.evidence]);
    assert_eq!(flaky.standing(), Standing::Worse);
}

#[test]
fn few_tries_are_too_few_and_say_how_many_are_needed() {
    assert_eq!(rates((3, 3), (0, 3)).standing(), Standing::TooFew);
    assert_eq!(rates((5, 5), (0, 5)).standing(), Standing::Worse);
    assert!(enough(3, 9) && !enough(3, 8) && !enough(0, 1000) && enough(5, 5));
    // 90 % and 80 %: by the usual formula 11.679 × (0.09 + 0.16) / 0.01 = 292.
    let change = rates((45, 50), (40, 50));
    assert_eq!((change.standing(), change.evidence.needed), (Standing::TooFew, Some(292)));
    // Fifteen that all succeeded, against as many: one failure in ten could hide there.
    let change = rates((15, 15), (15, 15));
    assert_eq!((change.standing(), change.evidence.needed), (Standing::TooFew, Some(47)));
    let change = rates((47, 47), (47, 47));
    assert_eq!((change.standing(), change.evidence.needed), (Standing::Same, None));
    let few = |values: [u64; 3]| {
        let mut histogram: Histogram = Histogram::default();
        values.iter().for_each(|value| histogram.record(*value));
        histogram
    };
    let change = middle(&few([1, 2, 3]), &few([7, 8, 9]));
    assert_eq!((change.standing(), change.evidence.needed), (Standing::TooFew, Some(8)));
}

#[test]
fn the_median_of_few_is_not_said_to_be_the_same() {
    let mut rng = Rng::with_seed(2);
    let mut of = |tries| latencies(&mut rng, tries, 300.0, 0.0);
    let few = middle(&of(15), &of(15));
    assert_eq!(few.standing(), Standing::TooFew, "{few:?}");
    assert!(few.evidence.needed.is_some_and(|needed| needed > 15), "{few:?}");
    let many = middle(&of(1000), &of(1000));
    assert_eq!((many.standing(), many.evidence.needed), (Standing::Same, None), "{many:?}");
}

#[test]
fn what_is_kept_coarsely_is_told_finely() {
    // 2.10 s and 2.13 s share a cell of 65 ms.
    let of = |middle: u64| {
        let mut histogram: Histogram<5> = Histogram::default();
        (0..400).for_each(|n| histogram.record(middle - 20_000 + n * 100));
        histogram
    };
    let mut change = MiddleChange::between(&of(2_100_000), &of(2_130_000)).unwrap();
    settle(&mut [&mut change.evidence]);
    assert!(change.old < change.new, "{change:?}");
    assert!((10_000..50_000).contains(&change.shift.by), "{change:?}");
}

#[test]
fn failures_in_one_burst_are_one_event() {
    let even = rate(9970, 10_000);
    let burst = Sampled { clustering: 30.0, ..even };
    let settled = |new: Sampled| {
        let mut change = RateChange::between(rate(10_000, 10_000), new, true).unwrap();
        settle(&mut [&mut change.evidence]);
        change
    };
    assert_eq!(settled(even).standing(), Standing::Worse);
    assert_eq!(settled(burst).standing(), Standing::Same);
    assert!(settled(burst).interval.0 < settled(even).interval.0);
    assert_eq!(even.interval(), wilson(9970, 10_000));
    assert!(burst.interval().unwrap().0 < even.interval().unwrap().0);
}

#[test]
fn what_could_not_differ_is_not_corrected_for() {
    let mut found = rates((5, 5), (0, 5)).evidence;
    let mut never_failed = vec![rates((500, 500), (500, 500)).evidence; 50];
    let mut all = vec![&mut found];
    all.extend(&mut never_failed);
    settle(&mut all);
    assert!(found.is_real(), "{found:?}");
    assert!(never_failed.iter().all(|evidence| !evidence.is_real()));
}
