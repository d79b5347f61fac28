//! What the bench offers to BlueZ and to devices: its agent, services, advertisements, endpoints, profiles and player.

use super::Bench;
use crate::bluez::{
    Advertiser, Agent, Application, Endpoints, Monitors, OfferedPlayer, Profiles, Result, Session,
};

/// All of it, one of each.
#[derive(Debug)]
pub(super) struct Offered {
    agent: Agent,
    advertiser: Advertiser,
    monitors: Monitors,
    application: Application,
    endpoints: Endpoints,
    profiles: Profiles,
    player: OfferedPlayer,
}

impl Offered {
    /// The agent, and nothing else yet.
    ///
    /// # Errors
    /// The agent could not be served.
    pub(super) async fn by(session: &Session) -> Result<Self> {
        Ok(Self {
            agent: Agent::serve(session).await?,
            advertiser: Advertiser::new(session),
            monitors: Monitors::new(session),
            application: Application::new(session),
            endpoints: Endpoints::new(session),
            profiles: Profiles::new(session),
            player: OfferedPlayer::new(session),
        })
    }

    /// bluetoothd left, and with it every registration.
    pub(super) fn forgotten(&self) {
        self.agent.forgotten();
        self.advertiser.forgotten();
        self.monitors.forgotten();
        self.application.forgotten();
        self.endpoints.forgotten();
        self.profiles.forgotten();
        self.player.forgotten();
    }
}

impl Bench {
    /// The tester's own GATT services.
    pub(in crate::steps) fn application(&self) -> &Application {
        &self.offered.application
    }

    /// What advertises for the tester.
    pub(in crate::steps) fn advertiser(&self) -> &Advertiser {
        &self.offered.advertiser
    }

    /// What watches advertisements for the tester.
    pub(in crate::steps) fn monitors(&self) -> &Monitors {
        &self.offered.monitors
    }

    /// The tester's pairing agent.
    pub fn agent(&self) -> &Agent {
        &self.offered.agent
    }

    /// The tester's audio endpoints.
    pub(in crate::steps) fn endpoints(&self) -> &Endpoints {
        &self.offered.endpoints
    }

    /// The tester's own profiles.
    pub(in crate::steps) fn profiles(&self) -> &Profiles {
        &self.offered.profiles
    }

    /// The tester's own player.
    pub(in crate::steps) fn player(&self) -> &OfferedPlayer {
        &self.offered.player
    }
}
