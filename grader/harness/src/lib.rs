//! What the checks of an exercise are written with.
//!
//! An exercise's `checks.rs` declares its checks in a [`Suite`] and names it in [`exercise!`]. One file is
//! then both a plugin, which the grader's worker loads ([`session`]), and an ordinary test program
//! ([`test_program`]): the same checks, the same messages.
//!
//! A check receives a [`Context`] and answers an [`Outcome`]. Inputs come from [`inputs`], are fed to a
//! property by [`Context::for_all`], and every call of a learner's function goes through a [`Call`], which
//! remembers what was called with which input and words the [`Failure`]. What learners should rather see than
//! read, a [`figure`] shows.

mod call;
mod compare;
mod display;
mod failure;
pub mod figure;
mod fixture;
pub mod inputs;
mod observe;
mod plain;
mod property;
mod seed;
pub mod session;
mod suite;
pub mod test_program;
mod tolerance;

pub use call::{Call, Expect, Refusal};
pub use compare::{Difference, compare};
pub use failure::{Failure, Outcome};
pub use observe::on_stack_of;
pub use plain::Plain;
pub use suite::{Context, Suite};
pub use tolerance::Tolerance;

/// What a `checks.rs` brings into scope.
pub mod prelude {
    pub use crate::inputs::{self, Layout, TensorSpec};
    pub use crate::{Call, Context, Failure, Outcome, Plain, Refusal, Suite, Tolerance};
    pub use proptest::prelude::{BoxedStrategy, Just, Strategy, any};
    pub use proptest::{prop_oneof, sample::select};
    pub use tch::{Kind, TchError, Tensor};

    /// What a function returns that has to refuse bad input.
    pub type R<T> = Result<T, TchError>;
}

/// Makes a plugin and a test program of the checks that `$suite` declares.
///
/// `exercise!(ex03, suite)` with `fn suite(suite: &mut Suite)`.
#[macro_export]
macro_rules! exercise {
    ($exercise:ident, $suite:path) => {
        /// The entry that the grader's worker calls.
        ///
        /// # Safety
        /// As [`harness::session::run_raw`] says.
        // SAFETY (no_mangle): the grader loads one plugin per process, so nothing clashes with this name.
        #[cfg(not(test))]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn exercise_checks_v2(socket: i32, job: *const u8, job_len: usize) {
            // SAFETY: the caller keeps what run_raw asks for.
            unsafe { $crate::session::run_raw(socket, job, job_len, $suite) }
        }

        #[cfg(test)]
        fn main() -> std::process::ExitCode {
            $crate::test_program::run(
                stringify!($exercise),
                concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures"),
                $suite,
            )
        }
    };
}
