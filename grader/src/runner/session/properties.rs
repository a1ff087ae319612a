//! Whatever a child sends, a check passes only by a verdict that is signed, and is on that check.

use std::io::Write;

use proptest::prelude::*;

use super::tests::session;
use super::*;
use crate::properties::{bytes, edited, edits, holds};

/// What does not come by then does not come: all that is sent is there already.
const PATIENCE: Duration = Duration::from_secs(60);

const ASKED: usize = 1;

/// Something that comes on the wire as a line.
#[derive(Debug, Clone)]
enum Line {
    Verdict {
        token: &'static str,
        check: usize,
        passed: bool,
    },
    /// A line that is none of the protocol's.
    Other(Vec<u8>),
    /// The beginning of a verdict that would count, which ends with the line.
    Half(usize),
}

fn verdict(token: &str, check: usize, passed: bool) -> Vec<u8> {
    let verdict = if passed { Verdict::Passed } else { Verdict::Failed { message: "no".into() } };
    serde_json::to_vec(&Signed { token: token.into(), event: Event::Finished { check, verdict } }).unwrap()
}

impl Line {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = match self {
            Line::Verdict { token, check, passed } => verdict(token, *check, *passed),
            Line::Other(bytes) => bytes.clone(),
            Line::Half(length) => {
                let whole = verdict("secret", ASKED, true);
                whole[..length % whole.len()].to_vec()
            }
        };
        bytes.push(b'\n');
        bytes
    }

    /// What it says of the check that was asked for.
    fn counts(&self) -> Option<bool> {
        match self {
            Line::Verdict { token: "secret", check: ASKED, passed } => Some(*passed),
            _ => None,
        }
    }
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let verdict = (prop::sample::select(vec!["secret", "", "SECRET", "secret "]), 0..3_usize, any::<bool>());
    let line = prop_oneof![
        4 => verdict.prop_map(|(token, check, passed)| Line::Verdict { token, check, passed }),
        2 => bytes(60).prop_map(|bytes| Line::Other(bytes.into_iter().filter(|&byte| byte != b'\n').collect())),
        1 => Just(Line::Other(b"[".repeat(10_000))),
        1 => Just(Line::Other(br#"{"token":"secret","event":"#.repeat(2_000))),
        1 => Just(Line::Other(br#"{"token":"secret","event":{"ready":{"device":"","checks":[],"figures":[]}}}"#.to_vec())),
        2 => any::<usize>().prop_map(Line::Half),
    ];
    prop::collection::vec(line, 0..12)
}

/// What comes of waiting for the check, where these pieces are sent one after the other.
fn answer_to(pieces: &[&[u8]]) -> Answer<Verdict> {
    let (mut session, mut theirs, status) = session();
    for piece in pieces {
        theirs.write_all(piece).unwrap();
        // As if it had come by itself.
        session.events.fill();
    }
    drop((theirs, status));
    session.wait(ASKED, PATIENCE)
}

#[test]
fn a_check_passes_by_its_own_signed_verdict_alone_however_it_arrives() {
    holds(300, (lines(), prop::collection::vec(any::<prop::sample::Index>(), 0..6)), |(lines, cuts)| {
        let stream: Vec<u8> = lines.iter().flat_map(Line::bytes).collect();
        let mut cuts: Vec<usize> =
            cuts.iter().map(|cut| cut.index(stream.len() + 1)).chain([0, stream.len()]).collect();
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]).collect();
        let expected = match lines.iter().find_map(Line::counts) {
            Some(true) => Answer::Said(Verdict::Passed),
            Some(false) => Answer::Said(Verdict::Failed { message: "no".into() }),
            None => Answer::Ended(None),
        };
        assert_eq!(answer_to(&pieces), expected);
    });
}

#[test]
fn a_verdict_with_any_mistakes_is_not_a_pass_unless_it_still_says_so() {
    const WORDS: &[&str] = &["passed", "\"token\":\"secret\",", "\\u0041", "}", "{", "1", "\n"];
    let failed = verdict("secret", ASKED, false);
    let unsigned = verdict("guess", ASKED, true);
    holds(500, edits(WORDS), |edits| {
        for line in [&failed, &unsigned] {
            assert_ne!(answer_to(&[&edited(line, &edits), b"\n"]), Answer::Said(Verdict::Passed));
        }
    });
}

#[test]
fn what_has_no_end_of_line_is_no_verdict() {
    assert_eq!(answer_to(&[&verdict("secret", ASKED, true)]), Answer::Ended(None));
}

#[test]
fn a_verdict_that_comes_before_it_was_asked_for_is_none() {
    let (mut session, mut theirs, status) = session();
    let early = [verdict("secret", ASKED, true), b"\n".to_vec()].concat();
    theirs.write_all(&early).unwrap();
    session.ask(ASKED);
    drop((theirs, status));
    assert_eq!(session.wait(ASKED, PATIENCE), Answer::Ended(None));
}

/// Writes more than is kept, until nobody reads any more. Not without end: lines that come no faster than they are read
/// are no flood, and would be read until the deadline.
fn flood(with: &'static [u8]) -> usize {
    let (mut session, mut theirs, status) = session();
    let times = 2 * Lines::LONGEST / with.len();
    let flood = std::thread::spawn(move || (0..times).all(|_| theirs.write_all(with).is_ok()));
    assert_eq!(session.wait(ASKED, PATIENCE), {
        drop(status);
        Answer::Ended(None)
    });
    let kept = session.events.buffer.capacity();
    drop(session);
    flood.join().unwrap();
    kept
}

#[test]
fn of_a_flood_no_more_is_kept_than_a_message_may_be_long() {
    for with in [&[b'x'; 1 << 16], &[b'\n'; 1 << 16]] {
        let kept = flood(with);
        assert!(kept <= 4 * Lines::LONGEST, "{kept} bytes");
    }
}

#[test]
fn any_notes_of_a_supervisor_are_read_and_none_has_others_killed() {
    const WORDS: &[&str] = &["-", "1", "0", "99999999999", "null", "{", "\"ended\"", "\n"];
    let notes = b"{\"started\":{\"pid\":4194000}}\n{\"ended\":{\"exited\":0}}\n";
    let any_notes = prop_oneof![bytes(80), edits(WORDS).prop_map(|edits| edited(notes, &edits))];
    holds(500, any_notes, |notes| {
        let (mut session, theirs, mut status) = session();
        status.write_all(&notes).unwrap();
        drop((theirs, status));
        assert!(matches!(session.wait(ASKED, PATIENCE), Answer::Ended(_)));
        assert!(session.group.is_none_or(|group| group.as_raw_pid() > 1));
        // Dropping it kills the group; this number is above those that the system gives.
        session.group = None;
    });
    for pid in ["0", "1", "-1", "-2147483648"] {
        let (mut session, theirs, mut status) = session();
        writeln!(status, "{{\"started\":{{\"pid\":{pid}}}}}").unwrap();
        drop((theirs, status));
        assert_eq!(session.wait(ASKED, PATIENCE), Answer::Ended(None));
        assert_eq!(session.group, None, "{pid}");
    }
}

#[test]
fn an_order_that_is_cut_short_or_is_none_is_an_error() {
    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
    use std::io::IoSlice;
    use std::mem::MaybeUninit;

    use crate::worker::message::receive;

    holds(200, (any::<Option<u8>>(), bytes(60), any::<bool>()), |(length, body, with_descriptors)| {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let length = u32::from(length.unwrap_or(body.len() as u8)).to_le_bytes();
        let descriptors = [ours.as_fd(); 3];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if with_descriptors {
            ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
        }
        sendmsg(&theirs, &[IoSlice::new(&length)], &mut ancillary, SendFlags::empty()).unwrap();
        theirs.write_all(&body).unwrap();
        drop(theirs);
        assert!(receive(ours.as_fd()).is_err());
    });
}
