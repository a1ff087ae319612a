//! What a learner reads: for each exercise the likeliest slips, and the message of the first check that sees
//! them. A message names the call, shows the smallest failing input and both sides, and says what the slip is.

use std::fs;

use crate::support::{Submission, root};

/// Per exercise: slips that are wrong answers under `fixtures/exNN/answers/wrong/`.
const SLIPS: [(&str, [&str; 3]); 4] = [
    ("ex01", ["write_is_lost", "times_mask", "contiguous_is_no_copy"]),
    ("ex02", ["no_keepdim", "columns", "dtype_always_kept"]),
    ("ex03", ["float32", "backward_per_input", "swapped"]),
    ("ex04", ["never_zeroed", "last_loss_missing", "all_in_no_grad"]),
];

#[test]
fn the_likeliest_slips_can_be_found_from_their_messages() {
    for round in 0..3 {
        let submission = Submission::solved();
        for (id, slips) in SLIPS {
            let answer = root().join("fixtures").join(id).join(format!("answers/wrong/{}.rs", slips[round]));
            fs::copy(&answer, submission.source(id)).unwrap();
        }
        let score = submission.score(&["--timeout", "60"]);
        for (id, slips) in SLIPS {
            let checks = score.exercise(id)["checks"].as_array().unwrap();
            let failed = checks.iter().find(|check| check["status"] != "passed").unwrap();
            let text = |key: &str| failed[key].as_str().unwrap().to_owned();
            let message = format!("✗ {} ({})\n\n{}", text("name"), text("status"), text("message"));
            insta::assert_snapshot!(format!("{id}_{}", slips[round]), message);
            assert!(message.contains("Likely cause: "), "{id} {}: {message}", slips[round]);
        }
    }
}
