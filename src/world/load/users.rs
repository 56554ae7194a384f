//! When requests are made: by users who wait for their answer, or by whoever comes.
//!
//! Promises: the same seed gives the same moments on every machine. Must not know what becomes of a request.

use crate::world::context::Random;

/// How requests come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Arrivals {
    /// Each user asks again as soon as the answer is there.
    AtOnce,
    /// Each user asks at most once in so many seconds, at the ticks of a clock that began with the load; one tick that was missed is made
    /// up for (Go's `time.Tick`, which `hey -q` waits for).
    Ticks(f64),
    /// Each user thinks for a while after an answer: so many seconds on average, at random.
    Thinking(f64),
    /// Requests come from outside at random, so many a second, whoever waits.
    Poisson(f64),
}

/// A user who asks, waits, and asks again.
#[derive(Clone, Copy, Debug, Default)]
pub struct User {
    /// The tick that the last request was made at.
    tick: u64,
}

impl User {
    /// When the user asks next, after an answer at `now` (0 at the beginning of the load).
    pub fn next(&mut self, arrivals: Arrivals, now: f64, random: &mut Random) -> f64 {
        match arrivals {
            Arrivals::AtOnce | Arrivals::Poisson(_) => now,
            Arrivals::Thinking(mean) => now + exponential(mean, random),
            Arrivals::Ticks(interval) => {
                // The small part of a tick is for what rounding took from the sum.
                let passed = (now / interval + 1e-9).floor().max(0.0) as u64;
                self.tick = if passed > self.tick { passed } else { self.tick + 1 };
                now.max(self.tick as f64 * interval)
            }
        }
    }
}

/// A time with this mean, where having waited says nothing of how long it still takes.
pub fn exponential(mean: f64, random: &mut Random) -> f64 {
    // From 53 bits, never 0; `libm`'s logarithm is the same on every machine.
    let bytes = random.bytes();
    let bits = u64::from_le_bytes(std::array::from_fn(|at| bytes[at])) >> 11;
    let uniform = (bits as f64 + 1.0) / 9_007_199_254_740_992.0;
    -libm::log(uniform) * mean
}
