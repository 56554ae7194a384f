//! Quiz mode: the lessons' questions in an order of one's own, each option explained, only the wrong ones again.
//!
//! Promises: the same lessons, worlds and seed give the same quiz; which answer is right is written in the lesson for a
//! question, and decided by the model for a prediction.
//! Must not know: keys, the screen, files.
//! Start reading at [`question::questions`], then [`Round`].

pub mod question;
pub mod round;

pub use question::{Choice, Question, questions};
pub use round::{Result, Round};
