//! The kernel beside bluetoothd: its clients' packets, and what either hears of what the other
//! does.

use super::{Host, Life, Waiting};
use crate::sim::{
    kernel::{ClientId, Deed},
    radio::Peers,
};

impl Life {
    /// Everything in the air, which somebody keeps also while nobody lives.
    pub(super) fn air(&mut self) -> &mut dyn Peers {
        match self {
            Life::Up(daemon) => &mut **daemon,
            Life::Down(remains, _) => &mut **remains,
        }
    }
}

impl Host {
    /// A management client comes.
    pub(in crate::sim) fn manager_comes(&mut self, client: ClientId) {
        self.kernel.come(client);
    }

    /// A management client has gone.
    pub(in crate::sim) fn manager_leaves(&mut self, client: ClientId) {
        self.kernel.leave(client);
    }

    /// Takes in a packet of a management client's.
    pub(in crate::sim) fn manage(&mut self, client: ClientId, octets: &[u8]) {
        self.kernel.receive(client, octets, self.life.air());
        self.tell_bluetoothd();
    }

    /// Takes what is to be sent to management clients, in order. It goes out before what bluetoothd
    /// says of the same.
    pub(in crate::sim) fn packets(&mut self) -> Vec<(ClientId, Vec<u8>)> {
        self.kernel.outgoing()
    }

    /// How many things the kernel keeps that come and go.
    #[cfg(test)]
    pub(in crate::sim) fn kernel_load(&self) -> usize {
        self.kernel.kept()
    }

    /// bluetoothd hears what the kernel did without it; later, if it hangs, and never, if it is
    /// dead.
    pub(super) fn tell_bluetoothd(&mut self) {
        for deed in self.kernel.deeds() {
            match (&self.life, self.is_hung()) {
                (Life::Down(..), _) => {}
                (Life::Up(_), true) => self.keep(Waiting::Deed(deed)),
                (Life::Up(_), false) => self.hear(&deed),
            }
        }
    }

    pub(super) fn hear(&mut self, deed: &Deed) {
        if let Life::Up(daemon) = &mut self.life {
            daemon.hear(deed);
            self.after_event();
        }
    }
}
