//! What is written is XML, and says what the run came to.

use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::*;
use crate::event::{Cause, Recovery};
use crate::report::escape::{cut, xml_attribute};
use crate::report::sample::{self, Run, page_timeout, summary_of};

fn written(run: &Run) -> String {
    let mut xml = Vec::new();
    JUnit.write(&summary_of(&run.records), &mut xml).unwrap();
    String::from_utf8(xml).unwrap()
}

/// Every element's name and attributes, in order; fails where the XML is not well-formed.
fn elements(xml: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut reader = Reader::from_str(xml);
    let mut all = Vec::new();
    let mut open = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                open += 1;
                all.push(read(&tag));
            }
            Event::Empty(tag) => all.push(read(&tag)),
            Event::End(_) => open -= 1,
            Event::Text(text) => {
                text.decode().unwrap();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open, 0, "elements left open");
    all
}

fn read(tag: &BytesStart<'_>) -> (String, Vec<(String, String)>) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let attributes = tag.attributes().map(|attribute| {
        let attribute = attribute.unwrap();
        let value = quick_xml::escape::unescape(&text(&attribute.value)).unwrap().into_owned();
        (text(attribute.key.as_ref()), value)
    });
    (text(tag.name().as_ref()), attributes.collect())
}

fn all<'a>(
    elements: &'a [(String, Vec<(String, String)>)],
    name: &str,
    attribute: &str,
) -> Vec<&'a str> {
    let of_name = elements.iter().filter(|(n, _)| n == name);
    let values = of_name.flat_map(|(_, attributes)| attributes);
    values.filter(|(k, _)| k == attribute).map(|(_, v)| v.as_str()).collect()
}

#[test]
fn one_of_each_is_shown_as_readers_want_it() {
    insta::assert_snapshot!(written(&sample::one_of_each()));
}

#[test]
fn the_totals_of_the_root_are_those_of_the_cases() {
    let elements = elements(&written(&sample::one_of_each()));
    for (attribute, n) in [("tests", "6"), ("failures", "2"), ("errors", "1"), ("skipped", "1")] {
        assert_eq!(all(&elements, "testsuites", attribute), [n], "{attribute}");
        assert_eq!(all(&elements, "testsuite", attribute), [n], "{attribute}");
    }
}

#[test]
fn cases_of_one_name_are_told_apart() {
    let mut run = Run::of("plan", 2);
    let long = "x".repeat(500);
    run.simple_case("A", &format!("{long}1"), None)
        .simple_case("A2", "same", None)
        .simple_case("A", &format!("{long}2"), None)
        .simple_case("A2 same", "", None)
        .end(Verdict::Pass, 0);
    let elements = elements(&written(&run));
    let names = all(&elements, "testcase", "name");
    let distinct: HashSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), names.len(), "{names:?}");
}

#[test]
fn a_failed_setup_of_the_plan_is_an_error() {
    let mut run = Run::of("plan", 0);
    run.step("setup/1", "discover headset")
        .end_step(Verdict::Inconclusive, Some(page_timeout()))
        .end(Verdict::Inconclusive, 4);
    let elements = elements(&written(&run));
    assert_eq!(all(&elements, "testcase", "name"), ["(setup of the plan)"]);
    assert_eq!(all(&elements, "testsuites", "errors"), ["1"]);
}

#[test]
fn a_run_without_an_end_is_no_pass() {
    let mut run = Run::of("plan", 3);
    run.simple_case("A", "a", None);
    let elements = elements(&written(&run));
    assert_eq!(all(&elements, "error", "message"), ["the run was cut off after 1 of 3 cases"]);
}

#[test]
fn times_that_are_no_binary_fractions_add_up_to_whole_milliseconds() {
    let mut run = Run::of("plan", 2);
    for (id, ms) in [("A", 100), ("B", 200)] {
        run.case(id, "a", 1).after(ms).end_case(Verdict::Pass, None);
    }
    run.end(Verdict::Pass, 0);
    let xml = written(&run);
    let times: Vec<String> = elements(&xml)
        .into_iter()
        .filter(|(name, _)| name == "testsuite")
        .flat_map(|(_, attributes)| attributes)
        .filter_map(|(key, value)| (key == "time").then_some(value))
        .collect();
    assert_eq!(times, ["0.300"], "{xml}");
}

