//! `bttest mgmt info`: what the kernel knows of its controllers.

use super::{Common, Trouble, controllers, own};
use crate::cli::print;
use crate::mgmt::client::Client;
use crate::mgmt::protocol::{Bits, Index, Record, Settings};
use crate::report::escape::terminal;

/// Versions of the Core Specification by the number that a controller tells (Assigned Numbers, 2.1).
const VERSIONS: &[&str] = &[
    "1.0b", "1.1", "1.2", "2.0", "2.1", "3.0", "4.0", "4.1", "4.2", "5.0", "5.1", "5.2", "5.3",
    "5.4", "6.0", "6.1", "6.2",
];

/// Shows them.
pub(super) async fn show(client: &Client, common: &Common) -> Result<(), Trouble> {
    let version = own(client, common, 0x0001, Index::NONE).await?;
    let number = |name| version.uint(name).unwrap_or_default();
    let version = format!("{}.{}", number("version"), number("revision"));
    let all = controllers(client, common).await?;
    if !common.json {
        print(&format!("management API {version}\n"));
        if all.is_empty() {
            print("no controller\n");
        }
    }
    for index in all {
        let info = own(client, common, 0x0004, index).await?;
        print(&if common.json { json(index, &version, &info) } else { text(index, &info) });
    }
    Ok(())
}

fn json(index: Index, version: &str, info: &Record) -> String {
    let mut all = serde_json::Map::new();
    all.insert("controller".to_owned(), index.to_string().into());
    all.insert("management-version".to_owned(), version.into());
    if let serde_json::Value::Object(info) = info.to_json() {
        all.extend(info);
    }
    format!("{}\n", serde_json::Value::Object(all))
}

fn text(index: Index, info: &Record) -> String {
    let address = info.address("address").map(|address| address.to_string()).unwrap_or_default();
    let number = |name| info.uint(name).unwrap_or_default();
    let version = number("bluetooth-version");
    let known = usize::try_from(version).ok().and_then(|at| VERSIONS.get(at));
    let version = known.map_or_else(|| format!("version {version}"), |known| (*known).to_owned());
    let name = info.text("name").unwrap_or_default();
    let settings = |name| info.settings(name).unwrap_or_default();
    let (supported, current) = (settings("supported-settings"), settings("current-settings"));
    let off = Settings(supported.0 & !current.0);
    let rows = [
        ("name", terminal(&name).into_owned()),
        ("Bluetooth", format!("{version}, made by company {}", number("manufacturer"))),
        ("class", format!("0x{:06x}", number("class-of-device"))),
        ("on", words(current.bits())),
        ("off", words(off.bits())),
    ];
    let row = |(name, value): &(&str, String)| format!("  {name:<10} {value}\n");
    format!("{index}  {address}\n{}", rows.iter().map(row).collect::<String>())
}

fn words(bits: Bits) -> String {
    let words: Vec<String> = bits.words().collect();
    if words.is_empty() { "-".to_owned() } else { words.join(" ") }
}
