//! What the stage shows now: the motion of the last step, or of each lane of a comparison, at a moment of it.
//!
//! Promises: time passes only while something moves; any moment can be jumped to; without motion the last picture is shown at once.
//! Must not know: how a scene is drawn.

use std::sync::Arc;
use std::time::Duration;

use super::settings::{Motion as MotionChoice, Speed};
use crate::stage::why::{Names, telling, why};
use crate::stage::{Motion, Scene};
use crate::timeline::Timeline;
use crate::world::event::Event;

/// A part of a timeline being shown, or several side by side.
#[derive(Debug, Clone)]
pub struct Show {
    lanes: Vec<Arc<Lane>>,
    time: Duration,
    paused: bool,
    /// A change is there at once, and the next one follows after its time: nothing is seen on its way.
    jumps: bool,
    speed: Speed,
}

#[derive(Debug)]
struct Lane {
    motion: Motion,
    /// The sentence that goes with each beat.
    sentences: Vec<Option<String>>,
    /// The sentence once all is over.
    telling: Option<String>,
}

impl Show {
    /// Nothing is on the stage.
    pub fn empty() -> Self {
        Self { lanes: Vec::new(), time: Duration::ZERO, paused: false, jumps: false, speed: Speed::Normal }
    }

    /// Shows where these timelines stand, at rest.
    pub fn rest<'a>(&mut self, timelines: impl IntoIterator<Item = &'a Timeline>) {
        self.lanes = timelines.into_iter().map(|timeline| Arc::new(Lane::still(timeline))).collect();
        self.time = self.total();
    }

    /// Shows how these timelines came to where they stand from where they stood (the number of steps behind).
    pub fn play<'a>(&mut self, timelines: impl IntoIterator<Item = (&'a Timeline, usize)>, motion: MotionChoice) {
        self.lanes = timelines.into_iter().map(|(timeline, from)| Arc::new(Lane::moving(timeline, from))).collect();
        self.paused = false;
        self.jumps = motion == MotionChoice::Reduced;
        self.time = if motion == MotionChoice::Off { self.total() } else { Duration::ZERO };
    }

    fn total(&self) -> Duration {
        self.lanes.iter().map(|lane| lane.motion.total()).max().unwrap_or_default()
    }

    /// Whether the last picture is not there yet.
    pub fn under_way(&self) -> bool {
        self.time < self.total()
    }

    /// Whether time must pass.
    pub fn moving(&self) -> bool {
        self.under_way() && !self.paused
    }

    /// Whether the motion was stopped on its way.
    pub fn paused(&self) -> bool {
        self.under_way() && self.paused
    }

    /// Lets time pass, at the chosen speed.
    pub fn tick(&mut self, passed: Duration) {
        if self.moving() {
            self.time = (self.time + passed.mul_f32(self.speed.factor())).min(self.total());
        }
    }

    /// Jumps to the last picture.
    pub fn finish(&mut self) {
        self.time = self.total();
        self.paused = false;
    }

    /// Stops on the way, or goes on; once all is over, begins the last motion again.
    pub fn pause(&mut self) {
        if self.under_way() {
            self.paused = !self.paused;
        } else {
            self.time = Duration::ZERO;
        }
    }

    /// Goes to the next beat, and stops there.
    pub fn next_beat(&mut self) {
        if !self.under_way() {
            self.time = Duration::ZERO;
            self.paused = true;
            return;
        }
        let next = self.lanes.iter().map(|lane| lane.motion.next_beat(self.time)).filter(|time| *time > self.time);
        self.time = next.min().unwrap_or_else(|| self.total());
        self.paused = true;
    }

    /// Plays faster (or slower) by one speed.
    pub fn change_speed(&mut self, faster: bool) {
        self.speed = self.speed.changed(faster);
    }

    /// Plays at this speed.
    pub fn set_speed(&mut self, speed: Speed) {
        self.speed = speed;
    }

    /// The chosen speed, as written.
    pub fn speed(&self) -> &'static str {
        self.speed.written()
    }

    /// What is on the stage now, a picture for each lane.
    pub fn scenes(&self) -> Vec<Scene> {
        let at = |motion: &Motion| if self.jumps { motion.settled_at(self.time) } else { motion.scene_at(self.time) };
        self.lanes.iter().map(|lane| at(&lane.motion)).collect()
    }

    /// Why it happens, a sentence for each lane that has one.
    pub fn why(&self) -> Vec<Option<&str>> {
        self.lanes.iter().map(|lane| lane.sentence_at(self.time)).collect()
    }
}

impl Lane {
    fn still(timeline: &Timeline) -> Self {
        let from = timeline.position().saturating_sub(1);
        let telling = sentence(timeline, from);
        let events = timeline.current().map(|step| step.outcome.events.as_slice()).unwrap_or_default();
        Self { motion: Motion::still(timeline.world(), events), sentences: Vec::new(), telling }
    }

    fn moving(timeline: &Timeline, from: usize) -> Self {
        let position = timeline.position();
        if from >= position {
            return Self::still(timeline);
        }
        let steps = timeline.steps().get(from..position).unwrap_or_default();
        let events: Vec<Event> = steps.iter().flat_map(|step| step.outcome.events.iter().cloned()).collect();
        let (before, after) = (timeline.world_at(from), timeline.world());
        let motion = Motion::new(before, &events, after);
        let names = Names { before, after };
        let mut last = None;
        let sentences = motion
            .beats()
            .iter()
            .map(|beat| {
                // A beat without a sentence of its own belongs to what was said last.
                last = why(&beat.event, names).or_else(|| last.take());
                last.clone()
            })
            .collect();
        Self { motion, sentences, telling: sentence(timeline, from) }
    }

    fn sentence_at(&self, time: Duration) -> Option<&str> {
        let beat = self.motion.beat_at(time).and_then(|now| {
            let at = self.motion.beats().iter().position(|beat| beat.start == now.start)?;
            self.sentences.get(at)?.as_deref()
        });
        if time < self.motion.total() { beat } else { self.telling.as_deref() }
    }
}

/// The most telling sentence of the steps after `from`, up to where the timeline stands.
fn sentence(timeline: &Timeline, from: usize) -> Option<String> {
    let names = Names { before: timeline.world_at(from), after: timeline.world() };
    let steps = timeline.steps().get(from..timeline.position()).unwrap_or_default();
    let events: Vec<Event> = steps.iter().flat_map(|step| step.outcome.events.iter().cloned()).collect();
    telling(&events, names)
}
