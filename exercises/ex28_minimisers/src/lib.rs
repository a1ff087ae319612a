//! # Minimisers, global and local
//!
//! min over w in C of L(w): L, the **objective**, gives a number for every w, and C, the **feasible
//! set**, says which w are allowed. "A budget of 10" or "no negative weight" is a C; without
//! constraints, C is all of ℝᵈ.
//!
//! - w* is a (global) **minimiser** if it is in C, and L(w*) ≤ L(w) for all w in C.
//! - The **optimal value** L* is the infimum of L over C: what L is at a minimiser, if there is
//!   one. There may be several minimisers, with one optimal value, or none: that of eʷ over ℝ is 0.
//! - w* is a **local minimiser** if there is a radius r > 0 such that L(w*) ≤ L(w) for all w with
//!   ‖w − w*‖ ≤ r.
//!
//! {w : ‖w − c‖ ≤ r} is the **ball** of radius r about c, with its boundary; ‖·‖ is the Euclidean
//! norm. So a local minimiser is a global one of a smaller problem, that with its own ball for C.
//!
//! ## An example
//!
//! L(w) = (w² − 4)² + w has two valleys. Of these seven points:
//!
//! | index | 0 | 1 | 2 | 3 | 4 | 5 | 6 |
//! |---|---|---|---|---|---|---|---|
//! | w | −3 | −2 | −1 | 0 | 1 | 2 | 3 |
//! | L(w) | 22 | −2 | 8 | 16 | 10 | 2 | 28 |
//!
//! - C = ℝ: the minimiser is −2, at index 1, and the optimal value −2.
//! - C = {w ≥ 0}: the minimiser is 2, at index **5** of the points, and the optimal value 2. A
//!   smaller C never has a lower optimal value.
//! - C = {w ≥ 5}: none of the points is feasible, so there is no minimiser among them.
//! - 2 is a local minimiser: with r = 1, the ball holds 1, 2 and 3. With r = 4 it holds −2 as well,
//!   on its boundary, and L(−2) is lower.
//!
//! A gradient does not settle this. It is 0 at every local minimiser inside C at which L is
//! differentiable, but also on a summit and at a saddle. At the kink of |w| and on the boundary of
//! C it says nothing.
//!
//! On a computer one looks at finitely many points. They can prove that w is *not* a minimiser: one
//! lower point is enough. That none of them is lower proves it for these points alone.
//!
//! | PyTorch | tch |
//! |---|---|
//! | `torch.dist(w, c)`, `(w - c).norm()` | `w.dist(&c)`, `(w - c).norm()` |
//! | `value.item()` | `value.double_value(&[])` |
//! | `torch.argmin(values)` | `values.argmin(None, false)`: of a NaN, it gives the index of that |
//!
//! ## What to know
//!
//! - L need not be defined outside C (log w for w ≤ 0): ask for feasibility first, and then for L.
//! - NaN is neither lower nor higher than anything, `partial_cmp` with it is `None`, and `f64::min`
//!   drops it.
//! - In Rust, `filter(…).enumerate()` counts what is left, `enumerate().filter(…)` everything.

use tch::{TchError, Tensor};

/// The minimiser among finitely many points, and the optimal value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Best {
    /// The place of the minimiser in the list of points.
    pub index: usize,
    /// The objective there.
    pub value: f64,
}

/// Whether `w` is in the ball of radius `r` about `center`: ‖w − center‖ ≤ r. The boundary belongs
/// to the ball. `r` may be 0, and ∞.
///
/// # Errors
/// - `TchError::Convert` where `r` is negative or NaN.
/// - `TchError::Kind` where `w` is not floating-point, or has another dtype than `center`.
/// - `TchError::Shape` where `w` does not have exactly the shape of `center`.
pub fn in_ball(w: &Tensor, center: &Tensor, r: f64) -> Result<bool, TchError> {
    todo!()
}

/// The minimiser of `f` among those of `points` that are `feasible`.
///
/// `f` gives one number, and is evaluated at feasible points alone, once at each. Of several points
/// with the lowest value it is the first. A point with a NaN for its value is passed over. `None`
/// where no feasible point has another value than NaN.
///
/// # Errors
/// `TchError::Shape` where the value of `f` at a feasible point does not have exactly one element.
pub fn best_feasible(
    f: &dyn Fn(&Tensor) -> Tensor,
    points: &[Tensor],
    feasible: &dyn Fn(&Tensor) -> bool,
) -> Result<Option<Best>, TchError> {
    todo!()
}

/// Whether `w` is a local minimiser with the radius `r`, as far as `points` can tell: whether
/// f(w) ≤ f(p) for every p of them in the ball of radius `r` about `w`.
///
/// `f` gives one number, and is evaluated nowhere outside the ball. A point with a NaN for its
/// value is passed over. Where f(w) is NaN, w is no minimiser.
///
/// # Errors
/// - `TchError::Convert`, `TchError::Kind` and `TchError::Shape` where [`in_ball`] refuses `r`, or
///   `w` and one of `points`.
/// - `TchError::Shape` where a value of `f` does not have exactly one element.
pub fn is_local_min(
    f: &dyn Fn(&Tensor) -> Tensor,
    w: &Tensor,
    r: f64,
    points: &[Tensor],
) -> Result<bool, TchError> {
    todo!()
}