#[test]
fn a_time_that_no_calendar_has_is_no_panic() {
    for started in ["", "yesterday", "9999-12-31T23:59:59Z", "-000001-01-01T00:00:00Z"] {
        let mut run = Run::of("plan", 0);
        if let crate::event::Event::RunStarted(of) = &mut run.records[0].event {
            started.clone_into(&mut of.started);
        }
        elements(&written(&run));
    }
}

#[test]
fn a_night_of_failures_stays_small() {
    let mut run = Run::of("plan", 1);
    run.case("A", "a", 3000);
    for _ in 0..3000 {
        run.iteration()
            .connecting(Some(page_timeout()))
            .connecting(None)
            .end_iteration(Verdict::Pass, None);
    }
    run.end_case(Verdict::Pass, None).end(Verdict::Pass, 0);
    let xml = written(&run);
    assert!(xml.len() < 30_000, "{} bytes", xml.len());
    assert_eq!(all(&elements(&xml), "testcase", "name").len(), 1);
}

#[test]
fn a_soak_that_fails_thousands_of_times_in_new_ways_is_one_failure_and_small() {
    let mut run = Run::of("plan", 1);
    let mut fold = crate::report::summary::Fold::default();
    run.case("A", "a", 10_000);
    for n in 0..10_000 {
        let mut cause = page_timeout();
        (cause.kind, cause.message) = (format!("kind-{n}"), format!("{n}]]>").repeat(40));
        run.iteration()
            .attempt()
            .step("steps/1", "connect headset")
            .end_step(Verdict::Fail, Some(cause.clone()))
            .end_attempt(Verdict::Fail, Some(cause.clone()));
        if n % 2 == 0 {
            run.attempt().end_attempt(Verdict::Fail, Some(cause.clone()));
        }
        run.end_iteration(Verdict::Fail, Some(cause));
        run.records.drain(..).for_each(|record| fold.add(&record));
    }
    run.end_case(Verdict::Fail, Some(page_timeout())).end(Verdict::Fail, 1);
    run.records.iter().for_each(|record| fold.add(record));
    let mut xml = Vec::new();
    JUnit.write(&fold.finish(crate::report::journal::Notes::default()), &mut xml).unwrap();
    assert!(xml.len() < 1_000_000, "{} bytes", xml.len());
    let elements = elements(&String::from_utf8(xml).unwrap());
    assert_eq!(all(&elements, "failure", "type").len(), 1);
    assert_eq!(all(&elements, "testcase", "name").len(), 1);
    assert_eq!(all(&elements, "testsuites", "failures"), ["1"]);
}

#[test]
fn each_kind_is_told_and_what_there_is_no_room_for_is_counted() {
    let soak = |kinds: usize, seen: usize| {
        let mut run = Run::of("plan", 1);
        run.case("A", "a", 600);
        for n in 0..600 {
            let kind = format!("kind-{:02}", if n < 300 { 0 } else { n % kinds });
            let cause = Cause { kind, seen: Some("x".repeat(seen)), ..page_timeout() };
            run.iteration()
                .attempt()
                .step("steps/1", "connect headset")
                .end_step(Verdict::Fail, Some(cause.clone()))
                .end_attempt(Verdict::Fail, Some(cause.clone()))
                .end_iteration(Verdict::Fail, Some(cause));
        }
        run.end_case(Verdict::Fail, Some(page_timeout())).end(Verdict::Fail, 1);
        written(&run)
    };
    let ten = soak(10, 10);
    for kind in 0..10 {
        let told = format!("why       headset did not answer (kind-{kind:02})");
        assert_eq!(ten.matches(&told).count(), 1, "{told} in\n{ten}");
    }
    assert!(ten.contains("\nand 29 more like it, in the journal\n"), "{ten}");
    assert!(ten.contains("\nand 329 more like it, in the journal\n"), "{ten}");
    assert!(!ten.contains("further kind"), "{ten}");
    let long = soak(30, 900);
    let told = long.matches("\nwhy       ").count();
    let left_out = format!("and failures of {} further kinds, of which the journal", 30 - told);
    assert!(told > 5 && long.contains(&left_out), "{told}\n{long}");
    assert!(!long.contains("…(+"), "{long}");
}

