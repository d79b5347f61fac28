//! Chance, from one seed: every concern of every device draws from a generator of its own, so that
//! what one does leaves the draws of the others as they were.

use fastrand::Rng;

/// Makes generators from a seed.
#[derive(Clone, Copy)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Dice(seed)
    }

    /// The generator for a concern of somebody, always the same for the same words and seed.
    pub(super) fn generator(self, concern: &str, of: impl std::fmt::Display) -> Rng {
        // FNV-1a: the words decide the seed, today and in the next release of any library.
        let words = format!("{concern} {of}");
        let start = 0xcbf2_9ce4_8422_2325 ^ self.0;
        let seed = words
            .bytes()
            .fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Rng::with_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn a_generator_depends_on_seed_concern_and_owner() {
        let draw = |seed, concern, of| Dice::new(seed).generator(concern, of).u64(..);
        assert_eq!(draw(1, "rssi", "a"), draw(1, "rssi", "a"));
        assert_ne!(draw(1, "rssi", "a"), draw(2, "rssi", "a"));
        assert_ne!(draw(1, "rssi", "a"), draw(1, "rssi", "b"));
        assert_ne!(draw(1, "rssi", "a"), draw(1, "pair", "a"));
    }
}
