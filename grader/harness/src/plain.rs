//! What a check may compare with `==`.

use std::fmt::Debug;
use std::time::Duration;

use tch::{Device, Kind};

/// A type that no learner defines. Where a learner's own type were compared, its author would say what is equal: with
/// `impl PartialEq for Best { fn eq(&self, _: &Self) -> bool { true } }` every answer were right. So a check takes such a
/// type apart, into plain ones or into a type of its own, which then implements this.
pub trait Plain: PartialEq + Debug {}

macro_rules! plain {
    ($($name:ty),*) => { $(impl Plain for $name {})* };
}

plain!(bool, char, u8, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64);
plain!(String, &str, Kind, Device, Duration, ());

impl<T: Plain> Plain for Option<T> {}
impl<T: Plain> Plain for Vec<T> {}
impl<T: Plain> Plain for [T] {}
impl<T: Plain, const N: usize> Plain for [T; N] {}
impl<A: Plain, B: Plain> Plain for (A, B) {}
impl<A: Plain, B: Plain, C: Plain> Plain for (A, B, C) {}
