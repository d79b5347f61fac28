//! How the controller was in the kernel before a scope changed it, and how it is put back.

use std::time::Duration;

use serde_json::Value;

use super::controller::arguments;
use super::{Bench, Failure, Outcome};
use crate::event::Event;
use crate::mgmt::protocol::{Setting, Settings};

/// How long putting it back may take.
const LIMIT: Duration = Duration::from_secs(20);

/// How the controller was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Before {
    settings: Settings,
    /// None where the kernel cannot tell.
    phys: Option<u64>,
}

/// Settings that a command switches: the setting, the code of the command, its parameter, and whether the
/// controller must be off for it. In an order that the kernel accepts, for what is switched on; what is switched
/// off goes the other way round.
const SWITCHES: &[(Setting, u16, &str, bool)] = &[
    (Setting::Le, 0x000D, "low-energy", false),
    (Setting::Bredr, 0x002A, "br-edr", true),
    (Setting::Ssp, 0x000B, "secure-simple-pairing", false),
    (Setting::SecureConnections, 0x002D, "secure-connections", false),
    (Setting::LinkSecurity, 0x000A, "link-security", false),
    (Setting::Connectable, 0x0007, "connectable", false),
    (Setting::FastConnectable, 0x0008, "enable", false),
    (Setting::Bondable, 0x0009, "bondable", false),
    (Setting::Advertising, 0x0029, "advertising", false),
    (Setting::DebugKeys, 0x002E, "debug-keys", false),
    (Setting::WidebandSpeech, 0x0047, "wideband-speech", false),
];

impl Bench {
    /// Notes how the controller is, before a step changes it in the kernel.
    pub(super) async fn touch_kernel(&self) -> Outcome {
        if self.kernel_is_touched() {
            return Ok(());
        }
        let (_, settings) = self.kernel_settings().await?;
        let before = Before { settings, phys: self.selected_phys().await.ok() };
        self.note_kernel(before);
        Ok(())
    }

    /// Puts the controller back, and records what came of it.
    pub(super) async fn restore_kernel(&self, before: Before) {
        let restored = tokio::time::timeout(LIMIT, self.as_before(before)).await;
        let error = match restored {
            Ok(Ok(false)) => return,
            Ok(Ok(true)) => None,
            Ok(Err(failure)) => Some(failure.cause.message.clone()),
            Err(_) => Some(format!("the kernel did not answer within {} s", LIMIT.as_secs())),
        };
        self.record(Event::Restored { what: "controller".to_owned(), error });
    }

    /// Whether anything had to be put back.
    async fn as_before(&self, before: Before) -> Result<bool, Failure> {
        let (_, now) = self.kernel_settings().await?;
        let differs = |setting| before.settings.has(setting) != now.has(setting);
        let private = differs(Setting::Privacy);
        let is_static = differs(Setting::StaticAddress) && now.has(Setting::StaticAddress);
        let mut changes: Vec<_> =
            SWITCHES.iter().filter(|(setting, ..)| differs(*setting)).collect();
        let phys = match before.phys {
            Some(phys) if self.selected_phys().await? != phys => Some(phys),
            _ => None,
        };
        if changes.is_empty()
            && !private
            && !is_static
            && phys.is_none()
            && !differs(Setting::Powered)
        {
            return Ok(false);
        }
        changes.sort_by_key(|(setting, ..)| !before.settings.has(*setting));
        let off = private || is_static || changes.iter().any(|(.., off)| *off);
        let mut is_on = now.has(Setting::Powered);
        if off && is_on {
            self.kernel_power(false).await?;
            is_on = false;
        }
        for (setting, code, parameter, _) in changes {
            let value = Value::from(u8::from(before.settings.has(*setting)));
            self.own_mgmt(*code, arguments(parameter, value)).await?;
        }
        if is_static {
            let none = Value::from("00:00:00:00:00:00");
            self.own_mgmt(0x002B, arguments("address", none)).await?;
        }
        if private {
            self.set_privacy(u8::from(before.settings.has(Setting::Privacy))).await?;
        }
        if let Some(phys) = phys {
            self.set_phys(phys).await?;
        }
        let was_on = before.settings.has(Setting::Powered);
        if was_on != is_on {
            self.kernel_power(was_on).await?;
        }
        Ok(true)
    }
}
