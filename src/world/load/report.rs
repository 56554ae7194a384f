//! What came of a load: how many requests, how long they took, what failed; and how it went second by second.
//!
//! Promises: percentiles are those of the requests that were answered, as `hey` reckons them. Must not know how answers come about.

use std::collections::BTreeMap;
use std::sync::Arc;

use imbl::Vector;

use super::share::Seconds;

/// Most answers that are kept one by one, as by `hey` (`maxRes`).
const KEPT: usize = 1_000_000;

/// Why a request was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// The name has no address.
    NoHost,
    /// Nobody listens.
    Refused,
    /// The server went away while it was asked.
    Reset,
    /// No answer came in time.
    TimedOut,
}

/// One second of a load.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Seconds since the load began, at the end of this one.
    pub second: u32,
    /// Requests that were sent, answered well, and answered with an error or not at all.
    pub sent: u32,
    pub answered: u32,
    pub failed: u32,
    /// Half of the answers, and 95 of 100, came within so many seconds.
    pub median: f64,
    pub p95: f64,
    /// Requests that wait for their answer at its end.
    pub waiting: u32,
    /// Servers that took part.
    pub servers: u32,
    /// The share of the servers' machine's processors that was used, from 0 to 1.
    pub processors: f64,
}

/// What came of a load.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// How long the answers took, in seconds, in the order in which they came.
    pub latencies: Vector<f64>,
    /// Answers by their status.
    pub statuses: BTreeMap<u16, u64>,
    pub failures: BTreeMap<Failure, u64>,
    /// Requests that came to their end, well or not.
    pub finished: u64,
    /// Bytes of all answers' bodies.
    pub bytes: u64,
    /// From the first request to the last answer, in seconds.
    pub total: f64,
    pub samples: Vector<Arc<Sample>>,
    /// Servers that have answered, by their containers' names, with how many requests each: those that pass requests on, and those that
    /// work them out.
    pub proxies: BTreeMap<Arc<str>, u64>,
    pub workers: BTreeMap<Arc<str>, u64>,
}

impl Report {
    /// Notes an answer.
    pub fn answer(&mut self, latency: f64, status: u16, bytes: u64) {
        self.finished += 1;
        if self.latencies.len() < KEPT {
            self.latencies.push_back(latency);
        }
        *self.statuses.entry(status).or_default() += 1;
        self.bytes += bytes;
    }

    /// Notes a failure.
    pub fn fail(&mut self, failure: Failure) {
        self.finished += 1;
        *self.failures.entry(failure).or_default() += 1;
    }

    /// Requests that were not answered, or with an error.
    pub fn errors(&self) -> u64 {
        let bad: u64 = self.statuses.iter().filter(|(status, _)| **status >= 500).map(|(_, count)| count).sum();
        self.failures.values().sum::<u64>() + bad
    }

    /// Requests that came to their end in a second.
    pub fn rate(&self) -> f64 {
        if self.total > 0.0 { self.finished as f64 / self.total } else { 0.0 }
    }

    /// The answers' times, the quickest first.
    pub fn sorted(&self) -> Vec<f64> {
        let mut sorted: Vec<f64> = self.latencies.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        sorted
    }

    /// The time within which so many of 100 answers came; none when there was no answer.
    pub fn percentile(&self, percent: u32) -> Option<f64> {
        percentile(&self.sorted(), percent)
    }

    /// The mean of the answers' times.
    pub fn mean(&self) -> Option<f64> {
        let count = self.latencies.len();
        (count > 0).then(|| self.latencies.iter().sum::<f64>() / count as f64)
    }
}

/// The first of sorted times that is not among the lowest so many of 100.
pub fn percentile(sorted: &[f64], percent: u32) -> Option<f64> {
    let at = (sorted.len() as u64 * u64::from(percent)).div_ceil(100);
    sorted.get(usize::try_from(at).ok()?.min(sorted.len().checked_sub(1)?)).copied()
}

/// What happens in the second that is under way.
#[derive(Clone, Debug, Default)]
pub struct Second {
    pub sent: u32,
    pub failed: u32,
    latencies: Vec<Seconds>,
}

impl Second {
    pub fn answer(&mut self, latency: f64, well: bool) {
        if well {
            self.latencies.push(Seconds(latency));
        } else {
            self.failed += 1;
        }
    }

    /// Ends the second, and begins the next.
    pub fn end(&mut self, second: u32, waiting: u32, servers: u32, processors: f64) -> Sample {
        let mut ended = std::mem::take(self);
        ended.latencies.sort_unstable();
        let sorted: Vec<f64> = ended.latencies.iter().map(|latency| latency.0).collect();
        Sample {
            second,
            sent: ended.sent,
            answered: u32::try_from(sorted.len()).unwrap_or(u32::MAX),
            failed: ended.failed,
            median: percentile(&sorted, 50).unwrap_or(0.0),
            p95: percentile(&sorted, 95).unwrap_or(0.0),
            waiting,
            servers,
            processors,
        }
    }
}
