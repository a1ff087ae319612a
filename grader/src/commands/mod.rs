//! What the subcommands do.

pub mod audit;
pub mod doctor;
pub mod figures;
pub mod hint;
pub mod list;
pub mod report;
pub mod reset;
pub mod score;
pub mod setup;
