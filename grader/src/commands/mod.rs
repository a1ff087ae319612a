//! The commands beside scoring. Each gives back what is to be printed.

pub mod hint;
pub mod list;
pub mod reset;
