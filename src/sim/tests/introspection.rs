//! What the simulator's objects offer, against what bluetoothd's do: the introspection of each, recorded by the lab
//! (`scripts/lab.d/jobs/introspection`) in `fixtures/lab/introspection`.
//!
//! `gaps.toml` there names what the simulator lacks, and the methods that it shows and does not carry out, each with
//! the reason. What it offers beyond bluetoothd is an error.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use quick_xml::{Reader, events::BytesStart, events::Event};
use serde::Deserialize;
use zbus::{ObjectPath, Variant};

use super::{Answer, Bench};

/// Devices like those of the lab.
const SCENE: &str = r#"
[[adapter]]
audio = false

[[device]]
name = "My_Bluetooth_Device"
address = "C0:DE:00:00:00:01"
address-type = "random"
services = ["180d", "180f"]
database = "acme"

[[device]]
name = "Speaker"
address = "00:AA:01:03:00:03"
transport = "bredr"
class = 0x240404
services = ["110b"]

[[database.acme.service]]
uuid = "180f"
[[database.acme.service.characteristic]]
uuid = "2a19"
flags = ["read", "notify"]
value = "4d"
"#;
const DEVICE: &str = "/org/bluez/hci0/dev_C0_DE_00_00_00_01";
/// Those with `-E` run with `--experimental`.
const RELEASES: [(&str, &str); 6] = [
    ("5.66", include_str!("../../../fixtures/lab/introspection/5.66.txt")),
    ("5.82", include_str!("../../../fixtures/lab/introspection/5.82.txt")),
    ("5.87", include_str!("../../../fixtures/lab/introspection/5.87.txt")),
    ("5.66 -E", include_str!("../../../fixtures/lab/introspection/5.66-experimental.txt")),
    ("5.82 -E", include_str!("../../../fixtures/lab/introspection/5.82-experimental.txt")),
    ("5.87 -E", include_str!("../../../fixtures/lab/introspection/5.87-experimental.txt")),
];

const EXPERIMENTAL: &str = " -E";

/// What the simulator lacks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Gaps {
    #[serde(default)]
    gap: Vec<Gap>,
    #[serde(default)]
    not_carried_out: Vec<Gap>,
}

/// Lines of the recordings that the simulator does not have, or methods that it does not carry out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Gap {
    /// How each of them begins.
    lines: String,
    /// In which releases, those of a plain one also where that is experimental; in all when it is empty.
    #[serde(default)]
    releases: Vec<String>,
    reason: String,
}

