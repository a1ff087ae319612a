//! The C++ compiler, which the Rust bindings of libtorch are built with.

use std::path::PathBuf;

use super::{Environment, Error};

/// The compiler the build will use: `CXX`, else `c++`.
pub fn find(environment: &Environment) -> Result<PathBuf, Error> {
    let chosen = environment.get("CXX").and_then(|value| value.to_str()).unwrap_or("c++");
    // `CXX` may be a command with arguments, as in `ccache g++`.
    let name = chosen.split_whitespace().next().unwrap_or("c++");
    environment.find_program(name).ok_or_else(|| Error::NoCompiler { name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiler_is_cxx_or_else_the_one_on_the_path() {
        let sh = Some(PathBuf::from("/bin/sh"));
        assert_eq!(find(&[("CXX", "sh -x"), ("PATH", "/bin")].into_iter().collect()).ok(), sh);
        assert_eq!(find(&[("CXX", "/bin/sh")].into_iter().collect()).ok(), sh);
    }

    #[test]
    fn a_missing_compiler_is_an_error_that_names_it_and_the_package() {
        let message =
            find(&[("CXX", "g++-99"), ("PATH", "/bin")].into_iter().collect()).unwrap_err().to_string();
        assert!(message.contains("no C++ compiler `g++-99`"), "{message}");
        assert!(message.contains("apt install g++"), "{message}");
    }
}
