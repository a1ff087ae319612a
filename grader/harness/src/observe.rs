//! Running somebody else's code: its panics become data, and it leaves nothing behind for the next call.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use crate::failure::{Failure, FailureKind};

thread_local! {
    /// How many [`observe`]s this thread is in.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// `src/lib.rs:12:5` of the latest panic on this thread.
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `body` with gradient mode on, whatever an earlier call left, and turns a panic into a [`Failure`].
pub(crate) fn observe<T>(body: impl FnOnce() -> T) -> Result<T, Failure> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let aloud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            // A property calls a function many times while it shrinks: only the last panic is worth showing,
            // and the failure shows it. A panic of another thread has no failure that would.
            if DEPTH.get() == 0 {
                aloud(info);
            }
            LOCATION.set(info.location().map(ToString::to_string));
        }));
    });
    LOCATION.take();
    let result = tch::with_grad(|| {
        DEPTH.set(DEPTH.get() + 1);
        let result = panic::catch_unwind(AssertUnwindSafe(body));
        DEPTH.set(DEPTH.get() - 1);
        result
    });
    result.map_err(|payload| of_panic(payload.as_ref()))
}

/// Runs `body` on a stack of `bytes` of its own, where a recursion that goes too deep overflows soon. A panic in it
/// goes on in the caller, as if it had happened there.
pub fn on_stack_of<T: Send>(bytes: usize, body: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let observed = || {
            DEPTH.set(1);
            let result = panic::catch_unwind(AssertUnwindSafe(body));
            (result, LOCATION.take())
        };
        let thread = std::thread::Builder::new().stack_size(bytes).spawn_scoped(scope, observed);
        let (result, location) =
            thread.expect("a thread more").join().expect("what panics in it is caught there");
        LOCATION.set(location);
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    })
}

fn of_panic(payload: &(dyn Any + Send)) -> Failure {
    let words = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("(the panic carries no message)");
    if words.starts_with("not yet implemented") {
        return Failure::of_kind(
            FailureKind::Todo,
            "still to do: the function, or one that it calls, is `todo!()`",
        );
    }
    if let Some(refusal) = refusal_of_libtorch(words) {
        let failure =
            Failure::of_kind(FailureKind::Panicked, format!("panicked: libtorch refused: {refusal}"));
        return match usual_cause(refusal) {
            Some(cause) => failure.because(cause),
            None => failure,
        };
    }
    let place =
        LOCATION.take().map(|location| format!(" at {}", without_registry(&location))).unwrap_or_default();
    let failure = Failure::of_kind(FailureKind::Panicked, format!("panicked{place}: {words}"));
    // The dtype of no tensor, which tch has no name for.
    if words.contains("UnknownKind(") { failure.because(UNDEFINED) } else { failure }
}

/// Of a place in a dependency, what does not depend on the machine: `tch-0.26.0/src/wrappers/tensor.rs:239:34`.
fn without_registry(location: &str) -> &str {
    let in_registry = location.split_once("/registry/src/").and_then(|(_, index)| index.split_once('/'));
    in_registry.map_or(location, |(_, place)| place)
}

/// What libtorch said, where tch unwrapped its error: without the C++ stack that libtorch appends, and without
/// the place, which is always in tch.
fn refusal_of_libtorch(words: &str) -> Option<&str> {
    let (_, said) = words.split_once("on an `Err` value: Torch(\"")?;
    // The text is that of `Debug`: a line break is a backslash and an n.
    let line = said.split("\\n").next().unwrap_or(said).trim_end_matches("\")");
    // Where a device is not there, a list of all the others follows, 1500 characters long.
    Some(line.split(". This could be because").next().unwrap_or(line))
}

/// What libtorch says of a write to a tensor of which several elements are one number in memory.
pub(crate) const SHARED_ELEMENTS: &str = "refers to a single memory location";

const UNDEFINED: &str = "an undefined tensor was used, as grad() gives where backward left no gradient. Only a leaf gets \
                         one: what a recorded operation computed (copy() of a tracked tensor, a step outside no_grad) \
                         is none, unless it is made one by detach().copy().set_requires_grad(true). And a leaf that \
                         the value does not depend on gets none either: ask defined() first.";

