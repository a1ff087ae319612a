//! How many children may run at once.

use std::sync::{Condvar, Mutex};

/// Permits of two kinds: to run, and to go on running beside the others as a straggler.
pub struct Permits {
    free: Mutex<Free>,
    returned: Condvar,
}

struct Free {
    running: usize,
    stragglers: usize,
}

/// Held for as long as a child runs.
pub struct Permit<'a> {
    permits: &'a Permits,
    straggler: bool,
}

impl Permits {
    pub fn new(running: usize, stragglers: usize) -> Self {
        Permits { free: Mutex::new(Free { running, stragglers }), returned: Condvar::new() }
    }

    /// Waits until a child may run.
    pub fn take(&self) -> Permit<'_> {
        let mut free = self.free.lock().expect("nothing panics while it is held");
        while free.running == 0 {
            free = self.returned.wait(free).expect("nothing panics while it is held");
        }
        free.running -= 1;
        Permit { permits: self, straggler: false }
    }
}

impl Permit<'_> {
    /// Lets another run in this one's place, unless there are too many stragglers already.
    pub fn become_straggler(&mut self) -> bool {
        let mut free = self.permits.free.lock().expect("nothing panics while it is held");
        if self.straggler || free.stragglers == 0 {
            return false;
        }
        free.stragglers -= 1;
        free.running += 1;
        self.straggler = true;
        self.permits.returned.notify_one();
        true
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut free = self.permits.free.lock().expect("nothing panics while it is held");
        if self.straggler {
            free.stragglers += 1;
        } else {
            free.running += 1;
            self.permits.returned.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straggler_makes_room_for_another_until_there_are_too_many() {
        let permits = Permits::new(1, 1);
        let mut first = permits.take();
        assert!(first.become_straggler());
        let mut second = permits.take();
        assert!(!second.become_straggler());
        drop(first);
        assert!(second.become_straggler());
        let _third = permits.take();
    }
}
