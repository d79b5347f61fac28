//! How a device's stream comes to be: its endpoint is found, the client's endpoint chooses a configuration, and is
//! told of the transport (`select_cb`, `set_configuration` in `profiles/audio/media.c`).

use std::{num::NonZeroU32, time::Duration};

use zbus::{
    ObjectPath,
    message::{Message, Type},
};

use super::{EndpointId, State, Transport};
use crate::audio::Configuration;
use crate::bluez::ErrorKind;
use crate::sim::{
    bus::{Answer, Value},
    daemon::{
        Daemon, DeviceId, Due,
        interfaces::{MEDIA_ENDPOINT, MEDIA_TRANSPORT},
        value::object_path,
    },
    scene::Version,
    timers::TimerId,
};

const ENDPOINT: &str = "org.bluez.MediaEndpoint1";
/// How long an endpoint may take (`REQUEST_TIMEOUT`).
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a device's endpoint is shown after its stream was closed: recorded.
const LINGERS: Duration = Duration::from_millis(900);

/// A stream that is being configured: a call to the client's endpoint that waits for its answer.
pub(super) struct Setup {
    device: DeviceId,
    endpoint: EndpointId,
    serial: NonZeroU32,
    timer: TimerId,
    /// Whether the configuration has been chosen.
    chosen: bool,
}

impl Setup {
    pub(super) fn is_with(&self, device: DeviceId) -> bool {
        self.device == device
    }
}

impl Daemon {
    /// Begins to configure a stream with a device, where this side has an endpoint for it and there is none yet.
    pub(in crate::sim::daemon) fn configures_audio(&mut self, id: DeviceId) -> bool {
        if self.media.setups.iter().any(|setup| setup.device == id) {
            return true;
        }
        if self.media.transports.iter().any(|transport| transport.device == id) {
            return false;
        }
        let Some(endpoint) = self.endpoint_for(id) else { return false };
        let (endpoint, remote) = (endpoint.id, endpoint.role.remote());
        let spec = &self.devices[id].peer.spec;
        let (sbc, reports) = (spec.audio.sbc.bytes(), spec.audio.delay.is_some());
        let values = vec![
            ("UUID", remote.to_string().into()),
            ("Codec", 0_u8.into()),
            ("Capabilities", sbc.to_vec().into()),
            ("Device", object_path(&self.devices[id].path)),
            ("DelayReporting", reports.into()),
        ];
        let path = self.remote_endpoint(id);
        if !self.bus.tree.contains(&path) {
            self.bus.tree.add(&path, &MEDIA_ENDPOINT, values);
        }
        self.ask_endpoint(id, endpoint, "SelectConfiguration", &sbc.to_vec())
    }

    fn ask_endpoint<B>(
        &mut self,
        device: DeviceId,
        endpoint: EndpointId,
        method: &str,
        body: &B,
    ) -> bool
    where
        B: serde::Serialize + zbus::DynamicType,
    {
        let Some(asked) = self.endpoint(endpoint) else { return false };
        let (client, path) = (asked.client.clone(), asked.path.clone());
        let serial = self.bus.request(&client, &path, (ENDPOINT, method), body);
        let Some(serial) = serial else { return false };
        let timer = self.timers.arm(PATIENCE, Due::EndpointSilent(serial));
        let chosen = method == "SetConfiguration";
        self.media.setups.push(Setup { device, endpoint, serial, timer, chosen });
        true
    }

    /// Takes in a client's answer, if it is that of an endpoint. Whether it was.
    pub(in crate::sim::daemon) fn endpoint_answered(&mut self, message: &Message) -> bool {
        let serial = message.header().reply_serial();
        let Some(setup) = serial.and_then(|serial| self.take_setup(serial)) else { return false };
        let device = setup.device;
        let went_well = message.message_type() == Type::MethodReturn;
        match (went_well, setup.chosen) {
            (true, true) => self.audio_connected(device),
            (true, false) => self.chosen(&setup, message),
            (false, _) => self.audio_fails(device),
        }
        true
    }

    /// An endpoint has not answered in time.
    pub(in crate::sim::daemon) fn endpoint_silent(&mut self, serial: NonZeroU32) {
        if let Some(setup) = self.take_setup(serial) {
            self.audio_fails(setup.device);
        }
    }

    fn take_setup(&mut self, serial: NonZeroU32) -> Option<Setup> {
        let at = self.media.setups.iter().position(|setup| setup.serial == serial)?;
        let setup = self.media.setups.swap_remove(at);
        self.timers.disarm(setup.timer);
        Some(setup)
    }

    /// An endpoint has chosen: the transport is made, and the endpoint told of it.
    fn chosen(&mut self, setup: &Setup, message: &Message) {
        let id = setup.device;
        let bytes: Vec<u8> = message.body().deserialize().unwrap_or_default();
        // A device refuses what it cannot do (AVDTP 8.9).
        let configuration = Configuration::read(&bytes).filter(|chosen| self.can(id, chosen));
        let endpoint = self.endpoint(setup.endpoint);
        let (Some(configuration), Some(endpoint)) = (configuration, endpoint) else {
            return self.audio_fails(id);
        };
        let (role, takes_delay) = (endpoint.role, endpoint.takes_delay());
        let path = format!("{}/fd{}", self.remote_endpoint(id), self.next_number());
        let mut values = vec![
            ("Device", object_path(&self.devices[id].path)),
            ("UUID", Value::from(role.own().to_string())),
            ("Codec", 0_u8.into()),
            ("Configuration", configuration.bytes().to_vec().into()),
            ("State", State::Idle.word().into()),
        ];
        let audio = self.devices[id].peer.spec.audio;
        if let Some(delay) = audio.delay.filter(|_| takes_delay) {
            values.push(("Delay", delay.into()));
        }
        if let Some(volume) = audio.volume {
            values.push(("Volume", u16::from(volume).into()));
        }
        self.bus.tree.add(&path, &MEDIA_TRANSPORT, values.clone());
        let told: std::collections::BTreeMap<&str, Value> = values.into_iter().collect();
        let body = (ObjectPath::from_str_unchecked(&path).into_owned(), told);
        self.media.transports.push(Transport {
            path,
            device: id,
            endpoint: setup.endpoint,
            role,
            configuration: configuration.bytes(),
            state: State::Idle,
            owner: None,
            acquire: None,
            socket: None,
            packets: None,
            started: 0,
        });
        self.ask_endpoint(id, setup.endpoint, "SetConfiguration", &body);
    }

