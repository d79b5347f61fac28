//! Agents: who registered one, which is asked, and the calls to it, with bluetoothd's sixty seconds
//! (`src/agent.c`, `doc/org.bluez.Agent.rst`).

use std::{num::NonZeroU32, time::Duration};

use zbus::{ObjectPath, OwnedObjectPath, message::Message, message::Type};

use super::{Daemon, DeviceId, Due, device::Verdict};
use crate::association::Capability;
use crate::sim::{
    bus::{Answer, Answered, Call, Client, Refusal, arguments},
    timers::TimerId,
};

const AGENT: &str = "org.bluez.Agent1";
/// How long an agent may take (`REQUEST_TIMEOUT`).
const PATIENCE: Duration = Duration::from_secs(60);

/// Names an agent, also when it has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AgentId(u64);

struct Agent {
    id: AgentId,
    client: Client,
    path: String,
    capability: Capability,
}

/// A call to an agent that waits for its answer.
struct Asked {
    serial: NonZeroU32,
    agent: AgentId,
    device: DeviceId,
    timer: TimerId,
}

/// What an agent is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    PinCode,
    Passkey,
    Confirmation(u32),
    /// Whether a pairing that nobody here asked for may go on.
    Authorization,
    /// Only shown, not asked.
    Display(u32),
}

/// The agents, the default first.
#[derive(Default)]
pub(super) struct Agents {
    row: Vec<Agent>,
    made: u64,
    asked: Vec<Asked>,
}

impl Agents {
    /// The agent for a client's pairing: its own, else the default.
    pub(super) fn for_client(&self, client: &Client) -> Option<AgentId> {
        self.of(client).or(self.row.first()).map(|agent| agent.id)
    }

    /// The default agent.
    pub(super) fn first(&self) -> Option<AgentId> {
        self.row.first().map(|agent| agent.id)
    }

    /// The client of the default agent, and the path there.
    pub(super) fn first_place(&self) -> Option<(Client, String)> {
        self.row.first().map(|agent| (agent.client.clone(), agent.path.clone()))
    }

    /// Whether there is one.
    pub(super) fn are_any(&self) -> bool {
        !self.row.is_empty()
    }

    pub(super) fn capability(&self, id: AgentId) -> Option<Capability> {
        self.agent(id).map(|agent| agent.capability)
    }

    fn of(&self, client: &Client) -> Option<&Agent> {
        self.row.iter().find(|agent| agent.client == *client)
    }

    fn agent(&self, id: AgentId) -> Option<&Agent> {
        self.row.iter().find(|agent| agent.id == id)
    }

    /// The agent of a client, which must be at this path.
    fn own(&self, call: &Call, path: &str) -> Result<AgentId, Refusal> {
        let own = self.of(call.client()).filter(|agent| agent.path == path);
        own.map(|agent| agent.id).ok_or_else(Refusal::does_not_exist)
    }
}

impl Daemon {
    /// The method of `org.bluez.AgentManager1` that a call names.
    pub(super) fn agent_manager_method(&mut self, call: &Call) -> Answered {
        match call.member().as_str() {
            "RegisterAgent" => self.register_agent(call),
            "UnregisterAgent" => {
                let path: OwnedObjectPath = arguments(call)?;
                let id = self.agents.own(call, path.as_str())?;
                self.remove_agent(id);
                Ok(Answer::Empty)
            }
            _ => {
                let path: OwnedObjectPath = arguments(call)?;
                let id = self.agents.own(call, path.as_str())?;
                // The default is the first of the row; the others keep their order.
                self.agents.row.sort_by_key(|agent| agent.id != id);
                Ok(Answer::Empty)
            }
        }
    }

    fn register_agent(&mut self, call: &Call) -> Answered {
        if self.agents.of(call.client()).is_some() {
            return Err(Refusal::already_exists());
        }
        let (path, word): (OwnedObjectPath, String) = arguments(call)?;
        let capability = capability(&word).ok_or_else(Refusal::invalid_arguments)?;
        self.agents.made += 1;
        self.agents.row.push(Agent {
            id: AgentId(self.agents.made),
            client: call.client().clone(),
            path: path.as_str().to_owned(),
            capability,
        });
        if self.agents.row.len() == 1 {
            self.agents_came_or_went(true);
        }
        Ok(Answer::Empty)
    }

    fn remove_agent(&mut self, id: AgentId) {
        self.agents.row.retain(|agent| agent.id != id);
        let asked = self.agents.asked.iter().filter(|asked| asked.agent == id);
        for device in asked.map(|asked| asked.device).collect::<Vec<_>>() {
            self.end_question(device);
            self.agent_answered(device, &Verdict::Refused);
        }
        if self.agents.row.is_empty() {
            self.agents_came_or_went(false);
        }
    }

