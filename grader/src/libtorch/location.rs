//! Finds the libtorch there is, by the rules torch-sys builds by, without changing anything.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Environment, Error, Libtorch, Source, VERSION, version};

/// Where the grader sets libtorch up, in the course. `.cargo/config.toml` says the same.
const MANAGED: &str = ".libtorch/torch";

/// Finds the torch package without importing it: that takes a second, and fails where NumPy is broken.
const FIND_TORCH: &str = "\
import importlib.util, os
spec = importlib.util.find_spec('torch')
print(os.path.dirname(spec.origin) if spec and spec.origin else '', end='')";

/// What is there, without changing anything.
pub fn locate(course_root: &Path, environment: &Environment) -> Result<Option<Libtorch>, Error> {
    match source(course_root, environment) {
        Source::Pytorch => pytorch(environment).map(Some),
        Source::Libtorch => own(environment).map(Some),
        // Anything else there is replaced by a set-up.
        Source::Managed => Ok(check_managed(&course_root.join(".libtorch")).ok()),
    }
}

/// torch-sys looks at these in this order.
fn source(course_root: &Path, environment: &Environment) -> Source {
    if environment.get("LIBTORCH_USE_PYTORCH").is_some() {
        Source::Pytorch
    } else if environment.get("LIBTORCH").is_some_and(|path| !is_managed(Path::new(path), course_root)) {
        Source::Libtorch
    } else {
        Source::Managed
    }
}

/// Under cargo, `.cargo/config.toml` sets `LIBTORCH` to the managed folder, spelled as cargo sees the course.
fn is_managed(path: &Path, course_root: &Path) -> bool {
    let same_folder = |a: &Path, b: &Path| {
        a == b || a.canonicalize().ok().is_some_and(|a| b.canonicalize().is_ok_and(|b| a == b))
    };
    path.ends_with(MANAGED) && path.ancestors().nth(2).is_some_and(|root| same_folder(root, course_root))
}

/// The libtorch the grader made in this folder, `.libtorch/`; or what is wrong with it.
pub(super) fn check_managed(folder: &Path) -> Result<Libtorch, String> {
    let root = folder.join("torch");
    let libtorch = inspect(root.clone(), root.join("lib"), &root, Source::Managed)?;
    if version::release(&libtorch.version) == VERSION {
        Ok(libtorch)
    } else {
        Err(format!("it is libtorch {}", libtorch.version))
    }
}

fn own(environment: &Environment) -> Result<Libtorch, Error> {
    let folder = |name: &str| environment.get(name).map(PathBuf::from);
    let root = folder("LIBTORCH").unwrap_or_default();
    let lib = folder("LIBTORCH_LIB").unwrap_or_else(|| root.clone()).join("lib");
    let include = folder("LIBTORCH_INCLUDE").unwrap_or_else(|| root.clone());
    let wrong = |problem: String| Error::OwnLibtorch { path: root.clone(), problem };
    // The build runs in other folders than this one.
    if !root.is_absolute() {
        return Err(wrong("which is not an absolute path".into()));
    }
    if !root.is_dir() {
        return Err(wrong("which is not a folder".into()));
    }
    let libtorch = inspect(root.clone(), lib, &include, Source::Libtorch)
        .map_err(|missing| wrong(format!("where there is {missing}")))?;
    check_version(&libtorch, environment).map_err(|found| wrong(format!("which holds {found}")))?;
    Ok(libtorch)
}

fn pytorch(environment: &Environment) -> Result<Libtorch, Error> {
    // As torch-sys has it.
    let python = if environment.get("VIRTUAL_ENV").is_some() { "python" } else { "python3" };
    let wrong = |problem: String| Error::OwnPytorch { python, problem };
    let program = environment
        .find_program(python)
        .ok_or_else(|| wrong(format!("there is no `{python}` on the PATH")))?;
    let output = Command::new(&program)
        .args(["-c", FIND_TORCH])
        .env_clear()
        .envs(environment.iter())
        // Python looks for packages in the working directory first.
        .current_dir("/")
        .output()
        .map_err(|error| wrong(format!("`{}` does not start: {error}", program.display())))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(wrong(format!(
            "`{}` fails: {}",
            program.display(),
            words.lines().last().unwrap_or("it says nothing")
        )));
    }
    if output.stdout.is_empty() {
        return Err(wrong(format!("`{}` has no package torch", program.display())));
    }
    let root = PathBuf::from(OsString::from_vec(output.stdout));
    let libtorch = inspect(root.clone(), root.join("lib"), &root, Source::Pytorch).map_err(|missing| {
        wrong(format!("in `{}`, where `{python}` has it, there is {missing}", root.display()))
    })?;
    check_version(&libtorch, environment)
        .map_err(|found| wrong(format!("`{}`, which `{python}` uses, holds {found}", root.display())))?;
    Ok(libtorch)
}

