//! What learners' code may do, whatever it is (`grader/README.md` says what must hold), with the real grader and
//! real libtorch. The misbehaviour is put into one function of one solution; every other check of
//! every exercise must have the verdict it has without it.

use std::fs;

use crate::support::{CHECK_OF_TEN, Score, Submission, grader, root};

/// Scores the solutions with `code` at the beginning of `diagonal_to_zero(10)`, and checks that all other
/// checks pass. Returns status, message and output of the one check that meets it.
fn meets(code: &str, arguments: &[&str]) -> (String, String, String) {
    let score = Submission::where_ten_is_asked(code).score(arguments);
    let unpassed: Vec<_> =
        score.unpassed().into_iter().filter(|name| !name.ends_with(CHECK_OF_TEN)).collect();
    assert!(unpassed.is_empty(), "{unpassed:?}: the others do not have the verdict they have alone");
    let check = score.check("ex01", CHECK_OF_TEN);
    let text = |key: &str| check[key].as_str().unwrap().to_owned();
    if text("status") != "passed" {
        assert_eq!(check["score"], 0);
    }
    (text("status"), text("message"), text("output"))
}

#[track_caller]
fn assert_meets(code: &str, status: &str, words: &[&str]) {
    // Long where no time-out is expected: this machine may be busy with other tests.
    let timeout = if status == "timed_out" { "2" } else { "60" };
    let (found, message, output) = meets(code, &["--timeout", timeout]);
    assert_eq!(found, status, "{message}\n{output}");
    for word in words {
        assert!(message.contains(word), "“{word}” is not in: {message}");
    }
}

#[test]
fn every_solution_of_the_course_has_full_marks() {
    let score = Score::of(grader().args(["--solutions", "--format", "json"]).output().unwrap());
    assert_eq!(score.unpassed(), Vec::<String>::new());
    assert_eq!(score.json["score"], score.json["max_score"]);
    assert!(score.json["max_score"].as_u64().unwrap() >= 40);
}

#[test]
fn every_untouched_exercise_of_the_course_scores_0_with_every_check_todo() {
    let score = Submission::untouched().score(&[]);
    assert_eq!(score.json["score"], 0);
    for exercise in score.json["exercises"].as_array().unwrap() {
        assert_eq!(exercise["status"], "todo", "{}", exercise["id"]);
        let checks = exercise["checks"].as_array().unwrap();
        assert!(!checks.is_empty() && checks.iter().all(|check| check["status"] == "todo"), "{checks:#?}");
    }
}

#[test]
fn a_todo_is_todo_and_not_failed() {
    assert_meets("todo!()", "todo", &["todo"]);
}

