//! How one picture becomes the next: the beats of a step, one after the other.
//!
//! Promises: [`Motion::scene_at`] is total and seekable: any time gives a picture, the same one however it was come to;
//! from [`Motion::total`] on it is exactly the still picture of the world after, with what the step left to be seen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::beat;
use super::scene::{LoadScene, RegistryScene, Scene};
use super::{still, tempo, trace};
use crate::world::World;
use crate::world::event::{Event, EventKind};

/// Beats that are shown; a step with more ends with a jump to its still picture.
const BEATS: usize = 60;
/// The longest that a step moves, whatever happens in it: its beats become shorter.
const LONGEST: Duration = Duration::from_secs(8);

/// An event with its place in time.
#[derive(Clone, Debug)]
pub struct Beat {
    pub event: Event,
    pub start: Duration,
    pub length: Duration,
}

/// The motion of a step.
#[derive(Clone, Debug)]
pub struct Motion {
    before: Scene,
    after: Scene,
    beats: Vec<Beat>,
    total: Duration,
}

impl Motion {
    /// The motion from one world to another, through what happened between them.
    pub fn new(before: &World, events: &[Event], after: &World) -> Motion {
        let loading: BTreeMap<Arc<str>, LoadScene> = before
            .machines()
            .filter_map(|machine| Some((machine.name.clone(), trace::load(before, &machine.name)?)))
            .filter(|(_, load)| load.under_way)
            .collect();
        let (mut before, after) = (still::scene(before), rested(after, events));
        // The registry stands there from the beginning.
        for machine in &mut before.machines {
            let later = after.machines.iter().find(|later| later.name == machine.name);
            machine.registry = later.and_then(|later| later.registry.clone()).map(RegistryScene::before);
            machine.load = loading.get(&machine.name).cloned();
        }
        let mut beats = Vec::new();
        let mut start = Duration::ZERO;
        for event in visible(events) {
            let Some(length) = tempo::length(&event.kind).map(Duration::from_millis) else { continue };
            if beats.len() == BEATS {
                break;
            }
            beats.push(Beat { event: event.clone(), start, length });
            start += length;
        }
        if start > LONGEST {
            let factor = LONGEST.as_secs_f64() / start.as_secs_f64();
            for beat in &mut beats {
                beat.start = beat.start.mul_f64(factor);
                beat.length = beat.length.mul_f64(factor);
            }
            start = LONGEST;
        }
        Motion { before, after, beats, total: start }
    }

    /// A picture that does not move: the world after a step, with what these events of the step left to be seen.
    pub fn still(world: &World, events: &[Event]) -> Motion {
        let scene = rested(world, events);
        Motion { before: scene.clone(), after: scene, beats: Vec::new(), total: Duration::ZERO }
    }

    /// How long it moves.
    pub fn total(&self) -> Duration {
        self.total
    }

    /// The beats, in order.
    pub fn beats(&self) -> &[Beat] {
        &self.beats
    }

    /// The beat that is shown at a time; none once all is over.
    pub fn beat_at(&self, time: Duration) -> Option<&Beat> {
        self.beats.iter().rev().find(|beat| beat.start <= time).filter(|_| time < self.total)
    }

    /// When the beat after this time begins, or the end: where a single step goes.
    pub fn next_beat(&self, time: Duration) -> Duration {
        self.beats.iter().map(|beat| beat.start).find(|start| *start > time).unwrap_or(self.total)
    }

    /// The picture at a time.
    pub fn scene_at(&self, time: Duration) -> Scene {
        self.picture(time, |beat| {
            let passed = time.saturating_sub(beat.start).as_secs_f32();
            let length = beat.length.as_secs_f32();
            if length > 0.0 { (passed / length).min(1.0) } else { 1.0 }
        })
    }

    /// The picture at a time with nothing on its way: what has begun is over.
    pub fn settled_at(&self, time: Duration) -> Scene {
        self.picture(time, |_| 1.0)
    }

    /// The picture after the beats that have begun, each shown to a share of its length.
    fn picture(&self, time: Duration, share: impl Fn(&Beat) -> f32) -> Scene {
        if time >= self.total {
            return self.after.clone();
        }
        let mut scene = self.before.clone();
        for beat in self.beats.iter().take_while(|beat| beat.start <= time) {
            beat::apply(&mut scene, &beat.event, share(beat), &self.after);
        }
        scene
    }
}

/// The still picture of a world, with what the events before it left to be seen.
fn rested(world: &World, events: &[Event]) -> Scene {
    let mut scene = still::scene(world);
    trace::leave(&mut scene, world, events);
    scene
}

/// The events that are worth a beat: one for each file that is written, none for what a copy-up showed already.
fn visible(events: &[Event]) -> Vec<&Event> {
    let mut shown = BTreeSet::new();
    events
        .iter()
        .filter(|event| match &event.kind {
            EventKind::CopiedUp { filesystem, path, .. } | EventKind::FileWritten { filesystem, path, .. } => {
                shown.insert((*filesystem, path.clone()))
            }
            _ => true,
        })
        .collect()
}
