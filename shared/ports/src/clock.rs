//! The `Clock` port: the current time.

use std::time::Duration;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The instant this many milliseconds after the epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch, as JWT's NumericDate counts (RFC 7519 §2).
    pub const fn seconds(self) -> u64 {
        self.0 / 1000
    }

    /// The time since `earlier`; zero if `earlier` is in the future.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// True if this instant is less than `time` after `earlier`. False if it is before: a clock that was set back must
    /// not make anything young again.
    pub fn is_within(self, time: Duration, earlier: Self) -> bool {
        earlier <= self && self.since(earlier) < time
    }

    /// The instant `duration` later; saturates.
    pub const fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_millis() as u64))
    }
}

/// The current time.
///
/// *Contract*
/// - Wall-clock time in milliseconds, never before 2025.
/// - Need not move while no I/O happens (on Workers it stands still): measure durations around I/O.
/// - May step backwards by small amounts; callers use [`Timestamp::since`], which saturates.
pub trait Clock {
    /// The current time.
    fn now(&self) -> Timestamp;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instant_is_within_time_after_another_and_never_before_it() {
        let (start, minute) = (Timestamp::from_millis(1_795_171_320_000), Duration::from_secs(60));
        for (millis, is_within) in [(0, true), (1, true), (59_999, true), (60_000, false), (u64::MAX, false)] {
            let now = start.after(Duration::from_millis(millis));
            assert_eq!(now.is_within(minute, start), is_within, "{millis} ms later");
        }
        let before = Timestamp::from_millis(start.millis() - 1);
        assert!(!before.is_within(minute, start), "a clock that was set back");
    }
}
