//! The members or elements that are removed from an object or an array, together with their commas.

use std::borrow::Cow;
use std::ops::Range;

/// The removed parts of one object or array.
pub(super) struct Kept {
    /// True once a part stays.
    is_any: bool,
    /// The end of the previous part; before the first, the byte after the opening bracket.
    previous_end: usize,
    /// The run of removed parts before the current one.
    removed: Option<Range<usize>>,
}

impl Kept {
    /// For an object or array whose opening bracket is before `inside`.
    pub(super) const fn from(inside: usize) -> Self {
        Self { is_any: false, previous_end: inside, removed: None }
    }

    /// Notes the part from `start` to `end`, whose own edits begin at index `mark`.
    pub(super) fn note(
        &mut self,
        edits: &mut Vec<(Range<usize>, Cow<'static, str>)>,
        is_kept: bool,
        (mark, start, end): (usize, usize, usize),
    ) {
        let before = std::mem::replace(&mut self.previous_end, end);
        if is_kept {
            if let Some(removed) = self.removed.take() {
                // Before the first part that stays, the comma behind the run goes with it; else the one in front.
                let span = if self.is_any { removed } else { removed.start..start };
                edits.insert(mark, (span, Cow::Borrowed("")));
            }
            self.is_any = true;
        } else {
            edits.truncate(mark);
            self.removed = Some(self.removed.take().map_or(before, |removed| removed.start)..end);
        }
    }

    /// Notes the closing bracket.
    pub(super) fn finish(&mut self, edits: &mut Vec<(Range<usize>, Cow<'static, str>)>) {
        edits.extend(self.removed.take().map(|removed| (removed, Cow::Borrowed(""))));
    }

    /// True if a part stays; from now on, one does: it is added.
    pub(super) const fn replace_is_any(&mut self) -> bool {
        std::mem::replace(&mut self.is_any, true)
    }
}
