//! The tool that downloads and unpacks the wheels: uv where there is one, else pip.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use super::wheels::Wheels;
use super::{Environment, Error, failure};

/// The first pip that takes several `--platform`s and knows wheels tagged `manylinux_2_28`.
const OLDEST_PIP: (u32, u32) = (20, 3);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installer {
    tool: Tool,
    /// uv, or the Python that has pip.
    program: PathBuf,
    /// What it says it is, `pip 23.2.1`.
    pub version: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tool {
    Uv,
    Pip,
}

impl Installer {
    pub fn find(environment: &Environment) -> Result<Self, Error> {
        // A uv that does not run, a pyenv shim say, is none.
        if let Some(program) = environment.find_program("uv")
            && let Some(output) =
                run(&program, &["--version"], environment).filter(|output| output.status.success())
        {
            return Ok(Self { tool: Tool::Uv, version: first_words(&output.stdout), program });
        }
        let python = environment.find_program("python3").ok_or(Error::NoPython)?;
        let output = run(&python, &["-m", "pip", "--version"], environment).ok_or(Error::NoPython)?;
        if !output.status.success() {
            let words = failure::last_words(&String::from_utf8_lossy(&output.stderr));
            return Err(Error::NoPip { python, words });
        }
        let version = first_words(&output.stdout);
        let number = version.trim_start_matches("pip ");
        if pip_number(number).is_some_and(|found| found < OLDEST_PIP) {
            return Err(Error::OldPip { found: number.to_owned(), python });
        }
        Ok(Self { tool: Tool::Pip, version, program: python })
    }

    pub fn name(&self) -> &'static str {
        match self.tool {
            Tool::Uv => "uv",
            Tool::Pip => "pip",
        }
    }

    /// Starts to install `wheels` into `target`. All it writes is there, in `temporary`, and in `log`.
    pub fn start(
        &self,
        wheels: &Wheels,
        target: &Path,
        temporary: &Path,
        log: &Path,
        environment: &Environment,
    ) -> Result<Child, Error> {
        let requirements = temporary.join("requirements.txt");
        fs::write(&requirements, wheels.requirements()).map_err(Error::io("write", &requirements))?;
        let output = File::create(log).map_err(Error::io("write", log))?;
        let errors = output.try_clone().map_err(Error::io("write", log))?;
        Command::new(&self.program)
            .args(self.arguments(wheels, &requirements, target))
            .env_clear()
            .envs(variables(environment, temporary))
            .current_dir(temporary)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .map_err(Error::io("run", &self.program))
    }

    /// How many of the bytes to download are there already, when so many are in the temporary folder.
    pub fn downloaded(&self, wheels: &Wheels, in_temporary: u64) -> u64 {
        let downloaded = match self.tool {
            // uv unpacks as it downloads and never has the wheel itself.
            Tool::Uv => {
                (u128::from(in_temporary) * u128::from(wheels.download) / u128::from(wheels.unpacked)) as u64
            }
            Tool::Pip => in_temporary,
        };
        downloaded.min(wheels.download)
    }

    fn arguments(&self, wheels: &Wheels, requirements: &Path, target: &Path) -> Vec<OsString> {
        // Everything about the machine is said, so that the user's own Python makes no difference.
        let mut words: Vec<&OsStr> = match self.tool {
            Tool::Uv => vec![
                "pip".as_ref(),
                "install".as_ref(),
                "--python-platform".as_ref(),
                wheels.uv_platform.as_ref(),
            ],
            Tool::Pip => {
                ["-m", "pip", "install", "--no-compile", "--progress-bar=off", "--implementation=cp"]
                    .into_iter()
                    // Older pips hold the wheel against the Python they run on, whatever they are told.
                    .chain(["--abi=cp311", "--abi=none", "--ignore-requires-python"])
                    .chain(wheels.pip_platforms.iter().flat_map(|platform| ["--platform", platform]))
                    .map(OsStr::new)
                    .collect()
            }
        };
        // Without the cache: it would take the space twice, and be left behind by an interrupted set-up.
        words.extend(
            ["--python-version=3.11", "--no-deps", "--only-binary=:all:", "--no-cache-dir"].map(OsStr::new),
        );
        words.extend(["--require-hashes", "-r"].map(OsStr::new));
        words.extend([requirements.as_os_str(), "--target".as_ref(), target.as_os_str()]);
        words.into_iter().map(OsStr::to_owned).collect()
    }
}

