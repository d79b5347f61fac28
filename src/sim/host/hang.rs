//! A bluetoothd that hangs: like a stopped process, it does nothing until it is continued, and then works
//! off what has come meanwhile, in order. The bus still says that it is there.

use std::time::Duration;

use zbus::message::Message;

use super::{Host, Life, incidents::Reach, incidents::Turn};
use crate::sim::{
    bus::{Call, Client, Letter},
    kernel::Deed,
    scene::Mishap,
};

/// What a hung bluetoothd is sent at the most before the bus refuses more.
const MOST_WAITING: usize = 4096;

/// What waits for a bluetoothd that hangs.
pub(super) enum Waiting {
    Call(Call),
    Answer(Message),
    Left(Client),
    Hardware(Mishap, Reach, bool),
    Deed(Deed),
    /// What it was about to send when it stopped.
    Sent(Vec<Letter>),
}

impl Host {
    pub(in crate::sim) fn is_hung(&self) -> bool {
        self.hangs > 0
    }

    /// bluetoothd stops; nothing, where there is none.
    pub(super) fn hang(&mut self, lasting: Option<Duration>) {
        if !matches!(self.life, Life::Up(_)) {
            return;
        }
        self.hangs += 1;
        if self.hangs == 1
            && let Life::Up(daemon) = &mut self.life
        {
            let ends = daemon.link_ends();
            self.kernel.bluetoothd_hangs(ends, &mut **daemon);
        }
        if let Some(lasting) = lasting {
            self.turns.arm(lasting, Turn::Continues(self.lives));
        }
    }

    /// Keeps something for a hung bluetoothd.
    pub(super) fn keep(&mut self, waiting: Waiting) {
        match waiting {
            Waiting::Call(call) if self.waiting.len() >= MOST_WAITING => {
                self.unanswered.remove(&(call.client().line(), call.serial()));
                let name = "org.freedesktop.DBus.Error.LimitsExceeded";
                self.refuse(&call, name, "org.bluez has too many messages waiting for it");
            }
            // Its socket has no room for more either.
            Waiting::Deed(_) if self.waiting.len() >= MOST_WAITING => {}
            waiting => self.waiting.push(waiting),
        }
    }

    /// bluetoothd goes on: first comes what the radio did meanwhile, then what it was sent.
    pub(super) fn go_on(&mut self) {
        self.hangs = self.hangs.saturating_sub(1);
        if self.is_hung() {
            return;
        }
        self.kernel.bluetoothd_goes_on();
        let waiting = std::mem::take(&mut self.waiting);
        let (sent, waiting): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|waiting| matches!(waiting, Waiting::Sent(_)));
        for waiting in sent {
            self.work_off(waiting);
        }
        self.catch_up();
        for waiting in waiting {
            // It may stop again over one of these, or die: the rest then waits, or fails.
            match self.is_hung() {
                true => self.waiting.push(waiting),
                false => self.work_off(waiting),
            }
        }
    }

    fn work_off(&mut self, waiting: Waiting) {
        match waiting {
            Waiting::Call(call) => self.call(&call),
            Waiting::Answer(message) => self.answered(&message),
            Waiting::Left(client) => self.client_left(&client),
            Waiting::Hardware(mishap, reach, begins) => self.strike_hardware(mishap, reach, begins),
            Waiting::Deed(deed) => self.hear(&deed),
            Waiting::Sent(letters) => self.send(letters),
        }
    }
}
