//! How far a set-up is: a bar on a terminal, else a line each quarter.

use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::human_bytes;
use crate::report::say;

pub struct Progress {
    title: String,
    total: u64,
    reached: u64,
    started: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// `title` says what is being set up, `total` how many bytes are to be downloaded.
    pub fn start(title: String, total: u64) -> Self {
        let bar = stderr().is_terminal().then(|| {
            let template = "{msg} [{bar:28}] {decimal_bytes} of {decimal_total_bytes}, {elapsed}";
            let style = ProgressStyle::with_template(template).expect("the template above is well formed");
            ProgressBar::new(total).with_style(style.progress_chars("=> ")).with_message("downloading")
        });
        say(&format!("{title} ({} to download, once)", human_bytes(total)));
        Self { title, total, reached: 0, started: Instant::now(), bar }
    }

    /// Takes the most it was ever told: the tool moves away what it has done with.
    pub fn update(&mut self, downloaded: u64) {
        let downloaded = downloaded.max(self.reached);
        match &self.bar {
            Some(bar) => {
                bar.set_position(downloaded);
                if downloaded == self.total && self.reached < self.total {
                    // A full bar looks stuck.
                    let template = "{spinner} unpacking, about half a minute: {elapsed}";
                    let style = ProgressStyle::with_template(template).expect("the template is well formed");
                    bar.set_style(style);
                    bar.enable_steady_tick(Duration::from_millis(100));
                }
            }
            None => {
                if let Some(percent) = quarter_passed(self.reached, downloaded, self.total) {
                    say(&format!("{}: {percent} % downloaded", self.title));
                }
            }
        }
        self.reached = downloaded;
    }

    pub fn finish(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        say(&format!("{}: done in {} s", self.title, self.started.elapsed().as_secs()));
    }
}

impl Drop for Progress {
    /// An error is said below the bar, not in it.
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The last quarter reached since `before`, in percent; the end has its own line.
fn quarter_passed(before: u64, now: u64, total: u64) -> Option<u64> {
    let quarter = |bytes: u64| (bytes * 4 / total.max(1)).min(3);
    (quarter(now) > quarter(before)).then(|| quarter(now) * 25)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_quarter_is_told_once() {
        let positions = [0, 10, 25, 26, 49, 80, 100, 100];
        let told: Vec<u64> =
            positions.windows(2).filter_map(|pair| quarter_passed(pair[0], pair[1], 100)).collect();
        assert_eq!(told, [25, 75]);
    }
}