#[test]
fn thousands_of_cases_that_all_failed_stay_within_what_readers_take() {
    let mut run = Run::of("plan", 1000);
    let cause = Cause { seen: Some("&\"]]>".repeat(5_000)), ..page_timeout() };
    run.simple_case("A", "a", Some(cause)).end(Verdict::Fail, 1);
    let mut summary = summary_of(&run.records);
    let mut case = summary.cases[0].clone();
    case.failures = (0..64).map(|_| case.failures[0].clone()).collect();
    case.failures.iter_mut().skip(1).for_each(|f| f.outcome = Some(Outcome::Retried));
    summary.cases = vec![case; 1_000];
    let mut xml = Vec::new();
    JUnit.write(&summary, &mut xml).unwrap();
    assert!(xml.len() < 12_000_000, "{} bytes", xml.len());
    let elements = elements(&String::from_utf8(xml).unwrap());
    assert_eq!(all(&elements, "failure", "type").len(), 1_000);
}

#[test]
fn what_recovery_did_is_told_with_the_suite() {
    let mut run = Run::of("plan", 1);
    for _ in 0..3 {
        let rung = "power-cycle".to_owned();
        run.tell(crate::event::Event::Recovered(Recovery { rung, ..Recovery::default() }));
    }
    run.simple_case("A", "a", None).end(Verdict::Pass, 0);
    let xml = written(&run);
    assert!(xml.contains(r#"<property name="recovered.power-cycle" value="3"/>"#), "{xml}");
    assert!(xml.contains("<system-out><![CDATA[recovered: power-cycle 3 times]]>"), "{xml}");
}

#[test]
fn a_rate_is_of_what_passed_and_failed() {
    let xml = written(&sample::restless());
    for (name, value) in [
        ("", "12"),
        (".passed", "7"),
        (".failed", "2"),
        (".inconclusive", "3"),
        (".success-rate", "0.777778"),
        (".longest-run-of-failures", "2"),
    ] {
        let property = format!("<property name=\"iterations{name}\" value=\"{value}\"/>");
        assert!(xml.contains(&property), "{property} is not in\n{xml}");
    }
}

#[test]
fn what_happened_to_the_bench_is_told_with_how_far() {
    let mut run = Run::of("plan", 1);
    run.after(60_000).tell(crate::event::Event::Bench {
        change: crate::event::BenchChange::Suspended,
        by_us: Some(1_500_000_000),
    });
    let xml = written(&run);
    assert!(xml.contains("\"1m 00.004s: the machine slept 25m 00s\""), "{xml}");
}

proptest! {
    #[test]
    fn any_names_are_written_as_xml_and_come_back(
        plan in any::<String>(),
        title in any::<String>(),
        text in any::<String>(),
        rest in "[\\PC\\x00-\\x20\u{fffe}\u{ffff}<>&\\]]{0,40}",
    ) {
        let mut run = Run::of(&plan, 1);
        let mut cause = page_timeout();
        for field in [&mut cause.kind, &mut cause.message] {
            text.clone_into(field);
        }
        cause.expected = Some(rest.clone() + "]]>");
        cause.raw = Some((text.clone(), rest.clone()));
        run.case("A", &title, 2)
            .iteration()
            .connecting(Some(cause.clone()))
            .inspected(serde_json::json!({ text.as_str(): rest.as_str() }))
            .measured(&text, 3, true)
            .end_iteration(Verdict::Fail, Some(cause.clone()))
            .end_case(Verdict::Fail, Some(cause))
            .end(Verdict::Fail, 1);
        run.records.iter_mut().for_each(|record| {
            if let crate::event::Event::StepStarted(step) = &mut record.event {
                step.text = format!("{text} headset {rest}");
            }
        });
        let elements = elements(&written(&run));
        let name = element::name(&format!("A {title}"));
        prop_assert_eq!(all(&elements, "testcase", "name"), [name.as_str()]);
        let kind = cut(&xml_attribute(&text), 1000).into_owned();
        prop_assert_eq!(all(&elements, "failure", "type"), [kind.as_str()]);
    }
}
