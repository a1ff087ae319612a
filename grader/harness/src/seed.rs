//! Where randomness comes from: always the same for the same seed, exercise and check.

use proptest::test_runner::{RngAlgorithm, TestRng};

/// The generator of a check's inputs.
pub(crate) fn generator(seed: u64, exercise: &str, check: &str) -> TestRng {
    let mut state = fnv1a(seed, exercise.bytes().chain([0]).chain(check.bytes()));
    let mut bytes = [0_u8; 32];
    for word in bytes.chunks_exact_mut(8) {
        word.copy_from_slice(&split_mix(&mut state).to_le_bytes());
    }
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

/// FNV-1a, 64 bits, started at the seed.
/// Source: <http://www.isthe.com/chongo/tech/comp/fnv/>
fn fnv1a(seed: u64, bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// SplitMix64. Source: <https://prng.di.unimi.it/splitmix64.c>
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *state;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::Rng;

    #[test]
    fn the_same_seed_and_check_give_the_same_numbers_and_any_other_does_not() {
        let first = |seed, exercise, check| generator(seed, exercise, check).next_u64();
        assert_eq!(first(1, "ex01", "a"), first(1, "ex01", "a"));
        let others =
            [first(1, "ex01", "a"), first(2, "ex01", "a"), first(1, "ex02", "a"), first(1, "ex01", "b")];
        for (i, one) in others.iter().enumerate() {
            assert!(!others[i + 1..].contains(one));
        }
        // No two splits of the same letters coincide.
        assert_ne!(first(1, "ex01a", "b"), first(1, "ex01", "ab"));
    }
}
