//! Whatever comes on the wire is a message or an error, and a message arrives as it was sent.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::*;

/// Holds `property` to inputs that are the same every time, whatever the environment says.
fn holds<S: Strategy>(strategy: S, property: impl Fn(S::Value)) {
    let config = Config {
        cases: 500,
        max_shrink_time: 0,
        max_shrink_iters: 1_000,
        max_local_rejects: 65_536,
        max_global_rejects: 1_024,
        verbose: 0,
        failure_persistence: None,
        source_file: None,
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

fn signed() -> impl Strategy<Value = Signed> {
    let verdict = prop_oneof![
        Just(Verdict::Passed),
        any::<String>().prop_map(|message| Verdict::Failed { message }),
        any::<String>().prop_map(|message| Verdict::Todo { message }),
        any::<String>().prop_map(|message| Verdict::Panicked { message }),
    ];
    (any::<String>(), any::<usize>(), verdict)
        .prop_map(|(token, check, verdict)| Signed { token, event: Event::Finished { check, verdict } })
}

#[test]
fn any_messages_arrive_as_they_were_sent_each_on_a_line() {
    holds(proptest::collection::vec(signed(), 0..6), |messages| {
        let mut wire = Vec::new();
        messages.iter().for_each(|message| send(&mut wire, message).unwrap());
        assert_eq!(wire.iter().filter(|&&byte| byte == b'\n').count(), messages.len());
        let mut wire = wire.as_slice();
        for message in messages {
            assert_eq!(receive(&mut wire).unwrap(), Some(message));
        }
        assert_eq!(receive::<Signed>(&mut wire).unwrap(), None);
    });
}

#[test]
fn a_message_that_is_cut_short_is_an_error() {
    holds((signed(), any::<proptest::sample::Index>()), |(message, length)| {
        let whole = serde_json::to_vec(&message).unwrap();
        let mut cut = &whole[..1 + length.index(whole.len() - 1)];
        assert!(receive::<Signed>(&mut cut).is_err());
    });
}

#[test]
fn any_bytes_are_no_message() {
    holds(proptest::collection::vec(any::<u8>(), 1..200), |bytes| {
        let mut wire = bytes.as_slice();
        while !wire.is_empty() {
            assert!(receive::<Signed>(&mut wire).is_err());
            assert!(receive::<Job>(&mut wire).is_err() || wire.is_empty());
        }
    });
    let deep = r#"{"token":"","event":"#.repeat(100_000);
    assert!(receive::<Signed>(&mut deep.as_bytes()).is_err());
}
