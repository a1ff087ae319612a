//! `grader setup`: makes libtorch ready, and says which one it is.

use std::io::{self, Write};
use std::path::Path;

use crate::libtorch::{self, Environment, Libtorch, Variant};

pub fn run(root: &Path, cuda: bool) -> anyhow::Result<()> {
    let environment = Environment::capture();
    let variant = if cuda { Variant::Cuda } else { Variant::Cpu };
    let libtorch = libtorch::set_up(root, &environment, variant)?;
    let Libtorch { version, root, source, .. } = &libtorch;
    if cuda && !libtorch.cuda {
        anyhow::bail!(
            "libtorch {version} in `{}` ({source}) has no CUDA libraries\n\
             next: unset what points to it to have the grader set one up that does, then this again",
            root.display()
        );
    }
    // Written, not printed: a reader that has gone away is an error, not a panic.
    let (release, abilities) = (libtorch.release(), libtorch.abilities());
    writeln!(io::stdout(), "libtorch {release}, {abilities}, is ready: {} ({source})", root.display())?;
    // Nothing can be built without it, so say so now; the set-up itself is done.
    libtorch::find_compiler(&environment)?;
    Ok(())
}
