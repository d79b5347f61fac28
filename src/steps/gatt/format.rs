//! How a number lies in the bytes of a value: whole numbers, floating-point numbers, and those of IEEE 11073-20601,
//! all little-endian (Core Specification Supplement, Part A; GATT Specification Supplement, 2.2).

use schemars::JsonSchema;
use serde::Deserialize;

/// The format of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(super) enum Format {
    U8,
    I8,
    U16,
    I16,
    U24,
    I24,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
    /// 16 bits of IEEE 11073-20601: an exponent to the base of 10 in 4 bits, 12 bits of mantissa.
    Sfloat,
    /// 32 bits of IEEE 11073-20601: an exponent to the base of 10 in 8 bits, 24 bits of mantissa.
    Float,
}

impl Format {
    /// The word of a plan.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::I8 => "i8",
            Self::U16 => "u16",
            Self::I16 => "i16",
            Self::U24 => "u24",
            Self::I24 => "i24",
            Self::U32 => "u32",
            Self::I32 => "i32",
            Self::U64 => "u64",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Sfloat => "sfloat",
            Self::Float => "float",
        }
    }

    /// How many bytes it takes.
    pub(super) fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 | Self::Sfloat => 2,
            Self::U24 | Self::I24 => 3,
            Self::U32 | Self::I32 | Self::F32 | Self::Float => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// The least and the greatest whole number, of a format of whole numbers.
    fn bounds(self) -> Option<(i128, i128)> {
        let bits = u32::try_from(8 * self.size()).unwrap_or(64);
        match self {
            Self::U8 | Self::U16 | Self::U24 | Self::U32 | Self::U64 => Some((0, (1 << bits) - 1)),
            Self::I8 | Self::I16 | Self::I24 | Self::I32 | Self::I64 => {
                Some((-(1 << (bits - 1)), (1 << (bits - 1)) - 1))
            }
            Self::F32 | Self::F64 | Self::Sfloat | Self::Float => None,
        }
    }

    /// Mantissa and exponent of a medical number: how many bits, and the greatest mantissa that is a number.
    fn medical(self) -> Option<(u32, u32, i64)> {
        match self {
            Self::Sfloat => Some((12, 4, 2045)),
            Self::Float => Some((24, 8, 8_388_605)),
            _ => None,
        }
    }

    /// Reads a number off the first bytes. None: there are too few.
    pub(super) fn read(self, bytes: &[u8]) -> Option<Raw> {
        let own = bytes.get(..self.size())?;
        let unsigned =
            own.iter().rev().fold(0_i128, |number, byte| number << 8 | i128::from(*byte));
        Some(match self {
            Self::F32 => Raw::Fraction(f64::from(f32::from_le_bytes(own.try_into().ok()?))),
            Self::F64 => Raw::Fraction(f64::from_le_bytes(own.try_into().ok()?)),
            Self::Sfloat | Self::Float => Raw::Fraction(self.read_medical(unsigned)?),
            _ => {
                let (least, greatest) = self.bounds()?;
                Raw::Whole(if unsigned > greatest { unsigned + 2 * least } else { unsigned })
            }
        })
    }

    fn read_medical(self, bits: i128) -> Option<f64> {
        let (mantissa_bits, exponent_bits, greatest) = self.medical()?;
        let signed = |value: i128, bits: u32| {
            let value = value & ((1 << bits) - 1);
            if value >> (bits - 1) == 1 { value - (1 << bits) } else { value }
        };
        let mantissa = i64::try_from(signed(bits, mantissa_bits)).ok()?;
        let exponent = i32::try_from(signed(bits >> mantissa_bits, exponent_bits)).ok()?;
        Some(match mantissa - greatest {
            // 0x07fe, and 0x0802: more or less than can be said.
            1 => f64::INFINITY,
            _ if mantissa == -(greatest + 1) => f64::NEG_INFINITY,
            // 0x07ff, 0x0800 and 0x0801: no number, not at this resolution, reserved.
            2 => f64::NAN,
            _ if mantissa < -(greatest + 1) => f64::NAN,
            _ => mantissa as f64 * 10_f64.powi(exponent),
        })
    }

    /// Its bytes.
    ///
    /// # Errors
    /// It does not fit, and why.
    pub(super) fn write(self, number: Raw) -> Result<Vec<u8>, String> {
        let word = self.word();
        let as_fraction = match number {
            Raw::Whole(whole) => whole as f64,
            Raw::Fraction(fraction) => fraction,
        };
        match (self, self.bounds(), number) {
            (Self::F32, ..) => {
                let narrow = as_fraction as f32;
                let fits = narrow.is_finite() || !as_fraction.is_finite();
                let refused = || format!("{as_fraction} is beyond what `f32` holds");
                fits.then(|| narrow.to_le_bytes().to_vec()).ok_or_else(refused)
            }
            (Self::F64, ..) => Ok(as_fraction.to_le_bytes().to_vec()),
            (_, Some((least, greatest)), Raw::Whole(whole)) => {
                if !(least..=greatest).contains(&whole) {
                    return Err(format!("`{word}` holds {least} to {greatest}, and not {whole}"));
                }
                Ok(whole.to_le_bytes().into_iter().take(self.size()).collect())
            }
            (_, Some(_), Raw::Fraction(fraction)) => Err(format!(
                "`{word}` holds whole numbers, and not {fraction}; give a `scale` where it is in parts of a unit"
            )),
            (_, None, _) => self.write_medical(as_fraction).ok_or_else(|| {
                format!(
                    "`{word}` cannot say {as_fraction}: it has too many digits, or is too large"
                )
            }),
        }
    }

    /// The mantissa and the exponent that say the number exactly, with the exponent nearest to 0.
    fn write_medical(self, number: f64) -> Option<Vec<u8>> {
        let (mantissa_bits, exponent_bits, greatest) = self.medical()?;
        let most = (1_i32 << (exponent_bits - 1)) - 1;
        let mut exponents: Vec<i32> = (-most - 1..=most).collect();
        exponents.sort_by_key(|exponent| exponent.abs());
        exponents.into_iter().find_map(|exponent| {
            let mantissa = number / 10_f64.powi(exponent);
            let whole = mantissa.round();
            // What is left is the rounding of the division.
            let is_exact = (mantissa - whole).abs() <= mantissa.abs() * 1e-12;
            let fits = is_exact && whole.abs() <= greatest as f64;
            let mantissa = fits.then_some(whole as i64)?;
            let mask = |bits: u32| (1_i64 << bits) - 1;
            let bits = (i64::from(exponent) & mask(exponent_bits)) << mantissa_bits
                | mantissa & mask(mantissa_bits);
            Some(bits.to_le_bytes().into_iter().take(self.size()).collect())
        })
    }
}

