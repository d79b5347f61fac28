//! Which part of the kernel a command is for, and the form in which it is turned down.

use super::{Kernel, Peers, Place, Request, Status, Taken, Version};
use crate::mgmt::protocol::Target;

/// What an error gives back beside its status (recorded: what is about a device or a scan answers
/// with Command Complete and names that, everything else with Command Status).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Echo {
    Device,
    Scan,
    Nothing,
}

/// The form in which a command is turned down.
pub(super) fn echoes(command: &str) -> Echo {
    match command {
        "Start Discovery"
        | "Start Limited Discovery"
        | "Start Service Discovery"
        | "Stop Discovery" => Echo::Scan,
        "Disconnect"
        | "PIN Code Negative Reply"
        | "Pair Device"
        | "Unpair Device"
        | "User Confirmation Reply"
        | "User Confirmation Negative Reply"
        | "User Passkey Reply"
        | "User Passkey Negative Reply"
        | "Add Remote Out Of Band Data"
        | "Remove Remote Out Of Band Data"
        | "Confirm Name"
        | "Block Device"
        | "Unblock Device"
        | "Add Device"
        | "Remove Device"
        | "Set Device Flags" => Echo::Device,
        _ => Echo::Nothing,
    }
}

/// Whether a command may be for a controller, or for none.
pub(super) fn check_target(target: Target, has_controller: bool) -> Taken {
    match (target, has_controller) {
        (Target::Controller, false) | (Target::NonController, true) => Err(Status::INVALID_INDEX),
        _ => Ok(()),
    }
}

impl Kernel {
    /// Whether this kernel knows a command (recorded on 6.1, 6.12 and 7.2; the document has no version
    /// yet for what came last).
    pub(super) fn knows(&self, code: u16) -> bool {
        match self.version {
            Version::V5_66 | Version::V5_82 => code <= 0x005A,
            Version::V5_87 => code <= 0x005B,
        }
    }

    /// Takes a command that is for no controller.
    pub(super) fn take_for_nobody(&mut self, request: &Request) -> Taken {
        match request.command.name {
            "Read Management Version Information" => self.read_version(request),
            "Read Management Supported Commands" => self.read_commands(request),
            "Read Controller Index List" => self.read_indexes(request),
            "Read Unconfigured Controller Index List" => self.read_unconfigured(request),
            "Read Extended Controller Index List" => self.read_extended_indexes(request),
            "Read Experimental Features Information" => self.read_features(None, request),
            "Set Experimental Feature" => self.set_feature(None, request),
            _ => Err(Status::UNKNOWN_COMMAND),
        }
    }

