//! Where something stands in a Dockerfile: bytes and lines.
//!
//! Promises: a place that the parser hands out lies inside the text it was given, on character boundaries.
//! Must not know: what stands there.

use std::fmt;

/// The bytes `start..end` of the source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset of the byte after the last one.
    pub end: usize,
}

impl Span {
    /// The text under this span, or nothing if the span is not one of `source`.
    pub fn of(self, source: &str) -> &str {
        source.get(self.start..self.end).unwrap_or_default()
    }
}

/// Lines of the source text, counted from 1, both ends included, as BuildKit locates errors and warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineRange {
    /// The first line.
    pub start: usize,
    /// The last line.
    pub end: usize,
}

impl LineRange {
    /// One line.
    pub fn single(line: usize) -> Self {
        Self { start: line, end: line }
    }

    /// True if `line` is one of these lines.
    pub fn contains(self, line: usize) -> bool {
        self.start <= line && line <= self.end
    }
}

impl fmt::Display for LineRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.start == self.end {
            write!(formatter, "line {}", self.start)
        } else {
            write!(formatter, "lines {}-{}", self.start, self.end)
        }
    }
}

/// The bytes and the lines of one instruction, heredocs included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// The bytes, from the instruction's name to the end of its last line, without that line's end.
    pub span: Span,
    /// The lines, from the one with the instruction's name to the last continuation or heredoc terminator.
    pub lines: LineRange,
}
