//! What the model answers about load: how many requests there were, how they fared, how long answers took.

use std::time::Duration;

use super::{Property, count, duration, missing, not_modelled, number};
use crate::lesson::condition::Observed;
use crate::world::World;

/// Answers an observation of the last load.
pub fn observe(world: &World, show: Property) -> Observed {
    let Some((users, _, _, report)) = world.loads().latest() else {
        return missing("no users have sent requests yet");
    };
    let time = |seconds: Option<f64>| match seconds {
        Some(seconds) => duration(Duration::from_secs_f64(seconds)),
        None => missing("no request was answered"),
    };
    let whole = |value: u64| number(i64::try_from(value).unwrap_or(i64::MAX));
    match show {
        Property::Users => number(i64::from(users)),
        Property::Requests => whole(report.finished),
        Property::Errors => whole(report.errors()),
        Property::Rate => number(report.rate().round() as i64),
        Property::Median => time(report.percentile(50)),
        Property::P95 => time(report.percentile(95)),
        Property::P99 => time(report.percentile(99)),
        Property::Slowest => time(report.latencies.iter().copied().reduce(f64::max)),
        Property::Servers => count(report.workers.len()),
        _ => not_modelled(show),
    }
}
