//! `grader setup`: makes libtorch ready, and says which one it is.

use std::path::Path;

use crate::libtorch::{self, Environment, Variant};

pub fn run(root: &Path, cuda: bool) -> anyhow::Result<()> {
    let environment = Environment::capture();
    let variant = if cuda { Variant::Cuda } else { Variant::Cpu };
    let libtorch = libtorch::set_up(root, &environment, variant)?;
    println!("libtorch {} is ready: {} ({})", libtorch.version, libtorch.root.display(), libtorch.source);
    if cuda && !libtorch.cuda {
        println!("It has no CUDA libraries: `unset` what points to it, then this again.");
    }
    // Nothing can be built without it, so say so now; the set-up itself is done.
    libtorch::find_compiler(&environment)?;
    Ok(())
}
