//! When a question comes again: the longer it has been known, the later.
//!
//! Promises: what went wrong, or was only guessed, comes again the next day; each time that it was known, the time until the next grows.
//! Must not know: what day it is (it is told), what a question asks.
//!
//! After Leitner's boxes (S. Leitner, «So lernt man lernen», 1972), with intervals that grow about twofold, as spacing that widens does
//! in N. Cepeda and others, «Distributed practice in verbal recall tasks» (2006).

use super::progress::Progress;

/// Days until a question comes again, by how many times in a row it was known.
const DAYS: [u32; 7] = [1, 2, 4, 9, 20, 45, 100];

/// Days until a question comes again that was known so many times in a row.
pub fn days_after(streak: u32) -> u32 {
    let last = DAYS.len() - 1;
    DAYS.get(usize::try_from(streak).unwrap_or(last).min(last)).copied().unwrap_or(1)
}

impl Progress {
    /// Notes that a question was answered on a day (in days since 1970-01-01), and when it comes again. What was `known` was right and
    /// not guessed.
    pub fn review(&mut self, question: &str, known: bool, today: u32) {
        let kept = self.questions.entry(question.to_owned()).or_default();
        kept.streak = if known { kept.streak.saturating_add(1) } else { 0 };
        kept.due = Some(today.saturating_add(days_after(kept.streak)));
    }

    /// The questions that are due on a day, the longest due first.
    pub fn due(&self, today: u32) -> Vec<&str> {
        let mut due: Vec<(u32, &str)> = self
            .questions
            .iter()
            .filter_map(|(id, question)| Some((question.due.filter(|due| *due <= today)?, id.as_str())))
            .collect();
        due.sort_unstable();
        due.into_iter().map(|(_, id)| id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_comes_later_each_time_and_what_is_not_the_next_day() {
        let mut progress = Progress::default();
        let mut day = 20_000;
        let mut last = 0;
        for _ in 0..10 {
            progress.review("a/1", true, day);
            let due = progress.questions["a/1"].due.unwrap();
            assert!(due - day >= last, "it never comes sooner than before");
            assert_eq!(progress.due(due - 1), Vec::<&str>::new());
            assert_eq!(progress.due(due), ["a/1"]);
            last = due - day;
            day = due;
        }
        progress.review("a/1", false, day);
        assert_eq!(progress.due(day + 1), ["a/1"]);
    }

    #[test]
    fn the_longest_due_comes_first() {
        let mut progress = Progress::default();
        progress.review("b/1", false, 10);
        progress.review("a/1", false, 12);
        assert_eq!(progress.due(20), ["b/1", "a/1"]);
        assert_eq!(progress.due(11), ["b/1"]);
    }
}