/// Settings that say how to reach an index stay; those that say what to install where would break the set-up.
const INDEX_SETTINGS: &[&str] = &[
    "PIP_CERT",
    "PIP_CLIENT_CERT",
    "PIP_CONFIG_FILE",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_INDEX_URL",
    "PIP_KEYRING_PROVIDER",
    "PIP_NO_INDEX",
    "PIP_PROXY",
    "PIP_RETRIES",
    "PIP_TIMEOUT",
    "PIP_TRUSTED_HOST",
    "PIP_USE_FEATURE",
    "UV_CONFIG_FILE",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_HTTP_TIMEOUT",
    "UV_INSECURE_HOST",
    "UV_KEYRING_PROVIDER",
    "UV_NATIVE_TLS",
    "UV_NO_INDEX",
    "UV_OFFLINE",
    "UV_SYSTEM_CERTS",
];

/// What the tool is started with.
fn variables(environment: &Environment, temporary: &Path) -> Vec<(OsString, OsString)> {
    let stays = |name: &str| {
        INDEX_SETTINGS.contains(&name)
            || name.starts_with("UV_INDEX")
            || !(name.starts_with("PIP_")
                || name.starts_with("UV_")
                || name.starts_with("PYTHON")
                || name == "VIRTUAL_ENV")
    };
    let mut variables: Vec<(OsString, OsString)> = environment
        .iter()
        .filter(|(name, _)| name.to_str().is_none_or(stays))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut set = |name: &str, value: &OsStr| variables.push((name.into(), value.into()));
    set("TMPDIR", temporary.as_os_str());
    // These may be set in the user's pip.conf too.
    set("PIP_USER", "0".as_ref());
    set("PIP_REQUIRE_VIRTUALENV", "0".as_ref());
    set("PIP_ROOT_USER_ACTION", "ignore".as_ref());
    set("PIP_DISABLE_PIP_VERSION_CHECK", "1".as_ref());
    set("PIP_NO_INPUT", "1".as_ref());
    // The oldest macOS the wheel runs on; uv would assume an older one and find no wheel.
    set("MACOSX_DEPLOYMENT_TARGET", "14.0".as_ref());
    // uv does not read pip's settings, and a mirror is needed whichever tool there is.
    if environment.get("UV_DEFAULT_INDEX").is_none()
        && environment.get("UV_INDEX_URL").is_none()
        && let Some(mirror) = environment.get("PIP_INDEX_URL")
    {
        set("UV_DEFAULT_INDEX", mirror);
    }
    variables
}

fn run(program: &Path, arguments: &[&str], environment: &Environment) -> Option<Output> {
    Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(environment.iter())
        .stdin(Stdio::null())
        .output()
        .ok()
}

