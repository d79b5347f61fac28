//! What the codes are called.

/// Names by code, in the order of the codes.
pub(super) type Names = &'static [(u16, &'static str)];

/// What this code is called.
pub(super) fn name(names: Names, code: u16) -> Option<&'static str> {
    names.iter().find(|(other, _)| *other == code).map(|(_, name)| *name)
}

/// Core Specification Vol 1 Part F 1.3; the codes that are missing are reserved.
pub(super) const HCI: Names = &[
    (0x00, "Success"),
    (0x01, "Unknown HCI Command"),
    (0x02, "Unknown Connection Identifier"),
    (0x03, "Hardware Failure"),
    (0x04, "Page Timeout"),
    (0x05, "Authentication Failure"),
    (0x06, "PIN or Key Missing"),
    (0x07, "Memory Capacity Exceeded"),
    (0x08, "Connection Timeout"),
    (0x09, "Connection Limit Exceeded"),
    (0x0a, "Synchronous Connection Limit to a Device Exceeded"),
    (0x0b, "Connection Already Exists"),
    (0x0c, "Command Disallowed"),
    (0x0d, "Connection Rejected due to Limited Resources"),
    (0x0e, "Connection Rejected due to Security Reasons"),
    (0x0f, "Connection Rejected due to Unacceptable BD_ADDR"),
    (0x10, "Connection Accept Timeout Exceeded"),
    (0x11, "Unsupported Feature or Parameter Value"),
    (0x12, "Invalid HCI Command Parameters"),
    (0x13, "Remote User Terminated Connection"),
    (0x14, "Remote Device Terminated Connection due to Low Resources"),
    (0x15, "Remote Device Terminated Connection due to Power Off"),
    (0x16, "Connection Terminated by Local Host"),
    (0x17, "Repeated Attempts"),
    (0x18, "Pairing Not Allowed"),
    (0x19, "Unknown LMP PDU"),
    (0x1a, "Unsupported Remote Feature"),
    (0x1b, "SCO Offset Rejected"),
    (0x1c, "SCO Interval Rejected"),
    (0x1d, "SCO Air Mode Rejected"),
    (0x1e, "Invalid LMP Parameters / Invalid LL Parameters"),
    (0x1f, "Unspecified Error"),
    (0x20, "Unsupported LMP Parameter Value / Unsupported LL Parameter Value"),
    (0x21, "Role Change Not Allowed"),
    (0x22, "LMP Response Timeout / LL Response Timeout"),
    (0x23, "LMP Error Transaction Collision / LL Procedure Collision"),
    (0x24, "LMP PDU Not Allowed"),
    (0x25, "Encryption Mode Not Acceptable"),
    (0x26, "Link Key cannot be Changed"),
    (0x27, "Requested QoS Not Supported"),
    (0x28, "Instant Passed"),
    (0x29, "Pairing with Unit Key Not Supported"),
    (0x2a, "Different Transaction Collision"),
    (0x2c, "QoS Unacceptable Parameter"),
    (0x2d, "QoS Rejected"),
    (0x2e, "Channel Classification Not Supported"),
    (0x2f, "Insufficient Security"),
    (0x30, "Parameter out of Mandatory Range"),
    (0x32, "Role Switch Pending"),
    (0x34, "Reserved Slot Violation"),
    (0x35, "Role Switch Failed"),
    (0x36, "Extended Inquiry Response Too Large"),
    (0x37, "Secure Simple Pairing Not Supported by Host"),
    (0x38, "Host Busy - Pairing"),
    (0x39, "Connection Rejected due to No Suitable Channel Found"),
    (0x3a, "Controller Busy"),
    (0x3b, "Unacceptable Connection Parameters"),
    (0x3c, "Advertising Timeout"),
    (0x3d, "Connection Terminated due to MIC Failure"),
    (0x3e, "Connection Failed to be Established"),
    (0x3f, "MAC Connection Failed"),
    (0x40, "Coarse Clock Adjustment Rejected but Will Try to Adjust Using Clock Dragging"),
    (0x41, "Type0 Submap Not Defined"),
    (0x42, "Unknown Advertising Identifier"),
    (0x43, "Limit Reached"),
    (0x44, "Operation Cancelled by Host"),
    (0x45, "Packet Too Long"),
    (0x46, "Too Late"),
    (0x47, "Too Early"),
];

