//! Choices: numbers that are random, or that a fuzzer's bytes give.

/// A source of choices.
#[derive(Clone, Debug)]
pub enum Choices<'a> {
    /// Pseudo-random (SplitMix64), from a seed on.
    Random(u64),
    /// The bytes of an input, then zeros.
    Bytes(&'a [u8]),
}

impl Choices<'_> {
    /// A number below `count`; 0 if `count` is 0.
    pub fn below(&mut self, count: usize) -> usize {
        let number = match self {
            Self::Random(state) => {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap_or_default()
            }
            Self::Bytes(bytes) => match bytes.split_first() {
                Some((first, rest)) => {
                    *bytes = rest;
                    usize::from(*first)
                }
                None => 0,
            },
        };
        number.checked_rem(count).unwrap_or_default()
    }

    /// True once in `count` times.
    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) + 1 == count
    }

    /// One of `all`.
    pub fn of<T: Copy + Default>(&mut self, all: &[T]) -> T {
        let number = self.below(all.len());
        all.get(number).copied().unwrap_or_default()
    }
}