/// The libtorch of these folders; or what is missing.
fn inspect(root: PathBuf, lib: PathBuf, include: &Path, source: Source) -> Result<Libtorch, String> {
    let library = format!("libtorch_cpu{}", std::env::consts::DLL_SUFFIX);
    if !lib.join(&library).is_file() {
        return Err(format!("no `{library}` in `{}`", lib.display()));
    }
    if !include.join("include").is_dir() {
        return Err(format!("no `include` in `{}`", include.display()));
    }
    let version = version::read(&root).unwrap_or_else(|| "of unknown version".into());
    let cuda = lib.join("libtorch_cuda.so").is_file();
    Ok(Libtorch { root, version, source, cuda, lib })
}

/// What it is, where it is not what this course needs.
fn check_version(libtorch: &Libtorch, environment: &Environment) -> Result<(), String> {
    if version::release(&libtorch.version) == VERSION
        || environment.get("LIBTORCH_BYPASS_VERSION_CHECK").is_some()
    {
        Ok(())
    } else {
        Err(format!("libtorch {}", libtorch.version))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// A folder that looks like a libtorch.
    fn plant(root: &Path, version: Option<&str>) {
        fs::create_dir_all(root.join("lib")).unwrap();
        fs::create_dir_all(root.join("include")).unwrap();
        fs::write(root.join("lib").join(format!("libtorch_cpu{}", std::env::consts::DLL_SUFFIX)), "")
            .unwrap();
        if let Some(version) = version {
            fs::write(root.join("build-version"), version).unwrap();
        }
    }

    fn environment(variables: &[(&str, &Path)]) -> Environment {
        variables.iter().map(|(name, value)| (*name, value.as_os_str())).collect()
    }

    /// What the environment is where PyTorch is wanted, and `python3` finds it at `torch`.
    fn with_pytorch(torch: &Path) -> Environment {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/pip");
        // A LIBTORCH beside it makes no difference, as torch-sys has it.
        let elsewhere = Path::new("/elsewhere");
        environment(&[
            ("LIBTORCH_USE_PYTORCH", Path::new("1")),
            ("LIBTORCH", elsewhere),
            ("PATH", &tools),
            ("FAKE_TORCH", torch),
        ])
    }

    #[test]
    fn a_course_without_libtorch_has_none() {
        let course = tempfile::tempdir().unwrap();
        assert_eq!(locate(course.path(), &Environment::default()).unwrap(), None);
        let set_by_cargo = environment(&[("LIBTORCH", &course.path().join(MANAGED))]);
        assert_eq!(locate(course.path(), &set_by_cargo).unwrap(), None);
    }

    #[test]
    fn the_managed_libtorch_is_found_however_cargo_spells_the_course() {
        let folder = tempfile::tempdir().unwrap();
        let course = folder.path().join("course");
        plant(&course.join(MANAGED), Some("2.13.0+cpu"));
        let link = folder.path().join("link");
        symlink(&course, &link).unwrap();

        for root in [&course, &link] {
            let variables = environment(&[("LIBTORCH", &link.join(MANAGED))]);
            let found = locate(root, &variables).unwrap().unwrap();
            assert_eq!(
                (found.source, found.version.as_str(), found.cuda),
                (Source::Managed, "2.13.0+cpu", false)
            );
            assert_eq!(found.preload().len(), 1);
        }
    }

    #[test]
    fn a_managed_libtorch_of_another_version_or_half_of_one_counts_as_none() {
        let course = tempfile::tempdir().unwrap();
        plant(&course.path().join(MANAGED), Some("2.12.0+cpu"));
        assert_eq!(locate(course.path(), &Environment::default()).unwrap(), None);
        plant(&course.path().join(MANAGED), Some("2.13.0+cpu"));
        fs::remove_dir(course.path().join(MANAGED).join("include")).unwrap();
        assert_eq!(locate(course.path(), &Environment::default()).unwrap(), None);
    }

    #[test]
    fn a_libtorch_of_the_users_own_wins() {
        let folder = tempfile::tempdir().unwrap();
        let (course, own) = (folder.path().join("course"), folder.path().join("own"));
        plant(&course.join(MANAGED), Some("2.13.0+cpu"));
        plant(&own, Some("2.13.0+cu130"));
        fs::write(own.join("lib/libtorch_cuda.so"), "").unwrap();

        let found = locate(&course, &environment(&[("LIBTORCH", &own)])).unwrap().unwrap();
        assert_eq!((found.source, found.root, found.cuda), (Source::Libtorch, own, true));
    }

    #[test]
    fn a_wrong_libtorch_of_the_users_own_is_an_error_that_names_both_versions() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let own = root.join("own");
        let message = |variables: &[(&str, &Path)]| {
            locate(root, &environment(variables))
                .unwrap_err()
                .to_string()
                .replace(root.to_str().unwrap(), "[HOME]")
        };

        insta::assert_snapshot!(message(&[("LIBTORCH", Path::new("libtorch"))]), @r"
        LIBTORCH is set to `libtorch`, which is not an absolute path; this course needs libtorch 2.13.0
        next: `unset LIBTORCH` to let the grader set libtorch up, or set it to the absolute path of a libtorch 2.13.0
        ");
        insta::assert_snapshot!(message(&[("LIBTORCH", &own)]), @r"
        LIBTORCH is set to `[HOME]/own`, which is not a folder; this course needs libtorch 2.13.0
        next: `unset LIBTORCH` to let the grader set libtorch up, or set it to the absolute path of a libtorch 2.13.0
        ");
        fs::create_dir(&own).unwrap();
        let nothing_in_it = message(&[("LIBTORCH", &own)]);
        assert!(nothing_in_it.contains("no `libtorch_cpu"), "{nothing_in_it}");
        plant(&own, None);
        insta::assert_snapshot!(message(&[("LIBTORCH", &own)]), @r"
        LIBTORCH is set to `[HOME]/own`, which holds libtorch of unknown version; this course needs libtorch 2.13.0
        next: `unset LIBTORCH` to let the grader set libtorch up, or set it to the absolute path of a libtorch 2.13.0
        ");
        plant(&own, Some("2.4.0+cu121"));
        insta::assert_snapshot!(message(&[("LIBTORCH", &own)]), @r"
        LIBTORCH is set to `[HOME]/own`, which holds libtorch 2.4.0+cu121; this course needs libtorch 2.13.0
        next: `unset LIBTORCH` to let the grader set libtorch up, or set it to the absolute path of a libtorch 2.13.0
        ");
    }

    #[test]
    fn the_version_check_can_be_bypassed_as_torch_sys_has_it() {
        let folder = tempfile::tempdir().unwrap();
        plant(folder.path(), Some("2.4.0"));
        let variables =
            environment(&[("LIBTORCH", folder.path()), ("LIBTORCH_BYPASS_VERSION_CHECK", Path::new("1"))]);
        assert_eq!(locate(Path::new("/"), &variables).unwrap().unwrap().version, "2.4.0");
    }

    #[test]
    fn libraries_may_be_in_a_folder_apart() {
        let folder = tempfile::tempdir().unwrap();
        let (own, libraries) = (folder.path().join("own"), folder.path().join("libraries"));
        plant(&own, Some("2.13.0"));
        plant(&libraries, None);
        let variables = environment(&[("LIBTORCH", &own), ("LIBTORCH_LIB", &libraries)]);
        assert_eq!(locate(Path::new("/"), &variables).unwrap().unwrap().lib_dir(), libraries.join("lib"));
    }

    #[test]
    fn pytorch_is_used_where_the_user_asks_for_it() {
        let torch = tempfile::tempdir().unwrap();
        plant(torch.path(), Some("2.13.0+cu130"));
        let found = locate(Path::new("/"), &with_pytorch(torch.path())).unwrap().unwrap();
        assert_eq!((found.source, found.lib_dir()), (Source::Pytorch, torch.path().join("lib")));
    }

    #[test]
    fn a_pytorch_that_is_missing_or_of_another_version_is_an_error() {
        let torch = tempfile::tempdir().unwrap();
        let message = |environment: &Environment| {
            let message = locate(Path::new("/"), environment).unwrap_err().to_string();
            message
                .replace(torch.path().to_str().unwrap(), "[TORCH]")
                .replace(env!("CARGO_MANIFEST_DIR"), "[GRADER]")
        };

        insta::assert_snapshot!(message(&environment(&[("LIBTORCH_USE_PYTORCH", Path::new("1"))])), @r"
        LIBTORCH_USE_PYTORCH is set, but there is no `python3` on the PATH; this course needs PyTorch 2.13.0
        next: `unset LIBTORCH_USE_PYTORCH` to let the grader set libtorch up, or `python3 -m pip install torch==2.13.0`
        ");
        insta::assert_snapshot!(message(&with_pytorch(Path::new(""))), @r"
        LIBTORCH_USE_PYTORCH is set, but `[GRADER]/tests/tools/pip/python3` has no package torch; this course needs PyTorch 2.13.0
        next: `unset LIBTORCH_USE_PYTORCH` to let the grader set libtorch up, or `python3 -m pip install torch==2.13.0`
        ");
        plant(torch.path(), Some("2.4.0"));
        insta::assert_snapshot!(message(&with_pytorch(torch.path())), @r"
        LIBTORCH_USE_PYTORCH is set, but `[TORCH]`, which `python3` uses, holds libtorch 2.4.0; this course needs PyTorch 2.13.0
        next: `unset LIBTORCH_USE_PYTORCH` to let the grader set libtorch up, or `python3 -m pip install torch==2.13.0`
        ");
    }
}
