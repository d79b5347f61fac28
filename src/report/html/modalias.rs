//! What a modalias and a company identifier say of who made something, and which version it is.

/// Makers of controllers that a bench meets (Bluetooth SIG, Assigned Numbers, 7.1).
const COMPANIES: &[(u16, &str)] = &[
    (0x0002, "Intel"),
    (0x000a, "Qualcomm Technologies International (CSR)"),
    (0x000d, "Texas Instruments"),
    (0x000f, "Broadcom"),
    (0x001d, "Qualcomm"),
    (0x0030, "STMicroelectronics"),
    (0x0046, "MediaTek"),
    (0x0048, "Marvell"),
    (0x004c, "Apple"),
    (0x0059, "Nordic Semiconductor"),
    (0x005d, "Realtek"),
    (0x0131, "Cypress"),
    (0x02e5, "Espressif"),
    (0x05f1, "The Linux Foundation"),
];

/// The company of an identifier: `2 (Intel)`.
#[must_use]
pub fn company(id: u16) -> String {
    match COMPANIES.iter().find(|(known, _)| *known == id) {
        Some((_, name)) => format!("{name} ({id})"),
        None => format!("company {id}"),
    }
}

/// The parts of a modalias of `usb:` or `bluetooth:`, such as `usb:v1D6Bp0246d0552`: who assigned the
/// maker's number, maker, product, version.
#[must_use]
pub fn parts(modalias: &str) -> Option<(&str, u16, u16, u16)> {
    let (kind, rest) = modalias.split_once(':')?;
    let number = |at: usize, letter: &str| {
        let digits = rest.get(at..at + 5)?.strip_prefix(letter)?;
        u16::from_str_radix(digits, 16).ok()
    };
    Some((kind, number(0, "v")?, number(5, "p")?, number(10, "d")?))
}

/// The version in it as people write it, from binary coded decimals: `5.52`.
#[must_use]
pub fn version(modalias: &str) -> Option<String> {
    let (.., version) = parts(modalias)?;
    Some(format!("{:x}.{:02x}", version >> 8, version & 0xff))
}

/// Maker and product: `usb 1D6B:0246`.
#[must_use]
pub fn product(modalias: &str) -> Option<String> {
    let (kind, maker, product, _) = parts(modalias)?;
    Some(format!("{kind} {maker:04X}:{product:04X}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_modalias_is_read() {
        assert_eq!(product("usb:v1D6Bp0246d0552").unwrap(), "usb 1D6B:0246");
        assert_eq!(version("bluetooth:v004Cp200Ed0B19").unwrap(), "b.19");
        assert_eq!(company(2), "Intel (2)");
        assert_eq!(company(65_535), "company 65535");
    }

    proptest! {
        #[test]
        fn anything_else_is_none(text in any::<String>(), digits in "[0-9A-Fvpd:]{0,20}") {
            let _ = (parts(&text), parts(&format!("usb:{digits}")), version(&format!("usb:é{digits}")));
        }
    }
}
