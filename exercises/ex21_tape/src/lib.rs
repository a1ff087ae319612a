//! # The tape: a backward pass of your own
//!
//! What libtorch does when you call `backward` fits into a hundred lines without libtorch. Here you
//! write them, for single numbers and three operations.
//!
//! **Forward.** Every operation computes its value and appends a *node* to a list, the **tape**: which
//! operation it was, and on which earlier nodes. So every node comes after the nodes that it uses.
//!
//! **Backward.** The **adjoint** of node i is v̄ᵢ = ∂out/∂vᵢ: how fast the output grows with that node.
//! That of the output itself is 1. Go through the tape from the output to the beginning. A node's
//! adjoint is complete when its turn comes, because all that use it have had theirs; it then gives each
//! of its inputs a share, by the chain rule:
//!
//! > v̄ᵢ **+=** v̄ⱼ · ∂vⱼ/∂vᵢ    for every input i of node j
//!
//! | vⱼ | share of a | share of b |
//! |---|---|---|
//! | a + b | v̄ⱼ | v̄ⱼ |
//! | a · b | v̄ⱼ · b | v̄ⱼ · a |
//! | sin a | v̄ⱼ · cos a | |
//!
//! Shares are added, as what is used twice has two ways to reach the output. The sum over *all* ways is
//! the derivative, but nobody has to walk them one by one: 60 doublings have 2⁶⁰ of them and 61 nodes.
//! One step for each node is all it takes, whatever the number of leaves: that is why training goes backward.
//!
//! ## An example
//!
//! out = (x + y)·x at (2, 3), so x² + xy = 10. By hand: ∂out/∂x = 2x + y = 7 and ∂out/∂y = x = 2.
//!
//! ```text
//! node       value    backward, from the last to the first        adjoint
//! 0: x           2    5 from node 3, and 2 from node 2                  7
//! 1: y           3    2 from node 2                                     2
//! 2: 0 + 1       5    1·2 from node 3 (the other factor is x)           2
//! 3: 2 · 0      10    the output                                        1
//! ```
//!
//! | PyTorch | here |
//! |---|---|
//! | a tensor with `requires_grad=True` | a leaf |
//! | `y.grad_fn`, `y.grad_fn.next_functions` | a node's operation and its inputs |
//! | `torch.autograd.grad(out, nodes)`, tch's `Tensor::run_backward` | `tape.backward(out)` |
//!
//! PyTorch finds the order by counting, for each node, the users that have not had their turn.
//!
//! ## What to know
//!
//! - A function that calls itself for its inputs needs a stack as deep as the graph is. Loop.
//! - What the output does not depend on takes no part: 0·∞ would be NaN.
//! - An [`Id`] means something on its own tape alone. An index by itself cannot tell.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Names a node of a tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Id {
    /// [`Tape::number`] of the tape that the node is on.
    tape: u64,
    index: usize,
}

impl Id {
    /// The node's place on its tape. Nodes count 0, 1, 2, … as they are recorded.
    pub fn index(self) -> usize {
        self.index
    }
}

/// The error for an [`Id`] of another tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForeignId;

impl fmt::Display for ForeignId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this node is on another tape")
    }
}

impl Error for ForeignId {}

/// What is recorded of a computation.
#[derive(Debug)]
pub struct Tape {
    /// No other tape has it.
    number: u64,
    nodes: Vec<Node>,
}

/// What is remembered of a node is up to you: this would be enough.
#[derive(Debug)]
struct Node {
    value: f64,
    operation: Operation,
}

/// How a node's value came about, with the indices of its inputs.
#[derive(Debug, Clone, Copy)]
enum Operation {
    Leaf,
    Add(usize, usize),
    Mul(usize, usize),
    Sin(usize),
}

impl Default for Tape {
    /// An empty tape.
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Tape { number: NEXT.fetch_add(1, Ordering::Relaxed), nodes: Vec::new() }
    }
}

impl Tape {
    /// Records an input.
    pub fn leaf(&mut self, value: f64) -> Id {
        todo!()
    }

    /// Records a + b. The two may be the same node.
    ///
    /// # Errors
    /// [`ForeignId`] if one of them is on another tape; nothing is recorded then.
    pub fn add(&mut self, a: Id, b: Id) -> Result<Id, ForeignId> {
        todo!()
    }

    /// Records a · b. The two may be the same node.
    ///
    /// # Errors
    /// [`ForeignId`] if one of them is on another tape; nothing is recorded then.
    pub fn mul(&mut self, a: Id, b: Id) -> Result<Id, ForeignId> {
        todo!()
    }

    /// Records sin a.
    ///
    /// # Errors
    /// [`ForeignId`] if `a` is on another tape; nothing is recorded then.
    pub fn sin(&mut self, a: Id) -> Result<Id, ForeignId> {
        todo!()
    }

    /// The value of a node.
    ///
    /// # Errors
    /// [`ForeignId`] if it is on another tape.
    pub fn value(&self, id: Id) -> Result<f64, ForeignId> {
        todo!()
    }

    /// The adjoint ∂out/∂v of **every** node on the tape, at its index: also of those in between, of `out`
    /// itself (1), and of those that `out` does not depend on (0), among them all that were recorded later.
    ///
    /// Its time is linear in the number of nodes, its stack does not grow with them, and no pass leaves
    /// anything behind for the next one.
    ///
    /// # Errors
    /// [`ForeignId`] if `out` is on another tape.
    pub fn backward(&self, out: Id) -> Result<Vec<f64>, ForeignId> {
        todo!()
    }
}
