//! The tape: reverse-mode differentiation in one list and one loop.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Names a node of a tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Id {
    tape: u64,
    index: usize,
}

impl Id {
    /// The node's place on its tape.
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
    number: u64,
    nodes: Vec<Node>,
}

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
        self.record(value, Operation::Leaf)
    }

    /// Records a + b.
    pub fn add(&mut self, a: Id, b: Id) -> Result<Id, ForeignId> {
        let value = self.value(a)? + self.value(b)?;
        Ok(self.record(value, Operation::Add(a.index, b.index)))
    }

    /// Records a · b.
    pub fn mul(&mut self, a: Id, b: Id) -> Result<Id, ForeignId> {
        let value = self.value(a)? * self.value(b)?;
        Ok(self.record(value, Operation::Mul(a.index, b.index)))
    }

    /// Records sin a.
    pub fn sin(&mut self, a: Id) -> Result<Id, ForeignId> {
        let value = self.value(a)?.sin();
        Ok(self.record(value, Operation::Sin(a.index)))
    }

    /// The value of a node. Every method that takes an `Id` asks for it first, so this is where foreign ones
    /// are refused.
    pub fn value(&self, id: Id) -> Result<f64, ForeignId> {
        if id.tape == self.number { Ok(self.nodes[id.index].value) } else { Err(ForeignId) }
    }

    /// The adjoint of every node.
    pub fn backward(&self, out: Id) -> Result<Vec<f64>, ForeignId> {
        self.value(out)?;
        // None: no share has arrived, so `out` does not depend on it.
        let mut adjoints = vec![None; self.nodes.len()];
        adjoints[out.index] = Some(1.0);
        // Inputs are recorded before what uses them: when a node's turn comes, all its shares are there.
        for index in (0..=out.index).rev() {
            let Some(adjoint) = adjoints[index] else { continue };
            let value = |input: usize| self.nodes[input].value;
            let mut give = |input: usize, share: f64| *adjoints[input].get_or_insert(0.0) += share;
            match self.nodes[index].operation {
                Operation::Leaf => {}
                Operation::Add(a, b) => {
                    give(a, adjoint);
                    give(b, adjoint);
                }
                Operation::Mul(a, b) => {
                    give(a, adjoint * value(b));
                    give(b, adjoint * value(a));
                }
                Operation::Sin(a) => give(a, adjoint * value(a).cos()),
            }
        }
        Ok(adjoints.into_iter().map(Option::unwrap_or_default).collect())
    }

    fn record(&mut self, value: f64, operation: Operation) -> Id {
        self.nodes.push(Node { value, operation });
        Id { tape: self.number, index: self.nodes.len() - 1 }
    }
}
