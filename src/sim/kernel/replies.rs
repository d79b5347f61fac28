//! What a user says to what a pairing asks, by way of a client: any client may say it, whoever's
//! pairing it is.

use super::{Deed, Kernel, Peers, Place, Request, Status, Taken, UserRequest};
use crate::mgmt::protocol::{Secret, Value};
use crate::sim::daemon::Verdict;

impl Kernel {
    pub(super) fn user_replies(
        &mut self,
        place: Place,
        request: &Request,
        air: &mut dyn Peers,
    ) -> Taken {
        self.check_on(place)?;
        let (address, kind) = request.device();
        let link = self.controllers[place].link_to(address, kind).map(|link| link.peer);
        let peer = link.ok_or(Status::NOT_CONNECTED)?;
        let asked = self.asked_about(place, peer);
        let verdict = verdict(request, asked).ok_or(Status::FAILED)?;
        let is_no = verdict == Verdict::Refused;
        // A no ends the pairing before the no itself has its answer (recorded).
        if !is_no {
            self.complete_device(request, Status::SUCCESS);
        }
        if self.has_pairing_with(place, peer) {
            self.pairing_answered(place, peer, &verdict, air);
        } else {
            self.controllers[place].asked = None;
            self.deeds.push(Deed::Answered(peer, verdict));
        }
        if is_no {
            self.complete_device(request, Status::SUCCESS);
        }
        Ok(())
    }
}

/// What a command says to what is asked, if it is an answer to that.
fn verdict(request: &Request, asked: Option<UserRequest>) -> Option<Verdict> {
    use UserRequest::{Comparison, Consent, Passkey, PinCode};
    Some(match (request.command.name, asked?) {
        ("User Confirmation Reply", Consent | Comparison(_)) => Verdict::Accepted,
        ("User Passkey Reply", Passkey) => {
            let number =
                request.arguments.uint("passkey").and_then(|number| u32::try_from(number).ok());
            Verdict::Passkey(number?)
        }
        ("PIN Code Reply", PinCode) => match request.arguments.get("pin-code") {
            Some(Value::Secret(Secret::Octets(pin))) => {
                Verdict::Pin(String::from_utf8_lossy(pin).into_owned())
            }
            _ => return None,
        },
        ("User Confirmation Negative Reply", Consent | Comparison(_))
        | ("User Passkey Negative Reply", Passkey)
        | ("PIN Code Negative Reply", PinCode) => Verdict::Refused,
        _ => return None,
    })
}
