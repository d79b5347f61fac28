//! How many bits each subband of a frame gets (A2DP Appendix B, 12.6.3).

use super::{Allocation, ChannelMode, Configuration};

/// How much less an ear needs of each subband, by sampling frequency as it rises (Appendix B, tables 12.18 and 12.19).
const OFFSETS_4: [[i32; 4]; 4] = [[-1, 0, 0, 0], [-2, 0, 0, 1], [-2, 0, 0, 1], [-2, 0, 0, 1]];
const OFFSETS_8: [[i32; 8]; 4] = [
    [-2, 0, 0, 0, 0, 0, 0, 1],
    [-3, 0, 0, 0, 0, 0, 1, 2],
    [-4, 0, 0, 0, 0, 0, 1, 2],
    [-4, 0, 0, 0, 0, 0, 1, 2],
];
/// The most bits of a sample.
const MOST: i32 = 16;

/// The bits of each subband of each channel, from their scale factors.
pub(super) fn bits(
    configuration: &Configuration,
    bitpool: usize,
    factors: &[Vec<u8>],
) -> Vec<Vec<usize>> {
    let needs: Vec<Vec<i32>> =
        factors.iter().map(|factors| needs(configuration, factors)).collect();
    if matches!(configuration.mode, ChannelMode::Mono | ChannelMode::DualChannel) {
        return needs.iter().map(|needs| share(needs, bitpool)).collect();
    }
    // Two channels that share the bits are served subband by subband, the left one first.
    let subbands = configuration.subbands.count();
    let row: Vec<i32> = (0..subbands)
        .flat_map(|subband| needs.iter().filter_map(move |needs| needs.get(subband).copied()))
        .collect();
    let shared = share(&row, bitpool);
    let channels = needs.len();
    (0..channels)
        .map(|channel| shared.iter().skip(channel).step_by(channels).copied().collect())
        .collect()
}

fn needs(configuration: &Configuration, factors: &[u8]) -> Vec<i32> {
    let frequency = usize::from(configuration.frequency.code());
    let offsets: &[i32] = match factors.len() {
        4 => OFFSETS_4.get(frequency).map_or(&[], |row| row),
        _ => OFFSETS_8.get(frequency).map_or(&[], |row| row),
    };
    let need = |(factor, offset): (&u8, &i32)| match (configuration.allocation, i32::from(*factor))
    {
        (Allocation::Snr, factor) => factor,
        (Allocation::Loudness, 0) => -5,
        (Allocation::Loudness, factor) if factor > *offset => (factor - offset) / 2,
        (Allocation::Loudness, factor) => factor - offset,
    };
    factors.iter().zip(offsets).map(need).collect()
}

/// Shares a pool of bits out among subbands by what they need.
fn share(needs: &[i32], bitpool: usize) -> Vec<usize> {
    let pool = i32::try_from(bitpool).unwrap_or(i32::MAX);
    let all = i32::try_from(needs.len()).unwrap_or(0) * MOST;
    let pool = pool.min(all);
    let (slice, mut used) = slice(needs, pool);
    let mut bits: Vec<i32> = needs
        .iter()
        .map(|need| if *need < slice + 2 { 0 } else { (need - slice).min(MOST) })
        .collect();
    for (bits, need) in bits.iter_mut().zip(needs) {
        if used >= pool {
            break;
        }
        if (2..MOST).contains(bits) {
            *bits += 1;
            used += 1;
        } else if *need == slice + 1 && pool > used + 1 {
            *bits = 2;
            used += 2;
        }
    }
    for bits in &mut bits {
        if used < pool && *bits < MOST {
            *bits += 1;
            used += 1;
        }
    }
    bits.into_iter().map(|bits| usize::try_from(bits).unwrap_or(0)).collect()
}

/// How deep the pool reaches into the needs, and how much of it is used there.
fn slice(needs: &[i32], pool: i32) -> (i32, i32) {
    let (mut count, mut more) = (0, 0);
    let mut slice = needs.iter().max().copied().unwrap_or(0) + 1;
    loop {
        slice -= 1;
        count += more;
        more = needs
            .iter()
            .map(|need| match need - slice {
                1 => 2,
                2..=15 => 1,
                _ => 0,
            })
            .sum();
        if count + more >= pool {
            break;
        }
    }
    if count + more == pool { (slice - 1, pool) } else { (slice, count) }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn no_more_bits_are_shared_out_than_there_are() {
        for needs in [[7, 5, 3, 1, 0, -5, -5, -5], [0; 8], [15; 8], [-5; 8]] {
            for pool in [2, 18, 53, 128, 250] {
                let bits = share(&needs, pool);
                assert!(bits.iter().sum::<usize>() <= pool, "{needs:?} {pool} {bits:?}");
                assert!(bits.iter().all(|bits| *bits <= 16));
            }
        }
        assert_eq!(share(&[7, 5, 3, 1, 0, -5, -5, -5], 18), [8, 6, 4, 0, 0, 0, 0, 0]);
    }
}
