//! A step of a lesson in words: its heading, what it says or asks, what was found, and what can be typed next.
//!
//! Promises: every text of the step is there, with the model's values; goals are said by a sign and by words. Must not know: what a line
//! that is typed does.

use super::LessonSession;
use crate::app::lesson::{heading, order_of_options};
use crate::lesson::format::{Located, StepKind};
use crate::lesson::player::Confidence;
use crate::plain::words::Page;
use crate::plain::{console, quiz};

impl LessonSession {
    /// A step comes up: all of it, and what was already found in it.
    pub(super) fn arrive(&mut self, page: &mut Page) {
        page.gap();
        page.wrapped("", &self.heading(self.player.at()));
        page.gap();
        self.introduce(page);
        let record = self.player.record();
        if record.lanes.is_empty() {
            console::played(page, self.player.timeline(), record.began);
        } else {
            self.lanes(page, &[]);
        }
        if self.player.is_complete() {
            self.verdict(page);
        }
        if matches!(self.player.step().kind, StepKind::Do(_)) {
            page.gap();
            self.goals(page);
        }
        self.what_next(page);
    }

    /// «Step 3 of 13: Predict: Fetch an image».
    fn heading(&self, at: usize) -> String {
        let place = format!("Step {} of {}", at + 1, self.player.lesson().steps.len());
        let Some(step) = self.player.lesson().steps.get(at) else { return place };
        match heading(step) {
            Some(heading) => format!("{place}: {heading}"),
            None => place,
        }
    }

    /// All steps, with what was done in them.
    pub(super) fn steps(&self, page: &mut Page) {
        for at in 0..self.player.lesson().steps.len() {
            let here = if at == self.player.at() { " (you are here)" } else { "" };
            let done = match self.player.record_of(at) {
                None => "",
                Some(record) if record.reached => " (reached)",
                Some(record) if record.shown => " (shown to you)",
                Some(record) if record.chosen.is_some() && record.chosen == record.right => " (answered rightly)",
                Some(record) if record.chosen.is_some() => " (answered wrongly)",
                Some(_) => " (seen)",
            };
            page.wrapped("  ", &format!("{}{done}{here}", self.heading(at)));
        }
        page.line("(:go NUMBER leads there)");
    }

    fn text(&self, page: &mut Page, lead: &str, text: &Located<String>) {
        page.markdown(lead, &self.player.fill(&text.value));
    }

    /// What the step says before anything is done in it.
    fn introduce(&self, page: &mut Page) {
        match &self.player.step().kind {
            StepKind::Say(say) => self.text(page, "", &say.text),
            StepKind::Demo(demo) => demo.text.iter().for_each(|text| self.text(page, "", text)),
            StepKind::Predict(predict) => {
                predict.text.iter().for_each(|text| self.text(page, "", text));
                page.gap();
                if self.player.awaits_choice() {
                    page.line("This will run:");
                    predict.commands.iter().for_each(|command| page.line(&format!("  $ {}", command.line)));
                    page.gap();
                }
                self.text(page, "", &predict.question);
                self.options(page);
            }
            StepKind::Do(task) => self.text(page, "", &task.task),
            StepKind::Compare(compare) => {
                self.text(page, "", &compare.text);
                page.gap();
                for (number, lane) in compare.lanes.iter().enumerate() {
                    page.line(&format!("Side {}: {}", number + 1, lane.title.value));
                    lane.commands.iter().for_each(|command| page.line(&format!("  $ {}", command.line)));
                }
                page.gap();
            }
            StepKind::Quiz(question) => {
                self.text(page, "", &question.question);
                self.options(page);
            }
        }
    }

    fn options(&self, page: &mut Page) {
        if !self.player.awaits_choice() {
            return;
        }
        let options = self.player.options();
        for (place, option) in order_of_options(&self.player, self.seed).into_iter().enumerate() {
            if let Some(text) = options.get(option) {
                self.text(page, &format!("  {}) ", place + 1), text);
            }
        }
    }

    /// Which option was right, and why each is right or wrong.
    pub(super) fn verdict(&self, page: &mut Page) {
        let record = self.player.record();
        let options: Vec<(&Located<String>, &Located<String>)> = match &self.player.step().kind {
            StepKind::Predict(predict) => predict.options.iter().map(|option| (&option.text, &option.why)).collect(),
            StepKind::Quiz(question) => question.options.iter().map(|option| (&option.text, &option.why)).collect(),
            StepKind::Do(_) => return self.after(page),
            _ => return,
        };
        let order = order_of_options(&self.player, self.seed);
        let right_place = order.iter().position(|option| record.right == Some(*option)).unwrap_or_default() + 1;
        match record.chosen {
            Some(chosen) => {
                quiz::verdict(page, record.right == Some(chosen), right_place);
                if let Some(confidence) = record.confidence {
                    page.line(&format!("You said that it was {}.", in_words(confidence)));
                }
            }
            None => {
                page.gap();
                page.line(&format!("The right answer is {right_place}."));
            }
        }
        for (place, option) in order.into_iter().enumerate() {
            let Some((text, why)) = options.get(option) else { continue };
            let (text, why) = (self.player.fill(&text.value), self.player.fill(&why.value));
            quiz::explained(
                page,
                place + 1,
                (&text, &why),
                record.right == Some(option),
                record.chosen == Some(option),
            );
        }
    }

