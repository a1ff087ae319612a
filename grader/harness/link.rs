fn main() {
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    let lib = std::env::var("LIBTORCH").unwrap() + "/lib";
    if !std::path::Path::new(&lib).exists() {
        println!("cargo::error=libtorch is not set up: run `cargo run -p grader -- setup` first");
        std::process::exit(1)
    }
    println!("cargo::rustc-link-arg=-Wl,-rpath,{lib}");
    println!("cargo::rustc-env=INSTA_WORKSPACE_ROOT=..");
}
