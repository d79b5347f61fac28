//! How a client's pairing comes to nothing: somebody said no, it is called off, its link or its
//! controller is gone.

use std::time::Duration;

use super::{Deed, Due, Kernel, PeerId, Place, Reason, Request, Status, Taken, Unanswered};

/// How soon a link is dropped over a wrong passkey: recorded.
const SLAMMED: Duration = Duration::from_millis(50);

impl Kernel {
    /// The device said no, or was told a wrong number. The link does not outlive that for long.
    pub(super) fn pairing_refused(&mut self, place: Place, peer: PeerId) {
        self.pairing_fails(place);
        self.timers.arm(SLAMMED, Due::LinkEnds(peer, Reason::LocalHost, None));
    }

    /// The others hear that it failed before who asked for it has the answer (recorded).
    pub(super) fn pairing_fails(&mut self, place: Place) {
        if let Some(pairing) = self.controllers[place].pairing.take() {
            self.timers.disarm(pairing.timer);
            let (request, device) = (&pairing.request, pairing.request.device());
            self.tell_not_authenticated(place, device, Some(request.client));
            self.complete_device(request, Status::AUTHENTICATION_FAILED);
            self.deeds.extend(pairing.peer.map(Deed::NotPaired));
        }
    }

    pub(super) fn cancel_pair_device(&mut self, place: Place, request: &Request) -> Taken {
        self.check_on(place)?;
        let pairing = self.controllers[place]
            .pairing
            .take_if(|pairing| pairing.request.device() == request.device());
        let pairing = pairing.ok_or(Status::INVALID_PARAMETERS)?;
        self.timers.disarm(pairing.timer);
        self.complete_device(&pairing.request, Status::CANCELLED);
        self.complete(request, &request.echo());
        let link = pairing.peer.filter(|peer| self.controllers[place].link(*peer).is_some());
        match link {
            None => self.tell_not_connected(place, request.device(), Unanswered::GivenUp),
            Some(peer) if pairing.made_link => {
                self.deeds.push(Deed::NotPaired(peer));
                self.link_down(place, peer, Reason::LocalHost);
                self.deeds.push(Deed::Disconnected(peer, Reason::LocalHost));
            }
            Some(peer) => self.deeds.push(Deed::NotPaired(peer)),
        }
        Ok(())
    }

    /// A pairing cannot go on, for want of a controller.
    pub(super) fn end_pairing(&mut self, place: Place, status: Status) {
        if let Some(pairing) = self.controllers[place].pairing.take() {
            self.timers.disarm(pairing.timer);
            self.complete_device(&pairing.request, status);
        }
    }

    /// A link went down under a pairing.
    pub(super) fn pairing_lost_its_link(&mut self, place: Place, peer: PeerId) {
        let pairing = &mut self.controllers[place].pairing;
        if let Some(pairing) = pairing.take_if(|pairing| pairing.peer == Some(peer)) {
            self.timers.disarm(pairing.timer);
            self.complete_device(&pairing.request, Status::DISCONNECTED);
        }
    }
}