/// A number as it lies in a value, before it has a scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Raw {
    Whole(i128),
    Fraction(f64),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WHOLE: [Format; 10] = [
        Format::U8,
        Format::I8,
        Format::U16,
        Format::I16,
        Format::U24,
        Format::I24,
        Format::U32,
        Format::I32,
        Format::U64,
        Format::I64,
    ];

    #[test]
    fn the_last_byte_weighs_most() {
        for (format, number, bytes) in [
            (Format::U8, 255, &[0xff][..]),
            (Format::I8, -1, &[0xff]),
            (Format::U16, 0x1234, &[0x34, 0x12]),
            (Format::I16, -1250, &[0x1e, 0xfb]),
            (Format::U24, 0x01_0203, &[3, 2, 1]),
            (Format::I24, -2, &[0xfe, 0xff, 0xff]),
            (Format::U64, u64::MAX.into(), &[0xff; 8]),
        ] {
            assert_eq!(format.write(Raw::Whole(number)).unwrap(), bytes, "{format:?}");
            assert_eq!(format.read(bytes), Some(Raw::Whole(number)), "{format:?}");
        }
        assert_eq!(Format::U16.read(&[1]), None);
        assert_eq!(Format::F32.write(Raw::Fraction(1.5)).unwrap(), 1.5_f32.to_le_bytes());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let error = Format::U8.write(Raw::Whole(256)).unwrap_err();
        assert_eq!(error, "`u8` holds 0 to 255, and not 256");
        assert!(Format::I24.write(Raw::Whole(1 << 23)).is_err());
        assert!(Format::U16.write(Raw::Fraction(1.5)).unwrap_err().contains("whole numbers"));
        assert!(Format::F32.write(Raw::Fraction(1e39)).is_err());
        assert!(Format::Sfloat.write(Raw::Fraction(1.23456)).unwrap_err().contains("digits"));
        assert!(Format::Sfloat.write(Raw::Fraction(f64::NAN)).is_err());
    }

    #[test]
    fn medical_numbers() {
        // 36.4 °C, as thermometers send it.
        assert_eq!(Format::Float.write(Raw::Fraction(36.4)).unwrap(), [0x6c, 0x01, 0x00, 0xff]);
        assert_eq!(Format::Sfloat.write(Raw::Fraction(114.0)).unwrap(), [0x72, 0x00]);
        let read = |format: Format, bytes: &[u8]| match format.read(bytes) {
            Some(Raw::Fraction(number)) => number,
            other => panic!("{other:?}"),
        };
        assert!((read(Format::Sfloat, &[0x6c, 0xf1]) - 36.4).abs() < 1e-9);
        assert!(read(Format::Sfloat, &[0xff, 0x07]).is_nan());
        assert!(read(Format::Sfloat, &[0x00, 0x08]).is_nan());
        assert_eq!(read(Format::Sfloat, &[0xfe, 0x07]), f64::INFINITY);
        assert_eq!(read(Format::Sfloat, &[0x02, 0x08]), f64::NEG_INFINITY);
        assert!(read(Format::Float, &[0xff, 0xff, 0x7f, 0x00]).is_nan());
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back(which in 0..WHOLE.len(), number in any::<i64>()) {
            let format = WHOLE[which];
            let number = i128::from(number) >> (64 - 8 * format.size());
            let (least, _) = format.bounds().unwrap();
            let number = if least == 0 { number.abs() } else { number };
            let bytes = format.write(Raw::Whole(number)).unwrap();
            prop_assert_eq!(bytes.len(), format.size());
            prop_assert_eq!(format.read(&bytes), Some(Raw::Whole(number)));
        }

        #[test]
        fn a_medical_number_is_read_back(mantissa in -2045_i32..=2045, exponent in -4_i32..=4) {
            let number = f64::from(mantissa) * 10_f64.powi(exponent);
            let bytes = Format::Sfloat.write(Raw::Fraction(number)).unwrap();
            let Some(Raw::Fraction(back)) = Format::Sfloat.read(&bytes) else { panic!() };
            prop_assert!((back - number).abs() <= number.abs() * 1e-9, "{} and {}", number, back);
        }

        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..10)) {
            for format in WHOLE.into_iter().chain([Format::F32, Format::Sfloat, Format::Float]) {
                prop_assert_eq!(format.read(&bytes).is_some(), bytes.len() >= format.size());
            }
        }
    }
}
