//! The page that `grader report` writes, in a real browser: Chromium, where there is one on the `PATH`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;

use support::{Submission, grader};

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The width of a small phone.
const PHONE: u32 = 360;
const DESKTOP: u32 = 1280;

/// Letters and their ground, as WCAG 2 asks for (level AA).
const LEAST_CONTRAST: f64 = 4.5;

/// Shows the page in a frame, opens all of it, measures it, and says in the console what it found.
const PROBE: &str = include_str!("support/probe.html");

struct Browser {
    program: PathBuf,
    /// The page, a page to measure it with, and the browser's own things.
    folder: TempDir,
}

impl Browser {
    /// `None`, and a word about it, where there is no browser.
    fn find() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut programs =
            std::env::split_paths(&path).flat_map(|folder| BROWSERS.map(|name| folder.join(name)));
        let Some(program) = programs.find(|program| program.is_file()) else {
            eprintln!("SKIPPED: there is no Chromium on the PATH");
            return None;
        };
        Some(Browser { program, folder: tempfile::tempdir().unwrap() })
    }

    /// What the browser says on its standard error, the page's console included.
    fn run(&self, arguments: &[&str], file: &Path) -> String {
        let output = Command::new(&self.program)
            // As root it runs in no sandbox; it shows nothing but our own page.
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-extensions"])
            .args([
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--enable-logging=stderr",
                "--allow-file-access-from-files",
            ])
            .arg(format!("--user-data-dir={}", self.folder.path().join("profile").display()))
            .args(arguments)
            .arg(format!("file://{}", file.display()))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        said
    }

    /// The page as it looks in a frame of `width` in dark or light.
    fn measure(&self, width: u32, dark: bool) -> Value {
        let probe = self.folder.path().join("probe.html");
        fs::write(&probe, PROBE.replace("WIDTH", &width.to_string())).unwrap();
        let scheme = format!("--blink-settings=preferredColorScheme={}", if dark { 0 } else { 1 });
        let said = self
            .run(&[&scheme, "--window-size=1400,1000", "--virtual-time-budget=10000", "--dump-dom"], &probe);
        let mut console = said.lines().filter(|line| line.contains("CONSOLE"));
        let line = console.next().unwrap_or_else(|| panic!("the probe found nothing: {said}"));
        let found = line.split_once("measured ").unwrap_or_else(|| panic!("in the console: {line}")).1;
        assert_eq!(console.next(), None, "in the console");
        let json = &found[..=found.rfind('}').unwrap()];
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
    }

    /// How many sheets of paper the `html` takes.
    fn sheets(&self, html: &str) -> usize {
        let (page, pdf) = (self.folder.path().join("print.html"), self.folder.path().join("print.pdf"));
        fs::write(&page, html).unwrap();
        self.run(&[&format!("--print-to-pdf={}", pdf.display())], &page);
        let pdf = fs::read(pdf).unwrap();
        let sheets = pdf.windows(11).filter(|bytes| bytes.starts_with(b"/Type /Page") && bytes.len() == 11);
        // `/Type /Pages` is what holds them together.
        sheets.count() - pdf.windows(12).filter(|bytes| bytes == b"/Type /Pages").count()
    }
}

/// A page about everything that can go wrong, and about what would like to be more than text.
fn page() -> String {
    let evil = "println!(\"<script>document.title = 'evil'</script><img src=x onerror=alert(1)>]]>{}\", \"wide \".repeat(90));";
    let function = "pub fn normalize_rows(m: &Tensor) -> Result<Tensor, TchError> {";
    let submission = Submission::where_ten_is_asked(&format!("{evil} panic!(\"</pre><script>1</script>\");"))
        .insert("ex02", function, "let () = 1;");
    let file = submission.path().join("page.html");
    let output = grader()
        .args(["report", "ex01", "ex02", "ex03", "ex04", "ex05", "--submission"])
        .arg(submission.path())
        .arg("--output")
        .arg(&file)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.ends_with(&format!("points; the report is in {}\n", file.display())), "{said}");
    fs::read_to_string(file).unwrap()
}

#[test]
fn the_page_is_sound_in_a_browser_small_and_large_dark_and_light_and_on_paper() {
    let Some(browser) = Browser::find() else { return };
    let page = page();
    assert!(page.contains("compile error") && page.contains("missing") && page.contains("panicked"));
    assert!(page.contains("The code printed"), "{page}");
    fs::write(browser.folder.path().join("page.html"), &page).unwrap();

    let mut grounds = Vec::new();
    for (width, dark) in [(PHONE, false), (PHONE, true), (DESKTOP, false), (DESKTOP, true)] {
        let found = browser.measure(width, dark);
        assert_eq!(found["width"], width, "the page is wider than its window: {found}");
        assert!(found["contrast"].as_f64().unwrap() >= LEAST_CONTRAST, "dark: {dark}, {found}");
        assert_eq!(found["landmarks"], "header nav main footer", "{found}");
        assert_eq!(found["skipped_headings"], 0, "{found}");
        assert_eq!(found["targets_missing"], 0, "{found}");
        assert_eq!(found["requests"], 0, "{found}");
        assert_eq!(found["opened_by_link"], true, "{found}");
        assert_ne!(found["title"], "evil");
        grounds.push(found["ground"].clone());
    }
    assert_eq!(grounds[0], grounds[2]);
    assert_ne!(grounds[0], grounds[1], "dark is as light");

    let open = page.replace("<details ", "<details open ");
    assert_eq!(browser.sheets(&page), browser.sheets(&open), "something is closed on paper");
    let without_rule = page.replace("content-visibility: visible", "");
    assert!(browser.sheets(&without_rule) < browser.sheets(&page));
}

/// Runs `grader report --open` where each program that could open a page is this shell script.
#[cfg(target_os = "linux")]
fn opened_with(script: &str, folder: &Path) -> std::process::Output {
    use std::os::unix::fs::PermissionsExt;

    for name in ["xdg-open", "gio", "gnome-open", "kde-open6", "kde-open5", "kde-open"] {
        let program = folder.join(name);
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(folder.into()).chain(std::env::split_paths(&path)));
    let output = grader()
        .args(["report", "ex01", "--open", "--output"])
        .arg(folder.join("page.html"))
        .env("PATH", path.unwrap())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

#[cfg(target_os = "linux")]
#[test]
fn the_page_is_opened_and_where_nothing_opens_it_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let opened = folder.path().join("opened");

    let said = opened_with(&format!("echo \"$1\" > '{}'", opened.display()), folder.path()).stderr;
    assert!(!String::from_utf8_lossy(&said).contains("No browser"));
    assert_eq!(fs::read_to_string(opened).unwrap().trim_end(), page.to_str().unwrap());

    let output = opened_with("exit 3", folder.path());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("No browser could be opened") && said.contains("Open the page yourself"), "{said}");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains(&format!("the report is in {}", page.display())), "{told}");
}
