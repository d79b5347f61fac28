//! The shell of a page: its head, its style, a list of what is in it, and its sections.

use super::Markup;
use super::verdict;
use crate::report::escape::cut;

/// What the page may load: nothing but the style that is in it.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// A part of a page with a heading.
#[derive(Debug, Clone)]
pub struct Section {
    /// What a link to it is called.
    pub id: &'static str,
    pub title: String,
    pub body: Markup,
}

/// A page with this title, what stands above everything else, and its sections.
#[must_use]
pub fn page(title: &str, header: &Markup, sections: &[Section]) -> Markup {
    let mut out = Markup::default();
    out.doctype().element("html", &[("lang", "en")], |html| {
        html.line().element("head", &[], |head| in_head(head, title));
        html.line().element("body", &[], |body| {
            verdict::shapes(body);
            body.element("main", &[], |main| {
                main.line().add(header);
                contents(main, sections);
                sections.iter().for_each(|section| add(main, section));
                main.line().leaf("footer", &[], "Made by bttest from the journal of the run.");
            });
        });
    });
    out.line();
    out
}

fn in_head(head: &mut Markup, title: &str) {
    let metas: [&[(&str, &str)]; 5] = [
        &[("charset", "utf-8")],
        &[("http-equiv", "Content-Security-Policy"), ("content", POLICY)],
        &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")],
        &[("name", "color-scheme"), ("content", "light dark")],
        &[("name", "referrer"), ("content", "no-referrer")],
    ];
    head.line();
    for meta in metas {
        head.empty("meta", meta).line();
    }
    head.leaf("title", &[], &format!("{} – bttest", cut(title, 200))).line();
    head.style(concat!(include_str!("page.css"), include_str!("chart.css"))).line();
}

/// Links to the sections, where there are several.
fn contents(main: &mut Markup, sections: &[Section]) {
    if sections.len() < 2 {
        return;
    }
    main.line().element("nav", &[("aria-label", "Contents")], |nav| {
        for section in sections {
            nav.leaf("a", &[("href", &format!("#{}", section.id))], &section.title).line();
        }
    });
}

fn add(main: &mut Markup, section: &Section) {
    main.line().element("section", &[("id", section.id)], |out| {
        out.leaf("h2", &[], &section.title).add(&section.body);
    });
}
