//! A lesson that plays itself, as a file to show: a terminal recording, a picture, a page.
//!
//! Promises: the lesson's own solution is played, and the program's own view draws it; the same lesson, seed, size and theme give the same
//! bytes on every machine; what lessons and programs write is escaped. Must not know: files, the terminal, the wall clock.
//! Start reading at [`performance::perform`]; `cast`, `svg` and `html` write what it shows.

pub mod cast;
mod colour;
pub mod html;
pub mod performance;
mod runs;
pub mod svg;

pub use performance::{Frame, Page, PerformanceError, perform};
