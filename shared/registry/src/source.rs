//! Source: the text of one file, and the line and column of each offset in it.

use std::ops::Range;

use crate::fault::Place;

/// A value of a file, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// The place where it begins.
    pub place: Place,
}

/// The values without their places.
#[must_use]
pub fn values(written: &[Located<String>]) -> Vec<String> {
    written.iter().map(|text| text.value.clone()).collect()
}

/// The text of one file of the folder.
#[derive(Debug)]
pub struct Source<'a> {
    file: &'a str,
    text: &'a str,
    /// Byte offset of each line's start, for a binary search: a file of 10,000 groups has many places.
    line_starts: Vec<usize>,
}

impl<'a> Source<'a> {
    /// The `text` of `file`, a path in the folder with `/` as separator.
    #[must_use]
    pub fn new(file: &'a str, text: &'a str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(offset, _)| offset + 1);
        Self { file, text, line_starts: std::iter::once(0).chain(newlines).collect() }
    }

    /// The path in the folder.
    #[must_use]
    pub const fn file(&self) -> &'a str {
        self.file
    }

    /// The whole text of the file.
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// The place of a byte offset; an offset past the end counts as the end.
    #[must_use]
    pub fn place(&self, offset: usize) -> Place {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let line_start = line.checked_sub(1).and_then(|index| self.line_starts.get(index)).copied().unwrap_or(0);
        let before = self.text.as_bytes().get(line_start..offset).unwrap_or_default();
        // Every byte but the continuation bytes of UTF-8 begins a character.
        let column = 1 + before.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        Place {
            file: self.file.to_owned(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }

    /// Returns `value` with the place where `span` begins.
    pub fn written<T>(&self, span: &Range<usize>, value: T) -> Located<T> {
        Located { value, place: self.place(span.start) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_counts_lines_and_characters_from_1() {
        let source = Source::new("a.toml", "ä = 1\nbé = 2\n");
        let at = |offset| {
            let place = source.place(offset);
            (place.line, place.column)
        };
        assert_eq!(at(0), (1, 1), "the first byte");
        assert_eq!(at(3), (1, 3), "`=` after a two-byte letter and a space");
        assert_eq!(at(7), (2, 1), "the first byte of the second line");
        assert_eq!(at(11), (2, 4), "`=` of the second line");
        assert_eq!(at(99), (3, 1), "past the end");
    }
}