    /// Takes a command that is for a controller.
    pub(super) fn take(&mut self, place: Place, request: &Request, air: &mut dyn Peers) -> Taken {
        match request.command.name {
            "Set Powered" => self.set_powered(place, request),
            "Set Discoverable"
            | "Set Connectable"
            | "Set Fast Connectable"
            | "Set Bondable"
            | "Set Link Security"
            | "Set Secure Simple Pairing"
            | "Set High Speed"
            | "Set Low Energy"
            | "Set Advertising"
            | "Set BR/EDR"
            | "Set Static Address"
            | "Set Secure Connections"
            | "Set Debug Keys"
            | "Set Privacy"
            | "Set Wideband Speech" => self.set(place, request),
            "Start Discovery" | "Start Limited Discovery" | "Start Service Discovery" => {
                self.start_discovery(place, request)
            }
            "Stop Discovery" => self.stop_discovery(place, request),
            "Confirm Name" => self.confirm_name(place, request),
            "Pair Device" => self.pair_device(place, request, air),
            "Cancel Pair Device" => self.cancel_pair_device(place, request),
            "PIN Code Reply"
            | "PIN Code Negative Reply"
            | "User Confirmation Reply"
            | "User Confirmation Negative Reply"
            | "User Passkey Reply"
            | "User Passkey Negative Reply" => self.user_replies(place, request, air),
            "Disconnect" => self.disconnect(place, request),
            "Unpair Device" => self.unpair_device(place, request, air),
            "Load Link Keys"
            | "Load Long Term Keys"
            | "Load Identity Resolving Keys"
            | "Load Connection Parameters"
            | "Load Blocked Keys" => self.load(place, request, air),
            "Read Local Out Of Band Data"
            | "Read Local Out Of Band Extended Data"
            | "Add Remote Out Of Band Data"
            | "Remove Remote Out Of Band Data" => self.out_of_band(place, request),
            "Block Device" | "Unblock Device" | "Add Device" | "Remove Device"
            | "Get Device Flags" | "Set Device Flags" => self.edit_list(place, request, air),
            "Read Advertising Features"
            | "Add Advertising"
            | "Remove Advertising"
            | "Get Advertising Size Information"
            | "Add Extended Advertising Parameters"
            | "Add Extended Advertising Data" => self.advertise(place, request),
            "Read Advertisement Monitor Features"
            | "Add Advertisement Patterns Monitor"
            | "Remove Advertisement Monitor"
            | "Add Advertisement Patterns Monitor With RSSI Threshold" => {
                self.monitor(place, request)
            }
            "Set Device Class"
            | "Set Local Name"
            | "Add UUID"
            | "Remove UUID"
            | "Set Appearance"
            | "Set IO Capability"
            | "Set Device ID"
            | "Set Scan Parameters" => self.identify(place, request),
            _ => self.configure(place, request, air),
        }
    }

    /// The rest: what is read of a controller, and how it is configured.
    fn configure(&mut self, place: Place, request: &Request, air: &mut dyn Peers) -> Taken {
        match request.command.name {
            "Read Controller Information" => self.read_information(place, request),
            "Read Extended Controller Information" => {
                self.read_extended_information(place, request)
            }
            "Read Controller Configuration Information" => self.read_options(place, request),
            "Read Controller Capabilities" => self.read_capabilities(request),
            "Get Connections" => self.get_connections(place, request),
            "Get Connection Information" => self.get_connection_information(place, request, air),
            "Get Clock Information" => self.get_clock_information(place, request),
            "Set External Configuration" | "Set Public Address" => self.set_options(place),
            "Get PHY Configuration" => self.get_phys(place, request),
            "Set PHY Configuration" => self.set_phys(place, request),
            "Read Experimental Features Information" => self.read_features(Some(place), request),
            "Set Experimental Feature" => self.set_feature(Some(place), request),
            "Read Default System Configuration" => self.read_system(place, request),
            "Set Default System Configuration" => self.set_system(place, request),
            "Read Default Runtime Configuration" => {
                self.complete(request, &request.arguments);
                Ok(())
            }
            "Set Default Runtime Configuration" => self.set_runtime(request),
            // The mesh is an experimental feature, and off; controllers take no commands past the
            // kernel here.
            "Set Mesh Receiver"
            | "Read Mesh Features"
            | "Transmit Mesh Packet"
            | "Cancel Transmit Mesh Packet"
            | "Send HCI command and wait for event"
            | "Load Connection Subrate" => Err(Status::NOT_SUPPORTED),
            _ => Err(Status::UNKNOWN_COMMAND),
        }
    }

    /// The controller has done what a command asks for.
    pub(super) fn carry_out(
        &mut self,
        place: Place,
        request: &Request,
        air: &mut dyn Peers,
    ) -> Taken {
        match request.command.name {
            "Set Powered" => self.switched(place, request),
            "Start Discovery" | "Start Limited Discovery" | "Start Service Discovery" => {
                self.discovery_started(place, request, air)
            }
            "Stop Discovery" => self.discovery_stopped(place, request),
            "Disconnect" | "Unpair Device" => self.disconnected_on_request(place, request, air),
            "Set PHY Configuration" => self.phys_set(place, request),
            "Set Device Class" | "Set Local Name" | "Add UUID" | "Remove UUID" => {
                self.identified(place, request)
            }
            "Get Clock Information" => self.clock_read(place, request),
            _ => self.apply(place, request),
        }
    }
}
