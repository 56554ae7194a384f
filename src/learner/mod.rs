//! What a learner has done and gets wrong.
//!
//! Promises: plain data and pure functions; reading never loses what was written. Must not know: where it is kept (`runtime::progress`
//! does), how it is shown, or what time it is. Start at `progress`; `review` says when a question comes again.

pub mod progress;
pub mod review;
