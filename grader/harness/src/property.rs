//! Properties: a statement that must hold for every generated input.

use std::cell::{Cell, RefCell};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

use crate::failure::{Failure, Outcome};
use crate::observe::observe;
use crate::seed::generator;
use crate::suite::Context;

impl Context {
    /// Checks that `property` holds for every input of `strategy` that is tried.
    ///
    /// The failure is that of the smallest input that fails, as far as proptest can shrink it.
    ///
    /// # Errors
    /// The failure of the property; a panic of the function under test is one.
    pub fn for_all<S: Strategy>(&self, strategy: S, property: impl Fn(S::Value) -> Outcome) -> Outcome {
        let latest = RefCell::new(None::<Failure>);
        let tried = Cell::new(0_u32);
        let failed_at = Cell::new(None);
        let mut runner = TestRunner::new_with_rng(
            config(self.settings.cases),
            generator(self.settings.seed, &self.exercise, &self.check),
        );
        let result = runner.run(&strategy, |input| {
            if failed_at.get().is_none() {
                tried.set(tried.get() + 1);
            }
            let Err(failure) = observe(|| property(input)).and_then(|outcome| outcome) else {
                return Ok(());
            };
            failed_at.set(failed_at.get().or(Some(tried.get())));
            latest.replace(Some(failure));
            Err(TestCaseError::fail("see `latest`"))
        });
        match result {
            Ok(()) => Ok(()),
            Err(TestError::Abort(reason)) => {
                Err(Failure::new(format!("the check could not make enough inputs: {reason}")))
            }
            // Shrinking keeps an input only if it fails too, so the latest failure is the smallest's.
            Err(TestError::Fail(..)) => {
                let mut failure = latest.take().unwrap_or_else(|| Failure::new("the property does not hold"));
                failure.0.origin = Some(format!(
                    "the smallest input found that fails; the first was number {} of {}, seed {}",
                    failed_at.get().unwrap_or_default(),
                    self.settings.cases,
                    self.settings.seed
                ));
                Err(failure)
            }
        }
    }
}

/// Every setting that `PROPTEST_*` in the environment could change is set here.
pub(crate) fn config(cases: u32) -> Config {
    Config {
        cases,
        max_local_rejects: 65_536,
        max_global_rejects: 1_024,
        max_flat_map_regens: 1_000_000,
        max_shrink_time: 0,
        // A refusal by libtorch takes milliseconds, and a check has but seconds. Counted, not timed: the same seed
        // gives the same report on any machine.
        max_shrink_iters: 200,
        max_default_size_range: 100,
        verbose: 0,
        rng_seed: RngSeed::Random,
        failure_persistence: None,
        source_file: None,
        test_name: None,
        ..Config::default()
    }
}
