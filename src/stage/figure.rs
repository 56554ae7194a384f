//! The figures of a second of load, in the order in which they are told.
//!
//! Promises: each is what the model measured, with its words. Must not know: how a chart or a table is drawn.

use crate::world::load::report::Sample;

/// A figure of a second.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    pub name: &'static str,
    pub of: fn(&Sample) -> f64,
    /// A value of it in words.
    pub words: fn(f64) -> String,
    /// The value that there cannot be more of; none if there is no such.
    pub full: Option<f64>,
    /// Whether none is best.
    pub bad: bool,
}

impl Figure {
    /// What it was in a second, in words.
    pub fn written(&self, second: &Sample) -> String {
        (self.words)((self.of)(second))
    }
}

/// All of them, the most telling first.
pub const FIGURES: [Figure; 6] = [
    Figure { name: "answers/s", of: |second| f64::from(second.answered), words: whole, full: None, bad: false },
    Figure { name: "failed/s", of: |second| f64::from(second.failed), words: whole, full: None, bad: true },
    Figure { name: "95% within", of: |second| second.p95, words: time, full: None, bad: false },
    Figure { name: "processors", of: |second| second.processors, words: percent, full: Some(1.0), bad: false },
    Figure { name: "waiting", of: |second| f64::from(second.waiting), words: whole, full: None, bad: false },
    Figure { name: "at once", of: |second| f64::from(second.servers), words: whole, full: None, bad: false },
];

fn whole(value: f64) -> String {
    format!("{value:.0}")
}

fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

/// Seconds in words.
fn time(seconds: f64) -> String {
    if seconds < 0.01 {
        format!("{:.1} ms", seconds * 1000.0)
    } else if seconds < 1.0 {
        format!("{:.0} ms", seconds * 1000.0)
    } else {
        format!("{seconds:.1} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_the_unit_that_can_be_read() {
        assert_eq!(
            (time(0.0013).as_str(), time(0.0234).as_str(), time(1.26).as_str(), percent(0.984).as_str()),
            ("1.3 ms", "23 ms", "1.3 s", "98%")
        );
    }
}
