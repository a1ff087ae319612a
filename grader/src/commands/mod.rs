//! What the subcommands do.

pub mod doctor;
pub mod setup;