/// `pip 23.2.1` of `pip 23.2.1 from /usr/lib/…`.
fn first_words(output: &[u8]) -> String {
    String::from_utf8_lossy(output).split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

fn pip_number(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::libtorch::Variant;

    fn installer(tool: Tool) -> Installer {
        Installer { tool, program: "tool".into(), version: String::new() }
    }

    fn command_line(tool: Tool) -> String {
        let wheels = Wheels::for_platform("linux", "x86_64", Variant::Cpu).unwrap();
        let words = installer(tool).arguments(&wheels, Path::new("R"), Path::new("T"));
        words.join(OsStr::new(" ")).into_string().unwrap()
    }

    #[test]
    fn pip_and_uv_are_told_everything_about_the_machine() {
        insta::assert_snapshot!(command_line(Tool::Pip), @r"
        -m pip install --no-compile --progress-bar=off --implementation=cp --abi=cp311 --abi=none --ignore-requires-python --platform manylinux_2_28_x86_64 --platform manylinux_2_25_x86_64 --platform manylinux2014_x86_64 --python-version=3.11 --no-deps --only-binary=:all: --no-cache-dir --require-hashes -r R --target T
        ");
        insta::assert_snapshot!(command_line(Tool::Uv), @r"
        pip install --python-platform x86_64-manylinux_2_28 --python-version=3.11 --no-deps --only-binary=:all: --no-cache-dir --require-hashes -r R --target T
        ");
    }

    #[test]
    fn settings_of_the_index_reach_the_tool_and_settings_of_the_target_do_not() {
        let environment: Environment = [
            ("HOME", "/home/ada"),
            ("PIP_INDEX_URL", "https://mirror.example/simple"),
            ("PIP_TARGET", "/elsewhere"),
            ("PIP_USER", "1"),
            ("PIP_PREFIX", "/elsewhere"),
            ("PYTHONPATH", "/elsewhere"),
            ("TMPDIR", "/elsewhere"),
            ("UV_INDEX_INTERNAL_PASSWORD", "secret"),
            ("UV_TARGET", "/elsewhere"),
            ("VIRTUAL_ENV", "/gone"),
        ]
        .into_iter()
        .collect();
        // As the child sees them: the last one counts.
        let child: Environment = variables(&environment, Path::new("/course/tmp")).into_iter().collect();
        insta::assert_debug_snapshot!(child.iter().collect::<Vec<_>>(), @r#"
        [
            (
                "HOME",
                "/home/ada",
            ),
            (
                "MACOSX_DEPLOYMENT_TARGET",
                "14.0",
            ),
            (
                "PIP_DISABLE_PIP_VERSION_CHECK",
                "1",
            ),
            (
                "PIP_INDEX_URL",
                "https://mirror.example/simple",
            ),
            (
                "PIP_NO_INPUT",
                "1",
            ),
            (
                "PIP_REQUIRE_VIRTUALENV",
                "0",
            ),
            (
                "PIP_ROOT_USER_ACTION",
                "ignore",
            ),
            (
                "PIP_USER",
                "0",
            ),
            (
                "TMPDIR",
                "/course/tmp",
            ),
            (
                "UV_DEFAULT_INDEX",
                "https://mirror.example/simple",
            ),
            (
                "UV_INDEX_INTERNAL_PASSWORD",
                "secret",
            ),
        ]
        "#);
    }

    #[test]
    fn the_progress_of_uv_is_told_by_what_it_has_unpacked() {
        let wheels = Wheels::for_platform("linux", "x86_64", Variant::Cpu).unwrap();
        assert_eq!(installer(Tool::Pip).downloaded(&wheels, 1_000_000), 1_000_000);
        assert_eq!(installer(Tool::Pip).downloaded(&wheels, wheels.download + 1), wheels.download);
        assert_eq!(installer(Tool::Uv).downloaded(&wheels, 0), 0);
        assert!(installer(Tool::Uv).downloaded(&wheels, wheels.download) < wheels.download);
        assert_eq!(installer(Tool::Uv).downloaded(&wheels, wheels.unpacked * 2), wheels.download);
    }

    #[test]
    fn the_version_of_pip_is_read_from_whatever_it_calls_itself() {
        assert_eq!(first_words(b"pip 23.2.1 from /usr/lib/python3 (python 3.11)\n"), "pip 23.2.1");
        assert_eq!(pip_number("20.0.2"), Some((20, 0)));
        assert_eq!(pip_number("25.0"), Some((25, 0)));
        assert_eq!(pip_number("of my own"), None);
    }
}
