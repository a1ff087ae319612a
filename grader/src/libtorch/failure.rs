//! Why pip or uv failed, read from what it said.

/// What the user can do something about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    DiskFull,
    HashMismatch,
    NoNetwork,
    NotInIndex,
    /// Anything else, in the tool's own words.
    Other(String),
}

/// In this order: a tool that cannot reach its index also says that it found no such version there.
const SIGNS: &[(Cause, &[&str])] = &[
    (Cause::DiskFull, &["No space left on device", "Errno 28", "os error 28", "Disk quota exceeded"]),
    (Cause::HashMismatch, &["DO NOT MATCH THE HASHES", "Hash mismatch"]),
    (
        Cause::NoNetwork,
        &[
            "NewConnectionError",
            "ConnectTimeoutError",
            "ConnectionError",
            "ConnectionResetError",
            "ReadTimeoutError",
            "NameResolutionError",
            "ProxyError",
            "SSLError",
            "IncompleteRead",
            "ProtocolError",
            "Connection broken",
            "Temporary failure in name resolution",
            "Network is unreachable",
            "Connection to",
            "error sending request",
            "dns error",
            "tcp connect error",
            "operation timed out",
            "error decoding response body",
            "Network connectivity is disabled",
        ],
    ),
    (
        Cause::NotInIndex,
        &[
            "No matching distribution found",
            "Could not find a version",
            "No solution found",
            "not a supported wheel",
        ],
    ),
];

pub fn cause(log: &str) -> Cause {
    SIGNS
        .iter()
        .find(|(_, signs)| signs.iter().any(|sign| log.contains(sign)))
        .map_or_else(|| Cause::Other(last_words(log)), |(cause, _)| cause.clone())
}

/// The last error of the log; where nothing calls itself one, the last line.
pub fn last_words(log: &str) -> String {
    let lines = || log.lines().rev().map(str::trim).filter(|line| !line.is_empty());
    let error = lines().find(|line| line.to_ascii_lowercase().starts_with("error"));
    error.or_else(|| lines().next()).unwrap_or("it said nothing").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_pip_and_uv_tell_the_cause() {
        let table = [
            (
                "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object>: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/torch/\n\
                 ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from versions: none)\n\
                 ERROR: No matching distribution found for torch==2.13.0",
                Cause::NoNetwork,
            ),
            (
                "error: Request failed after 3 retries in 10.0s\n  cause: Failed to fetch: `https://pypi.org/simple/torch/`\n  cause: client error (Connect)\n  cause: dns error",
                Cause::NoNetwork,
            ),
            (
                "ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from versions: 2.4.0)\n\
                 ERROR: No matching distribution found for torch==2.13.0",
                Cause::NotInIndex,
            ),
            (
                "  × No solution found when resolving dependencies:\n  ╰─▶ Because there is no version of torch==2.13.0",
                Cause::NotInIndex,
            ),
            (
                "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated …",
                Cause::HashMismatch,
            ),
            (
                "error: Failed to download `torch==2.13.0`\n  Caused by: Hash mismatch for `torch==2.13.0`",
                Cause::HashMismatch,
            ),
            (
                "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
                Cause::DiskFull,
            ),
            ("error: failed to write to file: No space left on device (os error 28)", Cause::DiskFull),
            (
                "Collecting torch\nERROR: Exception:\nTraceback …\nMemoryError\n\n",
                Cause::Other("ERROR: Exception:".into()),
            ),
            ("Killed\n", Cause::Other("Killed".into())),
            ("", Cause::Other("it said nothing".into())),
        ];
        for (log, expected) in table {
            assert_eq!(cause(log), expected, "{log}");
        }
    }
}