    /// The goals of a task: `[x]` is reached, `[ ]` is not, with what is there instead.
    pub(super) fn goals(&mut self, page: &mut Page) {
        let goals = self.player.goals();
        page.line("Goals:");
        for goal in &goals {
            let label = self.player.fill(&goal.label);
            let words = if goal.met { format!("{label}: reached") } else { format!("{label} (now: {})", goal.seen) };
            page.wrapped(if goal.met { "  [x] " } else { "  [ ] " }, &words);
        }
        self.goals_shown = goals.into_iter().map(|goal| (goal.met, goal.seen)).collect();
    }

    /// The goals, if they are not as they were last shown.
    pub(super) fn changed_goals(&mut self, page: &mut Page) {
        let now: Vec<(bool, String)> = self.player.goals().into_iter().map(|goal| (goal.met, goal.seen)).collect();
        if now != self.goals_shown {
            self.goals(page);
        }
    }

    /// The next rung of the ladder of hints.
    pub(super) fn hint(&mut self, page: &mut Page) {
        self.player.hint();
        let rungs = self.player.rungs();
        let at = self.player.record().hints;
        let Some(words) = at.checked_sub(1).and_then(|rung| rungs.get(rung)) else { return };
        let kind = if at == rungs.len() { "Solution" } else { "Hint" };
        page.markdown(&format!("{kind} {at} of {}: ", rungs.len()), &self.player.fill(words));
    }

    /// What is said once a task is done.
    pub(super) fn after(&self, page: &mut Page) {
        let StepKind::Do(task) = &self.player.step().kind else { return };
        if let Some(after) = &task.after {
            page.gap();
            self.text(page, "", after);
        }
    }

    /// What the sides of a comparison did beyond the steps that each had; once all is done, what they are measured by.
    pub(super) fn lanes(&self, page: &mut Page, before: &[usize]) {
        let StepKind::Compare(compare) = &self.player.step().kind else { return };
        for (number, (lane, timeline)) in compare.lanes.iter().zip(&self.player.record().lanes).enumerate() {
            let from = before.get(number).copied().unwrap_or(0);
            if from < timeline.position() {
                page.gap();
                page.line(&format!("Side {}: {}", number + 1, lane.title.value));
                console::played(page, timeline, from);
            }
        }
        if !self.player.is_complete() {
            return;
        }
        page.gap();
        for (label, values) in self.player.measures() {
            let sides: Vec<String> = compare
                .lanes
                .iter()
                .zip(values)
                .map(|(lane, value)| format!("{}: {value}", lane.title.value))
                .collect();
            page.wrapped("  ", &format!("{label} - {}", sides.join("; ")));
        }
    }

    /// What can be typed now, in brackets.
    pub(super) fn what_next(&self, page: &mut Page) {
        let player = &self.player;
        let complete = player.is_complete();
        let words = match &player.step().kind {
            StepKind::Predict(_) | StepKind::Quiz(_) if player.awaits_choice() => {
                format!(
                    "1 to {}: your answer; with g, f or c behind it: a guess, fairly sure, certain; Enter: show it",
                    player.options().len()
                )
            }
            StepKind::Do(_) if !complete => "type commands; :hint helps, :goals lists the goals".to_owned(),
            StepKind::Demo(demo) if !complete => match demo.commands.get(player.record().played) {
                Some(command) => format!("Enter: run `{}`", command.line),
                None => "Enter: go on".to_owned(),
            },
            StepKind::Compare(_) if !complete => "Enter: run the next command on each side".to_owned(),
            _ if player.has_next() => "Enter: next step".to_owned(),
            _ => "Enter: end of the lesson".to_owned(),
        };
        page.gap();
        page.wrapped("", &format!("({words})"));
    }

    /// What is said after the last step.
    pub(super) fn end(&self, page: &mut Page) {
        page.gap();
        page.wrapped("", &format!("Lesson done: {}", self.player.lesson().title.value));
        page.gap();
        page.line("You can now:");
        self.player.lesson().objectives.iter().for_each(|objective| page.markdown("- ", &objective.value));
        page.gap();
        match &self.following {
            Some((number, title)) => {
                page.wrapped("", &format!("Next: {number} {title}. Open it with"));
                page.line(&format!("  layerlab --plain learn {number}"));
            }
            None => page.wrapped("", "This was the last lesson. `layerlab --plain play` is a Docker host of your own."),
        }
    }
}

/// How sure one can say that one is: by the letters that the full screen takes.
const SURE: [(char, Confidence, &str); 3] =
    [('g', Confidence::Guess, "a guess"), ('f', Confidence::Unsure, "fairly sure"), ('c', Confidence::Sure, "certain")];

/// An answer, and how sure one is of it: `2 c`, `2c`, `2 certain`.
pub(super) fn confidence(line: &str) -> (&str, Option<Confidence>) {
    let line = line.trim();
    let digits = line.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(line.len());
    let (number, behind) = line.split_at(digits);
    let first = behind.trim().chars().next().map(|sign| sign.to_ascii_lowercase());
    match SURE.iter().find(|(letter, ..)| !number.is_empty() && first == Some(*letter)) {
        Some((_, confidence, _)) => (number, Some(*confidence)),
        None => (line, None),
    }
}

fn in_words(confidence: Confidence) -> &'static str {
    SURE.iter().find(|(_, known, _)| *known == confidence).map_or("", |(.., words)| words)
}