impl Gap {
    /// Those that concern a release.
    fn of<'g>(all: &'g [Gap], release: &str) -> Vec<&'g Gap> {
        let plain = release.trim_end_matches(EXPERIMENTAL);
        let is_in = |gap: &&Gap| {
            let mut releases = gap.releases.iter();
            gap.releases.is_empty() || releases.any(|each| each == release || each == plain)
        };
        all.iter().filter(is_in).collect()
    }

    /// What is not as these gaps say: a line that none covers, and a gap that covers none.
    fn wrong(gaps: &[&Gap], lines: &BTreeSet<String>) -> Vec<String> {
        let covers = |gap: &Gap, line: &String| line.starts_with(&gap.lines);
        let bare = lines.iter().filter(|line| !gaps.iter().any(|gap| covers(gap, line)));
        let stale = gaps.iter().filter(|gap| !lines.iter().any(|line| covers(gap, line)));
        let bare = bare.map(|line| format!("not in the simulator, and no gap says so: {line}"));
        bare.chain(stale.map(|gap| format!("no gap any more, take it out: {gap:?}"))).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn its_objects_offer_what_those_of_bluetoothd_offer() {
    let text = include_str!("../../../fixtures/lab/introspection/gaps.toml");
    let gaps: Gaps = toml::from_str(text).expect("gaps");
    assert!(gaps.gap.iter().chain(&gaps.not_carried_out).all(|gap| !gap.reason.trim().is_empty()));
    let mut wrong = Vec::new();
    for (release, recorded) in RELEASES {
        let recorded: BTreeSet<String> = recorded.lines().map(str::to_owned).collect();
        let plain = release.trim_end_matches(EXPERIMENTAL);
        let head = format!("bluez = '{plain}'\nexperimental = {}\n", plain != release);
        let bench = Bench::new(&format!("{head}{SCENE}")).await;
        let Offer { lines, methods } = offer(&bench).await;
        let beyond = lines.difference(&recorded).map(|line| format!("bluetoothd has not: {line}"));
        let missing = recorded.difference(&lines).cloned().collect();
        let ignored = ignored(&bench, &methods).await;
        let all = beyond
            .chain(Gap::wrong(&Gap::of(&gaps.gap, release), &missing))
            .chain(Gap::wrong(&Gap::of(&gaps.not_carried_out, release), &ignored));
        wrong.extend(all.map(|line| format!("{release}: {line}")));
    }
    assert!(wrong.is_empty(), "{} lines:\n{}", wrong.len(), wrong.join("\n"));
}

/// What objects offer: a line for each interface and member, and the methods by object, interface, name and
/// types of their arguments.
#[derive(Default)]
struct Offer {
    lines: BTreeSet<String>,
    methods: BTreeSet<[String; 4]>,
}

/// What a simulator shows, once it has paired with the device.
async fn offer(bench: &Bench) -> Offer {
    bench.call("hci0", "Adapter1.StartDiscovery", &()).await.expect("a discovery");
    bench.wait(20_000).await;
    bench.agent("NoInputNoOutput", Answer::Yes).await;
    bench.call(DEVICE, "Device1.Pair", &()).await.expect("a bond");
    bench.wait(2000).await;
    let (mut offer, mut paths) = (Offer::default(), vec!["/".to_owned()]);
    while let Some(path) = paths.pop() {
        let method = "org.freedesktop.DBus.Introspectable.Introspect";
        let reply = bench.call(&path, method, &()).await.expect("a text");
        let xml: String = reply.body().deserialize().expect("a text");
        paths.extend(read(&xml, &path, &mut offer));
    }
    offer
}

/// The methods that are shown and that nobody carries out.
async fn ignored(bench: &Bench, methods: &BTreeSet<[String; 4]>) -> BTreeSet<String> {
    let nothing = BTreeMap::<&str, Variant<'_>>::new();
    let path = ObjectPath::from_static_str_unchecked("/nothing");
    let mut ignored = BTreeSet::new();
    for [object, interface, name, takes] in methods {
        let method = format!("{interface}.{name}");
        let called = async {
            match takes.as_str() {
                "" => bench.call(object, &method, &()).await,
                "s" => bench.call(object, &method, &"x").await,
                "ss" => bench.call(object, &method, &("x", "x")).await,
                "ssv" => bench.call(object, &method, &("x", "x", Variant::from(0))).await,
                "o" => bench.call(object, &method, &path).await,
                "os" => bench.call(object, &method, &(&path, "x")).await,
                "oa{sv}" => bench.call(object, &method, &(&path, &nothing)).await,
                "osa{sv}" => bench.call(object, &method, &(&path, "x", &nothing)).await,
                "a{sv}" => bench.call(object, &method, &nothing).await,
                "aya{sv}" => bench.call(object, &method, &(vec![0_u8], &nothing)).await,
                other => panic!("{method} takes {other}: give it some"),
            }
        };
        // What is not answered at once is carried out.
        let answer = tokio::time::timeout(Duration::from_secs(60), called).await;
        if let Ok(Err((error, _))) = answer
            && error == "org.freedesktop.DBus.Error.UnknownMethod"
        {
            ignored.insert(method);
        }
    }
    ignored
}

/// Reads an object's introspection into lines, and gives the paths below it.
fn read(xml: &str, path: &str, offer: &mut Offer) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    let (mut below, mut interface, mut open) = (Vec::new(), String::new(), Member::default());
    loop {
        match reader.read_event().expect("XML") {
            Event::Start(tag) | Event::Empty(tag) => match tag.name().as_ref() {
                b"interface" => {
                    interface = attribute(&tag, "name");
                    offer.lines.insert(format!("{} {interface}", kind(path)));
                }
                b"method" | b"signal" => open = Member::named(&tag),
                b"arg" => open.add(&tag),
                b"property" => {
                    let [name, type_, access] =
                        ["name", "type", "access"].map(|key| attribute(&tag, key));
                    let line = format!("property {name} {type_} {access}");
                    offer.lines.insert(format!("{} {interface} {line}", kind(path)));
                }
                b"node" => {
                    let name = attribute(&tag, "name");
                    if !name.is_empty() {
                        below.push(format!("{}/{name}", path.trim_end_matches('/')));
                    }
                }
                _ => {}
            },
            Event::End(tag) => {
                let line = match tag.name().as_ref() {
                    b"method" => {
                        let types: String =
                            open.takes.iter().map(|(kind, _)| kind.as_str()).collect();
                        let method = [path, &interface, &open.name, &types].map(str::to_owned);
                        offer.methods.insert(method);
                        format!(
                            "method {}{} -> {}",
                            open.name,
                            list(&open.takes),
                            list(&open.gives)
                        )
                    }
                    b"signal" => format!("signal {}{}", open.name, list(&open.takes)),
                    _ => continue,
                };
                offer.lines.insert(format!("{} {interface} {line}", kind(path)));
            }
            Event::Eof => return below,
            _ => {}
        }
    }
}

/// A method or a signal whose arguments are being read: their types and names.
#[derive(Default)]
struct Member {
    name: String,
    takes: Vec<(String, String)>,
    gives: Vec<(String, String)>,
}

impl Member {
    fn named(tag: &BytesStart<'_>) -> Self {
        Member { name: attribute(tag, "name"), ..Member::default() }
    }

    fn add(&mut self, tag: &BytesStart<'_>) {
        let argument = (attribute(tag, "type"), attribute(tag, "name"));
        match attribute(tag, "direction").as_str() {
            "out" => self.gives.push(argument),
            _ => self.takes.push(argument),
        }
    }
}

fn list(arguments: &[(String, String)]) -> String {
    let all: Vec<String> = arguments.iter().map(|(kind, name)| format!("{kind} {name}")).collect();
    format!("({})", all.join(", "))
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> String {
    let found = tag.try_get_attribute(name).expect("XML");
    found.map(|found| String::from_utf8_lossy(&found.value).into_owned()).unwrap_or_default()
}

/// A path less what is this device's, and what is this attribute's.
fn kind(path: &str) -> String {
    let device = regex_lite::Regex::new("/dev(_[0-9A-F]{2}){6}").expect("a pattern");
    let attribute = regex_lite::Regex::new("/(service|char|desc)[0-9a-f]{4}").expect("a pattern");
    let path = device.replace_all(path, "/DEVICE");
    attribute.replace_all(&path, "/$1").into_owned()
}
