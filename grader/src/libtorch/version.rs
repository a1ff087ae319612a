//! Which version a libtorch folder holds, read from its files.

use std::fs;
use std::path::Path;

/// Tries what a libtorch archive has (`build-version`), what a PyTorch package has (`version.py`), then the headers.
pub fn read(root: &Path) -> Option<String> {
    let text = |path: &str| fs::read_to_string(root.join(path)).ok();
    let build_version =
        || text("build-version").map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    build_version()
        .or_else(|| quoted(&text("version.py")?, "__version__ ="))
        .or_else(|| header(&text("include/torch/headeronly/version.h")?))
        .or_else(|| header(&text("include/torch/csrc/api/include/torch/version.h")?))
}

/// `2.13.0` of `2.13.0+cpu`.
pub fn release(version: &str) -> &str {
    version.split_once('+').map_or(version, |(release, _)| release)
}

fn quoted(python: &str, assignment: &str) -> Option<String> {
    let value = python.lines().find_map(|line| line.strip_prefix(assignment))?;
    Some(value.trim().trim_matches(['\'', '"']).to_owned())
}

fn header(header: &str) -> Option<String> {
    let number = |name: &str| {
        let definition = format!("#define {name} ");
        header.lines().find_map(|line| line.strip_prefix(&definition)?.trim().parse::<u32>().ok())
    };
    Some(format!(
        "{}.{}.{}",
        number("TORCH_VERSION_MAJOR")?,
        number("TORCH_VERSION_MINOR")?,
        number("TORCH_VERSION_PATCH")?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version_of(files: &[(&str, &str)]) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        read(folder.path())
    }

    const PYTHON: (&str, &str) = (
        "version.py",
        "__all__ = ['__version__', 'debug']\n__version__ = '2.13.0+cu130'\ndebug = False\n__version__ += 'x'\n",
    );
    const HEADER: &str = "#define TORCH_VERSION_MAJOR 2\n\n#define TORCH_VERSION_MINOR 12\n#define TORCH_VERSION_PATCH 1\n#define TORCH_VERSION \\\n  \"2.12.1\"\n";

    #[test]
    fn the_version_is_found_in_whatever_file_there_is() {
        assert_eq!(version_of(&[("build-version", "2.4.0+cpu\n"), PYTHON]).as_deref(), Some("2.4.0+cpu"));
        assert_eq!(version_of(&[PYTHON]).as_deref(), Some("2.13.0+cu130"));
        assert_eq!(version_of(&[("include/torch/headeronly/version.h", HEADER)]).as_deref(), Some("2.12.1"));
        assert_eq!(
            version_of(&[("include/torch/csrc/api/include/torch/version.h", HEADER)]).as_deref(),
            Some("2.12.1")
        );
    }

    #[test]
    fn a_folder_that_does_not_say_has_no_version() {
        assert_eq!(version_of(&[]), None);
        assert_eq!(version_of(&[("build-version", "\n"), ("version.py", "import os\n")]), None);
    }

    #[test]
    fn the_release_leaves_out_what_it_was_built_for() {
        assert_eq!(release("2.13.0+cu130"), "2.13.0");
        assert_eq!(release("2.13.0"), "2.13.0");
    }
}