    /// A client has left the bus, and its agent with it.
    pub(super) fn end_agent_of(&mut self, client: &Client) {
        if let Some(id) = self.agents.of(client).map(|agent| agent.id) {
            self.remove_agent(id);
        }
    }

    /// Asks an agent about a device, or shows it something.
    pub(super) fn ask(&mut self, id: AgentId, device: DeviceId, question: &Question) {
        let Some(agent) = self.agents.agent(id) else {
            return self.agent_answered(device, &Verdict::Refused);
        };
        let (client, path) = (agent.client.clone(), agent.path.clone());
        let object = self.devices[device].path.clone();
        let object = ObjectPath::from_str_unchecked(&object);
        let bus = &mut self.bus;
        let serial = match *question {
            Question::PinCode => bus.request(&client, &path, (AGENT, "RequestPinCode"), &object),
            Question::Passkey => bus.request(&client, &path, (AGENT, "RequestPasskey"), &object),
            Question::Confirmation(passkey) => {
                let body = (object, passkey);
                bus.request(&client, &path, (AGENT, "RequestConfirmation"), &body)
            }
            Question::Authorization => {
                bus.request(&client, &path, (AGENT, "RequestAuthorization"), &object)
            }
            Question::Display(passkey) => {
                let body = (object, passkey, 0_u16);
                return bus.notify(&client, &path, (AGENT, "DisplayPasskey"), &body);
            }
        };
        let Some(serial) = serial else { return };
        let timer = self.timers.arm(PATIENCE, Due::AgentSilent(serial));
        self.agents.asked.push(Asked { serial, agent: id, device, timer });
    }

    /// A client has answered a call of the daemon's.
    pub(super) fn answered(&mut self, message: &Message) {
        let Some(serial) = message.header().reply_serial() else {
            return;
        };
        if self.advertisement_told(serial, message) {
            return;
        }
        let Some(asked) = self.take_asked(serial) else {
            return;
        };
        self.agent_answered(asked.device, &verdict(message));
    }

    /// An agent has not answered in time.
    pub(super) fn agent_silent(&mut self, serial: NonZeroU32) {
        let Some(asked) = self.take_asked(serial) else {
            return;
        };
        self.agent_answered(asked.device, &Verdict::Refused);
        self.tell_cancel(asked.agent);
    }

    fn take_asked(&mut self, serial: NonZeroU32) -> Option<Asked> {
        let at = self.agents.asked.iter().position(|asked| asked.serial == serial)?;
        let asked = self.agents.asked.swap_remove(at);
        self.timers.disarm(asked.timer);
        Some(asked)
    }

    /// Nobody waits for the agent's answer about a device any more.
    pub(super) fn end_question(&mut self, device: DeviceId) -> Option<AgentId> {
        let asked = self.agents.asked.iter().find(|asked| asked.device == device)?;
        let serial = asked.serial;
        self.take_asked(serial).map(|asked| asked.agent)
    }

    /// Tells an agent that its question about a device is off.
    pub(super) fn cancel_question(&mut self, device: DeviceId) {
        if let Some(agent) = self.end_question(device) {
            self.tell_cancel(agent);
        }
    }

    fn tell_cancel(&mut self, id: AgentId) {
        if let Some(agent) = self.agents.agent(id) {
            let (client, path) = (agent.client.clone(), agent.path.clone());
            self.bus.notify(&client, &path, (AGENT, "Cancel"), &());
        }
    }
}

/// What an agent's answer says; one of the wrong type is a refusal, as in bluetoothd.
fn verdict(message: &Message) -> Verdict {
    if message.message_type() == Type::Error {
        return Verdict::Refused;
    }
    let body = message.body();
    match body.signature().to_string_no_parens().as_str() {
        "" => Verdict::Accepted,
        "u" => body.deserialize().map_or(Verdict::Refused, Verdict::Passkey),
        "s" => body.deserialize().map_or(Verdict::Refused, Verdict::Pin),
        _ => Verdict::Refused,
    }
}

/// The capability of this word; none at all is the most capable one.
fn capability(word: &str) -> Option<Capability> {
    use Capability::{DisplayOnly, DisplayYesNo, KeyboardDisplay, KeyboardOnly, NoInputNoOutput};
    let known = [DisplayOnly, DisplayYesNo, KeyboardOnly, NoInputNoOutput, KeyboardDisplay];
    match word {
        "" => Some(KeyboardDisplay),
        word => known.into_iter().find(|capability| capability.as_str() == word),
    }
}