/// What those refusals of libtorch that learners meet most often come from.
pub(crate) fn usual_cause(refusal: &str) -> Option<&'static str> {
    if refusal.contains("must match the size of tensor") {
        Some(
            "these shapes do not broadcast. Aligned at the right, two sizes have to be equal or one \
             of them 1: look at keepdim and unsqueeze.",
        )
    } else if refusal.contains("exceeds dimension size") {
        Some("narrow takes a start and a length: the range start..stop is stop − start long.")
    } else if refusal.contains("must match except in dimension") {
        Some(
            "cat joins along one dimension, and every other size has to agree: look at the dim it was given.",
        )
    } else if refusal.contains(SHARED_ELEMENTS) {
        Some(
            "an in-place operation on an expanded tensor, where one number in memory is many elements \
             (stride 0): work on a copy().",
        )
    } else if refusal.contains("a leaf Variable that requires grad") {
        Some(
            "a write to a tracked leaf is refused, because results that were computed from it may need the old \
             values: write inside tch::no_grad.",
        )
    } else if refusal.contains("Expected a proper Tensor but got None") {
        Some(UNDEFINED)
    } else if refusal.contains("No CUDA GPUs are available") {
        Some("Cuda::synchronize works only where there is a GPU: look at the device first.")
    } else if refusal.contains("backward through the graph a second time") {
        Some("a backward pass frees the graph behind it, unless it is told to keep it.")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Kind, Tensor};

    #[test]
    fn a_panic_becomes_a_failure_that_says_where_and_what() {
        let failure = observe(|| -> () { panic!("index {} is out of range", 7) }).unwrap_err();
        assert_eq!(failure.0.kind, FailureKind::Panicked);
        assert!(failure.0.headline.contains("observe.rs:"), "{}", failure.0.headline);
        assert!(failure.0.headline.ends_with(": index 7 is out of range"), "{}", failure.0.headline);
    }

    #[test]
    fn of_a_refusal_of_libtorch_only_its_own_first_line_is_told() {
        let tensor = Tensor::ones([2, 3], (Kind::Float, tch::Device::Cpu));
        let failure = observe(|| &tensor / tensor.sum_dim_intlist(1, false, None)).unwrap_err();
        assert_eq!(
            failure.0.headline,
            "panicked: libtorch refused: The size of tensor a (3) must match the size of tensor b (2) \
             at non-singleton dimension 1"
        );
        assert!(failure.0.cause.is_some_and(|cause| cause.contains("keepdim")));
    }

    #[test]
    fn a_panic_in_a_dependency_has_the_same_place_on_every_machine() {
        let failure = observe(|| Tensor::new().kind()).unwrap_err();
        assert!(failure.0.headline.starts_with("panicked at tch-"), "{}", failure.0.headline);
    }

    #[test]
    fn a_write_to_an_expanded_tensor_is_explained_in_terms_of_tch() {
        let mut expanded = Tensor::ones([1], (Kind::Float, tch::Device::Cpu)).expand([3], false);
        let failure = observe(|| expanded += 1.0).unwrap_err();
        assert!(failure.0.cause.is_some_and(|cause| cause.contains("copy()")), "{}", failure.0.headline);
    }

    #[test]
    fn a_device_that_is_not_there_is_told_in_one_line() {
        let tensor = Tensor::ones([1], (Kind::Float, tch::Device::Cpu));
        let failure = observe(|| tensor.to_device(tch::Device::Cuda(99))).unwrap_err();
        assert!(failure.0.headline.len() < 200, "{}", failure.0.headline);
    }

    #[test]
    fn refusals_of_autograd_are_explained() {
        let leaf = || Tensor::ones([2], (Kind::Float, tch::Device::Cpu)).set_requires_grad(true);
        let failure = observe(|| leaf().fill_(2.0)).unwrap_err();
        assert!(failure.0.cause.is_some_and(|cause| cause.contains("no_grad")), "{}", failure.0.headline);
        let products = observe(|| (leaf() * 2.0).grad() * 0.5).unwrap_err();
        let dtypes = observe(|| leaf().grad().kind()).unwrap_err();
        for failure in [products, dtypes] {
            assert_eq!(failure.0.cause.as_deref(), Some(UNDEFINED), "{}", failure.0.headline);
        }
        let failure = observe(|| {
            let sum = leaf().square().sum(None::<Kind>);
            sum.backward();
            sum.backward();
        });
        let failure = failure.unwrap_err();
        assert!(failure.0.cause.is_some_and(|cause| cause.contains("keep")), "{}", failure.0.headline);
    }

    #[test]
    fn a_todo_is_not_a_failure() {
        assert_eq!(observe(|| -> () { todo!() }).unwrap_err().0.kind, FailureKind::Todo);
        assert_eq!(observe(|| -> () { todo!("step {}", 2) }).unwrap_err().0.kind, FailureKind::Todo);
    }

    #[test]
    fn a_panic_on_another_stack_is_that_of_the_call() {
        let failure = observe(|| on_stack_of(64 << 10, || -> () { panic!("index {}", 7) })).unwrap_err();
        assert!(failure.0.headline.contains("observe.rs:"), "{}", failure.0.headline);
        assert!(failure.0.headline.ends_with(": index 7"), "{}", failure.0.headline);
        let failure = observe(|| on_stack_of(64 << 10, || -> () { todo!() })).unwrap_err();
        assert_eq!(failure.0.kind, FailureKind::Todo);
        assert_eq!(observe(|| on_stack_of(64 << 10, || 7)).unwrap(), 7);
    }

    #[test]
    fn a_call_that_panics_inside_no_grad_leaves_gradients_on_for_the_next() {
        let tracked = || Tensor::ones([1], (Kind::Float, tch::Device::Cpu)).set_requires_grad(true) * 2;
        let _ = observe(|| tch::no_grad(|| panic!("inside")));
        assert!(observe(|| tracked().requires_grad()).unwrap());
    }
}
