//! Properties in tests: tried on the same inputs every time, whatever the environment says.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRng, TestRunner};

/// Holds `property` to this many inputs of `strategy`. It fails by panicking.
pub fn holds<S: Strategy>(cases: u32, strategy: S, property: impl Fn(S::Value)) {
    // All that `PROPTEST_*` could change.
    let config = Config {
        cases,
        max_local_rejects: 65_536,
        max_global_rejects: 1_024,
        max_flat_map_regens: 1_000_000,
        max_shrink_time: 0,
        max_shrink_iters: 1_000,
        max_default_size_range: 100,
        verbose: 0,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Random,
        failure_persistence: None,
        source_file: None,
        test_name: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let tried = TestRunner::new_with_rng(config, rng).run(&strategy, |input| {
        property(input);
        Ok(())
    });
    if let Err(failure) = tried {
        panic!("{failure}");
    }
}

/// A change of a text.
#[derive(Debug, Clone)]
pub enum Edit {
    DeleteLine(usize),
    RepeatLine(usize),
    SwapLines(usize, usize),
    Truncate(usize),
    Byte(usize, u8),
    Insert(usize, &'static str),
}

/// Changes of a text, some of which put one of `words` somewhere.
pub fn edits(words: &'static [&'static str]) -> impl Strategy<Value = Vec<Edit>> {
    let place = any::<prop::sample::Index>().prop_map(|index| index.index(1 << 20));
    let edit = prop_oneof![
        place.clone().prop_map(Edit::DeleteLine),
        place.clone().prop_map(Edit::RepeatLine),
        (place.clone(), place.clone()).prop_map(|(one, other)| Edit::SwapLines(one, other)),
        place.clone().prop_map(Edit::Truncate),
        (place.clone(), any::<u8>()).prop_map(|(place, byte)| Edit::Byte(place, byte)),
        (place, prop::sample::select(words)).prop_map(|(place, word)| Edit::Insert(place, word)),
    ];
    prop::collection::vec(edit, 1..4)
}

/// The text with these changes.
pub fn edited(text: &[u8], edits: &[Edit]) -> Vec<u8> {
    edits.iter().fold(text.to_vec(), |mut text, edit| {
        let mut lines: Vec<&[u8]> = text.split_inclusive(|&byte| byte == b'\n').collect();
        if lines.is_empty() {
            return text;
        }
        let count = lines.len();
        match *edit {
            Edit::DeleteLine(line) => {
                lines.remove(line % count);
                lines.concat()
            }
            Edit::RepeatLine(line) => {
                lines.insert(line % count, lines[line % count]);
                lines.concat()
            }
            Edit::SwapLines(one, other) => {
                lines.swap(one % count, other % count);
                lines.concat()
            }
            Edit::Truncate(length) => {
                text.truncate(length % text.len());
                text
            }
            Edit::Byte(place, byte) => {
                let place = place % text.len();
                text[place] = byte;
                text
            }
            Edit::Insert(place, word) => {
                let place = place % text.len();
                text.splice(place..place, word.bytes());
                text
            }
        }
    })
}

/// Bytes of any kind.
pub fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..most)
}
