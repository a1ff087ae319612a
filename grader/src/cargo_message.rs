//! What cargo says of a build, line by line: as much of it as matters here.
//!
//! What is in a line is in part a learner's: the compiler quotes code, and tells of macros within macros as deep as
//! somebody cares to nest them. So lines are bounded, and what does not matter is skipped, not built up.

use std::io::{self, BufRead, Read};
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// What is longer is cut off.
const LONGEST: usize = 4 << 20;

/// A message that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CargoMessage {
    Artifact(Artifact),
    Error(CompilerError),
}

/// Something was built, or is there still from an earlier build.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Artifact {
    #[serde(rename = "package_id")]
    package: String,
    pub target: Target,
    pub filenames: Vec<PathBuf>,
    /// It is there from an earlier build.
    pub fresh: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Target {
    pub name: String,
    pub kind: Vec<String>,
    pub src_path: PathBuf,
}

/// An error of the compiler's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompilerError {
    package: String,
    /// As the compiler shows it.
    pub text: String,
    /// It is about no place in any source.
    pub placeless: bool,
}

impl Artifact {
    pub fn package(&self) -> &str {
        name_of(&self.package)
    }

    /// The package is a folder of this machine, and not from a registry.
    pub fn is_of_a_folder(&self) -> bool {
        self.package.starts_with("path+")
    }

    pub fn is(&self, kind: &str) -> bool {
        self.target.kind.iter().any(|of_target| of_target == kind)
    }
}

impl CompilerError {
    pub fn package(&self) -> &str {
        name_of(&self.package)
    }
}

/// Hands each message that matters to `tell`, until cargo closes or `tell` says no.
pub fn read(mut cargo: impl BufRead, mut tell: impl FnMut(CargoMessage) -> bool) {
    let mut line = Vec::new();
    while let Ok(Some(whole)) = read_line(&mut cargo, &mut line) {
        let message = if whole { parse(&line) } else { parse_beginning(&line) };
        if message.is_some_and(|message| !tell(message)) {
            return;
        }
    }
}

/// Reads a line, or as much of it as is kept; whether that is the whole. `None` at the end.
fn read_line(from: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    if from.by_ref().take(LONGEST as u64).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    if line.len() < LONGEST || line.ends_with(b"\n") {
        return Ok(Some(true));
    }
    from.skip_until(b'\n')?;
    Ok(Some(false))
}

/// The message of a line; `None` for one that does not matter, and for what is none.
pub fn parse(line: &[u8]) -> Option<CargoMessage> {
    #[derive(Deserialize)]
    struct Reason {
        reason: String,
    }
    #[derive(Deserialize)]
    struct Told {
        package_id: String,
        message: Diagnostic,
    }
    #[derive(Deserialize)]
    struct Diagnostic {
        message: String,
        level: String,
        rendered: Option<String>,
        #[serde(default)]
        spans: Vec<IgnoredAny>,
    }

    // The compiler and cargo write UTF-8. What they quote of other bytes need not hide the rest.
    let line = String::from_utf8_lossy(line);
    match serde_json::from_str::<Reason>(&line).ok()?.reason.as_str() {
        "compiler-artifact" => serde_json::from_str(&line).ok().map(CargoMessage::Artifact),
        "compiler-message" => {
            let Told { package_id, message } = serde_json::from_str(&line).ok()?;
            // "error: internal compiler error" is one, too.
            message.level.starts_with("error").then(|| {
                CargoMessage::Error(CompilerError {
                    package: package_id,
                    text: message.rendered.unwrap_or(message.message),
                    placeless: message.spans.is_empty(),
                })
            })
        }
        _ => None,
    }
}

/// What can be said of a line of which only the beginning was kept. It may have been a warning: but an error is of
/// interest only where nothing could be built.
fn parse_beginning(line: &[u8]) -> Option<CargoMessage> {
    let line = String::from_utf8_lossy(line);
    let rest = line.strip_prefix(r#"{"reason":"compiler-message","package_id":""#)?;
    let (package, _) = rest.split_once('"')?;
    let text =
        format!("error: the compiler says more about this than the {} MB that are read", LONGEST >> 20);
    Some(CargoMessage::Error(CompilerError { package: package.to_owned(), text, placeless: false }))
}

/// The package's name in its id: `path+file:///…/ex03_gradient#ex03@0.1.0`, or, where the folder has the
/// name already, `path+file:///…/ex03#0.1.0`.
fn name_of(id: &str) -> &str {
    let (url, fragment) = id.rsplit_once('#').unwrap_or((id, ""));
    match fragment.split_once('@') {
        Some((name, _version)) => name,
        None => url.rsplit('/').next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod properties;
