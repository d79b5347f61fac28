//! What is written is well-formed, says what the run came to, and nothing else.

use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event as Xml};
use serde_json::json;

use super::*;
use crate::event::{Cause, Event, Verdict};
use crate::report::escape::treacherous;
use crate::report::sample::{self, Run, summary_of};
use crate::report::summary::Case;

/// The elements that a page is made of: none that runs, loads or submits anything.
const ELEMENTS: &[&str] = &[
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "main",
    "header",
    "footer",
    "nav",
    "section",
    "article",
    "h1",
    "h2",
    "h3",
    "h4",
    "p",
    "a",
    "div",
    "span",
    "bdi",
    "strong",
    "i",
    "code",
    "pre",
    "time",
    "ul",
    "li",
    "dl",
    "dt",
    "dd",
    "details",
    "summary",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "figure",
    "figcaption",
    "svg",
    "symbol",
    "use",
    "path",
    "line",
    "rect",
    "circle",
    "polygon",
    "foreignObject",
    "text",
    "foreignObject",
];

fn written(summary: &Summary) -> String {
    let mut bytes = Vec::new();
    Html.write(summary, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Reads the page as XML and returns its text, one line for each block; fails where it is not well-formed,
/// or holds something that it must not.
pub(in crate::report) fn read(page: &str) -> String {
    let mut reader = Reader::from_str(page);
    let (mut lines, mut open, mut drawing) = (String::new(), Vec::new(), 0);
    loop {
        match reader.read_event().unwrap() {
            Xml::Start(tag) => {
                let name = check(&tag);
                drawing += usize::from(name == "svg" || name == "style");
                if ["h1", "h2", "h3", "p", "tr", "dt", "li", "summary", "figcaption"]
                    .contains(&&*name)
                {
                    lines.push('\n');
                }
                if ["td", "th", "dd", "a", "bdi", "span"].contains(&&*name) {
                    lines.push(' ');
                }
                open.push(name);
            }
            Xml::Empty(tag) => drop(check(&tag)),
            Xml::End(tag) => {
                let name = String::from_utf8(tag.name().as_ref().to_vec()).unwrap();
                drawing -= usize::from(name == "svg" || name == "style");
                assert_eq!(open.pop().as_deref(), Some(&*name));
            }
            Xml::Text(text) if drawing == 0 => lines += &text.decode().unwrap().replace('\n', ""),
            Xml::GeneralRef(name) if drawing == 0 => {
                let known = [("lt", '<'), ("gt", '>'), ("amp", '&'), ("quot", '"'), ("#39", '\'')];
                let name = name.decode().unwrap();
                lines.push(known.iter().find(|(n, _)| *n == name).expect("a known entity").1);
            }
            Xml::Eof => break,
            Xml::Comment(_) | Xml::CData(_) | Xml::PI(_) => panic!("not in a page"),
            _ => {}
        }
    }
    assert!(open.is_empty(), "elements left open: {open:?}");
    lines
}

/// The name of an element that a page may have, with attributes that it may have.
fn check(tag: &BytesStart<'_>) -> String {
    let name = String::from_utf8(tag.name().as_ref().to_vec()).unwrap();
    assert!(ELEMENTS.contains(&&*name), "{name}");
    for attribute in tag.attributes() {
        let attribute = attribute.unwrap();
        let key = std::str::from_utf8(attribute.key.as_ref()).unwrap();
        assert!(!key.starts_with("on") && !["src", "srcset", "style"].contains(&key), "{key}");
        let value = std::str::from_utf8(&attribute.value).unwrap();
        let captured = value.starts_with("capture/") && value.ends_with(".btsnoop");
        assert!(key != "href" || value.starts_with('#') || captured, "{value}");
    }
    name
}

/// A run of which everything that can come from outside is this text.
fn hostile(text: &str) -> Run {
    let mut run = Run::of(text, 2);
    let cause = Cause {
        kind: text.to_owned(),
        message: text.to_owned(),
        expected: Some(text.to_owned()),
        seen: Some(text.to_owned()),
        raw: Some((text.to_owned(), text.to_owned())),
        hci: Some(text.to_owned()),
        hint: Some(text.to_owned()),
        step: None,
    };
    run.case(text, text, 10);
    for n in 0..10 {
        run.iteration().attempt().step(text, text).after(1000);
        run.changed("Name", Some(json!(text))).measured(text, 300 + n, true);
        run.inspected(json!({ text: text, "Modalias": text, "Alias": [text] }));
        run.end_step(Verdict::Fail, Some(cause.clone()));
        run.end_attempt(Verdict::Fail, Some(cause.clone()));
        run.tell(Event::Captured { file: text.to_owned() });
        run.end_iteration(Verdict::Fail, Some(cause.clone()));
    }
    run.tell(Event::Restored { what: text.to_owned(), error: Some(text.to_owned()) });
    run.end_case(Verdict::Fail, Some(cause)).end(Verdict::Fail, 1);
    run
}

#[test]
fn one_of_each_is_told_as_a_person_reads_it() {
    let page = written(&summary_of(&sample::one_of_each().records));
    insta::assert_snapshot!(read(&page));
}

#[test]
fn what_is_left_out_of_a_cause_is_counted() {
    let mut run = Run::of("Night", 1);
    run.case("A", "a", 42);
    for _ in 0..42 {
        let cause = Some(sample::page_timeout());
        run.iteration().connecting(cause.clone()).end_iteration(Verdict::Fail, cause);
    }
    run.end_case(Verdict::Fail, None).end(Verdict::Fail, 1);
    let text = read(&written(&summary_of(&run.records)));
    assert_eq!(text.matches("\nIteration ").count(), 10, "{text}");
    assert!(text.contains("\nand 32 more like these, in the journal."), "{text}");
}

#[test]
fn the_charts_are_there_and_say_what_they_show() {
    let page = written(&summary_of(&sample::one_of_each().records));
    for label in [
        "Latency of reconnect over time: median 3",
        "Distribution of reconnect: from 300 ms to 339 ms, median 319 ms",
        "Success rate of reconnect over time: 98.0 % over all",
        "When what went wrong: 4 page-timeout, connect headset",
    ] {
        assert!(page.contains(&format!("aria-label=\"{label}")), "{label}");
    }
    assert!(page.contains("p95 ≤ 1500ms is above"), "a far threshold is told, not drawn");
    assert!(!page.contains("NaN") && !page.contains("inf%"));
}

#[test]
fn the_same_run_is_the_same_bytes_and_asks_nobody_for_anything() {
    let summary = summary_of(&sample::one_of_each().records);
    let page = written(&summary);
    assert_eq!(page, written(&summary));
    assert!(page.contains("default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;"));
    for outside in ["http:", "https:", "url(", "@import", "javascript:"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn a_run_that_was_cut_off_anywhere_is_a_page() {
    let records = sample::one_of_each().records;
    for end in (0..150).chain([records.len() - 1]) {
        let text = read(&written(&summary_of(&records[..end])));
        assert!(text.contains("cut off"), "{end}: {text}");
    }
}

#[test]
fn what_is_known_beyond_the_run_stands_first() {
    let summary = summary_of(&sample::one_of_each().records);
    let mut body = Markup::default();
    body.leaf("p", &[], "reconnect became slower");
    let answer = Answer {
        question: "Is it worse than yesterday?".to_owned(),
        short: "Yes".to_owned(),
        detail: "reconnect is slower".to_owned(),
        verdict: Verdict::Fail,
    };
    let section = Section { id: "comparison", title: "Compared with yesterday".to_owned(), body };
    let text = read(render(&summary, vec![answer], vec![section]).as_str());
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("no {part:?} in {text}"));
    assert!(at("Did the bench hold?") < at("Is it worse than yesterday?"));
    assert!(at("became slower") < at("\nCases"));
}

#[test]
fn the_page_is_below_five_megabytes_however_long_the_run_was() {
    let mut summary = summary_of(&hostile(&"\u{202e}\"<&".repeat(62)).records);
    let short: Case = summary.cases.remove(0);
    let mut long = short.clone();
    long.causes.groups = vec![long.causes.groups[0].clone(); 64];
    long.failures = vec![long.failures[0].clone(); 64];
    for t in 0..2000 {
        long.measures[0].statistics.record(1000 + t, t % 7 != 0);
        long.measures[0].course.record(t * 10_000_000, 1000 + t, t % 7 != 0);
    }
    long.measures = vec![long.measures[0].clone(); 12];
    summary.cases = vec![long; 8];
    summary.cases.resize(10_000, short);
    let page = written(&summary);
    // The rest is for what is known beyond the run.
    assert!(page.len() < 4_400_000, "{} bytes", page.len());
    let text = read(&page);
    for left_out in
        ["more cases are left out", "more lines are left out", "of further kinds, left out"]
    {
        assert!(text.contains(left_out), "{left_out}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_text_from_outside_is_anything_but_text(text in any::<String>(), place in 0_usize..6) {
        let nasty = [
            "</style><script>alert(1)</script>", "]]><!--", "\"><img src=x onerror=alert(1)>", "&#0;\u{0}",
            "\u{fffe}\u{202e}\u{1b}[31m\r\n", "' onload='alert(1)",
        ];
        let text = format!("{text}{}{text}", nasty[place]);
        let page = written(&summary_of(&hostile(&text).records));
        let shown = read(&page);
        prop_assert!(!page.chars().any(|c| treacherous(c) && c != '\n'));
        prop_assert!(!page.contains("<script") && !page.contains("<img"));
        prop_assert!(shown.contains(&*crate::report::escape::terminal(nasty[place])), "{}", shown);
    }
}
