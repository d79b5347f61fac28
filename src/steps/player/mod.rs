//! AVRCP: `player`, `player-set` and `player-expect` for the player of a device, `serve-player` and
//! `serve-player-expect` for a device with buttons.

mod command;
mod expect;
mod found;
mod offer;
mod offered;
mod setting;
mod status;
mod text;

pub(super) use command::PlayerCommand;
pub(super) use expect::PlayerExpect;
pub(super) use offer::ServePlayer;
pub(super) use offered::ServePlayerExpect;
pub(super) use setting::PlayerSet;
