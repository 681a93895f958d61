//! Progress lines of long steps.

use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use crate::clock;

/// The interval of progress lines.
const INTERVAL: Duration = Duration::from_secs(10);

/// Runs `work`; prints its title, and its time at each interval.
pub fn step<T>(title: &str, work: impl FnOnce() -> T) -> T {
    println!("bench: {title}");
    let start = clock::now();
    let (finished, watch) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            while watch.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                println!("bench: {title}: {} s", start.elapsed().as_secs());
            }
        });
        let outcome = work();
        drop(finished);
        outcome
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_returns_result() {
        assert_eq!(step("counting", || 7), 7);
    }
}
