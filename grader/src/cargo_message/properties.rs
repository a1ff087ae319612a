//! Whatever comes on cargo's standard output, no plugin is made of it but of what cargo says.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::properties::{bytes, edited, edits, holds};

fn artifact() -> Value {
    json!({"reason": "compiler-artifact", "package_id": "path+file:///c/ex01_a#ex01@0.1.0", "manifest_path": "/c/Cargo.toml",
           "target": {"kind": ["example"], "crate_types": ["cdylib"], "name": "ex01_checks", "src_path": "/c/checks.rs"},
           "features": [], "filenames": ["/t/libex01_checks.so"], "executable": null, "fresh": false})
}

fn error(text: &str, spans: Value) -> Value {
    json!({"reason": "compiler-message", "package_id": "path+file:///c/ex01_a#ex01@0.1.0",
           "message": {"rendered": text, "level": "error", "message": text, "spans": spans, "children": [], "code": null}})
}

fn all_of(stream: &[u8]) -> Vec<CargoMessage> {
    let mut all = Vec::new();
    read(stream, |message| {
        all.push(message);
        true
    });
    all
}

#[test]
fn any_bytes_are_no_message() {
    holds(500, bytes(400), |line| assert_eq!(all_of(&line), []));
}

#[test]
fn a_message_with_any_mistakes_is_that_message_or_none() {
    const WORDS: &[&str] =
        &["\"", "{", "[[[[", "null,", "\\u0000", "\\ud800", "\n", "1e999", "\"reason\":\"x\","];
    let messages = [artifact(), error("error: mismatched types", json!([{"line_start": 1}]))];
    for message in messages.map(|message| message.to_string().into_bytes()) {
        assert_eq!(all_of(&message).len(), 1);
        holds(500, edits(WORDS), |edits| assert!(all_of(&edited(&message, &edits)).len() <= 2));
        for length in 0..message.len() {
            assert_eq!(parse(&message[..length]), None, "the first {length} bytes");
        }
    }
}

#[test]
fn other_reasons_and_other_fields_change_nothing() {
    holds(200, ("[a-z-]{1,20}", any::<String>()), |(name, text)| {
        let mut message = artifact();
        message[&format!("x{name}")] = json!({"a": [text]});
        assert_eq!(parse(message.to_string().as_bytes()), parse(artifact().to_string().as_bytes()));
        message["reason"] = name.into();
        assert_eq!(parse(message.to_string().as_bytes()), None);
    });
}

/// The compiler tells where each macro was called, and that is within another as often as somebody wrote it.
#[test]
fn an_error_within_ten_thousand_macros_is_an_error() {
    let span = format!("{}null{}", r#"{"expansion":{"span":"#.repeat(10_000), "}}".repeat(10_000));
    let message = error("error: deep", json!(["SPAN"])).to_string().replace("\"SPAN\"", &span);
    let found = all_of(message.as_bytes());
    assert!(
        matches!(&found[..], [CargoMessage::Error(error)] if error.text == "error: deep" && !error.placeless),
        "{found:?}"
    );
}

#[test]
fn a_message_that_is_too_long_is_an_error_of_its_package_and_the_next_is_read() {
    let long = json!({"reason": "compiler-message"}).to_string().replace('}', "")
        + r#","package_id":"path+file:///c/ex01_a#ex01@0.1.0","message":{"rendered":""#
        + &"x".repeat(3 * LONGEST);
    let stream = format!("{long}\"}}}}\n{}\n", artifact());
    let found = all_of(stream.as_bytes());
    let [CargoMessage::Error(error), CargoMessage::Artifact(artifact)] = &found[..] else {
        panic!("{}", found.len())
    };
    assert_eq!((error.package(), artifact.package()), ("ex01", "ex01"));
    assert!(error.text.len() < 100 && error.text.starts_with("error: "), "{}", error.text);
}