#[test]
fn a_panic_is_shown_with_its_place_and_words() {
    assert_meets(r#"panic!("my own words")"#, "panicked", &["src/lib.rs:", "my own words", "n = 10"]);
}

#[test]
fn an_endless_recursion_is_a_crash_that_says_so() {
    let code = "fn deeper(depth: u64) -> u64 { if std::hint::black_box(depth) == 0 { 0 } else { 1 + deeper(depth + 1) } }
                assert!(deeper(1) > 0);";
    assert_meets(code, "crashed", &["stack overflowed"]);
}

#[test]
fn an_abort_is_a_crash() {
    assert_meets("std::process::abort()", "crashed", &["SIGABRT"]);
}

#[test]
fn an_exit_with_0_is_a_crash() {
    assert_meets("std::process::exit(0)", "crashed", &["exit code 0", "process::exit"]);
}

#[test]
fn lines_that_look_like_results_are_output_and_nothing_else() {
    let code = r##"
        println!("test result: ok. 7 passed; 0 failed");
        println!(r#"{{"token":"","event":{{"finished":{{"check":0,"verdict":"passed"}}}}}}"#);
        eprintln!(r#"{{"finished":{{"check":0,"verdict":"passed"}}}}"#);
        std::process::exit(0)"##;
    let (status, message, output) = meets(code, &["--timeout", "60"]);
    assert_eq!(status, "crashed", "{message}");
    assert!(output.contains("test result: ok") && output.contains(r#""verdict":"passed""#), "{output}");
}

#[test]
fn what_is_written_to_every_descriptor_there_is_is_no_verdict() {
    let code = r##"
        let forged = r#"{"token":"","event":{"finished":{"check":0,"verdict":"passed"}}}"#.to_owned() + "\n";
        let folders = ["/proc/self/fd", "/dev/fd", "/proc/thread-self/fd"];
        for path in folders.iter().flat_map(|folder| (0..64).map(move |fd| format!("{folder}/{fd}"))) {
            let _ = std::fs::OpenOptions::new().write(true).open(&path)
                .and_then(|mut file| std::io::Write::write_all(&mut file, forged.as_bytes()));
        }
        std::process::exit(0)"##;
    assert_meets(code, "crashed", &["exit code 0"]);
}

#[test]
fn a_segmentation_fault_inside_libtorch_is_a_crash_that_names_the_usual_cause() {
    let code = "let (y, w) = (Tensor::from(2.0), Tensor::from(1.0).set_requires_grad(true));
                let _ = Tensor::run_backward(&[&y], &[&w], false, false);";
    assert_meets(code, "crashed", &["SIGSEGV", "run_backward"]);
}

#[test]
fn an_endless_loop_times_out() {
    assert_meets("while std::hint::black_box(true) {}", "timed_out", &["2 s"]);
}

#[test]
fn a_sleeper_times_out() {
    assert_meets("std::thread::sleep(std::time::Duration::from_secs(3600))", "timed_out", &["2 s"]);
}

#[test]
fn where_every_check_of_an_exercise_hangs_each_times_out_and_the_others_pass() {
    let name = "pub fn normalize_rows(m: &Tensor) -> Result<Tensor, TchError> {";
    let submission = Submission::solved().insert("ex02", name, "while std::hint::black_box(true) {}");
    let score = submission.score(&["--timeout", "3"]);
    let checks = score.exercise("ex02")["checks"].as_array().unwrap();
    assert!(checks.len() > 4 && checks.iter().all(|check| check["status"] == "timed_out"), "{checks:#?}");
    assert!(score.unpassed().iter().all(|name| name.starts_with("ex02")));
}

#[test]
fn an_endless_allocation_is_out_of_memory() {
    let code = "let mut hoard = Vec::new(); loop { hoard.push(vec![1_u8; 1 << 24]); }";
    let (status, message, _) = meets(code, &["--timeout", "60"]);
    assert_eq!(status, "crashed", "{message}");
    assert!(message.contains("out of memory"), "{message}");
}

#[test]
fn too_large_a_tensor_is_an_error_of_the_function() {
    let code = "let hoard = Tensor::ones([1 << 20, 1 << 12], (Kind::Double, Device::Cpu)); return Ok(hoard);";
    let (status, message, _) = meets(code, &["--timeout", "60"]);
    assert!(["panicked", "crashed"].contains(&status.as_str()), "{status}");
    assert!(message.contains("memory"), "{message}");
}

#[test]
fn a_program_that_is_started_is_not_left_behind() {
    let code = r#"let _ = std::process::Command::new("sleep").arg("86399.75").spawn();"#;
    assert_meets(code, "passed", &[]);
    let running = fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    assert_eq!(running.filter(|words| words.starts_with(b"sleep\x0086399.75")).count(), 0);
}

#[test]
fn a_thread_left_behind_disturbs_no_other_check() {
    let code =
        r#"std::thread::spawn(|| loop { println!("noise from a thread"); std::thread::yield_now(); });"#;
    let score = Submission::where_ten_is_asked(code).score(&[]);
    assert_eq!(score.unpassed(), Vec::<String>::new());
    for check in score.exercise("ex01")["checks"].as_array().unwrap() {
        let noise = check["output"].as_str().unwrap().contains("noise");
        assert!(!noise || check["name"] == CHECK_OF_TEN, "{}", check["name"]);
    }
}

#[test]
fn a_million_lines_are_captured_and_capped() {
    let code = r#"for line in 0..1_000_000 { println!("line {line}"); }"#;
    let (status, message, output) = meets(code, &["--timeout", "60"]);
    assert_eq!(status, "passed", "{message}");
    assert!(output.len() < 100 << 10, "{} bytes", output.len());
    assert!(output.starts_with("line 0\n") && output.contains("more bytes"), "{}", &output[..200]);
    assert!(output.ends_with("line 999999\n"), "{}", &output[output.len() - 200..]);
}

#[test]
fn a_wrong_shape_dtype_or_nan_is_an_ordinary_failure_with_both_sides() {
    let shape = "return Ok(Tensor::zeros([10, 9], (Kind::Float, Device::Cpu)));";
    assert_meets(shape, "failed", &["shape [10, 9], expected [10, 10]", "expected", "got"]);
    let dtype = "return Ok(Tensor::zeros([10, 10], (Kind::Double, Device::Cpu)));";
    assert_meets(dtype, "failed", &["float64, expected float32"]);
    let nan = "return Ok(Tensor::full([10, 10], f64::NAN, (Kind::Float, Device::Cpu)));";
    assert_meets(nan, "failed", &["at [0, 0]: expected 0., got NaN", "NaN"]);
    assert_meets("return Ok(Tensor::new());", "failed", &["undefined tensor"]);
}

#[test]
fn gradient_mode_left_off_and_a_reseeded_generator_spoil_no_other_check() {
    let code = "std::mem::forget(tch::no_grad_guard()); tch::manual_seed(7);";
    assert_meets(code, "passed", &[]);
}

#[test]
fn what_does_not_compile_is_that_exercises_alone_and_in_rustcs_words() {
    let submission = Submission::solved();
    fs::write(submission.source("ex02"), "pub fn normalize_rows(m: &tch::Tensor) { m.no_such_method() }")
        .unwrap();
    let score = submission.score(&[]);
    let exercise = score.exercise("ex02");
    assert_eq!(exercise["status"], "compile_error");
    assert_eq!(exercise["score"], 0);
    let words = exercise["diagnostics"][0].as_str().unwrap();
    assert!(
        words.contains("error[E0599]") && words.contains("exercises/ex02_row_normalization/src/lib.rs:1"),
        "{words}"
    );
    assert_eq!(score.unpassed(), ["ex02"]);
}

#[test]
fn a_changed_signature_is_a_compile_error_of_that_exercise_alone() {
    let submission = Submission::solved();
    fs::write(submission.source("ex02"), "pub fn normalize_rows(m: tch::Tensor) -> tch::Tensor { m }")
        .unwrap();
    let score = submission.score(&[]);
    let words = score.exercise("ex02")["diagnostics"][0].as_str().unwrap();
    assert!(words.contains("mismatched types"), "{words}");
    assert_eq!(score.unpassed(), ["ex02"]);
}

#[test]
#[cfg(target_os = "linux")]
fn what_would_fill_the_memory_of_the_compiler_is_a_compile_error() {
    let submission = Submission::solved();
    let solution = fs::read_to_string(submission.source("ex02")).unwrap().replace("//!", "//");
    let huge = "pub static HUGE: [u8; 1 << 33] = [1; 1 << 33];";
    fs::write(submission.source("ex02"), format!("{huge}\n{solution}")).unwrap();
    let score = submission.score(&[]);
    let words = score.exercise("ex02")["diagnostics"][0].as_str().unwrap();
    assert!(words.contains("more memory than available to compiler"), "{words}");
    assert_eq!(score.unpassed(), ["ex02"]);
}

#[test]
fn unsafe_code_is_refused_by_the_compiler() {
    for code in [
        "#![allow(unsafe_code)]",
        "pub fn f() { unsafe { std::hint::unreachable_unchecked() } }",
        "unsafe extern \"C\" { pub safe fn getpid() -> i32; }",
        "#[unsafe(no_mangle)] pub fn exercise_checks_v2() {}",
        "#[unsafe(link_section = \".init_array\")] pub static AT_START: u8 = 0;",
    ] {
        let submission = Submission::solved_only(&["ex02"]);
        let solution = fs::read_to_string(submission.source("ex02")).unwrap();
        fs::write(submission.source("ex02"), format!("{code}\n{}", solution.replace("//!", "//"))).unwrap();
        let score = submission.score(&[]);
        let words = score.exercise("ex02")["diagnostics"][0].as_str().unwrap_or("it compiles").to_owned();
        assert!(
            words.contains("unsafe") || words.contains("forbid") || words.contains("no_mangle"),
            "{code}: {words}"
        );
    }
}

#[test]
fn a_submission_that_breaks_nothing_can_neither_write_nor_start_programs_nor_connect() {
    let witness = tempfile::tempdir().unwrap();
    let file = witness.path().join("written");
    let code = format!(
        r#"let done = [
               std::fs::write({file:?}, "here").is_ok(),
               std::fs::read_to_string("/etc/passwd").is_ok(),
               std::fs::read_to_string("/proc/self/environ").is_ok(),
               std::fs::write("/proc/self/mem", "x").is_ok(),
               std::process::Command::new("true").status().is_ok(),
               std::net::TcpStream::connect("127.0.0.1:9").is_err_and(|error| error.kind() != std::io::ErrorKind::PermissionDenied),
           ];
           assert!(!done.contains(&true), "{{done:?}}");"#
    );
    assert_meets(&code, "passed", &[]);
    assert!(!file.exists());
}

#[test]
fn nothing_in_the_environment_changes_a_verdict() {
    let wrong = "return Ok(Tensor::ones([10, 10], (Kind::Float, Device::Cpu)));";
    let submission = Submission::where_ten_is_asked(wrong);
    let without_times = |mut score: Score| {
        for exercise in score.json["exercises"].as_array_mut().unwrap() {
            exercise["duration_ms"] = 0.into();
            for check in exercise["checks"].as_array_mut().unwrap() {
                check["duration_ms"] = 0.into();
            }
        }
        score.json
    };
    let plain = without_times(submission.score(&[]));
    let elsewhere = tempfile::tempdir().unwrap();
    let changed = grader()
        .args(["--format", "json", "--submission"])
        .arg(submission.path())
        .args(["ex01", "ex02", "ex03", "ex04"])
        .current_dir(elsewhere.path())
        .envs([
            ("INSTA_FORCE_PASS", "1"),
            ("INSTA_UPDATE", "always"),
            ("INSTA_WORKSPACE_ROOT", "/nowhere"),
            ("INSTA_REQUIRE_FULL_MATCH", "1"),
            ("PROPTEST_CASES", "1"),
            ("PROPTEST_MAX_SHRINK_ITERS", "0"),
            ("PROPTEST_RNG_SEED", "1"),
            ("RUST_BACKTRACE", "full"),
            ("OMP_NUM_THREADS", "1"),
            ("LC_ALL", "de_DE.UTF-8"),
            ("NO_COLOR", "1"),
        ])
        .output()
        .unwrap();
    assert_eq!(without_times(Score::of(changed)), plain);
    let fixtures = fs::read_dir(root().join("fixtures/ex01")).unwrap().flatten();
    assert_eq!(fixtures.filter(|file| file.path().extension().is_some_and(|end| end == "new")).count(), 0);
}

#[test]
fn what_is_not_there_is_missing_and_scores_0() {
    let score = Submission::solved_only(&["ex02"]).score(&["ex01"]);
    assert_eq!(score.exercise("ex01")["status"], "missing");
    assert_eq!(score.exercise("ex01")["score"], 0);
    assert_eq!(score.exercise("ex02")["status"], "passed");
}

#[test]
fn the_same_seed_gives_the_same_report_and_the_number_of_jobs_changes_nothing() {
    let submission =
        Submission::where_ten_is_asked("return Ok(Tensor::zeros([10, 10], (Kind::Float, Device::Cpu)));");
    let messages = |arguments: &[&str]| {
        let score = submission.score(arguments);
        let exercises = score.json["exercises"].as_array().unwrap().clone();
        let checks = exercises.iter().flat_map(|exercise| exercise["checks"].as_array().unwrap().clone());
        checks.map(|check| (check["status"].clone(), check["message"].clone())).collect::<Vec<_>>()
    };
    let first = messages(&["--seed", "7"]);
    assert_eq!(messages(&["--seed", "7", "--jobs", "1"]), first);
    assert_eq!(messages(&["--seed", "7", "--jobs", "5"]), first);
}
