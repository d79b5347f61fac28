//! `controller`: what benches do with the kernel's settings, without knowing its commands.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::kernel::SET_POWERED;
use super::{Bench, Failure, Outcome, Step};
use crate::mgmt::protocol::{Setting, Settings};
use crate::plan::Address;

/// Codes of the commands (doc/mgmt-protocol.rst).
const SET_CONNECTABLE: u16 = 0x0007;
const SET_BONDABLE: u16 = 0x0009;
const SET_SSP: u16 = 0x000B;
const SET_LE: u16 = 0x000D;
const SET_BREDR: u16 = 0x002A;
const SET_STATIC_ADDRESS: u16 = 0x002B;
const SET_SECURE_CONNECTIONS: u16 = 0x002D;
const SET_PRIVACY: u16 = 0x002F;
const GET_PHYS: u16 = 0x0044;
const SET_PHYS: u16 = 0x0045;

/// Set up the controller in the kernel, past bluetoothd.
///
/// What is given is set, in an order that the kernel accepts; the controller is switched off and on again
/// where it must be off for that. All of it is put back after the attempt. Needs CAP_NET_ADMIN. bluetoothd
/// sees what changes, and may not expect it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "ControllerTable")]
#[schemars(with = "ControllerTable")]
pub struct Controller(ControllerTable);

/// [`Controller`] as a plan writes it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct ControllerTable {
    /// `true`: switch it off and on first, which also helps where bluetoothd is stuck.
    reset: bool,
    /// Switch it on or off.
    powered: Option<bool>,
    /// Low Energy.
    le: Option<bool>,
    /// BR/EDR. A controller must have one of the two.
    bredr: Option<bool>,
    /// Secure Simple Pairing.
    ssp: Option<bool>,
    /// Secure Connections.
    secure_connections: Option<SecureConnections>,
    /// Private addresses on LE.
    privacy: Option<Privacy>,
    /// Whether it accepts connections.
    connectable: Option<bool>,
    /// Whether it makes bonds.
    bondable: Option<bool>,
    /// The PHYs that it uses. Those that cannot be deselected stay.
    #[schemars(extend("examples" = [["le-2m-tx", "le-2m-rx"]]))]
    phys: Option<Vec<String>>,
    /// Its static random address on LE; `00:00:00:00:00:00` for none.
    static_address: Option<Address>,
}

/// Secure Connections (doc/mgmt-protocol.rst, Set Secure Connections).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum SecureConnections {
    /// Legacy pairing only.
    Off,
    /// Where both sides can.
    On,
    /// Nothing else.
    Only,
}

/// Privacy (doc/mgmt-protocol.rst, Set Privacy).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Privacy {
    /// The identity address.
    Off,
    /// Resolvable private addresses.
    On,
    /// Resolvable private addresses, but not while the controller is discoverable and bondable.
    Limited,
}

impl TryFrom<ControllerTable> for Controller {
    type Error = String;

    fn try_from(table: ControllerTable) -> Result<Self, String> {
        if let Some(phys) = &table.phys {
            let known = &crate::mgmt::protocol::table::vocabulary::PHYS;
            if let Some(unknown) = phys.iter().find(|word| known.bit(word).is_none()) {
                let all: Vec<&str> = known.words().collect();
                return Err(format!("`{unknown}` is no PHY; there are {}", all.join(", ")));
            }
        }
        if table.le == Some(false) && table.bredr == Some(false) {
            return Err("a controller has LE, BR/EDR or both; take one of the two out".to_owned());
        }
        let controller = Self(table);
        if controller.parts().is_empty() {
            return Err("nothing is to be set; give `powered`, `le`, `reset` or another".to_owned());
        }
        Ok(controller)
    }
}