/// Core Specification Vol 3 Part H 3.5.5, Pairing Failed.
pub(super) const SMP: Names = &[
    (0x01, "Passkey Entry Failed"),
    (0x02, "OOB Not Available"),
    (0x03, "Authentication Requirements"),
    (0x04, "Confirm Value Failed"),
    (0x05, "Pairing Not Supported"),
    (0x06, "Encryption Key Size"),
    (0x07, "Command Not Supported"),
    (0x08, "Unspecified Reason"),
    (0x09, "Repeated Attempts"),
    (0x0a, "Invalid Parameters"),
    (0x0b, "DHKey Check Failed"),
    (0x0c, "Numeric Comparison Failed"),
    (0x0d, "BR/EDR Pairing in Progress"),
    (0x0e, "Cross-transport Key Derivation/Generation Not Allowed"),
    (0x0f, "Key Rejected"),
];

/// Core Specification Vol 3 Part A 4.3, L2CAP_CONNECTION_RSP: what refuses.
pub(super) const L2CAP: Names = &[
    (0x0002, "PSM Not Supported"),
    (0x0003, "Security Block"),
    (0x0004, "No Resources Available"),
    (0x0006, "Invalid Source CID"),
    (0x0007, "Source CID Already Allocated"),
];

/// Core Specification Vol 3 Part A 4.23, L2CAP_LE_CREDIT_BASED_CONNECTION_RSP: what refuses.
pub(super) const L2CAP_LE: Names = &[
    (0x0002, "SPSM Not Supported"),
    (0x0004, "No Resources Available"),
    (0x0005, "Insufficient Authentication"),
    (0x0006, "Insufficient Authorization"),
    (0x0007, "Encryption Key Size Too Short"),
    (0x0008, "Insufficient Encryption"),
    (0x0009, "Invalid Source CID"),
    (0x000a, "Source CID Already Allocated"),
    (0x000b, "Unacceptable Parameters"),
];

/// Core Specification Vol 3 Part A 4.26, L2CAP_CREDIT_BASED_CONNECTION_RSP: what refuses all channels, or
/// some.
pub(super) const L2CAP_ENHANCED: Names = &[
    (0x0002, "SPSM Not Supported"),
    (0x0004, "Insufficient Resources for Some"),
    (0x0005, "Insufficient Authentication"),
    (0x0006, "Insufficient Authorization"),
    (0x0007, "Encryption Key Size Too Short"),
    (0x0008, "Insufficient Encryption"),
    (0x0009, "Invalid Source CID of Some"),
    (0x000a, "Source CID of Some Already Allocated"),
    (0x000b, "Unacceptable Parameters"),
    (0x000c, "Invalid Parameters"),
];

/// Core Specification Vol 3 Part F 3.4.1.1, ATT_ERROR_RSP: those of its codes that ask for more security.
pub(super) const ATT: Names = &[
    (0x05, "Insufficient Authentication"),
    (0x08, "Insufficient Authorization"),
    (0x0c, "Encryption Key Size Too Short"),
    (0x0f, "Insufficient Encryption"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_each_table_ascend() {
        for names in [HCI, SMP, L2CAP, L2CAP_LE, L2CAP_ENHANCED, ATT] {
            assert!(names.is_sorted_by(|(a, _), (b, _)| a < b));
        }
    }

    #[test]
    fn only_reserved_codes_have_no_name() {
        let missing: Vec<u16> = (0..=0x47).filter(|code| name(HCI, *code).is_none()).collect();
        assert_eq!(missing, [0x2b, 0x31, 0x33]);
        assert!((1..=0x0f).all(|code| name(SMP, code).is_some()));
        assert_eq!(name(SMP, 0xff), None);
    }
}
