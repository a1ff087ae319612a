//! Stand-in to try set-up and doctor with.
mod commands;
mod libtorch;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if words.first() == Some(&"worker") {
        std::process::exit(0);
    }
    let here = std::env::current_dir().unwrap();
    let root = here.ancestors().find(|folder| folder.join("fixtures/course.yaml").is_file()).unwrap_or(&here);
    let outcome = match words[..] {
        ["setup"] => commands::setup::run(root, false).map(|()| true),
        ["setup", "--cuda"] => commands::setup::run(root, true).map(|()| true),
        ["doctor"] => commands::doctor::run(root),
        _ => libtorch::ensure(root, &libtorch::Environment::capture()).map(|_| true).map_err(Into::into),
    };
    match outcome {
        Ok(true) => {}
        Ok(false) => std::process::exit(3),
        Err(error) => {
            eprintln!("error: {error:#}");
            std::process::exit(3)
        }
    }
}
