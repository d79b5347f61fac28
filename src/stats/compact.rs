//! A histogram in few bytes, to be kept: a night of 10,000 tries takes about a kilobyte.
//!
//! Numbers of any size in groups of seven bits, the lowest first, as in WebAssembly and DWARF (LEB128):
//! the bits of a cell's number, the smallest and the largest value, their sum; then for each cell how far
//! it is from the one before it, and how many values are in it.

use super::Histogram;
use super::histogram::cell_of;

impl<const BITS: u32> Histogram<BITS> {
    /// The histogram as bytes; none at all for one that is empty.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let Some((min, max)) = self.range else { return bytes };
        for number in [BITS.into(), min.into(), max.into(), self.sum] {
            put(number, &mut bytes);
        }
        let mut before = 0;
        for (cell, count) in &self.cells {
            put(u128::from(cell - before), &mut bytes);
            put(u128::from(*count), &mut bytes);
            before = *cell;
        }
        bytes
    }

    /// The histogram of these bytes; none where they are not what [`Self::to_bytes`] writes.
    #[must_use]
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut histogram = Self::default();
        if bytes.is_empty() {
            return Some(histogram);
        }
        let bits = take(&mut bytes)?;
        let (min, max) = (small(&mut bytes)?, small(&mut bytes)?);
        histogram.sum = take(&mut bytes)?;
        histogram.range = Some((min, max));
        let mut cell = 0_u64;
        while !bytes.is_empty() {
            let step = small(&mut bytes)?;
            let count = small(&mut bytes).filter(|count| *count > 0)?;
            cell = cell.checked_add(step)?;
            histogram.count = histogram.count.checked_add(count)?;
            if histogram.cells.insert(cell, count).is_some() {
                return None;
            }
        }
        let ends = [histogram.cells.first_key_value(), histogram.cells.last_key_value()];
        let ends = ends.map(|end| end.map(|(cell, _)| *cell));
        let right = ends == [Some(cell_of::<BITS>(min)), Some(cell_of::<BITS>(max))];
        (bits == BITS.into() && right).then_some(histogram)
    }
}

fn put(mut number: u128, bytes: &mut Vec<u8>) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or(0);
        number >>= 7;
        bytes.push(if number == 0 { low } else { low | 0x80 });
        if number == 0 {
            return;
        }
    }
}

fn take(bytes: &mut &[u8]) -> Option<u128> {
    let mut number = 0_u128;
    for shift in (0..128).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u128::from(byte & 0x7f);
        number |= bits.checked_mul(1 << shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn small(bytes: &mut &[u8]) -> Option<u64> {
    u64::try_from(take(bytes)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_night_takes_about_a_kilobyte() {
        let mut night: Histogram = Histogram::default();
        (0..10_000_u64).for_each(|n| night.record(300_000 + n * n % 120_000));
        let bytes = night.to_bytes();
        assert!(bytes.len() < 1500, "{}", bytes.len());
        assert_eq!(Histogram::from_bytes(&bytes), Some(night));
    }

    #[test]
    fn nothing_is_no_bytes() {
        assert!(Histogram::<10>::default().to_bytes().is_empty());
        assert_eq!(Histogram::<10>::from_bytes(&[]), Some(Histogram::default()));
    }

    #[test]
    fn other_cells_are_not_taken_for_these() {
        let mut coarse: Histogram<5> = Histogram::default();
        coarse.record(1_000_000);
        assert_eq!(Histogram::<10>::from_bytes(&coarse.to_bytes()), None);
    }

    proptest! {
        #[test]
        fn what_is_kept_comes_back(values in proptest::collection::vec(any::<u64>(), 0..200)) {
            let mut histogram: Histogram = Histogram::default();
            values.iter().for_each(|value| histogram.record(*value));
            prop_assert_eq!(Histogram::from_bytes(&histogram.to_bytes()), Some(histogram));
        }

        #[test]
        fn any_bytes_are_borne(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            if let Some(histogram) = Histogram::<10>::from_bytes(&bytes) {
                let _ = (histogram.percentile(50), histogram.mean());
                prop_assert_eq!(histogram.cells().map(|(_, n)| n).sum::<u64>(), histogram.count());
            }
        }
    }
}
