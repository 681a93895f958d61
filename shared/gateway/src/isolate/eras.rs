//! The eras that the isolate has found out, by origin.

use std::time::Duration;

use mcp::era::Era;
use ports::Timestamp;

use super::held::{BoundedMap, Life};

/// The most origins whose era is remembered.
const CAPACITY: usize = 1024;

/// After a question that brought nothing new, the time in which the origin is not asked again.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// The life of what a failed question shows.
const GUESS: Duration = Duration::from_secs(5 * 60);

/// The era of each origin that was asked.
pub(crate) struct Eras(pub(super) BoundedMap<String, KnownEra>);

/// An origin's era.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KnownEra {
    pub(crate) era: Era,
    /// True if `server/discover` failed and `initialize` worked: the origin may speak the modern era all the same.
    pub(crate) is_guess: bool,
    /// The answer to the question if a modern origin speaks the legacy era, too.
    pub(crate) legacy: AlsoLegacy,
    /// The last question that found the era unchanged.
    pub(crate) confirmed: Option<Timestamp>,
}

/// The answer to the question if a modern origin takes `initialize`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AlsoLegacy {
    /// It has not been asked.
    Untried,
    /// It does.
    Yes,
    /// It did not, when it was asked.
    No(Timestamp),
}

impl KnownEra {
    /// An era that the origin has shown by itself.
    pub(crate) const fn shown(era: Era) -> Self {
        Self { era, is_guess: false, legacy: AlsoLegacy::Untried, confirmed: None }
    }

    /// The legacy era of an origin whose answer to `server/discover` told nothing.
    pub(crate) const fn guessed() -> Self {
        Self { is_guess: true, ..Self::shown(Era::Legacy) }
    }
}

impl AlsoLegacy {
    /// True if it does; `None` if it is to be asked.
    pub(crate) fn known(self, now: Timestamp) -> Option<bool> {
        match self {
            Self::Untried => None,
            Self::Yes => Some(true),
            Self::No(asked) => now.is_within(GUESS, asked).then_some(false),
        }
    }
}

impl Default for Eras {
    fn default() -> Self {
        Self(BoundedMap::new(CAPACITY))
    }
}

impl Eras {
    /// The origin's era, if it is known.
    pub(crate) fn find(&self, origin: &str, now: impl FnOnce() -> Timestamp) -> Option<KnownEra> {
        // The usual case, which needs no clock, comes first.
        self.0.lasting(origin).or_else(|| self.0.find(origin, now())).copied()
    }

    /// True if the era was confirmed so recently that the origin is not asked again.
    pub(crate) fn is_confirmed(&self, origin: &str, now: Timestamp) -> bool {
        let confirmed = self.0.find(origin, now).and_then(|known| known.confirmed);
        confirmed.is_some_and(|confirmed| now.is_within(RETRY_AFTER, confirmed))
    }

    /// Holds what was found out at `now`.
    pub(crate) fn insert(&mut self, origin: String, known: KnownEra, now: Timestamp) {
        self.0.insert(origin, known, 1, known.is_guess.then(|| Life::of(now, GUESS)));
    }

    /// Notes whether a modern origin takes `initialize`.
    pub(crate) fn note_legacy(&mut self, origin: &str, legacy: AlsoLegacy) {
        if let Some(known) = self.0.lasting_mut(origin).filter(|known| known.era == Era::Modern) {
            known.legacy = legacy;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_171_320_000);

    fn at(seconds: u64) -> Timestamp {
        NOW.after(Duration::from_secs(seconds))
    }

    #[test]
    fn guess_ends_and_shown_era_stays() {
        let mut eras = Eras::default();
        eras.insert("guessed".to_owned(), KnownEra::guessed(), NOW);
        eras.insert("shown".to_owned(), KnownEra::shown(Era::Modern), NOW);
        let era = |eras: &Eras, origin, seconds| eras.find(origin, || at(seconds)).map(|known| known.era);
        assert_eq!(era(&eras, "guessed", 299), Some(Era::Legacy));
        assert_eq!(era(&eras, "guessed", 300), None, "the better question should be asked again");
        assert_eq!(era(&eras, "shown", 86_400), Some(Era::Modern));
    }

    #[test]
    fn modern_origin_is_asked_again_after_a_while_if_it_took_no_initialize() {
        let mut eras = Eras::default();
        eras.insert("a".to_owned(), KnownEra::shown(Era::Modern), NOW);
        let known = |eras: &Eras, seconds| eras.find("a", || at(seconds)).unwrap().legacy.known(at(seconds));
        assert_eq!(known(&eras, 0), None);
        eras.note_legacy("a", AlsoLegacy::No(NOW));
        assert_eq!((known(&eras, 299), known(&eras, 300)), (Some(false), None));
        eras.note_legacy("a", AlsoLegacy::Yes);
        assert_eq!(known(&eras, 86_400), Some(true));
        eras.insert("b".to_owned(), KnownEra::shown(Era::Legacy), NOW);
        eras.note_legacy("b", AlsoLegacy::Yes);
        assert_eq!(eras.find("b", || NOW), Some(KnownEra::shown(Era::Legacy)), "a legacy origin is nothing else");
    }
}
