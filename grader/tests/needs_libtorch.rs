//! `.cargo/needs-libtorch`, which cargo runs every rustc through: stops a build that needs libtorch before there is
//! one, and nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const GATED: [&str; 4] = ["shlex", "find-msvc-tools", "cc", "torch-sys"];

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// What comes of a `rustc` that just says so, when cargo builds this package.
fn build(package: &str, variables: &[(&str, &Path)], arguments: &[&str]) -> Output {
    Command::new(workspace().join(".cargo/needs-libtorch"))
        .args(["echo", "rustc"])
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("CARGO_PKG_NAME", package)
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn is_built(output: &Output) -> bool {
    output.status.success() && output.stdout.starts_with(b"rustc")
}

#[test]
fn without_libtorch_its_bindings_are_not_built() {
    let nowhere = [("LIBTORCH", Path::new("/nowhere"))];
    for package in GATED {
        let output = build(package, &nowhere, &[]);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            "error: libtorch is not set up yet: run `cargo run -p grader -- setup` once, then this again\n"
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn cargo_is_told_as_rustc_would_tell_it() {
    let output = build("cc", &[], &["--edition=2021", "--error-format=json", "--crate-type", "lib"]);
    let diagnostic: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(diagnostic["level"], "error");
    assert!(diagnostic["rendered"].as_str().unwrap().ends_with("then this again\n"));
}

#[test]
fn all_else_is_built_without_libtorch() {
    assert!(is_built(&build("grader", &[("LIBTORCH", Path::new("/nowhere"))], &[])));
    // As when cargo asks rustc for its version.
    assert!(is_built(&build("", &[], &["-vV"])));
}

#[test]
fn with_libtorch_everything_is_built() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("lib")).unwrap();
    for package in GATED {
        assert!(is_built(&build(package, &[("LIBTORCH", folder.path())], &[])));
        assert!(is_built(&build(package, &[("LIBTORCH_USE_PYTORCH", Path::new("1"))], &[])));
    }
}

#[test]
fn the_grader_and_its_tests_need_none_of_what_it_stops_at() {
    let cargo = std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from);
    let output = Command::new(cargo)
        .args(["tree", "--offline", "-p", "grader", "-p", "protocol", "--prefix=none", "--format={p}"])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let needed: Vec<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(needed.contains(&"serde_json"), "{tree}");
    assert!(GATED.iter().all(|package| !needed.contains(package)), "{tree}");
}
