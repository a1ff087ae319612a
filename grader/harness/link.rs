//! The build script of every package that links libtorch: has its programs and plugins find the libraries at run time,
//! whichever way they are started. Finds libtorch as the build script of torch-sys does.

use std::env;
use std::path::PathBuf;
use std::process::Command;

fn main() {
    for name in ["LIBTORCH", "LIBTORCH_LIB", "LIBTORCH_USE_PYTORCH", "VIRTUAL_ENV"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let lib = if env::var("LIBTORCH_USE_PYTORCH").is_ok() { pytorch() } else { libtorch() };
    let library = lib.join(format!("libtorch_cpu{}", env::consts::DLL_SUFFIX));
    // A libtorch that has come or gone since is noticed.
    println!("cargo::rerun-if-changed={}", library.display());
    if !library.is_file() {
        // That alone makes the build fail, and in fewer lines than a script that fails by itself.
        println!(
            "cargo::error=there is no libtorch in `{}`: run `cargo run -p grader -- setup` once, then this again",
            lib.display()
        );
        return;
    }
    println!("cargo::rustc-link-arg=-Wl,-rpath,{}", lib.display());

    // Once loaded, it registers its kernels; but nothing refers to it by name, so the linker would leave it out.
    let cuda = lib.join("libtorch_cuda.so");
    if cuda.is_file() {
        for argument in ["-Wl,--no-as-needed", &cuda.display().to_string(), "-Wl,--as-needed"] {
            println!("cargo::rustc-link-arg={argument}");
        }
    }

    // insta then need not ask cargo for it when a test runs.
    if env::var("CARGO_PKG_NAME").is_ok_and(|name| name == "harness") {
        let harness = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
        // The grader builds through links, which may go while what is built stays.
        let harness = harness.canonicalize().expect("it is a folder");
        let workspace = harness.ancestors().nth(2).expect("the harness is two folders deep");
        println!("cargo::rustc-env=INSTA_WORKSPACE_ROOT={}", workspace.display());
    }
}

fn libtorch() -> PathBuf {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from);
    folder("LIBTORCH_LIB").or_else(|| folder("LIBTORCH")).unwrap_or_default().join("lib")
}

fn pytorch() -> PathBuf {
    let python = if env::var_os("VIRTUAL_ENV").is_some() { "python" } else { "python3" };
    let find =
        "import importlib.util, os; print(os.path.dirname(importlib.util.find_spec('torch').origin), end='')";
    let found =
        Command::new(python).args(["-c", find]).output().map(|output| output.stdout).unwrap_or_default();
    PathBuf::from(String::from_utf8_lossy(&found).into_owned()).join("lib")
}
