//! `profile`: a profile of the bench's own.

use schemars::JsonSchema;
use serde::Deserialize;

use super::id::{ProfileUuid, ProfileVersion};
use crate::association::Capability;
use crate::bluez::{Answers, ErrorKind, ProfileOptions, Reply, Side};
use crate::plan::ServiceUuid;
use crate::steps::begun::Begun;
use crate::steps::pair::Consent;
use crate::steps::{Bench, Failure, Outcome, Step};

/// Have a classic profile, until the case ends: a serial port, a hands-free unit or its gateway, or one by its UUID.
///
/// Then `connect` with `profile` connects a device on it, or the device connects; its socket is bttest's, for
/// `profile-expect`, `profile-send` and `profile-receive`. `uuid` is this host's side, and `profile` in `connect` the
/// device's: `hfp-hf` here goes with `profile = "111f"` there. Nobody else on the host may have the profile: stop
/// PipeWire, PulseAudio or oFono for HFP and HSP.
///
/// Of what is not given BlueZ takes what it knows of the profile.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "ProfileTable")]
#[schemars(with = "ProfileTable")]
pub struct Profile {
    uuid: ProfileUuid,
    options: ProfileOptions,
    authorize: Option<Consent>,
}

/// [`Profile`] as a plan writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ProfileTable {
    /// The profile: a name, or a UUID.
    uuid: ProfileUuid,
    /// Whether this host connects or is connected to. Without it, both.
    role: Option<OwnRole>,
    /// The RFCOMM channel, from 1 to 30; 0: any that is free. A client takes the device's from its service record.
    #[schemars(range(max = 30))]
    channel: Option<u8>,
    /// The PSM, where it is a profile on L2CAP; 0: any that is free.
    psm: Option<u16>,
    /// What the profile is called in the service record.
    #[schemars(length(max = 100))]
    name: Option<String>,
    /// The primary service class in the service record, if it is not that of the profile.
    service: Option<ServiceUuid>,
    /// The version in the service record.
    version: Option<ProfileVersion>,
    /// The features in the service record, as the profile numbers them.
    features: Option<u16>,
    /// Whether the link must be encrypted.
    require_authentication: Option<bool>,
    /// Whether BlueZ asks the agent before a device that is not trusted may connect.
    require_authorization: Option<bool>,
    /// Whether it is connected by a `connect` of the whole device.
    auto_connect: Option<bool>,
    /// The service record itself, as XML.
    #[schemars(length(max = 16_384))]
    service_record: Option<String>,
    /// What bttest's agent answers when a device that is not trusted wants to connect, for the rest of the case; `"silent"`:
    /// nothing. Without it, the agent of an earlier step does, or the host's.
    authorize: Option<Consent>,
}

/// Which side of the profile this host is.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum OwnRole {
    Client,
    Server,
}

impl TryFrom<ProfileTable> for Profile {
    type Error = String;

    fn try_from(table: ProfileTable) -> Result<Self, String> {
        if table.channel.is_some_and(|channel| channel > 30) {
            return Err("an RFCOMM channel is from 1 to 30, or 0 for any that is free".to_owned());
        }
        // Core Specification, Vol 3, Part A, 4.2: odd, and the lowest bit of the upper byte is 0.
        if table.psm.is_some_and(|psm| psm != 0 && psm & 0x0101 != 1) {
            return Err(
                "a PSM is odd, with an even upper byte, such as 0x1001; 0 for any that is free"
                    .to_owned(),
            );
        }
        for (text, most, key) in
            [(&table.name, 100, "name"), (&table.service_record, 16_384, "service-record")]
        {
            if text.as_ref().is_some_and(|text| text.len() > most || text.contains('\0')) {
                return Err(format!("`{key}` has at most {most} bytes, and none is U+0000"));
            }
        }
        let side = table.role.map(|role| match role {
            OwnRole::Client => Side::Client,
            OwnRole::Server => Side::Server,
        });
        let options = ProfileOptions {
            name: table.name,
            service: table.service.map(String::from),
            side,
            channel: table.channel,
            psm: table.psm,
            require_authentication: table.require_authentication,
            require_authorization: table.require_authorization,
            auto_connect: table.auto_connect,
            version: table.version.map(|ProfileVersion(version)| version),
            features: table.features,
            service_record: table.service_record,
        };
        Ok(Self { uuid: table.uuid, options, authorize: table.authorize })
    }
}

impl Step for Profile {
    const VERB: &'static str = "profile";
    const EXAMPLE: &'static str = r#"{ do = "profile", uuid = "serial-port", role = "client" }"#;

    fn describe(&self) -> String {
        let role =
            self.options.side.map_or_else(String::new, |side| format!(" as {}", side.word()));
        format!("have profile {}{role}", self.uuid)
    }

    async fn run(&self, bench: &Bench) -> Outcome {
        if let Some(authorize) = self.authorize {
            // The first agent makes the adapter pairable, and the last one to leave takes that back.
            bench.touch_adapter("Pairable");
            let answers = Answers { pairing: Reply::No, service: authorize.into() };
            bench.agent().register(Capability::default(), answers).await?;
            // Nobody on this host has begun it: then BlueZ asks the default agent.
            bench.agent().make_default().await?;
        }
        match bench.profiles().register(self.uuid.as_str(), &self.options).await {
            Ok(path) => {
                bench.begins(Begun::Profile(path));
                Ok(())
            }
            Err(error) if error.kind == ErrorKind::NotPermitted => Err(Failure::bench(
                "profile-taken",
                format!("another program on this host has {}", self.uuid),
                "stop it for the test: for HFP and HSP a sound server (`systemctl --user stop wireplumber pipewire`) or oFono; a \
                 profile that BlueZ itself has cannot be registered",
            )),
            Err(error) => Err(error.into()),
        }
    }
}