    fn can(&self, id: DeviceId, chosen: &Configuration) -> bool {
        let ([a, b, least, most], [c, d, low, high]) =
            (self.devices[id].peer.spec.audio.sbc.bytes(), chosen.bytes());
        a & c == c && b & d == d && least <= low && high <= most
    }

    /// The number of the next transport: 5.87 takes the first that is free, others count on.
    pub(in crate::sim::daemon) fn next_number(&mut self) -> u32 {
        if self.version < Version::V5_87 {
            self.media.next += 1;
            return self.media.next - 1;
        }
        let taken = |number: &u32| {
            let end = format!("/fd{number}");
            self.media.transports.iter().any(|transport| transport.path.ends_with(&end))
                || self.has_isochronous_numbered(&end)
        };
        (0..).find(|number| !taken(number)).unwrap_or(0)
    }

    fn audio_connected(&mut self, id: DeviceId) {
        if let Some(after) = self.devices[id].peer.spec.audio.plays_after {
            self.timers.arm(after, Due::Plays(id));
        }
        self.profiles_are_connected(id);
    }

    /// The two sides found no configuration, or the client's endpoint refused: read, not recorded (`select_complete` in
    /// `profiles/audio/sink.c`, `btd_error_bredr_str` in `src/error.c`).
    fn audio_fails(&mut self, id: DeviceId) {
        self.end_audio(id, true);
        if self.has_other_profile(id) {
            return self.profiles_are_connected(id);
        }
        let refusal = self.connection_refusal(id, ErrorKind::HostResource);
        self.profiles_fail(id, &refusal);
    }

    /// The stream with a device ends on request. Whether there was one.
    pub(in crate::sim::daemon) fn closes_audio(&mut self, id: DeviceId) -> bool {
        let before = self.media.transports.len();
        self.end_streams(|transport| transport.device == id, true);
        self.media.transports.len() < before
    }

    /// The stream with a device ends: the endpoint is told, and what was shown of it goes.
    pub(in crate::sim::daemon) fn end_audio(&mut self, id: DeviceId, tells: bool) {
        self.end_control(id);
        self.end_streams(|transport| transport.device == id, tells);
        let setups = self.media.setups.iter().filter(|setup| setup.device == id);
        for serial in setups.map(|setup| setup.serial).collect::<Vec<_>>() {
            self.take_setup(serial);
        }
        self.hide_remote_endpoint(id);
    }

    /// What a device showed of its endpoint goes.
    pub(in crate::sim::daemon) fn hide_remote_endpoint(&mut self, id: DeviceId) {
        let is_used = self.media.transports.iter().any(|transport| transport.device == id)
            || self.media.setups.iter().any(|setup| setup.device == id);
        let path = self.remote_endpoint(id);
        if !is_used && self.bus.tree.contains(&path) {
            // Each object goes by itself.
            self.bus.flush();
            self.bus.tree.remove(&path);
        }
    }

    /// The streams of an endpoint end, and with them the links that nothing else holds.
    pub(super) fn end_streams_of(&mut self, endpoint: EndpointId, tells: bool) {
        let of_it = self.media.transports.iter().filter(|transport| transport.endpoint == endpoint);
        let devices: Vec<DeviceId> = of_it.map(|transport| transport.device).collect();
        self.end_streams(|transport| transport.endpoint == endpoint, tells);
        for device in devices {
            self.timers.arm(LINGERS, Due::EndpointHidden(device));
            self.audio_is_over(device);
        }
    }

    fn end_streams(&mut self, which: impl Fn(&Transport) -> bool, tells: bool) {
        while let Some(at) = self.media.transports.iter().position(&which) {
            let Transport { path, endpoint, acquire, .. } = self.media.transports.remove(at);
            if let Some(call) = acquire {
                let refusal = crate::sim::bus::Refusal::failed("Input/output error");
                self.bus.refuse(&call, &refusal);
            }
            if let Some(endpoint) = self.endpoint(endpoint).filter(|_| tells) {
                let (client, object) = (endpoint.client.clone(), endpoint.path.clone());
                let body = ObjectPath::from_str_unchecked(&path);
                self.bus.notify(&client, &object, (ENDPOINT, "ClearConfiguration"), &body);
            }
            self.bus.tree.remove(&path);
            self.bus.flush();
        }
    }

    /// The method of a device's own endpoint: a reconfiguration, which devices of a scene do not take.
    pub(in crate::sim::daemon) fn remote_endpoint_method(
        &mut self,
    ) -> Result<Answer, super::Refusal> {
        Err(super::Refusal::failed("Operation not supported"))
    }
}
