//! The steps taken, the world after each, and where we stand.
//!
//! Promises: undo, redo and jump only move the place where we stand; a new action after going back starts a new branch
//! from there, and the branch left behind is kept until [`Timeline::BRANCH_LIMIT`] others came. Taking the same actions
//! from the same start gives the same steps.
//! Must not know: lessons, the screen.

use std::sync::Arc;

use crate::world::{Action, Outcome, World};

/// An action with what came of it.
#[derive(Clone, Debug)]
pub struct Step {
    pub action: Action,
    pub outcome: Arc<Outcome>,
    /// The world after it.
    pub world: World,
}

/// Steps that were left when a new branch began.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Which one it is, among all that were ever left.
    pub id: u64,
    /// How many steps the branch shares with the one where we are.
    pub parted_after: usize,
    /// The steps after that.
    pub steps: Vec<Step>,
}

/// Where in time we are, and all the steps around it.
#[derive(Clone, Debug)]
pub struct Timeline {
    start: World,
    steps: Vec<Step>,
    /// How many steps are behind us.
    position: usize,
    left: Vec<Branch>,
    /// How many branches were ever left.
    ever_left: u64,
}

impl Timeline {
    /// The most steps that a timeline holds; [`Timeline::act`] then forgets the oldest.
    pub const STEP_LIMIT: usize = 10_000;
    /// How many branches that were left are kept.
    pub const BRANCH_LIMIT: usize = 20;

    /// A timeline that begins with a world.
    pub fn new(start: World) -> Timeline {
        Timeline { start, steps: Vec::new(), position: 0, left: Vec::new(), ever_left: 0 }
    }

    /// The world where we stand.
    pub fn world(&self) -> &World {
        self.world_at(self.position)
    }

    /// The world after `position` steps; past the end, the last.
    pub fn world_at(&self, position: usize) -> &World {
        match position.min(self.steps.len()).checked_sub(1) {
            None => &self.start,
            Some(index) => &self.steps[index].world,
        }
    }

    /// All steps of this branch, those ahead of us too.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The step that led to where we stand.
    pub fn current(&self) -> Option<&Step> {
        self.position.checked_sub(1).and_then(|index| self.steps.get(index))
    }

    /// How many steps are behind us.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Whether there is something to redo; a new action would then start a new branch.
    pub fn is_in_the_past(&self) -> bool {
        self.position < self.steps.len()
    }

    /// The branches that were left, oldest first.
    pub fn branches(&self) -> &[Branch] {
        &self.left
    }

    /// Does something in the world where we stand, and stands after it.
    pub fn act(&mut self, action: Action) -> &Step {
        if self.is_in_the_past() {
            self.leave(self.position);
        }
        let mut world = self.world().clone();
        let outcome = Arc::new(world.act(&action));
        if self.steps.len() >= Timeline::STEP_LIMIT {
            self.start = self.steps.remove(0).world;
            self.left.clear();
        }
        self.steps.push(Step { action, outcome, world });
        self.position = self.steps.len();
        &self.steps[self.position - 1]
    }

    /// Changes the world where we stand from outside any step: a scenario or lesson puts a file on the host.
    pub fn replace_world(&mut self, world: World) {
        match self.position.checked_sub(1).and_then(|index| self.steps.get_mut(index)) {
            Some(step) => step.world = world,
            None => self.start = world,
        }
    }

    /// Goes one step back. False at the beginning.
    pub fn undo(&mut self) -> bool {
        let moves = self.position > 0;
        self.position -= usize::from(moves);
        moves
    }

    /// Goes one step forward again. False at the end.
    pub fn redo(&mut self) -> bool {
        let moves = self.is_in_the_past();
        self.position += usize::from(moves);
        moves
    }

    /// Goes to the place after `position` steps, or the end.
    pub fn jump(&mut self, position: usize) {
        self.position = position.min(self.steps.len());
    }

    /// Goes back to a branch that was left (its number in [`Timeline::branches`]); the present one is left in its place.
    pub fn switch(&mut self, branch: usize) -> bool {
        if branch >= self.left.len() {
            return false;
        }
        let other = self.left.remove(branch);
        self.leave(other.parted_after);
        self.steps.extend(other.steps);
        self.position = self.steps.len();
        true
    }

    /// Leaves the steps after a place as a branch. Branches that parted from those steps then part from what is left of them here.
    fn leave(&mut self, parted_after: usize) {
        let steps = self.steps.split_off(parted_after.min(self.steps.len()));
        for branch in self.left.iter_mut().filter(|branch| branch.parted_after > parted_after) {
            let shared = steps.iter().take(branch.parted_after - parted_after).cloned();
            branch.steps = shared.chain(branch.steps.drain(..)).collect();
            branch.parted_after = parted_after;
        }
        self.left.push(Branch { id: self.ever_left, parted_after, steps });
        self.ever_left += 1;
        if self.left.len() > Timeline::BRANCH_LIMIT {
            self.left.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worlds::Worlds;

    fn lines<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Vec<String> {
        let line = |step: &Step| match &step.action {
            Action::Line(line) => line.clone(),
            other => panic!("{other:?}"),
        };
        steps.into_iter().map(line).collect()
    }

    fn act(timeline: &mut Timeline, line: &str) {
        timeline.act(Action::Line(line.to_owned()));
    }

    #[test]
    fn a_branch_of_a_branch_that_was_left_is_come_back_to_with_all_that_led_there() {
        let mut timeline = Timeline::new(World::new(Worlds::default().settings()));
        for line in ["echo a > f", "echo b >> f", "echo c >> f"] {
            act(&mut timeline, line);
        }
        timeline.jump(2);
        act(&mut timeline, "echo x >> f");
        timeline.jump(1);
        act(&mut timeline, "echo z >> f");
        assert_eq!(timeline.branches().len(), 2);
        for branch in [0, 0, 1, 0] {
            let left = &timeline.branches()[branch];
            let expected = lines(timeline.steps().iter().take(left.parted_after).chain(&left.steps));
            assert!(timeline.switch(branch));
            assert_eq!(lines(timeline.steps()), expected);
            // What stands in the world is what these steps wrote.
            let written: String = expected.iter().map(|line| format!("{}\n", &line[5..6])).collect();
            let mut there = timeline.clone();
            act(&mut there, "cat f");
            let shown =
                there.current().map(|step| step.outcome.text(crate::world::process::descriptor::Stream::Stdout));
            assert_eq!(shown.as_deref(), Some(written.as_str()));
        }
        assert!(!timeline.switch(2));
    }
}