impl Controller {
    /// What it sets, in words.
    fn parts(&self) -> Vec<String> {
        let table = &self.0;
        let switch = |name: &str, on: Option<bool>| {
            on.map(|on| format!("{name} {}", if on { "on" } else { "off" }))
        };
        [
            table.reset.then(|| "reset".to_owned()),
            switch("power", table.powered),
            switch("le", table.le),
            switch("br/edr", table.bredr),
            switch("ssp", table.ssp),
            table
                .secure_connections
                .map(|mode| format!("secure-connections {}", format!("{mode:?}").to_lowercase())),
            table.privacy.map(|mode| format!("privacy {}", format!("{mode:?}").to_lowercase())),
            switch("connectable", table.connectable),
            switch("bondable", table.bondable),
            table.phys.as_ref().map(|phys| format!("phys {}", phys.join(" "))),
            table.static_address.as_ref().map(|address| format!("static-address {address}")),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Whether the kernel accepts one of its parts only while the controller is off.
    fn wants_it_off(&self, now: Settings) -> bool {
        let table = &self.0;
        let leaves_bredr = table.bredr == Some(false) && now.has(Setting::Bredr);
        let changes_privacy =
            table.privacy.is_some_and(|mode| mode != Privacy::Off || now.has(Setting::Privacy));
        leaves_bredr || changes_privacy || table.static_address.is_some()
    }

    async fn set_all(&self, bench: &Bench, now: Settings) -> Outcome {
        let table = &self.0;
        let switches = [
            // LE first: without it BR/EDR cannot go off; and off last, for the same reason.
            (SET_LE, "low-energy", Setting::Le, table.le.filter(|on| *on)),
            (SET_BREDR, "br-edr", Setting::Bredr, table.bredr),
            (SET_LE, "low-energy", Setting::Le, table.le.filter(|on| !*on)),
            (SET_SSP, "secure-simple-pairing", Setting::Ssp, table.ssp),
            (SET_CONNECTABLE, "connectable", Setting::Connectable, table.connectable),
            (SET_BONDABLE, "bondable", Setting::Bondable, table.bondable),
        ];
        for (code, name, setting, on) in switches {
            if let Some(on) = on.filter(|on| now.has(setting) != *on) {
                bench.own_mgmt(code, arguments(name, Value::Bool(on))).await?;
            }
        }
        if let Some(mode) = table.secure_connections {
            let mode = Value::from(format!("{mode:?}").to_lowercase());
            bench.own_mgmt(SET_SECURE_CONNECTIONS, arguments("secure-connections", mode)).await?;
        }
        if let Some(address) = &table.static_address {
            let address = Value::from(address.as_str());
            bench.own_mgmt(SET_STATIC_ADDRESS, arguments("address", address)).await?;
        }
        if let Some(mode) = table.privacy {
            bench.set_privacy(mode as u8).await?;
        }
        if let Some(phys) = &table.phys {
            bench.select_phys(phys).await?;
        }
        Ok(())
    }
}

impl Step for Controller {
    const VERB: &'static str = "controller";
    const EXAMPLE: &'static str = r#"{ do = "controller", secure-connections = "only" }"#;
    const ASKS_KERNEL: bool = true;

    fn describe(&self) -> String {
        format!("controller {}", self.parts().join(", "))
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        bench.touch_kernel().await?;
        bench.touch_adapter("Powered");
        if self.0.reset {
            bench.kernel_power_cycle().await?;
        }
        let (_, now) = bench.kernel_settings().await?;
        let was_on = now.has(Setting::Powered);
        let off_between = was_on && self.wants_it_off(now);
        if off_between {
            bench.kernel_power(false).await?;
        }
        let set = self.set_all(bench, now).await;
        let on = self.0.powered.unwrap_or(was_on);
        if off_between || on != was_on {
            bench.kernel_power(on).await?;
        }
        set
    }
}

/// One argument.
pub(super) fn arguments(name: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value)])
}

/// How long bluetoothd may take to see that the controller is on or off. It may be stuck.
const SEEN: Duration = Duration::from_secs(5);

impl Bench {
    /// Switches the controller on or off in the kernel, and waits a while until bluetoothd has seen it.
    pub(super) async fn kernel_power(&self, on: bool) -> Outcome {
        let before = self.health().off_by_plan().replace(!on);
        let set = self.own_mgmt(SET_POWERED, arguments("powered", Value::Bool(on))).await;
        if set.is_err() {
            self.health().off_by_plan().set(before);
        }
        set?;
        let adapter = self.adapter();
        let seen = adapter.wait_until("Powered", |value| value == &Value::Bool(on));
        // Where bluetoothd is stuck, the controller is as it is to be all the same.
        let _ = tokio::time::timeout(SEEN, seen).await;
        Ok(())
    }

    /// Switches the controller off and on in the kernel. One that is off stays so.
    pub(super) async fn kernel_power_cycle(&self) -> Outcome {
        let (_, now) = self.kernel_settings().await?;
        if !now.has(Setting::Powered) {
            return Ok(());
        }
        self.kernel_power(false).await?;
        self.kernel_power(true).await
    }

    /// Sets privacy, with a new local key where it is switched on.
    pub(super) async fn set_privacy(&self, mode: u8) -> Outcome {
        let mut key = [0_u8; 16];
        if mode != 0 {
            fastrand::fill(&mut key);
        }
        let key: String = key.iter().map(|octet| format!("{octet:02x}")).collect();
        let values = json!({ "privacy": mode, "identity-resolving-key": key });
        let Value::Object(values) = values else { return Ok(()) };
        self.own_mgmt(SET_PRIVACY, values).await.map(drop)
    }

    /// The PHYs that are in use, as a number.
    pub(super) async fn selected_phys(&self) -> Result<u64, Failure> {
        Ok(self.own_mgmt(GET_PHYS, Map::new()).await?.uint("selected-phys").unwrap_or_default())
    }

    pub(super) async fn set_phys(&self, phys: u64) -> Outcome {
        self.own_mgmt(SET_PHYS, arguments("selected-phys", phys.into())).await.map(drop)
    }

    /// Selects PHYs, and with them those that the controller does not let go.
    async fn select_phys(&self, words: &[String]) -> Outcome {
        let known = &crate::mgmt::protocol::table::vocabulary::PHYS;
        let now = self.own_mgmt(GET_PHYS, Map::new()).await?;
        let bits = |name| now.uint(name).unwrap_or_default();
        let fixed = bits("supported-phys") & !bits("configurable-phys");
        let wanted = words.iter().filter_map(|word| known.bit(word)).map(|bit| 1_u64 << bit);
        self.set_phys(wanted.fold(fixed, |all, bit| all | bit)).await
    }
}
