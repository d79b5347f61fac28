//! The device's side of a connection: what the scene says that it answers.

use super::link::Link;
use crate::sim::{
    daemon::{Daemon, DeviceId},
    scene::{Profile, Uuid},
};

/// The longest line that a device hears, in bytes.
const LONGEST_LINE: usize = 4096;

impl Daemon {
    /// What the scene says of a service of a device.
    pub(super) fn peer_on(&self, id: DeviceId, uuid: &Uuid) -> Option<&Profile> {
        self.devices[id].peer.spec.profile.iter().find(|profile| profile.uuid == *uuid)
    }

    fn peer_of(&self, link: &Link) -> Option<Profile> {
        let remote = &self.profile(link.profile)?.remote;
        self.peer_on(link.device, remote).cloned()
    }

    /// A connection is up: a device that has made it may say something.
    pub(super) fn device_speaks(&mut self, at: usize) {
        let link = self.profiles.links.get(at).filter(|link| link.has_called);
        let Some(link) = link else { return };
        if let Some(calls) = self.peer_of(link).and_then(|peer| peer.calls) {
            link.socket.send(calls.says.as_bytes());
        }
    }

    /// A client has sent something to a device.
    pub(super) fn device_hears(&mut self, at: usize, bytes: &[u8]) {
        let Some(peer) = self.profiles.links.get(at).and_then(|link| self.peer_of(link)) else {
            return;
        };
        let Some(link) = self.profiles.links.get_mut(at) else { return };
        // One that has left answers nothing.
        if !self.devices[link.device].peer.is_present() {
            return;
        }
        if peer.echo {
            return link.socket.send(bytes);
        }
        link.heard.extend_from_slice(bytes);
        while let Some(end) = link.heard.iter().position(|byte| *byte == b'\r') {
            let line: Vec<u8> = link.heard.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            if let Some(answer) = peer.answers(line.trim()) {
                link.socket.send(answer.as_bytes());
            }
        }
        if link.heard.len() > LONGEST_LINE {
            link.heard.clear();
        }
    }
}
