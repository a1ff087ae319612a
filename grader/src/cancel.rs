//! Ending what nobody waits for any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Tells a build and a run that their result is not wanted any more. Clones are one and the same.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

/// How long whoever waits for something else may leave a [`Cancel`] unread.
pub const GLANCE: Duration = Duration::from_millis(20);

impl Cancel {
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// It was cancelled, so there is no result.
#[derive(Debug, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;
